"""The fault matrix of a modem that comes back under another name, at every step, while another modem takes its place.

The finder knows it by IMEI, ICCID and IMSI. What is said of the message is what a lost line means; the other modem is
asked who it is, and gets no text and no PIN.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import pytest
from bench import virtual
from fault_cells import ENDING, PROMPT, TEXT, order
from fault_host import ELSEWHERE, HOME, HostRig
from fault_rig import FAULTED, now
from fault_steps import IDENTIFY, KEEP_ALIVE, START_UP, WAKE

from otppi.modems.errors import PortUnavailable
from otppi.ports.modem import ModemState, NotHanded, Unknown
from otppi.simulator.device import Traits

if TYPE_CHECKING:
    from otppi.modems.transport import Receiver, Wire
    from otppi.ports.modem import LineSettings

pytestmark = [pytest.mark.feature("X07", "X09", "F078")]

AWAY: Final = 3.0
USED_WITHIN: Final = 5.0
"""Seconds from its return until it is ready (decisions, 10)."""
BACK: Final = "probing starting ready"
TAKEN: Final = [False, True]
"""Whether a stranger is plugged in where it was."""


async def _moves(rig: HostRig, *, taken: bool) -> None:
    """It was unplugged by a fault; it comes back elsewhere, and is used again in time."""
    await asyncio.sleep(AWAY)
    assert not rig.line.modem.device.plugged, "the fault was met"
    if taken:
        rig.stranger_line.replug(HOME)
        await asyncio.sleep(AWAY)
        assert rig.modem.status.state is ModemState.ABSENT
    rig.line.replug(ELSEWHERE)
    await rig.until(ModemState.READY, USED_WITHIN)
    assert rig.port == ELSEWHERE


async def _proves_itself(rig: HostRig, *, taken: bool) -> None:
    assert rig.counters.faults == 1
    await rig.proves_itself()
    assert rig.port == ELSEWHERE
    assert bool(rig.strangers) is taken
    assert rig.stranger_line.sent == []
    assert rig.stranger_line.modem.device.counters.prompts == 0


@pytest.mark.parametrize("taken", TAKEN)
@pytest.mark.parametrize("step", [*PROMPT, *TEXT, *ENDING])
@virtual
async def test_in_mid_send(step: str, taken: bool) -> None:
    async with HostRig() as rig:
        await rig.until(ModemState.READY)
        assert rig.port == HOME
        rig.mark()
        rig.arm(order(step, "+CMGS", {"kind": "drop"}))
        outcome = await rig.send(FAULTED)
        assert isinstance(outcome, NotHanded if step in PROMPT else Unknown)
        assert bool(rig.aired(FAULTED)) is (step not in (*PROMPT, "body", "before_air"))
        await _moves(rig, taken=taken)
        rig.passed(f"busy absent {BACK}")
        await _proves_itself(rig, taken=taken)


@pytest.mark.parametrize("taken", TAKEN)
@virtual
async def test_while_the_handing_over_is_written_down(taken: bool) -> None:
    async with HostRig() as rig:
        await rig.until(ModemState.READY)
        rig.mark()

        async def mark() -> bool:
            rig.line.unplug()
            await asyncio.sleep(0.1)
            return True

        assert isinstance(await rig.send(FAULTED, mark), NotHanded)
        await _moves(rig, taken=taken)
        rig.passed(f"busy absent {BACK}")
        await rig.proves_itself()
        assert rig.stranger_line.sent == []


START: Final = [
    pytest.param(command, step, id=f"{command.strip()}-{step}")
    for command in (*WAKE, *START_UP)
    for step in ("before_echo", "before_final")
    if (command, step) != (WAKE[0], "before_final")
]


@pytest.mark.parametrize("taken", TAKEN)
@pytest.mark.parametrize(("command", "step"), START)
@virtual
async def test_in_start_up(command: str, step: str, taken: bool) -> None:
    """The finder asks who it is before the line is told to be open: one lost meanwhile was `absent` all the time."""
    async with HostRig() as rig:
        rig.arm(order(step, command, {"kind": "drop"}))
        await _moves(rig, taken=taken)
        rig.passed(BACK if command in (*WAKE, *IDENTIFY) else f"probing starting absent {BACK}")
        await _proves_itself(rig, taken=taken)


@pytest.mark.parametrize("taken", TAKEN)
@pytest.mark.parametrize("command", KEEP_ALIVE)
@virtual
async def test_in_idle_times(command: str, taken: bool) -> None:
    async with HostRig() as rig:
        await rig.until(ModemState.READY)
        rig.mark()
        rig.arm(order("before_reply", command, {"kind": "drop"}))
        await asyncio.sleep(15)
        await _moves(rig, taken=taken)
        rig.passed(f"absent {BACK}")
        await _proves_itself(rig, taken=taken)


@pytest.mark.parametrize("taken", TAKEN)
@pytest.mark.parametrize("step", ["before_echo", "before_reply", "before_final"])
@virtual
async def test_while_the_pin_is_entered(step: str, taken: bool) -> None:
    """The try is spent, wherever the modem is; the stranger, whose SIM asks for a PIN too, is given none."""
    async with HostRig(Traits(pin="4711"), pin="4711") as rig:
        rig.stranger_line.modem.device.sim.pin = "0815"
        rig.arm(order(step, "+CPIN=", {"kind": "drop"}))
        await asyncio.sleep(AWAY)
        assert not rig.line.modem.device.plugged
        if taken:
            rig.stranger_line.replug(HOME)
            await asyncio.sleep(60)
        rig.line.replug(ELSEWHERE)
        await rig.until(ModemState.PIN_NEEDED, 10)
        assert rig.port == ELSEWHERE
        rig.passed("probing starting absent probing starting pin_needed")
        await asyncio.sleep(60)
        assert rig.written.count(b"AT+CPIN=") == 1
        assert (rig.line.modem.device.sim.wrong, rig.stranger_line.modem.device.sim.wrong) == (0, 0)


@virtual
async def test_back_and_forth_a_hundred_times() -> None:
    async with HostRig() as rig:
        for turn in range(100):
            rig.line.replug(ELSEWHERE if turn % 2 else HOME)
            await rig.until(ModemState.READY, USED_WITHIN)
            await rig.send(f"6281200001{turn:02}")
            rig.agree()
        assert len(rig.line.sent) == 100


# -- a port that is there and does not open ---------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [5.0, 30.0, None])
@virtual
async def test_a_port_that_opens_slowly_or_is_refused(seconds: float | None) -> None:
    """Opening is given 10 s, and tried again, the longer the rarer; `seconds` None: somebody else has it open."""
    async with HostRig() as rig:
        usual, until = rig.opened_from, now() + 60

        async def obstinate(settings: LineSettings, receiver: Receiver) -> Wire:
            if now() < until and seconds is None:
                raise PortUnavailable("The port cannot be used: Device or resource busy.")
            if now() < until and seconds is not None:
                await asyncio.sleep(seconds)
            return await usual(settings, receiver)

        rig.opened_from = obstinate
        await rig.until(
            ModemState.READY, 60 + 10 + 11
        )  # an attempt that begins in time, and the longest wait before one
        assert seconds == 5 or now() >= until
        rig.passed("probing@5 starting ready" if seconds == 5 else BACK)
        await rig.proves_itself()
