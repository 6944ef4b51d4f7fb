"""What the network brings: messages and reports, stored or routed as +CNMI says (3GPP TS 27.005 3.4.1, 3.4.4)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from otppi.simulator import air, textmode
from otppi.simulator.commandline import Call, Form
from otppi.simulator.errors import MessageRefusal, PlainRefusal
from otppi.simulator.storage import Status, Stored

if TYPE_CHECKING:
    from otppi.simulator.device import Device
    from otppi.simulator.effects import Answer

DELIVER, REPORT = "deliver", "report"
_ACKNOWLEDGE_WITHIN = 15.0
"""Seconds for +CNMA; a common value, the standard leaves it to the implementation."""
_NO_ACKNOWLEDGEMENT_EXPECTED = 340
_STORE, _ROUTE = 0, 2
_ROUTE_REPORT, _STORE_REPORT = 1, 2


def arrive(device: Device, kind: str, tpdu: str) -> None:
    """The network has `tpdu` for the modem; it waits there while the modem cannot take it."""
    device.network.waiting.append((kind, tpdu))
    deliver_waiting(device)


def deliver_waiting(device: Device) -> None:
    """Take what waits, oldest first, as long as it can be taken."""
    waiting = device.network.waiting
    while waiting and device.reachable and not device.unacknowledged and _take(device, *waiting[0]):
        waiting.popleft()


def _take(device: Device, kind: str, tpdu: str) -> bool:
    """Whether the modem took it; a full memory makes the network keep it."""
    if kind == REPORT:
        taken = _take_report(device, tpdu)
        device.counters.reports += taken
        return taken
    taken = _take_message(device, tpdu)
    device.counters.received += taken
    return taken


def _take_message(device: Device, tpdu: str) -> bool:
    stored = Stored(Status.UNREAD, air.smsc_octets(device.sim.smsc), tpdu)
    if device.parameters.cnmi[1] == _ROUTE:
        _route(device, _direct_message(device, stored))
        return True
    return _store(device, device.parameters.memories[2], stored, "+CMTI" if device.parameters.cnmi[1] else "")


def _take_report(device: Device, tpdu: str) -> bool:
    routing = device.parameters.cnmi[3]
    stored = Stored(Status.UNREAD, air.smsc_octets(device.sim.smsc), tpdu)
    if routing == _ROUTE_REPORT:
        _route(device, _direct_report(device, stored))
    elif routing == _STORE_REPORT and device.family.stores.reports:
        return _store(device, device.family.stores.reports, stored, "+CDSI")
    return True


def _store(device: Device, name: str, message: Stored, tell: str) -> bool:
    memory = device.memory(name)
    if memory.full:
        _tell_full(device, name)
        return False
    device.told_full.discard(name)
    index = memory.add(message)
    if tell:
        device.indicate(f'{tell}: "{name}",{index}')
    return True


def _tell_full(device: Device, name: str) -> None:
    """A message did not fit: say so once, until one fits again."""
    if name not in device.told_full:
        device.told_full.add(name)
        device.say(device.family.full_line.format(memory=name))


def _direct_message(device: Device, message: Stored) -> str:
    if device.parameters.text_mode:
        return f"+CMT: {textmode.deliver_header(device, message)}\r\n{textmode.data(device, message)}"
    return f"+CMT: ,{message.length}\r\n{message.pdu}"


def _direct_report(device: Device, report: Stored) -> str:
    if device.parameters.text_mode:
        return f"+CDS: {textmode.report_fields(report)}"
    return f"+CDS: {report.length}\r\n{report.pdu}"


def _route(device: Device, line: str) -> None:
    device.indicate(line)
    if device.parameters.acknowledges:
        device.unacknowledged = True
        device.timers.later(_ACKNOWLEDGE_WITHIN, partial(_not_acknowledged, device, device.counters.boots))


def _not_acknowledged(device: Device, boots: int) -> None:
    """Without +CNMA in time, direct routing ends (3GPP TS 27.005 3.4.4)."""
    if device.unacknowledged and device.counters.boots == boots:
        mode, _, broadcast, _, buffered = device.parameters.cnmi
        device.parameters.cnmi = (mode, _STORE, broadcast, 0, buffered)
        device.unacknowledged = False
        deliver_waiting(device)


def acknowledge(device: Device, call: Call) -> Answer:
    """+CNMA: CMS 340 when nothing waits for it."""
    if call.form is Form.TEST:
        return ("+CNMA: (0-2)",)
    if not device.unacknowledged:
        raise MessageRefusal(_NO_ACKNOWLEDGEMENT_EXPECTED)
    device.unacknowledged = False
    deliver_waiting(device)
    return ()


def indications(device: Device, call: Call) -> Answer:
    """+CNMI=mode,mt,bm,ds,bfr; bfr 0 hands over what mode 0 kept back, 1 forgets it."""
    rules = device.family.indications
    if call.form is Form.TEST:
        return ("+CNMI: " + ",".join(f"({','.join(map(str, values))})" for values in rules.offered),)
    if call.form is Form.READ:
        return ("+CNMI: " + ",".join(map(str, device.parameters.cnmi)),)
    mode, mt, broadcast, ds, buffered = (call.number(place, 0) for place in range(5))
    values = (mode, mt, broadcast, ds, buffered)
    if not all(value in offered for value, offered in zip(values, rules.offered, strict=True)):
        raise PlainRefusal
    if not rules.together(values):
        raise PlainRefusal
    device.parameters.cnmi = values
    if mode:
        device.urcs.extend(device.held if not buffered else ())
        device.held.clear()
    return ()
