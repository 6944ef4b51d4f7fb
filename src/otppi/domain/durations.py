"""Spans of time as the owner writes them (`10s`, `5min`, `1h`, `2d`, `500ms`, `never`). Pure.

One spelling in, one canonical spelling out: the largest unit that divides the span exactly.
"""

from __future__ import annotations

import math
import re
from typing import Final

NEVER: Final = math.inf
"""The span written `never`: longer than every other."""

_MILLISECONDS: Final = {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_SPAN: Final = re.compile(r"(\d{1,15})\s*(ms|s|min|h|d)?", re.ASCII)


class InvalidDuration(ValueError):
    """Not a span of time."""


def parse_duration(text: str, *, bare_unit: str = "s") -> float:
    """The span in seconds; `never` is NEVER. `bare_unit` (ms, s, min, h, d) is the unit of a number without one.

    Raises InvalidDuration.
    """
    if text.strip() == "never":
        return NEVER
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise InvalidDuration("must be a whole number with a unit, such as 500ms, 10s, 5min, 1h or 2d")
    return int(found[1]) * _MILLISECONDS[found[2] or bare_unit] / 1000


def format_duration(seconds: float) -> str:
    """The canonical text of a span; `parse_duration` reads it back to the same millisecond."""
    if seconds == NEVER:
        return "never"
    milliseconds = round(seconds * 1000)
    if milliseconds == 0:
        return "0s"
    unit = next(unit for unit in ("d", "h", "min", "s", "ms") if milliseconds % _MILLISECONDS[unit] == 0)
    return f"{milliseconds // _MILLISECONDS[unit]}{unit}"


def rough(seconds: float) -> str:
    """A span for a sentence: whole seconds up to two minutes, whole minutes up to two hours, then whole hours."""
    for unit, size in (("s", 1.0), ("min", 60.0)):
        if seconds < 120 * size:
            return f"{math.ceil(seconds / size - 0.001)} {unit}"
    return f"{math.ceil(seconds / 3600)} h"
