"""What is done now and then: codes ended, the time remembered, disk, clock and store watched."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from bench import gateway, modem, virtual

from otppi.app.housekeeping import CLOCK_FACT

if TYPE_CHECKING:
    from pathlib import Path


@virtual
async def test_a_code_past_its_life_is_ended_within_seconds(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        reply = await bench.otp()
        await asyncio.sleep(299)
        name = str(reply.data["id"])
        assert (await bench.store.verifications.get(name)).state == "pending"
        await asyncio.sleep(7)
        assert (await bench.store.verifications.get(name)).state == "expired"


@pytest.mark.parametrize(("used", "alarm", "refuses"), [(0.79, False, False), (0.80, True, False), (0.95, True, True)])
@virtual
async def test_the_disk_is_watched(tmp_path: Path, used: float, *, alarm: bool, refuses: bool) -> None:
    async with gateway(tmp_path) as bench:
        bench.disk_used = used
        await asyncio.sleep(6)
        assert ("disk" in bench.alarms()) is alarm
        assert bench.app.gateway.disk_full is refuses
        bench.disk_used = 0.1
        await asyncio.sleep(6)
        assert "disk" not in bench.alarms()
        assert not bench.app.gateway.disk_full


@virtual
async def test_a_store_that_fails_is_noticed_without_any_request_and_its_recovery_too(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        bench.disk.broken = True
        await asyncio.sleep(6)
        assert "store" in bench.alarms()
        assert bench.app.gateway.health()[0] == "unavailable"
        bench.disk.broken = False
        await asyncio.sleep(6)
        assert "store" not in bench.alarms()
        assert bench.app.gateway.health()[0] == "ok"


@virtual
async def test_an_untrusted_clock_is_an_alarm(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        bench.clock.trusted = False
        await asyncio.sleep(6)
        assert "clock" in bench.alarms()
        bench.clock.trusted = True
        await asyncio.sleep(6)
        assert "clock" not in bench.alarms()


@virtual
async def test_the_clocks_mark_is_kept(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        assert await bench.store.registry.fact(CLOCK_FACT) == "{}"
        await bench.store.registry.put_fact(CLOCK_FACT, "old")
        await asyncio.sleep(70)
        assert await bench.store.registry.fact(CLOCK_FACT) == "{}"


@virtual
async def test_a_loop_that_dies_is_said(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        used = bench.app.housekeeping._disk_used

        def broken() -> float:
            raise RuntimeError("a defect")

        bench.app.housekeeping._disk_used = broken
        await asyncio.sleep(6)
        [alarm] = [alarm for alarm in bench.app.alarms.standing if alarm.kind == "task"]
        assert (alarm.object, alarm.severity) == ("housekeeping", "critical")
        assert bench.app.gateway.health()[0] == "degraded"
        bench.app.housekeeping._disk_used = used


@virtual
async def test_prefixes_that_are_cut_are_noticed(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a", "6281234"), modem("b", "62813")) as bench:
        assert [alarm.object for alarm in bench.app.alarms.standing if alarm.kind == "prefix_cut"] == ["a"]
        await bench.configure("sms.prefix_length", "7")
        assert "prefix_cut" not in bench.alarms()


@virtual
async def test_uses_of_sims_are_forgotten_once_no_limit_looks_back_at_them(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a", limit_day=5)) as bench:
        await bench.sms()
        await asyncio.sleep(23 * 3600)
        assert len(await bench.store.sims.uses(since=0)) == 1
        await asyncio.sleep(4 * 3600)
        assert await bench.store.sims.uses(since=0) == []
