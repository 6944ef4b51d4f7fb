"""The far end of a WebSocket connector, in the test's own loop: one that keeps what it got, and one of raw octets."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.utils import accept_key

from otppi.domain.secret import Secret
from otppi.domain.subscriber import Method, Subscriber

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable

    from websockets.http11 import Request, Response

PASSWORD = "Canary-Horse-7"


def subscriber(port: int, password: str = PASSWORD, **rows: str) -> Subscriber:
    """One that reads `sms` at 127.0.0.1, with the path and user of the README's example; rows have _ for a dot."""
    texts = {
        "port": str(port),
        "path": "/ws",
        "username": "username",
        "topic": "sms",
        "timeout": "2s",
        "heartbeat": "1s",
    }
    given = texts | {name.replace("_ca", ".ca"): text for name, text in rows.items()}
    return Subscriber.of("shop", Method.WEBSOCKET, given, Secret(password))


@dataclass
class Peer:
    """`connections` in the order they came, `got` what each sent, `requests` their targets."""

    port: int = 0
    connections: list[ServerConnection] = field(default_factory=list)
    got: list[list[str | bytes]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    async def serve(self, connection: ServerConnection) -> None:
        mine: list[str | bytes] = []
        assert connection.request is not None
        self.connections.append(connection)
        self.got.append(mine)
        self.requests.append(connection.request.path)
        try:
            while True:
                mine.append(await connection.recv())
        except ConnectionClosed:
            await connection.wait_closed()


@asynccontextmanager
async def peer(
    answer: Callable[[ServerConnection, Request], Response | None] | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Peer]:
    """A server that takes everybody, or answers as `answer` says."""
    far = Peer()
    async with serve(far.serve, "127.0.0.1", 0, process_request=answer, ssl=tls, close_timeout=2) as server:
        far.port = server.sockets[0].getsockname()[1]
        yield far


@asynccontextmanager
async def raw(
    then: Callable[[bytes, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """A port whose connections are led by `then`, with the octets of the request up to the empty line."""

    async def led(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await then(await reader.readuntil(b"\r\n\r\n"), reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(led, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def key_of(request: bytes) -> str:
    """The Sec-WebSocket-Key of a request."""
    return request.decode().partition("Sec-WebSocket-Key: ")[2].partition("\r\n")[0]


def accepted(request: bytes) -> bytes:
    """The 101 that is due (RFC 6455 4.2.2)."""
    head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    return f"{head}Sec-WebSocket-Accept: {accept_key(key_of(request))}\r\n\r\n".encode()
