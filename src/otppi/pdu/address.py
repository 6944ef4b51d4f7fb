"""Address fields: who a message is from or to, and its SMS centre (3GPP TS 23.040 9.1.2.5, 24.011 8.2.5.1).

Knows no numbering plan beyond the type octet: normalising what people type is the caller's work.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from otppi.pdu import gsm7
from otppi.pdu.errors import PduError

if TYPE_CHECKING:
    from otppi.pdu.octets import Reader

_DIGITS = "0123456789*#abc"
_FILLER = 0xF
_MOST_SEMI_OCTETS = 20
_MOST_SMSC_OCTETS = 11
_LONGEST_SHORT_CODE = 6


class Ton(IntEnum):
    """Type of number, bits 6..4 of the type-of-address octet."""

    UNKNOWN = 0
    INTERNATIONAL = 1
    NATIONAL = 2
    NETWORK = 3
    SUBSCRIBER = 4
    ALPHANUMERIC = 5
    ABBREVIATED = 6
    RESERVED = 7


ISDN = 1
"""The numbering-plan code of telephone numbers (E.164)."""


@dataclass(frozen=True, slots=True)
class Address:
    """A number or a name. `digits` has no `+`; for ALPHANUMERIC it is the name, in GSM 7-bit characters.

    `str()` gives what people read: `+` before international digits, all else bare.
    """

    digits: str
    ton: Ton = Ton.INTERNATIONAL
    npi: int = ISDN

    def __str__(self) -> str:
        return f"+{self.digits}" if self.ton is Ton.INTERNATIONAL and self.digits else self.digits

    @classmethod
    def of(cls, number: str) -> Address:
        """The address of a recipient: E.164 digits with or without `+`.

        Up to six digits without `+` are a short code, whose type of number is unknown. Raises `PduError` for
        anything but ASCII digits.
        """
        digits = number.removeprefix("+")
        if not (digits.isascii() and digits.isdigit()):
            raise PduError("a number is made of digits")
        short = len(digits) <= _LONGEST_SHORT_CODE and digits == number
        return cls(digits, Ton.UNKNOWN if short else Ton.INTERNATIONAL)

    @classmethod
    def name(cls, text: str) -> Address:
        """An alphanumeric sender, at most 11 septets."""
        return cls(text, Ton.ALPHANUMERIC, 0)


def encode(address: Address) -> bytes:
    """Length in semi-octets, type of address, value. Raises `PduError` when the value does not fit the field."""
    value, semi_octets = _name_value(address) if address.ton is Ton.ALPHANUMERIC else _digit_value(address)
    if semi_octets > _MOST_SEMI_OCTETS:
        raise PduError("an address has at most 20 digits or 11 letters")
    return bytes([semi_octets, _type_octet(address)]) + value


def decode(reader: Reader, field: str) -> Address:
    """The address field at the reader's position. Raises `PduError` naming `field`."""
    semi_octets = reader.octet(field)
    if semi_octets > _MOST_SEMI_OCTETS:
        raise PduError(f"the {field} is longer than 20 digits")
    kind = reader.octet(field)
    return _value(kind, reader.take((semi_octets + 1) // 2, field), semi_octets, field)


def encode_smsc(address: Address | None) -> bytes:
    """The SMS centre before a TPDU: length in octets, type, digits; one zero octet for the SIM's own centre."""
    if address is None:
        return b"\x00"
    value, _ = _digit_value(address)
    if not 1 <= len(value) < _MOST_SMSC_OCTETS:
        raise PduError("an SMS centre has 1 to 20 digits")
    return bytes([len(value) + 1, _type_octet(address)]) + value


def decode_smsc(reader: Reader) -> Address | None:
    """The SMS centre at the reader's position, None where it names none. Raises `PduError`."""
    octets = reader.octet("SMS centre")
    if octets > _MOST_SMSC_OCTETS:
        raise PduError("the SMS centre is longer than 20 digits")
    content = reader.take(octets, "SMS centre")
    if octets < 2:
        return None
    return _value(content[0], content[1:], (octets - 1) * 2, "SMS centre")


def _type_octet(address: Address) -> int:
    if not 0 <= address.npi <= 15:
        raise PduError("a numbering plan is 0 to 15")
    return 0x80 | address.ton << 4 | address.npi


def _name_value(address: Address) -> tuple[bytes, int]:
    codes = gsm7.encode(address.digits)
    return gsm7.pack(codes), (len(codes) * 7 + 3) // 4


def _digit_value(address: Address) -> tuple[bytes, int]:
    nibbles = [_DIGITS.find(digit) for digit in address.digits]
    if -1 in nibbles:
        raise PduError("an address holds something other than digits")
    padded = [*nibbles, _FILLER] if len(nibbles) % 2 else nibbles
    return bytes(low | high << 4 for low, high in zip(padded[::2], padded[1::2], strict=True)), len(nibbles)


def _value(kind: int, octets: bytes, semi_octets: int, field: str) -> Address:
    ton, npi = Ton(kind >> 4 & 7), kind & 0xF
    if ton is Ton.ALPHANUMERIC:
        return Address(gsm7.decode(gsm7.unpack(octets, semi_octets * 4 // 7)), ton, npi)
    return Address(_digits(octets, semi_octets, field), ton, npi)


def _digits(octets: bytes, semi_octets: int, field: str) -> str:
    nibbles = [nibble for octet in octets for nibble in (octet & 0xF, octet >> 4)][:semi_octets]
    while nibbles and nibbles[-1] == _FILLER:
        nibbles.pop()
    if _FILLER in nibbles:
        raise PduError(f"the {field} has a gap between its digits")
    return "".join(_DIGITS[nibble] for nibble in nibbles)
