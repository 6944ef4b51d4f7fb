"""The AsyncAPI 3.0 document of the doors to brokers, made at build time (https://www.asyncapi.com/docs/reference).

The gateway is the application it describes: it receives requests and sends answers.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import otppi
from otppi.cli.broker_messages import answer_messages, message, request, title
from otppi.cli.broker_ways import WAYS
from otppi.domain.subscriber import PORTS, ROWS, Method
from otppi.wire import schemas

if TYPE_CHECKING:
    from otppi.cli.broker_ways import Way

DOCUMENT: Final = Path("docs/reference/asyncapi.json")

_ABOUT: Final = (
    "The gateway connects to your broker and takes requests from one topic of it (a subscriber). It answers on the"
    " topic that a request names, where it may. Everything here is seen from the gateway: it receives requests, and"
    " sends answers."
)

_ADDRESS: Final = "$message.payload#/callback_topic"


def document() -> dict[str, Any]:
    """The whole document, in a stable order."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for way in WAYS:
        channels |= _channels(way)
        operations |= _operations(way)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "OTP-Pi over brokers",
            "version": otppi.__version__,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": {**{title(name): message(name) for name in schemas.FIELDS}, **answer_messages()},
            "schemas": {
                **{title(name): request(name) for name in schemas.FIELDS},
                "Reply": dict(schemas.REPLY),
                "Echo": dict(schemas.ECHO),
            },
            "securitySchemes": {
                "password": {"type": "userPassword", "description": "`username` and the password of the subscriber."},
                "basic": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "`username` and the password of the subscriber, in the handshake.",
                },
            },
        },
    }


def render() -> str:
    """The document as it is kept."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def _servers() -> dict[str, Any]:
    known = (
        (Method.RABBITMQ, "amqp", "amqps", "AMQP 0-9-1"),
        (Method.REDIS, "redis", "rediss", "Redis; streams from 6.2 on"),
        (Method.MQTT, "mqtt", "secure-mqtt", "MQTT 3.1.1 or 5"),
        (Method.WEBSOCKET, "ws", "wss", "WSMessageBroker, such as `otppi ws-broker`"),
    )
    servers: dict[str, Any] = {}
    for method, plain, secure, words in known:
        port, secure_port = map(str, PORTS[method])
        scheme = "basic" if method is Method.WEBSOCKET else "password"
        servers[method.value] = _server(plain, port, f"{words}, without TLS (`tls=false`).", scheme)
        servers[f"{method.value}Tls"] = _server(
            secure, secure_port, f"{words}, over TLS (`tls=true`): its certificate is verified.", scheme
        )
    servers["mqtt"]["protocolVersion"] = servers["mqttTls"]["protocolVersion"] = ROWS["version"].default
    return servers


def _server(protocol: str, port: str, words: str, scheme: str) -> dict[str, Any]:
    return {
        "host": "{host}:{port}",
        "protocol": protocol,
        "description": words,
        "variables": {
            "host": {"default": ROWS["host"].default, "description": ROWS["host"].help},
            "port": {"default": port, "description": "Port of the broker."},
        },
        "security": [{"$ref": f"#/components/securitySchemes/{scheme}"}],
    }


def _channels(way: Way) -> dict[str, Any]:
    servers = [{"$ref": f"#/servers/{name}"} for name in way.servers]
    asked = {title(name): {"$ref": f"#/components/messages/{title(name)}"} for name in schemas.FIELDS}
    answered = {name: {"$ref": f"#/components/messages/{name}"} for name in answer_messages()}
    return {
        f"{way.key}Requests": {
            "address": "{topic}",
            "title": f"Requests by {way.title}",
            "servers": servers,
            "parameters": {"topic": {"default": ROWS["topic"].default, "description": ROWS["topic"].help}},
            "messages": asked,
            "bindings": dict(way.requests),
        },
        f"{way.key}Answers": {
            "address": None,
            "title": f"Answers by {way.title}",
            "description": f"The `callback_topic` of the request. {way.answered}",
            "servers": servers,
            "messages": answered,
            "bindings": dict(way.answers),
        },
    }


def _operations(way: Way) -> dict[str, Any]:
    requests, answers = f"#/channels/{way.key}Requests", f"#/channels/{way.key}Answers"
    answered = [{"$ref": f"{answers}/messages/{name}"} for name in answer_messages()]
    return {
        f"receive{way.key[0].upper()}{way.key[1:]}Request": {
            "action": "receive",
            "channel": {"$ref": requests},
            "summary": f"Take a request from {way.title}",
            "description": way.acknowledged,
            "messages": [{"$ref": f"{requests}/messages/{title(name)}"} for name in schemas.FIELDS],
            "bindings": dict(way.receive),
            "reply": {
                "address": {"location": _ADDRESS, "description": "Where the request wants it."},
                "channel": {"$ref": answers},
                "messages": answered,
            },
        },
        f"send{way.key[0].upper()}{way.key[1:]}Answer": {
            "action": "send",
            "channel": {"$ref": answers},
            "summary": f"Answer over {way.title}",
            "description": way.answered,
            "messages": answered,
            "bindings": dict(way.send),
        },
    }
