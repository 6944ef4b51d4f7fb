"""Huawei USB sticks and modules (E173, E1550, E220, E1752, E3372 in stick mode). Data only."""

from __future__ import annotations

import re

from otppi.at.commands import STANDARD_TRIES, TriesQuery
from otppi.at.profile import Fact, ModemProfile

_OFONO = "oFono, drivers/atmodem/sms.c: list of chip sets that advertise mode 2 of +CNMI and refuse it"

HUAWEI = ModemProfile(
    "huawei",
    matches=re.compile(r"^huawei\b", re.IGNORECASE),
    quiet=("AT^CURC=0",),
    cnmi=("1,1,0,1,0", "2,1,0,1,0", "1,1,0,2,0", "2,1,2,2,0", "1,1,0,0,0"),
    first_index=0,
    pin_tries=(
        TriesQuery("AT^CPIN?", re.compile(r"\^CPIN:\s*[^,]+,[^,]*,\d{1,2},(\d{1,2}),\d{1,2},\d{1,2}(?:,.*)?")),
        STANDARD_TRIES,
    ),
    facts=(
        Fact("matches", "AT+CGMI answers huawei.", "transcript huawei_e173_like; ModemManager, plugins/huawei"),
        Fact("quiet", "AT^CURC=0 ends ^RSSI, ^BOOT and their like.", "Gammu, F_HUAWEI_INIT; SMSLib; ModemManager"),
        Fact("cnmi", "Mode 1 is taken where 2 is only advertised.", _OFONO),
        Fact("first_index", "The first message of a store has index 0.", "Gammu, phone feature SMS_LOCATION_0"),
        Fact(
            "pin_tries",
            "^CPIN: state, used, then tries of PUK, PIN, PUK2, PIN2.",
            "ModemManager, plugins/huawei/mm-broadband-modem-huawei.c, unlock retries",
        ),
    ),
    unverified=(
        "AT+CFUN=1,1 and AT^RESET bring a stick back as a CD-ROM where usb_modeswitch does not act.",
        "AT^CURC=0 leaves +CDS and +CMTI alone on every firmware.",
        "AT+CMGL hangs after hours on E1750, E160 and E372 (Gammu issues 4, 266, 286, 323); we do not list.",
        "The port with replies and news is interface 02 by protocol (E173); interface 00 is for PPP.",
    ),
)
