"""SMS-SUBMIT, what we send (3GPP TS 23.040 9.2.2.2): a value, its TPDU, and the short way from a text to TPDUs.

TPDUs are upper-case hex without the SMS centre; `with_smsc` puts it in front. Chooses no reference: it is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from otppi.pdu import address, udh, userdata, validity
from otppi.pdu.address import Address
from otppi.pdu.dcs import PLAIN, DataCoding
from otppi.pdu.errors import PduError
from otppi.pdu.smsc import tpdu_length, with_smsc
from otppi.pdu.split import Segment, split
from otppi.pdu.udh import NO_HEADER, Concat
from otppi.pdu.userdata import UserData
from otppi.pdu.validity import NOT_GIVEN, Format, Validity

if TYPE_CHECKING:
    from otppi.pdu.octets import Reader

__all__ = ["Submit", "decode_submit", "encode_message", "encode_submit", "encode_submits", "tpdu_length", "with_smsc"]

_MTI = 0x01
_REJECT_DUPLICATES = 0x04
_REPORT = 0x20
_HEADER = 0x40
_REPLY_PATH = 0x80
_FLASH = 0


@dataclass(frozen=True, slots=True)
class Submit:
    """One SMS-SUBMIT. `report` asks for a status report (TP-SRR); `smsc` is only known of a decoded full PDU."""

    recipient: Address
    user_data: UserData
    coding: DataCoding = PLAIN
    reference: int = 0
    validity: Validity = NOT_GIVEN
    report: bool = False
    reject_duplicates: bool = False
    reply_path: bool = False
    protocol: int = 0
    smsc: Address | None = None

    @property
    def text(self) -> str | None:
        """The text of this segment, None for data."""
        return self.user_data.text

    @property
    def concat(self) -> Concat | None:
        """Which part of which longer message this is, if any."""
        return self.user_data.concat


def encode_message(message: Submit) -> str:
    """The TPDU of `message`. Raises `PduError` when a field does not fit."""
    if not (0 <= message.reference <= 0xFF and 0 <= message.protocol <= 0xFF):
        raise PduError("a message reference and a protocol identifier are 0 to 255")
    head = bytes([_first_octet(message), message.reference]) + address.encode(message.recipient)
    coding = bytes([message.protocol, message.coding.value]) + message.validity.octets
    return (head + coding + userdata.encode(message.user_data, message.coding)).hex().upper()


def encode_submit(
    number: str | Address,
    segment: Segment,
    *,
    reference: int = 0,
    concat: Concat | None = None,
    validity: Validity | None = None,
    report: bool = False,
    flash: bool = False,
    reject_duplicates: bool = False,
) -> str:
    """The TPDU of one segment to `number` (see `Address.of`); `flash` shows it at once and stores it nowhere.

    `reference` is TP-MR, which most modems replace by their own. Raises `PduError` when anything does not fit.
    """
    header = NO_HEADER if concat is None else udh.of_concat(concat)
    message = Submit(
        recipient=Address.of(number) if isinstance(number, str) else number,
        user_data=UserData(segment.alphabet, segment.payload, header),
        coding=DataCoding.of(segment.alphabet, _FLASH if flash else None),
        reference=reference,
        validity=validity or NOT_GIVEN,
        report=report,
        reject_duplicates=reject_duplicates,
    )
    return encode_message(message)


def encode_submits(
    number: str, text: str, *, concat_reference: int, validity_seconds: int | None, report: bool
) -> tuple[str, ...]:
    """The TPDUs that carry `text` to `number`, in order.

    `number`: E.164 digits without `+`, or a short code of up to six digits. `concat_reference` (0..255) ties the
    parts of a long text together. `validity_seconds` (> 0, rounded up to the protocol's step) or None to leave the
    period to the network. Raises `PduError` for anything else, and for more than 255 segments.
    """
    segments = split(text).segments
    period = None if validity_seconds is None else validity.relative(validity_seconds)
    total = len(segments)
    return tuple(
        encode_submit(
            number,
            segment,
            concat=Concat(concat_reference, total, part) if total > 1 else None,
            validity=period,
            report=report,
        )
        for part, segment in enumerate(segments, 1)
    )


def decode_submit(reader: Reader, first_octet: int, smsc: Address | None = None) -> Submit:
    """The SMS-SUBMIT behind `first_octet`, which was taken already. Raises `PduError`."""
    reference = reader.octet("message reference")
    recipient = address.decode(reader, "recipient")
    protocol = reader.octet("protocol identifier")
    coding = DataCoding(reader.octet("data coding scheme"))
    period = validity.decode(Format(first_octet >> 3 & 3), reader)
    return Submit(
        recipient=recipient,
        user_data=userdata.decode(reader, coding, bool(first_octet & _HEADER)),
        coding=coding,
        reference=reference,
        validity=period,
        report=bool(first_octet & _REPORT),
        reject_duplicates=bool(first_octet & _REJECT_DUPLICATES),
        reply_path=bool(first_octet & _REPLY_PATH),
        protocol=protocol,
        smsc=smsc,
    )


def _first_octet(message: Submit) -> int:
    flags = {
        _REJECT_DUPLICATES: message.reject_duplicates,
        _REPORT: message.report,
        _HEADER: bool(message.user_data.header),
        _REPLY_PATH: message.reply_path,
    }
    return _MTI | message.validity.form << 3 | sum(bit for bit, is_set in flags.items() if is_set)
