"""One member of `data` at a time: text, time stamp, seconds. Each reader says what a caller may send.

Numbers and numeric strings are interchangeable by their literal text. An error names field and rule, never the
value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from otppi.domain.commands import Stamp
from otppi.domain.replies import Code, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

SHORT: Final = 256
"""Characters of a reference, a parameter, a subject, a receiver, an id."""
MAX_WAIT_SECONDS: Final = 60.0
SECONDS_BELOW: Final = 1e11
"""Times below this are seconds, the others milliseconds (decisions 2)."""
_LATEST: Final = 1e15

_CONTROL: Final = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_CONTROL_OR_LINE_END: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
_NUMBER: Final = re.compile(r"(?:0|[1-9][0-9]{0,18})(?:\.[0-9]{1,18})?(?:[eE][+-]?[0-9]{1,2})?")


def invalid(name: str, rule: str) -> Refusal:
    """The refusal of one field of `data`."""
    return Refusal(Code.INVALID, f"data.{name} {rule}")


def raw_text(data: Mapping[str, Any], name: str) -> str:
    """The member as it was sent, a number by its literal, absent and null as the empty string."""
    value = data.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise invalid(name, "must be text or a number")
    return value


def line(data: Mapping[str, Any], name: str) -> str:
    """A trimmed text of at most 256 characters on one line, maybe empty."""
    return _checked(name, raw_text(data, name).strip(), _CONTROL_OR_LINE_END)


def short_text(data: Mapping[str, Any], name: str) -> str:
    """A trimmed text of at most 256 characters, maybe empty; LF and CR are allowed."""
    return _checked(name, raw_text(data, name).strip(), _CONTROL)


def required(data: Mapping[str, Any], name: str) -> str:
    """A line that must not be empty."""
    text = line(data, name)
    if not text:
        raise invalid(name, "must not be empty")
    return text


def required_untrimmed(data: Mapping[str, Any], name: str) -> str:
    """As `required`, but blanks around the text stay part of it."""
    text = raw_text(data, name)
    if not text:
        raise invalid(name, "must not be empty")
    return _checked(name, str(text), _CONTROL_OR_LINE_END)


def message_text(data: Mapping[str, Any]) -> str:
    """The trimmed `message`, not empty; its length is the application's business (segments).

    Only blanks and line ends are trimmed: a control character is refused at its ends too, never dropped.
    """
    text = trimmed_text(raw_text(data, "message"))
    if broken := text_rule(text):
        raise invalid("message", broken)
    return text


def trimmed_text(text: str) -> str:
    """A text to send without the blanks and line ends around it."""
    return text.strip(" \r\n")


def text_rule(text: str) -> str:
    """The rule that a trimmed text to send breaks; empty where it breaks none."""
    if not text:
        return "must not be empty"
    return "must not hold control characters other than LF and CR" if _CONTROL.search(text) else ""


def line_rule(text: str) -> str:
    """The rule that a reference, a key or a receiver breaks; empty where it breaks none."""
    return _rule(text, _CONTROL_OR_LINE_END)


def stamp(data: Mapping[str, Any]) -> Stamp:
    """`date_time` and `expiration`."""
    return Stamp(moment(data, "date_time"), moment(data, "expiration"))


def wait_seconds(data: Mapping[str, Any]) -> float:
    """`wait`: 0 to 60 seconds, 0 where absent."""
    seconds = _number(data, "wait")
    if seconds > MAX_WAIT_SECONDS:
        raise invalid("wait", "must be at most 60 seconds")
    return seconds


def _checked(name: str, text: str, unwanted: re.Pattern[str]) -> str:
    if broken := _rule(text, unwanted):
        raise invalid(name, broken)
    return text


def _rule(text: str, unwanted: re.Pattern[str]) -> str:
    if len(text) > SHORT:
        return f"must be at most {SHORT} characters"
    return "must not hold control characters" if unwanted.search(text) else ""


def moment(data: Mapping[str, Any], name: str) -> float | None:
    """One time as Unix seconds; None where absent, empty or 0."""
    value = _number(data, name)
    if value >= _LATEST:
        raise invalid(name, "must be a Unix time in seconds or milliseconds")
    return (value if value < SECONDS_BELOW else value / 1000) or None


def _number(data: Mapping[str, Any], name: str) -> float:
    literal = raw_text(data, name).strip()
    if not literal:
        return 0.0
    if not _NUMBER.fullmatch(literal):
        raise invalid(name, "must be a number that is not negative")
    return float(literal)
