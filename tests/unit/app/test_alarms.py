"""Alarms: raised and cleared at once in memory, and in the file in order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bench import EPOCH, gateway, virtual

from otppi.ports.store import Alarm

if TYPE_CHECKING:
    from pathlib import Path


@virtual
async def test_an_alarm_stands_at_once_and_is_written_soon(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        bench.app.alarms.set("kind", "thing", "warning", "do this")
        bench.app.alarms.set("kind", "other", "notice", "do that")
        expected = Alarm("kind", "thing", EPOCH + bench.seconds(), "warning", "do this")
        assert bench.app.alarms.standing[0] == expected
        await asyncio.sleep(1)
        assert expected in await bench.store.registry.alarms()
        bench.app.alarms.clear("kind", "thing")
        bench.app.alarms.clear("kind", "never raised")
        assert [alarm.object for alarm in bench.app.alarms.standing] == ["other"]
        await asyncio.sleep(1)
        assert [alarm.object for alarm in await bench.store.registry.alarms()] == ["other"]


@virtual
async def test_raising_again_keeps_the_time_and_takes_the_new_words(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        alarms = bench.app.alarms
        alarms.set("kind", "thing", "warning", "do this")
        since = alarms.standing[0].since
        await asyncio.sleep(5)
        alarms.set("kind", "thing", "warning", "do this")
        assert alarms.standing == (Alarm("kind", "thing", since, "warning", "do this"),)
        alarms.set("kind", "thing", "critical", "do that")
        assert alarms.standing == (Alarm("kind", "thing", since, "critical", "do that"),)
        await asyncio.sleep(1)
        assert await bench.store.registry.alarms() == [*alarms.standing]


@virtual
async def test_oldest_first(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        for name in ("b", "a", "c"):
            bench.app.alarms.set("kind", name, "notice", "")
            await asyncio.sleep(1)
        assert [alarm.object for alarm in bench.app.alarms.standing] == ["b", "a", "c"]


@virtual
async def test_a_store_that_refuses_is_asked_again_and_the_last_word_counts(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        bench.disk.broken = True
        for name in ("stays", "goes"):
            bench.app.alarms.set("kind", name, "warning", "do this")
        await asyncio.sleep(8)
        bench.app.alarms.clear("kind", "goes")
        bench.disk.broken = False
        await asyncio.sleep(12)
        kept = [alarm.object for alarm in await bench.store.registry.alarms() if alarm.kind == "kind"]
        assert kept == ["stays"]


@virtual
async def test_what_happened_outlives_a_restart_a_state_is_seen_anew_and_the_end_writes_what_is_left(
    tmp_path: Path,
) -> None:
    async with gateway(tmp_path) as bench:
        bench.app.alarms.set("outcome_unknown", "M1", "notice", "ask the receiver")
        bench.app.alarms.set("disk", "disk", "critical", "free space")
        await bench.app.stop(0.0)
        assert {alarm.kind for alarm in await bench.store.registry.alarms()} == {"outcome_unknown", "disk"}
        await bench.store.close()
        await bench.begin()
        await bench.app.start()
        await asyncio.sleep(6)
        assert bench.alarms() == {"outcome_unknown"}
        assert {alarm.kind for alarm in await bench.store.registry.alarms()} == {"outcome_unknown"}


@virtual
async def test_what_happened_fades_after_a_day_a_state_does_not(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        bench.app.alarms.set("outcome_unknown", "M1", "notice", "ask the receiver")
        bench.app.alarms.set("disk", "other", "warning", "look")
        await asyncio.sleep(86_390)
        assert bench.alarms() == {"outcome_unknown", "disk"}
        await asyncio.sleep(20)
        assert bench.alarms() == {"disk"}
