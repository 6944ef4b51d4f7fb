"""The baseline of the doors: a program that does nothing but take and acknowledge, by the library that the door uses.

    python -m benchmarks.consumers DOOR VALUES TOTAL

DOOR is a name of `doors.KINDS`, VALUES the JSON of its rows. It writes a line when the broker knows it, waits for one
on its standard input, and then writes how many it has taken and when (seconds of the monotonic clock), each hundred.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from broker_server import PASSWORD, USER

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

PREFETCH: Final = 100
_EVERY: Final = 100


class Count:
    """What has been taken; `all_taken` is set at the end."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._taken = 0
        self.all_taken = asyncio.Event()

    async def begin(self) -> None:
        """Say that we are there, and wait to be let go."""
        print("there", flush=True)
        await asyncio.to_thread(sys.stdin.readline)

    def one(self) -> None:
        """One more."""
        self._taken += 1
        if self._taken % _EVERY == 0 or self._taken == self._total:
            print(self._taken, time.monotonic(), flush=True)
        if self._taken == self._total:
            self.all_taken.set()


async def _rabbit(values: Mapping[str, str], count: Count) -> None:
    import aio_pika

    connection = await aio_pika.connect(host="127.0.0.1", port=int(values["port"]), login=USER, password=PASSWORD)

    async def take(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        await message.ack()
        count.one()

    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=PREFETCH)
        queue = await channel.declare_queue(values["topic"], durable=True)
        await count.begin()
        await queue.consume(take)
        await count.all_taken.wait()


def _redis(values: Mapping[str, str]) -> Any:
    """The library's client; its many overloads are of no use here."""
    from redis.asyncio import Redis

    return Redis(host="127.0.0.1", port=int(values["port"]), username=USER, password=PASSWORD, protocol=2)


async def _stream(values: Mapping[str, str], count: Count) -> None:
    topic, group = values["topic"], "otppi"
    async with _redis(values) as client:
        await client.xgroup_create(topic, group, "0", mkstream=True)
        await count.begin()
        while not count.all_taken.is_set():
            for _, entries in await client.xreadgroup(group, "bare", {topic: ">"}, count=PREFETCH, block=1000):
                await client.xack(topic, group, *(name for name, _ in entries))
                for _ in entries:
                    count.one()


async def _pubsub(values: Mapping[str, str], count: Count) -> None:
    async with _redis(values) as client, client.pubsub() as channel:
        await channel.subscribe(values["topic"])
        await channel.parse_response()
        await count.begin()
        async for message in channel.listen():
            if message["type"] == "message":
                count.one()
            if count.all_taken.is_set():
                return


async def _mqtt(values: Mapping[str, str], count: Count) -> None:
    from gmqtt import Client
    from gmqtt.mqtt.constants import MQTTv50, MQTTv311

    version = MQTTv50 if values["version"] == "5" else MQTTv311
    kept = {"session_expiry_interval": 3600} if version is MQTTv50 else {}

    def made() -> Any:
        client = Client(values["client_id"], clean_session=False, **kept)
        client.set_auth_credentials(USER, PASSWORD)
        client.on_message = lambda *_: count.one()
        return client

    first, granted = made(), asyncio.Event()
    first.on_subscribe = lambda *_: granted.set()
    await first.connect("127.0.0.1", int(values["port"]), version=version)
    first.subscribe(values["topic"], qos=1)
    await granted.wait()
    await first.disconnect()
    await count.begin()
    second = made()
    await second.connect("127.0.0.1", int(values["port"]), version=version)
    await count.all_taken.wait()
    await second.disconnect()


async def _websocket(values: Mapping[str, str], count: Count) -> None:
    from websockets.asyncio.client import connect

    basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    url = f"ws://127.0.0.1:{values['port']}{values['path']}?topic={quote(values['topic'], safe='')}"
    headers = {"Authorization": f"Basic {basic}"}
    async with connect(url, additional_headers=headers, proxy=None, compression=None) as client:
        await count.begin()
        while not count.all_taken.is_set():
            await client.recv(decode=False)
            count.one()


_CONSUMERS: Final[Mapping[str, Callable[[Mapping[str, str], Count], Awaitable[None]]]] = {
    "rabbitmq": _rabbit,
    "redis-stream": _stream,
    "redis-pubsub": _pubsub,
    "mqtt-3.1.1": _mqtt,
    "mqtt-5": _mqtt,
    "websocket": _websocket,
}


async def _main(door: str, values: str, total: str) -> None:
    await _CONSUMERS[door](json.loads(values), Count(int(total)))


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
