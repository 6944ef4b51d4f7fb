"""The HTTP door against hostile and clumsy clients: slow, lying, endless, upgrading, or not speaking HTTP at all."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

import pytest
from rest_world import HEAD, SMS, World, head_of

from otppi.intake.rest.assembly import RestDoor
from otppi.intake.rest.commands import CommandDoor
from otppi.intake.rest.protocol import GuardedProtocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.process


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_megabyte_is_a_413_that_the_client_can_read(world: World, chunked: bool) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(16):
            yield b"x" * 65_536

    async with world.served() as client:
        answer = await client.post("/api/sms", content=parts() if chunked else b"x" * 1_000_000)
        assert (answer.status_code, answer.headers["connection"]) == (413, "close")
        assert (await client.post("/api/sms", json=SMS)).status_code == 200


async def test_a_body_may_come_in_chunks(world: World) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for octet in json.dumps(SMS).encode():
            yield bytes([octet])

    async with world.served() as client:
        assert (await client.post("/api/sms", content=parts())).status_code == 200


async def test_a_length_that_promises_more_than_comes_is_a_408(world: World) -> None:
    door = CommandDoor(world.gateway, world.sign_in, lambda: world.settings, body_seconds=0.3)
    async with world.served(RestDoor(door, door, lambda: world.settings)):
        before = time.monotonic()
        answer = await world.raw(HEAD.encode() + b"Content-Length: 500\r\n\r\n", b"{", b'"command"', pause=0.1)
    assert head_of(answer) == b"HTTP/1.1 408 Request Timeout"
    assert time.monotonic() - before < 2
    assert world.gateway.seen == []


async def test_a_length_that_promises_less_ends_the_connection(world: World) -> None:
    content = json.dumps(SMS).encode()
    async with world.served():
        answer = await world.raw(HEAD.encode() + b"Content-Length: 20\r\n\r\n" + content)
    assert head_of(answer) == b"HTTP/1.1 400 Bad Request"
    assert world.gateway.seen == []


async def test_a_client_that_leaves_in_the_middle_is_forgotten(world: World) -> None:
    async with world.served() as client:
        _, writer = await asyncio.open_connection("127.0.0.1", world.port)
        writer.write(HEAD.encode() + b"Content-Length: 500\r\n\r\n{")
        await writer.drain()
        writer.close()
        assert (await client.post("/api/sms", json=SMS)).status_code == 200
    assert len(world.gateway.seen) == 1


async def test_expect_100_continue_is_answered_before_the_body_is_sent(world: World) -> None:
    async with world.served():
        refused = await world.raw(HEAD.encode() + b"Expect: 100-continue\r\nContent-Length: 900000\r\n\r\n")
        content = json.dumps(SMS).encode()
        head = HEAD + f"Connection: close\r\nExpect: 100-continue\r\nContent-Length: {len(content)}\r\n\r\n"
        welcome = await world.raw(head.encode(), content, pause=0.1)
    assert head_of(refused).startswith(b"HTTP/1.1 413 ")  # Python 3.13 words it anew
    assert welcome.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")


@pytest.mark.parametrize("offer", ["Upgrade: h2c", "UPGRADE:websocket"])
async def test_an_offer_to_upgrade_is_ignored_and_the_body_kept(world: World, offer: str) -> None:
    content = json.dumps({"command": "echo", "data": {"text": "\r\nUpgrade: h2c"}}).encode()
    head = HEAD + f"Connection: Upgrade, close\r\n{offer}\r\nContent-Length: {len(content)}\r\n\r\n"
    async with world.served():
        answer = await world.raw(head.encode() + content)
    assert head_of(answer) == b"HTTP/1.1 200 OK"
    assert world.gateway.seen[0][0].data == {"text": "\r\nUpgrade: h2c"}


async def test_a_chunk_that_looks_like_an_offer_to_upgrade_is_left_alone(world: World) -> None:
    chunks = [b'{"command":"echo","data":{"text":"please ', b'Upgrade: now"}}', b""]
    head = HEAD.encode() + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with world.served():
        answer = await world.raw(head, b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in chunks), pause=0.1)
    assert head_of(answer) == b"HTTP/1.1 200 OK"
    assert world.gateway.seen[0][0].data == {"text": "please Upgrade: now"}


async def test_pipelined_requests_are_answered_in_order(world: World) -> None:
    content = json.dumps(SMS).encode()
    one = HEAD.encode() + f"Content-Length: {len(content)}\r\n\r\n".encode() + content
    last = one.replace(b"Host: x", b"Host: x\r\nConnection: close")
    async with world.served():
        answer = await world.raw(one + one + last)
    assert answer.count(b"HTTP/1.1 200 OK") == 3


@pytest.mark.parametrize("octets", [b"", b"POST /api/sms HT", b"POST /api/sms HTTP/1.1\r\nHost: x\r\n", b"\r\n\r\n"])
async def test_a_head_that_does_not_end_in_time_loses_its_connection(
    world: World, octets: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GuardedProtocol, "head_seconds", 0.2)
    async with world.served():
        before = time.monotonic()
        assert await world.raw(octets) == b""
    assert time.monotonic() - before < 2


async def test_drops_of_a_head_do_not_buy_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GuardedProtocol, "head_seconds", 0.3)
    async with world.served():
        reader, writer = await asyncio.open_connection("127.0.0.1", world.port)
        writer.write(b"POST /api/sms HTTP/1.1\r\n")
        closed = asyncio.create_task(reader.read())
        for _ in range(40):
            await asyncio.sleep(0.05)
            if closed.done():
                break
            writer.write(b"X-A: b\r\n")
        assert closed.done()
        writer.close()


async def test_a_head_is_at_most_32_kib(world: World) -> None:
    async with world.served():
        answer = await world.raw(HEAD.encode(), *[b"X-Filler: " + b"x" * 4000 + b"\r\n"] * 9, pause=0.01)
    assert head_of(answer) == b"HTTP/1.1 431 Request Header Fields Too Large"


@pytest.mark.parametrize("octets", [b"\x16\x03\x01\x02\x00\x01", b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"])
async def test_what_is_not_http_is_a_400(world: World, octets: bytes) -> None:
    async with world.served():
        assert head_of(await world.raw(octets)) == b"HTTP/1.1 400 Bad Request"
