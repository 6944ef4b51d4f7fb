"""The simulated network's side of the TPDUs: reads submissions, writes deliveries and reports. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from otppi.pdu import address, gsm7, ucs2, udh
from otppi.pdu.address import Address, Ton
from otppi.pdu.dcs import Alphabet, DataCoding
from otppi.pdu.decode import decode
from otppi.pdu.deliver import Deliver, encode_deliver
from otppi.pdu.errors import PduError
from otppi.pdu.report import StatusReport, encode_report
from otppi.pdu.split import split
from otppi.pdu.submit import Submit, encode_message
from otppi.pdu.udh import NO_HEADER, Concat
from otppi.pdu.userdata import UserData
from otppi.simulator.errors import MessageRefusal, UnreadablePdu

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_INVALID_PDU = 304
_INVALID_TEXT = 305


@dataclass(frozen=True, slots=True)
class Transmission:
    """One SMS on the air. `number` has + if international; `text` None for 8-bit data; `tpdu` hex with its TP-MR."""

    modem: str
    number: str = field(repr=False)
    text: str | None = field(repr=False)
    reference: int
    total: int
    part: int
    concat_reference: int | None
    tpdu: str = field(repr=False)


def read_body(body: bytes, length: int) -> tuple[str, str]:
    """SMSC octets and TPDU of a PDU-mode body (3GPP TS 27.005 4.3), as upper-case hex.

    CMS 304 when it is no hex or the TPDU has not `length` octets.
    """
    try:
        octets = bytes.fromhex("".join(body.decode("ascii").split()))
    except ValueError:
        raise MessageRefusal(_INVALID_PDU) from None
    head = octets[0] + 1 if octets else 0
    if not octets or len(octets) - head != length:
        raise MessageRefusal(_INVALID_PDU)
    return octets[:head].hex().upper(), octets[head:].hex().upper()


def read_submit(tpdu: str) -> Submit:
    """The SMS-SUBMIT in `tpdu`; UnreadablePdu when it is none or has octets too few or too many."""
    try:
        message = decode(tpdu, has_smsc=False, direction="to_network")
        exact = isinstance(message, Submit) and len(encode_message(message)) == len(tpdu)
    except PduError:
        raise UnreadablePdu("no SMS-SUBMIT") from None
    if not exact or not isinstance(message, Submit) or not message.recipient.digits:
        raise UnreadablePdu("no SMS-SUBMIT")
    return message


def demand_readable(tpdu: str) -> None:
    """CMS 304 unless `tpdu` is a message that memory can hold: deliver, submit or status report."""
    try:
        decode(tpdu, has_smsc=False)
    except PduError:
        raise MessageRefusal(_INVALID_PDU) from None


def transmission(modem: str, tpdu: str, message: Submit, reference: int) -> Transmission:
    """`message` as it goes on the air: TP-MR is the modem's, not the terminal's (3GPP TS 23.040 9.2.3.6)."""
    concat = message.concat
    return Transmission(
        modem=modem,
        number=str(message.recipient),
        text=shown_text(message.user_data),
        reference=reference,
        total=concat.total if concat else 1,
        part=concat.part if concat else 1,
        concat_reference=concat.reference if concat else None,
        tpdu=f"{tpdu[:2]}{reference:02X}{tpdu[4:]}",
    )


def shown_text(data: UserData) -> str | None:
    """The text of one segment; halves of a surrogate pair stay as they are, so that segments can be joined."""
    if data.alphabet is Alphabet.UCS2:
        return data.payload.decode("utf-16-be", "surrogatepass") if len(data.payload) % 2 == 0 else data.text
    return data.text


def submission(number: str, text: str, csmp: tuple[int, int, int, int]) -> str:
    """The TPDU of a text-mode submission under +CSMP `(fo, vp, pid, dcs)`; CMS 305 when it does not fit.

    `fo` must ask for no validity period or a relative one, the forms text mode can express here.
    """
    fo, vp, pid, dcs = csmp
    coding = DataCoding(dcs)
    try:
        payload = ucs2.encode(text) if coding.alphabet is Alphabet.UCS2 else gsm7.encode(text)
        draft = Submit(recipient(number), UserData(coding.alphabet, payload), coding, protocol=pid)
        octets = bytes.fromhex(encode_message(draft))
    except PduError:
        raise MessageRefusal(_INVALID_TEXT) from None
    period = bytes([vp]) if fo & 0x18 == 0x10 else b""
    head = 2 + 2 + (octets[2] + 1) // 2 + 2
    return (bytes([fo]) + octets[1:head] + period + octets[head:]).hex().upper()


def recipient(number: str) -> Address:
    """An address as typed: + is international, else the type is unknown (3GPP TS 27.005 3.1 <toda>)."""
    return Address(number[1:]) if number.startswith("+") else Address(number, Ton.UNKNOWN)


def deliveries(sender: str, text: str, moment: datetime, concat_reference: int) -> Iterator[str]:
    """The TPDUs by which `text` comes from `sender`: a number with or without +, or a name."""
    segments = split(text).segments
    for part, segment in enumerate(segments, 1):
        header = udh.of_concat(Concat(concat_reference, len(segments), part)) if len(segments) > 1 else NO_HEADER
        data = UserData(segment.alphabet, segment.payload, header)
        yield encode_deliver(Deliver(_sender(sender), moment, data, DataCoding.of(segment.alphabet)))


def _sender(sender: str) -> Address:
    return recipient(sender) if sender.lstrip("+").isdigit() else Address.name(sender)


def report(to: Address, reference: int, sent: datetime, discharged: datetime, status: int) -> str:
    """The TPDU of the status report about the message sent to `to` under TP-MR `reference`."""
    return encode_report(StatusReport(reference, to, sent, discharged, status))


def smsc_octets(number: str) -> str:
    """The SMSC address in front of a PDU; `number` international digits without +, empty for none."""
    return address.encode_smsc(Address(number) if number else None).hex().upper()
