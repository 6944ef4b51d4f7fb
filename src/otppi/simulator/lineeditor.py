"""Octets into command lines: the prefix, line editing and A/ of V.250 5.2. Pure; executes nothing, echoes nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIX = re.compile(rb"[Aa]([Tt/])")
_REPEAT = b"/"
_MOST_LINE = 2_048
TERMINATOR, BACKSPACE = 3, 5
"""The S-registers that hold the characters of V.250 6.2.1 and 6.2.3."""


@dataclass(frozen=True, slots=True)
class Taken:
    """How many octets belong to the line, and what follows its AT if it is whole; None if not, or if it has no AT."""

    count: int
    line: str | None = field(default=None, repr=False)


class LineEditor:
    """Collects one command line at a time, at most 2048 octets of it; what comes before AT is ignored."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._last = ""

    def take(self, waiting: bytes, registers: Mapping[int, int]) -> Taken:
        """Take from `waiting`, which ends at the first terminator if there is one."""
        known = len(self._line)
        prefix = _PREFIX.search(bytes(self._line) + waiting)
        if prefix is not None and prefix[1] == _REPEAT:
            self._line.clear()
            return Taken(prefix.end() - known, self._last)
        self._line += waiting[: _MOST_LINE - known]
        if not waiting.endswith(bytes([registers[TERMINATOR]])):
            return Taken(len(waiting))
        if prefix is not None:
            self._last = _edited(self._line[prefix.end() :], registers)
        self._line.clear()
        return Taken(len(waiting), None if prefix is None else self._last)

    def clear(self) -> None:
        """Forget the line that is being typed."""
        self._line.clear()


def _edited(typed: bytearray, registers: Mapping[int, int]) -> str:
    """The line after editing; control characters other than these are ignored (V.250 5.2.2)."""
    kept: list[str] = []
    for octet in typed.removesuffix(bytes([registers[TERMINATOR]])):
        if octet == registers[BACKSPACE]:
            del kept[-1:]
        elif octet >= 0x20:
            kept.append(chr(octet))
    return "".join(kept)
