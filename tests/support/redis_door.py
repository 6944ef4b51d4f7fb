"""What the tests of the doors to Redis share: a subscriber, hands that take, and the state of a group."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from broker_server import PASSWORD
from redis_server import GROUP, RedisServer

from otppi.domain.secret import Secret
from otppi.domain.subscriber import Method, Subscriber
from otppi.intake.brokers.redis_pubsub import PubSubConnector
from otppi.intake.brokers.redis_stream import StreamConnector

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


Kind = type[StreamConnector] | type[PubSubConnector]


def subscriber(server: RedisServer, topic: str, password: str | None = PASSWORD, **changes: str) -> Subscriber:
    rows = server.values(topic) | {key.replace("__", "."): text for key, text in changes.items()}
    return Subscriber.of("orders", Method.REDIS, rows, None if password is None else Secret(password))


async def eventually(holds: Callable[[], Awaitable[bool]], what: str) -> None:
    for _ in range(400):
        if await holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(what)


async def given_to(server: RedisServer, topic: str, consumer: str, *, idle: int = 0) -> list[bytes]:
    """Give all new entries of the stream to a consumer that does nothing with them; `idle`: milliseconds ago."""
    async with server.client() as client:
        with contextlib.suppress(Exception):  # the group may be there
            await client.xgroup_create(topic, GROUP, "0", mkstream=True)
        streams = await client.xreadgroup(GROUP, consumer, {topic: ">"}, count=1000)
        names = [name for name, _ in streams[0][1]]
        await client.xclaim(topic, GROUP, consumer, 0, names, idle=idle, justid=True)
        return names


async def pending(server: RedisServer, topic: str) -> int:
    async with server.client() as client:
        return int((await client.xpending(topic, GROUP))["pending"])


async def nothing_left(server: RedisServer, topic: str) -> bool:
    return await server.left(topic) == 0
