"""The outer object of every request: `command`, `data`, and where a broker's reply goes.

It says whether a body is a request at all; what the fields of `data` mean is `otppi.wire.requests`' business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from otppi.domain.replies import Code, Refusal
from otppi.wire.document import NotJson, Number, names_twice, parse, strings

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BODY: Final = 64 * 1024
"""Octets of a body on the documented paths and from a broker."""
MAX_COMMAND: Final = 256
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_MILLISECONDS: Final = re.compile(r"[0-9]{1,9}")


class NotAnEnvelope(Exception):
    """No request can be read from the body: HTTP 400. The reason names a rule, never a value."""


class Unacceptable(Refusal):
    """A request whose command could be read, but whose document breaks a rule of its own (1103)."""

    def __init__(self, command: str, error: str) -> None:
        super().__init__(Code.INVALID, error)
        self.command = command


@dataclass(frozen=True, slots=True)
class Envelope:
    """A request. `document` is the whole object, for `echo`; neither it nor `data` is ever shown in a repr.

    `callback_delay_ms` is 0 where absent or unreadable; both callback members are for brokers only.
    """

    command: str
    data: Mapping[str, Any] = field(repr=False)
    callback_topic: str = ""
    callback_delay_ms: int = 0
    document: Mapping[str, Any] = field(repr=False, default_factory=dict)


def read_envelope(body: bytes) -> Envelope:
    """The request in `body`. Raises NotAnEnvelope, or Unacceptable (a Refusal that knows its command)."""
    document = _document(body)
    if not isinstance(document, dict):
        raise NotAnEnvelope("the body must be a JSON object")
    command = _command(document)
    data = document.get("data")
    if not isinstance(data, dict):
        raise NotAnEnvelope("data must be an object")
    _refuse_oddities(body, document, command)
    if "callback_topic" not in document and "callback_delay" not in document:
        return Envelope(command, data, document=document)
    return Envelope(command, data, _topic(document), _delay(document), document)


def _document(body: bytes) -> Any:
    if len(body) > MAX_BODY:
        raise NotAnEnvelope("the body must be at most 64 KiB")
    reason = ""
    try:
        return parse(body)
    except NotJson as unreadable:
        reason = str(unreadable)
    raise NotAnEnvelope(reason)


def _command(document: dict[str, Any]) -> str:
    command = document.get("command")
    if not isinstance(command, str) or isinstance(command, Number):
        raise NotAnEnvelope("command must be text")
    command = command.strip()
    if not 0 < len(command) <= MAX_COMMAND:
        raise NotAnEnvelope(f"command must be 1 to {MAX_COMMAND} characters")
    if _SURROGATE.search(command):
        raise NotAnEnvelope("command must be valid Unicode")
    return command


def _refuse_oddities(body: bytes, document: dict[str, Any], command: str) -> None:
    if names_twice(document):
        raise Unacceptable(command, "no name may appear twice in an object")
    if b"\\u" in body and any(_SURROGATE.search(text) for text in strings(document)):
        raise Unacceptable(command, "every text must be valid Unicode, without lone surrogates")


def _topic(document: dict[str, Any]) -> str:
    topic = document.get("callback_topic")
    return topic.strip() if isinstance(topic, str) else ""


def _delay(document: dict[str, Any]) -> int:
    delay = document.get("callback_delay")
    if not isinstance(delay, str):
        return 0
    literal = delay.strip()
    return int(literal) if _MILLISECONDS.fullmatch(literal) else 0
