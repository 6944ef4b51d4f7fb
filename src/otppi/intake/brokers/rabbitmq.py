"""RabbitMQ (AMQP 0-9-1) by aio-pika: one queue, acknowledged by hand once a message is safe, replies with confirms.

The queue has the name of the topic and is reached over the default exchange. Reconnecting is the application's
business: a connection that has ended stays so.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from functools import partial
from typing import TYPE_CHECKING, Final

import aio_pika
from aiormq import exceptions as amqp

from otppi.intake.brokers.rabbitmq_link import Link, quietly
from otppi.intake.brokers.rabbitmq_troubles import lost, no_queue, refused_declaration, trouble_of
from otppi.intake.brokers.takings import Takings
from otppi.intake.brokers.trust import trust
from otppi.intake.brokers.width import Width
from otppi.ports.connector import BODY_MOST, Arrival, Trouble, ample

if TYPE_CHECKING:
    from collections.abc import Iterator

    import aiormq.abc
    from aio_pika.abc import AbstractChannel
    from aiormq.abc import DeliveredMessage

    from otppi.domain.subscriber import Subscriber
    from otppi.ports.connector import Room, Take

CANCEL_SECONDS: Final = 1.0
KNOWN_MOST: Final = 100
"""So many callback queues are remembered as being there."""
NAME_MOST: Final = 255
"""Octets of a queue's name (AMQP 0-9-1, 4.2.1: shortstr)."""


class RabbitConnector:
    """Implements `ports.connector.Connector`."""

    def __init__(self, subscriber: Subscriber) -> None:
        """Raises Trouble `tls` where the file of authorities cannot be read."""
        self._subscriber = subscriber
        self._link = Link(subscriber, trust(subscriber))
        self._channel: AbstractChannel | None = None
        self._replies: AbstractChannel | None = None
        self._taking = False
        self._known: set[str] = set()
        self._replying = asyncio.Lock()
        self._lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def connect(self) -> None:
        """See the port. The queue is made now, as `declare` says, and whether we may read it is asked."""
        with self._told():
            async with asyncio.timeout(self._subscriber.timeout):
                await self._open()
                await self._make_sure()
                self._channel = await self._link.channel()
                self._channel.close_callbacks.add(self._ended)

    async def consume(self, take: Take, room: Room = ample, /) -> None:
        """See the port. The broker looks at a prefetch count when a consumer begins: another one is another consumer,
        on the same channel, where what the one before has brought stays open."""
        if self._channel is None or not self._link.stands:
            raise lost()
        takings = Takings(take, self._subscriber.prefetch)
        channel = await self._channel.get_underlay_channel()
        channel.on_consumer_cancel_callbacks.add(self._cancelled)
        width, tag, self._taking = Width(self._subscriber.prefetch, room), "", True
        arrived = partial(self._arrived, takings, channel, width)
        try:
            with self._told():
                # A tag of its own for each: by the tag RabbitMQ counts what is not acknowledged.
                for tag in self._tags():
                    await channel.basic_qos(prefetch_count=width.now)
                    await channel.basic_consume(self._subscriber.topic, arrived, consumer_tag=tag)
                    width.told()
                    await self._until_ended_or(width, takings)
                    await channel.basic_cancel(tag)
        finally:
            if tag and not self._lost.done():
                await quietly(channel.basic_cancel(tag), CANCEL_SECONDS)
            self._taking = False
            width.end()
            await takings.end()

    def _tags(self) -> Iterator[str]:
        name = f"otppi-{self._subscriber.name}"
        return (f"{name}-{number}" if number > 1 else name for number in itertools.count(1))

    async def _until_ended_or(self, width: Width, takings: Takings) -> None:
        """Returns when another width is wanted; raises what has ended the consuming."""
        changing = asyncio.create_task(width.changed(), name="width")
        ends: set[asyncio.Future[None]] = {self._lost, takings.broken}
        try:
            await asyncio.wait({*ends, changing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            changing.cancel()
        for end in ends:
            if end.done():
                end.result()

    async def reply(self, topic: str, body: bytes) -> None:
        """To the queue of that name, persistent; it is made, durable, where there is none."""
        async with self._replying:
            with self._told(topic):
                known = topic in self._known
                try:
                    await self._publish(topic, body)
                except amqp.PublishError:
                    self._known.discard(topic)
                    if not known:
                        raise
                    await self._publish(topic, body)

    async def health(self) -> None:
        """Open and close a channel: the broker must answer both."""
        with self._told():
            self._must_stand()
            await (await self._link.channel()).close()

    async def close(self) -> None:
        """See the port."""
        await self._link.close(self._channel)

    async def check(self) -> None:
        """Looks at the queue passively and makes none; where there is none, whether it may be read is asked all the
        same, and whether it could be made is not."""
        try:
            with self._told():
                async with asyncio.timeout(self._subscriber.timeout):
                    await self._open()
                    await self._look()
        finally:
            await self.close()

    # -- connecting ----------------------------------------------------------------------------------------------------

    async def _open(self) -> None:
        if len(self._subscriber.topic.encode()) > NAME_MOST:
            raise Trouble("topic", f"a queue's name has at most {NAME_MOST} octets: choose a shorter topic")
        await self._link.open(self._ended)

    async def _look(self) -> None:
        if await self._link.has(self._subscriber.topic):
            await self._link.may_read(self._subscriber.topic)
        elif self._subscriber.declare == "never":
            raise no_queue(self._subscriber)
        else:
            with contextlib.suppress(amqp.ChannelNotFoundEntity):  # rights are looked at first
                await self._link.may_read(self._subscriber.topic)

    async def _make_sure(self) -> None:
        """The queue is there, as `declare` says, and may be read."""
        declare, topic = self._subscriber.declare, self._subscriber.topic
        there = declare in ("passive_then_durable", "never") and await self._link.has(topic)
        if not there and declare == "never":
            raise no_queue(self._subscriber)
        if not there:
            try:
                await self._link.declare(topic, durable=declare != "transient")
            except amqp.ChannelPreconditionFailed:
                raise refused_declaration(self._subscriber) from None
        await self._link.may_read(topic)

    # -- while it stands -----------------------------------------------------------------------------------------------

    async def _arrived(
        self, takings: Takings, channel: aiormq.abc.AbstractChannel, width: Width, message: DeliveredMessage
    ) -> None:
        if not self._taking:
            return  # it came late, and is the broker's again once the channel is closed
        arrival = Arrival(
            bytes(message.body[:BODY_MOST]),
            message.header.properties.message_id or "",
            bool(message.redelivered),
        )
        await takings.begin(arrival, partial(self._acknowledge, channel, width, message.delivery_tag or 0))

    async def _acknowledge(self, channel: aiormq.abc.AbstractChannel, width: Width, tag: int) -> None:
        await width.fits()
        await channel.basic_ack(tag, wait=False)

    async def _publish(self, topic: str, body: bytes) -> None:
        self._must_stand()
        if topic not in self._known:
            if not await self._link.has(topic):
                await self._link.declare(topic, durable=True)
            if len(self._known) >= KNOWN_MOST:
                self._known.clear()
            self._known.add(topic)
        if self._replies is None or self._replies.is_closed:
            self._replies = await self._link.channel(confirms=True)
        message = aio_pika.Message(
            body, content_type="application/json", delivery_mode=aio_pika.DeliveryMode.PERSISTENT
        )
        await self._replies.default_exchange.publish(message, routing_key=topic, mandatory=True)

    def _must_stand(self) -> None:
        if self._lost.done() or not self._link.stands:
            raise lost()

    def _ended(self, _of: object, error: BaseException | None) -> None:
        """Connection or channel was closed, by whomever."""
        self._lose(error if isinstance(error, Exception) else lost())

    def _cancelled(self, _frame: object) -> None:
        self._lose(Trouble("topic", f"the queue {self._subscriber.topic} was deleted, or moved to another node"))

    def _lose(self, error: Exception) -> None:
        if not self._lost.done():
            trouble = trouble_of(error, self._subscriber, self._subscriber.topic)
            if trouble.what in ("connect", "protocol"):
                trouble = Trouble("lost", trouble.words)
            self._lost.set_exception(trouble)
            self._lost.exception()  # it may be that nobody waits for it any more

    @contextlib.contextmanager
    def _told(self, queue: str = "") -> Iterator[None]:
        """Whatever the library raises is a Trouble to the caller, about that queue or else the subscriber's."""
        try:
            yield
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            raise lost() from None  # the library cancels what waits on a connection that ends
        except (amqp.ChannelInvalidStateError, ConnectionError, RuntimeError) as error:
            if self._lost.done():
                self._lost.result()
            raise trouble_of(error, self._subscriber, queue or self._subscriber.topic) from None
        except Exception as error:  # noqa: BLE001 - the port promises that all errors are Trouble
            raise trouble_of(error, self._subscriber, queue or self._subscriber.topic) from None
