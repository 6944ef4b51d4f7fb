"""Modems, counted as they answer; how they are is looked up at a scrape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.app.metering import families as f
from otppi.app.metering.numbers import Counts, Histogram, stands
from otppi.domain.message import Edge
from otppi.ports.modem import ModemState, NotHanded, Refused, Sent, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otppi.app.feed import ModemChanged
    from otppi.app.fleet import Fleet
    from otppi.app.placing import Placing
    from otppi.domain.message import Message
    from otppi.ports.modem import Outcome


class ModemMeter:
    """Told of states, outcomes and late answers; asks the fleet for the rest."""

    def __init__(self, fleet: Fleet, placing: Placing) -> None:
        self._fleet = fleet
        self._placing = placing
        self._sent = Counts(f.MODEM_SENT)
        self._refused = Counts(f.MODEM_REFUSED)
        self._unanswered = Counts(f.MODEM_UNANSWERED)
        self._not_handed = Counts(f.MODEM_NOT_HANDED)
        self._resets = Counts(f.MODEM_RESETS)

    def changed(self, event: ModemChanged) -> None:
        """A modem came to another state."""
        if event.new is ModemState.RESETTING:
            self._resets.add(event.name)

    def ended(self, modem: str, outcome: Outcome) -> None:
        """A send through this modem has ended."""
        match outcome:
            case Sent():
                self._sent.add(modem)
            case Refused():
                self._refused.add(modem, outcome.meaning.value)
            case NotHanded():
                self._not_handed.add(modem)
            case Unknown():
                self._unanswered.add(modem)

    def moved(self, after: Message) -> None:
        """A message was committed: an answer that came late is a send after all (edge l)."""
        if after.history[-1][0] == Edge.LATE:
            part = after.history[-1][1] or 1
            self._sent.add(after.segments[part - 1].modem)

    def metrics(self) -> Iterator[Counts | Histogram]:
        """All of it."""
        names = self._fleet.names
        statuses = {name: self._fleet.status(name) for name in names}
        breakers, depth = self._fleet.fitness.breaker_open, self._placing.depth
        states = (((n, each.value), float(each is s.state)) for n, s in statuses.items() for each in ModemState)
        yield stands(f.MODEM_STATE, states)
        signals = (((n,), float(s.signal)) for n, s in statuses.items() if s.signal is not None)
        yield stands(f.MODEM_SIGNAL, signals)
        yield stands(f.MODEM_QUEUE, [((name,), float(depth(name))) for name in names])
        yield stands(f.MODEM_BREAKER, [((name,), float(breakers(name))) for name in names])
        yield from (self._sent, self._refused, self._unanswered, self._not_handed, self._resets)
