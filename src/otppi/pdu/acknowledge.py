"""SMS-SUBMIT-REPORT and SMS-DELIVER-REPORT, how who gets a message answers it (3GPP TS 23.040 9.2.2.1a, 9.2.2.2a).

The first comes from the centre, in +CMGS where AT+CSMS is 1; the second goes to it with AT+CNMA= (3GPP TS 27.005 3.4.4,
3.5.1). Both come in two forms that no bit tells apart: whether the message was taken or refused is known from outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from otppi.pdu import parameters, timestamp
from otppi.pdu.errors import PduError
from otppi.pdu.octets import read_hex
from otppi.pdu.parameters import NO_PARAMETERS, Parameters

if TYPE_CHECKING:
    from datetime import datetime

    from otppi.pdu.octets import Reader

_DELIVER_REPORT, _SUBMIT_REPORT = 0x00, 0x01
_TYPE = 0x03
_HEADER = 0x40
_LEAST_CAUSE = 0x80


@dataclass(frozen=True, slots=True)
class SubmitReport:
    """The centre's answer to an SMS-SUBMIT. `timestamp`: when it took the message, None where that is no readable time.

    `cause` is TP-FCS (9.2.3.22, 0x80..0xFF) where it refused; its words are those of +CMS ERROR with the same number.
    """

    timestamp: datetime | None
    cause: int | None = None
    parameters: Parameters = NO_PARAMETERS


@dataclass(frozen=True, slots=True)
class DeliverReport:
    """Our answer to an SMS-DELIVER or SMS-STATUS-REPORT. `cause` as in `SubmitReport`, None to acknowledge."""

    cause: int | None = None
    parameters: Parameters = NO_PARAMETERS


def encode_submit_report(report: SubmitReport) -> str:
    """The TPDU as upper-case hex. Raises `PduError` when a field does not fit or there is no time."""
    if report.timestamp is None:
        raise PduError("an answer of the centre needs its time")
    head = _head(_SUBMIT_REPORT, report.cause, report.parameters) + timestamp.encode(report.timestamp)
    return (head + parameters.encode(report.parameters)).hex().upper()


def encode_deliver_report(report: DeliverReport) -> str:
    """The TPDU as upper-case hex. Raises `PduError` when a field does not fit."""
    head = _head(_DELIVER_REPORT, report.cause, report.parameters)
    return (head + parameters.encode(report.parameters)).hex().upper()


def decode_submit_report(text: str, *, refused: bool) -> SubmitReport:
    """The report in `text`, hex without SMS centre; `refused` says that TP-FCS is there. Raises `PduError`."""
    reader = read_hex(text)
    has_header, cause, indicator = _begin(reader, _SUBMIT_REPORT, refused=refused)
    moment = timestamp.decode(reader.take(timestamp.OCTETS, "time stamp"))
    return SubmitReport(moment, cause, parameters.decode(reader, indicator, has_header=has_header))


def decode_deliver_report(text: str, *, refused: bool) -> DeliverReport:
    """The report in `text`, hex without SMS centre; `refused` says that TP-FCS is there. Raises `PduError`."""
    reader = read_hex(text)
    has_header, cause, indicator = _begin(reader, _DELIVER_REPORT, refused=refused)
    return DeliverReport(cause, parameters.decode(reader, indicator, has_header=has_header))


def _head(kind: int, cause: int | None, fields: Parameters) -> bytes:
    if cause is not None and not _LEAST_CAUSE <= cause <= 0xFF:
        raise PduError("a failure cause is 128 to 255")
    first = kind | (_HEADER if fields.has_header else 0)
    return bytes([first]) + (b"" if cause is None else bytes([cause])) + parameters.indicator_of(fields)


def _begin(reader: Reader, kind: int, *, refused: bool) -> tuple[bool, int | None, int]:
    """Whether user data begin with a header, the failure cause, and the parameter indicator."""
    first = reader.octet("first octet")
    if first & _TYPE != kind:
        raise PduError("the message is of another type")
    cause = reader.octet("failure cause") if refused else None
    if cause is not None and cause < _LEAST_CAUSE:
        raise PduError("the failure cause is reserved")
    return bool(first & _HEADER), cause, parameters.read_indicator(reader)
