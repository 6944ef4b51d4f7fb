"""RabbitMQ (AMQP 0-9-1) by aio-pika: one queue, acknowledged by hand once a message is safe, replies with confirms.

The queue has the name of the topic and is reached over the default exchange. Reconnecting is the application's
business: a connection that has ended stays so.
"""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING, Final

import aio_pika
import aiormq
from aio_pika.exceptions import DeliveryError, PublishError
from aiormq import exceptions as amqp

from otppi.intake.brokers.takings import Takings
from otppi.intake.brokers.troubles import network_trouble, said
from otppi.intake.brokers.trust import trust
from otppi.ports.connector import Arrival, Trouble

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator

    from aio_pika.abc import AbstractChannel, AbstractConnection
    from aiormq.abc import DeliveredMessage

    from otppi.domain.subscriber import Subscriber
    from otppi.ports.connector import Take

BODY_MOST: Final = 64 * 1024 + 1
CLOSE_SECONDS: Final = 1.8
CANCEL_SECONDS: Final = 1.0
KNOWN_MOST: Final = 100
"""So many callback queues are remembered as being there."""
_NOT_ALLOWED: Final = 530
_ACCESS_REFUSED: Final = 403


class RabbitConnector:
    """Implements `ports.connector.Connector`."""

    def __init__(self, subscriber: Subscriber) -> None:
        """Raises Trouble `tls` where the file of authorities cannot be read."""
        self._subscriber = subscriber
        self._context = trust(subscriber)
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._replies: AbstractChannel | None = None
        self._known: set[str] = set()
        self._replying = asyncio.Lock()
        self._lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def connect(self) -> None:
        """See the port."""
        with self._told():
            async with asyncio.timeout(self._subscriber.timeout):
                connection = await self._open()
                await self._make_sure(connection)
                self._channel = connection.channel(publisher_confirms=False)
                await self._channel.initialize()
                await self._channel.set_qos(prefetch_count=self._subscriber.prefetch)
                self._channel.close_callbacks.add(self._closed)

    async def consume(self, take: Take) -> None:
        """See the port."""
        if self._channel is None:
            raise Trouble("lost", "nothing is connected")
        takings = Takings(take, self._subscriber.prefetch)
        channel = await self._channel.get_underlay_channel()
        channel.on_consumer_cancel_callbacks.add(self._cancelled)
        tag = f"otppi-{self._subscriber.name}"
        try:
            with self._told():
                callback = partial(self._arrived, takings, channel)
                await channel.basic_consume(self._subscriber.topic, callback, consumer_tag=tag)
                await asyncio.wait({self._lost, takings.broken}, return_when=asyncio.FIRST_COMPLETED)
                (self._lost if self._lost.done() else takings.broken).result()
        finally:
            await self._quietly(channel.basic_cancel(tag), CANCEL_SECONDS)
            await takings.end()

    async def reply(self, topic: str, body: bytes) -> None:
        """To the queue of that name, persistent; it is made, durable, where there is none."""
        async with self._replying:
            try:
                with self._told():
                    await self._publish(topic, body)
            except Trouble:
                self._known.discard(topic)
                self._replies = None
                raise

    async def health(self) -> None:
        """Open and close a channel: the broker must answer both."""
        with self._told():
            channel = self._standing().channel()
            await channel.initialize()
            await channel.close()

    async def close(self) -> None:
        """See the port. The channel first: what was acknowledged is on its way before it."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if self._channel is not None and not self._channel.is_closed:
            await self._quietly(self._channel.close(), CLOSE_SECONDS / 2)
        await self._quietly(connection.close(), CLOSE_SECONDS / 2)

    async def check(self) -> None:
        """Looks at the queue passively; makes none."""
        try:
            with self._told():
                async with asyncio.timeout(self._subscriber.timeout):
                    there = await self._is_there(await self._open(), self._subscriber.topic)
        finally:
            await self.close()
        if not there and self._subscriber.declare == "never":
            raise self._no_queue()

    # -- connecting ----------------------------------------------------------------------------------------------------

    async def _open(self) -> AbstractConnection:
        subscriber = self._subscriber
        login, password = subscriber.username, subscriber.password
        self._connection = await aio_pika.connect(
            host=subscriber.host,
            port=subscriber.port,
            login=login or "guest",
            password=password.reveal() if password is not None else "guest",
            virtualhost=subscriber.vhost,
            ssl=self._context is not None,
            ssl_context=self._context,
            client_properties={"connection_name": f"otppi {subscriber.name}"},
            heartbeat=max(1, int(subscriber.heartbeat)),
        )
        self._connection.close_callbacks.add(self._closed)
        return self._connection

    async def _make_sure(self, connection: AbstractConnection) -> None:
        """The queue is there, as `declare` says."""
        declare, topic = self._subscriber.declare, self._subscriber.topic
        if declare == "never":
            return
        if declare == "passive_then_durable" and await self._is_there(connection, topic):
            return
        await self._declare(connection, topic, durable=declare != "transient")

    async def _is_there(self, connection: AbstractConnection, queue: str) -> bool:
        try:
            await self._declare(connection, queue, passive=True)
        except amqp.ChannelNotFoundEntity:
            return False
        return True

    async def _declare(
        self, connection: AbstractConnection, queue: str, *, durable: bool = False, passive: bool = False
    ) -> None:
        """On a channel of its own: one that is refused closes it."""
        channel = connection.channel(publisher_confirms=False)
        await channel.initialize()
        try:
            await channel.declare_queue(queue, durable=durable, passive=passive)
        finally:
            await self._quietly(channel.close(), CANCEL_SECONDS)

    # -- while it stands -----------------------------------------------------------------------------------------------

    async def _arrived(self, takings: Takings, channel: aiormq.abc.AbstractChannel, message: DeliveredMessage) -> None:
        tag = message.delivery_tag or 0
        arrival = Arrival(
            bytes(message.body[:BODY_MOST]),
            message.header.properties.message_id or "",
            bool(message.redelivered),
        )
        await takings.begin(arrival, partial(channel.basic_ack, tag, wait=False))

    async def _publish(self, topic: str, body: bytes) -> None:
        connection = self._standing()
        if topic not in self._known:
            if not await self._is_there(connection, topic):
                await self._declare(connection, topic, durable=True)
            if len(self._known) >= KNOWN_MOST:
                self._known.clear()
            self._known.add(topic)
        if self._replies is None or self._replies.is_closed:
            self._replies = connection.channel(publisher_confirms=True, on_return_raises=True)
            await self._replies.initialize()
        message = aio_pika.Message(
            body, content_type="application/json", delivery_mode=aio_pika.DeliveryMode.PERSISTENT
        )
        await self._replies.default_exchange.publish(message, routing_key=topic, mandatory=True)

    def _standing(self) -> AbstractConnection:
        if self._connection is None or self._connection.is_closed or self._lost.done():
            raise Trouble("lost", "the connection has ended")
        return self._connection

    def _closed(self, _of: object, error: BaseException | None) -> None:
        """Connection or channel was closed, by whomever."""
        self._end(error if isinstance(error, Exception) else Trouble("lost", "the broker ended the connection"))

    def _cancelled(self, _frame: object) -> None:
        self._end(Trouble("topic", f"the queue {self._subscriber.topic} was deleted, or moved to another node"))

    def _end(self, error: Exception) -> None:
        if not self._lost.done():
            trouble = self._trouble(error)
            self._lost.set_exception(Trouble("lost", trouble.words) if trouble.what == "connect" else trouble)
            self._lost.exception()  # it may be that nobody waits for it any more

    async def _quietly(self, work: Awaitable[object], seconds: float) -> None:
        """An end that may fail and must not last."""
        with contextlib.suppress(Exception):
            async with asyncio.timeout(seconds):
                await work

    # -- what went wrong -----------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Whatever the library raises is a Trouble to the caller."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - the port promises that all errors are Trouble
            raise self._trouble(error) from None

    def _trouble(self, error: Exception) -> Trouble:
        if isinstance(error, Trouble):
            return error
        for find in (self._of_rights, self._of_connection):
            if (trouble := find(error)) is not None:
                return trouble
        if (trouble := network_trouble(error, self._subscriber)) is not None:
            return trouble
        if isinstance(error, (ConnectionError, EOFError, amqp.ChannelInvalidStateError)):
            return Trouble("lost", "the connection has ended")
        return Trouble("protocol", f"the connection failed ({type(error).__name__})")

    def _of_rights(self, error: Exception) -> Trouble | None:
        """Who we are, what we may, and the queue."""
        topic = self._subscriber.topic
        match error:
            case amqp.ProbableAuthenticationError() | amqp.AuthenticationError():
                return Trouble("login", "the broker refuses this user: check username and password")
            case amqp.ChannelAccessRefused():
                words = f"this user may not read or declare the queue {topic}: check its permissions"
                return Trouble("permission", words)
            case amqp.ChannelPreconditionFailed():
                words = f"a queue {topic} of another kind is there already"
                return Trouble("topic", f"{words}: set declare=passive_then_durable to take it as it is")
            case amqp.ChannelLockedResource():
                return Trouble("topic", f"the queue {topic} belongs to another connection alone")
            case amqp.ChannelNotFoundEntity():
                return self._no_queue()
            case DeliveryError() | PublishError():
                return Trouble("topic", "the broker did not take a reply: its callback queue cannot be reached")
        return None

    def _of_connection(self, error: Exception) -> Trouble | None:
        """What the other end speaks, and why it closed."""
        subscriber = self._subscriber
        no_vhost = f"the virtual host {subscriber.vhost} is not there, or this user may not enter it: check vhost"
        match error:
            case amqp.InvalidFrameError() if "NOT_ALLOWED" in str(error):
                return Trouble("permission", no_vhost)  # so the library puts the answer to Connection.Open
            case amqp.IncompatibleProtocolError() | amqp.ProtocolSyntaxError():
                words = f"{subscriber.host} port {subscriber.port} does not speak AMQP 0-9-1: check port and tls"
                return Trouble("protocol", words)
            case amqp.ConnectionClosed():
                code = error.args[0] if error.args else 0
                if code in (_NOT_ALLOWED, _ACCESS_REFUSED) or isinstance(error, amqp.ConnectionNotAllowed):
                    return Trouble("permission", no_vhost)
                return Trouble("lost", f"the broker ended the connection: {said(error.args[-1] if error.args else '')}")
        return None

    def _no_queue(self) -> Trouble:
        words = f"there is no queue {self._subscriber.topic}, and declare={self._subscriber.declare} makes none"
        return Trouble("topic", f"{words}: make it, or set declare")
