"""Huawei USB sticks and modules (E173, E1550, E220, E1752, E3372 in stick mode). Data only."""

from __future__ import annotations

import re

from otppi.at import tries, unsolicited
from otppi.at.profile import Fact, ModemProfile

_SPECIFICATION = "Huawei, UMTS Datacard Modem AT Command Interface Specification V2.3"
_OFONO = "oFono, drivers/atmodem/sms.c: list of chip sets that advertise mode 2 of +CNMI and refuse it"

HUAWEI = ModemProfile(
    "huawei",
    matches=re.compile(r"^huawei\b", re.IGNORECASE),
    urcs=unsolicited.HUAWEI,
    quiet=("AT^CURC=0",),
    cnmi=("1,1,0,1,0", "2,1,0,1,0", "1,1,0,2,0", "2,1,2,2,0", "1,1,0,0,0"),
    first_index=0,
    sweeps=True,
    pin_tries=(tries.HUAWEI, tries.STANDARD),
    iccid=("AT^ICCID?", "AT+CCID"),
    facts=(
        Fact("matches", "AT+CGMI answers huawei.", f"{_SPECIFICATION}, +CGMI; ModemManager, plugins/huawei"),
        Fact(
            "urcs",
            "^BOOT, ^RSSI and their like come all the time; ^BOOT is no restart. ^SIMST tells of the SIM.",
            f"{_SPECIFICATION}, unsolicited reports; ModemManager, plugins/huawei",
        ),
        Fact("quiet", "AT^CURC=0 ends ^RSSI, ^BOOT and their like.", "Gammu, F_HUAWEI_INIT; SMSLib; ModemManager"),
        Fact("cnmi", "Mode 1 is taken where 2 is only advertised.", _OFONO),
        Fact("first_index", "The first message of a store has index 0.", "Gammu, phone feature SMS_LOCATION_0"),
        Fact(
            "sweeps",
            "AT+CMGL leaves E1750, E160 and E372 hanging after hours; AT+CMGR does not.",
            "Gammu, issues 4, 266, 286 and 323",
        ),
        Fact("pin_tries", "^CPIN: state, tries, then those of PUK, PIN, PUK2, PIN2.", tries.HUAWEI.source),
        Fact("iccid", "AT^ICCID? tells it, AT+CCID is not known.", "ModemManager, plugins/huawei"),
    ),
    unverified=(
        "AT+CFUN=1,1 and AT^RESET bring a stick back as a CD-ROM where usb_modeswitch does not act, so none is sent.",
        "AT^CURC=0 leaves +CDS and +CMTI alone on every firmware.",
        "The port with replies and news is interface 02 by protocol (E173); interface 00 is for PPP.",
    ),
)
