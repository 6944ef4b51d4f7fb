"""Messages, counted as they move. Every number follows from what a message was before a commit and is after it."""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING, Final

from otppi.app.metering import families as f
from otppi.app.metering.numbers import Counts, Histogram, stands
from otppi.domain.message import OPEN, Class, Edge, Kind, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from otppi.app.metering.numbers import Labels
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
        self._taken: Counter[tuple[str, Class, Kind]] = Counter()
        """Accepted by this run, by account, class and kind. This one is added to for each request: the rest follows."""
        self._again = 0
        """Those among them that carry a code once more."""
        self._moves: Counter[tuple[Class, State]] = Counter()
        """What has to be added to these to have the open messages by class and state."""
        self._order: dict[Class, deque[str]] = {each: deque() for each in Class}
        self._ended: Counter[tuple[str, Class, State]] = Counter()
        self._duplicates = Counts(f.OUTBOX_DUPLICATES)
        self._edges = {edge: Counts(family) for edge, family in _COUNTED.items()}
        self._first = Histogram(f.OUTBOX_FIRST_OCTET)
        self._sent = Histogram(f.OUTBOX_SENT)

    # -- what happens --------------------------------------------------------------------------------------------------

    def admitted(self, message: Message) -> None:
        """A message was accepted, and waits."""
        self._taken[message.account, message.klass, message.kind] += 1
        self._again += message.verification not in ("", message.id)
        self._order[message.klass].append(message.id)

    def begin(self, messages: Iterable[Message]) -> None:
        """These are open from an earlier run; what was told so far was about them, and none was accepted just now."""
        self._taken.clear()
        self._again = 0
        self._moves.clear()
        for order in self._order.values():
            order.clear()
        for message in messages:
            self._moves[message.klass, _state(message)] += 1
            self._order[message.klass].append(message.id)

    def duplicate(self, kind: Kind) -> None:
        """A request got the first answer again."""
        self._duplicates.add(kind.value)

    def moved(self, before: Message, after: Message) -> None:
        """A message was committed as `after`."""
        state, was = _state(after), _state(before)
        if after.needs_text:
            if state is not was:
                self._moves[after.klass, was] -= 1
                self._moves[after.klass, state] += 1
        elif before.needs_text:
            self._moves[after.klass, was] -= 1
            self._forget(after.klass)
        if state is not was and state not in OPEN:
            self._end(was, after, state)
        self._count_edges(before, after)

    def first_octet(self, message: Message, at: float) -> None:
        """The first send of the message has begun on a modem's line."""
        self._first.observe(max(0.0, at - message.created), message.klass.value)

    def _end(self, was: State, message: Message, state: State) -> None:
        self._ended[message.account, message.klass, state] += 1
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
        return sum(number for (each, _), number in self._open().items() if each is klass)

    def _open(self) -> Counter[tuple[Class, State]]:
        counts = Counter(self._moves)
        for (_, klass, _), number in self._taken.items():
            counts[klass, State.QUEUED] += number
        return counts

    # -- what is told --------------------------------------------------------------------------------------------------

    def metrics(self, now: float, claimed: Mapping[str, str], *, accounts: bool) -> Iterator[Counts | Histogram]:
        """All of it. `claimed` are the messages a modem has taken in memory, with that modem (edge b)."""
        counts = self._by_state(claimed)
        yield stands(f.OUTBOX_MESSAGES, [((k, s), float(counts[k, s])) for k in Class for s in State if s in OPEN])
        ages = (self._oldest(k, now, claimed, waiting=counts[k, State.QUEUED] > 0) for k in Class)
        yield stands(f.OUTBOX_OLDEST, [((k,), age) for k, age in zip(Class, ages, strict=True)])
        yield stands(f.OUTBOX_ACCEPTED, _summed(((klass,), n) for (_, klass, _), n in self._taken.items()))
        yield stands(f.OUTBOX_ENDED, _summed(((klass, s), n) for (_, klass, s), n in self._ended.items()))
        yield from (self._duplicates, *self._edges.values())
        yield from (self._first, self._sent)
        if accounts:
            yield stands(f.ACCOUNT_ACCEPTED, _summed(((name, k), n) for (name, k, _), n in self._taken.items()))
            yield stands(f.ACCOUNT_ENDED, _summed(((name, s), n) for (name, _, s), n in self._ended.items()))
        codes = sum(number for (_, _, kind), number in self._taken.items() if kind is Kind.OTP)
        yield stands(f.OTP_CREATED, [((), float(codes - self._again))])
        yield stands(f.OTP_RESENT, [((), float(self._again))])

    def _by_state(self, claimed: Mapping[str, str]) -> Counter[tuple[Class, State]]:
        counts = self._open()
        for name in claimed:
            message = self._find(name)
            if message is not None and message.shown is State.QUEUED:
                counts[message.klass, State.QUEUED] -= 1
                counts[message.klass, State.CLAIMED] += 1
        return counts

    def _oldest(self, klass: Class, now: float, claimed: Mapping[str, str], *, waiting: bool) -> float:
        for name in self._order[klass] if waiting else ():
            message = self._find(name)
            if message is None or message.not_before > now or name in claimed:
                continue
            if message.shown is State.QUEUED:
                return max(0.0, now - max(message.created, message.not_before))
        return 0.0


def _state(message: Message) -> State:
    """What is shown of it, the short way for the many of one segment."""
    return message.segments[0].state if len(message.segments) == 1 else message.shown


def _summed(counts: Iterable[tuple[Labels, int]]) -> list[tuple[Labels, float]]:
    sums: Counter[Labels] = Counter()
    for labels, number in counts:
        sums[labels] += number
    return [(labels, float(number)) for labels, number in sums.items()]
