"""Finished messages are kept as long as the owner wants, and become counts by themselves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bench import gateway, virtual

from otppi.app.retention import PAUSE_SECONDS, STEP, STEPS_A_ROUND, Retention
from otppi.domain.settings import Settings
from otppi.ports.history import Cut, Slice, Tally
from otppi.testing.clock import FakeClock
from otppi.testing.fake_modem import Lot

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400.0


@virtual
async def test_a_finished_message_is_kept_and_then_counted(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings={"retention.finished": "2d"}) as bench:
        bench.app.housekeeping.every = 600.0
        for number in range(3):
            await bench.sms(f"+628120000{number:04d}")
        await asyncio.sleep(2 * DAY - 3600)
        assert len(await bench.messages()) == 3
        await asyncio.sleep(3 * 3600)
        assert await bench.messages() == []
        (tally,) = await bench.store.history.tallies()
        assert (tally.state, tally.modem, tally.messages) == ("sent", "east", 3)


@virtual
async def test_what_waits_is_kept_and_nothing_is_written_for_it(tmp_path: Path) -> None:
    settings = {"retention.finished": "1d", "message.max_life": "30d"}
    async with gateway(tmp_path, settings=settings, usual_lot=Lot(air=1e9)) as bench:
        bench.app.housekeeping.every = 600.0
        for number in range(3):
            await bench.sms(f"+628120000{number:04d}")
        await asyncio.sleep(3 * DAY)
        assert len(await bench.messages()) == 3


class Old:
    """A history of `left` messages, all of them old."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.purges = 0
        self.afters: list[int] = []

    async def count(self, cut: Cut, *, now: float, after: int = 0, limit: int = 2000) -> Slice:
        self.afters.append(after)
        found = min(self.left, limit)
        return Slice(found, after + found, done=found < limit)

    async def purge(self, cut: Cut, *, now: float, after: int = 0, limit: int = 50) -> Slice:
        found = min(self.left, limit)
        self.left -= found
        self.purges += 1
        return Slice(found, after + found, done=found < limit)

    async def forget(self, *, now: float) -> None:
        raise AssertionError("the sweep does that bit by bit")

    async def tallies(self, *, first: str = "", last: str = "~") -> list[Tally]:
        raise AssertionError("not asked")


async def test_much_is_done_in_several_rounds_and_then_there_is_a_pause() -> None:
    clock = FakeClock(1_800_000_000.0)
    old = Old(STEP * STEPS_A_ROUND + 10)
    retention = Retention(old, clock, Settings)
    await retention.round()
    assert old.purges == 0, "not just after the start"
    clock.advance(601)
    await retention.round()
    assert (old.left, old.purges) == (10, STEPS_A_ROUND)
    await retention.round()
    assert old.left == 0
    old.left = 5
    await retention.round()
    assert old.left == 5
    clock.advance(PAUSE_SECONDS)
    await retention.round()
    assert (old.left, old.afters[-1]) == (0, 0)


async def test_nothing_old_is_one_look_and_no_write() -> None:
    clock = FakeClock(1_800_000_000.0)
    old = Old(0)
    retention = Retention(old, clock, Settings)
    clock.advance(601)
    await retention.round()
    assert (old.purges, len(old.afters)) == (0, 1)
