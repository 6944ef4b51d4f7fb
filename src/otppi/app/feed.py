"""What happens, as it happens: every change of a modem's state, and messages on their way. For whoever watches live.

A feed is for eyes, not for work: nothing in the gateway waits for it or depends on it. Each subscriber has a bounded
queue; one that is slow loses the oldest events and is told how many. No text, and numbers only masked.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from otppi.domain import msisdn
from otppi.domain.message import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.domain.message import Class, Message
    from otppi.ports.modem import ModemState

QUEUE_LIMIT: Final = 256


@dataclass(frozen=True, slots=True)
class ModemChanged:
    """A modem went from one state to another; `reason` is a sentence where it cannot send, `at` gateway seconds."""

    name: str
    old: ModemState
    new: ModemState
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class MessageMoved:
    """A message came to `state`. `door` is where it came in, `modem` the one that has it or had it last, empty before;
    `receiver` is masked."""

    id: str
    door: str
    modem: str
    klass: Class
    receiver: str
    state: State
    at: float


@dataclass(frozen=True, slots=True)
class Missed:
    """The subscriber was too slow: so many events before the next one are lost to it."""

    count: int


Event = ModemChanged | MessageMoved


class Subscription:
    """One watcher's queue. Iterate over it; it ends when it is closed."""

    def __init__(self, limit: int, leave: Callable[[Subscription], None]) -> None:
        self._events: deque[Event] = deque(maxlen=limit)
        self._leave = leave
        self._missed = 0
        self._news = asyncio.Event()
        self._closed = False

    def put(self, event: Event) -> None:
        """Never blocks: the oldest makes room."""
        self._missed += len(self._events) == self._events.maxlen
        self._events.append(event)
        self._news.set()

    def close(self) -> None:
        """Nothing more is wanted; what was not read is forgotten. Closing twice changes nothing."""
        if self._closed:
            return
        self._closed = True
        self._events.clear()
        self._news.set()
        self._leave(self)

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> Event | Missed:
        while not self._events and not self._closed:
            self._news.clear()
            await self._news.wait()
        if self._closed:
            raise StopAsyncIteration
        if self._missed:
            missed, self._missed = self._missed, 0
            return Missed(missed)
        return self._events.popleft()


class Feed:
    """Give it what happens; whoever subscribed gets it. `tells_sms` is the setting `monitor.sms`."""

    def __init__(self, tells_sms: Callable[[], bool]) -> None:
        self._tells_sms = tells_sms
        self._subscribers: list[Subscription] = []

    def subscribe(self, limit: int = QUEUE_LIMIT) -> Subscription:
        """All that happens from now on, at most `limit` events behind. Close it when done."""
        subscription = Subscription(limit, self._subscribers.remove)
        self._subscribers.append(subscription)
        return subscription

    def modem_changed(self, event: ModemChanged) -> None:
        """A modem came to another state."""
        self._tell(event)

    def accepted(self, message: Message) -> None:
        """Edge a: it is durable and waits."""
        self._moved(message, State.QUEUED, "", message.created)

    def claimed(self, message: Message, modem: str, at: float) -> None:
        """Edge b: a modem has it in hand; in memory only."""
        self._moved(message, State.CLAIMED, modem, at)

    def settled(self, message: Message) -> None:
        """Any other edge was committed; the message is as it was after it."""
        modem = next((segment.modem for segment in reversed(message.segments) if segment.modem), "")
        self._moved(message, message.shown, modem, message.history[-1][2])

    def _moved(self, message: Message, state: State, modem: str, at: float) -> None:
        if self._subscribers and self._tells_sms():
            masked = msisdn.masked(message.receiver)
            self._tell(MessageMoved(message.id, message.door, modem, message.klass, masked, state, at))

    def _tell(self, event: Event) -> None:
        for subscriber in self._subscribers:
            subscriber.put(event)
