"""SIMCom modules: the 2G ones (SIM800, SIM900) and those with LTE (SIM7600, A76xx). Data only."""

from __future__ import annotations

import re

from otppi.at import tries, unsolicited
from otppi.at.profile import Fact, ModemProfile

_TRIES = (tries.SIMCOM, tries.STANDARD)
_SIM800 = "SIM800 Series AT Command Manual V1.09"
_SIM7600 = "SIM7500_SIM7600 Series AT Command Manual V2.00"
_EARLIER = "SIM7500_SIM7600 Series AT Command Manual V1.12"

SIM800 = ModemProfile(
    "simcom-sim800",
    matches=re.compile(r"^SIMCOM[^/]*/[^/]*SIM[89]\d\d(?!\d)", re.IGNORECASE),
    urcs=unsolicited.SIM800,
    gates=("SMS Ready",),
    pin_tries=_TRIES,
    resets=("AT+CFUN=1,1",),
    facts=(
        Fact("matches", "AT+CGMI answers SIMCOM_Ltd, AT+CGMM SIMCOM_SIM800L.", f"{_SIM800}, AT+CGMI and AT+CGMM"),
        Fact(
            "urcs",
            "It tells of starts, of switching itself off, and of a supply that is too weak or too strong.",
            f"{_SIM800}, 19.3",
        ),
        Fact("gates", "SMS Ready comes when messages can be sent, some seconds after the start.", f"{_SIM800}, 19.3"),
        Fact("pin_tries", "+SPIC: PIN, then the others.", f"{_SIM800}, AT+SPIC; oFono, drivers/atmodem/sim.c"),
        Fact("resets", "The second parameter of +CFUN restarts.", f"{_SIM800}, AT+CFUN; 3GPP TS 27.007 8.2"),
        Fact("body_timeout", "The maker allows sending 60 s, less than our limit.", f"{_SIM800}, AT+CMGS"),
    ),
    unverified=(
        "Before SMS Ready AT+CMGS gives +CMS ERROR 302 or one of 500 and up.",
        "With automatic baud rate the module says nothing at start; AT+IPR=115200 fixes the rate.",
        "+CMS ERROR 512 and up have meanings of their own (SIM not ready, unread records, service busy).",
        "A supply that cannot give 2 A shows as UNDER-VOLTAGE lines and restarts.",
    ),
)

SIM7600 = ModemProfile(
    "simcom-sim7600",
    matches=re.compile(r"^SIMCOM[^/]*/[^/]*(?:SIM7\d\d\d|A76\d\d)", re.IGNORECASE),
    urcs=unsolicited.SIM7600,
    gates=("SMS DONE", "PB DONE"),
    gate_seconds=20.0,
    cnmi=("1,1,0,1,0", "2,1,0,1,0", "1,1,0,2,0", "2,1,2,2,0", "1,1,0,0,0"),
    first_index=0,
    pin_tries=_TRIES,
    iccid=("AT+CICCID", "AT+CCID"),
    resets=("AT+CRESET",),
    facts=(
        Fact("matches", "AT+CGMI answers SIMCOM INCORPORATED, AT+CGMM SIMCOM_SIM7600E-H.", f"{_SIM7600}, AT+CGMM"),
        Fact(
            "urcs",
            "It tells of its start, of calls, of the radio it uses, of names of networks and of voice mail.",
            f"ModemManager, plugins/simtech; {_EARLIER}, 4.24 and 4.25",
        ),
        Fact("gates", "SMS DONE and PB DONE tell that SMS and phone book are read.", "ModemManager, plugins/simtech"),
        Fact(
            "gate_seconds", "Reading SIM and phone book is slower than on 2G modules.", "ModemManager, plugins/simtech"
        ),
        Fact(
            "cnmi",
            "Reports come directly (ds 1) in mode 1 only; mode 2 is advertised all the same.",
            f"{_EARLIER}, 7.9; oFono, drivers/atmodem/sms.c: list of chip sets that refuse mode 2 of +CNMI",
        ),
        Fact("first_index", "The first message of a store has index 0.", f"{_EARLIER}, 7.11"),
        Fact("pin_tries", "+SPIC: PIN, then the others.", f"{_SIM7600}, AT+SPIC"),
        Fact("iccid", "AT+CICCID tells it.", f"{_SIM7600}, AT+CICCID"),
        Fact("resets", "AT+CRESET restarts the module.", f"{_SIM7600}, AT+CRESET"),
    ),
    unverified=(
        "AT+CGSMS chooses whether SMS goes over packet or circuit service; IMS may overrule it.",
        "A76xx modules behave as the SIM7600 does; they say *ATREADY: 1 when they start.",
        "+CPIN: SIM REMOVED tells that the SIM was taken out.",
    ),
)
