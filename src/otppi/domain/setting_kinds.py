"""The types a setting can have: how each reads the owner's text, says its rule, and writes a value back. Pure.

A kind raises `NotOfKind` and nothing else; the rule it states is the whole of the message the owner sees.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Final, Generic, Protocol, TypeVar

from otppi.domain.durations import NEVER, InvalidDuration, format_duration, parse_duration

T = TypeVar("T")
C = TypeVar("C", bound=str)

_WORDS: Final = dict.fromkeys(("true", "yes", "on", "1"), True) | dict.fromkeys(("false", "no", "off", "0"), False)


class NotOfKind(ValueError):
    """The text breaks the kind's rule."""


class Kind(Protocol[T]):
    """What a row of the settings table needs of its type."""

    @property
    def word(self) -> str:
        """The type's name in documentation: duration, whole, flag, text or choice."""

    @property
    def rule(self) -> str:
        """What a value must be, to follow "must be"."""

    def parse(self, text: str) -> T:
        """The value `text` stands for. Raises NotOfKind."""

    def write(self, value: T) -> str:
        """The canonical text, which `parse` reads back."""


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds, from `low` to `high` of these; `never` too where allowed. `bare_unit` belongs to a bare number."""

    low: float
    high: float
    bare_unit: str = "s"
    never: bool = False
    word: ClassVar[str] = "duration"

    @property
    def rule(self) -> str:
        bounds = f"a span of time from {format_duration(self.low)} to {format_duration(self.high)}"
        unit = {"ms": "milliseconds", "s": "seconds"}[self.bare_unit]
        return f"{bounds}{', or never' if self.never else ''} (a bare number counts {unit})"

    def parse(self, text: str) -> float:
        try:
            seconds = parse_duration(text, bare_unit=self.bare_unit)
        except InvalidDuration:
            raise NotOfKind(self.rule) from None
        if not (self.low <= seconds <= self.high or (self.never and seconds == NEVER)):
            raise NotOfKind(self.rule)
        return seconds

    def write(self, value: float) -> str:
        return format_duration(value)


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `low` to `high`."""

    low: int
    high: int
    word: ClassVar[str] = "whole"

    @property
    def rule(self) -> str:
        return f"a whole number from {self.low} to {self.high}"

    def parse(self, text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text.strip(), re.ASCII) or not self.low <= int(text) <= self.high:
            raise NotOfKind(self.rule)
        return int(text)

    def write(self, value: int) -> str:
        return str(value)


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false; yes, no, on, off, 1 and 0 are understood."""

    word: ClassVar[str] = "flag"
    rule: ClassVar[str] = "true or false"

    def parse(self, text: str) -> bool:
        value = _WORDS.get(text.strip().lower())
        if value is None:
            raise NotOfKind(self.rule)
        return value

    def write(self, value: bool) -> str:
        return "true" if value else "false"


@dataclass(frozen=True, slots=True)
class Text:
    """A text that matches `pattern` as a whole; `rule` says the same in words."""

    pattern: str
    rule: str
    word: ClassVar[str] = "text"

    def parse(self, text: str) -> str:
        if re.fullmatch(self.pattern, text.strip(), re.ASCII) is None:
            raise NotOfKind(self.rule)
        return text.strip()

    def write(self, value: str) -> str:
        return value


def absolute_path(example: str) -> Text:
    """A path from the root, at most 1,024 characters, or nothing."""
    return Text(r"(?:/[^\x00-\x1f\x7f]{1,1023})?", f"an absolute path such as {example}, or empty")


@dataclass(frozen=True, slots=True)
class CallingCodes:
    """Calling codes of countries, comma separated; the word any stands for all of them, none at all for the default."""

    word: ClassVar[str] = "list"
    rule: ClassVar[str] = "calling codes of 1 to 4 digits such as 62,65, or any"

    def parse(self, text: str) -> tuple[str, ...]:
        codes = [code.strip().removeprefix("+") for code in text.split(",") if code.strip()]
        if codes == ["any"]:
            return ("any",)
        if not all(re.fullmatch(r"[1-9]\d{0,3}", code, re.ASCII) for code in codes):
            raise NotOfKind(self.rule)
        return tuple(dict.fromkeys(codes))

    def write(self, value: tuple[str, ...]) -> str:
        return ",".join(value)


@dataclass(frozen=True, slots=True)
class Choice(Generic[C]):
    """One of a few words."""

    words: tuple[C, ...]
    word: ClassVar[str] = "choice"

    @property
    def rule(self) -> str:
        return f"one of {', '.join(self.words)}"

    def parse(self, text: str) -> C:
        for word in self.words:
            if word == text.strip():
                return word
        raise NotOfKind(self.rule)

    def write(self, value: C) -> str:
        return value
