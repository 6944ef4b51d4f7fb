"""A line that is lost, or a modem that restarts, in the worst moment: no state is told after the loss but `absent`.

On leaving, the rig holds every change of state against the table of changes.
"""

from __future__ import annotations

import asyncio

import pytest
from line_rig import PIN, Modem, Rig, jump

from otppi.modems.pins import PinLedger
from otppi.ports.modem import ModemState, NotHanded, Sent, Unknown

M = ModemState
START_UP = (
    *("AT", "ATE0", "ATV1", "AT+CMEE=1", "AT+CGMI", "AT+CGMM", "AT+CGMR", "AT+CGSN", "AT+CFUN?", "AT+CPIN?"),
    *("AT+CPMS?", "AT+CIMI", "AT+CCID", "AT+CMGF=0", 'AT+CSCS="GSM"', "AT+CSMS?", "AT+CPMS=?", "AT+CNMI=?"),
    *("AT+CNMI=2,1,0,1,0", "AT+CMMS=?", "AT+CREG=1", "AT+CREG?", "AT+COPS?", "AT+CSQ"),
)


class Forgetful(Modem):
    """`breath`: once, with the answer to this, it tells of a restart. `echo`: it sends back what it hears, until ATE0,
    or with `always` for good."""

    def __init__(self, *, always: bool = False) -> None:
        super().__init__()
        self.breath = ""
        self.restarts = 0
        self.echo = self.always = always

    def _answer(self, text: str, end: bytes) -> None:
        if self.echo:
            self.say(text.encode() + end)
        self.echo = self.echo and (self.always or text != "ATE0")
        super()._answer(text, end)

    def line(self, text: str, after: float = 0.0) -> None:
        if not self.restarts and self.heard_lines[-1:] == [self.breath]:
            self.restarts += 1
            text += "\r\n\r\nRDY"
        super().line(text, after)


@pytest.mark.feature("F078")
@pytest.mark.parametrize("command", START_UP)
def test_a_restart_in_one_breath_with_an_answer_of_start_up(command: str) -> None:
    async def talk() -> None:
        far = Forgetful()
        far.breath = command
        async with Rig(far) as rig:
            await rig.until(M.READY)
            assert far.restarts == 1
            assert rig.states.count(M.ABSENT) == 1
            assert rig.states[-3:] == [M.PROBING, M.STARTING, M.READY]

    jump(talk())


@pytest.mark.feature("F078")
def test_a_line_lost_while_the_proof_of_the_pin_is_written() -> None:
    class Slow(PinLedger):
        proving = False

        async def prove(self, entry: str, pin: str, sim: str = "") -> None:
            await super().prove(entry, pin, sim)
            self.proving = True
            await asyncio.sleep(1)

    async def talk() -> None:
        far, pins = Modem(), Slow()
        far.table |= {"AT+CPIN?": "+CPIN: SIM PIN", "AT+CPINR": "ERROR"}
        async with Rig(far, pin=PIN, entry="e1", pins=pins) as rig:
            await far.until_heard(f'AT+CPIN="{PIN}"')
            far.table["AT+CPIN?"] = "+CPIN: READY"
            while not pins.proving:  # noqa: ASYNC110 - the clock jumps
                await asyncio.sleep(0.1)
            rig.cable.pull()
            await asyncio.sleep(30)
            assert rig.states[-2:] == [M.STARTING, M.ABSENT]

    jump(talk())


@pytest.mark.feature("F078")
def test_a_look_at_the_sim_that_waited_for_a_send_is_given_up_with_the_line() -> None:
    async def talk() -> None:
        far = Modem()
        far.air = 60.0
        async with Rig(far) as rig:
            await rig.until(M.READY)
            await asyncio.sleep(15)
            sending = asyncio.create_task(rig.send())
            far.line("+CPIN: NOT READY", 1.0)
            await asyncio.sleep(5)
            rig.cable.pull()
            assert isinstance(await sending, Unknown)
            await asyncio.sleep(20)
            assert rig.states[-2:] == [M.BUSY, M.ABSENT]

    jump(talk())


@pytest.mark.feature("F078")
def test_a_line_lost_between_a_senders_turn_and_its_exchange() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(M.READY)
            sending = asyncio.create_task(rig.send())
            await asyncio.sleep(0)
            rig.cable.pull()
            assert isinstance(await sending, NotHanded)
            await asyncio.sleep(20)
            assert rig.states[-2:] == [M.READY, M.ABSENT]

    jump(talk())


# -- a restart without a word ----------------------------------------------------------------------------------------


@pytest.mark.feature("F078")
def test_a_modem_that_echoes_again_has_restarted_and_is_told_everything_anew() -> None:
    async def talk() -> None:
        far = Forgetful()
        async with Rig(far) as rig:
            await rig.until(M.READY)
            far.echo = True
            await asyncio.sleep(15)
            assert rig.states[-4:] == [M.ABSENT, M.PROBING, M.STARTING, M.READY]
            assert [far.count(command) for command in ("AT+CMEE=1", "AT+CNMI=2,1,0,1,0", "AT+CREG=1")] == [2, 2, 2]
            assert await rig.send() == Sent(5)

    jump(talk())


@pytest.mark.feature("F078")
def test_a_modem_that_cannot_be_kept_from_echoing_is_used_all_the_same() -> None:
    async def talk() -> None:
        far = Forgetful(always=True)
        async with Rig(far) as rig:
            await rig.until(M.READY)
            for key in ("k1", "k2"):
                assert await rig.send(key) == Sent(5)
                await asyncio.sleep(60)
            assert M.ABSENT not in rig.states

    jump(talk())


@pytest.mark.feature("F078")
def test_what_a_modem_repeats_where_it_prompts_is_no_restart() -> None:
    async def talk() -> None:
        far = Forgetful()
        async with Rig(far) as rig:
            await rig.until(M.READY)
            far.prompt = b"AT+CMGS=18\r\r\n> "
            for key in ("k1", "k2"):
                assert await rig.send(key) == Sent(5)
            assert M.ABSENT not in rig.states

    jump(talk())
