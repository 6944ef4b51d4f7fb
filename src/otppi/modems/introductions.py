"""Short dialogues that ask an unknown port who it is. They change nothing but the echo and the form of errors, enter no
PIN and send no text; what does not answer soon is left alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from otppi.at import answers, commands, dialogues
from otppi.at.commands import Command, Drain, Shape
from otppi.at.events import Dialogue, Reply
from otppi.ports.modem import Identity

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.at.dialogues import Nameplate

_PATIENCE: Final = 0.8
_TRIES: Final = 2
"""The first AT may be lost: on a modem that sleeps, and on one that finds out the speed by it."""
_SHORT: Final = 3.0
_NUMBER: Final = re.compile(r'"\+?(\d{3,15})"')
_CENTRE: Final = Command("AT+CSCA?", "AT+CSCA?", Shape.ONE, re.compile(r'\+CSCA:\s*"[^"]*".*'), _SHORT, secret=True)
_SIM: Final = {
    **dict.fromkeys(("READY", "SIM PIN2", "SIM PUK2"), "ready"),
    "SIM PIN": "pin needed",
    "SIM PUK": "puk needed",
}
_NO_SIM: Final = (10, 310)
"""+CME ERROR and +CMS ERROR of a modem without a SIM (3GPP TS 27.007 9.2.1, TS 27.005 3.2.5)."""


@dataclass(frozen=True, slots=True)
class Portrait:
    """All that `modem detect` shows of a modem; empty where it did not say. `sim` is ready, pin needed, puk needed or
    absent; `msisdn` and `smsc` are digits."""

    identity: Identity
    operator: str = ""
    msisdn: str = field(default="", repr=False)
    smsc: str = ""
    sim: str = ""


def introduce(enough: Callable[[str], bool]) -> Dialogue[Identity | None]:
    """Who answers here: maker, model, revision, IMEI, and the SIM's numbers where that IMEI is not `enough` (3GPP TS
    27.007 5.1-5.6). None: nobody answers AT."""
    if not (yield from _answers()):
        return None
    plate = yield from dialogues.identify()
    if enough(plate.imei):
        return _identity(plate)
    return (yield from _with_sim(plate))


def portray(patience: float = _PATIENCE) -> Dialogue[Portrait | None]:
    """The same with SIM, operator, own number and SMS centre. None: nobody answers AT, each within `patience`."""
    if not (yield from _answers(patience)):
        return None
    plate = yield from dialogues.identify()
    sim = yield from _sim()
    identity = yield from _with_sim(plate)
    operator = yield from _line(replace(commands.OPERATOR, timeout=_SHORT))
    own = yield from _line(replace(commands.OWN_NUMBER, timeout=_SHORT))
    centre = yield from _line(_CENTRE)
    return Portrait(identity, answers.operator(operator) if operator else "", _bare(own), _number(centre), sim)


def _answers(patience: float = _PATIENCE) -> Dialogue[bool]:
    yield Drain(b"\x1b\r")
    for attempt in range(_TRIES):
        answer = yield replace(commands.ATTENTION, timeout=patience)
        if isinstance(answer, Reply) and answer.final.ok:
            if attempt:
                yield Drain()  # the answer to the first one may still come
            break
    else:
        return False
    for command in (commands.ECHO_OFF, commands.WORDS_ON, commands.NUMBERED_ERRORS):
        if not isinstance((yield command), Reply):
            return False
    return True


def _sim() -> Dialogue[str]:
    answer = yield replace(commands.PIN_STATE, timeout=_SHORT)
    if not isinstance(answer, Reply):
        return ""
    if answer.final.ok and answer.lines:
        if answer.implied:
            yield Drain()  # its OK may only be slow
        word = answers.pin_state(answer.lines[0])
        return _SIM.get(word, word.lower())
    return "absent" if answer.final.code in _NO_SIM else ""


def _with_sim(plate: Nameplate) -> Dialogue[Identity]:
    imsi = yield from _line(replace(commands.IMSI, timeout=_SHORT))
    iccid = yield from _line(replace(commands.ICCID, timeout=_SHORT))
    return replace(_identity(plate), imsi=answers.bare(imsi), iccid=answers.iccid(iccid))


def _identity(plate: Nameplate) -> Identity:
    return Identity(plate.manufacturer, plate.model, plate.revision, plate.imei)


def _line(command: Command) -> Dialogue[str]:
    answer = yield command
    lines = answer.lines if isinstance(answer, Reply) and answer.final.ok else ()
    return lines[0] if lines else ""


def _bare(line: str) -> str:
    return answers.own_number(line).removeprefix("+") if line else ""


def _number(line: str) -> str:
    """The digits of the quoted number in a line, else empty; an SMS centre may come in UCS2 and is then left out."""
    found = _NUMBER.search(line.partition(":")[2])
    return found[1] if found is not None else ""
