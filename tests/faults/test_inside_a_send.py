"""The fault matrix inside a send: every fault at every step, what is said of the message, and the states passed.

The tables are the specification (`docs/outbox.md`, `docs/modem-states.md`, `otppi.ports.modem`), not what the driver
happens to do: nothing left before the prompt was granted, so a fault there is NotHanded; after it, no certain answer is
Unknown. `slow` is shown by the application in place of `busy`; a line tells `busy` as long as it waits.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import pytest
from bench import virtual
from fault_cells import ENDING, PROMPT, TEXT, TROUBLES, UNTOUCHED, Cell, cells, order
from fault_rig import FAULTED, FaultRig

from otppi.ports.modem import ModemState, NotHanded, Refused, Sent, Unknown
from otppi.simulator.device import Traits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

pytestmark = [pytest.mark.feature("X07", "X09", "F078")]

WITH_THE_POWER: Final = ("body", "before_air")
"""The steps at which an SMS is not on the air yet, and never is when the power goes."""


AS_ALWAYS: Final = Cell(Sent, UNTOUCHED)
UNPLUGGED: Final = "busy absent probing@5 starting ready@5"
"""The port is back after 5 s."""
ANEW: Final = "absent probing starting ready"
"""It has restarted and is told everything again."""
GIVEN_UP: Final = "probing degraded starting ready"
"""It stays silent for two minutes after the outcome, and answers then."""

SPECIFIED: Final[Mapping[str, tuple[Cell, Cell, Cell]]] = {
    "hang": (
        Cell(NotHanded, f"busy resetting@4 {GIVEN_UP}"),
        Cell(Unknown, f"busy resetting@150 {GIVEN_UP}", late=True),
        Cell(Unknown, f"busy resetting@5 {GIVEN_UP}", late=True),
    ),
    "slow": (
        Cell(NotHanded, "busy resetting@4 probing starting@30 ready@30"),
        Cell(Sent, "busy ready@30"),
        Cell(Unknown, "busy resetting@5 probing starting@30 ready@30", late=True),
    ),
    "drop": (Cell(NotHanded, UNPLUGGED), Cell(Unknown, UNPLUGGED), Cell(Unknown, UNPLUGGED)),
    "reboot": (
        Cell(NotHanded, f"busy resetting@4 {ANEW}@12"),
        Cell(Unknown, f"busy resetting@150 {ANEW}@150"),
        Cell(Unknown, f"busy resetting@5 {ANEW}@5", late=True),
    ),
    "noise": (AS_ALWAYS, AS_ALWAYS, AS_ALWAYS),
    "garbage": (AS_ALWAYS, AS_ALWAYS, AS_ALWAYS),
    "partial": (
        Cell(NotHanded, "busy resetting@4 ready@10"),
        Cell(Unknown, "busy ready@0"),  # OK came, and no reference
        Cell(Unknown, "busy resetting@5 ready@5", late=True),
    ),
}
"""By fault: before the prompt; from the text to the reference; between the reference and its OK."""


async def _meets(rig: FaultRig, fault: Mapping[str, object], cell: Cell, *, silent_for: float = 0.0) -> None:
    """Sends into the fault, waits until it is over, and holds the rig to the cell."""
    await rig.until(ModemState.READY)
    await asyncio.sleep(1)
    rig.mark()
    rig.arm(fault)
    outcome = await rig.send(FAULTED)
    assert type(outcome) is cell.outcome
    if silent_for:
        await asyncio.sleep(silent_for)
        rig.end_faults()
    await asyncio.sleep(0.1)
    await rig.until(ModemState.READY)
    await asyncio.sleep(1)
    rig.passed(cell.path)
    rig.agree()
    assert (FAULTED in rig.lates) is cell.late
    assert rig.counters.faults == 1, "the fault was met"


@pytest.mark.parametrize(("fault", "step", "cell"), cells(SPECIFIED, PROMPT, TEXT, ENDING))
@virtual
async def test_a_fault_inside_a_send(fault: str, step: str, cell: Cell) -> None:
    async with FaultRig() as rig:
        silent_for = 120 if fault == "hang" else 0
        await _meets(rig, order(step, "+CMGS", TROUBLES[fault]), cell, silent_for=silent_for)
        never = step in PROMPT or (fault in ("drop", "reboot") and step in WITH_THE_POWER)
        assert bool(rig.aired(FAULTED)) is (cell.outcome is Sent or not never)
        assert rig.counters.cut == (fault == "partial")
        await rig.proves_itself()


@pytest.mark.parametrize("seed", range(1, 9))
@pytest.mark.parametrize("step", [*PROMPT, *TEXT, *ENDING])
@virtual
async def test_garbage_of_any_kind_changes_nothing(step: str, seed: int) -> None:
    """Garbage may hold a `>` that opens a line: the text leaves before the prompt then, and the modem takes it all the
    same. Nothing that the engine takes for an answer comes up among octets of any value."""
    async with FaultRig(seed=seed) as rig:
        await _meets(rig, order(step, "+CMGS", {"kind": "garbage", "count": 400}), AS_ALWAYS)
        await rig.proves_itself()


ENDINGS: Final[Mapping[str, tuple[Mapping[str, object], Cell, int]]] = {
    "not sent, not answered": ({"do": "refuse_silently"}, Cell(Unknown, "busy resetting@150 ready@150"), 0),
    "answered between others": (
        {"do": "stray_reference", "seconds": 155.0},
        Cell(Unknown, "busy resetting@150 ready@150", late=True),
        1,
    ),
    "unplugged on the air": ({"do": "drop_after_ctrl_z"}, Cell(Unknown, f"busy absent {ANEW.split(maxsplit=1)[1]}"), 1),
}


@pytest.mark.parametrize("ending", ENDINGS)
@virtual
async def test_a_send_that_ends_badly(ending: str) -> None:
    bad_ending, cell, aired = ENDINGS[ending]
    async with FaultRig() as rig:
        await _meets(rig, bad_ending, cell, silent_for=10)
        assert len(rig.aired(FAULTED)) == aired
        await rig.proves_itself()


@pytest.mark.parametrize("late", [151.0, 152.0, 155.0, 160.0, 165.0, 170.0, 180.0, 200.0, 220.0, 250.0, 290.0])
@virtual
async def test_an_answer_that_comes_too_late_settles_the_doubt_of_its_own_message(late: float) -> None:
    async with FaultRig() as rig:
        await rig.until(ModemState.READY)
        rig.arm({"do": "late_reference", "seconds": late})
        assert isinstance(await rig.send(FAULTED), Unknown)
        await asyncio.sleep(150)
        assert [rig.lates[FAULTED]] == rig.aired(FAULTED)
        await rig.proves_itself()


# -- while edge c is committed: the prompt is open, and nothing of the text has left ---------------------------------

AT_THE_PROMPT: Final[Mapping[str, tuple[Callable[[FaultRig], None], Cell]]] = {
    "unplugged": (lambda rig: rig.line.unplug(), Cell(NotHanded, UNPLUGGED)),
    "plugged in elsewhere": (lambda rig: rig.line.replug("ttyUSB9"), Cell(NotHanded, f"busy {ANEW}")),
    "noise": (lambda rig: rig.arm({"do": "noise", "rate": 1.0, "every": 0.1}), AS_ALWAYS),
    "an SMS comes": (lambda rig: rig.arm({"do": "incoming", "number": "+6281200000009", "text": "Halo"}), AS_ALWAYS),
    "no network": (lambda rig: rig.arm({"do": "unregister"}), Cell(Refused, "busy ready searching ready")),
    # A modem of no maker says nothing of its SIM, only 331 and that its network is gone.
    "no SIM": (lambda rig: rig.arm({"do": "remove_sim"}), Cell(Refused, "busy ready searching ready")),
}


@pytest.mark.parametrize("what", AT_THE_PROMPT)
@virtual
async def test_what_happens_while_the_handing_over_is_written_down(what: str) -> None:
    happens, cell = AT_THE_PROMPT[what]
    async with FaultRig() as rig:
        await rig.until(ModemState.READY)
        await asyncio.sleep(1)
        rig.mark()

        async def mark() -> bool:
            happens(rig)
            await asyncio.sleep(1)
            return True

        assert type(await rig.send(FAULTED, mark)) is cell.outcome
        await asyncio.sleep(4)
        if not rig.line.modem.device.plugged:
            rig.line.replug()
        await asyncio.sleep(16)
        rig.arm({"do": "register"}, {"do": "clear"})
        if what == "no SIM":
            rig.arm({"do": "insert_sim"})
        await rig.until(ModemState.READY)
        rig.passed(cell.path)
        await rig.proves_itself()


@pytest.mark.parametrize("after", [0.5, 2.5])
@virtual
async def test_a_network_that_is_lost_on_the_way(after: float) -> None:
    async with FaultRig(Traits(latency=3.0)) as rig:
        await rig.until(ModemState.READY)
        rig.mark()
        sending = asyncio.create_task(rig.send(FAULTED))
        await asyncio.sleep(after)
        rig.line.order("unregister")
        outcome = await sending
        assert isinstance(outcome, Refused)
        assert (outcome.kind, outcome.code) == ("cms", 331)
        await asyncio.sleep(10)
        assert isinstance(await rig.send("628120000004"), NotHanded)
        rig.line.order("register")
        await rig.until(ModemState.READY)
        rig.passed("busy ready searching@3 ready")
        await rig.proves_itself()
