"""The application as a whole: a loop it cannot do without is missed at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bench import gateway, virtual

if TYPE_CHECKING:
    from pathlib import Path


@virtual
async def test_a_loop_that_dies_is_an_alarm_and_ends_the_process(tmp_path: Path) -> None:
    def breaks() -> None:
        raise RuntimeError("a defect")

    async with gateway(tmp_path) as bench:
        bench.app.alarms.fade = breaks  # type: ignore[method-assign]  # a defect put in on purpose
        assert not bench.app.died.is_set()
        await asyncio.wait_for(bench.app.died.wait(), 10)
        assert ("task", "housekeeping") in {(alarm.kind, alarm.object) for alarm in bench.app.alarms.standing}
        health, _ = bench.app.gateway.health()
        assert health == "degraded"


@virtual
async def test_a_disk_that_cannot_be_looked_at_is_an_alarm_and_no_end(tmp_path: Path) -> None:
    def gone() -> float:
        raise OSError("no such directory")

    async with gateway(tmp_path) as bench:
        bench.app.housekeeping._disk_used = gone
        await asyncio.sleep(10)
        assert not bench.app.died.is_set()
        assert "disk" in {alarm.kind for alarm in bench.app.alarms.standing}
