"""What every profile owes to a modem of its family: started up, named, unlocked once, sending, and hearing reports.

The other side are the simulated modems of each family, which were written from the makers' manuals without a look at
our profiles. Each is played over four cables, in virtual time.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from otppi.modems import SerialModem
from otppi.modems.pins import PinLedger
from otppi.ports.modem import LineSettings, LineStatus, ModemState, Sent, Submission
from otppi.simulator.device import Traits
from otppi.simulator.families import family, names
from otppi.simulator.inprocess import SimulatedLine, Temper
from otppi.testing.virtual_time import VirtualLoop

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

TPDU = "31000C912618020000100000AA0AE8329BFD4697D9EC37"
"""With TP-SRR: the SMS centre shall report (3GPP TS 23.040 9.2.3.5)."""
PIN = "4711"
PROFILES = {
    "ec25": "quectel",
    "generic": "generic",
    "huawei": "huawei",
    "sim7600": "simcom-sim7600",
    "sim800": "simcom-sim800",
    "wavecom": "wavecom",
}


class Rig:
    """Our line to one simulated modem; keeps every status and every report."""

    def __init__(self, name: str, temper: Temper, *, pin: str | None = None, long_on: bool = False) -> None:
        self.line = SimulatedLine(Traits(pin=pin, family=family(name), long_on=long_on), temper, seed=7)
        self.statuses: list[LineStatus] = []
        self.reports: list[str] = []
        settings = LineSettings("m1", self.line.port, pin=pin, pin_entry="1")
        self.modem = SerialModem(settings, self, connect=self.line.connect, pins=PinLedger())

    def changed(self, name: str, status: LineStatus) -> None:
        self.statuses.append(status)

    def late(self, name: str, key: str, reference: int) -> None:
        raise AssertionError("nothing here is late")

    def report(self, name: str, tpdu: str) -> None:
        self.reports.append(tpdu)

    async def ready(self, seconds: float = 60) -> float:
        """Waits until it may send; how long that took."""
        begun = asyncio.get_running_loop().time()
        async with asyncio.timeout(seconds):
            while self.modem.status.state is not ModemState.READY:  # noqa: ASYNC110 - the clock jumps
                await asyncio.sleep(0.01)
        return asyncio.get_running_loop().time() - begun

    async def send(self, key: str, *, more: bool = False) -> object:
        return await self.modem.send(Submission(key, TPDU, more=more), _granted)


async def _granted() -> bool:
    return True


def play(make: Callable[[], Rig], talk: Callable[[Rig], Awaitable[None]]) -> None:
    async def whole() -> None:
        rig = make()
        running = asyncio.create_task(rig.modem.run())
        try:
            await talk(rig)
        finally:
            running.cancel()
            await asyncio.wait({running})

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(whole())


def test_every_simulated_family_is_expected() -> None:
    assert set(names()) == set(PROFILES)


@pytest.mark.parametrize("temper", list(Temper))
@pytest.mark.parametrize("name", sorted(PROFILES))
@pytest.mark.feature("F075", "F076")
def test_a_modem_of_a_family_is_known_and_sends_one_and_three_segments(name: str, temper: Temper) -> None:
    async def talk(rig: Rig) -> None:
        await rig.ready()
        await asyncio.sleep(2)  # the operator is asked for when there is one
        status = rig.modem.status
        assert status.profile == PROFILES[name]
        truth = rig.line.modem.device.identity
        assert (status.identity.imei, status.identity.imsi) == (truth.imei, truth.imsi)
        assert truth.iccid.startswith(status.identity.iccid)
        assert len(status.identity.iccid) >= 18
        assert status.operator
        assert status.signal is not None
        sent = [await rig.send("one"), *[await rig.send(f"three {part}", more=part < 3) for part in (1, 2, 3)]]
        assert all(isinstance(outcome, Sent) for outcome in sent), sent
        assert len(rig.line.sent) == 4

    play(lambda: Rig(name, temper), talk)


@pytest.mark.parametrize("temper", list(Temper))
@pytest.mark.parametrize("name", sorted(PROFILES))
@pytest.mark.feature("F078")
def test_its_sim_is_unlocked_with_one_try(name: str, temper: Temper) -> None:
    async def talk(rig: Rig) -> None:
        await rig.ready()
        assert isinstance(await rig.send("one"), Sent)
        assert ModemState.PIN_NEEDED not in {status.state for status in rig.statuses}

    play(lambda: Rig(name, temper, pin=PIN), talk)


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_its_reports_are_heard(name: str) -> None:
    async def talk(rig: Rig) -> None:
        await rig.ready()
        outcomes = [await rig.send(f"k{count}") for count in range(3)]
        await asyncio.sleep(60)
        references = [outcome.reference for outcome in outcomes if isinstance(outcome, Sent)]
        assert [int(report[2:4], 16) for report in rig.reports] == references
        assert len(references) == 3

    play(lambda: Rig(name, Temper.NOISY), talk)


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_one_that_was_on_for_long_is_ready_at_once(name: str) -> None:
    async def talk(rig: Rig) -> None:
        assert await rig.ready() < (2.5 if name == "wavecom" else 0.2), (
            "Wavecom needs a tenth of a second before each command"
        )
        assert rig.line.modem.device.counters.commands <= 27

    play(lambda: Rig(name, Temper.PLAIN, long_on=True), talk)
