"""What `tests/contracts/test_connectors.py` holds to one contract: each connector at its broker, over a link that can
be cut or fall silent.

To add a door: give its server (`broker_server.BrokerServer`) and what is special about it a line in `DOORS`.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from broker_server import PASSWORD
from connector_hands import consuming, trouble_of
from mosquitto_server import MosquittoServer
from rabbitmq_server import RabbitServer
from redis_server import RedisServer, channel_server
from ws_broker_server import WsBrokerServer

from otppi.domain.secret import Secret
from otppi.domain.subscriber import Method, Subscriber
from otppi.intake.brokers.factory import connect
from otppi.testing.fake_connector import FakeBroker

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from broker_server import BrokerServer
    from connector_hands import Hands
    from cut_proxy import CutProxy

    from otppi.ports.connector import Connector


@dataclass(frozen=True)
class Door:
    """`keeps`: its broker keeps a message until it is acknowledged. `bounded`: prefetch bounds what is taken.
    `chooses`: so does the room there is, while it consumes.
    `knows_rights`: its broker knows users who may sign in and do nothing. `large`: its broker gives on bodies beyond
    64 KiB; ours does not, and `tests/integration/test_websocket.py` has another. Without a server it is the fake."""

    server: Callable[[Path], BrokerServer] | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    keeps: bool = True
    bounded: bool = True
    chooses: bool = False
    knows_rights: bool = True
    large: bool = True


DOORS: Final[Mapping[str, Door]] = {
    "fake": Door(chooses=True),
    "fake that keeps nothing": Door(keeps=False, bounded=False),
    "rabbitmq": Door(RabbitServer, chooses=True),
    "redis stream": Door(RedisServer, chooses=True),
    "redis pubsub": Door(channel_server, keeps=False, bounded=False),
    "mqtt 3.1.1": Door(MosquittoServer, {"version": "3.1.1"}),
    "mqtt 5": Door(MosquittoServer, {"version": "5"}),
    "mqtt 5, qos 2": Door(MosquittoServer, {"version": "5", "qos": "2"}),
    "mqtt, qos 0": Door(MosquittoServer, {"qos": "0"}, keeps=False),
    "websocket": Door(WsBrokerServer, keeps=False, bounded=False, knows_rights=False, large=False),
}


class Heard(Protocol):
    """What listens on a callback topic."""

    async def get(self) -> bytes:
        """The next body."""


class Stand(Protocol):
    """A connector's broker and the link to it."""

    door: Door

    def subscriber(self, topic: str, password: str = PASSWORD, **changes: str) -> Subscriber:
        """Who reads `topic` over the link; `changes` replace its rows."""

    def connector(self, subscriber: Subscriber) -> Connector:
        """A new one."""

    async def publish(self, topic: str, bodies: Sequence[bytes]) -> None:
        """As a client would, not over the link."""

    async def left(self, topic: str) -> int:
        """See `broker_server.BrokerServer`."""

    def listening(self, topic: str) -> AbstractAsyncContextManager[Heard]:
        """A client that waits for replies."""

    def cut(self) -> None:
        """What is connected breaks."""

    def freeze(self) -> None:
        """Nothing comes through, and nothing ends."""


class FakeStand:
    """`FakeBroker`; it has no link but itself."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self._broker = FakeBroker(keeps=door.keeps)

    def subscriber(self, topic: str, password: str = PASSWORD, **changes: str) -> Subscriber:
        rows = {"topic": topic, "timeout": "2s", **changes}
        method = Method.RABBITMQ if self.door.keeps else Method.WEBSOCKET
        return Subscriber.of("shop", method, rows, Secret(password))

    def connector(self, subscriber: Subscriber) -> Connector:
        return self._broker.connector(subscriber)

    async def publish(self, topic: str, bodies: Sequence[bytes]) -> None:
        for body in bodies:
            self._broker.publish(topic, body)

    async def left(self, topic: str) -> int:
        return self._broker.left(topic) if self.door.keeps else -1

    @contextlib.asynccontextmanager
    async def listening(self, topic: str) -> AsyncIterator[Heard]:
        yield _Replies(self._broker, topic)

    def cut(self) -> None:
        self._broker.cut()

    def freeze(self) -> None:
        self._broker.frozen = True


@dataclass
class _Replies:
    broker: FakeBroker
    topic: str

    async def get(self) -> bytes:
        """The next one, which has come already."""
        topic, body = self.broker.replies.pop(0)
        assert topic == self.topic
        return body


class RealStand:
    """A server and a proxy before it."""

    def __init__(self, door: Door, server: BrokerServer, proxy: CutProxy) -> None:
        self.door, self.server, self.proxy = door, server, proxy

    def subscriber(self, topic: str, password: str = PASSWORD, **changes: str) -> Subscriber:
        rows = {**self.server.values(topic), **self.door.values, "port": str(self.proxy.port)}
        rows |= {name.replace("__", "."): text for name, text in changes.items()}
        return Subscriber.of("shop", Method(self.server.method), rows, Secret(password))

    def connector(self, subscriber: Subscriber) -> Connector:
        return connect(subscriber)

    async def publish(self, topic: str, bodies: Sequence[bytes]) -> None:
        await self.server.publish(topic, bodies)

    async def left(self, topic: str) -> int:
        return await self.server.left(topic)

    def listening(self, topic: str) -> AbstractAsyncContextManager[Heard]:
        return self.server.listening(topic)

    def cut(self) -> None:
        self.proxy.cut()

    def freeze(self) -> None:
        self.proxy.freeze()


@contextlib.asynccontextmanager
async def working(stand: Stand, subscriber: Subscriber, hands: Hands) -> AsyncIterator[Consumer]:
    """A connector of the stand, connected and consuming; stopped in good order after it."""
    connector = stand.connector(subscriber)
    async with consuming(connector, hands) as task:
        # A client of Redis's channel or of a topic that keeps nothing must be there before what it is to hear.
        await connector.health()
        yield Consumer(connector, task)


@dataclass
class Consumer:
    """A connector at work."""

    connector: Connector
    task: asyncio.Task[None]


async def refused(connector: Callable[[], Connector]) -> set[str]:
    """What is wrong, as connecting and as the owner's test say it."""
    connecting = connector()
    try:
        told = {(await trouble_of(connecting.connect())).what}
    finally:
        await connecting.close()
    return told | {(await trouble_of(connector().check())).what}
