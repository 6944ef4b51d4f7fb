"""The table of all commands, and the running of one command line. Says which commands need a usable SIM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.simulator import basic, general, messaging, reading, receiving, registration, sending, ussd
from otppi.simulator.commandline import Call, Form, calls
from otppi.simulator.effects import Answer, Dialogue, Finish, Inform, Reach
from otppi.simulator.errors import AtRefusal, MessageRefusal, PlainRefusal, Silence
from otppi.simulator.faults import Step
from otppi.simulator.results import final_result
from otppi.simulator.sim import SimState

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.simulator.device import Device

_PIN_REQUIRED, _PUK_REQUIRED = 311, 316

COMMANDS: dict[str, Callable[[Device, Call], Answer]] = {
    **basic.BASIC,
    **dict.fromkeys(("+CGMI", "+GMI"), general.manufacturer),
    **dict.fromkeys(("+CGMM", "+GMM"), general.model),
    **dict.fromkeys(("+CGMR", "+GMR"), general.revision),
    **dict.fromkeys(("+CGSN", "+GSN"), general.serial_number),
    "+CIMI": general.subscriber,
    "+CCID": general.card,
    "+CNUM": general.own_number,
    "+CPIN": general.pin,
    "+CPINR": general.tries,
    "+CLCK": general.facility_lock,
    "+CSCS": general.charset,
    "+CPAS": general.activity,
    "+CCLK": general.clock,
    **dict.fromkeys(registration.REPORTING, registration.registration),
    "+COPS": registration.operator,
    "+CGATT": registration.attachment,
    "+CSQ": registration.signal,
    "+CFUN": registration.power,
    "+CSMS": messaging.service,
    "+CPMS": messaging.preferred_memory,
    "+CSCA": messaging.centre,
    "+CSMP": messaging.text_parameters,
    "+CSCB": messaging.broadcast,
    "+CNMI": receiving.indications,
    "+CNMA": receiving.acknowledge,
    "+CMGS": sending.send,
    "+CMGW": sending.write,
    "+CMSS": sending.send_stored,
    "+CMGR": reading.read,
    "+CMGL": reading.list_messages,
    "+CMGD": reading.delete,
    "+CUSD": ussd.unstructured,
}

_ON_THE_SIM = frozenset({"+CIMI", "+CNUM", "+CLCK", "+CUSD"})
"""Refused with +CME ERROR while the SIM is locked."""
_SMS_ON_THE_SIM = frozenset(
    {"+CPMS", "+CSCA", "+CNMA", "+CMGS", "+CMGW", "+CMSS", "+CMGR", "+CMGL", "+CMGD"},
)
"""Refused with +CMS ERROR while the SIM is locked."""


def run(device: Device, line: str) -> Dialogue:
    """The dialogue of one command line, from AT to its final result."""
    device.counters.commands += 1
    try:
        yield Reach(Step.BEFORE_REPLY)
        for call in calls(line):
            yield from _execute(device, call)
        yield Reach(Step.BEFORE_FINAL)
    except Silence:
        return
    except AtRefusal as refusal:
        yield Finish(final_result(refusal, device.parameters.cmee))
    else:
        yield Finish("OK")


def _execute(device: Device, call: Call) -> Dialogue:
    _demand_sim(device, call)
    answer = _command(call)(device, call)
    if not isinstance(answer, tuple):
        yield from answer
    elif answer:
        yield Inform(answer)


def _command(call: Call) -> Callable[[Device, Call], Answer]:
    if call.name[0] == "S" and call.name[1:].isdigit():
        return basic.register
    if call.name not in COMMANDS:
        raise PlainRefusal
    return COMMANDS[call.name]


def _demand_sim(device: Device, call: Call) -> None:
    if call.form is Form.TEST or device.sim_ready:
        return
    if call.name in _ON_THE_SIM:
        device.sim.demand_ready()
    if call.name in _SMS_ON_THE_SIM:
        raise MessageRefusal(_PUK_REQUIRED if device.sim.state is SimState.PUK else _PIN_REQUIRED)
