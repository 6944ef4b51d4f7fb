"""Quectel LTE modules (EC2x, EG2x, EG9x, EP06). Data only; the 2G ones (M35, M95) are served by the generic profile."""

from __future__ import annotations

import re

from otppi.at import tries, unsolicited
from otppi.at.profile import Fact, ModemProfile

_MANUAL = "Quectel, EC25&EC21 AT Commands Manual V1.3"

QUECTEL = ModemProfile(
    "quectel",
    matches=re.compile(r"^Quectel[^/]*/ *E[CGMP]\d\d", re.IGNORECASE),
    urcs=unsolicited.QUECTEL,
    cnmi=("2,1,0,1,0", "2,1,0,2,0", "1,1,0,1,0", "1,1,0,2,0", "2,1,0,0,0"),
    pin_tries=(tries.QUECTEL, tries.STANDARD),
    iccid=("AT+QCCID", "AT+CCID"),
    resets=("AT+CFUN=1,1",),
    facts=(
        Fact("matches", "AT+CGMI answers Quectel, AT+CGMM EC25.", f"{_MANUAL}, AT+CGMI and AT+CGMM"),
        Fact(
            "urcs",
            "RDY: it has started; POWERED DOWN: it ends. +QUSIM and +QSIMSTAT tell of the SIM, +QIND of a full store.",
            f"{_MANUAL}, summary of unsolicited results; ModemManager, plugins/quectel",
        ),
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
        Fact("pin_tries", '+QPINC: "SC", PIN, PUK.', tries.QUECTEL.source),
        Fact("iccid", "AT+QCCID tells it.", f"{_MANUAL}, AT+QCCID"),
        Fact("resets", "The second parameter of +CFUN restarts.", f"{_MANUAL}, AT+CFUN; 3GPP TS 27.007 8.2"),
        Fact("body_timeout", "The maker allows sending 120 s, less than our limit.", f"{_MANUAL}, AT+CMGS"),
    ),
    unverified=(
        "+QIND: SMS DONE tells that messages can be sent; the RG520N's manual shows it, the EC25's does not.",
        'News come out of the port that AT+QURCCFG="urcport" names.',
        "M35 and M95 behave as a SIM800 does.",
    ),
)
