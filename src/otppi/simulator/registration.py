"""Network commands of 3GPP TS 27.007 clause 7: +CREG and its kin, +COPS, +CSQ, and power +CFUN (8.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.simulator import receiving
from otppi.simulator.commandline import Call, Form
from otppi.simulator.effects import Answer, Dialogue, Finish, Reboot
from otppi.simulator.errors import EquipmentRefusal, PlainRefusal
from otppi.simulator.network import FULL_POWER, Registration

if TYPE_CHECKING:
    from otppi.simulator.device import Device

REPORTING = ("+CREG", "+CGREG", "+CEREG")
_RADIO = {"+CREG": 2, "+CGREG": 2, "+CEREG": 7}
"""Access technology shown with n=2: 2 UTRAN, 7 E-UTRAN."""

_POWER_LEVELS = (0, FULL_POWER, 4)
_NOT_SUPPORTED = 4


def settle(device: Device) -> None:
    """Tell a change of registration to the terminal, and let the network deliver what waited."""
    stat = device.registration
    if stat is not device.told_registration:
        device.told_registration = stat
        device.urcs.extend(_unsolicited(device, name) for name in REPORTING if device.parameters.numbers.get(name))
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


def _unsolicited(device: Device, name: str) -> str:
    return f"{name}: {_place(device, name)}"


def _place(device: Device, name: str) -> str:
    stat = device.registration
    known = stat in (Registration.HOME, Registration.ROAMING)
    if device.parameters.numbers.get(name, 0) < 2 or not known:
        return str(int(stat))
    area, cell = f"{0x1A00 + int(device.identity.plmn[-2:]):04X}", f"{0xC0DE:08X}"
    return f'{int(stat)},"{area}","{cell}",{_RADIO[name]}'


def operator(device: Device, call: Call) -> Answer:
    """+COPS: names 0 long, 1 short, 2 numeric; mode 2 leaves the network, 0 and 1 join it again."""
    if call.form is Form.TEST:
        return (f'+COPS: (2,"{device.identity.operator}","SIM","{device.identity.plmn}",2),,(0-3),(0-2)',)
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
    if device.registration not in (Registration.HOME, Registration.ROAMING):
        return f"+COPS: {2 if device.network.detached else 0}"
    form = device.parameters.cops_format
    name = (device.identity.operator, "SIM", device.identity.plmn)[form]
    return f'+COPS: 0,{form},"{name}",2'


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
    if call.form is Form.TEST:
        return ("+CFUN: (0,1,4),(0,1)",)
    if call.form is Form.READ:
        return (f"+CFUN: {device.network.power}",)
    if call.form is not Form.SET:
        raise PlainRefusal
    level = call.number(0, FULL_POWER)
    if level not in _POWER_LEVELS:
        raise EquipmentRefusal(_NOT_SUPPORTED)
    if call.number(1, 0, high=1):
        return _restart()
    device.network.power = level
    settle(device)
    return ()


def _restart() -> Dialogue:
    yield Finish("OK")
    yield Reboot()
