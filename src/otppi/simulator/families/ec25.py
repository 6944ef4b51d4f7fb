"""Quectel EC25 (LTE, USB). Data and the commands that only these have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.simulator import basic
from otppi.simulator.commandline import Call, Form
from otppi.simulator.errors import EquipmentRefusal, MessageRefusal, PlainRefusal
from otppi.simulator.family import NAMES, CardLines, Early, Fact, Family, Places, Power, Ready, Stage, Stores

if TYPE_CHECKING:
    from otppi.simulator.device import Device
    from otppi.simulator.effects import Answer

_MANUAL = "Quectel EC2x AT Commands Manual V2.0"
_CODES = "Quectel EC25&EC21 AT Commands Manual V1.3, 21.6, as in gammu's at-error.c"
_NOT_SUPPORTED, _UNKNOWN = 4, 500
_READ_REST = 5.0
"""Seconds that +CMMS wants between reading and setting."""
_LTE = 7


def card_number(device: Device, call: Call) -> Answer:
    """+QCCID."""
    if call.form is Form.TEST:
        return ()
    return (f"+QCCID: {device.sim.iccid}",)


def tries(device: Device, call: Call) -> Answer:
    """+QPINC: PIN and PUK of the SIM, then of PIN2."""
    if call.form is Form.TEST:
        return ('+QPINC: ("SC","P2")',)
    lines = {"SC": f'+QPINC: "SC",{device.sim.tries},{device.sim.puk_tries}', "P2": '+QPINC: "P2",3,10'}
    if call.form is Form.READ:
        return tuple(lines.values())
    if call.form is not Form.SET or call.string(0) not in lines:
        raise EquipmentRefusal(_NOT_SUPPORTED)
    return (lines[call.string(0)],)


def started(device: Device, call: Call) -> Answer:
    """+QINISTAT: 1 for the PIN, 2 for SMS, 4 for the phone book, added."""
    if call.form is Form.TEST:
        return ("+QINISTAT: (0-7)",)
    return (f"+QINISTAT: {(1 if device.sim_ready else 0) + (6 if Ready.MESSAGES in device.ready else 0)}",)


def indications(device: Device, call: Call) -> Answer:
    """+QINDCFG: which +QIND lines are written; only smsfull has an effect here."""
    if call.form is not Form.SET:
        raise PlainRefusal
    if len(call.arguments) > 1:
        device.parameters.numbers[f"+QINDCFG {call.string(0)}"] = call.number(1, high=1)
        return ()
    return (f'+QINDCFG: "{call.string(0)}",{device.parameters.numbers.get(f"+QINDCFG {call.string(0)}", 0)}',)


def port(_device: Device, call: Call) -> Answer:
    """+QURCCFG: where unsolicited lines go; taken, there is one port."""
    if call.form is Form.TEST:
        return ('+QURCCFG: "urcport",("usbat","usbmodem","uart1","uart2","all")',)
    if call.form is not Form.SET or call.string(0) != "urcport":
        raise PlainRefusal
    return () if len(call.arguments) > 1 else ('+QURCCFG: "urcport","usbat"',)


def more_messages(device: Device, call: Call) -> Answer:
    """+CMMS: setting it within 5 s of reading it is refused."""
    now = device.clock.elapsed()
    if call.form is Form.READ:
        device.marks["+CMMS"] = now
    elif call.form is Form.SET and now - device.marks.get("+CMMS", -_READ_REST) < _READ_REST:
        raise MessageRefusal(_UNKNOWN)
    return basic.numeric(device, call)


def _shows(device: Device, line: str) -> bool:
    return not line.startswith('+QIND: "smsfull"') or device.parameters.numbers.get("+QINDCFG smsfull") == 1


FAMILY = Family(
    name="ec25",
    manufacturer="Quectel",
    model="EC25",
    revision="EC25EFAR06A03M4G",
    facts=(
        Fact("identification", "ATI: maker, model, revision", "ATI of EC25 in public logs"),
        Fact("boot", "RDY, +CFUN: 1; the delays are ours", _MANUAL + ", 12.6; a boot log of an EG25-G"),
        Fact(
            "usable",
            "+CPIN: READY, +QUSIM: 1, +QIND: SMS DONE 5 s after RDY, +QIND: PB DONE",
            _MANUAL + ", 2.21; firmware that waits 5 to 6 s",
        ),
        Fact("card_lines", "+CPIN: SIM PIN", _MANUAL + ", 2.21"),
        Fact("early", "512 is SIM not ready; that it comes before SMS DONE is our reading", _CODES),
        Fact("stores", "SM and ME, 255 places in ME, ME chosen; reports go where messages go", _MANUAL + ", 8.4, 8.13"),
        Fact("places", "access technology everywhere", _MANUAL + ", 6, 12.6"),
        Fact(
            "power",
            "+CFUN=0 takes the power from the SIM: CME 13; at 1 it starts anew. That the port is gone for 12 s is ours",
            _MANUAL + ", 2.21",
        ),
        Fact("+QCCID", "the ICCID", _MANUAL + ", 5.7"),
        Fact("+QPINC", "tries for SC and P2", _MANUAL + ", 5.8"),
        Fact("+QINISTAT", "bits of what is initialised", _MANUAL + ", 5.9"),
        Fact("+QINDCFG", "smsfull is off at first", "Quectel's description of AT+QINDCFG in a public driver"),
        Fact("+QURCCFG", "one port for unsolicited lines", _MANUAL + ", 2.24"),
        Fact("+CMMS", "setting it within 5 s of reading it gives CMS 500", _MANUAL + ", 8.9"),
        Fact("cms_follows_cmee", "+CMEE=0 makes ERROR of every error", _MANUAL + ", 2.22"),
        Fact("cms_words", "codes of its own from 512", _CODES),
        Fact("message_types", "broadcasts are supported", _MANUAL + ", 8.1"),
        Fact("full_line", '+QIND: "smsfull"', "Quectel's description of AT+QINDCFG in a public driver"),
        Fact("shows", "smsfull is off at first", "Quectel's description of AT+QINDCFG in a public driver"),
        Fact("saved", "these outlive power without &W", _MANUAL + ", 8.1 to 8.4, 8.9"),
        Fact("noise", "signal, time zone, packet events, calls", _MANUAL + ", 12.6"),
        Fact("on_card", "they read the card", "3GPP TS 27.007 9.2.1: SIM not inserted, SIM busy"),
        Fact("absent", "tries by +QPINC, card by +QCCID", _MANUAL + ", contents"),
    ),
    identification={
        "I": ("{manufacturer}", "{model}", "Revision: {revision}"),
        **NAMES,
    },
    boot=(
        Stage(0, brings=Ready.LINE),
        Stage(0, brings=Ready.COMMANDS),
        Stage(0.2, "RDY"),
        Stage(0.5, "+CFUN: 1"),
        Stage(1.0, brings=Ready.CARD),
    ),
    usable=(
        Stage(0, "+CPIN: READY"),
        Stage(0.1, "+QUSIM: 1"),
        Stage(3.0, brings=Ready.NETWORK),
        Stage(4.2, "+QIND: SMS DONE", Ready.MESSAGES),
        Stage(4.8, "+QIND: PB DONE"),
    ),
    card_lines=CardLines("+CPIN: {state}"),
    early=Early(messages=512),
    stores=Stores((("SM", "ME"),) * 3, ("ME", "ME", "ME"), {"SM": 50, "ME": 255}, reports="ME"),
    places=Places(
        form=',"{area:04X}","{cell:X}",{access}',
        operator_access=",7",
        access=dict.fromkeys(("+CREG", "+CGREG", "+CEREG"), _LTE),
    ),
    power=Power(card_off=True, away=12.0),
    commands={
        "+QCCID": card_number,
        "+QPINC": tries,
        "+QINISTAT": started,
        "+QINDCFG": indications,
        "+QURCCFG": port,
        "+CMMS": more_messages,
    },
    on_card=frozenset({"+QCCID", "+QPINC"}),
    absent=frozenset({"+CPINR", "+CCID"}),
    cms_follows_cmee=True,
    cms_words={
        512: "SIM not ready",
        513: "Message length exceeds",
        514: "Invalid request parameters",
        515: "ME storage failure",
        517: "Invalid service mode",
        528: "More message to send state error",
        529: "MO SMS is not allow",
        530: "GPRS is suspended",
        531: "ME storage full",
    },
    message_types="1,1,1",
    full_line='+QIND: "smsfull","{memory}"',
    shows=_shows,
    saved=frozenset({"+CSMS", "+CMGF", "+CMMS", "+CPMS", "+CSCA"}),
    noise=('+QIND: "csq",21,99', '+QIND: "act","LTE"', "+CTZV: +28", "+CGEV: NW DETACH", "+CGEV: ME DETACH", "RING"),
)
