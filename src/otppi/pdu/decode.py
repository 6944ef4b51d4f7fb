"""Any TPDU to its value: the message type picks the reader (3GPP TS 23.040 9.2.3.1)."""

from __future__ import annotations

from typing import Literal

from otppi.pdu import address
from otppi.pdu.deliver import Deliver, decode_deliver
from otppi.pdu.errors import PduError
from otppi.pdu.octets import read_hex
from otppi.pdu.report import StatusReport, decode_report
from otppi.pdu.submit import Submit, decode_submit

Message = Deliver | Submit | StatusReport
Direction = Literal["to_network", "from_network"]

_DELIVER, _SUBMIT, _REPORT = 0, 1, 2
_READABLE: dict[Direction | None, tuple[int, ...]] = {
    "to_network": (_SUBMIT,),
    "from_network": (_DELIVER, _REPORT),
    None: (_DELIVER, _SUBMIT, _REPORT),
}


def decode(text: str, *, has_smsc: bool = True, direction: Direction | None = None) -> Message:
    """The message in `text`: hex in either case, white space ignored, octets after the message ignored.

    `has_smsc`: the SMS centre stands in front, as in +CMGR and +CMT. `direction` settles what the type bits leave
    open; without it the three types below are assumed. Raises `PduError`, and nothing else, for any invalid input
    and for the types a gateway never stores: commands, and the answers to submit and deliver (see `acknowledge`).
    """
    reader = read_hex(text)
    smsc = address.decode_smsc(reader) if has_smsc else None
    first_octet = reader.octet("first octet")
    kind = first_octet & 3
    if kind not in _READABLE[direction]:
        raise PduError("the message type is reserved or not one that a gateway reads")
    if kind == _DELIVER:
        return decode_deliver(reader, first_octet, smsc)
    return decode_submit(reader, first_octet, smsc) if kind == _SUBMIT else decode_report(reader, first_octet, smsc)
