"""The basic commands of V.250 clause 6 and the plain numeric parameters of 3GPP TS 27.005 and 27.007."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from otppi.simulator.commandline import Call, Form
from otppi.simulator.errors import NoCarrier, PlainRefusal
from otppi.simulator.general import who

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.simulator.device import Device
    from otppi.simulator.effects import Answer

NUMERIC_RANGES = {
    "+CMEE": (0, 2),
    "+CMGF": (0, 1),
    "+CMMS": (0, 2),
    "+CSDH": (0, 1),
    "+CRC": (0, 1),
    "+CLIP": (0, 1),
    "+CTZR": (0, 2),
    "+CTZU": (0, 1),
}
"""Parameters that only remember a value; the default is 0."""


def echo(device: Device, call: Call) -> Answer:
    """E (V.250 6.2.4)."""
    device.parameters.echo = bool(call.number(0, 0, high=1))
    return ()


def verbose(device: Device, call: Call) -> Answer:
    """V (V.250 6.2.6)."""
    device.parameters.verbose = bool(call.number(0, 0, high=1))
    return ()


def quiet(device: Device, call: Call) -> Answer:
    """Q (V.250 6.2.5)."""
    device.parameters.quiet = bool(call.number(0, 0, high=2))
    return ()


def tolerated(_device: Device, call: Call) -> Answer:
    """Accepted without effect: there is no line, no speaker and no data call here."""
    call.number(0, 0)
    return ()


def information(device: Device, _call: Call) -> Answer:
    """I (V.250 6.1.3): who this is, whatever the number."""
    return who(device, "I")


def reset(device: Device, _call: Call) -> Answer:
    """Z: the stored profile (V.250 6.1.1)."""
    device.parameters = copy.deepcopy(device.profile)
    return ()


def factory(device: Device, _call: Call) -> Answer:
    """&F: factory settings (V.250 6.1.2)."""
    device.parameters = device.family.parameters()
    return ()


def store(device: Device, _call: Call) -> Answer:
    """&W: remember the present settings for Z and power-on."""
    device.profile = copy.deepcopy(device.parameters)
    return ()


def no_carrier(_device: Device, _call: Call) -> Answer:
    """D, A: this modem has no voice and no data calls."""
    raise NoCarrier


def register(device: Device, call: Call) -> Answer:
    """An S-register: `Sn?` reads three digits, `Sn=v` writes (V.250 5.3.2)."""
    number = int(call.name[1:])
    if call.form is Form.READ:
        return (f"{device.parameters.registers.get(number, 0):03}",)
    if call.form is Form.SET:
        device.parameters.registers[number] = call.number(0, 0)
    return ()


def numeric(device: Device, call: Call) -> Answer:
    """One of NUMERIC_RANGES."""
    low, high = NUMERIC_RANGES[call.name]
    if call.form is Form.TEST:
        return (f"{call.name}: ({','.join(map(str, range(low, high + 1)))})",)
    if call.form is Form.READ:
        return (f"{call.name}: {device.parameters.numbers.get(call.name, 0)}",)
    if call.form is not Form.SET:
        raise PlainRefusal
    device.parameters.numbers[call.name] = call.number(0, 0, low=low, high=high)
    return ()


def capabilities(_device: Device, call: Call) -> Answer:
    """+GCAP (V.250 6.1.9)."""
    return () if call.form is Form.TEST else ("+GCAP: +CGSM",)


def rate(_device: Device, call: Call) -> Answer:
    """+IPR, +IFC, +ICF: taken as given; a pty has neither speed nor flow control (V.250 6.2.10 to 6.2.12)."""
    answers = {"+IPR": "0", "+IFC": "0,0", "+ICF": "3,3"}
    if call.form is Form.TEST:
        return (f"{call.name}: ({answers[call.name]})",)
    return (f"{call.name}: {answers[call.name]}",) if call.form is Form.READ else ()


BASIC: dict[str, Callable[[Device, Call], Answer]] = {
    "E": echo,
    "V": verbose,
    "Q": quiet,
    "I": information,
    "Z": reset,
    "&F": factory,
    "&W": store,
    "D": no_carrier,
    "A": no_carrier,
    **dict.fromkeys(("X", "H", "L", "M", "O", "P", "T", "&C", "&D", "&K", "&S", "+CHUP"), tolerated),
    **dict.fromkeys(NUMERIC_RANGES, numeric),
    **dict.fromkeys(("+IPR", "+IFC", "+ICF"), rate),
    "+GCAP": capabilities,
}
