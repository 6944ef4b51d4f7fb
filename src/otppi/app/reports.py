"""Delivery reports (edges e, m, n): which segment a +CDS speaks of, and what follows.

Asked for only where `sms.delivery_report` is on. A report names the modem's TP-MR and the receiver, nothing else
(3GPP TS 23.040 9.2.2.3), so the last segment with that reference on that modem is meant, if its receiver agrees in
the last eight digits. What was sent by an earlier run is not known any more; such a report is noted and dropped.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from otppi.domain.message import Change, Edge, Message, Segment, State
from otppi.pdu.decode import decode
from otppi.pdu.errors import PduError
from otppi.pdu.report import Outcome, StatusReport
from otppi.ports.store import NotFound, StoreUnavailable

if TYPE_CHECKING:
    from datetime import datetime

    from otppi.app.book import Book
    from otppi.app.outcomes import Outcomes
    from otppi.app.verdicts import Attempt
    from otppi.ports.clock import Clock
    from otppi.ports.store import Outbox

log = logging.getLogger(__name__)

AGREEING_DIGITS: Final = 8
CLOCKS_DIFFER: Final = 900.0
"""Seconds by which an SMS centre's clock may be behind ours."""
_FINAL: Final = {
    Outcome.DELIVERED: State.DELIVERED,
    Outcome.FAILED: State.UNDELIVERED,
    Outcome.GAVE_UP: State.UNDELIVERED,
}


@dataclass(frozen=True, slots=True)
class _Expected:
    message_id: str
    part: int
    receiver: str


class Reports:
    """Remembers what was sent, by modem and reference: at most 256 for each modem."""

    def __init__(self, book: Book, outcomes: Outcomes, outbox: Outbox, clock: Clock) -> None:
        self._book = book
        self._outcomes = outcomes
        self._outbox = outbox
        self._clock = clock
        self._expected: dict[tuple[str, int], _Expected] = {}

    def expect(self, message: Message, attempt: Attempt, reference: int) -> None:
        """A report on this segment may come."""
        self._expected[attempt.modem, reference] = _Expected(message.id, attempt.part, message.receiver)

    async def arrived(self, modem: str, tpdu: str) -> None:
        """A report came in: settle it. Never raises for what a modem sends or a store refuses."""
        report = _read(tpdu)
        state = None if report is None else _FINAL.get(report.outcome)
        if report is None or state is None:
            return
        found = self._find(modem, report)
        if found is None:
            log.info("report for nothing known modem=%s reference=%s", modem, report.reference)
            return
        try:
            await self._settle(found, state)
        except (StoreUnavailable, NotFound):
            log.warning("report lost message=%s: the store refused it", found.message_id)

    def _find(self, modem: str, report: StatusReport) -> _Expected | None:
        tail = report.recipient.digits[-AGREEING_DIGITS:]
        expected = self._expected.get((modem, report.reference))
        if expected is not None and expected.receiver.endswith(tail):
            return expected
        return self._in_doubt(modem, tail, report.timestamp)

    def _in_doubt(self, modem: str, tail: str, taken: datetime | None) -> _Expected | None:
        """A segment whose answer never came has no reference: the modem and the receiver must do, if only one fits. One
        that waits to be sent again counts, for the report withdraws it (m after k). What the centre took before the
        message came to us is another one: modems keep reports for days."""
        fitting = [
            _Expected(message.id, part, message.receiver)
            for message in self._book
            if message.receiver.endswith(tail) and not _older(taken, message)
            for part, segment in enumerate(message.segments, 1)
            if _doubtful(segment) and segment.modem == modem
        ]
        return fitting[0] if len(fitting) == 1 else None

    async def _settle(self, found: _Expected, state: State) -> None:
        if self._book.get(found.message_id) is not None:
            await self._outcomes.settle(found.message_id, lambda m: self._changes(m, found.part, state))
            return
        message = await self._outbox.get(found.message_id)
        if changes := self._changes(message, found.part, state):
            self._book.tell(message, await self._outbox.settle(found.message_id, changes))

    def _changes(self, message: Message, part: int, state: State) -> tuple[Change, ...]:
        segment = message.segments[part - 1]
        if _doubtful(segment):
            return (Change(Edge.REPORT, self._clock.now(), part, to=state),)
        if segment.state is not State.SENT:
            return ()
        edge = Edge.DELIVER if state is State.DELIVERED else Edge.NEGATIVE
        return (Change(edge, self._clock.now(), part),)


def _older(taken: datetime | None, message: Message) -> bool:
    return taken is not None and taken.timestamp() < message.created - CLOCKS_DIFFER


def _doubtful(segment: Segment) -> bool:
    return segment.state is State.IN_DOUBT or (segment.resent and segment.state is State.QUEUED)


def _read(tpdu: str) -> StatusReport | None:
    try:
        message = decode(tpdu, has_smsc=False, direction="from_network")
    except PduError:
        log.warning("report cannot be read length=%s", len(tpdu))
        return None
    return message if isinstance(message, StatusReport) else None
