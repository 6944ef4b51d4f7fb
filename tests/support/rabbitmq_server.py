"""RabbitMQ as a broker of tests: a node of its own with its own epmd, users from a file of definitions, and TLS."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import uuid
from typing import TYPE_CHECKING, Any

import aio_pika
from broker_server import PASSWORD, USER, WEAK_USER, end, free_port, listens, until
from certificates import write_authority

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

_SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"
_NOTHING = {"configure": "^$", "write": "^$", "read": "^$"}
_ALL = {"configure": ".*", "write": ".*", "read": ".*"}
VHOST = "till"
"""Another virtual host, which USER may enter."""


class RabbitServer:
    """`broker_server.BrokerServer`. Durable queues outlive `stop` and `kill`."""

    method = "rabbitmq"

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port, self.tls_port, self._dist, self._epmd_port = (free_port() for _ in range(4))
        self.ca, certificate, key = write_authority(folder)
        self._node = f"otppi{uuid.uuid4().hex[:12]}@localhost"
        self._process: subprocess.Popen[bytes] | None = None
        self._write(certificate, key)

    def start(self) -> None:
        with (self.folder / "out").open("ab") as out:
            self._process = subprocess.Popen(
                [_SERVER], stdout=out, stderr=out, env=self._environment(), start_new_session=True
            )
        try:
            until(lambda: listens(self.port) and listens(self.tls_port), "RabbitMQ takes connections", 60)
        except AssertionError:
            self.kill()
            raise AssertionError((self.folder / "out").read_text()[-4000:]) from None

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def values(self, topic: str) -> dict[str, str]:
        return {
            "host": "127.0.0.1",
            "port": str(self.port),
            "username": USER,
            "topic": topic,
            "timeout": "2s",
            "reconnect_delay": "200ms",
            "heartbeat": "2s",
        }

    async def publish(self, topic: str, bodies: Sequence[bytes]) -> None:
        """Persistent, to a durable queue that is made where there is none."""
        async with self.channel() as channel:
            await _there(channel, topic)
        async with self.channel() as channel:
            messages = (aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT) for body in bodies)
            for message in messages:
                await channel.default_exchange.publish(message, routing_key=topic)

    async def left(self, topic: str) -> int:
        """Those that no connection has: RabbitMQ counts only these without its own tools."""
        async with self.channel() as channel:
            try:
                queue = await channel.declare_queue(topic, passive=True)
            except aio_pika.exceptions.ChannelNotFoundEntity:
                return 0
            return queue.declaration_result.message_count or 0

    @contextlib.asynccontextmanager
    async def listening(self, topic: str) -> AsyncIterator[asyncio.Queue[bytes]]:
        heard: asyncio.Queue[bytes] = asyncio.Queue()

        async def hear(message: aio_pika.abc.AbstractIncomingMessage) -> None:
            heard.put_nowait(message.body)

        async with self.channel() as channel:
            queue = await channel.declare_queue(topic, durable=True)
            await queue.consume(hear, no_ack=True)
            yield heard

    @contextlib.asynccontextmanager
    async def channel(self, vhost: str = "/") -> AsyncIterator[aio_pika.abc.AbstractChannel]:
        """A channel of USER's, with confirms; a message that cannot be routed raises."""
        connection = await aio_pika.connect(
            host="127.0.0.1", port=self.port, login=USER, password=PASSWORD, virtualhost=vhost
        )
        async with connection:
            channel = connection.channel(on_return_raises=True)
            await channel.initialize()
            yield channel

    def _write(self, certificate: Path, key: Path) -> None:
        users = [{"name": name, "password": PASSWORD, "tags": ""} for name in (USER, WEAK_USER)]
        rights: list[dict[str, Any]] = [
            {"user": USER, "vhost": "/", **_ALL},
            {"user": USER, "vhost": VHOST, **_ALL},
            {"user": WEAK_USER, "vhost": "/", **_NOTHING},
        ]
        vhosts = [{"name": "/"}, {"name": VHOST}]
        definitions = self.folder / "definitions.json"
        definitions.write_text(json.dumps({"users": users, "vhosts": vhosts, "permissions": rights}))
        lines = (
            f"listeners.tcp.1 = 127.0.0.1:{self.port}",
            f"listeners.ssl.1 = 127.0.0.1:{self.tls_port}",
            f"ssl_options.cacertfile = {self.ca}",
            f"ssl_options.certfile = {certificate}",
            f"ssl_options.keyfile = {key}",
            "ssl_options.verify = verify_none",
            "ssl_options.fail_if_no_peer_cert = false",
            f"load_definitions = {definitions}",
            "disk_free_limit.absolute = 50MB",
        )
        (self.folder / "rabbitmq.conf").write_text("\n".join(lines) + "\n")
        (self.folder / "plugins").write_text("[].\n")

    def _environment(self) -> dict[str, str]:
        folder = self.folder
        return {
            **os.environ,
            "HOME": str(folder),
            "RABBITMQ_NODENAME": self._node,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._dist),
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none",
        }

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            end(self._process, how, 30)
            self._process = None
        self._end_epmd()

    def _end_epmd(self) -> None:
        """It is started by the node in the background and outlives it: known by the port in its environment."""
        mark = f"ERL_EPMD_PORT={self._epmd_port}".encode()
        for entry in os.listdir("/proc"):
            with contextlib.suppress(OSError, ValueError):
                if mark in _read(f"/proc/{int(entry)}/environ") and b"epmd" in _read(f"/proc/{entry}/cmdline"):
                    os.kill(int(entry), signal.SIGTERM)


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


async def _there(channel: aio_pika.abc.AbstractChannel, queue: str) -> None:
    """Make a durable queue, unless there is one, of whatever kind."""
    with contextlib.suppress(aio_pika.exceptions.ChannelPreconditionFailed):
        await channel.declare_queue(queue, durable=True)
