"""SMS-STATUS-REPORT, what became of a message (3GPP TS 23.040 9.2.2.3). Encoding is for those who play the network.

Optional fields after the status are read where they make sense, and taken as absent where they do not: some centres
fill them with noise, and no report is worth losing for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from otppi.pdu import address, parameters, timestamp
from otppi.pdu.errors import PduError
from otppi.pdu.parameters import NO_PARAMETERS, Parameters

if TYPE_CHECKING:
    from datetime import datetime

    from otppi.pdu.address import Address
    from otppi.pdu.octets import Reader

_MTI = 0x02
_NO_MORE = 0x04
_LOOP_PREVENTION = 0x08
_OF_COMMAND = 0x20
_HEADER = 0x40


class Outcome(StrEnum):
    """What a TP-ST octet says (9.2.3.15)."""

    DELIVERED = "delivered"
    TRYING = "trying"
    FAILED = "failed"
    GAVE_UP = "gave_up"
    UNKNOWN = "unknown"


def classify(status: int) -> Outcome:
    """The meaning of a status octet.

    0x00-0x02 delivered; 0x20-0x3F the centre still tries; 0x40-0x5F a permanent error; 0x60-0x7F a temporary error
    after which the centre gave up. Anything else is reserved or private to the centre: unknown.
    """
    if status <= 0x02:
        return Outcome.DELIVERED
    return {1: Outcome.TRYING, 2: Outcome.FAILED, 3: Outcome.GAVE_UP}.get(status >> 5, Outcome.UNKNOWN)


@dataclass(frozen=True, slots=True)
class StatusReport:
    """One SMS-STATUS-REPORT about the message with TP-MR `reference` to `recipient`.

    `timestamp`: when the centre took the message; `discharge`: when `status` came about; None where no readable
    time came. `more`: the centre holds more messages (TP-MMS). `of_command`: about an SMS-COMMAND, no message of ours
    (TP-SRQ). `loop_prevention`: no automatic answer may follow (TP-LP).
    """

    reference: int
    recipient: Address
    timestamp: datetime | None
    discharge: datetime | None
    status: int
    more: bool = False
    of_command: bool = False
    loop_prevention: bool = False
    parameters: Parameters = NO_PARAMETERS
    smsc: Address | None = None

    @property
    def outcome(self) -> Outcome:
        """What `status` means."""
        return classify(self.status)


def encode_report(report: StatusReport) -> str:
    """The TPDU as upper-case hex without SMS centre. Raises `PduError` when a field does not fit or has no time."""
    if report.timestamp is None or report.discharge is None:
        raise PduError("a status report needs both of its times")
    if not (0 <= report.reference <= 0xFF and 0 <= report.status <= 0xFF):
        raise PduError("a message reference and a status are 0 to 255")
    head = bytes([_first_octet(report), report.reference]) + address.encode(report.recipient)
    times = timestamp.encode(report.timestamp) + timestamp.encode(report.discharge)
    return (head + times + bytes([report.status]) + _optional(report.parameters)).hex().upper()


def decode_report(reader: Reader, first_octet: int, smsc: Address | None = None) -> StatusReport:
    """The SMS-STATUS-REPORT behind `first_octet`, which was taken already. Raises `PduError`."""
    return StatusReport(
        reference=reader.octet("message reference"),
        recipient=address.decode(reader, "recipient"),
        timestamp=timestamp.decode(reader.take(timestamp.OCTETS, "time stamp")),
        discharge=timestamp.decode(reader.take(timestamp.OCTETS, "discharge time")),
        status=reader.octet("status"),
        more=not first_octet & _NO_MORE,
        of_command=bool(first_octet & _OF_COMMAND),
        loop_prevention=bool(first_octet & _LOOP_PREVENTION),
        parameters=_optional_of(reader, has_header=bool(first_octet & _HEADER)),
        smsc=smsc,
    )


def _first_octet(report: StatusReport) -> int:
    flags = {
        _NO_MORE: not report.more,
        _LOOP_PREVENTION: report.loop_prevention,
        _OF_COMMAND: report.of_command,
        _HEADER: report.parameters.has_header,
    }
    return _MTI | sum(bit for bit, is_set in flags.items() if is_set)


def _optional(fields: Parameters) -> bytes:
    return parameters.indicator_of(fields) + parameters.encode(fields) if fields else b""


def _optional_of(reader: Reader, *, has_header: bool) -> Parameters:
    if not reader.left:
        return NO_PARAMETERS
    try:
        return parameters.decode(reader, parameters.read_indicator(reader), has_header=has_header)
    except PduError:
        return NO_PARAMETERS
