"""How many messages a broker may bring, as room comes and goes."""

from __future__ import annotations

import asyncio

import pytest
from bench import virtual

from otppi.intake.brokers.width import Width, next_width


@pytest.mark.parametrize(
    ("width", "room", "expected"),
    [
        (100, 100_000, 100),
        (100, 100, 100),
        (100, 99, 49),
        (49, 49, 49),
        (49, 40, 20),
        (2, 1, 1),
        (1, 0, 1),
        (1, 1, 1),
        (1, 2, 2),
        (20, 39, 20),
        (20, 40, 40),
        (60, 100, 100),
    ],
)
def test_the_next_width(width: int, room: int, expected: int) -> None:
    assert next_width(width, 100, room) == expected


@virtual
async def test_it_narrows_when_something_ends_and_widens_by_itself() -> None:
    room = 100
    width = Width(10, lambda: room)
    assert width.now == 10
    changing = asyncio.create_task(width.changed())
    room = 6
    await asyncio.sleep(60)
    assert not changing.done()
    acknowledging = asyncio.create_task(width.fits())
    await asyncio.sleep(0.1)
    assert (changing.done(), width.now, acknowledging.done()) == (True, 3, False)
    width.told()
    await asyncio.sleep(0)
    assert acknowledging.done()
    changing = asyncio.create_task(width.changed())
    room = 0
    await asyncio.sleep(60)
    assert (changing.done(), width.now) == (False, 3)
    room = 50
    await asyncio.sleep(1.1)
    assert (changing.done(), width.now) == (True, 10)


@virtual
async def test_room_that_is_back_at_once_holds_nothing_up() -> None:
    room = 9
    width = Width(10, lambda: room)
    room = 10
    changing = asyncio.create_task(width.changed())
    await asyncio.sleep(1.1)
    assert (changing.done(), width.now) == (True, 10)
    changing = asyncio.create_task(width.changed())
    await asyncio.sleep(0)
    room = 9
    acknowledging = asyncio.create_task(width.fits())
    await asyncio.sleep(0)
    room = 10
    await asyncio.sleep(0.1)
    assert (acknowledging.done(), changing.done(), width.now) == (True, False, 10)
    changing.cancel()


@virtual
async def test_what_was_asked_before_anybody_looked_is_seen() -> None:
    room = 10
    width = Width(10, lambda: room)
    room = 4
    acknowledging = asyncio.create_task(width.fits())
    await asyncio.sleep(0)
    await width.changed()
    assert (acknowledging.done(), width.now) == (False, 2)
    width.told()
    await acknowledging


@virtual
async def test_once_nothing_more_is_brought_all_is_acknowledged() -> None:
    room = 10
    width = Width(10, lambda: room)
    room = 0
    waits = asyncio.create_task(width.fits())
    await asyncio.sleep(0.1)
    assert waits.done() is False
    width.end()
    await width.fits()
    await waits


@virtual
async def test_one_may_always_be_brought() -> None:
    width = Width(10, lambda: 0)
    assert width.now == 1
    changing = asyncio.create_task(width.changed())
    await width.fits()
    await asyncio.sleep(60)
    assert (changing.done(), width.now) == (False, 1)
    changing.cancel()
