"""The ways by which requests come from brokers, as the reference tells them: for asyncapi.json and its page.

Bindings are those of AsyncAPI (https://github.com/asyncapi/bindings).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Way:
    """One way a request can come. `requests` and `answers` are channel bindings, `receive` and `send` those of
    operations."""

    key: str
    title: str
    servers: tuple[str, ...]
    acknowledged: str
    answered: str
    requests: Mapping[str, Any]
    receive: Mapping[str, Any]
    answers: Mapping[str, Any]
    send: Mapping[str, Any]


_SAFE: Final = "once it is committed here, or refused for good and that is written down"
_AT_ONCE: Final = "Not acknowledged: the broker keeps nothing, and what comes while nobody listens is lost."
_AMQP: Final = {"bindingVersion": "0.3.0"}
_MQTT: Final = {"bindingVersion": "0.2.0"}
_TOPIC_QUERY: Final = {
    "ws": {
        "method": "GET",
        "query": {
            "type": "object",
            "required": ["topic"],
            "properties": {"topic": {"type": "string", "description": "The topic, percent-encoded."}},
        },
        "bindingVersion": "0.1.0",
    }
}

WAYS: Final = (
    Way(
        "rabbitmq",
        "RabbitMQ (AMQP 0-9-1)",
        ("rabbitmq", "rabbitmqTls"),
        f"Acknowledged by hand {_SAFE}. Before that at most `prefetch` are taken, and no more than"
        " the gateway has places for.",
        "To the queue of that name over the default exchange, persistent and confirmed; it is made, durable, where"
        " there is none.",
        {
            "amqp": {
                "is": "queue",
                "queue": {"durable": True, "exclusive": False, "autoDelete": False, "vhost": "/"},
                **_AMQP,
            }
        },
        {"amqp": {"ack": True, **_AMQP}},
        {
            "amqp": {
                "is": "queue",
                "queue": {"durable": True, "exclusive": False, "autoDelete": False, "vhost": "/"},
                **_AMQP,
            }
        },
        {"amqp": {"deliveryMode": 2, "mandatory": True, **_AMQP}},
    ),
    Way(
        "redisChannel",
        "Redis, channel (mode=pubsub)",
        ("redis", "redisTls"),
        _AT_ONCE,
        "Published to the channel of that name.",
        {"redis": {}},
        {"redis": {}},
        {"redis": {}},
        {"redis": {}},
    ),
    Way(
        "redisStream",
        "Redis, stream (mode=stream)",
        ("redis", "redisTls"),
        f"Acknowledged by XACK {_SAFE}. The request is the field `body` of an entry.",
        "Added to the stream of that name, as the field `body` of an entry.",
        {"redis": {}},
        {"redis": {}},
        {"redis": {}},
        {"redis": {}},
    ),
    Way(
        "mqtt",
        "MQTT 3.1.1 and 5",
        ("mqtt", "mqttTls"),
        f"With QoS 1 acknowledged by PUBACK, with QoS 2 by PUBREC, {_SAFE}. With QoS 0 the broker keeps nothing, and"
        " what comes while nobody listens is lost. Retained messages are ignored.",
        "Published to that topic with QoS 1, not retained. It must not match the topic of requests, nor hold + or #.",
        {"mqtt": {}},
        {"mqtt": {"qos": 1, **_MQTT}},
        {"mqtt": {}},
        {"mqtt": {"qos": 1, "retain": False, **_MQTT}},
    ),
    Way(
        "websocket",
        "WebSocket (WSMessageBroker)",
        ("websocket", "websocketTls"),
        _AT_ONCE,
        "As one text message over a second connection with that topic, closed after it.",
        _TOPIC_QUERY,
        {"ws": {}},
        _TOPIC_QUERY,
        {"ws": {}},
    ),
)
