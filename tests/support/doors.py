"""A real gateway behind real brokers: each door as a client of its broker and as its owner see it."""

from __future__ import annotations

import asyncio
import copy
import itertools
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import broker_site
from broker_server import PASSWORD
from mosquitto_server import MosquittoServer
from rabbitmq_server import RabbitServer
from redis_server import RedisServer, channel_server
from ws_broker_server import WsBrokerServer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from broker_server import BrokerServer
    from gateway import Site


@dataclass(frozen=True)
class Kind:
    """One door. `keeps`: its broker keeps messages until they are safe with us."""

    name: str
    server: Callable[[Path], BrokerServer]
    values: Mapping[str, str] = field(default_factory=dict)
    keeps: bool = True
    knows_rights: bool = True


KINDS: Final = (
    Kind("rabbitmq", RabbitServer),
    Kind("redis-stream", RedisServer),
    Kind("redis-pubsub", channel_server, keeps=False),
    Kind("mqtt-3.1.1", MosquittoServer, {"version": "3.1.1"}),
    Kind("mqtt-5", MosquittoServer, {"version": "5"}),
    Kind("websocket", WsBrokerServer, keeps=False, knows_rights=False),
)
_numbers = itertools.count(1)


async def eventually(holds: Callable[[], Any], what: str, seconds: float = 20.0) -> Any:
    """The first true value, looked for without holding up the loop. AssertionError after so long."""
    end = time.monotonic() + seconds
    while not (value := await asyncio.to_thread(holds)):
        assert time.monotonic() < end, f"not within {seconds:g} s: {what}"
        await asyncio.sleep(0.1)
    return value


@dataclass
class Door:
    """One subscriber of the gateway, on a topic of its own."""

    site: Site
    server: BrokerServer
    kind: Kind
    name: str
    topic: str

    async def send(self, command: str, members: Mapping[str, Any] | None = None, **data: Any) -> None:
        """Publish a request, as a client of the broker."""
        await self.server.publish(self.topic, [request(command, members, **data)])

    async def sms(self, receiver: str, message: str = "Halo", **data: Any) -> None:
        """Publish a send-sms."""
        await self.send("send-sms", receiver=receiver, message=message, **data)

    async def gets(self, receiver: str, *texts: str, seconds: float = 20.0) -> None:
        """Wait until the phone of this number shows exactly these texts."""
        shown = lambda: sorted(self.site.shown(receiver)) == sorted(texts)  # noqa: E731 - a name for what is asked
        await eventually(shown, f"{receiver} gets {texts}, and has {self.site.shown(receiver)}", seconds)

    def row(self) -> dict[str, Any]:
        """How it stands, as its owner sees it."""
        return broker_site.standing(self.site, self.name)

    async def becomes(self, state: str, seconds: float = 20.0) -> dict[str, Any]:
        """Wait until it is in this state; its row then."""
        seen: list[dict[str, Any]] = []

        def is_so() -> bool:
            seen.append(self.row())
            return bool(seen[-1]["state"] == state)

        await eventually(is_so, f"{self.name} is {state}", seconds)
        return seen[-1]

    def refusals(self) -> list[dict[str, Any]]:
        """What was refused of it, the newest first."""
        return broker_site.refusals(self.site, self.name)

    async def refused(self, count: int) -> list[dict[str, Any]]:
        """Wait until so many were; all of them."""
        await eventually(lambda: len(self.refusals()) >= count, f"{count} refusals of {self.name}")
        return self.refusals()

    def alarms(self) -> set[str]:
        """The kinds of alarms about it."""
        rows = json.loads(self.site.owner("alarm", "list", "--json"))
        return {row["kind"] for row in rows if row["object"] == self.name}

    async def change(self, *words: str, password: str = "") -> None:
        """`otppi subscriber set`."""
        flags = ("--password-stdin",) if password else ()
        await asyncio.to_thread(self.site.owner, "subscriber", "set", self.name, *words, *flags, stdin=password)


async def open_door(
    site: Site,
    server: BrokerServer,
    kind: Kind,
    *words: str,
    topic: str = "",
    password: str = PASSWORD,
    wait: bool = True,
) -> Door:
    """A subscriber of its own, connected unless `wait` is false. `words` are further KEY=VALUE."""
    number = next(_numbers)
    door = Door(site, server, kind, f"{kind.name}-{number}", topic or f"sms-{number}")
    more = {**kind.values, **dict(word.split("=", 1) for word in words)}
    await asyncio.to_thread(broker_site.add, site, door.name, server, door.topic, password, **more)
    if wait:
        await door.becomes("connected")
    return door


def request(command: str, members: Mapping[str, Any] | None = None, **data: Any) -> bytes:
    """The octets of a request; `members` stand beside command and data."""
    return json.dumps({"command": command, "data": data, **(members or {})}).encode()


def as_other(server: BrokerServer, port: int) -> BrokerServer:
    """The same running server, reached over another port (a proxy's)."""
    other = copy.copy(server)
    other.port = port
    return other
