"""The fault matrix outside a send: every fault at every command of waking, start-up and care, and the states passed.

The tables are the specification (`docs/modem-states.md`). Nothing is sent, so no message is in danger; what is held is
that the fault was met, the state it leads to, and that the modem serves again when it is over.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import pytest
from bench import virtual
from fault_cells import DAMAGE, EVERY, REFUSALS, order
from fault_rig import FaultRig, now
from fault_steps import IDENTIFY, KEEP_ALIVE, START_UP, WAKE

from otppi.ports.modem import ModemState, NotHanded

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = [pytest.mark.feature("X07", "X09", "F078")]

LASTS: Final = 60.0
"""Seconds that each fault is watched for."""
BACK: Final = "probing starting ready"
NOT_USABLE: Final = "probing starting degraded ready"
"""What +CPIN? and AT+CMGF=0 lead to where they are not answered as they should be; start-up again after 2 s."""
GONE: Final = f"absent {BACK}"

START: Final[Mapping[str, tuple[str, str]]] = {
    "hang": ("probing", "probing starting probing"),
    "slow": (BACK, f"probing starting {BACK}"),
    "drop": (f"probing {GONE}", f"probing starting {GONE}"),
    "reboot": (BACK, f"probing starting {GONE}"),
    **dict.fromkeys(("garbage", "noise", "partial", *DAMAGE, *REFUSALS), (BACK, BACK)),
}
"""While it is woken; from the first question of start-up to the last. What gets no answer, or an error, is skipped."""
ODD: Final = {("partial", "before_reply"), ("mangled", "before_echo"), *((each, "before_reply") for each in REFUSALS),
              *((each, "before_final") for each in REFUSALS)}  # fmt: skip
"""An error, or an OK without what was asked for."""
ANEW_AFTER: Final = ("partial", "reboot", "lost", "end lost")
"""What makes the port be opened anew while the modem is woken: no answer to what comes after AT, which is tried again.
Of ATE0 without its first three octets the echo is `0`, which is an OK in numbers (ATV0)."""

IDLE: Final[Mapping[str, tuple[str, str]]] = {
    "hang": ("resetting probing", "resetting probing"),
    "slow": (f"resetting {BACK}", f"resetting {BACK}"),
    "drop": (GONE, GONE),
    "reboot": (f"resetting {GONE}", GONE),
    **dict.fromkeys(("lost", "end lost"), ("resetting ready", "resetting ready")),
    **dict.fromkeys(("garbage", "noise", "partial", "mangled", *REFUSALS), ("", "")),
}
"""For AT+CSQ, and for what is asked after it, which brings the modem in step itself: a restart shows then. What is not
told in the end is unknown, no more."""


def _at_start(command: str, step: str, fault: str) -> str:
    waking, starting = START[fault]
    if command in WAKE:
        return waking
    if command in IDENTIFY and fault == "reboot":
        return BACK  # whether it obeys ATE0 is not known yet; what it has forgotten beside that is yet to be told
    odd = (fault, step) in ODD or (command == "+CMGF=0" and fault in ("partial", *DAMAGE))
    return NOT_USABLE if odd and command in ("+CPIN?", "+CMGF=0") else starting


def _idle(command: str, step: str, fault: str) -> str:
    if (fault, step) == ("partial", "before_final") and command != "+CPMS?":
        return "resetting ready"  # no OK; nine counters are the whole answer on some modems, and need none
    return IDLE[fault][command != "+CSQ"]


def _cells(commands: tuple[str, ...]) -> list[Any]:
    """Damage hits the command itself, which is before its echo."""
    found: list[Any] = []
    for command in commands:
        for fault in EVERY:
            before = command == "AT\r" or fault in DAMAGE
            steps = ("before_echo",) if before else ("before_reply", "before_final")
            found += [pytest.param(command, step, fault, id=f"{command.strip()}-{step}-{fault}") for step in steps]
    return found


def _met(rig: FaultRig, fault: str) -> None:
    counters = rig.counters
    spoilt = {"lost": 3, "end lost": 1, "mangled": 1}.get(fault, 0)
    assert (counters.faults, counters.spoilt, counters.cut) == (1, spoilt, fault == "partial")


@pytest.mark.parametrize(("command", "step", "fault"), _cells((*WAKE, *START_UP)))
@virtual
async def test_a_fault_in_start_up(command: str, step: str, fault: str) -> None:
    async with FaultRig() as rig:
        rig.arm(order(step, command, EVERY[fault]))
        await asyncio.sleep(LASTS)
        _met(rig, fault)
        rig.passed(_at_start(command, step, fault))
        if command in WAKE and fault not in ("hang", "slow", "drop"):
            anew = command != "AT\r" and fault in ANEW_AFTER and (command, fault) != ("E0", "lost")
            assert rig.line.opened == (2 if anew else 1)
        assert rig.line.sent == []
        await rig.proves_itself()


@pytest.mark.parametrize(("command", "step", "fault"), _cells(KEEP_ALIVE))
@virtual
async def test_a_fault_in_idle_times(command: str, step: str, fault: str) -> None:
    async with FaultRig() as rig:
        await rig.until(ModemState.READY)
        rig.mark()
        rig.arm(order(step, command, EVERY[fault]))
        await asyncio.sleep(LASTS)
        _met(rig, fault)
        rig.passed(_idle(command, step, fault))
        assert rig.line.sent == []
        await rig.proves_itself()


@virtual
async def test_silence_in_idle_times_is_seen_within_15_seconds() -> None:
    async with FaultRig() as rig:
        await rig.until(ModemState.READY)
        began = now()
        rig.arm({"do": "hang", "step": "before_echo", "times": None})
        while rig.modem.status.state is ModemState.READY:  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(0.05)
        assert now() - began <= 15
        await rig.proves_itself()


@virtual
async def test_a_modem_that_never_answers_again_is_given_up_and_tried_for_ever() -> None:
    async with FaultRig() as rig:
        await rig.until(ModemState.READY)
        rig.mark()
        rig.arm({"do": "hang", "step": "before_echo", "times": None})
        await asyncio.sleep(3600)
        rig.passed("resetting probing degraded")
        assert isinstance(await rig.send("628120000004"), NotHanded)
        await rig.proves_itself()


# -- no network, no SIM, and an SMS or a call in between --------------------------------------------------------------


@virtual
async def test_no_network_is_no_service_until_it_comes() -> None:
    async with FaultRig() as rig:
        await rig.until(ModemState.READY)
        rig.mark()
        rig.line.order("unregister")
        await asyncio.sleep(30)
        rig.passed("searching@0")
        assert isinstance(await rig.send("628120000004"), NotHanded)
        await rig.proves_registered()


@virtual
async def test_a_start_without_a_network_ends_in_search() -> None:
    async with FaultRig() as rig:
        rig.line.order("unregister")
        await asyncio.sleep(30)
        rig.passed("probing starting searching@0")
        await rig.proves_registered()


@virtual
async def test_a_start_without_a_sim_is_tried_again_until_there_is_one() -> None:
    async with FaultRig() as rig:
        rig.line.order("remove_sim")
        await asyncio.sleep(30)
        rig.passed("probing starting degraded@0")
        assert rig.modem.status.reason == "There is no SIM in the modem."
        rig.line.order("insert_sim")
        await rig.until(ModemState.READY, 5)
        await rig.proves_itself()


@virtual
async def test_a_sim_that_fails_for_good_is_told_once_the_network_was_missed_long_enough() -> None:
    """A modem of no maker tells nothing of its SIM: it is searching, and the radio is switched off and on (rung 3)."""
    async with FaultRig() as rig:
        await rig.until(ModemState.READY)
        rig.mark()
        rig.line.order("fail_sim")
        await asyncio.sleep(240)
        rig.passed("searching@0 resetting@182 starting degraded")
        assert rig.modem.status.reason == "The SIM cannot be used."
        rig.line.order("insert_sim")
        await rig.proves_itself()
