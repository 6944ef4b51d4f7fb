"""SIMCom SIM7600 (LTE, USB). Data and the commands that only these have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.simulator import registration
from otppi.simulator.commandline import Call, Form
from otppi.simulator.family import NAMES, CardLines, Fact, Family, Indications, Places, Power, Ready, Stage, Stores

if TYPE_CHECKING:
    from otppi.simulator.device import Device
    from otppi.simulator.effects import Answer
    from otppi.simulator.family import Cnmi

_MANUAL = "SIM7500_SIM7600 Series AT Command Manual V1.12"
_CS_PREFERRED = 3


def card_number(device: Device, call: Call) -> Answer:
    """+CICCID: answered as +ICCID."""
    if call.form is Form.TEST:
        return ()
    return (f"+ICCID: {device.sim.iccid}",)


def tries(device: Device, call: Call) -> Answer:
    """+SPIC: PIN, PUK, PIN2, PUK2."""
    if call.form is Form.TEST:
        return ()
    return (f"+SPIC: {device.sim.tries},{device.sim.puk_tries},0,10",)


def reset(_device: Device, call: Call) -> Answer:
    """+CRESET: OK, and the module restarts."""
    return () if call.form is Form.TEST else registration.restart()


def domain(device: Device, call: Call) -> Answer:
    """+CGSMS: the domain that messages are sent over; kept, without effect here."""
    if call.form is Form.TEST:
        return ("+CGSMS: (0-3)",)
    if call.form is Form.READ:
        return (f"+CGSMS: {device.parameters.numbers['+CGSMS']}",)
    device.parameters.numbers["+CGSMS"] = call.number(0, high=3)
    return ()


def _together(values: Cnmi) -> bool:
    mode, routed, _, reported, _ = values
    if (routed == 3 or reported == 1) and mode != 1:
        return False
    return routed != 2 or mode in (1, 2)


FAMILY = Family(
    name="sim7600",
    manufacturer="SIMCOM INCORPORATED",
    model="SIMCOM_SIM7600E-H",
    revision="LE20B01SIM7600M22",
    facts=(
        Fact(
            "identification",
            "ATI has a revision of its own; +CGMR has its prefix",
            "ATI of SIM7600E-H in public logs; AT+CGMR in drivers' tests",
        ),
        Fact("boot", "the port is there when the module hears; the delays are ours", "USB"),
        Fact("usable", "+CPIN: READY, 0.4 s later SMS DONE, 0.7 s later PB DONE", "a log of an ESP32 with a SIM7600E"),
        Fact("card_lines", "+CPIN: SIM PIN", "a log of an ESP32 with a SIM7600E"),
        Fact(
            "stores", "the memories offered, ME chosen, 23 places in it and 50 on the SIM; SR has 50", _MANUAL + ", 7.2"
        ),
        Fact("stores", "indices begin with 0", _MANUAL + ", 7.11"),
        Fact("indications", "mt 3 and ds 1 only with mode 1, mt 2 only with 1 or 2, else ERROR", _MANUAL + ", 7.9"),
        Fact("places", "+CREG without access technology, +COPS? with it", _MANUAL + ", 5.1, 5.2"),
        Fact("power", "levels 0, 1, 4 to 7; 6 restarts. That the port is gone for 15 s is ours", _MANUAL + ", 4.1"),
        Fact("+CICCID", "answered as +ICCID", _MANUAL + ", 4.3"),
        Fact("+SPIC", "3,10,0,10: each PIN stands before its PUK", _MANUAL + ", 4.6"),
        Fact("+CRESET", "OK, then a restart", _MANUAL + ", 4.13"),
        Fact("+CGSMS", "0 to 3, 3 at first", _MANUAL + ", 7.10"),
        Fact("defaults", "+CGSMS is 3", _MANUAL + ", 7.10"),
        Fact("tests", "(0-1) for (0,1)", _MANUAL + ", 7.1, 7.3, 7.5"),
        Fact("cms_follows_cmee", "+CMEE=0 makes ERROR of +CMS ERROR, too", _MANUAL + ", 4.18"),
        Fact("charsets", "IRA stands first", _MANUAL + ", 3.32"),
        Fact("message_types", "broadcasts are supported", _MANUAL + ", 7.1"),
        Fact("full_line", "+SMS FULL", "programs for SIMCom modules that wait for it"),
        Fact("noise", "names of networks, voice mail, calls", _MANUAL + ", 4.24, 4.25; ModemManager's plugin simtech"),
        Fact("on_card", "they read the card", "3GPP TS 27.007 9.2.1: SIM not inserted, SIM busy"),
        Fact("absent", "tries by +SPIC, card by +CICCID", _MANUAL + ", contents"),
    ),
    identification={
        "I": (
            "Manufacturer: {manufacturer}",
            "Model: {model}",
            "Revision: SIM7600M22_V1.1",
            "IMEI: {imei}",
            "+GCAP: +CGSM",
        ),
        **NAMES,
        "MR": ("+CGMR: {revision}",),
    },
    boot=(Stage(0, brings=Ready.LINE), Stage(0, brings=Ready.COMMANDS), Stage(1.0, brings=Ready.CARD)),
    usable=(
        Stage(0, "+CPIN: READY"),
        Stage(0.4, "SMS DONE", Ready.MESSAGES),
        Stage(1.1, "PB DONE"),
        Stage(2.0, brings=Ready.NETWORK),
    ),
    card_lines=CardLines("+CPIN: {state}"),
    stores=Stores(
        (("ME", "MT", "SM", "SR"), ("ME", "MT", "SM"), ("ME", "SM")),
        ("ME", "ME", "ME"),
        {"ME": 23, "SM": 50, "SR": 50},
        {"MT": "ME"},
        first=0,
    ),
    indications=Indications(together=_together),
    places=Places(
        form=',"{area:04X}","{cell:X}"',
        own={"+CEREG": ',"{area:04X}","{cell:X}",{access}'},
        operator_access=",7",
    ),
    power=Power(levels=(0, 1, 4, 5, 6, 7), restarts=(6,), away=15.0),
    commands={"+CICCID": card_number, "+SPIC": tries, "+CRESET": reset, "+CGSMS": domain},
    on_card=frozenset({"+CICCID", "+SPIC"}),
    absent=frozenset({"+CPINR", "+CCID"}),
    tests={"+CSMS": "(0-1)", "+CMGF": "(0-1)", "+CSCB": "(0-1)"},
    cms_follows_cmee=True,
    charsets=("IRA", "GSM", "UCS2"),
    message_types="1,1,1",
    full_line="+SMS FULL",
    noise=("PNN DONE", "OPL DONE", "+VOICEMAIL: EMPTY", "+STIN: 25", "+CNSMOD: 8", "VOICE CALL: END: 000000", "RING"),
    defaults={"+CGSMS": _CS_PREFERRED},
)
