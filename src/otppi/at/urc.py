"""Unsolicited lines, recognised by pattern before any reply is matched, never by "is somebody waiting".

Some answers look like unsolicited lines (+CREG, +CPIN, +CSQ). Where the shapes differ the pattern here takes only
the unsolicited shape (+CREG: stat; the answer is n,stat). Where they do not, the pattern is `shared` and the engine
gives the line to the command in flight that asked for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from otppi.at.answers import whole_pdu, without_smsc


@dataclass(frozen=True, slots=True)
class UrcPattern:
    """One kind of unsolicited line. `name` is what logs and callers see.

    `with_pdu`: a line of hex follows it. `reboot`: the modem has restarted and has forgotten its settings.
    """

    name: str
    pattern: re.Pattern[str]
    shared: bool = False
    with_pdu: bool = False
    reboot: bool = False


@dataclass(frozen=True, slots=True)
class Urc:
    """An unsolicited line, and its PDU where it has one. Neither shows in a repr: they hold numbers and texts."""

    name: str
    line: str = field(repr=False)
    pdu: str = field(default="", repr=False)
    reboot: bool = False


def _lines(*names: str, reboot: bool = False) -> tuple[UrcPattern, ...]:
    return tuple(UrcPattern(name, re.compile(re.escape(name)), reboot=reboot) for name in names)


def _prefixed(*names: str, shared: bool = False, reboot: bool = False) -> tuple[UrcPattern, ...]:
    return tuple(
        UrcPattern(name, re.compile(re.escape(name) + r"(?::.*|$)"), shared=shared, reboot=reboot) for name in names
    )


STANDARD = (
    # 3GPP TS 27.005 3.4.1, PDU mode: the header counts octets, the PDU is the next line.
    UrcPattern("+CDS", re.compile(r"\+CDS:\s*\d{1,3}"), with_pdu=True),
    UrcPattern("+CMT", re.compile(r"\+CMT:\s*(?:\"[^\"]*\"|[^,\"]*)?,\s*\d{1,3}"), with_pdu=True),
    UrcPattern("+CBM", re.compile(r"\+CBM:\s*\d{1,3}"), with_pdu=True),
    *_prefixed("+CMTI", "+CDSI", "+CBMI", "RING", "+CRING", "+CLIP", "+CCWA", "+CNAP", "+COLP", "+CSSI", "+CSSU"),
    # 3GPP TS 27.007 7.2: the unsolicited form has no <n>: stat, then location in quotes (some modems: bare hex).
    *(
        UrcPattern(
            name, re.compile(re.escape(name) + r":\s*\d{1,2}(?:\s*,\s*(?:\"[^\"]*\"|[0-9A-Fa-f]{3,8})(?:\s*,.*)?)?")
        )
        for name in ("+CREG", "+CGREG", "+CEREG", "+C5GREG")
    ),
    UrcPattern("+CUSD", re.compile(r"\+CUSD:\s*\d(?:\s*,.*)?"), shared=True),
    *_prefixed("+CPIN", "+CSQ", "+CFUN", shared=True),
    *_prefixed("+CIEV", "+CTZV", "+CTZE", "+CTZDST", "+NITZ", "+CUSATP", "+CUSATEND", "+CGEV", "+CMWAIT"),
    # Somebody's call ends or begins; V.250 6.3.1. We never dial, so these end no command of ours.
    *_lines("NO CARRIER", "NO DIALTONE", "NO ANSWER", "BUSY"),
)

_HUAWEI = _prefixed(
    "^BOOT",
    "^RSSI",
    "^RSSILVL",
    "^HRSSILVL",
    "^MODE",
    "^DSFLOWRPT",
    "^NDISSTAT",
    "^NDISEND",
    "^SIMST",
    "^SRVST",
    "^CSNR",
    "^STIN",
    "^HCSQ",
    "^PDPDEACT",
    "^RFSWITCH",
    "^POSITION",
    "^POSEND",
    "^ECCLIST",
    "^LTERSRP",
    "^CSCHANNELINFO",
    "^CCALLSTATE",
    "^EONS",
    "^LWURC",
    "^DSDORMANT",
    "^CONNECT",
    "^ORIG",
    "^CONF",
    "^CONN",
    "^CEND",
    "^THERM",
)
_SIMCOM = (
    *_lines("Call Ready", "SMS Ready", "PB DONE", "SMS DONE", "NORMAL POWER DOWN"),
    *_prefixed(
        "UNDER-VOLTAGE WARNNING", "UNDER-VOLTAGE POWER DOWN", "OVER-VOLTAGE WARNNING", "OVER-VOLTAGE POWER DOWN"
    ),
    *_prefixed("+CNSMOD", "VOICE CALL", "MISSED_CALL", "+SMSFULL", "*PSUTTZ", "DST"),
)
_OTHERS = (
    *_lines("POWERED DOWN", "^SHUTDOWN"),
    *_prefixed("+QLWURC", "+QGPSURC", "+QTONEDET", "+QUSIM", "+QIND", "+QNITZ"),
    *_prefixed("+ZUSIMR", "+ZDONR", "+ZPASR", "+ZPSTM", "+ZEND"),
    *_prefixed("+PBREADY", "+PACSP0", "_OSIGQ", "+WIND", "+WWSM", "#QSS", "SRING", "^SCKS", "^SYSINFO"),
    UrcPattern("+UU", re.compile(r"\+UU[A-Z0-9]+:.*")),
    *_lines("RDY", "^SYSSTART", "+AT: READY", reboot=True),
)

KNOWN = (*STANDARD, *_HUAWEI, *_SIMCOM, *_OTHERS)
"""What modems of all makes are known to say unasked."""


def restart_lines(*lines: str) -> tuple[UrcPattern, ...]:
    """Patterns for lines, word for word, with which a family tells that it starts or ends; put before the others."""
    return _lines(*lines, reboot=True)


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
