"""Network commands of 3GPP TS 27.007 clause 7: +CREG and its kin, +COPS, +CSQ, and power +CFUN (8.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.simulator import receiving
from otppi.simulator.commandline import Call, Form
from otppi.simulator.effects import Answer, Dialogue, Finish, PowerCard, Reboot
from otppi.simulator.errors import EquipmentRefusal, PlainRefusal
from otppi.simulator.family import Ready
from otppi.simulator.network import FULL_POWER, Registration

if TYPE_CHECKING:
    from otppi.simulator.device import Device

REPORTING = ("+CREG", "+CGREG", "+CEREG")
_NOT_SUPPORTED = 4
_AREA, _CELL = 0x1A00, 0xC0DE


def settle(device: Device) -> None:
    """Tell a change of registration to the terminal, and let the network deliver what waited."""
    for name in REPORTING:
        stat = _stat(device, name)
        if stat is not device.told.setdefault(name, Registration.OFF):
            device.told[name] = stat
            if device.parameters.numbers.get(name):
                device.urcs.append(f"{name}: {_place(device, name)}")
    receiving.deliver_waiting(device)


def registration(device: Device, call: Call) -> Answer:
    """+CREG, +CGREG, +CEREG: 0 silent, 1 changes, 2 changes with the cell."""
    if call.form is Form.TEST:
        return (f"{call.name}: (0-2)",)
    mode = device.parameters.numbers.get(call.name, 0)
    if call.form is Form.READ:
        return (f"{call.name}: {mode},{_place(device, call.name)}",)
    device.parameters.numbers[call.name] = call.number(0, 0, high=2)
    return ()


def _stat(device: Device, name: str) -> Registration:
    return device.eps_registration if name == "+CEREG" else device.registration


def _place(device: Device, name: str) -> str:
    stat, places = _stat(device, name), device.family.places
    if device.parameters.numbers.get(name, 0) < 2:
        return str(int(stat))
    if not stat.carries_messages:
        return f"{int(stat)}{places.nowhere}"
    area = _AREA + int(device.sim.plmn[-2:])
    form = places.own.get(name, places.form)
    return f"{int(stat)}{form.format(area=area, cell=_CELL, access=places.access.get(name, 0))}"


def operator(device: Device, call: Call) -> Answer:
    """+COPS: names 0 long, 1 short, 2 numeric; mode 2 leaves the network, 0 and 1 join it again."""
    if call.form is Form.TEST:
        access = device.family.places.operator_access
        return (f'+COPS: (2,"{device.sim.operator}","SIM","{device.sim.plmn}"{access}),,(0-3),(0-2)',)
    if call.form is Form.READ:
        return (_serving(device),)
    mode = call.number(0, 0, high=4)
    if mode == 3:
        device.parameters.cops_format = call.number(1, 0, high=2)
        return ()
    device.network.detached = mode == 2
    settle(device)
    return ()


def _serving(device: Device) -> str:
    if not device.reachable:
        return f"+COPS: {2 if device.network.detached else 0}"
    form = device.parameters.cops_format
    name = (device.sim.operator, "SIM", device.sim.plmn)[form]
    return f'+COPS: 0,{form},"{name}"{device.family.places.operator_access}'


def signal(device: Device, call: Call) -> Answer:
    """+CSQ: 0..31, 99 unknown; no bit error rate."""
    if call.form is Form.TEST:
        return ("+CSQ: (0-31,99),(0-7,99)",)
    return (f"+CSQ: {device.network.csq},99",)


def attachment(device: Device, call: Call) -> Answer:
    """+CGATT: attached to the packet domain whenever registered (27.007 10.1.9); there is no packet service."""
    if call.form is Form.TEST:
        return ("+CGATT: (0,1)",)
    if call.form is Form.READ:
        return (f"+CGATT: {int(device.reachable)}",)
    call.number(0, high=1)
    return ()


def power(device: Device, call: Call) -> Answer:
    """+CFUN: 0 minimum, 1 full, 4 radio off; 1,1 restarts the equipment."""
    can = device.family.power
    if call.form is Form.TEST:
        return (f"+CFUN: ({','.join(map(str, can.levels))}),(0,1)",)
    if call.form is Form.READ:
        return (f"+CFUN: {device.network.power}",)
    if call.form is not Form.SET:
        raise PlainRefusal
    level = call.number(0, FULL_POWER)
    if level not in can.levels:
        raise EquipmentRefusal(_NOT_SUPPORTED)
    if call.number(1, 0, high=1) or level in can.restarts:
        return restart()
    return _level(device, level)


def _level(device: Device, level: int) -> Answer:
    before, device.network.power = device.network.power, level
    settle(device)
    if level == FULL_POWER and before == 0 and device.family.power.card_off:
        return _card_again(device)
    return ()


def _card_again(device: Device) -> Dialogue:
    """The card has power again and starts anew."""
    device.sim.verified = False
    device.ready -= {Ready.CARD, Ready.MESSAGES, Ready.NETWORK}
    yield PowerCard()


def restart() -> Dialogue:
    """OK, and then the equipment starts anew."""
    yield Finish("OK")
    yield Reboot()
