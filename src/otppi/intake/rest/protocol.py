"""uvicorn's HTTP protocol with what it lacks: limits on the head of a request, and deafness to upgrades.

Without a limit a client that sends a header a minute holds a connection for ever. Without the deafness a client that
offers HTTP/2 beside its POST (`Upgrade: h2c`, as Java's does by default) loses its body: httptools skips it. A
server may ignore any upgrade (RFC 9110 7.8). The body's limits are in `body`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

HEAD_SECONDS: Final = 10.0
MAX_HEAD: Final = 32 * 1024
_TOO_LARGE: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_UPGRADE: Final = re.compile(rb"(\r\n)(upgrade:)", re.IGNORECASE)


class GuardedProtocol(HttpToolsProtocol):
    """One connection. A head is complete within 10 s of its first octet (or of the connection) and 32 KiB."""

    head_seconds = HEAD_SECONDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_octets = 0
        self._in_head = False
        self._in_message = False
        self._leaving = False
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio.Protocol."""
        super().connection_made(cast("asyncio.Transport", transport))
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio.Protocol."""
        self._stop_timer()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """httptools."""
        super().on_message_begin()
        self._in_head = self._in_message = True
        self._head_octets = 0

    def on_headers_complete(self) -> None:
        """httptools."""
        self._in_head = False
        self._stop_timer()
        super().on_headers_complete()
        if self._leaving:
            self.leave()

    def leave(self) -> None:
        """The port is given up: the answer under way, or the next one, says so and is the last. A connection that
        rests is not cut off: its client may be about to send, and would not know what became of that."""
        self._leaving = True
        if not _is_idle(self.cycle):
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """httptools."""
        self._in_message = False
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        """asyncio.Protocol."""
        if (self._in_head or not self._in_message) and b"upgrade" in data.lower():
            data = _without_upgrade(data)
        super().data_received(data)
        if self._in_head or _is_idle(self.cycle):
            self._watch_head(len(data))

    def _watch_head(self, octets: int) -> None:
        if self.transport.is_closing():
            return
        self._head_octets += octets
        if self._in_head and self._head_octets > MAX_HEAD:
            self.transport.write(_TOO_LARGE)
            self.transport.close()
        elif self._head_timer is None:
            self._start_timer()

    def _start_timer(self) -> None:
        self._head_timer = self.loop.call_later(self.head_seconds, self.transport.close)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def _without_upgrade(data: bytes) -> bytes:
    """The head in `data` with its Upgrade field renamed; what follows the head stays as it is."""
    head, end, rest = data.partition(b"\r\n\r\n")
    return _UPGRADE.sub(rb"\1x-\2", head) + end + rest


def _is_idle(cycle: RequestResponseCycle | None) -> bool:
    return cycle is None or cycle.response_complete
