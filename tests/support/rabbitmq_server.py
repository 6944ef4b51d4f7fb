"""RabbitMQ as a broker of tests: a node with its own epmd, users and virtual hosts from a file of definitions, and TLS.

Starting takes about five seconds: one for a module of tests, not one for a test.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import uuid
from typing import TYPE_CHECKING, Final

import aio_pika
from aio_pika.exceptions import ChannelNotFoundEntity, ChannelPreconditionFailed
from broker_server import PASSWORD, USER, WEAK_USER, end, free_port, listens, rows, until
from certificates import write_authority

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from pathlib import Path

    from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage

VHOST: Final = "till"
"""Another virtual host, which USER may enter and WEAK_USER may not."""
NARROW_USER: Final = "narrow"
"""May do in `/` no more than read queues that begin with sms and reply to queues that are there."""
NARROW: Final = {"configure": "^$", "write": r"^amq\.default$", "read": "^sms"}
_SERVER: Final = "/usr/lib/rabbitmq/bin/rabbitmq-server"
_ALL: Final = {"configure": ".*", "write": ".*", "read": ".*"}
_NOTHING: Final = {"configure": "^$", "write": "^$", "read": "^$"}
_AT_ONCE: Final = 500


class RabbitServer:
    """`broker_server.BrokerServer`. Durable queues and persistent messages outlive `stop` and `kill`."""

    method = "rabbitmq"

    def __init__(self, folder: Path, **settings: int) -> None:
        """`settings`: of the Erlang application rabbit."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port, self.tls_port, self._dist, self._epmd_port = (free_port() for _ in range(4))
        self.ca, certificate, key = write_authority(folder)
        self._node = f"otppi{uuid.uuid4().hex[:12]}@localhost"
        self._settings = settings
        self._processes: list[subprocess.Popen[bytes]] = []
        self._write(certificate, key)

    def start(self) -> None:
        try:
            # The node would start one in the background that outlives it; this one is there before, and ours to end.
            self._run("epmd", "-address", "127.0.0.1", "-port", str(self._epmd_port))
            until(lambda: listens(self._epmd_port), "epmd takes connections")
            node = self._run(_SERVER)
            until(lambda: self._up() or node.poll() is not None, "RabbitMQ takes connections", 50)
            assert node.poll() is None, f"RabbitMQ has ended\n{(self.folder / 'out').read_text()[-4000:]}"
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def values(self, topic: str) -> dict[str, str]:
        return rows(self.port, topic, username=USER)

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Its connections stay, and nothing answers on them."""
        node = self._processes[-1].pid
        os.killpg(node, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(node, signal.SIGCONT)

    async def publish(self, topic: str, bodies: Sequence[bytes]) -> None:
        """Persistent and confirmed, in this order, to a durable queue that is made where there is none of any kind."""
        async with self.connection() as connection:
            await _there(connection, topic)
            channel = await connection.channel(on_return_raises=True)
            for begin in range(0, len(bodies), _AT_ONCE):
                some = bodies[begin : begin + _AT_ONCE]
                await asyncio.gather(*(channel.default_exchange.publish(_message(body), topic) for body in some))

    async def left(self, topic: str) -> int:
        """Only those that no consumer has: RabbitMQ's protocol tells no other number. What a connection had and did not
        acknowledge counts again once that connection has ended."""
        async with self.connection() as connection:
            try:
                queue = await (await connection.channel()).declare_queue(topic, passive=True)
            except ChannelNotFoundEntity:
                return 0
            return queue.declaration_result.message_count or 0

    @contextlib.asynccontextmanager
    async def listening(self, topic: str) -> AsyncIterator[asyncio.Queue[bytes]]:
        """By a durable queue, as the clients of the released server declare theirs."""
        heard: asyncio.Queue[bytes] = asyncio.Queue()

        async def hear(message: AbstractIncomingMessage) -> None:
            heard.put_nowait(message.body)

        async with self.channel() as channel:
            queue = await channel.declare_queue(topic, durable=True)
            await queue.consume(hear, no_ack=True)
            yield heard

    @contextlib.asynccontextmanager
    async def connection(self, vhost: str = "/") -> AsyncIterator[AbstractConnection]:
        """One of USER's."""
        connection = await aio_pika.connect(
            host="127.0.0.1", port=self.port, login=USER, password=PASSWORD, virtualhost=vhost
        )
        async with connection:
            yield connection

    @contextlib.asynccontextmanager
    async def channel(self, vhost: str = "/") -> AsyncIterator[AbstractChannel]:
        """A channel of USER's on a connection of its own."""
        async with self.connection(vhost) as connection:
            yield await connection.channel(on_return_raises=True)

    def _up(self) -> bool:
        return listens(self.port) and listens(self.tls_port)

    def _run(self, *words: str) -> subprocess.Popen[bytes]:
        with (self.folder / "out").open("ab") as out:
            process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=self._environment(), start_new_session=True
            )
        self._processes.append(process)
        return process

    def _end(self, how: signal.Signals) -> None:
        """The node before its epmd."""
        while self._processes:
            end(self._processes.pop(), how, 30)
        until(lambda: not listens(self.port), "RabbitMQ has ended")

    def _write(self, certificate: Path, key: Path) -> None:
        users = [{"name": name, "password": PASSWORD, "tags": ""} for name in (USER, WEAK_USER, NARROW_USER)]
        rights = [
            {"user": USER, "vhost": "/", **_ALL},
            {"user": USER, "vhost": VHOST, **_ALL},
            {"user": WEAK_USER, "vhost": "/", **_NOTHING},
            {"user": NARROW_USER, "vhost": "/", **NARROW},
        ]
        definitions = self.folder / "definitions.json"
        vhosts = [{"name": "/"}, {"name": VHOST}]
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
        settings = " ".join(f"-rabbit {name} {value}" for name, value in self._settings.items())
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
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"+S 1:1 +sbwt none {settings}",
            "ERL_CRASH_DUMP": str(folder / "crash"),
        }


def _message(body: bytes) -> aio_pika.Message:
    return aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)


async def _there(connection: AbstractConnection, queue: str) -> None:
    """Make a durable queue, unless there is one, of whatever kind."""
    channel = await connection.channel()
    with contextlib.suppress(ChannelPreconditionFailed):
        await channel.declare_queue(queue, durable=True)
        await channel.close()
