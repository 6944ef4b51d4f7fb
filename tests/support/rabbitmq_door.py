"""What the tests of the door to RabbitMQ share: a subscriber, hands that take, and the connector at work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aio_pika.exceptions import ChannelNotFoundEntity, ChannelPreconditionFailed
from broker_server import PASSWORD

from otppi.domain.secret import Secret
from otppi.domain.subscriber import Method, Subscriber
from otppi.intake.brokers.rabbitmq import RabbitConnector

if TYPE_CHECKING:
    from rabbitmq_server import RabbitServer


KINDS = ("none", "durable", "transient")
"""What a queue may be before we come."""


def connector(server: RabbitServer, topic: str, password: str = PASSWORD, **values: str) -> RabbitConnector:
    """Of the server's rows, with others in their place; `tls_ca` is tls.ca."""
    rows = server.values(topic) | {name.replace("tls_ca", "tls.ca"): value for name, value in values.items()}
    return RabbitConnector(Subscriber.of("orders", Method.RABBITMQ, rows, Secret(password)))


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
