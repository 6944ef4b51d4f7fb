"""The reset ladder on a clock that jumps: which rungs a modem in trouble really gets, and when."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from line_rig import Modem, Rig, jump, now

from otppi.ports.modem import ModemState, NotHanded, Refused, Sent, Unknown
from otppi.ports.power import Socket
from otppi.testing.fake_switch import FakeSwitch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

M = ModemState
PORT = "/dev/ttyTEST"
SOCKET = Socket("1-1.3", "1-1", 3, reset=True, power=True)
RESTARTABLE = {"AT+CGMI": "SIMCOM INCORPORATED", "AT+CGMM": "SIMCOM_SIM7600E-H"}
"""A family with a restart command of its own, AT+CRESET."""


@asynccontextmanager
async def blaming() -> AsyncIterator[Rig]:
    """One of that family that is ready, and refuses every text by an error that blames itself."""
    far = Modem()
    far.table |= RESTARTABLE
    async with Rig(far) as rig:
        await rig.until(M.READY)
        far.result = "+CMS ERROR: 300"
        yield rig


def heard(far: Modem, *texts: str) -> list[str]:
    return [line for line in far.heard_lines if line in texts]


# -- a silent modem ---------------------------------------------------------------------------------------------------


def test_one_that_comes_back_in_step_is_used_again_on_the_same_line() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(M.READY)
            rig.far.table["AT+CSQ"] = None
            await rig.until(M.RESETTING)
            assert rig.reason() == "The modem is brought back in step."
            await rig.until(M.READY, seconds=2)
            assert rig.cable.opened == 1

    jump(talk())


def test_one_whose_question_hangs_again_and_again_climbs_by_the_count_of_time_outs() -> None:
    """Time-outs 1 and 2 lead to a resync, 3 and 4 to a new start, the 5th to the radio."""

    async def talk() -> None:
        far = Modem()
        async with Rig(far) as rig:
            await rig.until(M.READY)
            far.table["AT+CREG?"] = None
            await far.until_heard("AT+CFUN=4", seconds=180)
            assert rig.cable.opened >= 2
            await asyncio.sleep(1)
            assert heard(far, "AT+CFUN=4", "AT+CFUN=1") == ["AT+CFUN=4", "AT+CFUN=1"]

    jump(talk())


@pytest.mark.feature("X07")
def test_one_that_answers_nothing_is_opened_anew_then_given_up_for_the_owners_eyes_and_still_tried() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(M.READY)
            rig.far.deaf, began = True, now()
            await rig.until(M.PROBING)
            assert rig.cable.opened == 2
            assert isinstance(await rig.send(), NotHanded)
            assert 60 <= await rig.until(M.DEGRADED, seconds=120) - began < 100
            opened = rig.cable.opened
            await asyncio.sleep(3600)
            assert rig.cable.opened - opened > 150
            assert rig.states[-1] is M.DEGRADED
            rig.far.deaf = False
            await rig.until(M.READY, seconds=20)
            assert rig.states[-3:] == [M.DEGRADED, M.STARTING, M.READY]

    jump(talk())


def test_one_that_answers_nothing_gets_the_usb_rungs_it_may_get_with_their_cool_downs() -> None:
    async def talk() -> None:
        switch = FakeSwitch({PORT: SOCKET})
        times: list[float] = []
        switch.at_reset = lambda: times.append(now())
        async with Rig(Modem(), power=switch) as rig:
            await rig.until(M.READY)
            rig.far.deaf, began = True, now()
            await asyncio.sleep(4 * 3600)
            assert switch.asked[:3] == ["reauthorise 1-1.3", "cycle 1-1 3", "cycle 1-1 3"]
            assert len(switch.asked) == 5, "five a day"
            assert 60 <= times[0] - began <= 100
            assert all(b - a >= 600 for a, b in itertools.pairwise(times))
            assert M.RESETTING in rig.states
            assert rig.state() is M.DEGRADED
            await asyncio.sleep(24 * 3600)
            assert len(switch.asked) == 10

    jump(talk())


@pytest.mark.parametrize(
    ("socket", "asked"),
    [
        (None, []),
        (Socket("1-1.3", "1-1", 3, reset=False, power=False), []),
        (Socket("1-1.3", "1-1", 3, reset=True, power=False), ["reauthorise 1-1.3"]),
        (Socket("1-1.3", "1-1", 3, reset=False, power=True), ["cycle 1-1 3"]),
    ],
)
def test_no_usb_rung_is_taken_that_is_not_allowed(socket: Socket | None, asked: list[str]) -> None:
    async def talk() -> None:
        switch = FakeSwitch({} if socket is None else {PORT: socket})
        async with Rig(Modem(), power=switch) as rig:
            await rig.until(M.READY)
            rig.far.deaf = True
            await asyncio.sleep(500)
            assert switch.asked == asked

    jump(talk())


def test_a_usb_rung_that_helps_brings_the_modem_back() -> None:
    async def talk() -> None:
        far = Modem()
        switch = FakeSwitch({PORT: SOCKET})

        def plugged_anew() -> None:
            far.deaf = False

        switch.at_reset = plugged_anew
        async with Rig(far, power=switch) as rig:
            await rig.until(M.READY)
            far.deaf = True
            await rig.until(M.RESETTING)
            await rig.until(M.READY, seconds=120)
            assert switch.asked == ["reauthorise 1-1.3"]
            assert M.DEGRADED not in rig.states
            assert await rig.send() == Sent(5)

    jump(talk())


def test_a_helper_that_fails_does_not_stop_the_trying() -> None:
    async def talk() -> None:
        switch = FakeSwitch({PORT: SOCKET}, works=False)
        async with Rig(Modem(), power=switch) as rig:
            await rig.until(M.READY)
            rig.far.deaf = True
            await asyncio.sleep(300)
            assert switch.asked == ["reauthorise 1-1.3"]
            rig.far.deaf = False
            await rig.until(M.READY, seconds=30)

    jump(talk())


def test_a_port_that_is_gone_has_its_socket_switched_after_a_minute() -> None:
    async def talk() -> None:
        switch = FakeSwitch({PORT: SOCKET})
        async with Rig(Modem(), power=switch) as rig:
            await rig.until(M.READY)
            switch.at_reset = rig.cable.plug
            began = now()
            rig.cable.pull()
            await rig.until(M.ABSENT)
            await rig.until(M.READY, seconds=120)
            assert 60 <= now() - began < 90
            assert switch.asked == ["cycle 1-1 3"]

    jump(talk())


def test_a_socket_that_somebody_else_sits_in_is_not_switched() -> None:
    async def talk() -> None:
        switch = FakeSwitch({PORT: SOCKET})
        async with Rig(Modem(), power=switch) as rig:
            await rig.until(M.READY)
            switch.taken.add(SOCKET.device)
            rig.cable.pull()
            await asyncio.sleep(3600)
            assert switch.asked == []

    jump(talk())


def test_a_port_that_was_never_there_has_no_socket_to_switch() -> None:
    async def talk() -> None:
        switch = FakeSwitch({PORT: SOCKET})
        rig = Rig(Modem(), power=switch)
        rig.cable.pull()
        async with rig:
            await asyncio.sleep(3600)
            assert switch.asked == []
            assert rig.state() is M.ABSENT

    jump(talk())


# -- a modem that blames itself ---------------------------------------------------------------------------------------


def test_refusals_that_blame_the_modem_lead_up_one_rung_each() -> None:
    async def talk() -> None:
        async with blaming() as rig:
            far = rig.far
            assert isinstance(await rig.send(), Refused)
            await rig.until(M.READY, seconds=5)
            assert rig.cable.opened == 2, "a new start"
            await rig.send()
            await rig.until(M.READY, seconds=5)
            assert heard(far, "AT+CFUN=4", "AT+CFUN=1") == ["AT+CFUN=4", "AT+CFUN=1"]
            await rig.send()
            await asyncio.sleep(5)
            assert rig.state() is M.READY, "what disturbs more cools down; the application rests it"
            assert rig.cable.opened == 2
            await asyncio.sleep(620)
            # Ten calm minutes lead back to the ground.
            await rig.send()
            await rig.until(M.READY, seconds=5)
            assert rig.cable.opened == 3
            assert far.count("AT+CRESET") == 0

    jump(talk())


def test_the_familys_restart_comes_after_the_radio_and_is_given_time() -> None:
    async def talk() -> None:
        async with blaming() as rig:
            far = rig.far
            for _ in range(2):
                await rig.send()
                await rig.until(M.READY, seconds=5)
            for _ in range(2):
                await asyncio.sleep(301)
                await rig.send()
            await rig.until(M.RESETTING, seconds=2)
            assert rig.reason() == "The modem is told to restart."
            began = now()
            await rig.until(M.READY, seconds=20)
            assert now() - began >= 5
            assert far.count("AT+CRESET") == 1

    jump(talk())


def test_three_refusals_that_nobody_can_explain_count_as_one_that_blames_the_modem() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(M.READY)
            rig.far.result = "+CMS ERROR: 500"
            for _ in range(2):
                await rig.send()
            await asyncio.sleep(5)
            assert rig.cable.opened == 1
            await rig.send()
            await asyncio.sleep(5)
            assert rig.cable.opened == 2
            assert rig.state() is M.READY

    jump(talk())


def test_texts_that_get_no_answer_count_too() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(M.READY)
            rig.far.result = None
            for _ in range(3):
                assert isinstance(await rig.send(), Unknown)
                await rig.until(M.READY)
            await asyncio.sleep(5)
            assert rig.cable.opened == 2

    jump(talk())


def test_a_message_that_goes_out_forgives() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(M.READY)
            for _ in range(4):
                rig.far.result = "+CMS ERROR: 300"
                await rig.send()
                await rig.until(M.READY, seconds=5)
                rig.far.result = "+CMGS: 5\r\n\r\nOK"
                assert await rig.send() == Sent(5)
            assert rig.cable.opened == 5
            assert rig.far.count("AT+CFUN=4") == 0

    jump(talk())


def test_no_rung_is_taken_while_a_message_is_on_its_way() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(M.READY)
            rig.far.result = "+CMS ERROR: 300"
            first = asyncio.ensure_future(rig.send("a"))
            second = asyncio.ensure_future(rig.send("b"))
            assert isinstance(await first, Refused)
            rig.far.air = 30.0
            await asyncio.sleep(20)
            assert (rig.state(), rig.cable.opened) == (M.BUSY, 1), "the new start waits"
            assert isinstance(await second, Refused)
            await asyncio.sleep(1)
            assert rig.cable.opened == 2

    jump(talk())


# -- a modem without network ------------------------------------------------------------------------------------------


def test_three_minutes_without_network_switch_the_radio_and_later_restart_the_modem() -> None:
    async def talk() -> None:
        far = Modem()
        far.table |= RESTARTABLE
        async with Rig(far) as rig:
            await rig.until(M.READY)
            far.table["AT+CREG?"] = "+CREG: 0,2"
            far.line("+CREG: 2")
            began = await rig.until(M.SEARCHING)
            await asyncio.sleep(175)
            assert far.count("AT+CFUN=4") == 0
            await far.until_heard("AT+CFUN=4")
            assert 180 <= now() - began < 186
            await rig.until(M.SEARCHING)
            await far.until_heard("AT+CRESET")
            assert 780 <= now() - began < 790
            await asyncio.sleep(3 * 3600)
            assert far.count("AT+CFUN=4") + far.count("AT+CRESET") == 5, "five a day"
            assert rig.state() is M.SEARCHING
            assert rig.cable.opened == 1 + far.count("AT+CRESET")

    jump(talk())


def test_a_short_loss_of_network_disturbs_nothing() -> None:
    async def talk() -> None:
        far = Modem()
        async with Rig(far) as rig:
            await rig.until(M.READY)
            for _ in range(5):
                far.table["AT+CREG?"] = "+CREG: 0,2"
                far.line("+CREG: 2")
                await rig.until(M.SEARCHING)
                await asyncio.sleep(100)
                far.table["AT+CREG?"] = "+CREG: 0,1"
                await rig.until(M.READY)
                await asyncio.sleep(100)
            assert far.count("AT+CFUN=4") == 0

    jump(talk())


def test_a_modem_that_cannot_switch_its_radio_stays_as_it_is() -> None:
    async def talk() -> None:
        far = Modem()
        far.table |= {"AT+CREG?": "+CREG: 0,2", "AT+CFUN=4": "ERROR"}
        async with Rig(far) as rig:
            await rig.until(M.SEARCHING)
            await asyncio.sleep(400)
            assert rig.state() is M.SEARCHING
            assert far.count("AT+CFUN=4") == 1
            far.table["AT+CREG?"] = "+CREG: 0,1"
            await rig.until(M.READY)

    jump(talk())


# -- restarts and voltage ---------------------------------------------------------------------------------------------


def test_a_modem_that_restarts_by_itself_again_and_again_is_used_with_an_advice() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(M.READY)
            for count in range(1, 4):
                assert rig.reason() == ""
                rig.far.line("RDY")
                await rig.until(M.ABSENT, M.PROBING, M.STARTING)
                await rig.until(M.READY)
                assert rig.cable.opened == 1 + count
                await asyncio.sleep(60)
            assert "restarted by itself 3 times" in rig.reason()
            assert await rig.send() == Sent(5)
            await asyncio.sleep(3700)
            assert rig.reason() == ""

    jump(talk())


@pytest.mark.parametrize(("line", "lost"), [("UNDER-VOLTAGE WARNNING", False), ("UNDER-VOLTAGE POWER DOWN", True)])
def test_low_voltage_is_advice_and_going_off_is_a_loss(line: str, lost: bool) -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(M.READY)
            rig.far.line(line)
            await asyncio.sleep(2)
            await rig.until(M.READY)
            assert "voltage" in rig.reason()
            assert (rig.cable.opened == 2) is lost

    jump(talk())


def test_a_modem_that_goes_off_is_lost_at_once() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(M.READY)
            rig.far.line("NORMAL POWER DOWN")
            rig.far.deaf = True
            await rig.until(M.ABSENT, M.PROBING, seconds=0.1)
            assert M.ABSENT in rig.states

    jump(talk())
