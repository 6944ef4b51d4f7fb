"""A TCP proxy between a connector and its broker: forwards, cuts with a reset, or falls silent with both ends open."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

_CHUNK = 65_536
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of zero seconds: closing sends RST in place of FIN."""


class CutProxy:
    """`async with CutProxy(server.port) as proxy`: clients connect to `proxy.port` of 127.0.0.1, a port that was free.

    `connections`: how many have been made through it so far, those that found no server among them.
    """

    def __init__(self, server_port: int) -> None:
        self.port = 0
        self.connections = 0
        self._server_port = server_port
        self._ends: set[asyncio.StreamWriter] = set()
        self._joined: set[asyncio.Task[None]] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self._listener: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_server(self._accepted, "127.0.0.1", 0)
        self.port = self._listener.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._listener is not None
        self._listener.close()
        for task in self._joined:
            task.cancel()
        await asyncio.gather(*self._joined, return_exceptions=True)

    def cut(self) -> None:
        """Reset what is connected, to both ends; new connections are taken."""
        for end in self._ends:
            _reset(end)

    def freeze(self) -> None:
        """Take connections and octets, and give nothing on, not even an end: half-open to both sides."""
        self._flows.clear()

    def thaw(self) -> None:
        """Give on what was held back, and everything from now on."""
        self._flows.set()

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.create_task(self._join(reader, writer), name="proxy")
        self._joined.add(task)
        task.add_done_callback(self._joined.discard)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = {writer}
        self._ends.add(writer)
        try:
            await self._flows.wait()
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._server_port)
            ends.add(far_writer)
            self._ends.add(far_writer)
            await asyncio.gather(self._carry(reader, far_writer), self._carry(far_reader, writer))
        except OSError:
            _reset(writer)  # no server, as a client that reaches it sees it
        finally:
            self._ends -= ends
            for end in ends:
                end.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        await self._flows.wait()
        with contextlib.suppress(OSError):
            writer.close()


def _reset(end: asyncio.StreamWriter) -> None:
    raw = end.get_extra_info("socket")
    if raw is not None and raw.fileno() >= 0:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    end.transport.abort()
