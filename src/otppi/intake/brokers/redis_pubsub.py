"""A Redis channel as a door: what is published while we are subscribed, at most once. Redis keeps nothing: what comes
while nobody listens, or is in our hands when the process dies, is lost. Nothing is acknowledged. While we read no
further, Redis buffers as far as its client-output-buffer-limit allows, and then cuts the connection."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from otppi.intake.brokers.redis_link import Link, close_all, connecting, run_until_lost
from otppi.intake.brokers.takings import Takings
from otppi.intake.brokers.trust import trust
from otppi.ports.connector import BODY_MOST, OPEN_MOST, Arrival, Trouble, ample

if TYPE_CHECKING:
    from otppi.domain.subscriber import Subscriber
    from otppi.ports.connector import Room, Take


class PubSubConnector:
    """`ports.connector.Connector`. Subscribes to exactly the topic, no pattern. One connection listens; replies go over
    another, since a subscribed one takes no other commands."""

    def __init__(self, subscriber: Subscriber) -> None:
        """Raises Trouble `tls` where the file of authorities cannot be read."""
        context = trust(subscriber)
        self._subscriber = subscriber
        self._feed, self._desk = Link(subscriber, context), Link(subscriber, context)
        self._pongs: deque[asyncio.Future[None]] = deque()
        self._listening: bool | None = None
        self._full = False

    async def connect(self) -> None:
        async with connecting(self._subscriber, self._feed, self._desk):
            await self._feed.open()
            await self._desk.open()
            await self._feed.ask("SUBSCRIBE", self._subscriber.topic)

    async def consume(self, take: Take, _room: Room = ample, /) -> None:
        takings = Takings(take, OPEN_MOST)
        await run_until_lost(takings, self._listen(takings))

    async def reply(self, topic: str, body: bytes) -> None:
        await self._desk.ask("PUBLISH", topic, body, about=topic)

    async def health(self) -> None:
        if self._listening is False:
            raise _ended()
        if self._full or self._listening is None:
            # Nobody reads now what the other connection answers.
            await self._desk.ask("PING")
            return
        pong: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pongs.append(pong)
        try:
            await self._feed.send("PING")
            await pong
        finally:
            pong.cancel()

    async def close(self) -> None:
        await close_all(self._feed, self._desk)

    async def check(self) -> None:
        """Subscribes for a moment, which takes no message from anybody."""
        async with connecting(self._subscriber, self._feed, self._desk):
            await self._feed.open()
            await self._feed.ask("SUBSCRIBE", self._subscriber.topic)
        await self.close()

    async def _listen(self, takings: Takings) -> None:
        self._listening = True
        try:
            while True:
                await self._deal(await self._feed.hear(), takings)
        finally:
            self._listening = False
            for pong in self._pongs:
                if not pong.done():
                    pong.set_exception(_ended())

    async def _deal(self, said: object, takings: Takings) -> None:
        match said:
            case [b"message", _, bytes(body)]:
                self._full = len(takings) >= OPEN_MOST
                await takings.begin(Arrival(body[:BODY_MOST]))
                self._full = False
            case [b"pong", *_] if self._pongs:
                # In the order of the questions; who gave up waiting has left a future that is done.
                if not (pong := self._pongs.popleft()).done():
                    pong.set_result(None)


def _ended() -> Trouble:
    return Trouble("lost", "nothing listens on this connection to Redis any more")
