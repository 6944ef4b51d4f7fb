"""A text becomes segments: which alphabet, how many, and where one ends (3GPP TS 23.040 9.2.3.24.1).

Limits: 160 septets or 70 UCS-2 units alone; 153 or 67 in a concatenated message, whose header of 6 octets costs
the rest. An escape stays with its character and a surrogate pair stays whole. Makes no TPDU (`submit` does).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from otppi.pdu import gsm7, ucs2
from otppi.pdu.dcs import Alphabet
from otppi.pdu.udh import NO_HEADER
from otppi.pdu.userdata import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

GSM7_ALONE, GSM7_PART = 160, 153
UCS2_ALONE, UCS2_PART = 70, 67


@dataclass(frozen=True, slots=True)
class Segment:
    """What one message carries. `payload` as in `userdata.UserData`: unpacked septets or UTF-16BE."""

    alphabet: Alphabet
    payload: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The segment's part of the text; empty for 8-bit data."""
        return read_text(self.alphabet, self.payload, NO_HEADER) or ""


@dataclass(frozen=True, slots=True)
class Split:
    """A text cut for the air: its alphabet and at least one segment, in order."""

    alphabet: Alphabet
    segments: tuple[Segment, ...]


def split(text: str) -> Split:
    """`text` as segments; an empty text is one empty segment.

    Raises `PduError` when the text holds half of a surrogate pair.
    """
    if gsm7.is_gsm7(text):
        payloads = _cut(gsm7.units(text), gsm7.septets(text), GSM7_ALONE, GSM7_PART)
        alphabet = Alphabet.GSM7
    else:
        payloads = _cut(ucs2.units(text), ucs2.length(text) * 2, UCS2_ALONE * 2, UCS2_PART * 2)
        alphabet = Alphabet.UCS2
    return Split(alphabet, tuple(Segment(alphabet, payload) for payload in payloads))


def count_segments(text: str) -> int:
    """`len(split(text).segments)`, in microseconds for the usual text. Raises `PduError` as `split`."""
    if gsm7.is_gsm7(text):
        length, alone, part = gsm7.septets(text), GSM7_ALONE, GSM7_PART
    else:
        length, alone, part = ucs2.length(text), UCS2_ALONE, UCS2_PART
    if length <= alone:
        return 1
    if length == len(text):  # nothing takes two, so nothing can be pushed over an edge
        return -(-length // part)
    return len(split(text).segments)


def _cut(units: Iterable[bytes], length: int, alone: int, part: int) -> Iterator[bytes]:
    limit = alone if length <= alone else part
    piece = bytearray()
    for unit in units:
        if len(piece) + len(unit) > limit:
            yield bytes(piece)
            piece.clear()
        piece += unit
    yield bytes(piece)
