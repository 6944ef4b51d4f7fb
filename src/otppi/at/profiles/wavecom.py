"""Wavecom modems and modules (Fastrack, Q2303, Q2403, Q2406), later sold by Sierra Wireless. Data only."""

from __future__ import annotations

import re

from otppi.at.codes import ErrorClass
from otppi.at.commands import STANDARD_TRIES, TriesQuery
from otppi.at.profile import Fact, ModemProfile, VendorCode
from otppi.at.urc import KNOWN, restart_lines

_GUIDE = "Wavecom AT Commands Interface Guide (WM_DEV_OAT_UGD_049)"
_KANNEL = "Kannel, gw/smsc/smsc_at.c, table of +CMS errors"

WAVECOM = ModemProfile(
    "wavecom",
    matches=re.compile(r"^WAVECOM\b", re.IGNORECASE),
    urcs=(*restart_lines("+WIND: 3"), *KNOWN),
    gates=("+WIND: 4",),
    command_gap=0.1,
    pin_tries=(
        TriesQuery("AT+CPINC", re.compile(r"\+CPINC\s?:\s*(\d{1,2})\s*,\s*\d{1,2}\s*,\s*\d{1,3}\s*,\s*\d{1,3}")),
        STANDARD_TRIES,
    ),
    cms=(
        VendorCode(512, "radio connection not established", ErrorClass.NETWORK),
        VendorCode(513, "lower layer failure", ErrorClass.MAYBE_SENT),
        VendorCode(514, "CP error", ErrorClass.NETWORK),
        VendorCode(515, "the modem is busy", ErrorClass.BUSY),
        VendorCode(527, "radio resources busy", ErrorClass.NETWORK),
        VendorCode(528, "location update failed", ErrorClass.NO_NETWORK),
        VendorCode(529, "location update rejected", ErrorClass.NO_NETWORK),
        VendorCode(531, "number not among the fixed numbers", ErrorClass.SIM),
    ),
    facts=(
        Fact("matches", "AT+CGMI answers WAVECOM MODEM.", "transcript wavecom_q24_like"),
        Fact("urcs", "+WIND: 3 is said when the product starts.", f"{_GUIDE}, 7.1"),
        Fact("gates", "+WIND: 4: ready for all commands, phone books and SMS included.", f"{_GUIDE}, 7.1"),
        Fact("command_gap", "A command that follows an answer too soon is lost.", "smstools, communication_delay"),
        Fact("pin_tries", "+CPINC: PIN, PIN2, PUK, PUK2.", f"{_GUIDE}, 9.3"),
        Fact("cms", "512 to 531 are its own; 513 may come after the text was taken.", _KANNEL),
    ),
    unverified=(
        "AT+CFUN=1 restarts the product, unlike the standard's.",
        "Fastrack products that call themselves Sierra Wireless behave the same; the generic profile serves them.",
        "Without RTS and CTS wired AT+IFC=0,0 is needed; a PL2303 cable without serial number has no name by-id.",
    ),
)
