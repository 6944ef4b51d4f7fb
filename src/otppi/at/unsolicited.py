"""What modems say unasked, family by family: patterns of whole lines, and what a line tells. Tables only.

Some answers look like unsolicited lines (+CREG, +CPIN, +CSQ). Where the shapes differ the pattern here takes only
the unsolicited shape (+CREG: stat; the answer is n,stat). Where they do not, the pattern is `shared` and the engine
gives the line to the command in flight that asked for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Tells(StrEnum):
    """What somebody should do something about. All other lines are noise, or are read by what they hold."""

    RESTARTED = "restarted"  # the modem has started and has forgotten its settings
    SWITCHED_OFF = "switched_off"  # it goes, or went, off
    SUPPLY_FAILED = "supply_failed"  # it goes off because of its supply
    SUPPLY_WARNING = "supply_warning"  # its supply is too weak or too strong
    SIM = "sim"  # the SIM may be another, or in another state: see `answers.sim_news`
    STORE_FULL = "store_full"  # a message store is full: the network keeps further messages


@dataclass(frozen=True, slots=True)
class UrcPattern:
    """One kind of unsolicited line. `name` is what logs and callers see.

    `with_pdu`: a line of hex follows it. `shared`: answers have this shape too.
    """

    name: str
    pattern: re.Pattern[str]
    shared: bool = False
    with_pdu: bool = False
    tells: Tells | None = None


def said(*lines: str, tells: Tells | None = None) -> tuple[UrcPattern, ...]:
    """Patterns for lines that come word for word."""
    return tuple(UrcPattern(line, re.compile(re.escape(line)), tells=tells) for line in lines)


def headed(*names: str, shared: bool = False, tells: Tells | None = None) -> tuple[UrcPattern, ...]:
    """Patterns for lines that are a name alone, or a name, a colon and anything."""
    return tuple(
        UrcPattern(name, re.compile(re.escape(name) + r"(?::.*|$)"), shared=shared, tells=tells) for name in names
    )


STANDARD = (
    # 3GPP TS 27.005 3.4.1, PDU mode: the header counts octets, the PDU is the next line.
    UrcPattern("+CDS", re.compile(r"\+CDS:\s*\d{1,3}"), with_pdu=True),
    UrcPattern("+CMT", re.compile(r"\+CMT:\s*(?:\"[^\"]*\"|[^,\"]*)?,\s*\d{1,3}"), with_pdu=True),
    UrcPattern("+CBM", re.compile(r"\+CBM:\s*\d{1,3}"), with_pdu=True),
    *headed("+CMTI", "+CDSI", "+CBMI", "RING", "+CRING", "+CLIP", "+CCWA", "+CNAP", "+COLP", "+CSSI", "+CSSU"),
    # 3GPP TS 27.007 7.2: the unsolicited form has no <n>: stat, then location in quotes (some modems: bare hex).
    *(
        UrcPattern(
            name, re.compile(re.escape(name) + r":\s*\d{1,2}(?:\s*,\s*(?:\"[^\"]*\"|[0-9A-Fa-f]{3,8})(?:\s*,.*)?)?")
        )
        for name in ("+CREG", "+CGREG", "+CEREG", "+C5GREG")
    ),
    UrcPattern("+CUSD", re.compile(r"\+CUSD:\s*\d(?:\s*,.*)?"), shared=True),
    *headed("+CPIN", shared=True, tells=Tells.SIM),
    *headed("+CSQ", "+CFUN", shared=True),
    # 3GPP TS 27.007 8.10: indicator by name; its full form is no standard one, but many makes have it.
    UrcPattern("+CIEV: SMSFULL", re.compile(r"\+CIEV:\s*\"?(?i:SMSFULL)\"?\s*,\s*[1-9].*"), tells=Tells.STORE_FULL),
    *headed("+CIEV", "+CTZV", "+CTZE", "+CTZDST", "+NITZ", "+CUSATP", "+CUSATEND", "+CGEV", "+CMWAIT", "+CCWV", "+CR"),
    *headed("+SMSFULL", "+SMS FULL", tells=Tells.STORE_FULL),
    # Somebody's call ends or begins; V.250 6.3.1. We never dial, so these end no command of ours.
    *said("NO CARRIER", "NO DIALTONE", "NO ANSWER", "BUSY"),
)
"""3GPP TS 27.005 and 27.007, V.250, and what nearly all makes say alike."""

HUAWEI = (
    *headed("^SIMST", tells=Tells.SIM),
    *headed("^SMMEMFULL", tells=Tells.STORE_FULL),
    # ^BOOT is no restart: it comes every few seconds while the stick runs.
    *headed("^BOOT", "^RSSI", "^RSSILVL", "^HRSSILVL", "^HCSQ", "^CSNR", "^LTERSRP", "^ANLEVEL", "^THERM"),
    *headed("^MODE", "^SRVST", "^RFSWITCH", "^EONS", "^LWURC", "^NWTIME", "^NWNAME"),
    *headed("^DSFLOWRPT", "^NDISSTAT", "^NDISEND", "^PDPDEACT", "^DSDORMANT", "^DCONN", "^DEND"),
    *headed("^STIN", "^ECCLIST", "^CSCHANNELINFO", "^POSITION", "^POSEND"),
    *headed("^CCALLSTATE", "^CONNECT", "^ORIG", "^CONF", "^CONN", "^CEND"),
)
"""ModemManager, plugins/huawei; Huawei, UMTS Datacard Modem AT Command Interface Specification V2.3."""

SIM800 = (
    *said("RDY", tells=Tells.RESTARTED),
    *said("NORMAL POWER DOWN", tells=Tells.SWITCHED_OFF),
    *headed("UNDER-VOLTAGE POWER DOWN", "OVER-VOLTAGE POWER DOWN", tells=Tells.SUPPLY_FAILED),
    *headed("UNDER-VOLTAGE WARNNING", "UNDER-VOLTAGE WARNING", tells=Tells.SUPPLY_WARNING),
    *headed("OVER-VOLTAGE WARNNING", "OVER-VOLTAGE WARNING", tells=Tells.SUPPLY_WARNING),
    *headed("+CSMINS", tells=Tells.SIM),
    *said("Call Ready", "SMS Ready", "CHARGE-ONLY MODE", "MO RING", "MO CONNECTED"),
    *headed("*PSUTTZ", "*PSNWID", "DST", "+CSQN", "+CENG", "+CMTE", "+CLCC", "+CDRIND", "+CHF", "+SIMTONE", "+STTONE"),
)
"""SIM800 Series AT Command Manual V1.09, 19.3; the second spelling of WARNING is a later firmware's."""

SIM7600 = (
    *said("SMS DONE", "PB DONE", "PNN DONE", "OPL DONE", "PNN UPDATING", "OPL UPDATING", "*ATREADY: 1"),
    *headed("+CNSMOD", "VOICE CALL", "MISSED_CALL", "+CPSI", "+STIN", "+VOICEMAIL"),
)
"""ModemManager, plugins/simtech; SIM7500_SIM7600 Series AT Command Manual V1.12, 4.24 (names of networks) and 4.25
(voice mail), V2.00, AT+CPSI."""

QUECTEL = (
    *said("RDY", tells=Tells.RESTARTED),
    *said("POWERED DOWN", "NORMAL POWER DOWN", tells=Tells.SWITCHED_OFF),
    *headed("+QUSIM", "+QSIMSTAT", tells=Tells.SIM),
    UrcPattern("+QIND: smsfull", re.compile(r"\+QIND:\s*\"?smsfull\b.*"), tells=Tells.STORE_FULL),
    *headed("+QIND", "+QLWURC", "+QGPSURC", "+QTONEDET", "+QNITZ", "+QIURC", "+QSTK", "+QUSBCFG"),
)
"""Quectel EC25&EC21 AT Commands Manual V1.3, summary of unsolicited results; ModemManager, plugins/quectel."""

WAVECOM = (
    *said("+WIND: 3", tells=Tells.RESTARTED),
    *said("+WIND: 0", "+WIND: 1", tells=Tells.SIM),
    *headed("+WIND", "+WWSM", "+WVMI", "+WDCI", "+WBCI"),
)
"""Wavecom, AT Commands Interface Guide, +WIND; Qtopia, phonevendors/wavecom."""

ZTE = (*headed("+ZUSIMR", tells=Tells.SIM), *headed("+ZDONR", "+ZPASR", "+ZPSTM", "+ZEND"))
"""ModemManager, plugins/zte."""

UBLOX = (
    *said("+AT: READY", tells=Tells.RESTARTED),
    *headed("+PBREADY"),
    UrcPattern("+UU", re.compile(r"\+UU[A-Z0-9]+:.*")),
)
"""ModemManager, plugins/ublox."""

TELIT = (*headed("#QSS", tells=Tells.SIM), *headed("SRING"))
"""oFono, drivers/telitmodem."""

CINTERION = (
    *said("^SYSSTART", tells=Tells.RESTARTED),
    *said("^SHUTDOWN", tells=Tells.SWITCHED_OFF),
    *headed("^SCKS", tells=Tells.SIM),
    *headed("^SYSINFO"),
)
"""ModemManager, plugins/cinterion."""

SIERRA_AND_OPTION = headed("+PACSP0", "_OSIGQ", "_OWANCALL", "_OUWCTI", "_OSSYSI")
"""ModemManager, plugins/sierra and plugins/option."""
