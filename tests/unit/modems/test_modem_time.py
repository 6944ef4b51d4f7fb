"""SerialModem where time matters: limits, keep-alive, PIN, reports. The loop's clock jumps; nothing really waits."""

from __future__ import annotations

import asyncio
import logging

import pytest
from line_rig import PIN, TPDU, Modem, Rig, jump, now

from otppi.modems.pins import PinLedger
from otppi.ports.modem import ModemState, NotHanded, Sent, Unknown

CLOCKWORK = ("created", "msecs", "relativeCreated", "thread", "process")
"""Numbers of a log record that are no content, and may hold a PIN's digits by chance."""


def test_no_answer_after_the_body_is_unknown_then_resync_then_a_late_reference() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(ModemState.READY)
            rig.far.result = None
            began = now()
            outcome = await rig.send("doubt")
            assert isinstance(outcome, Unknown)
            assert 150 <= now() - began < 151
            assert rig.state() is ModemState.RESETTING
            assert isinstance(await rig.send("other"), NotHanded)
            await rig.until(ModemState.READY)
            await asyncio.sleep(100)
            rig.far.line("+CMGS: 9\r\n\r\nOK")
            rig.far.line("+CMGS: 9\r\n\r\nOK")
            await asyncio.sleep(1)
            assert rig.lates == [("doubt", 9)]
            assert rig.cable.opened == 1

    jump(talk())


@pytest.mark.parametrize("seconds", [290, 310])
def test_a_late_reference_is_listened_for_five_minutes(seconds: float) -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(ModemState.READY)
            rig.far.result = None
            await rig.send("doubt")
            await asyncio.sleep(seconds)
            rig.far.line("+CMGS: 9\r\n\r\nOK")
            await asyncio.sleep(1)
            assert rig.lates == ([("doubt", 9)] if seconds < 300 else [])

    jump(talk())


def test_a_late_reference_is_never_given_to_the_segment_after_it() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(ModemState.READY)
            rig.far.result = None
            await rig.send("doubt")
            await rig.until(ModemState.READY)
            rig.far.result = "+CMGS: 6\r\n\r\nOK"
            assert await rig.send("next") == Sent(6)
            rig.far.line("+CMGS: 9")
            await asyncio.sleep(1)
            assert rig.lates == []

    jump(talk())


def test_a_reference_whose_ok_is_missing_is_unknown_then_late() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(ModemState.READY)
            rig.far.result = "+CMGS: 6"
            outcome = await rig.send("half")
            assert isinstance(outcome, Unknown)
            assert rig.lates == [], "the sender must hear Unknown first"
            await asyncio.sleep(1)
            assert rig.lates == [("half", 6)]

    jump(talk())


def test_a_late_reference_is_heard_on_the_line_opened_anew() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(ModemState.READY)
            rig.far.result = None
            send = asyncio.ensure_future(rig.send("doubt"))
            await asyncio.sleep(1)
            rig.cable.pull()
            assert isinstance(await send, Unknown)
            rig.cable.plug()
            await rig.until(ModemState.READY)
            rig.far.line("+CMGS: 3")
            await asyncio.sleep(1)
            assert rig.lates == [("doubt", 3)]

    jump(talk())


def test_a_prompt_that_never_comes_is_not_handed() -> None:
    async def talk() -> None:
        far = Modem()
        async with Rig(far) as rig:
            await rig.until(ModemState.READY)
            far.deaf = True
            began = now()
            assert isinstance(await rig.send(), NotHanded)
            assert 10 <= now() - began < 13
            far.deaf = False
            await rig.until(ModemState.READY)
            assert await rig.send() == Sent(5)

    jump(talk())


def test_an_idle_modem_is_asked_every_ten_seconds_and_its_signal_is_told() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(ModemState.READY)
            rig.far.heard_lines.clear()
            rig.far.table["AT+CSQ"] = "+CSQ: 7,0"
            await asyncio.sleep(35)
            assert rig.far.heard_lines.count("AT+CSQ") == 3
            assert rig.modem.status.signal == 7

    jump(talk())


@pytest.mark.feature("X07")
def test_a_modem_that_fell_silent_is_opened_anew() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(ModemState.READY)
            rig.far.deaf = True
            await rig.until(ModemState.RESETTING)
            rig.far.deaf = False
            await rig.until(ModemState.READY)
            assert rig.cable.opened == 1
            rig.far.deaf = True
            await rig.until(ModemState.PROBING, seconds=120)
            assert rig.cable.opened == 2
            rig.far.deaf = False
            await rig.until(ModemState.READY)

    jump(talk())


@pytest.mark.feature("X07")
@pytest.mark.parametrize("at", ["ATE0", "AT+CGMI", "AT+CPIN?", "AT+CMGF=0", "AT+CSQ"])
def test_a_line_lost_in_the_middle_of_start_up_is_opened_anew(at: str) -> None:
    async def talk() -> None:
        far = Modem()
        far.table[at] = None
        async with Rig(far) as rig:
            while at not in far.heard_lines:  # noqa: ASYNC110 - the clock jumps
                await asyncio.sleep(0.01)
            rig.cable.pull()
            await rig.until(ModemState.ABSENT)
            del far.table[at]
            far.table["AT+CPIN?"] = "+CPIN: READY"
            far.table["AT+CSQ"] = "+CSQ: 20,0"
            rig.cable.plug()
            await rig.until(ModemState.READY)
            assert await rig.send() == Sent(5)

    jump(talk())


@pytest.mark.feature("X07")
def test_a_restarted_modem_is_started_up_again() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(ModemState.READY)
            rig.far.heard_lines.clear()
            rig.far.line("RDY")
            await asyncio.sleep(2)
            assert "AT+CMGF=0" in rig.far.heard_lines
            assert rig.state() is ModemState.READY

    jump(talk())


def test_the_network_comes_and_goes() -> None:
    async def talk() -> None:
        far = Modem()
        far.table["AT+CREG?"] = "+CREG: 0,2"
        async with Rig(far) as rig:
            await rig.until(ModemState.SEARCHING)
            assert isinstance(await rig.send(), NotHanded)
            far.line("+CREG: 1")
            await asyncio.sleep(0.01)
            assert rig.state() is ModemState.READY
            far.line("+CREG: 2")
            await asyncio.sleep(1)
            assert rig.state() is ModemState.SEARCHING
            far.table["AT+CREG?"] = "+CREG: 0,5"
            await asyncio.sleep(3)
            assert rig.state() is ModemState.READY

    jump(talk())


@pytest.mark.feature("F078")
def test_a_wrong_pin_is_tried_once_for_the_whole_process_and_another_may_follow() -> None:
    async def talk() -> None:
        far, pins = Modem(), PinLedger()
        far.table |= {"AT+CPIN?": "+CPIN: SIM PIN", f'AT+CPIN="{PIN}"': "+CME ERROR: 16", "AT+CPINR": "ERROR"}
        for _ in range(2):
            async with Rig(far, pin=PIN, pins=pins) as rig:
                await rig.until(ModemState.PIN_NEEDED)
                await asyncio.sleep(60)
                rig.cable.pull()
                rig.cable.plug()
                await rig.until(ModemState.PIN_NEEDED)
                assert PIN not in rig.modem.status.reason
        assert far.heard_lines.count(f'AT+CPIN="{PIN}"') == 1
        async with Rig(far, pin="0815", pins=pins) as rig:
            await rig.until(ModemState.PIN_NEEDED)
        assert far.heard_lines.count('AT+CPIN="0815"') == 1

    jump(talk())


@pytest.mark.feature("F078")
def test_a_wrong_pin_stays_wrong_when_somebody_else_unlocks_the_sim() -> None:
    async def talk() -> None:
        far = Modem()
        far.table |= {"AT+CPIN?": "+CPIN: SIM PIN", f'AT+CPIN="{PIN}"': "+CME ERROR: 16", "AT+CPINR": "ERROR"}
        async with Rig(far, pin=PIN) as rig:
            await rig.until(ModemState.PIN_NEEDED)
            far.table["AT+CPIN?"] = "+CPIN: READY"
            await rig.until(ModemState.READY)
            far.table["AT+CPIN?"] = "+CPIN: SIM PIN"
            rig.cable.pull()
            rig.cable.plug()
            await rig.until(ModemState.PIN_NEEDED)
            await asyncio.sleep(10)
        assert far.heard_lines.count(f'AT+CPIN="{PIN}"') == 1

    jump(talk())


@pytest.mark.feature("F078")
def test_a_right_pin_works_after_every_power_cut() -> None:
    async def talk() -> None:
        far = Modem()
        far.table |= {"AT+CPIN?": "+CPIN: SIM PIN", "AT+CPINR": "ERROR"}
        async with Rig(far, pin=PIN) as rig:
            for count in (1, 2):
                far.table["AT+CPIN?"] = "+CPIN: SIM PIN"
                while far.heard_lines.count(f'AT+CPIN="{PIN}"') < count:  # noqa: ASYNC110 - the clock jumps
                    await asyncio.sleep(0.01)
                far.table["AT+CPIN?"] = "+CPIN: READY"
                await rig.until(ModemState.READY)
                rig.cable.pull()
                rig.cable.plug()

    jump(talk())


@pytest.mark.parametrize(("service", "count"), [("+CSMS: 1,1,1,1", 1), ("+CSMS: 0,1,1,1", 0)])
def test_a_report_is_acknowledged_where_the_service_obliges(service: str, count: int) -> None:
    async def talk() -> None:
        far = Modem()
        far.table |= {"AT+CSMS?": service, "AT+CSMS=0": "+CMS ERROR: 303"}
        async with Rig(far) as rig:
            await rig.until(ModemState.READY)
            far.line("+CDS: 10\r\n0006010B912618000000F0")
            await asyncio.sleep(1)
            assert rig.reports == ["06010B912618000000F0"]
            assert far.heard_lines.count("AT+CNMA") == count

    jump(talk())


def test_the_link_is_kept_once_a_session_and_only_when_more_follows() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(ModemState.READY)
            rig.far.heard_lines.clear()
            await rig.send()
            assert [line.split("=")[0] for line in rig.far.heard_lines] == ["AT+CMGS", f"00{TPDU}"]
            await rig.send(more=True)
            await rig.send(more=True)
            assert rig.far.heard_lines.count("AT+CMMS=2") == 1

    jump(talk())


def test_the_link_is_let_go_after_two_refusals_in_a_row() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(ModemState.READY)
            rig.far.result = "+CMS ERROR: 38"
            await rig.send(more=True)
            assert "AT+CMMS=0" not in rig.far.heard_lines
            await rig.send(more=True)
            await rig.send(more=True)
            assert [rig.far.heard_lines.count(f"AT+CMMS={mode}") for mode in (2, 0)] == [1, 1]

    jump(talk())


def test_a_modem_that_refuses_pdu_mode_or_has_no_sim_is_degraded_until_it_changes() -> None:
    async def talk() -> None:
        far = Modem()
        far.table["AT+CMGF=0"] = "ERROR"
        async with Rig(far) as rig:
            await rig.until(ModemState.DEGRADED)
            assert "PDU" in rig.modem.status.reason
            assert isinstance(await rig.send(), NotHanded)
            far.table |= {"AT+CMGF=0": "", "AT+CPIN?": "+CME ERROR: 10"}
            await asyncio.sleep(5)
            assert "SIM" in rig.modem.status.reason
            far.table["AT+CPIN?"] = "+CPIN: READY"
            await rig.until(ModemState.READY)

    jump(talk())


def test_retries_grow_to_ten_seconds_while_nothing_answers() -> None:
    async def talk() -> None:
        far = Modem()
        far.deaf = True
        async with Rig(far) as rig:
            await asyncio.sleep(30)
            assert rig.state() is ModemState.PROBING
            assert rig.modem.status.reason == "Nothing answers AT on this port."
            await asyncio.sleep(270)
            assert rig.state() is ModemState.DEGRADED, "for the owner's eyes"
            assert rig.states.count(ModemState.DEGRADED) == 1
            assert 15 <= rig.cable.opened <= 22, "each attempt takes 8.2 s, then waits up to 10 s"

    jump(talk())


def test_nothing_private_is_logged_at_any_level(caplog: pytest.LogCaptureFixture) -> None:
    async def talk() -> None:
        far = Modem()
        far.table |= {"AT+CPIN?": "+CPIN: SIM PIN", f'AT+CPIN="{PIN}"': "+CME ERROR: 16"}
        async with Rig(far, pin=PIN) as rig:
            await rig.until(ModemState.PIN_NEEDED)
            far.table["AT+CPIN?"] = "+CPIN: READY"
            far.table["AT+CIMI"] = "510100000000017"
            await rig.until(ModemState.READY)
            await rig.send()
            far.line('+CUSD: 0,"kode 739154"')
            far.line("+CMT: ,24\r\n0011739154AA")
            far.line("739154 stray text")
            rig.far.result = "+CMS ERROR: kode 739154"
            await rig.send()
            await asyncio.sleep(1)

    with caplog.at_level(logging.DEBUG):
        jump(talk())
    everything = " ".join(
        str({key: each for key, each in vars(record).items() if key not in CLOCKWORK}) for record in caplog.records
    )
    assert "AT+CMGS=19" in everything, "the trace must be on for this test to mean anything"
    for secret in (PIN, TPDU, TPDU[10:30], "739154", "510100000000017"):
        assert secret not in everything
