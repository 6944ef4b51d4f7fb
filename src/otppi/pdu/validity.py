"""TP-VP, how long the network tries (3GPP TS 23.040 9.2.3.12), in all three formats. We send the relative one.

A `Validity` keeps its octets, so what was read is written back unchanged; its properties say what they mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from otppi.pdu import timestamp
from otppi.pdu.errors import PduError

if TYPE_CHECKING:
    from datetime import datetime

    from otppi.pdu.octets import Reader

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_WEEK = 7 * _DAY
_LAST_CODE = 255
_MOST_CLOCK = 100 * _HOUR - 1
_SINGLE_SHOT = 0x40
_BY_CODE, _BY_SECONDS, _BY_CLOCK = 1, 2, 3
"""What follows the first octet of the enhanced format."""


class Format(IntEnum):
    """TP-VPF, bits 4 and 3 of the first octet of an SMS-SUBMIT."""

    NONE = 0
    ENHANCED = 1
    RELATIVE = 2
    ABSOLUTE = 3


_OCTETS = {Format.NONE: 0, Format.ENHANCED: 7, Format.RELATIVE: 1, Format.ABSOLUTE: 7}


@dataclass(frozen=True, slots=True)
class Validity:
    """A validity period as its octets stand on the air. As many as the format has, else `PduError`."""

    form: Format = Format.NONE
    octets: bytes = b""

    def __post_init__(self) -> None:
        if len(self.octets) != _OCTETS[self.form]:
            raise PduError("a validity period has as many octets as its format says")

    @property
    def seconds(self) -> int | None:
        """The period from its receipt by the centre; None where none is given or it is a point in time."""
        if self.form is Format.RELATIVE:
            return seconds_of(self.octets[0])
        return _enhanced_seconds(self.octets) if self.form is Format.ENHANCED else None

    @property
    def until(self) -> datetime | None:
        """The end as a point in time, for the absolute format with a readable time."""
        return timestamp.decode(self.octets) if self.form is Format.ABSOLUTE else None

    @property
    def single_shot(self) -> bool:
        """Whether the centre tries only once (enhanced format)."""
        return self.form is Format.ENHANCED and bool(self.octets[0] & _SINGLE_SHOT)


NOT_GIVEN = Validity()
"""The network decides."""


def relative(seconds: int) -> Validity:
    """The shortest relative period that covers `seconds`; see `code_for`."""
    return Validity(Format.RELATIVE, bytes([code_for(seconds)]))


def absolute(until: datetime) -> Validity:
    """The period that ends at `until`. Raises `PduError` for a time that `timestamp.encode` does not take."""
    return Validity(Format.ABSOLUTE, timestamp.encode(until))


def enhanced(seconds: int, *, single_shot: bool = False) -> Validity:
    """The enhanced period that covers `seconds`: exact below 100 hours, in the steps of `code_for` above.

    `single_shot`: the centre tries once. Raises `PduError` for 0 or less.
    """
    if seconds <= 0:
        raise PduError("a validity period is longer than nothing")
    if seconds <= _LAST_CODE:
        kind, value = _BY_SECONDS, bytes([seconds])
    elif seconds <= _MOST_CLOCK:
        kind, value = _BY_CLOCK, _clock_octets(seconds)
    else:
        kind, value = _BY_CODE, bytes([code_for(seconds)])
    head = bytes([kind | (_SINGLE_SHOT if single_shot else 0)])
    return Validity(Format.ENHANCED, (head + value).ljust(_OCTETS[Format.ENHANCED], b"\0"))


def code_for(seconds: int) -> int:
    """The smallest relative TP-VP whose period is at least `seconds` (> 0); 255, 63 weeks, for anything longer.

    Steps: 5 minutes to 12 hours, half an hour to a day, days to 30, then weeks from 5. Raises `PduError` for 0 or
    less: such a message is late and must not leave at all.
    """
    if seconds <= 0:
        raise PduError("a validity period is longer than nothing")
    if seconds <= 12 * _HOUR:
        return _steps(seconds, 5 * _MINUTE) - 1
    if seconds <= _DAY:
        return 143 + _steps(seconds - 12 * _HOUR, 30 * _MINUTE)
    if seconds <= 30 * _DAY:
        return 166 + _steps(seconds, _DAY)
    return min(192 + _steps(seconds, _WEEK), _LAST_CODE)


def seconds_of(code: int) -> int:
    """The period of a relative TP-VP octet (9.2.3.12.1)."""
    if code <= 143:
        return (code + 1) * 5 * _MINUTE
    if code <= 167:
        return 12 * _HOUR + (code - 143) * 30 * _MINUTE
    return (code - 166) * _DAY if code <= 196 else (code - 192) * _WEEK


def decode(form: Format, reader: Reader) -> Validity:
    """The validity of format `form` at the reader's position. Raises `PduError` when the octets run out."""
    return Validity(form, reader.take(_OCTETS[form], "validity period"))


def _steps(seconds: int, step: int) -> int:
    return -(-seconds // step)


def _enhanced_seconds(octets: bytes) -> int | None:
    kind = octets[0] & 0x07
    if octets[0] & 0x80 or kind not in (_BY_CODE, _BY_SECONDS, _BY_CLOCK):
        return None
    if kind == _BY_CLOCK:
        return _clock_seconds(octets[1:4])
    return seconds_of(octets[1]) if kind == _BY_CODE else octets[1]


def _clock_octets(seconds: int) -> bytes:
    parts = (seconds // _HOUR, seconds % _HOUR // _MINUTE, seconds % _MINUTE)
    return bytes(part % 10 << 4 | part // 10 for part in parts)


def _clock_seconds(octets: bytes) -> int | None:
    digits = [nibble for octet in octets for nibble in (octet & 0xF, octet >> 4)]
    if max(digits) > 9:
        return None
    hours, minutes, seconds = (tens * 10 + ones for tens, ones in zip(digits[::2], digits[1::2], strict=True))
    return hours * _HOUR + minutes * _MINUTE + seconds
