"""Messages, counted as they move. Every number follows from what a message was before a commit and is after it."""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING, Final

from otppi.app.metering import families as f
from otppi.app.metering.numbers import Counts, Histogram, gauge
from otppi.domain.message import OPEN, Class, Edge, Kind, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from otppi.domain.message import Message

    Find = Callable[[str], Message | None]

_SENT: Final = frozenset({State.SENT, State.DELIVERED, State.UNDELIVERED})
_COUNTED: Final = {
    Edge.LOSE_SIGHT: f.OUTBOX_DOUBTS,
    Edge.RESEND: f.OUTBOX_RESENT,
    Edge.RETURN: f.OUTBOX_RETRIED,
}
_SLACK: Final = 1024


class OutboxMeter:
    """`find` gives an open message by its id, None once it has ended."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._open: Counter[tuple[Class, State]] = Counter()
        self._order: dict[Class, deque[str]] = {each: deque() for each in Class}
        self._accepted = Counts(f.OUTBOX_ACCEPTED)
        self._ended = Counts(f.OUTBOX_ENDED)
        self._duplicates = Counts(f.OUTBOX_DUPLICATES)
        self._edges = {edge: Counts(family) for edge, family in _COUNTED.items()}
        self._first = Histogram(f.OUTBOX_FIRST_OCTET)
        self._sent = Histogram(f.OUTBOX_SENT)
        self._created = Counts(f.OTP_CREATED)
        self._by_account = (Counts(f.ACCOUNT_ACCEPTED), Counts(f.ACCOUNT_ENDED))

    # -- what happens --------------------------------------------------------------------------------------------------

    def accepted(self, message: Message) -> None:
        """Edge a."""
        klass = message.klass.value
        self._accepted.add(klass)
        self._by_account[0].add(message.account, klass)
        if message.kind is Kind.OTP:
            self._created.add()

    def duplicate(self, kind: Kind) -> None:
        """A request got the first answer again."""
        self._duplicates.add(kind.value)

    def moved(self, before: Message | None, after: Message) -> None:
        """A message was committed; `before` is None where it was just taken in, by acceptance or after a start."""
        state = after.shown
        if before is None:
            self._take_in(after, state)
            return
        was = before.shown
        if after.needs_text:
            if state is not was:
                self._open[after.klass, was] -= 1
                self._open[after.klass, state] += 1
        elif before.needs_text:
            self._open[after.klass, was] -= 1
            self._forget(after.klass)
        if state is not was and state not in OPEN:
            self._end(was, after, state)
        self._count_edges(before, after)

    def first_octet(self, message: Message, at: float) -> None:
        """The first send of the message has begun on a modem's line."""
        self._first.observe(max(0.0, at - message.created), message.klass.value)

    def _take_in(self, message: Message, state: State) -> None:
        self._open[message.klass, state] += 1
        self._order[message.klass].append(message.id)

    def _end(self, was: State, message: Message, state: State) -> None:
        self._ended.add(message.klass.value, state.value)
        self._by_account[1].add(message.account, state.value)
        if state in _SENT and was not in _SENT:
            at = message.history[-1][2]
            self._sent.observe(max(0.0, at - message.created), message.klass.value)

    def _count_edges(self, before: Message, after: Message) -> None:
        new = after.history[len(before.history) :] or after.history[-1:]
        for letter, *_ in new:
            if (counts := self._edges.get(Edge(letter))) is not None:
                counts.add(after.klass.value)
            elif letter == Edge.DECIDE and after.shown is State.QUEUED:
                self._edges[Edge.RESEND].add(after.klass.value)

    def _forget(self, klass: Class) -> None:
        """Let go of messages that have ended, so that the order holds little more than what is open."""
        order = self._order[klass]
        while order and self._find(order[0]) is None:
            order.popleft()
        if len(order) > 2 * self._count(klass) + _SLACK:
            self._order[klass] = deque(each for each in order if self._find(each) is not None)

    def _count(self, klass: Class) -> int:
        return sum(number for (each, _), number in self._open.items() if each is klass)

    # -- what is told --------------------------------------------------------------------------------------------------

    def metrics(self, now: float, claimed: Mapping[str, str], *, accounts: bool) -> Iterator[Counts | Histogram]:
        """All of it. `claimed` are the messages a modem has taken in memory, with that modem (edge b)."""
        yield gauge(f.OUTBOX_MESSAGES, self._by_state(claimed).items())
        yield gauge(f.OUTBOX_OLDEST, [((each.value,), self._oldest(each, now, claimed)) for each in Class])
        yield from (self._accepted, self._ended, self._duplicates, *self._edges.values())
        yield from (self._first, self._sent)
        if accounts:
            yield from self._by_account
        yield self._created

    def _by_state(self, claimed: Mapping[str, str]) -> dict[tuple[str, ...], float]:
        counts = Counter(self._open)
        for name in claimed:
            message = self._find(name)
            if message is not None and message.shown is State.QUEUED:
                counts[message.klass, State.QUEUED] -= 1
                counts[message.klass, State.CLAIMED] += 1
        return {(k.value, s.value): float(counts[k, s]) for k in Class for s in State if s in OPEN}

    def _oldest(self, klass: Class, now: float, claimed: Mapping[str, str]) -> float:
        for name in self._order[klass] if self._open[klass, State.QUEUED] else ():
            message = self._find(name)
            if message is not None and message.shown is State.QUEUED and name not in claimed:
                return max(0.0, now - message.created)
        return 0.0
