"""Sends on a clock that jumps: prompts slow, missing or taken back, what refusals mean, and whose turn it is."""

from __future__ import annotations

import asyncio

import pytest
from line_rig import TPDU, Modem, Rig, granted, jump, now

from otppi.at.codes import ErrorClass
from otppi.ports.modem import ModemState, NotHanded, Refused, Sent, Submission, Unknown

M = ModemState


# -- the prompt, and what a refusal leads to --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("OK", NotHanded("the modem took its prompt back")),
        ("+CMS ERROR: 500", Refused("cms", 500, "unknown error")),
        ("+CMS ERROR: 332", Refused("cms", 332, "network timeout")),
    ],
)
def test_a_prompt_taken_back_while_the_mark_is_made_is_certain(line: str, outcome: object) -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(M.READY)

            async def mark() -> bool:
                rig.far.line(line)
                await asyncio.sleep(1)
                return True

            assert await rig.modem.send(Submission("k", TPDU), mark) == outcome
            assert not [each for each in rig.far.heard_lines if TPDU in each]
            await rig.until(M.READY, seconds=2)
            assert await rig.send() == Sent(5)
            rig.far.line("+CMGS: 9")
            await asyncio.sleep(1)
            assert rig.lates == []

    jump(talk())


def test_a_modem_that_does_not_answer_about_its_link_gets_no_text() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(M.READY)
            rig.far.table["AT+CMMS=2"] = None
            began = now()
            assert isinstance(await rig.send(more=True), NotHanded)
            assert now() - began <= 3.1
            await rig.until(M.READY, seconds=2)
            assert await rig.send(more=True) == Sent(5)

    jump(talk())


def test_a_modem_whose_prompt_never_comes_is_out_of_service_before_its_time_limit() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(M.READY)
            rig.far.prompt = None
            began = now()
            first, second = asyncio.ensure_future(rig.send("a")), asyncio.ensure_future(rig.send("b"))
            assert isinstance(await second, NotHanded)
            assert now() - began < 4.5, "the one that waits goes elsewhere at once"
            assert isinstance(await first, NotHanded)
            assert now() - began >= 10
            rig.far.prompt = b"\r\n> "
            await rig.until(M.READY)
            assert await rig.send() == Sent(5)

    jump(talk())


def test_a_slow_prompt_is_waited_for_and_the_modem_used_again() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(M.READY)
            rig.far.slowness = 6.0
            before = len(rig.states)
            assert await rig.send() == Sent(5)
            assert rig.states[before:] == [M.BUSY, M.RESETTING, M.BUSY, M.READY]

    jump(talk())


def test_a_text_on_its_way_is_no_silence() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(M.READY)
            rig.far.air = 100.0
            before = len(rig.states)
            assert await rig.send() == Sent(5)
            assert rig.states[before:] == [M.BUSY, M.READY]

    jump(talk())


def test_a_refusal_for_the_sims_sake_leads_to_a_look_at_it() -> None:
    async def talk() -> None:
        far = Modem()
        async with Rig(far) as rig:
            await rig.until(M.READY)
            await asyncio.sleep(20)
            far.result = "+CMS ERROR: 310"
            far.table["AT+CPIN?"] = "+CME ERROR: 10"
            assert await rig.send() == Refused("cms", 310, "SIM not inserted")
            await rig.until(M.DEGRADED, seconds=2)

    jump(talk())


def test_a_refusal_for_the_networks_sake_leads_to_a_look_at_it() -> None:
    async def talk() -> None:
        far = Modem()
        async with Rig(far) as rig:
            await rig.until(M.READY)
            far.result = "+CMS ERROR: 331"
            far.table["AT+CREG?"] = "+CREG: 0,2"
            await rig.send()
            await rig.until(M.SEARCHING, seconds=1)

    jump(talk())


# -- what the family's own codes mean, and the link that is kept ------------------------------------------------------


def test_a_code_of_the_family_has_the_familys_meaning_and_words() -> None:
    async def talk() -> None:
        far = Modem()
        far.table["AT+CGMI"] = "WAVECOM MODEM"
        async with Rig(far) as rig:
            await rig.until(M.READY)
            far.result = "+CMS ERROR: 515"
            assert await rig.send() == Refused("cms", 515, "the modem is busy", ErrorClass.BUSY)
            far.result = "+CMS ERROR: 513"
            assert isinstance(await rig.send(), Unknown), "its lower layer failed after the text was taken"
            far.result = "+CMS ERROR: 38"
            assert await rig.send() == Refused("cms", 38, "network out of order", None)

    jump(talk())


def test_a_code_that_only_another_family_has_stays_unknown() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(M.READY)
            rig.far.result = "+CMS ERROR: 515"
            outcome = await rig.send()
            assert isinstance(outcome, Refused)
            assert (outcome.own, outcome.meaning) == (None, ErrorClass.UNKNOWN)

    jump(talk())


def test_a_failure_between_two_successes_keeps_the_link() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(M.READY)
            for result in ("+CMS ERROR: 38", "+CMGS: 5\r\n\r\nOK", "+CMS ERROR: 38", "+CMGS: 5\r\n\r\nOK"):
                rig.far.result = result
                await rig.send(more=True)
            assert [rig.far.count(f"AT+CMMS={mode}") for mode in (2, 0)] == [1, 0]

    jump(talk())


def test_two_texts_without_an_answer_let_the_link_go_once_the_modem_is_in_step() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(M.READY)
            rig.far.result = None
            for _ in range(2):
                assert isinstance(await rig.send(more=True), Unknown)
                await rig.until(M.READY)
            assert rig.far.count("AT+CMMS=0") == 0
            rig.far.result = "+CMS ERROR: 38"
            await rig.send(more=True)
            assert [rig.far.count(f"AT+CMMS={mode}") for mode in (2, 0)] == [1, 1]

    jump(talk())


# -- whose turn it is -------------------------------------------------------------------------------------------------


def test_a_sender_that_gives_up_waiting_leaves_the_line_free() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(M.READY)
            rig.far.air = 5.0
            first = asyncio.ensure_future(rig.send("a"))
            waiting = [asyncio.ensure_future(rig.send(key)) for key in "bc"]
            await asyncio.sleep(1)
            waiting[0].cancel()
            assert await first == Sent(5)
            assert await waiting[1] == Sent(5)
            assert waiting[0].cancelled()

    jump(talk())


def test_a_sender_cancelled_in_the_moment_it_gets_the_line_gives_it_back() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(M.READY)
            for after in range(12):
                rig.far.air = 1.0
                first = asyncio.ensure_future(rig.send("a"))
                second = asyncio.ensure_future(rig.send("b"))
                assert await first == Sent(5)
                for _ in range(after):
                    await asyncio.sleep(0)
                second.cancel()
                await asyncio.wait({second})
                await rig.until(M.READY)
                assert await rig.modem.send(Submission("c", TPDU), granted) == Sent(5)

    jump(talk())


@pytest.mark.feature("X09", "F078")
@pytest.mark.parametrize("wants", ["care", "SIM"])
def test_nothing_is_typed_into_a_prompt_that_a_send_has_left_open(wants: str) -> None:
    async def talk() -> None:
        far = Modem()
        far.result = None
        async with Rig(far) as rig:
            await rig.until(M.READY)
            await asyncio.sleep(
                9.5 if wants == "care" else 15
            )  # a question comes due, and waits for the end of the send
            if wants == "SIM":
                far.line("+CPIN: NOT READY", 1.0)
            assert isinstance(await rig.send(), Unknown)
            await rig.until(M.READY, seconds=5)
            after = next(place for place, line in enumerate(far.heard_lines) if TPDU in line) + 1
            assert far.heard_lines[after] == "AT", "it is brought in step first"

    jump(talk())
