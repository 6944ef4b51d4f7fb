"""SerialModem against modems that were written down: start-up, identity, sends of one and three segments, and the PIN,
over every cable, in virtual time."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from line_rig import granted
from listening import Listener

from otppi.at.profiles.table import choose_profile
from otppi.modems import SerialModem
from otppi.modems.pins import PinLedger
from otppi.ports.modem import Identity, LineSettings, ModemState, Sent, Submission
from otppi.testing.memory_cable import MemoryCable, Temper
from otppi.testing.transcript import Transcript, TranscriptModem
from otppi.testing.virtual_time import VirtualLoop

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

TRANSCRIPTS = Path(__file__).parents[1] / "transcripts"
TPDU = "11000B912618000000F00000AA05E8329BFD06"
EXPECTED = {
    "huawei_e173_like": (
        Identity("huawei", "E173", "11.126.85.00.209", "359876040000017", "510100000000017", "89620000000000000017"),
        "TELKOMSEL",
        18,
        42,
    ),
    "wavecom_q24_like": (
        Identity(
            "WAVECOM MODEM",
            "900E 1800",
            "641b09gg.Q2403A 1320676 061804 14:38",
            "359876040000025",
            "510100000000025",
            "89620000000000000025",
        ),
        "51010",
        12,
        7,
    ),
    "simcom_sim800_like": (
        Identity(
            "SIMCOM_Ltd",
            "SIMCOM_SIM800L",
            "Revision:1418B05SIM800L24",
            "359876040000033",
            "510110000000033",
            "8962000000000000033",
        ),
        "XL Axiata",
        23,
        255,
    ),
    "simcom_sim7600_like": (
        Identity(
            "SIMCOM INCORPORATED",
            "SIMCOM_SIM7600E-H",
            "LE20B04SIM7600M22",
            "359876040000058",
            "510110000000058",
            "89620000000000000058",
        ),
        "XL Axiata",
        21,
        7,
    ),
    "quectel_ec25_like": (
        Identity("Quectel", "EC25", "EC25EFAR06A01M4G", "359876040000041", "510100000000041", "89620000000000000041"),
        "TELKOMSEL",
        27,
        0,
    ),
}


class Rig:
    """A gateway's line to a written modem; `started` waits until it is ready."""

    def __init__(self, text: str, temper: Temper, *, pin: str | None = None) -> None:
        self.far = TranscriptModem(Transcript.parse(text))
        self.events = Listener()
        settings = LineSettings("m1", "/dev/ttyTEST", pin=pin, pin_entry="1")
        self.modem = SerialModem(settings, self.events, connect=MemoryCable(self.far, temper).connect, pins=PinLedger())
        self._running: asyncio.Task[None] | None = None

    async def started(self) -> float:
        """Seconds from the beginning to ready."""
        begun = asyncio.get_running_loop().time()
        self._running = asyncio.create_task(self.modem.run())
        async with asyncio.timeout(60):
            await self.events.ready.wait()
        return asyncio.get_running_loop().time() - begun

    async def stop(self) -> None:
        """As when the gateway stops."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})


def play(text: str, temper: Temper, talk: Callable[[Rig], Awaitable[None]], *, pin: str | None = None) -> Rig:
    """Runs a talk with the modem to its end; the transcript must have been followed."""

    async def whole() -> Rig:
        rig = Rig(text, temper, pin=pin)
        try:
            await rig.started()
            await talk(rig)
            rig.far.check()
        finally:
            await rig.stop()
        return rig

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(whole())


def written(name: str) -> str:
    return (TRANSCRIPTS / f"{name}.at").read_text("utf-8")


@pytest.mark.parametrize("temper", list(Temper))
@pytest.mark.parametrize("name", sorted(EXPECTED))
@pytest.mark.feature("F075", "F076")
def test_a_written_modem_starts_up_tells_who_it_is_and_sends(name: str, temper: Temper) -> None:
    identity, operator, signal, reference = EXPECTED[name]

    async def talk(rig: Rig) -> None:
        status = rig.modem.status
        assert (status.identity, status.operator, status.signal) == (identity, operator, signal)
        assert await rig.modem.send(Submission("k", TPDU), granted) == Sent(reference)
        for part in (1, 2, 3):
            assert await rig.modem.send(Submission(f"k{part}", TPDU, more=part < 3), granted) == Sent(reference)

    rig = play(written(name), temper, talk)
    assert rig.far.handed == [f"00{TPDU}".encode()] * 4
    states = rig.events.states
    assert states[0] is ModemState.PROBING
    assert states[-10:-1] == [ModemState.READY, *(ModemState.BUSY, ModemState.READY) * 4]
    assert states[-1] is ModemState.ABSENT


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_written_modem_is_driven_by_the_profile_of_its_family(name: str) -> None:
    plate = EXPECTED[name][0]
    profile = choose_profile(plate.manufacturer, plate.model, plate.revision)
    assert name.startswith(profile.name.replace("-", "_"))


PIN = "4711"
TRIES = {
    "huawei_e173_like": ("AT^CPIN?", "^CPIN: SIM PIN,3,10,3,10,3"),
    "wavecom_q24_like": ("AT+CPINC", "+CPINC: 3,3,10,10"),
    "simcom_sim800_like": ("AT+SPIC", "+SPIC: 3,10,3,10"),
    "simcom_sim7600_like": ("AT+SPIC", "+SPIC: 3,10,0,10"),
    "quectel_ec25_like": ('AT+QPINC="SC"', '+QPINC: "SC",3,10'),
}
"""How each family is asked for the tries of its PIN, and what it says while there are three (`otppi.at.tries`)."""


def locked(name: str) -> str:
    """The same modem with a SIM that asks for its PIN first."""
    question, tries = TRIES[name]
    before, asked, after = written(name).partition("> AT+CPIN?\\r\n")
    steps = [
        "> AT+CPIN?\\r",
        "< \\r\\n+CPIN: SIM PIN\\r\\n\\r\\nOK\\r\\n",
        f"> {question}\\r",
        f"< \\r\\n{tries}\\r\\n\\r\\nOK\\r\\n",
        f'> AT+CPIN="{PIN}"\\r',
        "< \\r\\nOK\\r\\n",
    ]
    sections = ("= then", "= any") if before.rpartition("\n= ")[2].startswith("any") else ("", "")
    return "\n".join([before.rstrip("\n"), sections[0], *steps, sections[1], asked + after])


@pytest.mark.parametrize("temper", list(Temper))
@pytest.mark.parametrize("name", sorted(EXPECTED))
@pytest.mark.feature("F078")
def test_a_written_modem_with_a_locked_sim_is_unlocked_once(name: str, temper: Temper) -> None:
    async def talk(rig: Rig) -> None:
        assert rig.modem.status.identity == EXPECTED[name][0]
        assert await rig.modem.send(Submission("k", TPDU), granted) == Sent(EXPECTED[name][3])

    rig = play(locked(name), temper, talk, pin=PIN)
    assert ModemState.PIN_NEEDED not in rig.events.states


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_modem_that_answers_at_once_is_ready_at_once(name: str) -> None:
    """A tenth of a second to bring it in step, and what the modem or its family needs: nothing else waits."""
    needs = {"simcom_sim800_like": 0.6, "simcom_sim7600_like": 0.1, "wavecom_q24_like": 3.5}

    async def measure() -> float:
        rig = Rig(written(name), Temper.PLAIN)
        try:
            return await rig.started()
        finally:
            await rig.stop()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        assert runner.run(measure()) <= 0.11 + needs.get(name, 0.0)
