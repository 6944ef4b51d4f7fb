"""TP-UDL and TP-UD: a header, fill bits and a payload in one of the alphabets (3GPP TS 23.040 9.2.3.16, 9.2.3.24).

Knows no message type. A payload is units that must not be read one by one: unpacked septets, UTF-16BE octets, or
plain octets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from otppi.pdu import gsm7, national, ucs2, udh
from otppi.pdu.dcs import Alphabet, DataCoding
from otppi.pdu.errors import PduError
from otppi.pdu.udh import NO_HEADER, Concat, Header

if TYPE_CHECKING:
    from otppi.pdu.octets import Reader

MOST_OCTETS = 140
MOST_SEPTETS = 160


@dataclass(frozen=True, slots=True)
class UserData:
    """The user data of one message.

    `payload` holds one septet in each octet for GSM7, UTF-16BE for UCS2, else octets as they came (8-bit and
    compressed data). `truncated`: the line lost the last hex digit, and with it the end of the text.
    """

    alphabet: Alphabet
    payload: bytes = field(repr=False)
    header: Header = NO_HEADER
    truncated: bool = False

    @property
    def text(self) -> str | None:
        """The payload as text, None for data. A surrogate without its other half reads as U+FFFD."""
        return read_text(self.alphabet, self.payload, self.header)

    @property
    def concat(self) -> Concat | None:
        """Which part of which longer message this is, if any."""
        return self.header.concat


def read_text(alphabet: Alphabet, payload: bytes, header: Header) -> str | None:
    """`payload` as text under the shift tables that `header` names, None for data."""
    if alphabet is Alphabet.GSM7:
        return gsm7.decode(payload, national.tables_of(header))
    return ucs2.decode(payload) if alphabet is Alphabet.UCS2 else None


def encode(data: UserData, coding: DataCoding) -> bytes:
    """TP-UDL and TP-UD.

    Raises `PduError` when they do not fit a message (140 octets) or `coding` names another alphabet.
    """
    if _read_as(coding) is not data.alphabet:
        raise PduError("the data coding scheme names another alphabet than the user data has")
    head = udh.encode(data.header)
    gsm = data.alphabet is Alphabet.GSM7
    packed = gsm7.pack(data.payload, _fill_bits(len(head))) if gsm else data.payload
    if len(head) + len(packed) > MOST_OCTETS:
        raise PduError("the user data does not fit one message")
    return bytes([_length(data.alphabet, head, data.payload)]) + head + packed


def decode(reader: Reader, coding: DataCoding, has_header: bool) -> UserData:
    """The user data at the reader's position; octets after it are left alone. Raises `PduError`."""
    alphabet = _read_as(coding)
    length = reader.octet("user data length")
    if length > (MOST_SEPTETS if alphabet is Alphabet.GSM7 else MOST_OCTETS):
        raise PduError("the user data is longer than a message")
    octets, truncated = _octets(reader, (length * 7 + 7) // 8 if alphabet is Alphabet.GSM7 else length)
    head, header = _header(octets) if has_header else (0, NO_HEADER)
    if alphabet is Alphabet.GSM7:
        return UserData(alphabet, _septets(octets, head, length), header, truncated)
    return UserData(alphabet, octets[head:], header, truncated)


def _read_as(coding: DataCoding) -> Alphabet:
    return Alphabet.DATA if coding.compressed else coding.alphabet


def _octets(reader: Reader, count: int) -> tuple[bytes, bool]:
    """`count` octets, or one less when the line cut the last one in half: a shortened text beats a lost one."""
    truncated = reader.cut and reader.left == count - 1
    return reader.take(count - truncated, "user data"), truncated


def _header(octets: bytes) -> tuple[int, Header]:
    if not octets or len(octets) < octets[0] + 1:
        raise PduError("the user data header is longer than the user data")
    head = octets[0] + 1
    return head, udh.decode(octets[1:head])


def _fill_bits(head: int) -> int:
    """Zero bits after a header of `head` octets, so that the text begins on a septet boundary."""
    return -head * 8 % 7


def _length(alphabet: Alphabet, head: bytes, payload: bytes) -> int:
    return _head_septets(len(head)) + len(payload) if alphabet is Alphabet.GSM7 else len(head) + len(payload)


def _head_septets(head: int) -> int:
    return (head * 8 + 6) // 7


def _septets(octets: bytes, head: int, length: int) -> bytes:
    fill = _fill_bits(head)
    whole = (max(len(octets) - head, 0) * 8 - fill) // 7
    return gsm7.unpack(octets[head:], max(min(length - _head_septets(head), whole), 0), fill)
