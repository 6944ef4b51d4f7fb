"""What every test of a connector needs: hands that take, the connector at work, and the Trouble something ends in."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

import pytest
from broker_server import PASSWORD

from otppi.ports.connector import Trouble, ample

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from otppi.ports.connector import Arrival, Connector, Room

WRONG: Final = "Wrong-Horse-3"
PATIENCE: Final = 15.0
"""Seconds after which what does not come will not come."""


class Hands:
    """Takes messages; while `open` is not set, none of them ends. `ended` counts those that did, `taken_back` those
    that were cancelled."""

    def __init__(self, *, opened: bool = True) -> None:
        self.arrivals: list[Arrival] = []
        self.ended = self.taken_back = 0
        self.open = asyncio.Event()
        self._looked_at = 0
        self._news = asyncio.Condition()
        if opened:
            self.open.set()

    async def take(self, arrival: Arrival) -> None:
        self.arrivals.append(arrival)
        async with self._news:
            self._news.notify_all()
        try:
            await self.open.wait()
        except asyncio.CancelledError:
            self.taken_back += 1
            raise
        self.ended += 1

    @property
    def bodies(self) -> list[bytes]:
        """In the order they were begun."""
        return [arrival.body for arrival in self.arrivals]

    @property
    def unseen(self) -> list[bytes]:
        """The bodies that `next` has not given yet."""
        return self.bodies[self._looked_at :]

    async def until(self, count: int) -> list[bytes]:
        """The bodies, once there are so many. TimeoutError where they do not come."""
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: len(self.arrivals) >= count)
        return self.bodies

    async def next(self) -> Arrival:
        """The next message that comes."""
        await self.until(self._looked_at + 1)
        self._looked_at += 1
        return self.arrivals[self._looked_at - 1]


@contextlib.asynccontextmanager
async def consuming(connector: Connector, hands: Hands, room: Room = ample) -> AsyncIterator[asyncio.Task[None]]:
    """Connected and consuming; stopped in good order after it, whatever became of it."""
    try:
        await connector.connect()
        task = asyncio.create_task(connector.consume(hands.take, room))
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.wait({task})
    finally:
        await connector.close()


@contextlib.asynccontextmanager
async def consuming_to_the_end(
    connector: Connector, hands: Hands, room: Room = ample
) -> AsyncIterator[asyncio.Task[None]]:
    """The same, and what is in hand in the end ends well."""
    async with consuming(connector, hands, room) as task:
        try:
            yield task
        finally:
            hands.open.set()


async def trouble_of(doing: Awaitable[object], seconds: float = PATIENCE) -> Trouble:
    """The Trouble it ends in: one line for the owner, without a secret."""
    with pytest.raises(Trouble) as caught:
        await asyncio.wait_for(doing, seconds)
    told = caught.value
    assert told.words
    assert told.words.isprintable()
    for text in (told.words, str(told), repr(told)):
        assert PASSWORD not in text
        assert WRONG not in text
    return told
