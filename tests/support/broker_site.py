"""A running gateway connected to real brokers: all four, each with its own subscriber, as an owner sets them up."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any, Final

from broker_server import PASSWORD
from gateway import until
from mosquitto_server import MosquittoServer
from rabbitmq_server import RabbitServer
from redis_server import RedisServer
from ws_broker_server import WsBrokerServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from broker_server import BrokerServer
    from gateway import Site

SERVERS: Final[Mapping[str, Callable[[Path], BrokerServer]]] = {
    "rabbitmq": RabbitServer,
    "redis": RedisServer,
    "mqtt": MosquittoServer,
    "websocket": WsBrokerServer,
}
"""Each kind of broker, by the method of its subscribers."""


@contextlib.contextmanager
def running(folder: Path) -> Iterator[dict[str, BrokerServer]]:
    """All of them, started; they end with the block."""
    servers = {method: make(folder / method) for method, make in SERVERS.items()}
    with contextlib.ExitStack() as stack:
        for server in servers.values():
            stack.callback(server.stop)
            server.start()
        yield servers


def add(site: Site, name: str, server: BrokerServer, topic: str, password: str = PASSWORD, **more: str) -> None:
    """Add a subscriber of the server. `more`: further rows of it."""
    pairs = [f"{key}={value}" for key, value in {**server.values(topic), **more}.items()]
    site.owner("subscriber", "add", name, server.method, *pairs, "--password-stdin", stdin=password)


def subscribe(site: Site, name: str, server: BrokerServer, topic: str, **more: str) -> None:
    """The same, and wait until it is connected."""
    add(site, name, server, topic, **more)
    until(lambda: standing(site, name)["state"] == "connected", f"{name} is connected")


def standing(site: Site, name: str) -> dict[str, Any]:
    """How a subscriber stands, as `otppi subscriber list` shows it."""
    rows: list[dict[str, Any]] = json.loads(site.owner("subscriber", "list", "--json"))
    (row,) = [row for row in rows if row["name"] == name]
    return row


def blocked(site: Site) -> set[str]:
    """The numbers that get no SMS now."""
    return {row["number"].lstrip("+") for row in json.loads(site.owner("block", "list", "--json")) if row["active"]}


def refusals(site: Site, name: str) -> list[dict[str, Any]]:
    """What was refused of a subscriber, the newest first."""
    rows: list[dict[str, Any]] = json.loads(site.owner("subscriber", "refusals", name, "--json"))
    return rows
