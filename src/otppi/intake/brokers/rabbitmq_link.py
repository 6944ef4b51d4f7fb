"""A connection to RabbitMQ by aio-pika, ended for certain, and the queues at its other end. It never connects anew:
that is the application's to decide."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any, Final

import aio_pika
from aio_pika.connection import make_url
from aiormq import exceptions as amqp
from aiormq.connection import TransportFactory

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable

    from aio_pika.abc import AbstractChannel
    from pamqp.common import FieldTable
    from yarl import URL

    from otppi.domain.subscriber import Subscriber

CLOSE_SECONDS: Final = 1.5
ABORT_SECONDS: Final = 0.3
_NEVER: Final[FieldTable] = {"x-priority": "never"}

for _name in ("aiormq", "aio_pika"):
    # They log frames with the bodies in them, and as errors what we tell as Trouble.
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)


class Link:
    """One connection, used once. Errors are the library's."""

    def __init__(self, subscriber: Subscriber, context: ssl.SSLContext | None) -> None:
        login, password = subscriber.username, subscriber.password
        self._transport = _Transport(context)
        self._connection = aio_pika.Connection(
            make_url(
                host=subscriber.host,
                port=subscriber.port,
                login=login or "guest",
                password=password.reveal() if password is not None else "guest",
                virtualhost=subscriber.vhost,
                heartbeat=max(1, int(subscriber.heartbeat)),
            ),
            client_properties={"connection_name": f"otppi {subscriber.name}"},
        )
        self._connection.kwargs["transport_factory"] = self._transport

    async def open(self, ended: Callable[[object, BaseException | None], None]) -> None:
        """`ended` is called when a connection that stood is no more, whoever ended it."""
        await self._connection.connect()
        self._connection.close_callbacks.add(ended)

    @property
    def stands(self) -> bool:
        """Whether nobody has ended it."""
        return self._connection.transport is not None and not self._connection.transport.connection.is_closed

    async def channel(self, *, confirms: bool = False) -> AbstractChannel:
        """A new one; with confirms a message that cannot be routed raises."""
        channel = self._connection.channel(publisher_confirms=confirms, on_return_raises=confirms)
        await channel.initialize()
        return channel

    async def has(self, queue: str) -> bool:
        """Whether it is there, of whatever kind."""
        try:
            async with self._aside() as channel:
                await channel.declare_queue(queue, passive=True)
        except amqp.ChannelNotFoundEntity:
            return False
        return True

    async def declare(self, queue: str, *, durable: bool) -> None:
        """Make it, unless it is there as it would be made."""
        async with self._aside() as channel:
            await channel.declare_queue(queue, durable=durable)

    async def may_read(self, queue: str) -> None:
        """Raises what the broker would answer to a consumer, and takes nothing: rights and queue are looked at before
        the arguments (RabbitMQ's rabbit_channel and rabbit_amqqueue), and a priority in words is refused of them."""
        with contextlib.suppress(amqp.ChannelPreconditionFailed):
            async with self._aside() as channel:
                await channel.set_qos(prefetch_count=1)
                await (await channel.get_underlay_channel()).basic_consume(queue, _nothing, arguments=_NEVER)

    async def close(self, *channels: AbstractChannel | None) -> None:
        """Never raises; within 1.8 seconds. The channels first: what was written to them is sent before that."""
        inner = self._connection.transport and self._connection.transport.connection
        await quietly(self._close(channels), CLOSE_SECONDS)
        self._transport.abort()
        if inner and not inner.is_closed:
            await quietly(inner.close(), ABORT_SECONDS)

    async def _close(self, channels: tuple[AbstractChannel | None, ...]) -> None:
        for channel in channels:
            if channel is not None and not channel.is_closed:
                await channel.close()
        await self._connection.close()

    @contextlib.asynccontextmanager
    async def _aside(self) -> AsyncIterator[AbstractChannel]:
        """A channel for one question: one that is refused ends its channel."""
        channel = await self.channel()
        try:
            yield channel
        finally:
            await quietly(channel.close(), CLOSE_SECONDS)


async def quietly(work: Awaitable[object], seconds: float) -> None:
    """An end that may fail and must not last."""
    with contextlib.suppress(Exception):
        async with asyncio.timeout(seconds):
            await work


async def _nothing(_message: object) -> None:
    """Nothing is ever brought here."""


class _Transport(TransportFactory):
    """The library's connection with the end in our hand: its own waits for the other side."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self._context = context
        self._writer: asyncio.StreamWriter | None = None

    async def create(self, url: URL, **_kwargs: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, self._writer = await asyncio.open_connection(url.host, url.port, ssl=self._context)
        return reader, self._writer

    def abort(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()
