"""+CMGS, +CMGW, +CMSS: from the prompt to the air (3GPP TS 27.005 3.5, 4.3, 4.4)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from otppi.simulator import air, receiving
from otppi.simulator.charset import from_wire
from otppi.simulator.commandline import Call, Form
from otppi.simulator.effects import Answer, Asking, Dialogue, Inform, Pause, Prompt, Reach, Vanish
from otppi.simulator.errors import (
    EquipmentRefusal,
    MessageRefusal,
    PlainRefusal,
    Silence,
    UnreadablePdu,
)
from otppi.simulator.faults import BadEnding, Ending, Step
from otppi.simulator.storage import Status, Stored

if TYPE_CHECKING:
    from datetime import datetime

    from otppi.pdu.address import Address
    from otppi.pdu.submit import Submit
    from otppi.simulator.device import Device

_INVALID_PDU = 304
_INVALID_TEXT = 305
_NO_NETWORK = 331
_LONGEST_TPDU = 164
_SHORTEST_TPDU = 1


def send(device: Device, call: Call) -> Answer:
    """+CMGS. The SMS is on the air at the end of the latency, before `+CMGS:` is answered."""
    if call.form is Form.TEST:
        return ()
    return _send(device, call)


def _send(device: Device, call: Call) -> Dialogue:
    length = _length(device, call)
    _refuse(device, _ending(device, at_prompt=True))
    body = yield from _ask(device)
    if body is not None:
        message = _compose(device, call, body, length)
        yield from _put_on_air(device, "+CMGS", message.tpdu)


def write(device: Device, call: Call) -> Answer:
    """+CMGW: into mem2, as unsent unless said otherwise."""
    if call.form is Form.TEST:
        return ()
    return _write(device, call)


def _write(device: Device, call: Call) -> Dialogue:
    length = _length(device, call)
    body = yield from _ask(device)
    if body is not None:
        message = _compose(device, call, body, length)
        air.demand_readable(message.tpdu)
        index = device.memory(device.parameters.memories[1]).add(message)
        yield Inform((f"+CMGW: {index}",))


def send_stored(device: Device, call: Call) -> Answer:
    """+CMSS=<index>: from mem2; the message stays there, as sent."""
    if call.form is Form.TEST:
        return ()
    return _send_stored(device, call.number(0, high=9999))


def _send_stored(device: Device, index: int) -> Dialogue:
    memory = device.memory(device.parameters.memories[1])
    stored = memory.get(index)
    _readable(stored.tpdu)
    yield from _put_on_air(device, "+CMSS", stored.tpdu)
    memory.mark(index, Status.SENT)


def _length(device: Device, call: Call) -> int:
    """The announced octets of the TPDU; 0 in text mode, where the recipient stands in its place."""
    if (call.form is not Form.SET and not (call.name == "+CMGW" and device.parameters.text_mode)) or not call.last:
        raise PlainRefusal
    if device.parameters.text_mode:
        return 0
    try:
        return call.number(0, low=_SHORTEST_TPDU, high=_LONGEST_TPDU)
    except PlainRefusal:
        raise MessageRefusal(_INVALID_PDU) from None


def _ask(device: Device) -> Asking:
    """Prompt and body; None when it was taken back."""
    yield Reach(Step.BEFORE_PROMPT)
    device.counters.prompts += 1
    return (yield Prompt(device.parameters.text_mode))


def _compose(device: Device, call: Call, body: bytes, length: int) -> Stored:
    if device.parameters.text_mode:
        number = from_wire(call.string(0).encode("latin-1"), device.parameters.charset)
        if not (number.isascii() and number.lstrip("+").isdigit()):
            raise MessageRefusal(_INVALID_TEXT)
        tpdu = air.submission(number, from_wire(body, device.parameters.charset), device.parameters.csmp)
        return Stored(Status.UNSENT, "00", tpdu)
    return Stored(_status(call), *air.read_body(body, length))


def _status(call: Call) -> Status:
    return Status(call.number(1, int(Status.UNSENT), high=3)) if call.name == "+CMGW" else Status.UNSENT


def _readable(tpdu: str) -> Submit:
    try:
        return air.read_submit(tpdu)
    except UnreadablePdu:
        raise MessageRefusal(_INVALID_PDU) from None


def _put_on_air(device: Device, name: str, tpdu: str) -> Dialogue:
    message = _readable(tpdu)
    ending = _ending(device, at_prompt=False)
    yield Reach(Step.BEFORE_AIR)
    yield Pause(device.latency)
    _refuse(device, ending)
    if not device.reachable:
        raise MessageRefusal(_NO_NETWORK)
    reference = _transmit(device, tpdu, message)
    if ending is not None and ending.kind is Ending.DROP:
        yield Vanish()
    if ending is not None and ending.kind is Ending.STRAY_REFERENCE:
        device.timers.later(ending.seconds, partial(device.urcs.extend, (f"{name}: {reference}", "OK")))
        raise Silence
    yield Pause(ending.seconds if ending is not None else 0.0)
    yield Reach(Step.BEFORE_RESULT)
    yield Inform((f"{name}: {reference}",))
    yield Reach(Step.AFTER_RESULT_REFERENCE)


def _transmit(device: Device, tpdu: str, message: Submit) -> int:
    reference = device.next_reference()
    device.transmit(air.transmission(device.identity.name, tpdu, message, reference))
    device.counters.sends += 1
    if message.report and device.network.report_status is not None:
        action = partial(_report, device, message.recipient, reference, device.clock.now())
        device.timers.later(device.traits.report_delay, action, powered=False)
    return reference


def _report(device: Device, recipient: Address, reference: int, sent: datetime) -> None:
    status = device.network.report_status
    if status is not None:
        tpdu = air.report(recipient, reference, sent, device.clock.now(), status)
        receiving.arrive(device, receiving.REPORT, tpdu)


def _ending(device: Device, *, at_prompt: bool) -> BadEnding | None:
    found = device.faults.ending(at_prompt=at_prompt)
    device.counters.faults += found is not None
    return found


def _refuse(device: Device, ending: BadEnding | None) -> None:
    if ending is None:
        return
    if ending.kind in (Ending.CMS_ERROR, Ending.CME_ERROR, Ending.ERROR, Ending.REFUSE_SILENTLY):
        device.counters.refused += 1
    if ending.kind is Ending.CMS_ERROR:
        raise MessageRefusal(ending.code)
    if ending.kind is Ending.CME_ERROR:
        raise EquipmentRefusal(ending.code)
    if ending.kind is Ending.ERROR:
        raise PlainRefusal
    if ending.kind is Ending.REFUSE_SILENTLY:
        raise Silence
