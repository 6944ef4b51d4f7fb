"""A connector of MQTT at work in a test: hands that take, and what becomes of the connection."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest
from broker_server import PASSWORD

from otppi.domain.secret import Secret
from otppi.domain.subscriber import Method, Subscriber
from otppi.ports.connector import Trouble

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from mosquitto_server import MosquittoServer

    from otppi.intake.brokers.mqtt import MqttConnector
    from otppi.ports.connector import Arrival


def subscriber(server: MosquittoServer, topic: str, password: str = PASSWORD, **values: str) -> Subscriber:
    """Of the server's rows, with others in their place; `tls_ca` is tls.ca."""
    given = {name.replace("tls_ca", "tls.ca"): value for name, value in values.items()}
    return Subscriber.of("shop", Method.MQTT, server.values(topic) | given, Secret(password))


class Hands:
    """Takes messages; while `open` is not set, none of them ends."""

    def __init__(self, *, opened: bool = True) -> None:
        self.taken: asyncio.Queue[Arrival] = asyncio.Queue()
        self.open = asyncio.Event()
        if opened:
            self.open.set()

    async def take(self, arrival: Arrival) -> None:
        self.taken.put_nowait(arrival)
        await self.open.wait()

    async def next(self) -> Arrival:
        """The next message that comes."""
        return await asyncio.wait_for(self.taken.get(), 10)


@contextlib.asynccontextmanager
async def consuming(connector: MqttConnector, hands: Hands) -> AsyncIterator[asyncio.Task[None]]:
    """Connected and consuming; stopped in good order after it, whatever became of it."""
    try:
        await connector.connect()
        task = asyncio.create_task(connector.consume(hands.take))
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.wait([task])
    finally:
        await connector.close()


async def trouble_of(doing: Awaitable[None]) -> Trouble:
    """The Trouble it ends in."""
    with pytest.raises(Trouble) as caught:
        await asyncio.wait_for(doing, 10)
    assert PASSWORD not in caught.value.words
    return caught.value


async def until_so(holds: Callable[[], bool]) -> None:
    """Wait for what another process, or a script, says; TimeoutError after 10 seconds."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - there is nothing that could set an event
            await asyncio.sleep(0.01)
