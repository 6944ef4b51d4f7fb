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
    from collections.abc import Iterator

GSM7_ALONE, GSM7_PART = 160, 153
UCS2_ALONE, UCS2_PART = 70, 67

_HIGH_SURROGATE = 0xD8 >> 2


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
    gsm = gsm7.is_gsm7(text)
    alphabet = Alphabet.GSM7 if gsm else Alphabet.UCS2
    payloads = _cut_septets(gsm7.encode(text)) if gsm else _cut_units(ucs2.encode(text))
    return Split(alphabet, tuple(Segment(alphabet, payload) for payload in payloads))


def count_segments(text: str) -> int:
    """`len(split(text).segments)`, in microseconds for a text of one segment. Raises `PduError` as `split`."""
    if gsm7.is_gsm7(text):
        return 1 if gsm7.septets(text) <= GSM7_ALONE else sum(1 for _ in _cut_septets(gsm7.encode(text)))
    return sum(1 for _ in _cut_units(ucs2.encode(text)))


def _cut_septets(codes: bytes) -> Iterator[bytes]:
    """An encoded escape is never escaped itself, so one before a cut always belongs to what follows."""
    start = 0
    while len(codes) - start > (GSM7_PART if start else GSM7_ALONE):
        end = start + GSM7_PART
        end -= codes[end - 1] == gsm7.ESCAPE
        yield codes[start:end]
        start = end
    yield codes[start:]


def _cut_units(octets: bytes) -> Iterator[bytes]:
    """A high surrogate before a cut belongs to the low one after it."""
    start = 0
    while len(octets) - start > (UCS2_PART if start else UCS2_ALONE) * 2:
        end = start + UCS2_PART * 2
        end -= 2 * (octets[end - 2] >> 2 == _HIGH_SURROGATE)
        yield octets[start:end]
        start = end
    yield octets[start:]
