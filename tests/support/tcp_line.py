"""A line between a client and a server of 127.0.0.1 that a test can cut, or let fall silent with both ends open."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Line:
    """`port` is where the client connects to."""

    def __init__(self, port: int, server_port: int) -> None:
        self.port = port
        self._server_port = server_port
        self._ends: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()

    def cut(self) -> None:
        """Reset what is connected; new connections are taken."""
        for end in self._ends:
            end.transport.abort()

    def silence(self) -> None:
        """Nothing comes through any more, in both directions, and nothing is closed."""
        self._flows.clear()

    def speak(self) -> None:
        """What was held back comes through, and all else."""
        self._flows.set()

    async def join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._server_port)
        self._ends |= {writer, far_writer}
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._carry(reader, far_writer))
                both.create_task(self._carry(far_reader, writer))
        finally:
            for end in (writer, far_writer):
                end.transport.abort()
                self._ends.discard(end)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
            writer.close()


@contextlib.asynccontextmanager
async def line_to(server_port: int) -> AsyncIterator[Line]:
    """A line to the server, on a port that was free."""
    joined: set[asyncio.Task[None]] = set()

    def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        joined.add(asyncio.create_task(line.join(reader, writer)))

    server = await asyncio.start_server(join, "127.0.0.1", 0)
    line = Line(server.sockets[0].getsockname()[1], server_port)
    try:
        yield line
    finally:
        server.close()
        for each in joined:
            each.cancel()
        await asyncio.gather(*joined, return_exceptions=True)
