"""Stored messages as text mode shows them (3GPP TS 27.005 3.4.2, 3.4.3). Pure but for reading the device's settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.pdu.address import Address, Ton
from otppi.pdu.decode import Message, decode
from otppi.pdu.deliver import Deliver
from otppi.pdu.report import StatusReport
from otppi.simulator.charset import to_wire

if TYPE_CHECKING:
    from datetime import datetime

    from otppi.simulator.device import Device
    from otppi.simulator.storage import Stored

_QUARTER = 900


def header(device: Device, message: Stored) -> str:
    """What follows `+CMGR: "<stat>"` and `+CMGL: <index>,"<stat>"`."""
    content = _content(message)
    if isinstance(content, Deliver):
        return f'"{message.status.word}",{deliver_header(device, message)}'
    if isinstance(content, StatusReport):
        return f'"{message.status.word}",{report_fields(message)}'
    return f'"{message.status.word}","{to_wire(str(content.recipient), device.parameters.charset)}",'


def deliver_header(device: Device, message: Stored) -> str:
    """`"<oa>",[<alpha>],"<scts>"` of an SMS-DELIVER."""
    content = _content(message)
    sender = content.sender if isinstance(content, Deliver) else Address("")
    stamp = content.timestamp if isinstance(content, Deliver) else None
    return f'"{to_wire(str(sender), device.parameters.charset)}",,"{_stamp(stamp)}"'


def report_fields(message: Stored) -> str:
    """`<fo>,<mr>,"<ra>",<tora>,"<scts>","<dt>",<st>` of an SMS-STATUS-REPORT."""
    content = _content(message)
    if not isinstance(content, StatusReport):
        return ""
    kind = 145 if content.recipient.ton is Ton.INTERNATIONAL else 129
    times = f'"{_stamp(content.timestamp)}","{_stamp(content.discharge)}"'
    return f'{int(message.tpdu[:2], 16)},{content.reference},"{content.recipient}",{kind},{times},{content.status}'


def data(device: Device, message: Stored) -> str:
    """`<data>`: the text in the set of +CSCS, 8-bit data as hex; empty for a report."""
    content = _content(message)
    if isinstance(content, StatusReport):
        return ""
    if content.text is None:
        return content.user_data.payload.hex().upper()
    return to_wire(content.text, device.parameters.charset)


def _content(message: Stored) -> Message:
    return decode(message.tpdu, has_smsc=False)


def _stamp(moment: datetime | None) -> str:
    """`yy/MM/dd,hh:mm:ss±zz`, the zone in quarters of an hour (3GPP TS 27.005 3.1 <scts>)."""
    if moment is None:
        return ""
    offset = moment.utcoffset()
    quarters = int(offset.total_seconds()) // _QUARTER if offset else 0
    return f"{moment:%y/%m/%d,%H:%M:%S}{quarters:+03d}"
