"""The fault matrix of refusals: +CMS and +CME ERROR of every class, in place of the prompt, after the text, and in
answer to every command outside a send.

The tables are the specification; what follows a class is told in `docs/modem-states.md`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import pytest
from bench import virtual
from fault_cells import REFUSALS, UNTOUCHED, order
from fault_codes import CODES, OF_THE_SIM, name_of
from fault_rig import FAULTED, FaultRig
from fault_steps import KEEP_ALIVE, START_UP, WAKE

from otppi.at.codes import ErrorClass, classify
from otppi.ports.modem import ModemState, Refused, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fault_codes import Kind

pytestmark = [pytest.mark.feature("X07", "X09", "F078")]


LEADS_TO: Final[Mapping[ErrorClass, str]] = {
    ErrorClass.MODEM: "busy ready resetting probing starting ready",  # it blames itself: rung 2
    ErrorClass.PIN: "busy ready starting@10 ready",  # a fresh look at the SIM, 10 s after the last one at the earliest
}
"""The path where a class leads to more than the next message. For want of a network, and for the sake of a store, the
modem is asked; here it answers that all is well."""


def _path(refusal: tuple[Kind, int]) -> str:
    missed = refusal in OF_THE_SIM and classify(*refusal) is ErrorClass.SIM
    return LEADS_TO.get(ErrorClass.PIN if missed else classify(*refusal), UNTOUCHED)


def test_every_class_is_met_in_one_form_or_the_other() -> None:
    assert {classify(*refusal) for refusal in CODES} == set(ErrorClass)


@pytest.mark.parametrize("at_prompt", [True, False])
@pytest.mark.parametrize("refusal", CODES, ids=name_of)
@virtual
async def test_a_refusal_of_each_class(refusal: tuple[Kind, int], at_prompt: bool) -> None:
    kind, code = refusal
    meaning = classify(kind, code)
    async with FaultRig() as rig:
        await rig.until(ModemState.READY)
        rig.mark()
        rig.arm({"do": f"{kind}_error", "code": code, "at_prompt": at_prompt})
        outcome = await rig.send(FAULTED)
        if meaning is ErrorClass.MAYBE_SENT and not at_prompt:
            assert isinstance(outcome, Unknown), "the network did not answer: edge j of docs/outbox.md"
        else:
            assert isinstance(outcome, Refused)
            assert (outcome.kind, outcome.code, outcome.meaning) == (kind, code, meaning)
        await asyncio.sleep(30)
        rig.passed(_path(refusal))
        await rig.proves_itself()


@pytest.mark.parametrize("at_prompt", [True, False])
@virtual
async def test_a_bare_error(at_prompt: bool) -> None:
    async with FaultRig() as rig:
        await rig.until(ModemState.READY)
        rig.mark()
        rig.arm({"do": "error", "at_prompt": at_prompt})
        outcome = await rig.send(FAULTED)
        assert isinstance(outcome, Refused)
        assert (outcome.kind, outcome.code, outcome.meaning) == ("error", None, ErrorClass.UNKNOWN)
        await asyncio.sleep(30)
        rig.passed(UNTOUCHED)
        await rig.proves_itself()


@pytest.mark.parametrize("step", ["after_result_reference", "before_final"])
@pytest.mark.parametrize("refusal", [("cms", 500), ("cms", 1), ("cme", 100)], ids=name_of)
@virtual
async def test_a_reference_and_then_an_error_is_no_certainty(refusal: tuple[Kind, int], step: str) -> None:
    kind, code = refusal
    async with FaultRig() as rig:
        await rig.until(ModemState.READY)
        rig.mark()
        rig.arm(order(step, "+CMGS", {"kind": f"{kind}_error", "code": code}))
        assert isinstance(await rig.send(FAULTED), Unknown)
        await asyncio.sleep(30)
        rig.passed(UNTOUCHED)
        assert FAULTED not in rig.lates
        await rig.proves_itself()


@virtual
async def test_the_third_in_a_row_that_may_be_the_modems_fault_counts_as_one_that_is() -> None:
    async with FaultRig() as rig:
        await rig.until(ModemState.READY)
        rig.mark()
        for place, code in enumerate((500, 302, 500)):
            rig.passed(" ".join([UNTOUCHED] * place))
            rig.arm({"do": "cms_error", "code": code})
            assert isinstance(await rig.send(f"62812000010{place}"), Refused)
            await asyncio.sleep(1)
        rig.passed("busy ready busy ready busy ready resetting probing starting ready")
        await rig.proves_itself()


# -- outside a send --------------------------------------------------------------------------------------------------

NO_SIM: Final = "probing starting degraded@0 ready@2"
LOCKED: Final = "probing starting pin_needed@0 ready@2"
OF_CPIN: Final[Mapping[tuple[Kind, int], str]] = {
    ("cms", 311): LOCKED,
    ("cms", 316): LOCKED,
    ("cme", 11): LOCKED,
    ("cme", 12): LOCKED,
}
"""AT+CPIN? refused with these tells of a lock; with others that the SIM cannot be used. It is asked again after 2 s."""


def _start(command: str, refusal: tuple[Kind, int]) -> str:
    if command == "+CPIN?":
        return OF_CPIN.get(refusal, NO_SIM)
    return NO_SIM if command == "+CMGF=0" else "probing starting ready"


@pytest.mark.parametrize("command", [*WAKE, *START_UP])
@pytest.mark.parametrize("refusal", CODES, ids=name_of)
@virtual
async def test_a_refusal_of_each_class_in_start_up(refusal: tuple[Kind, int], command: str) -> None:
    kind, code = refusal
    async with FaultRig() as rig:
        rig.arm(order("before_echo", command, {"kind": f"{kind}_error", "code": code}))
        await asyncio.sleep(9)
        assert rig.counters.faults == 1
        rig.passed(_start(command, refusal))
        assert rig.line.opened == 1
        await rig.proves_itself()


@pytest.mark.parametrize("command", KEEP_ALIVE)
@pytest.mark.parametrize("refusal", CODES, ids=name_of)
@virtual
async def test_a_refusal_of_each_class_in_idle_times(refusal: tuple[Kind, int], command: str) -> None:
    kind, code = refusal
    async with FaultRig() as rig:
        await rig.until(ModemState.READY)
        rig.mark()
        rig.arm(order("before_echo", command, {"kind": f"{kind}_error", "code": code}))
        await asyncio.sleep(30)
        assert rig.counters.faults == 1
        rig.passed("")
        await rig.proves_itself()


@pytest.mark.parametrize("refusal", [*CODES, ("cme", 14)], ids=name_of)
@virtual
async def test_a_refusal_before_the_prompt_of_a_message_that_is_followed_by_another(refusal: tuple[Kind, int]) -> None:
    """AT+CMMS=2 is a wish: refused, the message goes all the same."""
    kind, code = refusal
    async with FaultRig() as rig:
        await rig.until(ModemState.READY)
        rig.mark()
        rig.arm(order("before_echo", "+CMMS=2", {"kind": f"{kind}_error", "code": code}))
        await rig.send(FAULTED, more=True)
        assert len(rig.aired(FAULTED)) == rig.counters.faults == 1
        rig.passed(UNTOUCHED)
        await rig.proves_itself()


@pytest.mark.parametrize("fault", REFUSALS)
@virtual
async def test_a_registration_that_neither_question_tells_is_none(fault: str) -> None:
    async with FaultRig() as rig:
        rig.arm(order("before_echo", "REG?", {**REFUSALS[fault], "times": 2}))
        await rig.until(ModemState.SEARCHING)
        await rig.until(ModemState.READY)
        rig.passed("probing starting searching@0 ready@2")
        await asyncio.sleep(5)
        rig.mark()
        rig.arm(order("before_echo", "REG?", {**REFUSALS[fault], "times": 2}))
        await asyncio.sleep(20)
        rig.passed("searching ready")
        await rig.proves_itself()


@virtual
async def test_a_sim_that_is_busy_is_asked_again_before_it_is_called_anything() -> None:
    async with FaultRig() as rig:
        rig.arm(order("before_echo", "+CPIN?", {"kind": "cme_error", "code": 14, "times": 4}))
        await rig.until(ModemState.READY)
        rig.passed("probing starting ready@2")
        await rig.proves_itself()
