"""The fault matrix of the SIM PIN: AT+CPIN= hit in mid-flight by every fault, with the right PIN and a wrong one.

The tables are the specification. Above all of them stands that the SIM never counts more than one wrong try, that a PIN
is never sent before that is written down, and that one whose outcome is not known is never sent again, whatever happens
to the power, the port and the gateway (`otppi.ports.pins`).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest
from bench import virtual
from fault_cells import DAMAGE, EVERY, order
from fault_codes import CODES, name_of
from fault_rig import FaultRig

from otppi.modems.pins import PinLedger
from otppi.ports.modem import ModemState
from otppi.simulator.device import Traits

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = [pytest.mark.feature("F078", "X07", "X09")]

PIN: Final = "4711"
WRONG: Final = "0815"
SENT: Final = b"AT+CPIN="
LASTS: Final = 120.0
"""Seconds that each fault is watched for."""


class Cell(NamedTuple):
    """The states passed while the fault lasts; whether the PIN has reached the SIM when it is over; whether the SIM is
    known to have taken it, so that it may be used after the next power cut."""

    path: str
    reached: bool = True
    proved: bool = False


_START: Final = "probing starting"
AT_ONCE: Final = Cell(f"{_START} ready@0", proved=True)
SEEN_LATER: Final = Cell(f"{_START} pin_needed@30 ready@32")
"""No OK within the 30 s that a SIM is given, and READY at the next look: it is used, and the PIN counts as tried."""
NOT_REACHED: Final = Cell(f"{_START} pin_needed@0", reached=False)
NEVER_HEARD: Final = Cell(f"{_START} pin_needed@30", reached=False)
LOCKED_ANEW: Final = Cell(f"{_START} absent probing@5 starting pin_needed@5", reached=False)
GIVEN_UP: Final = Cell(f"{_START} probing@38 degraded")

RIGHT_BEFORE: Final[Mapping[str, Cell]] = {
    "hang": GIVEN_UP,
    "slow": SEEN_LATER,
    "slower": Cell(f"{_START} probing@38 starting@45 ready@45"),
    "drop": LOCKED_ANEW,
    "reboot": Cell(f"{_START} absent@30 probing starting pin_needed@30", reached=False),
    "garbage": AT_ONCE,
    "noise": AT_ONCE,
    "partial": SEEN_LATER,
    "lost": NEVER_HEARD,
    "end lost": SEEN_LATER,  # the CR of the resync ends the line
    "mangled": NOT_REACHED,
    **dict.fromkeys(("cms", "cme", "error"), NOT_REACHED),
}
"""The right PIN; the fault comes before the SIM is given it."""
AFTER: Final[Mapping[str, Cell]] = {
    **{fault: cell for fault, cell in RIGHT_BEFORE.items() if fault not in DAMAGE},
    **dict.fromkeys(("cms", "cme", "error"), Cell(f"{_START} pin_needed@0 ready@2")),
}
"""The right PIN; the SIM has taken it, and OK is not there yet. What loses its power is locked anew."""

_ALL: Final[Mapping[str, Mapping[str, object]]] = {**EVERY, "slower": {"kind": "hang", "seconds": 45.0}}


class Witness(PinLedger):
    """Looks, whenever a PIN is spent, how often one had left by then."""

    def __init__(self) -> None:
        super().__init__()
        self.rig: FaultRig | None = None
        self.sent_when_spent: list[int] = []

    async def spend(self, entry: str, pin: str, sim: str = "") -> bool:
        await asyncio.sleep(0.01)  # it takes a while to write something down
        assert self.rig is not None
        self.sent_when_spent.append(self.rig.written.count(SENT))
        return await super().spend(entry, pin, sim)


def _rig(pin: str, *, of_the_sim: str = PIN) -> FaultRig:
    pins = Witness()
    pins.rig = rig = FaultRig(Traits(pin=of_the_sim), pin=pin, pins=pins)
    return rig


async def _hardships(rig: FaultRig, state: ModemState) -> None:
    """Power cuts, a restart, another name and a start of the gateway: each leads to this state."""
    for link in (None, "ttyUSB7", None):
        rig.line.replug(link)
        await asyncio.sleep(60)
        assert rig.modem.status.state is state
    await rig.stop()
    rig.line.replug()
    rig.start()
    await asyncio.sleep(60)
    assert rig.modem.status.state is state


def _spent_first(rig: FaultRig) -> None:
    pins = rig.pins
    assert isinstance(pins, Witness)
    assert pins.sent_when_spent == list(range(rig.written.count(SENT))), "written down before it leaves, each time"


async def _meets(rig: FaultRig, fault: str, step: str, path: str) -> None:
    rig.arm(order(step, "+CPIN=", _ALL[fault]))
    await asyncio.sleep(LASTS)
    assert rig.counters.faults == 1, "the fault was met"
    rig.passed(path)
    rig.end_faults()
    await asyncio.sleep(60)


def _steps(fault: str) -> tuple[str, ...]:
    return ("before_echo",) if fault in DAMAGE else ("before_echo", "before_reply")


BEFORE: Final = [pytest.param(fault, step, id=f"{fault}-{step}") for fault in RIGHT_BEFORE for step in _steps(fault)]


@pytest.mark.parametrize(
    ("fault", "step"), [*BEFORE, *(pytest.param(f, "before_final", id=f"{f}-after") for f in AFTER)]
)
@virtual
async def test_the_right_pin(fault: str, step: str) -> None:
    cell = (AFTER if step == "before_final" else RIGHT_BEFORE)[fault]
    async with _rig(PIN) as rig:
        await _meets(rig, fault, step, cell.path)
        assert rig.modem.status.state is (ModemState.READY if cell.reached else ModemState.PIN_NEEDED)
        assert rig.line.modem.device.sim.wrong == 0
        assert rig.written.count(SENT) == 1
        if cell.proved:
            await _hardships(rig, ModemState.READY)
        else:
            await _hardships(rig, ModemState.PIN_NEEDED)
            assert rig.modem.status.reason.startswith("The SIM asks for its PIN")
            assert rig.written.count(SENT) == 1, "it is never sent again"
        assert rig.line.modem.device.sim.wrong == 0
        _spent_first(rig)


@pytest.mark.parametrize(("fault", "step"), BEFORE)
@virtual
async def test_a_wrong_pin(fault: str, step: str) -> None:
    """As the right one, but where that makes the modem ready the SIM counts one try, and asks on."""
    cell = RIGHT_BEFORE[fault]
    path = (
        cell.path.replace(" ready@0", " pin_needed@0").replace(" ready@32", "").replace(" ready@45", " pin_needed@45")
    )
    async with _rig(WRONG) as rig:
        await _meets(rig, fault, step, path)
        assert rig.line.modem.device.sim.wrong == cell.reached
        await _hardships(rig, ModemState.PIN_NEEDED)
        assert rig.modem.status.reason.startswith("The SIM asks for its PIN")
        assert rig.line.modem.device.sim.wrong == cell.reached
        assert rig.line.modem.device.sim.tries == 3 - cell.reached
        assert rig.written.count(SENT) == 1
        _spent_first(rig)


@pytest.mark.parametrize("pin", [PIN, WRONG])
@pytest.mark.parametrize("refusal", [*CODES, ("cme", 16), ("cme", 14)], ids=name_of)
@virtual
async def test_a_refusal_of_each_class(refusal: tuple[str, int], pin: str) -> None:
    """Whatever the modem blames, it may have asked the SIM: the try is spent."""
    kind, code = refusal
    async with _rig(pin) as rig:
        rig.arm(order("before_reply", "+CPIN=", {"kind": f"{kind}_error", "code": code}))
        await asyncio.sleep(30)
        assert rig.counters.faults == 1
        rig.passed(NOT_REACHED.path)
        await _hardships(rig, ModemState.PIN_NEEDED)
        assert rig.written.count(SENT) == 1
        assert rig.line.modem.device.sim.tries == 3
        _spent_first(rig)


SPOILT: Final = [
    *(("lose", "4711", skip, 0) for skip in range(8, 14)),  # a quote, or a PIN of three digits: refused by the modem
    *(("lose", "47110", skip, 1) for skip in range(9, 14)),  # four digits are left, which are another PIN
    *(("mangle", "4711", skip, 1) for skip in range(9, 13)),
    ("mangle", "4711", 8, 0),
    ("mangle", "4711", 13, 0),
    ("mangle", "4711", 14, 1),  # the CR: what comes next becomes part of it
]
"""Damage, PIN, place of the octet in AT+CPIN="...", and how many wrong tries the SIM counts."""


@pytest.mark.parametrize(("kind", "pin", "skip", "wrong"), SPOILT)
@virtual
async def test_a_pin_that_is_spoilt_on_its_way_costs_one_try_at_most(
    kind: str, pin: str, skip: int, wrong: int
) -> None:
    async with _rig(pin, of_the_sim=pin) as rig:
        rig.arm(order("before_echo", "+CPIN=", {"kind": kind, "skip": skip}))
        await asyncio.sleep(LASTS)
        assert (rig.counters.faults, rig.counters.spoilt) == (1, 1)
        await _hardships(rig, ModemState.PIN_NEEDED)
        sim = rig.line.modem.device.sim
        assert (sim.wrong, sim.tries) == (wrong, 3 - wrong)
        assert rig.written.count(SENT) == 1
        _spent_first(rig)


@pytest.mark.parametrize("state", ["puk", "one try left"])
@virtual
async def test_what_may_not_be_tried_is_not_tried_whatever_happens(state: str) -> None:
    async with _rig(PIN) as rig:
        rig.line.modem.device.sim.tries = 0 if state == "puk" else 1
        await asyncio.sleep(30)
        rig.passed(f"{_START} pin_needed@0")
        await _hardships(rig, ModemState.PIN_NEEDED)
        assert SENT not in rig.written


@pytest.mark.parametrize("fault", ["partial", "lost", "end lost", "mangled", "cms", "cme", "error"])
@virtual
async def test_a_count_of_tries_that_is_not_told_still_costs_one_try_at_most(fault: str) -> None:
    """A modem that cannot say is believed to have two tries left or more: once."""
    async with _rig(WRONG) as rig:
        rig.arm(order("before_reply" if fault not in DAMAGE else "before_echo", "+CPINR", EVERY[fault]))
        await asyncio.sleep(LASTS)
        assert rig.counters.faults == 1
        await _hardships(rig, ModemState.PIN_NEEDED)
        assert rig.line.modem.device.sim.wrong == rig.written.count(SENT) == 1


@virtual
async def test_no_network_after_the_pin_is_no_doubt_about_the_pin() -> None:
    async with _rig(PIN) as rig:
        rig.line.order("unregister")
        await asyncio.sleep(30)
        rig.passed(f"{_START} searching@0")
        await _hardships(rig, ModemState.SEARCHING)
        await rig.proves_registered()
