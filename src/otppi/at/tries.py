"""How modems are asked for the tries the SIM PIN still has. Each question only reads; none spends a try.

An empty VERIFY through AT+CSIM would tell it on any modem, but is told apart from a wrong PIN only by newer SIMs
(ETSI TS 102 221 11.1.9), so it is not among them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from otppi.at.commands import Command, Shape


@dataclass(frozen=True, slots=True)
class TriesQuery:
    """`text` is sent; group 1 of `line` is the count, where the line has it. `source` says where its form is from."""

    text: str
    line: re.Pattern[str]
    source: str

    def command(self) -> Command:
        """What is sent."""
        return Command(self.text, self.text, Shape.MANY, self.line, plain=True)


STANDARD = TriesQuery(
    "AT+CPINR",
    re.compile(r"\+CPINR:\s*\"?(?:SIM PIN\"?\s*,\s*(\d{1,2})|[A-Z0-9 -]{3,30}\"?\s*,\s*\d{1,2})(?:\s*,\s*\d{1,2})?"),
    "3GPP TS 27.007 8.65",
)
HUAWEI = TriesQuery(  # state, tries of the code it asks for, then of PUK, PIN, PUK2, PIN2
    "AT^CPIN?",
    re.compile(r"\^CPIN:\s*[^,]+,[^,]*,\d{1,2},(\d{1,2}),\d{1,2},\d{1,2}(?:,.*)?"),
    "Huawei, UMTS Datacard Modem AT Command Interface Specification V2.3, ^CPIN; ModemManager, plugins/huawei",
)
QUECTEL = TriesQuery(
    'AT+QPINC="SC"',
    re.compile(r"\+QPINC:\s*\"SC\"\s*,\s*(\d{1,2})\s*,\s*\d{1,2}"),
    "EC25&EC21 AT Commands Manual V1.3, AT+QPINC",
)
SIMCOM = TriesQuery(  # the PIN comes first; the order of the others differs between manuals
    "AT+SPIC",
    re.compile(r"[+*]SPIC:\s*(\d{1,2})\s*,\s*\d{1,2}\s*,\s*\d{1,2}\s*,\s*\d{1,2}"),
    "SIM800 Series AT Command Manual V1.09 and SIM7500_SIM7600 Series AT Command Manual V2.00, AT+SPIC",
)
WAVECOM = TriesQuery(
    "AT+CPINC",
    re.compile(r"\+CPINC\s?:\s*(\d{1,2})\s*,\s*\d{1,2}\s*,\s*\d{1,3}\s*,\s*\d{1,3}"),
    "Wavecom, AT Commands Interface Guide, +CPINC",
)
UBLOX = TriesQuery(
    "AT+UPINCNT",
    re.compile(r"\+UPINCNT:\s*(\d{1,2})\s*,\s*\d{1,2}\s*,\s*\d{1,2}\s*,\s*\d{1,2}"),
    "oFono, drivers/atmodem/sim.c; ModemManager, plugins/ublox",
)
TELIT = TriesQuery(  # of the code the SIM asks for, which is the PIN when this is asked
    "AT#PCT", re.compile(r"#PCT:\s*(\d{1,2})"), "oFono, drivers/atmodem/sim.c; ModemManager, plugins/telit"
)
CINTERION = TriesQuery(  # as above
    "AT^SPIC", re.compile(r"\^SPIC:\s*(\d{1,2})"), "oFono, drivers/atmodem/sim.c; ModemManager, plugins/cinterion"
)
ZTE = TriesQuery("AT+ZPINPUK=?", re.compile(r"\+ZPINPUK:\s*(\d{1,2})(?:\s*,.*)?"), "oFono, drivers/atmodem/sim.c")

ALL = (STANDARD, HUAWEI, QUECTEL, SIMCOM, WAVECOM, UBLOX, TELIT, CINTERION, ZTE)
"""The standard one first: a modem of no known family is asked them all until one answers."""
