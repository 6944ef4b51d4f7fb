"""Virtual time: it jumps over every wait, and never stands still for good."""

from __future__ import annotations

import asyncio
import math

import pytest
from bench import virtual


@virtual
async def test_an_hour_passes_in_no_time_and_to_the_second() -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    await asyncio.sleep(3600)
    assert loop.time() - began == pytest.approx(3600, abs=1e-6)


@virtual
async def test_a_moment_nearer_than_the_clock_can_tell_is_reached_while_others_are_busy() -> None:
    loop = asyncio.get_running_loop()
    await asyncio.sleep(10.1)
    due = math.nextafter(loop.time(), math.inf)

    async def wait() -> None:
        while loop.time() < due:  # noqa: ASYNC110 - the clock itself is what is waited for
            await asyncio.sleep(due - loop.time())

    waiting = asyncio.create_task(wait())
    rounds = 0
    while not waiting.done() and rounds < 10_000:
        await asyncio.sleep(0)
        rounds += 1
    assert waiting.done()
