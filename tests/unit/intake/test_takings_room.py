"""How many messages more a connector may ask its broker for."""

from __future__ import annotations

import asyncio

from otppi.intake.brokers.takings import Takings
from otppi.ports.connector import Arrival


async def test_room_is_what_is_not_open_and_is_waited_for() -> None:
    ended = [asyncio.Event(), asyncio.Event()]

    async def take(arrival: Arrival) -> None:
        await ended[int(arrival.body)].wait()

    async def acknowledge() -> None:
        await asyncio.sleep(0)

    takings = Takings(take, 2)
    assert await takings.room() == 2
    await takings.begin(Arrival(b"0"), acknowledge)
    assert await takings.room() == 1
    await takings.begin(Arrival(b"1"), acknowledge)
    waiting = asyncio.create_task(takings.room())
    assert not (await asyncio.wait({waiting}, timeout=0.05))[0]
    ended[0].set()
    assert await waiting == 1
    ended[1].set()
    await takings.end()
