"""The modems as the delivery sees them: supervised, free or not, able or not and since when."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

import pytest
from bench import ABSENT, EPOCH, READY, SilentLine, gateway, modem, status, virtual

from otppi.app.alarms import Alarms
from otppi.app.fitness import Fitness
from otppi.app.fleet import FIRST_USUAL_SECONDS, Fleet, Hold
from otppi.app.troubles import CALM_SECONDS
from otppi.app.verdicts import Signs
from otppi.domain.breaker import Sign
from otppi.domain.limits import Limits
from otppi.domain.message import Class
from otppi.ports.modem import Identity, LineSettings, LineStatus, ModemState
from otppi.security import Vault
from otppi.store import InlineWriter, open_store
from otppi.testing.virtual_time import LoopClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from otppi.ports.modem import LineEvents
    from otppi.ports.store import Store


_OPENED: list[Store] = []


@pytest.fixture(autouse=True)
def _every_store_closed() -> Iterator[None]:
    yield
    while _OPENED:
        asyncio.run(_OPENED.pop().close())


class Yard:
    """A fleet of lines that do nothing."""

    def __init__(self, store: Store) -> None:
        self.clock = LoopClock(asyncio.get_running_loop().time, EPOCH)
        self.alarms = Alarms(store.registry, self.clock)
        self.lines: dict[str, SilentLine] = {}
        self.limits: dict[str, Limits] = {}
        self.fitness = Fitness(
            clock=self.clock,
            alarms=self.alarms,
            store=store.sims,
            vault=Vault(bytes(32)),
            limits=lambda name: self.limits.get(name, Limits()),
        )
        self.fleet = Fleet(self._open, self.clock, self.alarms, self.fitness)
        self.nudges = 0
        self.fleet.nudge = self._nudge

    def _nudge(self) -> None:
        self.nudges += 1

    def _open(self, settings: LineSettings, events: LineEvents) -> SilentLine:
        line = self.lines[settings.name] = SilentLine()
        return line

    async def run(self, *names: str) -> None:
        await self.fleet.apply({name: LineSettings(name, f"/dev/{name}") for name in names})

    async def calm(self) -> None:
        """Let so much time pass that what was wrong counts as over, and look."""
        await asyncio.sleep(CALM_SECONDS)
        self.fleet.troubles.review()

    def kinds(self) -> set[tuple[str, str]]:
        return {(alarm.kind, alarm.object) for alarm in self.alarms.standing}


class Ready(Yard):
    """With modems that are ready."""

    async def run(self, *names: str) -> None:
        await super().run(*names)
        for name in names:
            self.fleet.changed(name, READY)


async def yard(tmp_path: Path, *names: str) -> Ready:
    store = open_store(tmp_path / "s.db", key_id=Vault(bytes(32)).key_id, synchronous="OFF", writer=InlineWriter)
    _OPENED.append(store)
    made = Ready(store)
    await made.run(*names)
    return made


@virtual
async def test_a_modem_can_take_from_ready_on_and_busy_is_not_cannot(tmp_path: Path) -> None:
    made = await yard(tmp_path)
    await Yard.run(made, "a")
    begun = made.clock.now()
    assert made.fleet.views()["a"].cannot_since == begun
    await asyncio.sleep(5)
    made.fleet.changed("a", status(ModemState.SEARCHING))
    assert made.fleet.views()["a"].cannot_since == begun, "it never could"
    made.fleet.changed("a", READY)
    assert made.fleet.views()["a"].cannot_since is None
    made.fleet.changed("a", status(ModemState.BUSY))
    assert made.fleet.views()["a"].cannot_since is None


@pytest.mark.parametrize("state", [s for s in ModemState if s not in (ModemState.READY, ModemState.BUSY)])
@virtual
async def test_in_every_other_state_it_cannot_since_that_moment(tmp_path: Path, state: ModemState) -> None:
    made = await yard(tmp_path, "a")
    await asyncio.sleep(7)
    made.fleet.changed("a", status(state))
    await asyncio.sleep(3)
    made.fleet.changed("a", status(state))
    assert made.fleet.views()["a"].cannot_since == made.clock.now() - 3
    made.fleet.changed("a", READY)
    assert made.fleet.views()["a"].cannot_since is None
    await made.calm()
    assert made.kinds() == set()


@virtual
async def test_a_held_modem_is_not_free_and_each_use_counts_its_turn(tmp_path: Path) -> None:
    made = await yard(tmp_path, "a", "b")
    hold = made.fleet.hold("a", "shop", Class.OTP)
    views = made.fleet.views()
    assert (views["a"].free, views["b"].free) == (False, True)
    assert views["a"].turn > views["b"].turn
    assert made.fleet.holding() == {"shop": 1}
    made.fleet.hold("b", "shop", Class.NORMAL)
    assert made.fleet.holding() == {"shop": 1}, "only otp counts"
    nudged = made.nudges
    made.fleet.release("a", hold, answered=False)
    assert made.fleet.views()["a"].free
    assert made.fleet.holding() == {}
    assert made.nudges > nudged


@virtual
async def test_the_usual_time_follows_what_is_measured_with_an_answer(tmp_path: Path) -> None:
    made = await yard(tmp_path, "a")
    assert made.fleet.views()["a"].usual == FIRST_USUAL_SECONDS
    for answered in (False, True):
        hold = made.fleet.hold("a", "shop", Class.NORMAL)
        hold.handed_at = made.clock.now()
        await asyncio.sleep(13)
        made.fleet.release("a", hold, answered=answered)
    assert made.fleet.views()["a"].usual == pytest.approx(FIRST_USUAL_SECONDS + (13 - FIRST_USUAL_SECONDS) * 0.2)
    for _ in range(60):
        hold = made.fleet.hold("a", "shop", Class.NORMAL)
        hold.handed_at = made.clock.now()
        await asyncio.sleep(8)
        made.fleet.release("a", hold, answered=True)
    assert made.fleet.views()["a"].usual == pytest.approx(8, abs=0.1)


@virtual
async def test_a_modem_that_does_not_answer_is_slow_from_the_moment_it_is_overdue(tmp_path: Path) -> None:
    made = await yard(tmp_path, "a")
    hold = made.fleet.hold("a", "shop", Class.NORMAL)
    await asyncio.sleep(60)
    assert made.fleet.views()["a"].cannot_since is None, "nothing was handed yet"
    hold.handed_at = made.clock.now()
    await asyncio.sleep(14.9)
    assert made.fleet.views()["a"].cannot_since is None
    assert made.fleet.status("a").state is ModemState.READY
    await asyncio.sleep(5)
    assert made.fleet.views()["a"].cannot_since == pytest.approx(hold.handed_at + 15)
    assert made.fleet.status("a").state is ModemState.SLOW
    made.fleet.release("a", hold, answered=True)
    assert made.fleet.views()["a"].cannot_since is None


@virtual
async def test_a_resting_modem_cannot_until_its_rest_ends(tmp_path: Path) -> None:
    made = await yard(tmp_path, "a", "b")
    assert made.fleet.next_end_of_rest() == math.inf
    made.fleet.rest("a", 5.0)
    made.fleet.rest("a", 1.0)
    made.fleet.rest("b", 9.0)
    made.fleet.rest("unknown", 9.0)
    assert made.fleet.next_end_of_rest() == made.clock.now() + 5
    assert made.fleet.views()["a"].cannot_since is not None
    await asyncio.sleep(5)
    assert made.fleet.views()["a"].cannot_since is None


@virtual
async def test_it_says_why_a_modem_cannot_take_a_message_and_when_it_can_again(tmp_path: Path) -> None:
    made = await yard(tmp_path, "a")
    why, able_at, now = made.fleet.why_not, made.fleet.able_at, made.clock.now()
    assert (why("a"), able_at("a")) == ("", now)
    assert (why("nobody"), able_at("nobody")) == ("is disabled", math.inf)
    made.fleet.rest("a", 4.0)
    assert (why("a"), able_at("a")) == ("rests 4 s", now + 4)
    made.fleet.changed("a", status(ModemState.SEARCHING))
    assert (why("a"), able_at("a")) == ("is searching", math.inf)
    made.fleet.changed("a", READY)
    hold = made.fleet.hold("a", "shop", Class.OTP)
    assert (why("a"), able_at("a")) == ("", now), "busy is not cannot"
    hold.handed_at = now
    await asyncio.sleep(15)
    assert (why("a"), able_at("a")) == ("is slow", math.inf)
    going = asyncio.create_task(made.fleet.apply({}))
    made.fleet.changed("a", READY)
    hold.handed_at = None
    await asyncio.sleep(1)
    assert why("a") == "is to be closed"
    made.fleet.release("a", hold, answered=False)
    await going


@virtual
async def test_a_modem_with_a_limit_is_as_slow_as_its_limit_for_those_who_plan(tmp_path: Path) -> None:
    made = await yard(tmp_path, "a", "b")
    made.limits["a"] = Limits(minute=6)
    assert (made.fleet.views()["a"].usual, made.fleet.views()["b"].usual) == (10.0, FIRST_USUAL_SECONDS)
    assert made.fleet.usual("a") == FIRST_USUAL_SECONDS, "its sends are no slower"
    assert made.fleet.usual("nobody") == FIRST_USUAL_SECONDS


@virtual
async def test_a_modem_that_may_be_tried_counts_as_ready_for_new_codes(tmp_path: Path) -> None:
    made = await yard(tmp_path, "a")
    for _ in range(3):
        made.fleet.learn("a", Signs(modem=Sign.FAULT), "6281200001234")
    await asyncio.sleep(29)
    assert made.fleet.next_end_of_rest() == made.clock.now() + 1
    await asyncio.sleep(100)
    assert made.fleet.views()["a"].trial
    assert made.fleet.any_ready_within(("a",), 60)
    made.fleet.hold("a", "shop", Class.NORMAL)
    assert not made.fleet.views()["a"].free, "one message at a time"


@virtual
async def test_a_modem_that_rests_is_open_to_a_code_once_it_answers_again(tmp_path: Path) -> None:
    made = await yard(tmp_path, "a")
    for _ in range(3):
        made.fleet.learn("a", Signs(modem=Sign.FAULT), "6281200001234")
    assert not made.fleet.views()["a"].code_trial, "it has said nothing since"
    made.fleet.changed("a", status(ModemState.RESETTING))
    made.fleet.changed("a", status(ModemState.BUSY))
    assert not made.fleet.views()["a"].code_trial, "its prompt came late, no more"
    made.fleet.changed("a", status(ModemState.RESETTING))
    made.fleet.changed("a", READY)
    view = made.fleet.views()["a"]
    assert (view.code_trial, view.trial, view.cannot_since is None) == (True, False, False)
    assert made.fleet.any_ready_within(("a",), 0)
    made.fleet.changed("a", status(ModemState.RESETTING))
    assert not made.fleet.views()["a"].code_trial, "the line cannot take it"
    made.fleet.changed("a", READY)
    made.fleet.learn("a", Signs(modem=Sign.FAULT), "6281200001234")
    made.fleet.changed("a", status(ModemState.RESETTING))
    made.fleet.changed("a", READY)
    await asyncio.sleep(25)
    assert not made.fleet.views()["a"].code_trial
    await asyncio.sleep(5)
    made.fleet.learn("a", Signs(modem=Sign.GOOD), "6281200001234")
    assert made.fleet.views()["a"].cannot_since is None


@virtual
async def test_whether_one_was_ready_lately(tmp_path: Path) -> None:
    made = await yard(tmp_path, "a", "b")
    ask = made.fleet.any_ready_within
    assert ask(("a",), 60)
    assert not ask(("unknown",), 60)
    assert not ask((), 60)
    made.fleet.changed("a", ABSENT)
    await asyncio.sleep(59)
    assert ask(("a",), 60)
    await asyncio.sleep(1)
    assert not ask(("a",), 60)
    assert ask(("a", "b"), 60)


@virtual
async def test_trouble_is_an_alarm_with_its_remedy_and_ends_with_it(tmp_path: Path) -> None:
    made = await yard(tmp_path, "a")
    made.fleet.changed("a", ABSENT)
    since = made.alarms.standing[0].since
    assert "cable" in made.alarms.standing[0].remedy
    await asyncio.sleep(4)
    made.fleet.changed("a", status(ModemState.PIN_NEEDED))
    [alarm] = made.alarms.standing
    assert "PIN" in alarm.remedy, "the remedy is that of the present trouble"
    assert alarm.since == since + 4, "and so is its time"
    made.fleet.changed("a", READY)
    await made.calm()
    assert made.kinds() == set()


@virtual
async def test_every_status_of_a_modem_that_is_run_is_handed_on_as_it_came(tmp_path: Path) -> None:
    made = await yard(tmp_path, "a")
    heard: list[tuple[str, LineStatus]] = []
    made.fleet.on_status = lambda name, status: heard.append((name, status))
    known = LineStatus(ModemState.SEARCHING, Identity(imei="004402450000012"), signal=12)
    made.fleet.changed("a", known)
    made.fleet.changed("nobody", READY)
    made.fleet.changed("a", READY)
    assert heard == [("a", known), ("a", READY)]


@virtual
async def test_a_line_that_fails_is_started_again_later_and_later_and_said(tmp_path: Path) -> None:
    made = await yard(tmp_path, "a")
    await asyncio.sleep(0)
    line = made.lines["a"]
    line.fails = RuntimeError("a defect")
    made.fleet._seats["a"].task.cancel()
    task = asyncio.create_task(made.fleet._supervise("a", line))
    runs = line.runs
    await asyncio.sleep(30)
    assert line.runs - runs == 5  # at 0, 1, 3, 8, 23 s
    assert ("modem_task", "a") in made.kinds()
    line.fails = None
    made.fleet.changed("a", READY)
    await made.calm()
    assert made.kinds() == set()
    task.cancel()


@virtual
async def test_applying_runs_exactly_what_is_wanted_and_leaves_alone_what_is_unchanged(tmp_path: Path) -> None:
    made = await yard(tmp_path, "a", "b")
    kept = made.lines["b"]
    await made.fleet.apply({"b": LineSettings("b", "/dev/b"), "c": LineSettings("c", "/dev/c")})
    assert set(made.fleet.names) == {"b", "c"}
    assert made.lines["b"] is kept
    assert made.fleet.line("a") is None
    assert made.fleet.status("a").state is ModemState.DISABLED
    await made.fleet.apply({"b": LineSettings("b", "/dev/other"), "c": LineSettings("c", "/dev/c")})
    assert made.lines["b"] is not kept
    made.fleet.changed("a", READY)
    made.fleet.release("a", Hold("shop", Class.OTP, 0.0), answered=True)
    made.fleet.late("a", "key", 1)
    made.fleet.report("a", "00")


@virtual
async def test_a_modem_that_is_to_go_ends_its_send_first_and_takes_nothing_more(tmp_path: Path) -> None:
    made = await yard(tmp_path, "a")
    hold = made.fleet.hold("a", "shop", Class.OTP)
    going = asyncio.create_task(made.fleet.apply({}))
    await asyncio.sleep(10)
    assert not going.done()
    made.fleet.changed("a", status(ModemState.BUSY))
    made.fleet.changed("a", READY)
    made.fleet.release("a", hold, answered=True)
    assert made.fleet.views()["a"].cannot_since is not None, "its last answer does not open it again"
    await asyncio.sleep(0.1)
    assert going.done()
    assert made.fleet.names == ()


@virtual
async def test_a_modem_that_does_not_end_its_send_goes_after_half_a_minute(tmp_path: Path) -> None:
    made = await yard(tmp_path, "a")
    hold = made.fleet.hold("a", "shop", Class.OTP)
    begun = made.clock.now()
    await made.fleet.apply({})
    assert made.clock.now() - begun == pytest.approx(30, abs=0.1)
    made.fleet.release("a", hold, answered=True)


@virtual
async def test_changes_of_two_owners_at_once_are_done_one_after_the_other(tmp_path: Path) -> None:
    made = await yard(tmp_path, "a")
    hold = made.fleet.hold("a", "shop", Class.OTP)
    both = asyncio.gather(made.fleet.apply({}), made.fleet.apply({"b": LineSettings("b", "/dev/b")}))
    await asyncio.sleep(1)
    made.fleet.release("a", hold, answered=True)
    await both
    assert made.fleet.names == ("b",)


@virtual
async def test_a_modem_gone_ten_seconds_is_used_again_at_once(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a")) as bench:
        bench.modems["a"].unplug(10)
        await asyncio.sleep(1)
        await bench.sms()
        await asyncio.sleep(12)
        [sms] = bench.sent()
        assert sms.at < 12.0
