"""The seeded simulation: every seed is a history of its own, and none may show a defect.

`OTPPI_SEEDS=first:last` (the last is left out) chooses the seeds; without it, 2,000 of them in script/test. The seeds
come in chunks, so that several workers can share them; a failure names its seeds, and each replays exactly by itself:
`OTPPI_SEEDS=1234:1235`.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from world import LAST_MOMENT, World, run_seed, run_seeds
from world_requests import EPOCH, make_plan
from world_sims import WorldSims

from otppi.app.delivery import Delivery
from otppi.domain.limits import Limits
from otppi.domain.sim import sim_name
from otppi.testing.fake_modem import Fate, OnAir

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 50
_SHARED_MEMORY = Path("/dev/shm")


def _seeds() -> range:
    first, _, last = os.environ.get("OTPPI_SEEDS", "0:2000").partition(":")
    return range(int(first), int(last))


def _chunks() -> list[range]:
    seeds = _seeds()
    return [seeds[start : start + CHUNK] for start in range(0, len(seeds), CHUNK)]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that costs no disk where there is one: what a power cut takes, the worlds decide themselves."""
    with TemporaryDirectory(dir=_SHARED_MEMORY if os.access(_SHARED_MEMORY, os.W_OK) else None) as name:
        yield Path(name)


@pytest.mark.timeout(300)
@pytest.mark.feature("X09", "F002")
@pytest.mark.parametrize("seeds", _chunks(), ids=lambda seeds: f"{seeds.start}:{seeds.stop}")
def test_no_seed_shows_a_defect(seeds: range, folder: Path) -> None:
    failures = run_seeds(seeds, folder)
    told = [f"seed {seed}: {violation}" for seed, violations in failures.items() for violation in violations]
    assert not told, "\n".join(told)


@pytest.mark.parametrize("seed", [3, 17, 101, 640])
def test_the_same_seed_gives_the_same_history_twice(seed: int, folder: Path) -> None:
    told = []
    for number in range(2):
        place = folder / str(number)
        place.mkdir()
        told.append(run_seed(seed, place).told())
    assert told[0] == told[1]


def test_the_worlds_are_worth_living_in(folder: Path) -> None:
    """Guards the simulation itself: it must not become easy without anybody noticing."""
    worlds = []
    for seed in range(60):
        place = folder / str(seed)
        place.mkdir()
        worlds.append(run_seed(seed, place))
    edges = {edge for world in worlds for edge in world.edges()}
    assert edges == set("cdfghijklp"), "edges e, m, n need reports; a and b are kept elsewhere; o is the owner's"
    assert sum(world.lives for world in worlds) > 2 * len(worlds)
    assert {fate for world in worlds for fate in world.met} == set(Fate)
    assert sum(len(world.air.entries) for world in worlds) > 4 * len(worlds)
    assert sum(bool(world.quarantined()) for world in worlds) >= 2
    assert sum(world.plan.sims.binding(world.air.entries) for world in worlds) >= 10
    assert sum(any(m.not_before and m.ever_handed for m in world.messages()) for world in worlds) >= 10
    assert sum(len(world.codes.resent) for world in worlds) >= 20
    assert sum(len(world.codes.told) for world in worlds) >= 30
    assert max(world.time for world in worlds) < LAST_MOMENT


def test_a_defect_would_be_seen(folder: Path) -> None:
    """The oracle bites: something on the air that no message accounts for, and a message that says sent but was not."""
    world = run_seed(0, folder)
    assert world.violations == []
    world.air.entries += world.air.entries[:]
    world.judge()
    assert any("silent duplicate" in violation for violation in world.violations)
    world.violations.clear()
    world.air.entries.clear()
    world.judge()
    assert any("said sent, never was" in violation for violation in world.violations)


def test_a_world_that_goes_round_in_circles_would_be_seen(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A delivery that looks again at once, for ever, at the same moment."""

    async def look_again(_: Delivery, _moment: float) -> None:
        await asyncio.sleep(0)

    monkeypatch.setattr(Delivery, "_rest", look_again)
    violations = run_seed(4, folder).violations
    assert [each for each in violations if "goes round in circles: no end after 50000 turns" in each] != []


def test_a_message_before_its_time_would_be_seen(folder: Path) -> None:
    for seed in itertools.count():
        place = folder / str(seed)
        place.mkdir()
        world = run_seed(seed, place)
        on_air = {aired.number for aired in world.aired()}
        late = {m.receiver for m in world.messages() if m.not_before} & on_air
        if late:
            break
    assert world.violations == []
    world.air.entries[:] = [replace(entry, at=EPOCH) for entry in world.air.entries]
    world.judge()
    assert {said.split()[0] for said in world.violations if "before its time" in said} == late


def test_a_code_that_outlives_its_end_or_changes_would_be_seen(folder: Path) -> None:
    world = run_seed(11, folder)
    carriers = {message.id: message.verification for message in world.messages() if message.verification}
    entry = next(entry for entry in world.air.entries if carriers.get(entry.key.split("/")[0]) in world.codes.told)
    code = carriers[entry.key.split("/")[0]]
    world.air.entries.append(replace(entry, at=world.codes.told[code] + 1))
    assert any("went out after it had ended" in told for told in world.codes.judge(folder / "store.db", world.aired()))
    other = next(entry for entry in world.air.entries if carriers.get(entry.key.split("/")[0]) not in (None, code))
    world.air.entries[-1] = replace(other, key=entry.key)
    assert any("is not the same" in told for told in world.codes.judge(folder / "store.db", world.aired()))
    world.codes.resent.append("01LOST")
    assert any("is lost" in told for told in world.codes.judge(folder / "store.db", world.aired()))


def test_a_sim_used_too_often_or_in_quarantine_would_be_seen(folder: Path) -> None:
    sims = WorldSims(order=[1, 0], limits=Limits(minute=1), blocked=-1)
    sims.begin(EPOCH, random.Random(0))  # noqa: S311 - the same order always
    sent = [OnAir(EPOCH + at, "modem0", "", 1) for at in (1.0, 60.0)]
    assert sims.judge(sent, {}) == ["SIM 1 sent 2 times in 59.0 s, its limit is 1 a minute"]
    sims.attempt("modem0", EPOCH + 10)
    name = sim_name("", sims.identity("modem0").iccid, "")
    assert sims.judge([], {name: EPOCH + 9}) == ["SIM 1 was used at 1800000010.0, its quarantine began at 1800000009.0"]
    assert sims.judge([], {name: EPOCH + 10}) == []
    assert len(sims.judge([], {"modem modem0": EPOCH})) == 1


def test_a_plan_depends_on_its_seed_alone() -> None:
    assert make_plan(7).requests == make_plan(7).requests
    assert make_plan(7).requests != make_plan(8).requests
    assert isinstance(World(7, Path()).plan.ends, list)
