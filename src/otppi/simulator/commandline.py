"""One AT command line into its commands (V.250 5.2, 5.3, 5.4). Pure text; knows no command's meaning."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from otppi.simulator.errors import PlainRefusal

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPACE_OR_STRING = re.compile(r'"[^"]*"?| ')
_BASIC = re.compile(r"(?P<name>&[A-Z]|[A-CE-RT-Z]|S\d+)(?:(?P<test>=\?)|(?P<read>\?)|=?(?P<raw>\d*))", re.IGNORECASE)
_DIAL = re.compile(r"(?P<name>D)(?P<raw>.*)", re.IGNORECASE)
_EXTENDED = re.compile(
    r"(?P<name>[+^#*$%!_][A-Z][A-Z0-9./:_%!-]*)"
    r'(?:(?P<test>=\?)|(?P<read>\?)|=(?P<raw>(?:"[^"]*"|[^;"])*))?(?P<end>;|$)',
    re.IGNORECASE,
)


class Form(StrEnum):
    """How a command was used (V.250 5.4.2 to 5.4.4)."""

    ACTION = "action"
    SET = "set"
    READ = "read"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Call:
    """One command of a line. `name` is upper case; `last` says nothing follows it on the line."""

    name: str
    form: Form
    raw: str = field(default="", repr=False)
    last: bool = True

    @property
    def arguments(self) -> list[str]:
        """The values between commas, strings still in their quotes."""
        return re.findall(r'((?:"[^"]*"|[^,"])*)(?:,|$)', self.raw)[: self.raw.count(",") + 1] if self.raw else []

    def string(self, position: int, default: str = "") -> str:
        """A string value without quotes; unquoted values are taken as they are, as most equipment does."""
        value = self._value(position)
        return value.strip('"') if value else default

    def number(self, position: int, default: int | None = None, *, low: int = 0, high: int = 255) -> int:
        """A decimal value within `low`..`high`; PlainRefusal when malformed, or absent without a default."""
        value = self._value(position)
        if not value and default is not None:
            return default
        if not re.fullmatch(r"\d{1,9}", value, re.ASCII) or not low <= int(value) <= high:
            raise PlainRefusal
        return int(value)

    def _value(self, position: int) -> str:
        arguments = self.arguments
        return arguments[position] if position < len(arguments) else ""


def calls(line: str) -> Iterator[Call]:
    """The commands of `line` (what stands between AT and CR), one after another.

    Raises PlainRefusal on reaching one that cannot be read: those before it have been executed by then.
    """
    rest = _SPACE_OR_STRING.sub(lambda found: "" if found[0] == " " else found[0], line)
    position = 0
    while position < len(rest):
        found = _match(rest, position)
        position = found.end()
        yield _call(found, last=position >= len(rest))
        if rest[position : position + 1] == ";":
            position += 1


def _match(line: str, position: int) -> re.Match[str]:
    pattern = _DIAL if line[position] in "dD" else _BASIC if line[position].isalpha() else None
    found = (pattern or (_BASIC if line[position] == "&" else _EXTENDED)).match(line, position)
    if found is None:
        raise PlainRefusal
    return found


def _call(found: re.Match[str], *, last: bool) -> Call:
    parts = found.groupdict()
    name = parts["name"].upper()
    if parts.get("test"):
        return Call(name, Form.TEST, last=last)
    if parts.get("read"):
        return Call(name, Form.READ, last=last)
    raw = parts.get("raw")
    assigned = raw is not None and "=" in found[0]
    return Call(name, Form.SET if assigned else Form.ACTION, raw or "", last)
