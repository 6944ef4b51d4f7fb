"""Tells unsolicited lines from all others by their shape, before any reply is matched; never by who is waiting."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from otppi.at import unsolicited
from otppi.at.answers import whole_pdu, without_smsc
from otppi.at.unsolicited import Tells, UrcPattern

KNOWN = (
    *unsolicited.STANDARD,
    *unsolicited.HUAWEI,
    *unsolicited.SIM800,
    *unsolicited.SIM7600,
    *unsolicited.QUECTEL,
    *unsolicited.WAVECOM,
    *unsolicited.ZTE,
    *unsolicited.UBLOX,
    *unsolicited.TELIT,
    *unsolicited.CINTERION,
    *unsolicited.SIERRA_AND_OPTION,
)
"""What modems of all makes are known to say unasked."""


@dataclass(frozen=True, slots=True)
class Urc:
    """An unsolicited line, and its PDU where it has one. Neither shows in a repr: they hold numbers and texts."""

    name: str
    line: str = field(repr=False)
    pdu: str = field(default="", repr=False)
    tells: Tells | None = None

    @property
    def reboot(self) -> bool:
        """The modem has restarted and has forgotten its settings."""
        return self.tells is Tells.RESTARTED


def any_of(patterns: tuple[UrcPattern, ...]) -> re.Pattern[str]:
    """One pattern that takes each whole line that one of these takes: lines that are none of them, as most are, are
    told by one look."""
    return re.compile("|".join(f"(?:{known.pattern.pattern})" for known in patterns))


def recognise(line: str, patterns: tuple[UrcPattern, ...]) -> UrcPattern | None:
    """The first pattern that takes the whole line, or None."""
    return next((known for known in patterns if known.pattern.fullmatch(line)), None)


def is_hex(line: str) -> bool:
    """Whether a line can be a PDU: an even, positive count of hexadecimal digits."""
    return len(line) % 2 == 0 and re.fullmatch(r"[0-9A-Fa-f]+", line) is not None


def report_tpdu(urc: Urc) -> str | None:
    """The TPDU of a +CDS as upper-case hex without its SMSC octets; None when header and PDU disagree.

    3GPP TS 27.005 3.4.1: the header counts TPDU octets only. Modems that leave the SMSC out altogether are told by
    that count.
    """
    whole = whole_pdu(urc.line, urc.pdu)
    return without_smsc(whole) if whole is not None else None
