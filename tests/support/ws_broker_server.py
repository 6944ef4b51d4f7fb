"""`otppi ws-broker` as a real process for the tests: plain and TLS ports of the same topics, and clients of both."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
import subprocess
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from argon2 import PasswordHasher
from broker_server import PASSWORD, USER, WEAK_USER, end, free_port, listens, rows, until
from certificates import write_authority
from websockets.asyncio.client import connect

if TYPE_CHECKING:
    import signal
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from websockets.asyncio.client import ClientConnection

_CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""The strings say what they cost; those of the product are dear on purpose."""


class WsBrokerServer:
    """Implements `broker_server.BrokerServer`. `more`: further arguments of the command. It keeps nothing, and knows no
    rights: `weak` may do what USER may."""

    method = "websocket"

    def __init__(self, folder: Path, *more: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port, self.tls_port = free_port(), free_port()
        self.ca, self.certificate, self.key = write_authority(folder)
        self.users = folder / "users"
        self.log = folder / "log"
        self._more = more or ("--rate", "0")
        self._process: subprocess.Popen[bytes] | None = None
        self.write_users({USER: PASSWORD, WEAK_USER: PASSWORD})

    def write_users(self, users: dict[str, str]) -> None:
        """Names and passwords, by rename as an owner's editor would."""
        new = self.users.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text("".join(f"{name}:{_CHEAP.hash(password)}\n" for name, password in users.items()))
        new.replace(self.users)

    def start(self) -> None:
        command = [sys.executable, "-m", "otppi", "ws-broker", "--users", str(self.users)]
        command += ["--port", str(self.port), "--tls-port", str(self.tls_port)]
        command += ["--tls-cert", str(self.certificate), "--tls-key", str(self.key), *self._more]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        until(self._is_up, f"ws-broker is up; its log: {self.log.read_text()}")

    def _is_up(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log.read_text()
        return listens(self.port) and listens(self.tls_port)

    def stop(self) -> None:
        if self._process is not None:
            end(self._process)
            self._process = None

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def signal(self, number: signal.Signals) -> int:
        """Send it, wait for the end, and give the exit code."""
        assert self._process is not None
        self._process.send_signal(number)
        code, self._process = self._process.wait(10), None
        return code

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def values(self, topic: str) -> dict[str, str]:
        return rows(self.port, topic, username=USER, path="/ws")

    async def publish(self, topic: str, bodies: Sequence[bytes]) -> None:
        async with self.client(topic, unread=True) as client:
            for body in bodies:
                await client.send(body, text=_is_text(body))

    async def left(self, topic: str) -> int:
        return -1

    @asynccontextmanager
    async def listening(self, topic: str) -> AsyncIterator[asyncio.Queue[bytes]]:
        heard: asyncio.Queue[bytes] = asyncio.Queue()
        async with self.client(topic) as client:
            hearing = asyncio.create_task(_hear(client, heard))
            yield heard
            hearing.cancel()

    def client(
        self,
        topic: str,
        user: str = USER,
        password: str = PASSWORD,
        *,
        tls: bool = False,
        path: str = "/ws",
        unread: bool = False,
    ) -> connect:
        """A client as anyone would write it. `unread`: it takes nothing of what others publish meanwhile, and must see
        the end behind it all the same."""
        scheme, port = ("wss", self.tls_port) if tls else ("ws", self.port)
        basic = base64.b64encode(f"{user}:{password}".encode()).decode()
        return connect(
            f"{scheme}://127.0.0.1:{port}{path}?topic={quote(topic, safe='')}",
            additional_headers={"Authorization": f"Basic {basic}"},
            ssl=ssl.create_default_context(cafile=self.ca) if tls else None,
            proxy=None,
            max_size=None,
            max_queue=None if unread else 16,
            close_timeout=5,
        )


async def _hear(client: ClientConnection, heard: asyncio.Queue[bytes]) -> None:
    while True:
        heard.put_nowait(await client.recv(decode=False))


def _is_text(body: bytes) -> bool:
    with contextlib.suppress(UnicodeDecodeError):
        body.decode()
        return True
    return False
