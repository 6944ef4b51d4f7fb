"""Handing one PDU to the modem, as a generator: command, prompt, mark, body, result. Sends nothing by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from otppi.at import answers, commands
from otppi.at.commands import Body, Mark, Purpose
from otppi.at.events import Answer, Dialogue, Expired, Lost, Marked, Reply

if TYPE_CHECKING:
    from otppi.at.profile import ModemProfile
    from otppi.at.results import FinalKind


@dataclass(frozen=True, slots=True)
class Accepted:
    """`+CMGS: reference` and OK."""

    reference: int


@dataclass(frozen=True, slots=True)
class Denied:
    """An error ended the command. `kind` as in FinalKind. `handed`: the text had left before."""

    kind: FinalKind
    code: int | None
    words: str
    handed: bool


@dataclass(frozen=True, slots=True)
class Withheld:
    """The text never left. `settled`: the modem is known to be back in command state."""

    reason: str
    settled: bool


@dataclass(frozen=True, slots=True)
class Silent:
    """The text left and no certain answer came. `settled` as above."""

    reason: str
    settled: bool


Submitted = Accepted | Denied | Withheld | Silent


def send_pdu(profile: ModemProfile, tpdu: str, smsc: str | None) -> Dialogue[Submitted]:
    """One SMS-SUBMIT (3GPP TS 27.005 3.5.1). At the prompt it yields Mark(HANDED); the body leaves only if granted.

    `tpdu`: hex without SMSC octets. `smsc`: international digits, or None for the SIM's own. ValueError, without the
    content, if they are not.
    """
    body = Body(_pdu(profile, tpdu, smsc), profile.body_timeout)
    opened = yield commands.submit(len(tpdu) // 2, timeout=profile.prompt_timeout)
    if isinstance(opened, Reply):
        return _without_prompt(opened)
    if isinstance(opened, Expired):
        return (yield from _take_back("the modem opened no prompt"))
    if isinstance(opened, Lost):
        return Withheld("the line was lost", settled=False)
    granted = yield Mark(Purpose.HANDED)
    if not (isinstance(granted, Marked) and granted.go):
        return (yield from _withdraw(granted))
    return _result((yield body))


def smsc_octets(digits: str | None) -> str:
    """The SMSC address that begins a PDU (3GPP TS 24.011 8.2.5.1 in 27.005's form): 00 for the SIM's own."""
    if digits is None:
        return "00"
    if re.fullmatch(r"[0-9]{3,20}", digits) is None:
        raise ValueError("an SMS centre number has 3 to 20 digits")
    padded = digits + "F" * (len(digits) % 2)
    pairs = "".join(padded[at + 1] + padded[at] for at in range(0, len(padded), 2))
    return f"{1 + len(pairs) // 2:02X}91{pairs}"


def _pdu(profile: ModemProfile, tpdu: str, smsc: str | None) -> str:
    if len(tpdu) % 2 or re.fullmatch(r"[0-9A-F]{4,350}", tpdu) is None:
        raise ValueError("a TPDU is upper-case hex of 2 to 175 octets")
    return (smsc_octets(smsc) if profile.smsc_octets else "") + tpdu


def _without_prompt(reply: Reply) -> Submitted:
    if reply.final.ok:
        # An OK that was late from something else: the prompt may still open, so the modem must be brought in step.
        return Withheld("the modem opened no prompt", settled=False)
    return Denied(reply.final.kind, reply.final.code, reply.final.words, handed=False)


def _withdraw(granted: Answer) -> Dialogue[Submitted]:
    if isinstance(granted, Lost):
        return Withheld("the line was lost", settled=False)
    return (yield from _take_back("the sender took it back"))


def _take_back(reason: str) -> Dialogue[Submitted]:
    answer = yield commands.Abort()
    return Withheld(reason, settled=isinstance(answer, Reply))


def _result(answer: Answer) -> Submitted:
    """`+CMGS: n` and OK, both. OK alone comes after ESC, and for failures on some modems (Cinterion CmgwMode)."""
    if isinstance(answer, Lost):
        return Silent("the line was lost after the text left", settled=False)
    if not isinstance(answer, Reply):
        return Silent("no answer came after the text left", settled=False)
    found = answers.reference(answer.lines[0]) if answer.lines else None
    if not answer.final.ok:
        return _denied(answer, found)
    return Silent("the modem gave no reference", settled=True) if found is None else Accepted(found)


def _denied(answer: Reply, found: int | None) -> Submitted:
    if found is not None:
        return Silent("the modem gave a reference and an error", settled=True)
    return Denied(answer.final.kind, answer.final.code, answer.final.words, handed=True)
