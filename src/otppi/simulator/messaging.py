"""SMS settings: service, memories, SMS centre, text-mode parameters (3GPP TS 27.005 3.2, 3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.simulator.charset import from_wire, to_wire
from otppi.simulator.commandline import Call, Form
from otppi.simulator.errors import MessageRefusal, PlainRefusal

if TYPE_CHECKING:
    from otppi.simulator.device import Device
    from otppi.simulator.effects import Answer

_NOT_SUPPORTED = 303
_INVALID_TEXT = 305


def service(device: Device, call: Call) -> Answer:
    """+CSMS: 0, and 1 with acknowledgement."""
    types = device.family.message_types
    if call.form is Form.TEST:
        return ("+CSMS: (0,1)",)
    if call.form is Form.READ:
        return (f"+CSMS: {int(device.parameters.acknowledges)},{types}",)
    device.parameters.numbers["+CSMS"] = call.number(0, 0, high=1)
    return (f"+CSMS: {types}",)


def preferred_memory(device: Device, call: Call) -> Answer:
    """+CPMS: mem1 to read and delete, mem2 to write and send, mem3 to receive, as far as the family has them."""
    offered = device.family.stores.offered
    if call.form is Form.TEST:
        return ("+CPMS: " + ",".join(f"({','.join(map(_quoted, names))})" for names in offered),)
    present = device.parameters.memories
    if call.form is Form.READ:
        return ("+CPMS: " + ",".join(f"{_quoted(name)},{_use(device, name)}" for name in present[: len(offered)]),)
    if len(call.arguments) > len(offered):
        raise PlainRefusal
    first, second, third = (call.string(place, name) for place, name in enumerate(present))
    chosen = (first, second, third)
    if not all(name in names for name, names in zip(chosen, offered, strict=False)):
        raise MessageRefusal(_NOT_SUPPORTED)
    device.parameters.memories = chosen
    return ("+CPMS: " + ",".join(_use(device, name) for name in chosen[: len(offered)]),)


def _quoted(name: str) -> str:
    return f'"{name}"'


def _use(device: Device, name: str) -> str:
    memory = device.memory(name)
    return f"{len(memory.slots)},{memory.size}"


def centre(device: Device, call: Call) -> Answer:
    """+CSCA."""
    charset = device.parameters.charset
    if call.form is Form.TEST:
        return ()
    if call.form is Form.READ:
        return (f'+CSCA: "{to_wire(f"+{device.smsc}", charset)}",145',)
    number = from_wire(call.string(0).encode("latin-1"), charset).lstrip("+")
    if not (number.isascii() and number.isdigit()) or not 3 <= len(number) <= 20:
        raise MessageRefusal(_INVALID_TEXT)
    device.parameters.smsc = number
    return ()


def text_parameters(device: Device, call: Call) -> Answer:
    """+CSMP=fo,vp,pid,dcs."""
    if call.form is Form.TEST:
        return ()
    if call.form is Form.READ:
        return ("+CSMP: " + ",".join(map(str, device.parameters.csmp)),)
    fo, vp, pid, dcs = device.parameters.csmp
    device.parameters.csmp = (call.number(0, fo), call.number(1, vp), call.number(2, pid), call.number(3, dcs))
    return ()


def broadcast(_device: Device, call: Call) -> Answer:
    """+CSCB: taken, there are no broadcasts."""
    if call.form is Form.TEST:
        return ("+CSCB: (0,1)",)
    return ('+CSCB: 0,"",""',) if call.form is Form.READ else ()
