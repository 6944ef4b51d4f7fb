"""The proxy of the door tests does to a connection what it says."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest
from cut_proxy import CutProxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.process


@contextlib.asynccontextmanager
async def echo() -> AsyncIterator[tuple[int, asyncio.Queue[bytes]]]:
    """A server that says everything again; its port, and how each of its connections ended."""
    ends: asyncio.Queue[bytes] = asyncio.Queue()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1000):
                writer.write(data)
            ends.put_nowait(b"end")
        except ConnectionResetError:
            ends.put_nowait(b"reset")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], ends
    finally:
        server.close()


async def test_it_gives_on_and_an_end_is_an_end() -> None:
    async with echo() as (port, ends), CutProxy(port) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"there")
        assert await reader.readexactly(5) == b"there"
        writer.close()
        assert await ends.get() == b"end"
        assert proxy.connections == 1


async def test_cut_both_ends_are_reset_and_the_next_connection_works() -> None:
    async with echo() as (port, ends), CutProxy(port) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"a")
        await reader.readexactly(1)
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()
        assert await ends.get() == b"reset"
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"b")
        assert await reader.readexactly(1) == b"b"
        writer.close()
        assert proxy.connections == 2


async def test_frozen_nothing_comes_through_and_thawed_all_of_it() -> None:
    async with echo() as (port, ends), CutProxy(port) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        proxy.freeze()
        writer.write(b"held")
        late_reader, late = await asyncio.open_connection("127.0.0.1", proxy.port)
        late.write(b"too")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.readexactly(1), 0.1)
        assert ends.empty()
        proxy.thaw()
        assert await reader.readexactly(4) == b"held"
        assert await late_reader.readexactly(3) == b"too"
        writer.close()
        late.close()


async def test_where_no_server_is_the_client_is_reset() -> None:
    async with CutProxy(1) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()
