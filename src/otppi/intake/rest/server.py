"""Listening: one address, one port, with TLS or without, uvicorn under the event loop that is there already.

It installs no signal handlers, writes no access log, and believes no forwarded address.
"""

from __future__ import annotations

import asyncio
import errno
import math
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, cast

import uvicorn

from otppi.intake.rest.protocol import GuardedProtocol

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

    from otppi.intake.rest.asgi import App

BACKLOG: Final = 1024
MAX_CONNECTIONS: Final = 512
KEEP_ALIVE_SECONDS: Final = 30
HANDSHAKE_SECONDS: Final = 10.0
"""Within these a TLS handshake is over, and the peer has answered a TLS close."""
_ROUNDS: Final = 5
_LOOK_SECONDS: Final = 0.1
_LEAVE_SECONDS: Final = 1.0
"""As long at least a server that leaves its port stays: a TLS handshake under way is no connection yet."""


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
    """Serves `app` on `host` and `port` (0: a free one) between `start` and `stop`; with `tls` by HTTPS only."""

    def __init__(self, app: App, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        self._host = host
        self._port = port
        self._server = _QuietServer(uvicorn.Config(app, **serve_options()), tls)
        self.address = ""
        """The textual address that was bound, once it is."""
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> int:
        """Listen; the port that was bound. Raises CannotListen."""
        listener = await self._listener()
        self._serving = asyncio.create_task(self._server.serve([listener]), name="rest-server")
        await self._server.listening.wait()
        port: int
        self.address, port = listener.getsockname()[:2]
        return port

    async def leave(self) -> None:
        """Take no more connections; come back when the last one has ended in order, which may take minutes.

        Answers say that they are the last on their connection; one that rests ends when it has rested long enough.
        """
        await self._server.close_port()
        stays = 0.0
        while stays < _LEAVE_SECONDS or self._server.server_state.connections:
            for connection in self._server.server_state.connections:
                cast("GuardedProtocol", connection).leave()
            await asyncio.sleep(_LOOK_SECONDS)
            stays += _LOOK_SECONDS
        await self.stop(1.0)

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

    def __init__(self, config: uvicorn.Config, tls: ssl.SSLContext | None) -> None:
        super().__init__(config)
        self._tls = tls
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, but that a TLS handshake may not take a minute, nor a TLS close half of one."""
        seconds = None if self._tls is None else HANDSHAKE_SECONDS
        loop = asyncio.get_running_loop()
        self.servers = [
            await loop.create_server(
                self._protocol,
                sock=each,
                ssl=self._tls,
                ssl_handshake_timeout=seconds,
                ssl_shutdown_timeout=seconds,
                backlog=BACKLOG,
            )
            for each in sockets or ()
        ]
        self.started = True
        self.listening.set()

    async def close_port(self) -> None:
        """Listen no more; connections stay.

        What waits in the kernel's queue of the port is taken in a last round of the loop. Then asyncio's own loop (not
        uvloop) needs some rounds more: a connection taken before the close, but joined to the server after it, hangs.
        """
        loop = asyncio.get_running_loop()
        await asyncio.sleep(0)
        for each in self.servers:
            for listening in each.sockets:
                loop.remove_reader(listening.fileno())
        for _ in range(_ROUNDS):
            await asyncio.sleep(0)
        for each in self.servers:
            each.close()

    def _protocol(self) -> GuardedProtocol:
        return GuardedProtocol(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is already in use; stop the other program or choose another port"
    if error.errno in {errno.EACCES, errno.EPERM}:
        return f"port {port} on {host} needs more rights than this user has; choose one above 1023"
    return f"cannot listen on {host} port {port}: {error.strerror or 'address not usable'}"
