"""Quectel LTE modules (EC2x, EG2x, EG9x, EP06). Data only; the 2G ones (M35, M95) are served by the generic profile."""

from __future__ import annotations

import re

from otppi.at.commands import STANDARD_TRIES, TriesQuery
from otppi.at.profile import Fact, ModemProfile
from otppi.at.urc import KNOWN, restart_lines

_MANUAL = "EC25&EC21 AT Commands Manual V1.3"

QUECTEL = ModemProfile(
    "quectel",
    matches=re.compile(r"^Quectel[^/]*/ *E[CGMP]\d\d", re.IGNORECASE),
    urcs=(*restart_lines("POWERED DOWN", "RDY"), *KNOWN),
    cnmi=("2,1,0,1,0", "2,1,0,2,0", "1,1,0,1,0", "1,1,0,2,0", "2,1,0,0,0"),
    service=0,
    pin_tries=(
        TriesQuery('AT+QPINC="SC"', re.compile(r"\+QPINC:\s*\"SC\"\s*,\s*(\d{1,2})\s*,\s*\d{1,2}")),
        STANDARD_TRIES,
    ),
    resets=("AT+CFUN=1,1",),
    facts=(
        Fact("matches", "AT+CGMI answers Quectel, AT+CGMM EC25.", f"{_MANUAL}, AT+CGMI and AT+CGMM"),
        Fact("urcs", "RDY: it has started; POWERED DOWN: it ends.", f"{_MANUAL}, summary of unsolicited results"),
        Fact(
            "cnmi",
            "Report mode 2 is taken where 1 is only advertised.",
            "ModemManager, remark on Qualcomm chip sets in the set-up of +CNMI",
        ),
        Fact(
            "service",
            "With service 1 each report wants AT+CNMA, and one too many is +CMS ERROR 340; service 0 wants none.",
            f"{_MANUAL}, AT+CNMA; 3GPP TS 27.005 3.2.1",
        ),
        Fact("pin_tries", '+QPINC: "SC", PIN, PUK.', f"{_MANUAL}, AT+QPINC; MuditaOS, service-cellular"),
        Fact("resets", "The second parameter of +CFUN restarts.", f"{_MANUAL}, AT+CFUN; 3GPP TS 27.007 8.2"),
        Fact("body_timeout", "The maker allows sending 120 s, less than our limit.", f"{_MANUAL}, 9.17 and AT+CMGS"),
    ),
    unverified=(
        "+QIND: SMS DONE tells that messages can be sent.",
        'News come out of the port that AT+QURCCFG="urcport" names.',
        "M35 and M95 behave as a SIM800 does.",
    ),
)
