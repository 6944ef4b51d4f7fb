"""A gateway with a subscriber at a broker in memory, for tests in virtual time."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bench import Bench, gateway

from otppi.app.brokers.subscriptions import Subscriptions
from otppi.domain.subscriber import Method, Subscriber
from otppi.ports.store import StoreUnavailable
from otppi.testing.fake_connector import FakeBroker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from otppi.ports.subscribers import RefusedRequest, SubscriberEntry


@dataclass
class Rows:
    """Refusals in memory, on the bench's disk."""

    bench: Bench
    written: list[RefusedRequest] = field(default_factory=list)

    async def refuse(self, refused: RefusedRequest) -> None:
        if self.bench.disk.broken:
            raise StoreUnavailable
        self.written.append(refused)

    async def refusals(self, limit: int, subscriber: str = "") -> list[RefusedRequest]:
        return [row for row in self.written[::-1] if subscriber in ("", row.subscriber)][:limit]

    async def all(self) -> list[SubscriberEntry]:
        return []

    async def add(self, entry: SubscriberEntry) -> None:
        raise NotImplementedError

    async def put(self, entry: SubscriberEntry) -> None:
        raise NotImplementedError

    async def remove(self, name: str) -> None:
        raise NotImplementedError


@dataclass
class Doors:
    """A gateway with one subscriber at a broker in memory."""

    bench: Bench
    broker: FakeBroker
    rows: Rows
    running: Subscriptions
    subscriber: Subscriber

    async def send(self, command: str = "send-sms", settle: float = 2.0, topic: str = "sms", **more: Any) -> bytes:
        """Publish a request; `more` are members of the document, and of `data` where it has no `data` of its own."""
        members = {key: more.pop(key) for key in ("callback_topic", "callback_delay") if key in more}
        body = json.dumps({"command": command, "data": more, **members}).encode()
        await self.raw(body, settle, topic)
        return body

    async def raw(self, body: bytes, settle: float = 2.0, topic: str = "sms") -> None:
        self.broker.publish(topic, body)
        await asyncio.sleep(settle)

    async def sms(self, number: int = 1, text: str = "Halo", **more: Any) -> bytes:
        return await self.send(receiver=f"+62812000{number:05d}", message=text, **more)

    @property
    def standing(self) -> dict[str, Any]:
        return dict(self.running.status()["shop"])


SHOP = Subscriber.of("shop", Method.RABBITMQ, {"reconnect_delay": "5s", "heartbeat": "10s", "timeout": "3s"})


@asynccontextmanager
async def doors(folder: Path, subscriber: Subscriber = SHOP, **bench: Any) -> AsyncIterator[Doors]:
    async with gateway(folder, **bench) as made:
        broker, rows = FakeBroker(keeps=subscriber.keeps), Rows(made)
        running = Subscriptions(
            gateway=made.app.gateway,
            vault=made.vault,
            clock=made.clock,
            alarms=made.app.alarms,
            configuration=made.app.configuration,
            rows=rows,
            connect=broker.connector,
            chance=lambda: 0.5,
        )
        await running.follow((subscriber,))
        await asyncio.sleep(0.1)
        try:
            yield Doors(made, broker, rows, running, subscriber)
        finally:
            await running.stop()


def changed(**values: str) -> Subscriber:
    """The subscriber with other rows."""
    texts = {"reconnect_delay": "5s", "heartbeat": "10s", "timeout": "3s"} | values
    return Subscriber.of("shop", Method.RABBITMQ, texts)
