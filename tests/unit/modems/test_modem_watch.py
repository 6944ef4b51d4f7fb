"""The watch on a clock that jumps: what stops answering is noticed in time, and what is noticed leads to a look."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from line_rig import TPDU, Modem, Rig, jump, now

from otppi.modems import Timings
from otppi.modems.board import MAY_SEND
from otppi.modems.timings import DEFAULT_TIMINGS
from otppi.ports.modem import LineStatus, ModemState, NotHanded, Sent, Submission

M = ModemState
NOTICED = 15.0
REPORT = "06010B912618000000F0627011218000006270112180000000"


def stored(rig: Rig) -> tuple[int, int] | None:
    return rig.modem.status.stored


async def leaves_service(rig: Rig) -> float:
    """When the modem counts as able no more."""
    async with asyncio.timeout(120):
        while rig.state() in MAY_SEND:  # noqa: ASYNC110 - the clock jumps
            await asyncio.sleep(0.01)
    return now()


# -- noticed within 15 seconds ------------------------------------------------------------------------------------


def test_the_worst_case_is_within_fifteen_seconds_by_its_numbers() -> None:
    timings = Timings()
    assert timings.keep_alive + max(timings.step, timings.patience) < NOTICED


@pytest.mark.feature("X07")
@pytest.mark.parametrize("idle", [0.0, 0.5, 5.0, 9.5, 9.99, 10.01, 25.0, 65.0])
@pytest.mark.parametrize("noise", [False, True])
def test_a_modem_that_falls_silent_while_idle(idle: float, noise: bool) -> None:
    async def talk() -> None:
        far = Modem()

        async def chatter() -> None:
            while True:
                await asyncio.sleep(1)
                far.line("^RSSI: 17")

        async with Rig(far) as rig:
            await rig.until(M.READY)
            await asyncio.sleep(idle)
            far.deaf, began = True, now()
            chattering = asyncio.create_task(chatter()) if noise else None
            assert await leaves_service(rig) - began < NOTICED
            assert rig.reason() != ""
            if chattering is not None:
                chattering.cancel()

    jump(talk())


@pytest.mark.parametrize("swallow", [False, True])
@pytest.mark.parametrize("last", ["AT+CSQ", "AT+CREG?", "AT+CEREG?", "AT+CPMS?"])
def test_a_modem_that_falls_silent_in_the_middle_of_a_round(last: str, swallow: bool) -> None:
    async def talk() -> None:
        far = Modem()
        far.table["AT+CREG?"] = "+CREG: 0,1" if last != "AT+CEREG?" else "+CREG: 0,0"
        far.table["AT+CEREG?"] = "+CEREG: 0,1"
        async with Rig(far) as rig:
            await rig.until(M.READY)
            far.last, far.swallow = last, swallow
            assert await leaves_service(rig) - far.deaf_at < NOTICED

    jump(talk())


@pytest.mark.parametrize("last", ["AT+CNMA", "AT+CMGR=3", "AT+CMGD=3", "AT+CPMS?"])
def test_a_modem_that_falls_silent_over_a_report(last: str) -> None:
    async def talk() -> None:
        far = Modem()
        far.table |= {"AT+CSMS?": "+CSMS: 1,1,1,1", "AT+CMGR=3": f"+CMGR: 0,,{len(REPORT) // 2}\r\n00{REPORT}"}
        far.table["AT+CSMS=0"] = "ERROR"
        async with Rig(far) as rig:
            await rig.until(M.READY)
            far.last, far.swallow = last, True
            far.line(f"+CDS: {len(REPORT) // 2}\r\n00{REPORT}")
            far.line('+CDSI: "SM",3')
            assert await leaves_service(rig) - far.deaf_at < NOTICED

    jump(talk())


def test_a_send_to_a_modem_that_fell_silent_just_before_does_not_make_it_later() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(M.READY)
            await asyncio.sleep(0.5)
            rig.far.deaf, began = True, now()
            await asyncio.sleep(9.4)
            send = asyncio.ensure_future(rig.send())
            await asyncio.sleep(0)
            assert await leaves_service(rig) - began < NOTICED
            assert isinstance(await send, NotHanded)

    jump(talk())


def test_no_answer_about_the_network_is_not_taken_for_no_network() -> None:
    async def talk() -> None:
        far = Modem()
        async with Rig(far) as rig:
            await rig.until(M.READY)
            far.table["AT+CREG?"] = None
            await asyncio.sleep(25)
            assert M.RESETTING in rig.states
            assert M.SEARCHING not in rig.states

    jump(talk())


def test_a_send_waits_for_one_short_step_of_care_at_most() -> None:
    async def talk() -> None:
        far = Modem()
        far.table |= {"AT+CEREG?": "+CEREG: 0,1", "AT+CREG?": "+CREG: 0,0", "AT+CPMS?": '+CPMS: "ME",1,20,"ME",1,20'}
        async with Rig(far) as rig:
            await rig.until(M.READY)
            far.slowness = 1.0
            waits = []
            for start in (9.0, 10.5, 11.5, 12.5, 13.5):
                await asyncio.sleep(start)
                handed = asyncio.Event()

                async def mark(handed: asyncio.Event = handed) -> bool:
                    handed.set()
                    return True

                began = now()
                send = asyncio.ensure_future(rig.modem.send(Submission("k", TPDU), mark))
                await handed.wait()
                waits.append(now() - began)
                assert await send == Sent(5)
            assert max(waits) <= 1.0 + 2.0 + 0.1, "its own prompt, and at most two questions of one second"

    jump(talk())


# -- what is asked, and how often -----------------------------------------------------------------------------------


def test_a_modem_that_is_never_idle_is_looked_after_once_a_minute() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(M.READY)
            rig.far.heard_lines.clear()
            while now() < 300:
                assert await rig.send() == Sent(5)
                await asyncio.sleep(5)
            assert 4 <= rig.far.count("AT+CREG?") <= 5

    jump(talk())


def test_the_store_is_looked_at_each_minute_after_news_and_after_a_refusal_for_its_sake() -> None:
    async def talk() -> None:
        far = Modem()
        far.table["AT+CPMS?"] = '+CPMS: "ME",3,20,"ME",3,20,"ME",3,20'
        async with Rig(far) as rig:
            await rig.until(M.READY)
            asked = far.count("AT+CPMS?")
            await asyncio.sleep(DEFAULT_TIMINGS.first_look("m1") + 1)
            assert stored(rig) == (3, 20)
            assert far.count("AT+CPMS?") == asked + 1
            await asyncio.sleep(60)
            assert far.count("AT+CPMS?") == asked + 2
            far.table["AT+CPMS?"] = '+CPMS: "ME",16,20,"ME",16,20,"ME",16,20'
            far.line('+CMTI: "ME",4')
            await asyncio.sleep(0.5)
            assert stored(rig) == (16, 20)
            far.line("+SMSFULL")
            await asyncio.sleep(0.5)
            assert far.count("AT+CPMS?") == asked + 4
            far.result = "+CMS ERROR: 322"
            await rig.send()
            await asyncio.sleep(0.5)
            assert far.count("AT+CPMS?") == asked + 5
            assert not [line for line in far.heard_lines if line.startswith(("AT+CMGR", "AT+CMGD", "AT+CMGL"))]

    jump(talk())


def test_a_store_that_cannot_be_asked_is_unknown_and_harms_nothing() -> None:
    async def talk() -> None:
        far = Modem()
        far.table["AT+CPMS?"] = "+CMS ERROR: 303"
        async with Rig(far) as rig:
            await rig.until(M.READY)
            await asyncio.sleep(200)
            assert stored(rig) is None
            assert M.RESETTING not in rig.states

    jump(talk())


def test_the_status_names_profile_and_port() -> None:
    async def talk() -> None:
        far = Modem()
        far.table |= {"AT+CGMI": "huawei", "AT+CGMM": "E173"}
        async with Rig(far) as rig:
            await rig.until(M.READY)
            assert [(status.profile, status.port) for _, status in rig.told if status.state is M.PROBING] == [
                ("", "/dev/ttyTEST")
            ]
            assert (rig.modem.status.profile, rig.modem.status.port) == ("huawei", "/dev/ttyTEST")
            rig.cable.pull()
            await rig.until(M.ABSENT)
            assert rig.modem.status.port == ""

    jump(talk())


# -- news of the SIM --------------------------------------------------------------------------------------------------


@pytest.mark.feature("F114")
@pytest.mark.parametrize(
    "line", ["+CPIN: NOT READY", "+CPIN: NOT INSERTED", "+QUSIM: 1", "^SIMST: 255", "+CPIN: SIM PIN"]
)
def test_news_of_the_sim_lead_to_a_fresh_look(line: str) -> None:
    async def talk() -> None:
        far = Modem()
        far.table |= {"AT+CIMI": "001010000000017", "AT+CCID": "8962000000000000017"}
        async with Rig(far) as rig:
            await rig.until(M.READY)
            await asyncio.sleep(20)
            far.table["AT+CPIN?"] = "+CME ERROR: 10"
            far.line(line)
            await rig.until(M.DEGRADED, seconds=2)
            assert "SIM" in rig.reason()
            far.table |= {"AT+CPIN?": "+CPIN: READY", "AT+CIMI": "001010000000025", "AT+CCID": "8962000000000000025"}
            await rig.until(M.READY, seconds=5)
            identity = rig.modem.status.identity
            assert (identity.imsi, identity.iccid) == ("001010000000025", "8962000000000000025")

    jump(talk())


def test_a_sim_that_was_changed_in_a_moment_is_noticed_too() -> None:
    async def talk() -> None:
        far = Modem()
        far.table |= {"AT+CIMI": "001010000000017"}
        async with Rig(far) as rig:
            await rig.until(M.READY)
            await asyncio.sleep(20)
            far.table |= {"AT+CIMI": "001010000000025"}
            far.line("^SIMST: 1")
            await asyncio.sleep(1)
            assert rig.modem.status.identity.imsi == "001010000000025"
            assert rig.states[-3:] == [M.READY, M.STARTING, M.READY]

    jump(talk())


def test_a_modem_that_never_stops_talking_of_its_sim_is_looked_at_now_and_then() -> None:
    async def talk() -> None:
        far = Modem()
        async with Rig(far) as rig:
            await rig.until(M.READY)
            far.heard_lines.clear()
            for _ in range(60):
                far.line("^SIMST: 1")
                far.line("+CPIN: READY")
                await asyncio.sleep(1)
            assert 4 <= far.count("AT+CPIN?") <= 6

    jump(talk())


def test_a_sim_that_is_ready_and_says_so_is_no_news() -> None:
    async def talk() -> None:
        far = Modem()
        async with Rig(far) as rig:
            await rig.until(M.READY)
            far.heard_lines.clear()
            far.line("+CPIN: READY")
            await asyncio.sleep(30)
            assert far.count("AT+CPIN?") == 0

    jump(talk())


def test_nothing_is_told_twice() -> None:
    async def talk() -> None:
        far = Modem()
        async with Rig(far) as rig:
            await rig.until(M.READY)
            await asyncio.sleep(200)
            statuses: list[LineStatus] = [status for _, status in rig.told]
            assert all(a != b for a, b in itertools.pairwise(statuses))

    jump(talk())


# -- the number of the SIM ----------------------------------------------------------------------------------------

OWN = '+CNUM: "","+6281200000001",145'


@pytest.mark.feature("F076")
def test_the_number_of_the_sim_is_asked_for_once_it_is_ready_and_again_after_a_start_up() -> None:
    async def talk() -> None:
        far = Modem()
        far.table["AT+CNUM"] = OWN
        async with Rig(far) as rig:
            await rig.until(M.READY)
            assert far.count("AT+CNUM") == 0, "nothing waits for it"
            await asyncio.sleep(20)
            assert rig.modem.status.msisdn == "+6281200000001"
            await asyncio.sleep(200)
            assert far.count("AT+CNUM") == 1
            far.table["AT+CNUM"] = '+CNUM: "","+6281200000002",145'
            far.line("^SIMST: 1")
            await asyncio.sleep(20)
            assert rig.modem.status.msisdn == "+6281200000002"
            assert "62812" not in repr(rig.told)
            rig.cable.pull()
            await rig.until(M.ABSENT)
            assert rig.modem.status.msisdn == "", "who answers next may be another"

    jump(talk())


@pytest.mark.parametrize(
    "answer", ["", "+CME ERROR: 3", "ERROR", '+CNUM: "",""', '+CNUM: "","",129', "+CMS ERROR: 500"]
)
def test_a_sim_without_a_number_is_no_failure(answer: str) -> None:
    async def talk() -> None:
        far = Modem()
        far.table["AT+CNUM"] = answer
        async with Rig(far) as rig:
            await rig.until(M.READY)
            before = len(rig.told)
            await asyncio.sleep(60)
            assert far.count("AT+CNUM") == 1
            assert {status.state for _, status in rig.told[before:]} <= {M.READY}
            assert rig.modem.status.msisdn == ""
            assert isinstance(await rig.send(), Sent)

    jump(talk())


def test_a_sim_that_is_busy_is_asked_for_its_number_again_but_not_for_ever() -> None:
    async def talk() -> None:
        far = Modem()
        far.table["AT+CNUM"] = "+CME ERROR: 14"
        async with Rig(far) as rig:
            await rig.until(M.READY)
            await asyncio.sleep(200)
            assert far.count("AT+CNUM") == 3
            far.table["AT+CNUM"] = OWN
            far.line("^SIMST: 1")
            await asyncio.sleep(30)
            assert rig.modem.status.msisdn == "+6281200000001"

    jump(talk())


def test_a_modem_that_never_answers_the_question_for_its_number_is_back_at_once_and_not_asked_again() -> None:
    async def talk() -> None:
        far = Modem()
        far.table["AT+CNUM"] = None
        async with Rig(far) as rig:
            await rig.until(M.READY)
            await asyncio.sleep(15)
            assert far.count("AT+CNUM") == 1
            await rig.until(M.READY, seconds=5)
            await asyncio.sleep(600)
            assert far.count("AT+CNUM") == 1
            assert isinstance(await rig.send(), Sent)

    jump(talk())


def test_modems_that_start_together_are_not_all_asked_about_their_stores_together() -> None:
    looks = sorted(DEFAULT_TIMINGS.first_look(f"modem{number}") for number in range(64))
    assert DEFAULT_TIMINGS.keep_alive <= looks[0]
    assert looks[-1] <= DEFAULT_TIMINGS.storage
    busiest = max(sum(1 for look in looks if begin <= look < begin + 2.5) for begin in looks)
    assert busiest <= 10, "within one send of 2.5 s"
