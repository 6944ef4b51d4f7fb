"""Breakers, limits and quarantine of modems and SIMs, as the fleet asks for them."""

from __future__ import annotations

import asyncio
import math
from itertools import cycle
from typing import TYPE_CHECKING

import pytest
from bench import EPOCH, sim, virtual

from otppi.app.alarms import Alarms
from otppi.app.fitness import WRITTEN_AHEAD_SECONDS, Fitness
from otppi.app.verdicts import Signs
from otppi.domain.breaker import Sign
from otppi.domain.limits import Limits
from otppi.domain.message import Change, Edge
from otppi.ports.modem import Identity
from otppi.ports.store import Quarantine, StoreUnavailable
from otppi.security import Vault
from otppi.store import InlineWriter, SqliteStore, open_store
from otppi.testing.samples import sample_entry, sample_message
from otppi.testing.virtual_time import LoopClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


_OPENED: list[SqliteStore] = []


@pytest.fixture(autouse=True)
def _every_store_closed() -> Iterator[None]:
    yield
    while _OPENED:
        asyncio.run(_OPENED.pop().close())


NUMBERS = [f"62812000000{n:02d}" for n in range(20)]
GOOD = Signs(Sign.GOOD, Sign.GOOD)
FAULT = Signs(modem=Sign.FAULT)
LOST = Signs(modem=Sign.LOST)
STRANGE = Signs(modem=Sign.STRANGE)
REFUSED = Signs(sim=Sign.FAULT, blocked=True)


class Ward:
    """A fitness on a store of its own."""

    def __init__(self, path: Path) -> None:
        self.vault = Vault(bytes(32))
        self.path = path / "s.db"
        self.clock = LoopClock(asyncio.get_running_loop().time, EPOCH)
        self.limits: dict[str, Limits] = {}
        self.sent = 0
        self.begin()

    def begin(self) -> None:
        self.store: SqliteStore = open_store(
            self.path, key_id=self.vault.key_id, synchronous="OFF", writer=InlineWriter
        )
        _OPENED.append(self.store)
        self.alarms = Alarms(self.store.registry, self.clock)
        self.fitness = Fitness(
            clock=self.clock,
            alarms=self.alarms,
            store=self.store.sims,
            vault=self.vault,
            limits=lambda name: self.limits.get(name, Limits()),
        )

    async def restart(self) -> None:
        await self.store.close()
        self.begin()
        await self.fitness.load()

    async def send(self, modem: str) -> None:
        """Hand one message to a modem, as the delivery does."""
        self.sent += 1
        use = self.fitness.use(modem)
        message = sample_message(self.sent)
        await self.store.outbox.accept(sample_entry(message), now=self.clock.now())
        await self.store.outbox.settle(message.id, [Change(Edge.HAND, self.clock.now(), 1, modem=modem)], use=use)
        if use is not None:
            self.fitness.used(use)

    def learn(self, modem: str, *signs: Signs, numbers: list[str] = NUMBERS) -> None:
        for one, number in zip(signs, cycle(numbers), strict=False):
            self.fitness.learn(modem, one, number)

    def kind(self, modem: str = "a") -> str:
        found = self.fitness.hindrance(modem)
        return "" if found is None else found.kind

    def words(self, modem: str = "a") -> str:
        found = self.fitness.hindrance(modem)
        return "" if found is None else found.words

    async def next_moment(self) -> None:
        await asyncio.sleep(self.fitness.next_moment() - self.clock.now())

    @property
    def told(self) -> set[tuple[str, str]]:
        return {(alarm.kind, alarm.object) for alarm in self.alarms.standing}


async def ward(tmp_path: Path, **sims: int) -> Ward:
    made = Ward(tmp_path)
    await made.fitness.load()
    for modem, number in sims.items():
        made.fitness.meet(modem, sim(number))
    return made


# -- breakers ------------------------------------------------------------------------------------------------------


@virtual
async def test_three_faults_let_a_modem_rest_and_a_success_brings_it_back(tmp_path: Path) -> None:
    made = await ward(tmp_path, a=1, b=2)
    made.learn("a", FAULT, FAULT)
    assert made.kind() == ""
    made.learn("a", FAULT)
    assert (made.kind(), made.kind("b")) == ("rest", "")
    assert made.words() == "failed too often and rests, tried again in 30 s"
    assert made.told == {("modem_resting", "a")}
    assert made.fitness.next_moment() == made.clock.now() + 30
    await asyncio.sleep(30)
    assert made.kind() == "trial"
    assert made.fitness.next_moment() == math.inf
    made.learn("a", Signs())
    assert made.kind() == "trial", "that told nothing"
    made.learn("a", FAULT)
    await asyncio.sleep(59)
    assert made.kind() == "rest"
    await asyncio.sleep(1)
    made.learn("a", GOOD)
    assert (made.kind(), made.told) == ("", set())


@virtual
async def test_a_code_may_try_a_modem_that_answers_but_never_a_sim_that_is_not_fit(tmp_path: Path) -> None:
    made = await ward(tmp_path, a=1)
    made.learn("a", *[FAULT] * 3)
    now = made.clock.now()
    made.fitness.answered("a")
    found = made.fitness.hindrance("a")
    assert found is not None
    assert (found.kind, found.code_at, found.until) == ("rest", now, now + 30)
    made.learn("a", FAULT)
    await asyncio.sleep(1)
    made.learn("a", FAULT)
    made.fitness.answered("a")
    assert made.fitness.next_moment() == now + 30
    found = made.fitness.hindrance("a")
    assert found is not None
    assert found.code_at == now + 31, "half a minute after the last failed try"
    made.learn("a", *[REFUSED] * 5, numbers=NUMBERS[:1])
    found = made.fitness.hindrance("a")
    assert found is not None
    assert found.code_at == math.inf, "its SIM rests as well"


@virtual
async def test_five_refusals_of_a_sim_let_it_rest_wherever_it_is(tmp_path: Path) -> None:
    made = await ward(tmp_path, a=1, b=2)
    made.learn("a", *[REFUSED] * 5, numbers=NUMBERS[:1])
    assert made.kind() == "rest"
    assert made.told == {("sim_resting", "a")}
    made.fitness.meet("a", sim(3))
    assert (made.kind(), made.told) == ("", set())
    made.fitness.meet("b", sim(1))
    assert made.kind("b") == "rest"
    assert made.told == {("sim_resting", "b")}


@virtual
async def test_unknown_errors_are_faults_of_the_modem_from_the_third_on(tmp_path: Path) -> None:
    made = await ward(tmp_path, a=1, b=2)
    made.learn("a", *[STRANGE] * 4)
    assert made.kind() == ""
    made.learn("a", STRANGE)
    assert made.kind() == "rest"
    made.learn("b", STRANGE, STRANGE, GOOD, STRANGE, STRANGE, GOOD, STRANGE, STRANGE)
    assert made.kind("b") == ""


@virtual
async def test_a_modem_whose_line_goes_with_the_text_is_tried_as_soon_as_it_is_back(tmp_path: Path) -> None:
    made = await ward(tmp_path, a=1)
    made.learn("a", LOST, LOST, LOST)
    assert made.kind() == "rest"
    made.fitness.back("a")
    assert made.kind() == "trial"
    made.learn("a", LOST)
    assert made.kind() == "trial"
    made.learn("a", GOOD)
    assert made.kind() == ""


@virtual
async def test_a_modem_that_is_run_no_more_is_forgotten_its_sim_is_not(tmp_path: Path) -> None:
    made = await ward(tmp_path, a=1)
    made.learn("a", *[FAULT] * 3, *[REFUSED] * 5, numbers=NUMBERS[:1])
    made.fitness.leave("a")
    made.fitness.leave("a")
    assert (made.kind(), made.told) == ("", set())
    made.fitness.learn("a", FAULT, NUMBERS[0])
    assert made.fitness.use("a") is None
    made.fitness.meet("a", Identity())
    assert made.kind() == ""
    made.fitness.meet("a", sim(1))
    assert made.kind() == "rest", "of the SIM"


# -- limits --------------------------------------------------------------------------------------------------------


@virtual
async def test_a_sim_without_limits_is_not_counted(tmp_path: Path) -> None:
    made = await ward(tmp_path, a=1)
    for _ in range(20):
        await made.send("a")
    assert made.kind() == ""
    assert await made.store.sims.uses(since=0) == []


@virtual
async def test_a_sim_at_its_limit_says_so_and_when_it_is_free_again(tmp_path: Path) -> None:
    made = await ward(tmp_path, a=1)
    made.limits["a"] = Limits(hour=3)
    for _ in range(3):
        assert made.kind() == ""
        await made.send("a")
        await asyncio.sleep(60)
    found = made.fitness.hindrance("a")
    assert found is not None
    assert (found.kind, found.since) == ("limit", EPOCH + 120)
    assert EPOCH + 3600 <= found.until <= EPOCH + 3600 * (1 + 0.2 / 3)
    assert found.words.startswith("has a SIM at its limit of 3 SMS an hour, free again in ")
    assert made.fitness.next_moment() == found.until
    await asyncio.sleep(found.until - made.clock.now())
    assert made.kind() == ""


@virtual
async def test_the_counts_follow_the_sim_over_restarts_and_over_modems(tmp_path: Path) -> None:
    made = await ward(tmp_path, a=1, b=2)
    made.limits = {"a": Limits(hour=3), "b": Limits(hour=3)}
    for _ in range(3):
        await made.send("a")
    await made.restart()
    made.fitness.meet("a", sim(3))
    made.fitness.meet("b", sim(1))
    assert (made.kind("a"), made.kind("b")) == ("", "limit")
    found = made.fitness.hindrance("b")
    assert found is not None
    assert found.until >= EPOCH + WRITTEN_AHEAD_SECONDS + 3600, "the text may have left that much later"


@virtual
async def test_a_limit_for_the_minute_makes_a_pace_and_no_pause_is_like_the_other(tmp_path: Path) -> None:
    made = await ward(tmp_path, a=1)
    made.limits["a"] = Limits(minute=6)
    assert made.fitness.pace("a") == 10.0
    waits = set()
    for _ in range(40):
        await made.send("a")
        found = made.fitness.hindrance("a")
        assert found is not None
        assert found.kind in ("pace", "limit")
        waits.add(round(found.until - made.clock.now(), 2))
        while made.kind():
            await made.next_moment()
    assert len(waits) > 20
    assert made.fitness.pace("b") == 0.0


@virtual
async def test_a_limit_that_is_lifted_holds_nothing_back(tmp_path: Path) -> None:
    made = await ward(tmp_path, a=1)
    made.limits["a"] = Limits(day=1)
    await made.send("a")
    assert made.kind() == "limit"
    del made.limits["a"]
    assert made.kind() == ""


@virtual
async def test_a_modem_on_trial_keeps_its_limit_and_its_pace(tmp_path: Path) -> None:
    made = await ward(tmp_path, a=1)
    made.limits["a"] = Limits(minute=2)
    await made.send("a")
    made.learn("a", FAULT, FAULT, FAULT)
    assert made.kind() == "rest"
    made.fitness.back("a")
    await made.send("a")
    assert made.kind() == "limit"
    await asyncio.sleep(made.fitness.next_moment() - made.clock.now())
    assert made.kind() == "trial"


# -- who is who ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("later", "same"),
    [
        (Identity(), True),
        (Identity(imei="004402450000012"), True),
        (Identity(imsi=sim(1).imsi), True),
        (sim(1), True),
        (Identity(imsi=sim(2).imsi), False),
        (sim(2), False),
    ],
)
@virtual
async def test_a_modem_has_the_sim_it_had_until_it_names_another(
    tmp_path: Path, later: Identity, *, same: bool
) -> None:
    made = await ward(tmp_path, a=1)
    made.limits["a"] = Limits(day=1)
    await made.send("a")
    made.fitness.meet("a", later)
    assert (made.kind() == "limit") is same


# -- quarantine ----------------------------------------------------------------------------------------------------


@virtual
async def test_a_sim_refused_for_several_numbers_is_in_quarantine_and_stays_there(tmp_path: Path) -> None:
    made = await ward(tmp_path, a=1)
    made.learn("a", *[REFUSED] * 5)
    await made.fitness.keep()
    assert (made.kind(), made.words()) == ("quarantine", "has a SIM in quarantine")
    assert ("sim_quarantined", "a") in made.told
    assert "otppi modem enable a" in next(a.remedy for a in made.alarms.standing if a.kind == "sim_quarantined")
    await asyncio.sleep(86_400)
    made.learn("a", GOOD)
    assert made.kind() == "quarantine", "only the owner ends it"
    await made.restart()
    made.fitness.meet("a", sim(1))
    assert (made.kind(), made.told) == ("quarantine", {("sim_quarantined", "a")})
    assert made.fitness.next_moment() == math.inf


@pytest.mark.parametrize(
    "signs",
    [
        [REFUSED] * 4,
        [*[REFUSED] * 4, GOOD, *[REFUSED] * 4],
        [Signs(sim=Sign.FAULT)] * 10,
    ],
)
@virtual
async def test_what_is_no_pattern_is_no_quarantine(tmp_path: Path, signs: list[Signs]) -> None:
    made = await ward(tmp_path, a=1)
    made.learn("a", *signs)
    await made.fitness.keep()
    assert made.kind() != "quarantine"
    assert await made.store.sims.quarantines() == []


@virtual
async def test_another_sim_in_the_modem_is_not_in_quarantine(tmp_path: Path) -> None:
    made = await ward(tmp_path, a=1)
    made.learn("a", *[REFUSED] * 5)
    made.fitness.meet("a", sim(2))
    assert (made.kind(), made.told) == ("", set())
    made.fitness.meet("a", sim(1))
    assert made.kind() == "quarantine"


@virtual
async def test_the_owner_ends_it_and_the_sim_starts_with_a_clean_slate(tmp_path: Path) -> None:
    made = await ward(tmp_path, a=1)
    made.learn("a", *[REFUSED] * 5)
    await made.fitness.keep()
    await made.fitness.reload()
    assert made.kind() == "quarantine"
    await made.store.sims.pardon("a", "")
    await made.fitness.reload()
    assert (made.kind(), made.told) == ("", set())
    made.learn("a", *[REFUSED] * 4)
    assert made.kind() == ""


@virtual
async def test_a_quarantine_the_store_refuses_holds_and_is_written_later(tmp_path: Path) -> None:
    made = await ward(tmp_path, a=1)
    write = made.store.sims.quarantine

    async def fails(quarantine: Quarantine) -> None:
        raise StoreUnavailable

    made.store.sims.quarantine = fails  # type: ignore[method-assign]  # a disk that is full
    made.learn("a", *[REFUSED] * 5)
    await made.fitness.keep()
    await made.fitness.reload()
    assert made.kind() == "quarantine"
    made.store.sims.quarantine = write  # type: ignore[method-assign]  # there is room again
    await made.fitness.keep()
    assert [each.modem for each in await made.store.sims.quarantines()] == ["a"]


@virtual
async def test_no_sim_is_named_in_what_is_told(tmp_path: Path) -> None:
    made = await ward(tmp_path, a=1)
    made.limits["a"] = Limits(day=1)
    await made.send("a")
    made.learn("a", *[REFUSED] * 5)
    told = [
        repr(made.alarms.standing),
        repr(made.fitness.hindrance("a")),
        repr(list(made.fitness._sims.values())),
        repr(made.fitness._modems),
    ]
    assert all(secret not in text for secret in (sim(1).iccid, sim(1).imsi) for text in told)
