"""Wavecom modems and modules (Fastrack, Q2303, Q2403, Q2406), later sold by Sierra Wireless. Data only."""

from __future__ import annotations

import re

from otppi.at import tries, unsolicited
from otppi.at.codes import ErrorClass
from otppi.at.profile import Fact, ModemProfile, VendorCode

_GUIDE = "Wavecom, AT Commands Interface Guide for AT X41 (WM_ASW_OAT_UGD_010)"
_KANNEL = "Kannel, gw/smsc/smsc_at.c, table of +CMS errors"

WAVECOM = ModemProfile(
    "wavecom",
    matches=re.compile(r"^WAVECOM\b", re.IGNORECASE),
    urcs=unsolicited.WAVECOM,
    gates=("+WIND: 4",),
    command_gap=0.1,
    pin_tries=(tries.WAVECOM, tries.STANDARD),
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
        Fact("matches", "AT+CGMI answers WAVECOM MODEM.", f"{_GUIDE}, +CGMI"),
        Fact(
            "urcs",
            "+WIND: 3 is said when the product has started, 0 and 1 when the SIM is taken out or put in.",
            f"{_GUIDE}, +WIND; Qtopia, phonevendors/wavecom",
        ),
        Fact("gates", "+WIND: 4: ready for all commands, phone books and SMS included.", f"{_GUIDE}, +WIND"),
        Fact("command_gap", "A command that follows an answer too soon is lost.", "smstools, communication_delay"),
        Fact("pin_tries", "+CPINC: PIN, PIN2, PUK, PUK2.", tries.WAVECOM.source),
        Fact("cms", "512 to 531 are its own; 513 may come after the text was taken.", _KANNEL),
    ),
    unverified=(
        "AT+CFUN=1 restarts the product, unlike the standard's.",
        "Fastrack products that call themselves Sierra Wireless behave the same; the generic profile serves them.",
        "Without RTS and CTS wired AT+IFC=0,0 is needed; a PL2303 cable without serial number has no name by-id.",
    ),
)
