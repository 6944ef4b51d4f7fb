"""TP-PI and what it announces: the optional fields at the end of reports (3GPP TS 23.040 9.2.3.27).

Knows no report; which of them may leave the fields out, and which are known to send noise instead, is theirs to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from otppi.pdu import userdata
from otppi.pdu.dcs import PLAIN, DataCoding
from otppi.pdu.errors import PduError

if TYPE_CHECKING:
    from otppi.pdu.octets import Reader
    from otppi.pdu.userdata import UserData

_PROTOCOL, _CODING, _USER_DATA = 0x01, 0x02, 0x04
_MORE = 0x80


@dataclass(frozen=True, slots=True)
class Parameters:
    """The optional fields; None where one is absent. User data without a coding are read as `PLAIN`."""

    protocol: int | None = None
    coding: DataCoding | None = None
    user_data: UserData | None = None

    def __bool__(self) -> bool:
        return self != NO_PARAMETERS

    @property
    def has_header(self) -> bool:
        """Whether the user data begin with a header (TP-UDHI)."""
        return self.user_data is not None and bool(self.user_data.header)


NO_PARAMETERS = Parameters()


def indicator_of(parameters: Parameters) -> bytes:
    """TP-PI: which of the fields follow."""
    return bytes([sum(bit for bit, octets in _parts(parameters) if octets is not None)])


def encode(parameters: Parameters) -> bytes:
    """The fields that are there. Raises `PduError` when one does not fit."""
    return b"".join(octets for _, octets in _parts(parameters) if octets is not None)


def read_indicator(reader: Reader) -> int:
    """TP-PI at the reader's position. Further indicator octets, which no release defines yet, are passed over.

    Raises `PduError` when it is not there.
    """
    first = latest = reader.octet("parameter indicator")
    while latest & _MORE:
        latest = reader.octet("parameter indicator")
    return first


def decode(reader: Reader, indicator: int, *, has_header: bool) -> Parameters:
    """The fields that `indicator` announces; its bits without a meaning say nothing. Raises `PduError`."""
    protocol = reader.octet("protocol identifier") if indicator & _PROTOCOL else None
    coding = DataCoding(reader.octet("data coding scheme")) if indicator & _CODING else None
    data = userdata.decode(reader, coding or PLAIN, has_header) if indicator & _USER_DATA else None
    return Parameters(protocol, coding, data)


def _parts(parameters: Parameters) -> tuple[tuple[int, bytes | None], ...]:
    protocol, coding, data = parameters.protocol, parameters.coding, parameters.user_data
    if protocol is not None and not 0 <= protocol <= 0xFF:
        raise PduError("a protocol identifier is 0 to 255")
    return (
        (_PROTOCOL, None if protocol is None else bytes([protocol])),
        (_CODING, None if coding is None else bytes([coding.value])),
        (_USER_DATA, None if data is None else userdata.encode(data, coding or PLAIN)),
    )
