"""All counts of one gateway, and the answer to a scrape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import otppi
from otppi.app.metering import families as f
from otppi.app.metering.http import HttpMeter
from otppi.app.metering.modems import ModemMeter
from otppi.app.metering.numbers import Counts, Histogram, stands, written
from otppi.app.metering.outbox import OutboxMeter
from otppi.app.metering.process import ProcessMeter, StoreMeter
from otppi.app.metering.subscribers import subscriber_metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from otppi.app.alarms import Alarms
    from otppi.app.book import Book
    from otppi.app.brokers.counts import Standing
    from otppi.app.delivery import Delivery
    from otppi.app.feed import ModemChanged
    from otppi.app.fleet import Fleet
    from otppi.domain.message import Kind, Message
    from otppi.domain.settings import Settings
    from otppi.ports.clock import Clock
    from otppi.ports.modem import Outcome
    from otppi.ports.process import ProcessUse


class Meter:
    """Give it what happens; `text` is what `/metrics` answers."""

    def __init__(
        self,
        *,
        book: Book,
        fleet: Fleet,
        delivery: Delivery,
        alarms: Alarms,
        clock: Clock,
        settings: Callable[[], Settings],
        use: Callable[[], ProcessUse] | None,
    ) -> None:
        self._placing = delivery.placing
        self._alarms = alarms
        self._clock = clock
        self._settings = settings
        self.outbox = OutboxMeter(book.get)
        self._modems = ModemMeter(fleet, delivery.placing)
        self._checks = Counts(f.OTP_CHECKS)
        self.http = HttpMeter()
        self.store = StoreMeter()
        self.process = ProcessMeter(use, otppi.__version__)
        self.standings: Callable[[], Mapping[str, Standing]] = dict
        """How the subscribers stand, by name."""

    # -- what happens --------------------------------------------------------------------------------------------------

    def duplicate(self, kind: Kind) -> None:
        """A request got an earlier answer again."""
        self.outbox.duplicate(kind)

    def moved(self, before: Message, after: Message) -> None:
        """A message was committed as `after`."""
        self.outbox.moved(before, after)
        self._modems.moved(after)

    def first_octet(self, message: Message, at: float) -> None:
        """The first send of a message has begun."""
        self.outbox.first_octet(message, at)

    def modem_changed(self, event: ModemChanged) -> None:
        """A modem came to another state."""
        self._modems.changed(event)

    def send_ended(self, modem: str, outcome: Outcome) -> None:
        """A send through this modem has ended."""
        self._modems.ended(modem, outcome)

    def code_checked(self, result: str) -> None:
        """A guess was answered: right, wrong, ended, expired, exhausted or limited."""
        self._checks.add(result)

    # -- what is told --------------------------------------------------------------------------------------------------

    def text(self) -> str:
        """Everything, in Prometheus' text format."""
        return written(self._metrics())

    def _metrics(self) -> Iterator[Counts | Histogram]:
        yield from self.process.metrics()
        yield stands(f.ALARMS, self._by_severity().items())
        yield from self._modems.metrics()
        accounts = self._settings().metrics_accounts
        yield from self.outbox.metrics(self._clock.now(), self._placing.claimed, accounts=accounts)
        yield self._checks
        yield from self.http.metrics()
        yield from subscriber_metrics(self.standings())
        yield from self.store.metrics()

    def _by_severity(self) -> dict[tuple[str, ...], float]:
        counts: dict[tuple[str, ...], float] = {(severity,): 0.0 for severity in ("notice", "warning", "critical")}
        for alarm in self._alarms.standing:
            counts[alarm.severity,] += 1
        return counts
