"""Alarms about a modem's state and store: raised at once or when it lasts, cleared after calm, so never flapping."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from bench import ABSENT, EPOCH, READY, gateway, modem, status, virtual

from otppi.app.alarms import Alarms
from otppi.app.troubles import CALM_SECONDS, SEARCHING_SECONDS, STARTING_SECONDS, Troubles
from otppi.ports.modem import ModemState
from otppi.security import Vault
from otppi.store import InlineWriter, open_store
from otppi.testing.virtual_time import LoopClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from otppi.ports.store import Store


_OPENED: list[Store] = []


@pytest.fixture(autouse=True)
def _every_store_closed() -> Iterator[None]:
    yield
    while _OPENED:
        asyncio.run(_OPENED.pop().close())


class Watch:
    """Troubles of one modem, looked through every second."""

    def __init__(self, path: Path) -> None:
        store = open_store(path / "s.db", key_id=Vault(bytes(32)).key_id, synchronous="OFF", writer=InlineWriter)
        _OPENED.append(store)
        clock = LoopClock(asyncio.get_running_loop().time, EPOCH)
        self.alarms = Alarms(store.registry, clock)
        self.troubles = Troubles(self.alarms, clock)

    async def wait(self, seconds: int) -> None:
        for _ in range(seconds):
            await asyncio.sleep(1)
            self.troubles.review()

    def stored(self, used: int, places: int) -> str:
        """The severity of the store's alarm after this."""
        self.troubles.seen("a", replace(READY, stored=(used, places)))
        return next((alarm.severity for alarm in self.alarms.standing if alarm.kind == "sim_storage"), "")

    def say(self, *states: ModemState) -> None:
        """The line tells these states, one after the other."""
        for state in states:
            self.troubles.seen("a", status(state))

    @property
    def kinds(self) -> list[str]:
        return [alarm.kind for alarm in self.alarms.standing]


@virtual
async def test_a_modem_that_comes_and_goes_is_one_lasting_alarm(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    watch.troubles.seen("a", ABSENT)
    [first] = watch.alarms.standing
    for _ in range(10):
        await watch.wait(5)
        watch.troubles.seen("a", READY)
        await watch.wait(int(CALM_SECONDS) - 1)
        watch.troubles.seen("a", ABSENT)
        assert watch.alarms.standing == (first,)
    watch.troubles.seen("a", status(ModemState.PROBING))
    await watch.wait(60)
    assert watch.kinds == ["modem_state"], "it does not work yet"
    watch.troubles.seen("a", READY)
    await watch.wait(int(CALM_SECONDS) - 1)
    watch.troubles.seen("a", status(ModemState.BUSY))
    assert watch.kinds == ["modem_state"]
    await watch.wait(1)
    assert watch.kinds == []


@pytest.mark.parametrize(
    ("state", "seconds"),
    [
        (ModemState.SEARCHING, SEARCHING_SECONDS),
        (ModemState.PROBING, STARTING_SECONDS),
        (ModemState.STARTING, STARTING_SECONDS),
        (ModemState.RESETTING, STARTING_SECONDS),
        (ModemState.BUSY, 3600.0),
    ],
)
@virtual
async def test_what_passes_by_itself_is_no_alarm(tmp_path: Path, state: ModemState, seconds: float) -> None:
    watch = Watch(tmp_path)
    watch.say(state)
    await watch.wait(int(seconds) - 1)
    assert watch.kinds == []
    watch.say(ModemState.READY)
    await watch.wait(3600)
    assert watch.kinds == []


@pytest.mark.parametrize(
    ("state", "seconds", "kind"),
    [
        (ModemState.SEARCHING, SEARCHING_SECONDS, "modem_searching"),
        (ModemState.PROBING, STARTING_SECONDS, "modem_starting"),
        (ModemState.PIN_NEEDED, 0.0, "modem_locked"),
        (ModemState.DEGRADED, 0.0, "modem_state"),
    ],
)
@virtual
async def test_what_lasts_is_an_alarm_of_its_own_until_the_modem_works(
    tmp_path: Path, state: ModemState, seconds: float, kind: str
) -> None:
    watch = Watch(tmp_path)
    watch.say(ModemState.READY, state)
    await watch.wait(int(seconds))
    [raised] = watch.alarms.standing
    assert (raised.kind, raised.object, raised.since, raised.severity) == (kind, "a", EPOCH, "warning")
    assert "a" in raised.remedy.split() or "`otppi modem set a --pin-stdin`" in raised.remedy
    await watch.wait(3600)
    assert watch.alarms.standing == (raised,)
    watch.say(ModemState.READY)
    await watch.wait(int(CALM_SECONDS) - 1)
    assert watch.kinds == [kind]
    await watch.wait(1)
    assert watch.kinds == []


@virtual
async def test_a_search_goes_on_over_the_rungs_that_are_to_end_it(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    watch.say(ModemState.SEARCHING)
    await watch.wait(40)
    watch.say(ModemState.RESETTING, ModemState.STARTING, ModemState.SEARCHING)
    await watch.wait(19)
    assert watch.kinds == []
    await watch.wait(1)
    assert [(alarm.kind, alarm.since) for alarm in watch.alarms.standing] == [("modem_searching", EPOCH)]


@virtual
async def test_a_network_found_in_between_begins_the_search_anew(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    for _ in range(10):
        watch.say(ModemState.SEARCHING)
        await watch.wait(int(SEARCHING_SECONDS) - 1)
        watch.say(ModemState.READY)
        await watch.wait(1)
    assert watch.kinds == []


@virtual
async def test_one_alarm_of_its_state_stands_and_says_what_to_do_now(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    watch.say(ModemState.ABSENT)
    assert watch.kinds == ["modem_state"]
    assert "the port is gone" in watch.alarms.standing[0].remedy
    watch.say(ModemState.PROBING, ModemState.STARTING, ModemState.SEARCHING)
    await watch.wait(int(SEARCHING_SECONDS))
    assert watch.kinds == ["modem_searching"], "the port is there again"
    watch.say(ModemState.STARTING, ModemState.PIN_NEEDED)
    assert watch.kinds == ["modem_locked"]
    watch.say(ModemState.ABSENT)
    assert watch.kinds == ["modem_state"]
    watch.troubles.gone("a")
    assert watch.kinds == []


@virtual
async def test_in_the_gateway_a_modem_without_network_is_said_within_seconds_of_its_minute(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a")) as bench:
        bench.app.fleet.changed("a", status(ModemState.SEARCHING))
        await asyncio.sleep(SEARCHING_SECONDS - 1)
        assert bench.alarms() == set()
        await asyncio.sleep(7)
        assert bench.alarms() == {"modem_searching"}
        bench.app.fleet.changed("a", READY)
        await asyncio.sleep(CALM_SECONDS + 6)
        assert bench.alarms() == set()


@virtual
async def test_a_driver_that_fails_is_told_until_the_modem_has_worked_for_a_while(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    watch.troubles.seen("a", READY)
    watch.troubles.failed("a")
    await watch.wait(60)
    assert watch.kinds == ["modem_task"]
    watch.troubles.seen("a", READY)
    await watch.wait(int(CALM_SECONDS))
    assert watch.kinds == []


@virtual
async def test_a_store_that_fills_is_noticed_a_full_one_warned_of_and_neither_flaps(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    steps = [(0, ""), (7, ""), (8, "notice"), (7, "notice"), (8, "notice"), (10, "warning"), (9, "notice"),
             (7, "notice"), (6, "")]  # fmt: skip
    assert [watch.stored(used, 10) for used, _ in steps] == [severity for _, severity in steps]


@pytest.mark.parametrize(
    ("used", "places", "severity"), [(0, 0, ""), (3, 0, ""), (20, 20, "warning"), (21, 20, "warning")]
)
@virtual
async def test_a_store_without_places_says_nothing(tmp_path: Path, used: int, places: int, severity: str) -> None:
    assert Watch(tmp_path).stored(used, places) == severity


@virtual
async def test_the_store_s_alarm_stays_while_nothing_new_is_known_of_it(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    assert watch.stored(10, 10) == "warning"
    watch.troubles.seen("a", READY)
    await watch.wait(60)
    assert watch.kinds == ["sim_storage"]


@virtual
async def test_a_modem_that_is_run_no_more_has_no_trouble(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    watch.stored(10, 10)
    watch.troubles.seen("a", ABSENT)
    watch.troubles.failed("a")
    watch.troubles.gone("a")
    assert watch.kinds == []


@virtual
async def test_in_the_gateway_an_alarm_is_gone_soon_after_the_modem_is_back(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a")) as bench:
        bench.modems["a"].unplug(10)
        assert bench.alarms() == {"modem_state"}
        await asyncio.sleep(12)
        assert bench.alarms() == {"modem_state"}
        await asyncio.sleep(CALM_SECONDS + 6)
        assert bench.alarms() == set()
        bench.modems["a"].unplug(1000)
        await bench.change_modem("a", active=False)
        assert bench.alarms() == set()
