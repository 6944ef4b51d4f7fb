"""A broker of MQTT that says what a test tells it to, packet by packet, written from the standard alone: for what no
real broker can be brought to do at will."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = 1, 2, 3, 4, 5, 6, 7
SUBSCRIBE, SUBACK, PINGREQ, PINGRESP, DISCONNECT = 8, 9, 12, 13, 14


@dataclass(frozen=True, slots=True)
class Packet:
    """`kind`: the number of its type; `body`: what follows the fixed header."""

    kind: int
    body: bytes

    @property
    def number(self) -> int:
        """The packet identifier, of kinds whose body begins with it."""
        return int.from_bytes(self.body[:2])


@dataclass(slots=True)
class Talk:
    """The broker's end of one connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    version: str

    async def next(self) -> Packet:
        """What the client sends next; EOFError once it is gone."""
        first = (await self.reader.readexactly(1))[0]
        length = shift = 0
        while True:
            (octet,) = await self.reader.readexactly(1)
            length |= (octet & 0x7F) << shift
            shift += 7
            if octet < 0x80:
                return Packet(first >> 4, await self.reader.readexactly(length))

    async def expect(self, kind: int) -> Packet:
        packet = await self.next()
        assert packet.kind == kind, packet
        return packet

    def send(self, kind: int, body: bytes = b"", flags: int = 0) -> None:
        length, octets = len(body), bytearray()
        while length >= 0x80:
            octets.append(length & 0x7F | 0x80)
            length >>= 7
        self.writer.write(bytes((kind << 4 | flags, *octets, length)) + body)

    def connack(self, code: int = 0, properties: bytes = b"") -> None:
        tail = bytes((len(properties),)) + properties if self.version == "5" else b""
        self.send(CONNACK, bytes((0, code)) + tail)

    def publish(self, topic: str, body: bytes, number: int = 0, qos: int = 1) -> None:
        name = topic.encode()
        head = len(name).to_bytes(2) + name + (number.to_bytes(2) if qos else b"")
        self.send(PUBLISH, head + (b"\0" if self.version == "5" else b"") + body, qos << 1)

    async def greet(self, granted: int = 1, properties: bytes = b"") -> None:
        """Let the client in and grant what it subscribes to."""
        await self.expect(CONNECT)
        self.connack(properties=properties)
        asked = await self.expect(SUBSCRIBE)
        self.send(SUBACK, asked.body[:2] + (b"\0" if self.version == "5" else b"") + bytes((granted,)))

    async def farewell(self) -> None:
        """A client that has acknowledged something asks whether all of it was read, and then leaves."""
        await self.expect(PINGREQ)
        self.send(PINGRESP)
        await self.expect(DISCONNECT)


@contextlib.asynccontextmanager
async def scripted(version: str, play: Callable[[Talk], Awaitable[None]]) -> AsyncIterator[int]:
    """The port of a broker that plays its part with one client and then closes. What goes wrong in it is raised."""
    ended: asyncio.Queue[asyncio.Task[None]] = asyncio.Queue()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await play(Talk(reader, writer, version))
            await writer.drain()
        finally:
            writer.close()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended.put_nowait(asyncio.create_task(serve(reader, writer)))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
        await asyncio.wait_for(ended.get_nowait(), 10)
    finally:
        server.close()
        while not ended.empty():
            ended.get_nowait().cancel()
