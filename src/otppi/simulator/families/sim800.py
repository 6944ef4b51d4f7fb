"""SIMCom SIM800 (2G, one UART at a fixed rate). Data and the commands that only these have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.simulator.commandline import Call, Form
from otppi.simulator.family import NAMES, CardLines, Early, Fact, Family, Indications, Places, Ready, Stage, Stores

if TYPE_CHECKING:
    from otppi.simulator.device import Device
    from otppi.simulator.effects import Answer

_MANUAL = "SIM800 Series AT Command Manual V1.09"
_CODES = "SIM800 Series AT Command Manual V1.01, 19.2, as in gammu's at-error.c"
_MEMORIES = ("SM", "ME", "SM_P", "ME_P", "MT")


def card_number(device: Device, call: Call) -> Answer:
    """+CCID: the digits alone."""
    return () if call.form is Form.TEST else (device.sim.iccid,)


def tries(device: Device, call: Call) -> Answer:
    """+SPIC: PIN, PIN2, PUK, PUK2."""
    if call.form is Form.TEST:
        return ()
    return (f"+SPIC: {device.sim.tries},3,{device.sim.puk_tries},10",)


def inserted(device: Device, call: Call) -> Answer:
    """+CSMINS: reporting, and whether a card is there."""
    if call.form is Form.TEST:
        return ("+CSMINS: (0,1)",)
    if call.form is Form.SET:
        device.parameters.numbers["+CSMINS"] = call.number(0, high=1)
        return ()
    return (f"+CSMINS: {device.parameters.numbers.get('+CSMINS', 0)},{int(device.sim.inserted)}",)


FAMILY = Family(
    name="sim800",
    manufacturer="SIMCOM_Ltd",
    model="SIMCOM_SIM800L",
    revision="1418B05SIM800L24",
    facts=(
        Fact(
            "identification",
            "ATI is one line; the revision has a word before it",
            "AT sessions with SIM800L in public repositories",
        ),
        Fact(
            "boot",
            "RDY at a fixed rate only, then +CFUN: 1; the delays are ours",
            _MANUAL + ", list of unsolicited results",
        ),
        Fact(
            "usable",
            "+CPIN: READY, Call Ready, SMS Ready in this order; the delays are ours",
            "boot logs of SIM800L; " + _MANUAL,
        ),
        Fact("card_lines", "+CPIN: NOT INSERTED, +CPIN: NOT READY", _MANUAL + ", list of unsolicited results"),
        Fact("early", "521 is SMSAL not ready; that it comes before SMS Ready is our reading", _CODES),
        Fact(
            "stores",
            "the memories offered; 50 places in each",
            "AT+CPMS=? and AT+CPMS? of a SIM800L in a public repository",
        ),
        Fact("indications", "mode 0 to 3, ds 0 and 1 only: reports are never stored", _MANUAL + ", 4.2.8"),
        Fact("places", "no access technology; +COPS? has none", "AT sessions with SIM800"),
        Fact("+CCID", "no prefix", "AT sessions with SIM800L"),
        Fact(
            "+SPIC", "3,3,10,10: both PINs come before both PUKs", "drivers that read it; the SIM7600 has another order"
        ),
        Fact("+CSMINS", "second value: a card is there", _MANUAL + ", list of unsolicited results"),
        Fact("cms_words", "codes of its own from 512", _CODES),
        Fact("noise", "network time and name, voltage, calls", _MANUAL + ", list of unsolicited results"),
        Fact("on_card", "they read the card", "3GPP TS 27.007 9.2.1: SIM not inserted, SIM busy"),
        Fact("absent", "no +CEREG (2G); tries by +SPIC", _MANUAL),
    ),
    identification={
        "I": ("SIM800 R14.18",),
        **NAMES,
        "MR": ("Revision:{revision}",),
    },
    boot=(
        Stage(1.0, "RDY", Ready.LINE),
        Stage(1.0, brings=Ready.COMMANDS),
        Stage(1.5, "+CFUN: 1"),
        Stage(2.0, brings=Ready.CARD),
    ),
    usable=(
        Stage(0, "+CPIN: READY"),
        Stage(3.0, brings=Ready.NETWORK),
        Stage(4.0, "Call Ready"),
        Stage(5.0, "SMS Ready", Ready.MESSAGES),
    ),
    card_lines=CardLines("+CPIN: {state}", "+CPIN: NOT INSERTED", "+CPIN: NOT READY"),
    early=Early(messages=521),
    stores=Stores(
        (_MEMORIES,) * 3,
        sizes={"SM": 50, "ME": 50},
        same={"SM_P": "SM", "ME_P": "ME", "MT": "SM"},
        reports="",
    ),
    indications=Indications(((0, 1, 2, 3), (0, 1, 2, 3), (0, 2), (0, 1), (0, 1))),
    places=Places(form=',"{area:04X}","{cell:04X}"', operator_access=""),
    commands={"+CCID": card_number, "+SPIC": tries, "+CSMINS": inserted},
    on_card=frozenset({"+SPIC"}),
    absent=frozenset({"+CEREG", "+CPINR"}),
    cms_words={
        512: "SMS no error",
        513: "Message length exceeds maximum length",
        514: "Invalid request parameters",
        515: "ME storage failure",
        517: "Invalid service mode",
        521: "SMSAL not ready",
        528: "More Message to Send state error",
        529: "MO SMS is not allow",
        531: "ME storage full",
        532: "Doing SIM refresh",
    },
    noise=(
        '*PSUTTZ: 2026,1,1,0,0,0,"+28",0',
        "DST: 0",
        '+CTZV: "+28"',
        '*PSNWID: "001","01","Simulated",0,"SIM",0',
        "UNDER-VOLTAGE WARNNING",
        "RING",
    ),
)
