"""A PDU without its numbers, texts and times, of the same length and kind. Pure; knows no line and no command.

Reference, status, protocol, coding and concatenation stay: they are what a test is about, and tell nothing of anybody.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle, islice
from typing import TYPE_CHECKING, Final, assert_never

from otppi.modems.stand_ins import SHORTEST, Secrecy
from otppi.pdu import gsm7, validity
from otppi.pdu.address import Address, Ton
from otppi.pdu.dcs import Alphabet
from otppi.pdu.decode import Message, decode
from otppi.pdu.deliver import Deliver, encode_deliver
from otppi.pdu.errors import PduError
from otppi.pdu.national import LOCKING_SHIFT, SINGLE_SHIFT
from otppi.pdu.report import StatusReport, encode_report
from otppi.pdu.smsc import with_smsc
from otppi.pdu.submit import Submit, encode_message
from otppi.pdu.udh import CONCAT_8, CONCAT_16, Element, Header
from otppi.pdu.validity import Format

if TYPE_CHECKING:
    from otppi.modems.stand_ins import StandIns
    from otppi.pdu.userdata import UserData
    from otppi.pdu.validity import Validity

MOMENT: Final = datetime(2020, 1, 1, tzinfo=UTC)
"""The time of every masked message."""

_TEXT: Final = "masked "
_UNITS: Final = {
    Alphabet.GSM7: gsm7.encode(_TEXT),
    Alphabet.UCS2: _TEXT.encode("utf-16-be"),
    Alphabet.DATA: b"\0",
}
_HARMLESS: Final = (CONCAT_8, CONCAT_16, SINGLE_SHIFT, LOCKING_SHIFT)


def mask_pdu(pdu: str, stand_ins: StandIns) -> str:
    """`pdu`, hex with its SMS centre in front, masked and as long as before.

    Zeros where it cannot be read or not be written back at that length: a parser sees no message then, as before.
    """
    stand_ins.count(Secrecy.PDU)
    try:
        masked = _encoded(_masked(decode(pdu), stand_ins))
    except PduError:
        return "0" * len(pdu)
    if len(masked) > len(pdu):
        return "0" * len(pdu)
    # Octets behind the message are not written back; nobody reads them.
    whole = masked.ljust(len(pdu), "0")
    return whole.lower() if pdu.islower() else whole


def _masked(message: Message, stand_ins: StandIns) -> Message:
    smsc = None if message.smsc is None else _address(message.smsc, stand_ins)
    match message:
        case Deliver():
            sender, data = _address(message.sender, stand_ins), blank(message.user_data)
            return replace(message, sender=sender, timestamp=MOMENT, user_data=data, smsc=smsc)
        case Submit():
            recipient, data = _address(message.recipient, stand_ins), blank(message.user_data)
            period = _validity(message.validity)
            return replace(message, recipient=recipient, validity=period, user_data=data, smsc=smsc)
        case StatusReport():
            return replace(_report(message), recipient=_address(message.recipient, stand_ins), smsc=smsc)
        case _:
            assert_never(message)


def _report(report: StatusReport) -> StatusReport:
    fields = report.parameters
    if fields.user_data is not None:
        fields = replace(fields, user_data=blank(fields.user_data))
    return replace(report, timestamp=MOMENT, discharge=MOMENT, parameters=fields)


def blank(data: UserData) -> UserData:
    """User data of the same alphabet and length that say nothing, under a header of the same elements."""
    units = bytes(islice(cycle(_UNITS[data.alphabet]), len(data.payload)))
    return replace(data, payload=units, header=Header(tuple(map(_element, data.header.elements))), truncated=False)


def _element(element: Element) -> Element:
    return element if element.identifier in _HARMLESS else Element(element.identifier, bytes(len(element.data)))


def _validity(period: Validity) -> Validity:
    if period.form is Format.ABSOLUTE:
        return validity.absolute(MOMENT)
    return validity.enhanced(validity.seconds_of(0)) if period.form is Format.ENHANCED else period


def _address(address: Address, stand_ins: StandIns) -> Address:
    digits = address.digits
    if address.ton is Ton.ALPHANUMERIC:
        stand_ins.count(Secrecy.TEXT)
        return replace(address, digits="X" * gsm7.septets(digits))
    if len(digits) < SHORTEST:
        return address
    return replace(address, digits=stand_ins.digits(digits, number=True) if digits.isdigit() else "0" * len(digits))


def _encoded(message: Message) -> str:
    match message:
        case Deliver():
            tpdu = encode_deliver(message)
        case Submit():
            tpdu = encode_message(message)
        case StatusReport():
            tpdu = encode_report(message)
        case _:
            assert_never(message)
    return with_smsc(tpdu, message.smsc)
