"""The AT trace, at debug. It never holds a PDU, a text, a number, a PIN or an identity: of those only the length."""

from __future__ import annotations

import logging

from otppi.at.commands import Abort, Body, Command, Drain, Mark, Step
from otppi.at.events import Event, Garbage, Late, Reply
from otppi.at.urc import Urc

_log = logging.getLogger("otppi.modems")


def sent(modem: str, step: Step) -> None:
    """A step was begun."""
    if not _log.isEnabledFor(logging.DEBUG):
        return
    match step:
        case Command():
            shown = step.name if step.secret else step.text
            _log.debug("at command", extra={"modem": modem, "command": shown, "length": len(step.text)})
        case Body():
            _log.debug("at body", extra={"modem": modem, "length": len(step.pdu)})
        case Abort() | Drain() | Mark():
            _log.debug("at step", extra={"modem": modem, "step": type(step).__name__.lower()})


def heard(modem: str, event: Event) -> None:
    """The engine told something."""
    if not _log.isEnabledFor(logging.DEBUG):
        return
    match event:
        case Reply():
            _log.debug("at reply", extra={"modem": modem, **_reply(event)})
        case Urc():
            _log.debug("at unsolicited", extra={"modem": modem, "urc": event.name, "length": len(event.line)})
        case Garbage():
            _log.debug("at garbage", extra={"modem": modem, "length": event.length})
        case Late():
            _log.debug("at late reference", extra={"modem": modem, "reference": event.reference})
        case _:
            _log.debug("at event", extra={"modem": modem, "event": type(event).__name__.lower()})


def line(modem: str, message: str) -> None:
    """The line as a whole: opened, lost, refused. `message` is a constant or a reason without private content."""
    _log.info("modem line", extra={"modem": modem, "what": message})


def _reply(reply: Reply) -> dict[str, object]:
    command = reply.command
    fields: dict[str, object] = {
        "command": command.name if command is not None else "",
        "final": reply.final.kind.value,
        "code": reply.final.code,
        "lengths": [len(line) for line in reply.lines],
    }
    if command is not None and command.plain:
        fields["lines"] = list(reply.lines)  # their shape was matched: figures and fixed words only
    return fields
