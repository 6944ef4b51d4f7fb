"""The fault matrix: every fault at every step of the protocol, and what the line must say of it.

The tables are the specification (`docs/outbox.md`, `otppi.ports.modem`), not what the driver happens to do: nothing
left before the prompt was granted, so a fault there is NotHanded; after it, no certain answer is Unknown.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Final

import pytest
from bench import virtual
from fault_rig import FaultRig, now

from otppi.at.codes import ErrorClass, classify
from otppi.ports.modem import ModemState, NotHanded, Outcome, Refused, Sent, Unknown
from otppi.simulator.device import Traits

pytestmark = [pytest.mark.feature("X07", "X09", "F078")]

BEFORE: Final = ("before_echo", "before_reply", "before_prompt")
"""Nothing of the text has left."""
AFTER: Final = ("body", "before_air", "before_result", "after_result_reference", "before_final")
"""The text has left, or leaves."""
SLOW: Final = 30.0
FAULTED, FIRST, SECOND = "628120000001", "628120000002", "628120000003"
NONE: Final[frozenset[type[Outcome]]] = frozenset({NotHanded})
DOUBT: Final[frozenset[type[Outcome]]] = frozenset({Unknown})
DONE: Final[frozenset[type[Outcome]]] = frozenset({Sent})
EITHER: Final[frozenset[type[Outcome]]] = frozenset({Sent, NotHanded})
"""What the modem wrote may have been spoilt: it went through, or nothing left."""
CERTAIN_OR_DOUBT: Final[frozenset[type[Outcome]]] = frozenset({Sent, Unknown})
"""The same for a text that left."""


def _of(kind: str, before: frozenset[Any], after: frozenset[Any], **fields: object) -> list[Any]:
    steps = [(step, before) for step in BEFORE] + [(step, after) for step in AFTER]
    order = {"do": "fault", "kind": kind, "command": "+CMGS"} | fields
    return [pytest.param(order | {"step": step}, expected, id=f"{kind}-{step}") for step, expected in steps]


def _slow() -> list[Any]:
    ending = {"after_result_reference", "before_final"}  # +CMGS is there and its OK is not: no certain answer
    return [
        pytest.param(
            {"do": "hang", "step": step, "seconds": SLOW, "command": "+CMGS"},
            NONE if step in BEFORE else DOUBT if step in ending else DONE,
            id=f"slow-{step}",
        )
        for step in (*BEFORE, *AFTER)
    ]


SENDING: Final = [
    *_of("hang", NONE, DOUBT),
    *_slow(),
    *_of("drop", NONE, DOUBT, seconds=5),
    *_of("reboot", NONE, DOUBT),
    *_of("noise", DONE, DONE, count=5),
    *_of("garbage", EITHER, CERTAIN_OR_DOUBT, count=200),
    *_of("half_line", EITHER, CERTAIN_OR_DOUBT, seconds=0),
    pytest.param({"do": "fault", "kind": "lose_end", "step": "body"}, DOUBT, id="ctrl-z-lost"),
    pytest.param({"do": "refuse_silently"}, DOUBT, id="silent-not-on-the-air"),
    pytest.param({"do": "drop_after_ctrl_z"}, DOUBT, id="unplug-on-the-air"),
]
CODES: Final = {kind: min(c for c in range(1, 1000) if classify("cms", c) is kind) for kind in ErrorClass}
STEPS: Final = {
    "wake": "AT",
    "identify": "+CGMI",
    "start-up": "+CMGF",
    "PIN": "+CPIN?",
    "keep-alive": "+CSQ",
}
TROUBLES: Final[dict[str, dict[str, object]]] = {
    "hang": {"kind": "hang"},
    "slow": {"kind": "hang", "seconds": SLOW},
    "drop": {"kind": "drop", "seconds": 5},
    "reboot": {"kind": "reboot"},
    "garbage": {"kind": "garbage", "count": 200},
    "noise": {"kind": "noise", "count": 5},
    "partial": {"kind": "half_line", "seconds": 0},
    "lost": {"kind": "lose", "count": 3},
    "cms": {"kind": "cms_error", "code": 500},
    "cme": {"kind": "cme_error", "code": 100},
    "error": {"kind": "error"},
}


async def proves_itself(rig: FaultRig) -> None:
    """The fault is over: the modem gets ready, and the next two messages have outcomes of their own."""
    rig.line.order("clear")
    if not rig.line.modem.device.plugged:
        rig.line.replug()
    await rig.until(ModemState.READY)
    for number in (FIRST, SECOND):
        assert isinstance(await rig.send(number), Sent)
    await asyncio.sleep(1)
    rig.agree()


@pytest.mark.parametrize(("order", "expected"), SENDING)
@virtual
async def test_a_fault_inside_a_send(order: dict[str, object], expected: frozenset[type[Outcome]]) -> None:
    async with FaultRig() as rig:
        await rig.until(ModemState.READY)
        rig.arm((order,))
        outcome = await rig.send(FAULTED)
        rig.agree()
        assert type(outcome) in expected
        await proves_itself(rig)


@pytest.mark.parametrize("at_prompt", [True, False])
@pytest.mark.parametrize("meaning", list(ErrorClass))
@virtual
async def test_a_refusal_of_each_class(meaning: ErrorClass, at_prompt: bool) -> None:
    async with FaultRig() as rig:
        await rig.until(ModemState.READY)
        rig.arm(({"do": "cms_error", "code": CODES[meaning], "at_prompt": at_prompt},))
        outcome = await rig.send(FAULTED)
        if meaning is ErrorClass.MAYBE_SENT and not at_prompt:
            assert isinstance(outcome, Unknown), "the network did not answer: edge j of docs/outbox.md"
        else:
            assert isinstance(outcome, Refused)
            assert (outcome.kind, outcome.code, outcome.meaning) == ("cms", CODES[meaning], meaning)
        await proves_itself(rig)


@pytest.mark.parametrize("at_prompt", [True, False])
@pytest.mark.parametrize(("kind", "code"), [("cme_error", 100), ("error", None)])
@virtual
async def test_a_refusal_in_another_form(kind: str, code: int | None, at_prompt: bool) -> None:
    async with FaultRig() as rig:
        await rig.until(ModemState.READY)
        rig.arm(({"do": kind, "code": code or 0, "at_prompt": at_prompt},))
        outcome = await rig.send(FAULTED)
        assert isinstance(outcome, Refused)
        assert outcome.code == code
        await proves_itself(rig)


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("step", STEPS)
@virtual
async def test_a_fault_outside_a_send(step: str, trouble: str) -> None:
    order = {"do": "fault", "step": "before_reply", "command": STEPS[step]} | TROUBLES[trouble]
    idle = step == "keep-alive"
    async with FaultRig() as rig:
        if idle:
            await rig.until(ModemState.READY)
        rig.arm((order,))
        await asyncio.sleep(60)
        if idle and trouble == "hang":
            assert rig.modem.status.state is not ModemState.READY
        assert rig.line.sent == []
        await proves_itself(rig)


@virtual
async def test_silence_in_idle_times_is_seen_within_15_seconds() -> None:
    async with FaultRig() as rig:
        await rig.until(ModemState.READY)
        began = now()
        rig.arm(({"do": "hang", "step": "before_echo", "times": None},))
        while rig.modem.status.state is ModemState.READY:  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(0.05)
        assert now() - began <= 15
        await proves_itself(rig)


@virtual
async def test_a_wrong_pin_is_tried_once() -> None:
    async with FaultRig(Traits(pin="1234"), pin="4711") as rig:
        await rig.until(ModemState.PIN_NEEDED)
        for _ in range(3):
            await asyncio.sleep(60)
            rig.line.replug()
        await rig.until(ModemState.PIN_NEEDED)
        assert rig.line.modem.device.sim.wrong == 1
        assert rig.line.modem.device.sim.tries == 2


@virtual
async def test_no_network_is_no_service_until_it_comes() -> None:
    async with FaultRig() as rig:
        await rig.until(ModemState.READY)
        rig.line.order("unregister")
        await rig.until(ModemState.SEARCHING, 30)
        assert isinstance(await rig.send(FAULTED), NotHanded)
        rig.line.order("register")
        await proves_itself(rig)


@virtual
async def test_it_comes_back_under_another_name() -> None:
    async with FaultRig() as rig:
        await rig.until(ModemState.READY)
        rig.line.unplug()
        await rig.until(ModemState.ABSENT, 1)
        assert isinstance(await rig.send(FAULTED), NotHanded)
        rig.line.replug("ttyUSB9")
        await proves_itself(rig)


CLOSED: Final = "the ladder has the port closed for a moment (re-init), and what the modem says then is lost"


@pytest.mark.parametrize(
    "late",
    [151.0, 155.0, 165.0, 180.0, 220.0, pytest.param(200.0, marks=pytest.mark.xfail(strict=True, reason=CLOSED))],
)
@virtual
async def test_an_answer_that_comes_too_late_settles_the_doubt_of_its_own_message(late: float) -> None:
    async with FaultRig() as rig:
        await rig.until(ModemState.READY)
        rig.arm(({"do": "late_reference", "seconds": late},))
        assert isinstance(await rig.send(FAULTED), Unknown)
        await asyncio.sleep(100)
        assert [rig.lates[FAULTED]] == rig.aired(FAULTED)
        await proves_itself(rig)


async def _rate(fault: dict[str, object] | None) -> int:
    """Messages that three modems send in 20 s while a fourth has this fault."""
    sick, *others = (FaultRig(index=index) for index in range(4))

    async def work(rig: FaultRig, count: int = 0) -> None:
        while True:
            await rig.send(f"62812000{rig.line.modem.device.identity.index}{count:04}")
            await asyncio.sleep(0.01)
            count += 1

    rigs = (sick, *others)
    async with contextlib.AsyncExitStack() as stack:
        for rig in rigs:
            stack.push_async_callback(rig.stop)
            rig.start()
        for rig in rigs:
            await rig.until(ModemState.READY)
        sick.arm((fault,) if fault else ())
        works = [asyncio.create_task(work(rig)) for rig in rigs]
        await asyncio.sleep(20)
        for each in works:
            each.cancel()
        await asyncio.wait(works)
        return sum(len(rig.line.sent) for rig in others)


@pytest.mark.parametrize("trouble", TROUBLES)
@virtual
async def test_three_others_keep_their_rate(trouble: str) -> None:
    usual = await _rate(None)
    order = {"do": "fault", "step": "before_prompt", "times": None} | TROUBLES[trouble]
    assert await _rate(order) >= 0.95 * usual > 0
