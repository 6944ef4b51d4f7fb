"""Redis as a broker of tests: a server of its own with a file of users, TLS, and an append-only file that is synced at
each write, so that streams outlive SIGKILL."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import signal
import subprocess
from typing import TYPE_CHECKING, Any, Literal

from broker_server import PASSWORD, USER, WEAK_USER, end, free_port, listens, rows, until
from certificates import write_authority
from redis.asyncio import Redis

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

DEFAULT_PASSWORD = "Default-Horse-8"
"""The password of Redis's default user, which may do everything, as `requirepass` would set it."""
GROUP = "otppi"
_USERS = f"""\
user default on >{DEFAULT_PASSWORD} ~* &* +@all
user {USER} on >{PASSWORD} ~* &* +@all
user {WEAK_USER} on >{PASSWORD} resetkeys resetchannels -@all +@connection
user reader on >{PASSWORD} ~* &* -@all +@connection +xreadgroup +xack +xclaim +xautoclaim
"""


class RedisServer:
    """`broker_server.BrokerServer`, with streams; with `mode="pubsub"` its client's side publishes to channels."""

    method = "redis"

    def __init__(self, folder: Path, mode: Literal["stream", "pubsub"] = "stream") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.mode = folder, mode
        self.port, self.tls_port = free_port(), free_port()
        self.ca, self._certificate, self._key = write_authority(folder)
        (folder / "users.acl").write_text(_USERS)
        self._process: subprocess.Popen[bytes] | None = None

    def seen_as(self, mode: Literal["stream", "pubsub"]) -> RedisServer:
        """The same running server, with its client's side in that mode. Only the first one stops it."""
        other = copy.copy(self)
        other.mode = mode
        return other

    @property
    def pid(self) -> int:
        """Of the running server."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["redis-server", *self._arguments()], stdout=log, stderr=log, start_new_session=True
            )
        try:
            until(lambda: listens(self.port) and listens(self.tls_port), "Redis takes connections")
        except AssertionError:
            self.kill()
            raise AssertionError((self.folder / "log").read_text()) from None

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def values(self, topic: str) -> dict[str, str]:
        return rows(self.port, topic, acl_user=USER, mode=self.mode)

    async def publish(self, topic: str, bodies: Sequence[bytes]) -> None:
        async with self.client() as client, client.pipeline(transaction=False) as pipe:
            for body in bodies:
                if self.mode == "stream":
                    pipe.xadd(topic, {"body": body})
                else:
                    pipe.publish(topic, body)
            await pipe.execute()

    async def left(self, topic: str) -> int:
        """Entries the group has not been given, and those it has not acknowledged; -1 of a channel."""
        if self.mode == "pubsub":
            return -1
        async with self.client() as client:
            for group in await client.xinfo_groups(topic) if await client.exists(topic) else []:
                if group["name"] == GROUP.encode():
                    new = await client.xrange(topic, min=b"(" + group["last-delivered-id"])
                    return int(group["pending"]) + len(new)
            return int(await client.xlen(topic))

    @contextlib.asynccontextmanager
    async def listening(self, topic: str) -> AsyncIterator[asyncio.Queue[bytes]]:
        heard: asyncio.Queue[bytes] = asyncio.Queue()
        begun, over = asyncio.Event(), asyncio.Event()
        listen = self._read if self.mode == "stream" else self._subscribe
        task = asyncio.create_task(listen(topic, heard, begun, over))
        try:
            await asyncio.wait({task, wait := asyncio.create_task(begun.wait())}, return_when="FIRST_COMPLETED")
            wait.cancel()
            if task.done():
                task.result()
            yield heard
        finally:
            over.set()  # the library swallows a cancellation now and then; each read ends by itself
            await asyncio.gather(task, return_exceptions=True)

    def client(self, **changes: Any) -> Any:
        """The library's client as USER; its many overloads are of no use here."""
        known = {"host": "127.0.0.1", "port": self.port, "username": USER, "password": PASSWORD}
        # The tests read replies in the terms of RESP2.
        return Redis(**{**known, "protocol": 2, **changes})

    async def _read(self, topic: str, heard: asyncio.Queue[bytes], begun: asyncio.Event, over: asyncio.Event) -> None:
        async with self.client() as client:
            newest = await client.xrevrange(topic, count=1)
            after = newest[0][0] if newest else b"0-0"
            begun.set()
            while not over.is_set():
                for _, entries in await client.xread({topic: after}, block=200) or []:
                    for after, fields in entries:  # noqa: B007  the last one's id is the cursor of the next read
                        heard.put_nowait(fields[b"body"])

    async def _subscribe(
        self, topic: str, heard: asyncio.Queue[bytes], begun: asyncio.Event, over: asyncio.Event
    ) -> None:
        async with self.client() as client, client.pubsub() as channel:
            await channel.subscribe(topic)
            while not over.is_set():
                message = await channel.get_message(timeout=0.2)
                if message is not None:
                    begun.set()
                if message is not None and message["type"] == "message":
                    heard.put_nowait(message["data"])

    def _arguments(self) -> list[str]:
        tls = ["--tls-port", str(self.tls_port), "--tls-auth-clients", "no", "--tls-ca-cert-file", str(self.ca)]
        pair = ["--tls-cert-file", str(self._certificate), "--tls-key-file", str(self._key)]
        kept = ["--save", "", "--appendonly", "yes", "--appendfsync", "always", "--dir", str(self.folder)]
        who = ["--aclfile", str(self.folder / "users.acl")]
        return ["--port", str(self.port), "--bind", "127.0.0.1", *tls, *pair, *kept, *who]

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            end(self._process, how)
            self._process = None


def channel_server(folder: Path) -> RedisServer:
    """One whose client's side publishes to channels."""
    return RedisServer(folder, "pubsub")
