"""What the tests of the door to RabbitMQ share: a subscriber, hands that take, and the connector at work."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest
from aio_pika.exceptions import ChannelNotFoundEntity, ChannelPreconditionFailed
from broker_server import PASSWORD

from otppi.domain.secret import Secret
from otppi.domain.subscriber import Method, Subscriber
from otppi.intake.brokers.rabbitmq import RabbitConnector
from otppi.ports.connector import Trouble

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from rabbitmq_server import RabbitServer

    from otppi.ports.connector import Arrival


KINDS = ("none", "durable", "transient")
"""What a queue may be before we come."""


def connector(server: RabbitServer, topic: str, password: str = PASSWORD, **values: str) -> RabbitConnector:
    """Of the server's rows, with others in their place; `tls_ca` is tls.ca."""
    rows = server.values(topic) | {name.replace("tls_ca", "tls.ca"): value for name, value in values.items()}
    return RabbitConnector(Subscriber.of("orders", Method.RABBITMQ, rows, Secret(password)))


class Hands:
    """Takes what arrives; keeps each in hand until `open` is set."""

    def __init__(self, *, closed: bool = False) -> None:
        self.taken: list[Arrival] = []
        self.open = asyncio.Event()
        self._more = asyncio.Condition()
        if not closed:
            self.open.set()

    async def take(self, arrival: Arrival) -> None:
        async with self._more:
            self.taken.append(arrival)
            self._more.notify_all()
        await self.open.wait()

    async def bodies(self, count: int) -> list[bytes]:
        """The bodies, once there are so many."""
        async with asyncio.timeout(20), self._more:
            await self._more.wait_for(lambda: len(self.taken) >= count)
        return [arrival.body for arrival in self.taken]


@contextlib.asynccontextmanager
async def consuming(door: RabbitConnector, hands: Hands) -> AsyncIterator[asyncio.Task[None]]:
    """Connected and consuming; cancelled and closed in the end."""
    try:
        await door.connect()
        task = asyncio.create_task(door.consume(hands.take))
        try:
            yield task
        finally:
            hands.open.set()
            task.cancel()
            await asyncio.wait({task})
    finally:
        await door.close()


async def trouble_of(asked: Awaitable[None]) -> Trouble:
    """Within 20 seconds; its words hold no password."""
    async with asyncio.timeout(20):
        with pytest.raises(Trouble) as raised:
            await asked
    assert PASSWORD not in raised.value.words
    return raised.value


async def made(server: RabbitServer, topic: str, kind: str) -> None:
    """Make the queue as a client would, unless `kind` is none."""
    if kind != "none":
        async with server.channel() as channel:
            await channel.declare_queue(topic, durable=kind == "durable")


async def kind_of(server: RabbitServer, topic: str) -> str:
    for kind in ("durable", "transient"):
        try:
            async with server.channel() as channel:
                await channel.declare_queue(topic, passive=True)
                await channel.declare_queue(topic, durable=kind == "durable")
        except ChannelNotFoundEntity:
            return "none"
        except ChannelPreconditionFailed:
            continue
        return kind
    return "other"
