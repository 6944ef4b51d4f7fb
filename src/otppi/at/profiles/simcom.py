"""SIMCom modules: the 2G ones (SIM800, SIM900) and those with LTE (SIM7600, A76xx). Data only."""

from __future__ import annotations

import re

from otppi.at.commands import STANDARD_TRIES, TriesQuery
from otppi.at.profile import Fact, ModemProfile
from otppi.at.urc import KNOWN, restart_lines

_TRIES = (
    TriesQuery("AT+SPIC", re.compile(r"\+SPIC:\s*(\d{1,2})\s*,\s*\d{1,2}\s*,\s*\d{1,2}\s*,\s*\d{1,2}")),
    STANDARD_TRIES,
)
_SIM800 = "SIM800 Series AT Command Manual V1.09"
_SIM7600 = "SIM7500_SIM7600 Series AT Command Manual V2.00"

SIM800 = ModemProfile(
    "simcom-sim800",
    matches=re.compile(r"^SIMCOM[^/]*/[^/]*SIM[89]\d\d(?!\d)", re.IGNORECASE),
    urcs=(*restart_lines("NORMAL POWER DOWN", "UNDER-VOLTAGE POWER DOWN", "OVER-VOLTAGE POWER DOWN"), *KNOWN),
    gates=("SMS Ready",),
    pin_tries=_TRIES,
    resets=("AT+CFUN=1,1",),
    facts=(
        Fact("matches", "AT+CGMI answers SIMCOM_Ltd, AT+CGMM SIMCOM_SIM800L.", "transcript simcom_sim800_like"),
        Fact("urcs", "The module says so when it switches itself off.", f"{_SIM800}, summary of unsolicited results"),
        Fact("gates", "SMS Ready comes some seconds after Call Ready.", f"{_SIM800}, summary of unsolicited results"),
        Fact("pin_tries", "+SPIC: PIN, PUK, PIN2, PUK2.", f"{_SIM800}, AT+SPIC; oFono, drivers/atmodem/sim.c"),
        Fact("resets", "The second parameter of +CFUN restarts.", f"{_SIM800}, AT+CFUN; 3GPP TS 27.007 8.2"),
        Fact("body_timeout", "The maker allows AT+CMGS 60 s, less than our limit.", f"{_SIM800}, 4.2.5"),
    ),
    unverified=(
        "Before SMS Ready AT+CMGS gives +CMS ERROR 302 or one of 500 and up.",
        "With automatic baud rate the module says nothing at start; AT+IPR=115200 fixes the rate.",
        "+CMS ERROR 512 and up have meanings of their own (SIM not ready, full, 515 broadcast).",
        "A supply that cannot give 2 A shows as UNDER-VOLTAGE lines and restarts.",
    ),
)

SIM7600 = ModemProfile(
    "simcom-sim7600",
    matches=re.compile(r"^SIMCOM[^/]*/[^/]*(?:SIM7\d\d\d|A76\d\d)", re.IGNORECASE),
    gates=("SMS DONE", "PB DONE"),
    gate_seconds=20.0,
    cnmi=("1,1,0,1,0", "2,1,0,1,0", "1,1,0,2,0", "2,1,2,2,0", "1,1,0,0,0"),
    pin_tries=_TRIES,
    resets=("AT+CRESET",),
    facts=(
        Fact("matches", "AT+CGMI answers SIMCOM INCORPORATED, AT+CGMM SIMCOM_SIM7600E-H.", f"{_SIM7600}, AT+CGMM"),
        Fact("gates", "SMS DONE and PB DONE tell that SMS and phone book are read.", "ModemManager, plugins/simtech"),
        Fact(
            "gate_seconds", "Reading SIM and phone book is slower than on 2G modules.", "ModemManager, plugins/simtech"
        ),
        Fact(
            "cnmi",
            "Mode 1 is taken where 2 is only advertised.",
            "oFono, drivers/atmodem/sms.c: list of chip sets that advertise mode 2 of +CNMI and refuse it",
        ),
        Fact("pin_tries", "+SPIC: PIN, PUK, PIN2, PUK2.", f"{_SIM7600}, AT+SPIC"),
        Fact("resets", "AT+CRESET restarts the module.", f"{_SIM7600}, AT+CRESET"),
    ),
    unverified=(
        "AT+CGSMS chooses whether SMS goes over packet or circuit service; IMS may overrule it.",
        "A76xx modules behave as the SIM7600 does.",
    ),
)
