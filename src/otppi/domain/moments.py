"""Moments as callers write them and as sentences show them: RFC 3339 in, UTC out. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

_RFC_3339: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
_SECONDS: Final = re.compile(r"\d{1,12}(?:\.\d{1,9})?", re.ASCII)
_LATEST: Final = 253_402_300_799.0
"""The last second of the year 9999."""


class InvalidMoment(ValueError):
    """Not a moment by the rule in its message; the message never shows the text."""


def read_moment(value: float | str) -> float:
    """Unix seconds from a number of these, maybe as text, or from a date and time of RFC 3339 5.6 with its offset.

    Raises InvalidMoment.
    """
    seconds = _parsed(value) if isinstance(value, str) else value
    if not 0 < seconds <= _LATEST:
        raise InvalidMoment("must be Unix seconds, or RFC 3339 such as 2026-11-25T08:00:00Z")
    return float(seconds)


def utc(seconds: float) -> str:
    """The moment in UTC for a sentence: `2026-11-25 08:00 UTC`, with seconds where it has some."""
    moment = datetime.fromtimestamp(min(max(round(seconds), 0), _LATEST), UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment.second else f"{moment:%Y-%m-%d %H:%M} UTC"


def _parsed(text: str) -> float:
    """0 for what is none: no caller means 1970."""
    if _SECONDS.fullmatch(text) is not None:
        return float(text)
    if _RFC_3339.fullmatch(text) is None:
        return 0.0
    try:
        return datetime.fromisoformat(text.upper()).timestamp()
    except (ValueError, OverflowError):
        return 0.0
