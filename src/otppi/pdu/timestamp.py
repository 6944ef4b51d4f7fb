"""Time stamps of the service centre: seven octets of swapped decimal digits (3GPP TS 23.040 9.2.3.11).

The zone is in quarters of an hour, negative with bit 3 of its octet. Years are those of 2000..2099. No clock here.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from otppi.pdu.errors import PduError

OCTETS = 7
_QUARTER = timedelta(minutes=15)
_MOST_QUARTERS = 79
_CENTURY = 2000


def encode(moment: datetime) -> bytes:
    """Seven octets, whole seconds. Raises `PduError` for a naive time, another century or a zone off the quarter."""
    if not _CENTURY <= moment.year < _CENTURY + 100:
        raise PduError("a time stamp lies in the years 2000 to 2099")
    zone = _zone_octet(moment)
    parts = (moment.year % 100, moment.month, moment.day, moment.hour, moment.minute, moment.second)
    return bytes([*map(_swapped, parts), zone])


def decode(octets: bytes) -> datetime | None:
    """The time with its zone, None where the digits are no time at all (some centres send zeros)."""
    sign, zone_octet = octets[6] & 0x08, octets[6] & 0xF7
    digits = [*octets[:6], zone_octet]
    if any(octet & 0xF > 9 or octet >> 4 > 9 for octet in digits):
        return None
    year, month, day, hour, minute, second, quarters = map(_swapped_back, digits)
    zone = timezone(_QUARTER * (-quarters if sign else quarters))
    try:
        return datetime(_CENTURY + year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None


def _zone_octet(moment: datetime) -> int:
    offset = moment.utcoffset()
    if offset is None:
        raise PduError("a time stamp needs a zone")
    quarters, rest = divmod(offset, _QUARTER)
    if rest or abs(quarters) > _MOST_QUARTERS:
        raise PduError("a time zone is a whole number of quarters of an hour, at most 79")
    return _swapped(abs(quarters)) | (0x08 if quarters < 0 else 0)


def _swapped(number: int) -> int:
    tens, ones = divmod(number, 10)
    return ones << 4 | tens


def _swapped_back(octet: int) -> int:
    return (octet & 0xF) * 10 + (octet >> 4)
