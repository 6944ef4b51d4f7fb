"""SMS-DELIVER, what we receive (3GPP TS 23.040 9.2.2.1). Encoding is for those who play the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from otppi.pdu import address, timestamp, userdata
from otppi.pdu.dcs import PLAIN, DataCoding
from otppi.pdu.errors import PduError

if TYPE_CHECKING:
    from datetime import datetime

    from otppi.pdu.address import Address
    from otppi.pdu.octets import Reader
    from otppi.pdu.udh import Concat
    from otppi.pdu.userdata import UserData

_MTI = 0x00
_NO_MORE = 0x04
_LOOP_PREVENTION = 0x08
_REPORT = 0x20
_HEADER = 0x40
_REPLY_PATH = 0x80


@dataclass(frozen=True, slots=True)
class Deliver:
    """One SMS-DELIVER. `timestamp` is None when the centre sent no readable time.

    `more`: the centre holds more messages (TP-MMS). `report`: the sender asked for a status report (TP-SRI).
    `loop_prevention`: no automatic answer may follow (TP-LP).
    """

    sender: Address
    timestamp: datetime | None
    user_data: UserData
    coding: DataCoding = PLAIN
    protocol: int = 0
    more: bool = False
    report: bool = False
    reply_path: bool = False
    loop_prevention: bool = False
    smsc: Address | None = None

    @property
    def text(self) -> str | None:
        """The text of this segment, None for data."""
        return self.user_data.text

    @property
    def concat(self) -> Concat | None:
        """Which part of which longer message this is, if any."""
        return self.user_data.concat


def encode_deliver(message: Deliver) -> str:
    """The TPDU as upper-case hex without SMS centre. Raises `PduError` when a field does not fit or has no time."""
    if message.timestamp is None or not 0 <= message.protocol <= 0xFF:
        raise PduError("a message to deliver needs a time stamp and a protocol identifier of 0 to 255")
    head = bytes([_first_octet(message)]) + address.encode(message.sender)
    coding = bytes([message.protocol, message.coding.value]) + timestamp.encode(message.timestamp)
    return (head + coding + userdata.encode(message.user_data, message.coding)).hex().upper()


def decode_deliver(reader: Reader, first_octet: int, smsc: Address | None = None) -> Deliver:
    """The SMS-DELIVER behind `first_octet`, which was taken already. Raises `PduError`."""
    sender = address.decode(reader, "sender")
    protocol = reader.octet("protocol identifier")
    coding = DataCoding(reader.octet("data coding scheme"))
    moment = timestamp.decode(reader.take(timestamp.OCTETS, "time stamp"))
    return Deliver(
        sender=sender,
        timestamp=moment,
        user_data=userdata.decode(reader, coding, bool(first_octet & _HEADER)),
        coding=coding,
        protocol=protocol,
        more=not first_octet & _NO_MORE,
        report=bool(first_octet & _REPORT),
        reply_path=bool(first_octet & _REPLY_PATH),
        loop_prevention=bool(first_octet & _LOOP_PREVENTION),
        smsc=smsc,
    )


def _first_octet(message: Deliver) -> int:
    flags = {
        _NO_MORE: not message.more,
        _LOOP_PREVENTION: message.loop_prevention,
        _REPORT: message.report,
        _HEADER: bool(message.user_data.header),
        _REPLY_PATH: message.reply_path,
    }
    return _MTI | sum(bit for bit, is_set in flags.items() if is_set)
