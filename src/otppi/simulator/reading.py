"""+CMGR, +CMGL, +CMGD: what is in mem1 (3GPP TS 27.005 3.4.2, 3.4.3, 3.5.4, 4.1, 4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.simulator import receiving, textmode
from otppi.simulator.commandline import Call, Form
from otppi.simulator.errors import MessageRefusal
from otppi.simulator.storage import ALL, Memory, Status, Stored

if TYPE_CHECKING:
    from otppi.simulator.device import Device
    from otppi.simulator.effects import Answer

_INVALID_TEXT = 305
_DELETED_BY_FLAG = (
    frozenset[Status](),
    frozenset({Status.READ}),
    frozenset({Status.READ, Status.SENT}),
    frozenset({Status.READ, Status.SENT, Status.UNSENT}),
    frozenset(Status),
)
"""`<delflag>` 0 to 4."""


def read(device: Device, call: Call) -> Answer:
    """+CMGR=<index>."""
    if call.form is Form.TEST:
        return ()
    message = _memory(device).read(call.number(0, high=9999))
    if device.parameters.text_mode:
        return _lines(f"+CMGR: {textmode.header(device, message)}", textmode.data(device, message))
    return _lines(f"+CMGR: {int(message.status)},,{message.length}", message.pdu)


def list_messages(device: Device, call: Call) -> Answer:
    """+CMGL: a number in PDU mode, a word in text mode; unread ones without a value."""
    if call.form is Form.TEST:
        return (_kinds(device),)
    wanted = _wanted(device, call)
    memory = _memory(device)
    kept = sorted((index, message) for index, message in memory.slots.items() if wanted in (ALL, message.status))
    lines = tuple(line for index, message in kept for line in _listed(device, index, message))
    for index, _ in kept:
        memory.read(index)
    return lines


def delete(device: Device, call: Call) -> Answer:
    """+CMGD=<index>[,<delflag>]; what the network kept back for want of room comes now."""
    memory = _memory(device)
    if call.form is Form.TEST:
        return (f"+CMGD: ({','.join(map(str, sorted(memory.slots)))}),(0-4)",)
    flag = call.number(1, 0, high=4)
    if flag:
        memory.delete_kinds(_DELETED_BY_FLAG[flag])
    else:
        memory.delete(call.number(0, high=9999))
    receiving.deliver_waiting(device)
    return ()


def _memory(device: Device) -> Memory:
    return device.memory(device.parameters.memories[0])


def _listed(device: Device, index: int, message: Stored) -> tuple[str, ...]:
    if device.parameters.text_mode:
        return _lines(f"+CMGL: {index},{textmode.header(device, message)}", textmode.data(device, message))
    return _lines(f"+CMGL: {index},{int(message.status)},,{message.length}", message.pdu)


def _lines(header: str, body: str) -> tuple[str, ...]:
    """Header and body are one piece: nothing unsolicited comes between them."""
    return (f"{header}\r\n{body}",)


def _kinds(device: Device) -> str:
    if device.parameters.text_mode:
        return "+CMGL: (" + ",".join(f'"{kind.word}"' for kind in Status) + ',"ALL")'
    return "+CMGL: (0-4)"


def _wanted(device: Device, call: Call) -> int:
    if not device.parameters.text_mode:
        return call.number(0, 0, high=ALL)
    words = {kind.word: int(kind) for kind in Status} | {"ALL": ALL}
    word = call.string(0, Status.UNREAD.word).upper()
    if word not in words:
        raise MessageRefusal(_INVALID_TEXT)
    return words[word]
