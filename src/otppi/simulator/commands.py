"""The table of all commands, and the running of one command line. Says which commands need a usable SIM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.simulator import basic, general, messaging, reading, receiving, registration, sending, ussd
from otppi.simulator.commandline import Call, Form, calls
from otppi.simulator.effects import Answer, Dialogue, Finish, Inform, Reach
from otppi.simulator.errors import AtRefusal, EquipmentRefusal, MessageRefusal, OtherResult, Silence
from otppi.simulator.family import Ready
from otppi.simulator.faults import Step
from otppi.simulator.results import final_result
from otppi.simulator.sim import SimState

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.simulator.device import Device

_PIN_REQUIRED, _PUK_REQUIRED = 311, 316
_CARD_FAILURE = 13

COMMANDS: dict[str, Callable[[Device, Call], Answer]] = {
    **basic.BASIC,
    **dict.fromkeys(("+CGMI", "+GMI", "+CGMM", "+GMM", "+CGMR", "+GMR"), general.identification),
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

_ON_THE_CARD = frozenset({"+CPIN", "+CPINR", "+CCID"})
"""Refused with +CME ERROR without a card that answers."""
_ON_THE_SIM = frozenset({"+CIMI", "+CNUM", "+CLCK", "+CUSD"})
"""Refused with +CME ERROR while the SIM is locked, too."""
_SMS_ON_THE_SIM = frozenset(
    {"+CPMS", "+CSCA", "+CNMA", "+CMGS", "+CMGW", "+CMSS", "+CMGR", "+CMGL", "+CMGD"},
)
"""Refused with +CMS ERROR while the SIM is locked."""

_MOST_VALUES = {
    **dict.fromkeys(("+CMEE", "+CMGF", "+CMMS", "+CSMS", "+CREG", "+CGREG", "+CSCS", "+CMGR", "+CMSS"), 1),
    **dict.fromkeys(("+CFUN", "+CPIN", "+CMGS", "+CMGW", "+CMGD", "+CSCA"), 2),
    **dict.fromkeys(("+CPMS", "+CUSD"), 3),
    "+CSMP": 4,
    "+CNMI": 5,
}
"""How many values a command has in 3GPP TS 27.005 and 27.007, where a family may count them."""


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
        yield Finish(final_result(refusal, device.parameters.cmee, device.family))
    else:
        yield Finish("OK")


def _execute(device: Device, call: Call) -> Dialogue:
    _demand_awake(device, call)
    command = _command(device, call)
    _demand_card(device, call)
    if call.form is Form.TEST and call.name in device.family.tests:
        stated = device.family.tests[call.name]
        yield from (Inform((f"{call.name}: {stated}",)),) if stated else ()
        return
    answer = command(device, call)
    if not isinstance(answer, tuple):
        yield from answer
    elif answer:
        yield Inform(answer)
    if call.last and (call.name, call.form) in device.family.without_ok:
        raise Silence


def _command(device: Device, call: Call) -> Callable[[Device, Call], Answer]:
    family = device.family
    if call.name[0] == "S" and call.name[1:].isdigit():
        return basic.register
    if family.surplus and len(call.arguments) > _MOST_VALUES.get(call.name, len(call.arguments)):
        raise OtherResult(family.surplus)
    if call.name in family.commands:
        return family.commands[call.name]
    if call.name not in COMMANDS or call.name in family.absent:
        raise OtherResult(family.unknown)
    return COMMANDS[call.name]


def _demand_awake(device: Device, call: Call) -> None:
    code = device.family.early.commands
    if code is not None and Ready.COMMANDS not in device.ready and not call.name[0].isalpha() and call.name[0] != "&":
        raise EquipmentRefusal(code)


def _demand_card(device: Device, call: Call) -> None:
    if call.form is Form.TEST:
        return
    for_messages = call.name in _SMS_ON_THE_SIM
    needs_pin = call.name in _ON_THE_SIM or call.name in device.family.needs_pin
    if not (for_messages or needs_pin or call.name in _ON_THE_CARD or call.name in device.family.on_card):
        return
    _demand_read(device, for_messages=for_messages)
    if for_messages:
        _demand_messages(device)
    elif needs_pin:
        device.sim.demand_ready()


def _demand_read(device: Device, *, for_messages: bool) -> None:
    """The card has power, is read, and answers."""
    if device.network.power == 0 and device.family.power.card_off:
        raise MessageRefusal(300 + _CARD_FAILURE) if for_messages else EquipmentRefusal(_CARD_FAILURE)
    if Ready.CARD not in device.ready:
        early = device.family.early
        raise MessageRefusal(early.messages) if for_messages else EquipmentRefusal(early.card)
    device.sim.demand_card(for_messages=for_messages)


def _demand_messages(device: Device) -> None:
    if not device.sim_ready:
        raise MessageRefusal(_PUK_REQUIRED if device.sim.state is SimState.PUK else _PIN_REQUIRED)
    if Ready.MESSAGES not in device.ready:
        raise MessageRefusal(device.family.early.messages)
