"""Commands on the equipment and the SIM: V.250 6.1, 3GPP TS 27.007 clauses 5, 7.4 and 8. No SMS here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.simulator import startup
from otppi.simulator.charset import to_wire
from otppi.simulator.commandline import Call, Form
from otppi.simulator.errors import EquipmentRefusal, PlainRefusal

if TYPE_CHECKING:
    from otppi.simulator.device import Device
    from otppi.simulator.effects import Answer

_NOT_SUPPORTED = 4
_INCORRECT_PASSWORD = 16


def who(device: Device, about: str) -> Answer:
    """The lines of the family's `identification` about `about`."""
    family = device.family
    values = {"manufacturer": family.manufacturer, "model": family.model, "revision": family.revision}
    return tuple(line.format(imei=device.identity.imei, **values) for line in family.identification[about])


def identification(device: Device, call: Call) -> Answer:
    """+CGMI, +CGMM, +CGMR and the same without C."""
    return () if call.form is Form.TEST else who(device, call.name[-2:])


def serial_number(device: Device, call: Call) -> Answer:
    """+CGSN, +GSN: the IMEI; with =1 behind its name (27.007 5.4)."""
    if call.form is Form.TEST:
        return ("+CGSN: (0,1)",) if call.name == "+CGSN" else ()
    if call.form is Form.SET and call.number(0, 0, high=1):
        return (f'+CGSN: "{device.identity.imei}"',)
    return who(device, "SN")


def subscriber(device: Device, call: Call) -> Answer:
    """+CIMI."""
    return () if call.form is Form.TEST else (device.sim.imsi,)


def card(device: Device, call: Call) -> Answer:
    """+CCID (27.007 8.70)."""
    return () if call.form is Form.TEST else (f"+CCID: {device.sim.iccid}",)


def own_number(device: Device, call: Call) -> Answer:
    """+CNUM."""
    if call.form is Form.TEST:
        return ()
    number = to_wire(f"+{device.sim.msisdn}", device.parameters.charset)
    return (f'+CNUM: "","{number}",145',)


def pin(device: Device, call: Call) -> Answer:
    """+CPIN: one value is the PIN, two are PUK and new PIN."""
    if call.form is Form.READ:
        return (f"+CPIN: {device.sim.state}",)
    if call.form is Form.TEST:
        return ()
    if call.form is not Form.SET:
        raise PlainRefusal
    if len(call.arguments) > 1:
        device.sim.unblock(call.string(0), call.string(1))
    else:
        _enter(device, call.string(0))
    startup.usable(device)
    return ()


def _enter(device: Device, value: str) -> None:
    if not 4 <= len(value) <= 8:
        raise EquipmentRefusal(_INCORRECT_PASSWORD)
    device.sim.enter(value)


def tries(device: Device, call: Call) -> Answer:
    """+CPINR: tries left and tries at the start (27.007 8.73)."""
    if call.form is Form.TEST:
        return ()
    sim = device.sim
    return (f"+CPINR: SIM PIN,{sim.tries},3", f"+CPINR: SIM PUK,{sim.puk_tries},10")


def facility_lock(device: Device, call: Call) -> Answer:
    """+CLCK, facility "SC" only: 0 off, 1 on, 2 asks (27.007 7.4)."""
    if call.form is Form.TEST:
        return ('+CLCK: ("SC")',)
    if call.form is not Form.SET:
        raise PlainRefusal
    if call.string(0).upper() != "SC":
        raise EquipmentRefusal(_NOT_SUPPORTED)
    mode = call.number(1, high=2)
    if mode == 2:
        return (f"+CLCK: {int(device.sim.locked)}",)
    device.sim.lock(call.string(2), on=mode == 1)
    return ()


def charset(device: Device, call: Call) -> Answer:
    """+CSCS."""
    if call.form is Form.TEST:
        return ("+CSCS: (" + ",".join(f'"{name}"' for name in device.family.charsets) + ")",)
    if call.form is Form.READ:
        return (f'+CSCS: "{device.parameters.charset}"',)
    name = call.string(0, "GSM").upper()
    if name not in device.family.charsets:
        raise EquipmentRefusal(_NOT_SUPPORTED)
    device.parameters.charset = name
    return ()


def activity(_device: Device, call: Call) -> Answer:
    """+CPAS: 0 ready (27.007 8.1)."""
    return ("+CPAS: (0)",) if call.form is Form.TEST else ("+CPAS: 0",)


def clock(device: Device, call: Call) -> Answer:
    """+CCLK, read only: the network sets it."""
    if call.form is Form.TEST:
        return ()
    if call.form is not Form.READ:
        raise EquipmentRefusal(_NOT_SUPPORTED)
    return (f'+CCLK: "{device.clock.now():%y/%m/%d,%H:%M:%S}+00"',)
