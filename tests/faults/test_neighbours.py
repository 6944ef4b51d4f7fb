"""The fault matrix seen from the other modems: while one has a fault again and again, they keep 95 % of their rate.

In virtual time: nothing that one line waits for may hold up another. What computing costs is measured elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from typing import TYPE_CHECKING, Final

import pytest
from bench import virtual
from fault_cells import EVERY, REFUSALS, order
from fault_rig import FaultRig

from otppi.ports.modem import ModemState
from otppi.simulator.device import Traits

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = [pytest.mark.feature("X07", "X09", "F078")]

SECONDS: Final = 20.0
SHARE: Final = 0.95
LATENCY: Final = 0.5
"""Seconds from Ctrl-Z to the air; short, so that many messages are compared."""
INSIDE: Final = ("before_echo", "before_prompt", "body", "before_air", "before_result", "before_final")
CELLS: Final = [
    pytest.param(fault, step, id=f"{fault}-{step}")
    for fault in EVERY
    for step in INSIDE
    if not (fault in REFUSALS and step == "before_result")  # it would be refused after it went on the air
]


async def _work(rig: FaultRig, pause: float) -> None:
    count = 0
    while True:
        await rig.send(f"62812000{rig.line.modem.device.identity.index}{count:04}")
        await asyncio.sleep(pause)
        count += 1


async def _rate(fault: Mapping[str, object] | None, *, idle: bool = False) -> tuple[int, int]:
    """Messages that three modems send in 20 s, and how often a fourth meets this fault; `idle`: which sends nothing."""
    sick, *others = rigs = tuple(FaultRig(Traits(latency=LATENCY), index=index) for index in range(4))
    async with contextlib.AsyncExitStack() as stack:
        for rig in rigs:
            stack.push_async_callback(rig.stop)
            rig.start()
        for rig in rigs:
            await rig.until(ModemState.READY)
        if fault is not None:
            sick.arm({**fault, "times": None})
        works = [asyncio.create_task(_work(rig, 0.01)) for rig in others]
        if not idle:
            works.append(asyncio.create_task(_work(sick, 0.3)))
        await asyncio.sleep(SECONDS)
        for each in works:
            each.cancel()
        await asyncio.wait(works)
        for rig in rigs:
            rig.agree()
        return sum(len(rig.line.sent) for rig in others), sick.counters.faults


@functools.cache
def _usual() -> int:
    """The same without a fault."""
    rates: list[int] = []

    @virtual
    async def measure() -> None:
        rates.append((await _rate(None))[0])

    measure()
    return rates[0]


@pytest.fixture
def usual() -> int:
    """How much the three send while the fourth is well."""
    return _usual()


def test_the_usual_rate_is_a_rate(usual: int) -> None:
    assert usual > 3 * 0.9 * SECONDS / (LATENCY + 0.02)


@pytest.mark.parametrize(("fault", "step"), CELLS)
def test_three_others_keep_their_rate_beside_a_send_that_fails(fault: str, step: str, usual: int) -> None:
    @virtual
    async def compare() -> None:
        kept, met = await _rate(order(step, "+CMGS", EVERY[fault]))
        assert met > 0
        assert kept >= SHARE * usual

    compare()


@pytest.mark.parametrize("command", ["+CSQ", "+CREG?"])
@pytest.mark.parametrize("fault", EVERY)
def test_three_others_keep_their_rate_beside_one_that_is_only_asked(fault: str, command: str, usual: int) -> None:
    @virtual
    async def compare() -> None:
        kept, met = await _rate(order("before_echo", command, EVERY[fault]), idle=True)
        assert met > 0
        assert kept >= SHARE * usual

    compare()
