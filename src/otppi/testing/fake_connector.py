"""A broker in memory, and the connector to it: ships with the product and is held to the same contract suite as the
real ones. Keeps messages until they are acknowledged and brings them again after a cut, or keeps nothing at all."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from otppi.intake.brokers.takings import Takings
from otppi.ports.connector import BODY_MOST, OPEN_MOST, Arrival, Trouble, ample

if TYPE_CHECKING:
    from otppi.domain.subscriber import Subscriber
    from otppi.ports.connector import Room, Take


@dataclass(slots=True, eq=False)
class _Kept:
    """A message at the broker. `held` while a connection has it."""

    body: bytes = field(repr=False)
    id: str
    delivered: bool = False


class FakeBroker:
    """`keeps`: messages are kept until they are acknowledged; otherwise they go to whoever listens, and are forgotten.

    `trouble` is what everybody meets who connects, if not None; `frozen` lets nothing through in either direction, and
    ends nothing. `acknowledged` and `replies` are what the broker has seen, `connections` how many were made."""

    def __init__(self, *, keeps: bool = True) -> None:
        self.keeps = keeps
        self.trouble: Trouble | None = None
        self.acknowledged: list[bytes] = []
        self.replies: list[tuple[str, bytes]] = []
        self.connections = 0
        self._frozen = False
        self._queues: defaultdict[str, deque[_Kept]] = defaultdict(deque)
        self._links: list[FakeConnector] = []

    def publish(self, topic: str, body: bytes, id: str = "") -> None:  # noqa: A002 - the port's own word
        """As a client would. `id` is the broker's own name of the message."""
        if self.keeps or any(link.listens(topic) for link in self._links):
            self._queues[topic].append(_Kept(body, id))
        self._call()

    def connector(self, subscriber: Subscriber) -> FakeConnector:
        """A connector to this broker (`ports.connector.Connect`)."""
        return FakeConnector(self, subscriber)

    def cut(self) -> None:
        """Every connection breaks at once; what was not acknowledged waits again, first in the queue."""
        for link in list(self._links):
            link.broken()

    def left(self, topic: str) -> int:
        """How many messages are kept, those that a connection has among them."""
        return len(self._queues[topic]) + sum(link.holds(topic) for link in self._links)

    def ready(self, topic: str) -> int:
        """How many messages are kept that no connection has."""
        return len(self._queues[topic])

    @property
    def frozen(self) -> bool:
        """Whether nothing gets through."""
        return self._frozen

    @frozen.setter
    def frozen(self, value: bool) -> None:
        self._frozen = value
        self._call()

    def join(self, link: FakeConnector) -> None:
        """A connection stands."""
        self.connections += 1
        self._links.append(link)

    def leave(self, link: FakeConnector, topic: str, held: list[_Kept]) -> None:
        """It has ended; what it held comes again."""
        if link in self._links:
            self._links.remove(link)
        if self.keeps:
            self._queues[topic].extendleft(reversed(held))
        self._call()

    def next(self, topic: str) -> _Kept | None:
        """The next message of a topic, handed out."""
        return self._queues[topic].popleft() if self._queues[topic] and not self._frozen else None

    def _call(self) -> None:
        for link in self._links:
            link.news.set()


class FakeConnector:
    """Implements `ports.connector.Connector`."""

    def __init__(self, broker: FakeBroker, subscriber: Subscriber) -> None:
        self._broker = broker
        self._subscriber = subscriber
        self._held: list[_Kept] = []
        self._lost = asyncio.Event()
        self._consuming = False
        self.news = asyncio.Event()
        """Set when there may be a message to take."""

    def listens(self, topic: str) -> bool:
        """Whether it takes messages of this topic now."""
        return self._consuming and topic == self._subscriber.topic

    def holds(self, topic: str) -> int:
        """How many messages of this topic it has taken that are not acknowledged."""
        return len(self._held) if topic == self._subscriber.topic else 0

    async def connect(self) -> None:
        """See the port."""
        await asyncio.sleep(0)
        if self._broker.trouble is not None:
            raise self._broker.trouble
        self._broker.join(self)

    async def consume(self, take: Take, room: Room = ample, /) -> None:
        """See the port."""
        takings = Takings(take, self._subscriber.prefetch, room) if self._broker.keeps else Takings(take, OPEN_MOST)
        bringing = asyncio.create_task(self._bring(takings), name="bring")
        ending = asyncio.create_task(self._until_lost(), name="lost")
        self._consuming = True
        try:
            ends: set[asyncio.Future[None]] = {bringing, ending, takings.broken}
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                each.result()
        finally:
            self._consuming = False
            for task in (bringing, ending):
                task.cancel()
            await asyncio.wait({bringing, ending})
            await takings.end()

    async def reply(self, topic: str, body: bytes) -> None:
        """See the port."""
        await self._answered()
        self._broker.replies.append((topic, body))

    async def health(self) -> None:
        """See the port."""
        await self._answered()

    async def close(self) -> None:
        """See the port."""
        held, self._held = self._held, []
        self._broker.leave(self, self._subscriber.topic, held)

    async def check(self) -> None:
        """See the port."""
        await asyncio.sleep(0)
        if self._broker.trouble is not None:
            raise self._broker.trouble

    def broken(self) -> None:
        """The broker has cut it."""
        self._lost.set()
        held, self._held = self._held, []
        self._broker.leave(self, self._subscriber.topic, held)
        self.news.set()

    async def _until_lost(self) -> None:
        await self._lost.wait()
        raise Trouble("lost", "the connection was cut")

    async def _bring(self, takings: Takings) -> None:
        while True:
            await takings.room()
            self.news.clear()
            kept = None if self._lost.is_set() else self._broker.next(self._subscriber.topic)
            if kept is None:
                await self.news.wait()
                continue
            arrival = Arrival(kept.body[:BODY_MOST], kept.id, kept.delivered)
            kept.delivered = True
            self._held.append(kept)
            await takings.begin(arrival, partial(self._acknowledge, kept))

    async def _acknowledge(self, kept: _Kept) -> None:
        if kept in self._held:  # the cut was not before
            self._held.remove(kept)
            self._broker.acknowledged.append(kept.body)

    async def _answered(self) -> None:
        await asyncio.sleep(0)  # as any question to a real broker, it lets others go on
        while self._broker.frozen:
            self.news.clear()
            await self.news.wait()
        if self._lost.is_set():
            raise Trouble("lost", "the connection was cut")
