"""Listening: one address, one port, uvicorn under the event loop that is there already.

It installs no signal handlers, writes no access log, and believes no forwarded address.
"""

from __future__ import annotations

import asyncio
import errno
import math
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from otppi.intake.rest.protocol import GuardedProtocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otppi.intake.rest.asgi import App

BACKLOG: Final = 1024
MAX_CONNECTIONS: Final = 512
KEEP_ALIVE_SECONDS: Final = 30


class CannotListen(Exception):
    """The port cannot be had; the sentence names it and says what to do."""


def serve_options() -> dict[str, Any]:
    """The settings of `uvicorn.Config` for this door."""
    return {
        "http": GuardedProtocol,
        "ws": "none",
        "lifespan": "off",
        "interface": "asgi3",
        "log_config": None,
        "log_level": "error",
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "backlog": BACKLOG,
        "limit_concurrency": MAX_CONNECTIONS,
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
    }


class RestServer:
    """Serves `app` on `host` and `port` (0: a free one) between `start` and `stop`."""

    def __init__(self, app: App, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._server = _QuietServer(uvicorn.Config(app, **serve_options()))
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> int:
        """Listen; the port that was bound. Raises CannotListen."""
        listener = await self._listener()
        self._serving = asyncio.create_task(self._server.serve([listener]), name="rest-server")
        await self._server.listening.wait()
        port: int = listener.getsockname()[1]
        return port

    async def stop(self, grace: float) -> None:
        """Take no more connections, let requests in flight end for up to `grace` seconds, then end them."""
        if self._serving is None:
            return
        self._server.config.timeout_graceful_shutdown = math.ceil(grace)
        self._server.should_exit = True
        await self._serving
        self._serving = None

    async def _listener(self) -> socket.socket:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                self._host, self._port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
            family, _, _, _, address = found[0]
            both = self._host == "::" and socket.has_dualstack_ipv6()
            return socket.create_server(address[:2], family=family, backlog=BACKLOG, dualstack_ipv6=both)
        except OSError as error:
            raise CannotListen(_why(error, self._host, self._port)) from error


class _QuietServer(uvicorn.Server):
    """A server that leaves the signals alone and says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is already in use; stop the other program or choose another port"
    if error.errno in {errno.EACCES, errno.EPERM}:
        return f"port {port} on {host} needs more rights than this user has; choose one above 1023"
    return f"cannot listen on {host} port {port}: {error.strerror or 'address not usable'}"
