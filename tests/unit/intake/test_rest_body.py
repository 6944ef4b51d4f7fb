"""A body within its limits, whatever the headers say."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from otppi.intake.rest.body import Body, BodyTooLarge, BodyTooSlow, ClientGone
from otppi.wire import MAX_BODY

if TYPE_CHECKING:
    from otppi.intake.rest.asgi import Receive


class Wire:
    """Gives parts one by one; after the last: nothing for ever, or the news that the client left."""

    def __init__(self, *parts: bytes, ends: bool = True, leaves: bool = False) -> None:
        self._parts = list(parts)
        self._ends = ends
        self._leaves = leaves
        self.asked = 0

    async def receive(self) -> dict[str, Any]:
        self.asked += 1
        if self._parts:
            part = self._parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(self._parts) or not self._ends}
        if self._leaves:
            return {"type": "http.disconnect"}
        await asyncio.Event().wait()
        raise AssertionError


def body(receive: Receive, seconds: float = 10.0, **headers: bytes) -> Body:
    return Body({name.replace("_", "-").encode(): value for name, value in headers.items()}, receive, seconds=seconds)


@pytest.mark.parametrize("parts", [(b"abc",), (b"a", b"", b"bc"), (b"", b"abc")])
async def test_the_parts_are_put_together(parts: tuple[bytes, ...]) -> None:
    assert await body(Wire(*parts).receive, content_length=b"3").read() == b"abc"


async def test_exactly_64_kib_is_allowed() -> None:
    for parts in ((b"x" * MAX_BODY,), (b"x" * (MAX_BODY - 1), b"x")):
        assert len(await body(Wire(*parts).receive).read()) == MAX_BODY


@pytest.mark.parametrize("parts", [(b"x" * (MAX_BODY + 1),), (b"x" * MAX_BODY, b"x", b"x")])
async def test_one_octet_more_is_not_even_without_a_length(parts: tuple[bytes, ...]) -> None:
    with pytest.raises(BodyTooLarge):
        await body(Wire(*parts).receive, transfer_encoding=b"chunked").read()


@pytest.mark.parametrize("length", [b"65537", b"9999999999999999", b"-1", b"abc"])
async def test_a_promise_of_too_much_is_refused_unread(length: bytes) -> None:
    wire = Wire(b"abc")
    with pytest.raises(BodyTooLarge):
        await body(wire.receive, content_length=length).read()
    assert wire.asked == 0


async def test_a_body_that_does_not_end_in_time_is_given_up() -> None:
    slow = body(Wire(b"abc", ends=False).receive, seconds=0.01, transfer_encoding=b"chunked")
    with pytest.raises(BodyTooSlow):
        await slow.read()
    assert await slow.abandon() is False


async def test_a_client_that_leaves_is_noticed() -> None:
    with pytest.raises(ClientGone):
        await body(Wire(b"abc", ends=False, leaves=True).receive).read()


async def test_a_small_unread_body_may_follow_and_is_left_to_the_server() -> None:
    wire = Wire(b"abc")
    assert await body(wire.receive, content_length=b"3").abandon() is False
    assert wire.asked == 0


async def test_a_large_unread_body_is_dropped_and_the_connection_closed() -> None:
    wire = Wire(*[b"x" * 65_536] * 3)
    assert await body(wire.receive, content_length=b"196608").abandon() is True
    assert wire.asked == 3


async def test_dropping_an_endless_body_ends() -> None:
    wire = Wire(*[b"x" * 65_536] * 100)
    assert await body(wire.receive, transfer_encoding=b"chunked").abandon() is True
    assert wire.asked == 16


async def test_a_client_that_waits_for_permission_gets_the_answer_instead() -> None:
    for length in (b"3", b"1000000"):
        wire = Wire(b"abc")
        assert await body(wire.receive, content_length=length, expect=b"100-continue").abandon() is True
        assert wire.asked == 0


@pytest.mark.parametrize("header", ["transfer_encoding", "expect"])
async def test_after_a_whole_body_the_connection_may_stay(header: str) -> None:
    wire = Wire(b"a", b"b")
    whole = body(wire.receive, 10.0, **{header: b"x"})
    assert await whole.read() == b"ab"
    assert await whole.abandon() is False
    assert wire.asked == 2
