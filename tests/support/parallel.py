"""Many HTTP clients at once that cost next to nothing: connections that stay open, requests written as octets.

A real HTTP client spends longer on a request than the gateway does; so many rounds would measure the client."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence


class Answer(NamedTuple):
    """Status and JSON body."""

    status: int
    body: dict[str, Any]


class Crowd:
    """`size` connections to one server on loopback, signed in with `authorization`."""

    def __init__(self, lines: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]], authorization: str) -> None:
        self._lines = lines
        self._head = f"host: x\r\nauthorization: {authorization}\r\ncontent-type: application/json\r\n"

    async def post(self, path: str, bodies: Sequence[dict[str, Any]]) -> list[Answer]:
        """Every body at once, each on a connection of its own; the answers in their order."""
        assert len(bodies) <= len(self._lines)
        return await asyncio.gather(*(self._one(number, path, body) for number, body in enumerate(bodies)))

    async def one(self, path: str, body: dict[str, Any]) -> Answer:
        """A single request."""
        return (await self.post(path, [body]))[0]

    async def _one(self, number: int, path: str, body: dict[str, Any]) -> Answer:
        reader, writer = self._lines[number]
        octets = json.dumps(body).encode()
        writer.write(f"POST {path} HTTP/1.1\r\n{self._head}content-length: {len(octets)}\r\n\r\n".encode() + octets)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        return Answer(int(head.split(b" ", 2)[1]), json.loads(await reader.readexactly(length)))


@asynccontextmanager
async def crowd(port: int, size: int, authorization: str) -> AsyncIterator[Crowd]:
    """Open the connections; they are closed with the block."""
    lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(size)]
    try:
        yield Crowd(lines, authorization)
    finally:
        for _, writer in lines:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for _, writer in lines), return_exceptions=True)
