"""+CUSD with one canned answer (3GPP TS 27.007 7.15)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from otppi.simulator.charset import from_wire, to_wire
from otppi.simulator.commandline import Call, Form
from otppi.simulator.errors import EquipmentRefusal

if TYPE_CHECKING:
    from otppi.simulator.device import Device
    from otppi.simulator.effects import Answer

_NO_SERVICE = 30
_ANSWERED = 0
_DCS = 15
_CANCEL = 2


def unstructured(device: Device, call: Call) -> Answer:
    """`=1,"<code>",15` is answered OK at once and by a +CUSD result after the latency; `=2` cancels."""
    if call.form is Form.TEST:
        return ("+CUSD: (0-2)",)
    if call.form is Form.READ:
        return (f"+CUSD: {device.parameters.numbers.get('+CUSD', 0)}",)
    mode = call.number(0, 0, high=2)
    if mode != _CANCEL:
        device.parameters.numbers["+CUSD"] = mode
    if mode != _CANCEL and len(call.arguments) > 1:
        _request(device, call.string(1))
    return ()


def _request(device: Device, typed: str) -> None:
    from_wire(typed.encode("latin-1"), device.parameters.charset)
    if not device.reachable:
        raise EquipmentRefusal(_NO_SERVICE)
    device.timers.later(device.latency, partial(_answer, device))


def _answer(device: Device) -> None:
    text = to_wire(device.traits.ussd, device.parameters.charset)
    device.urcs.append(f'+CUSD: {_ANSWERED},"{text}",{_DCS}')
