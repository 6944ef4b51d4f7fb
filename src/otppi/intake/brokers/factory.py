"""Which connector speaks which protocol. Nothing of a protocol is imported before a subscriber of it is made."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

from otppi.domain.subscriber import Method

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.domain.subscriber import Subscriber
    from otppi.ports.connector import Connector

_CLASSES: Final[Mapping[tuple[Method, str], tuple[str, str]]] = {
    (Method.RABBITMQ, ""): ("rabbitmq", "RabbitConnector"),
    (Method.REDIS, "pubsub"): ("redis_pubsub", "PubSubConnector"),
    (Method.REDIS, "stream"): ("redis_stream", "StreamConnector"),
    (Method.MQTT, ""): ("mqtt", "MqttConnector"),
    (Method.WEBSOCKET, ""): ("websocket", "WebSocketConnector"),
}
"""By protocol and, of Redis, by mode: the file in this folder and its class."""


def connect(subscriber: Subscriber) -> Connector:
    """Implements `ports.connector.Connect`."""
    mode = subscriber.mode if subscriber.method is Method.REDIS else ""
    file, name = _CLASSES[subscriber.method, mode]
    made: Connector = getattr(importlib.import_module(f"{__package__}.{file}"), name)(subscriber)
    return made


async def check(subscriber: Subscriber) -> None:
    """Connect as this subscriber would, and take nothing. Raises `ports.connector.Trouble`."""
    await connect(subscriber).check()
