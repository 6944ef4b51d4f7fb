"""The limits that the engine names, kept by the shell: each step on a clock that jumps, to the fraction of a second."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from otppi.at import commands
from otppi.at.commands import Abort, Body, Command, Drain, setting
from otppi.at.dialogues import resync, wake
from otppi.at.engine import AtEngine
from otppi.at.events import Answer, Dialogue, Drained, Expired, Lost, News, Prompt, Reply, Waiting
from otppi.at.profiles.generic import GENERIC
from otppi.at.results import OK
from otppi.modems.talk import Talk
from otppi.ports.modem import LineSettings
from otppi.testing.memory_cable import MemoryCable
from otppi.testing.virtual_time import VirtualLoop

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from otppi.at.profile import ModemProfile

PDU = "0011000B912618000000F00000AA05E8329BFD06"
COUNTS = '+CPMS: "SM",1,10,"SM",1,10,"SM",1,10'


def jump(talk: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(talk)


def now() -> float:
    return asyncio.get_running_loop().time()


class Far:
    """A modem that says what it is told to, so many seconds after the host's first octet. Keeps when it heard what."""

    def __init__(self, *says: tuple[float, bytes]) -> None:
        self.heard_at: list[tuple[float, bytes]] = []
        self._says = says
        self._say: Callable[[bytes], None] = lambda _: None

    def attached(self, say: Callable[[bytes], None]) -> None:
        self._say = say

    def heard(self, data: bytes) -> None:
        if not self.heard_at:
            for seconds, octets in self._says:
                asyncio.get_running_loop().call_later(seconds, self._say, octets)
        self.heard_at.append((round(now(), 6), data))

    def say(self, octets: bytes) -> None:
        self._say(octets)


class Rig:
    """An open line to such a modem."""

    def __init__(self, far: Far, profile: ModemProfile = GENERIC) -> None:
        self.far = far
        self.news: list[News] = []
        self.gone: list[str] = []
        self.talk = Talk("m1", AtEngine(profile), self.news.append, self.gone.append)

    async def open(self) -> None:
        await self.talk.connect(MemoryCable(self.far).connect, LineSettings("m1", "/dev/ttyTEST"))

    async def answers(self, *steps: Command | Body | Abort | Drain) -> tuple[list[Answer], float]:
        """What the steps are answered, and how long it took."""
        begun = now()
        return await self.talk.drive(played(steps)), round(now() - begun, 3)


def played(steps: tuple[Command | Body | Abort | Drain, ...]) -> Dialogue[list[Answer]]:
    found: list[Answer] = []
    for step in steps:
        found.append((yield step))  # noqa: PERF401 - no comprehension may yield
    return found


# -- every limit -----------------------------------------------------------------------------------------------------

LIMITS = [
    (commands.ATTENTION, 2),
    (commands.ECHO_OFF, 2),
    (commands.WORDS_ON, 2),
    (commands.NUMBERED_ERRORS, 2),
    (commands.MANUFACTURER, 5),
    (commands.IMEI, 5),
    (commands.IMSI, 5),
    (commands.ICCID, 5),
    (commands.PIN_STATE, 5),
    (commands.enter_pin("1234"), 30),
    (commands.RADIO, 5),
    (commands.RADIO_ON, 20),
    (commands.RADIO_OFF, 20),
    (commands.REGISTRATION, 5),
    (commands.LTE_REGISTRATION, 5),
    (commands.OPERATOR, 10),
    (commands.SIGNAL, 5),
    (commands.STORES, 5),
    (commands.STORE_STATE, 5),
    (commands.choose_stores("SM", "SM", "SM"), 5),
    (commands.ACKNOWLEDGE, 5),
    (commands.read_message(1), 10),
    (commands.delete_message(1), 30),
    (commands.LIST_MESSAGES, 10),  # silence; the whole list may take 60
    (commands.ask_network("*100#"), 15),
    (commands.LEAVE_NETWORK_DIALOGUE, 15),
    (commands.OPERATORS, 200),
]


@pytest.mark.parametrize(("command", "seconds"), LIMITS, ids=[command.name for command, _ in LIMITS])
def test_a_silent_modem_is_waited_for_so_long_and_no_longer(command: Command, seconds: float) -> None:
    async def talk() -> None:
        rig = Rig(Far())
        await rig.open()
        assert await rig.answers(command) == ([Expired(Waiting.REPLY)], seconds)

    jump(talk())


@pytest.mark.parametrize(("command", "seconds"), LIMITS, ids=[command.name for command, _ in LIMITS])
def test_an_answer_just_in_time_is_taken(command: Command, seconds: float) -> None:
    async def talk() -> None:
        rig = Rig(Far((seconds - 0.01, b"\r\nERROR\r\n")))
        await rig.open()
        (answer,), took = await rig.answers(command)
        assert isinstance(answer, Reply)
        assert took == pytest.approx(seconds - 0.01)

    jump(talk())


def test_the_prompt_has_ten_seconds_and_escape_two() -> None:
    async def talk() -> None:
        rig = Rig(Far())
        await rig.open()
        answers, took = await rig.answers(commands.submit(19), Abort())
        assert answers == [Expired(Waiting.PROMPT), Expired(Waiting.REPLY)]
        assert took == 12
        assert rig.far.heard_at == [(0, b"AT+CMGS=19\r"), (10, b"\x1b")]

    jump(talk())


@pytest.mark.parametrize("seconds", [65.0, 150.0, 300.0])
def test_the_result_has_as_long_as_the_profile_says(seconds: float) -> None:
    async def talk() -> None:
        rig = Rig(Far((0, b"\r\n> ")))
        await rig.open()
        profile = replace(GENERIC, body_timeout=seconds)
        answers, took = await rig.answers(commands.submit(19), Body(PDU, profile.body_timeout))
        assert answers == [Prompt(), Expired(Waiting.RESULT)]
        assert took == seconds

    jump(talk())


def test_a_reference_waits_five_seconds_for_its_ok() -> None:
    async def talk() -> None:
        rig = Rig(Far((0, b"\r\n> "), (30, b"\r\n+CMGS: 4\r\n")))
        await rig.open()
        answers, took = await rig.answers(commands.submit(19), Body(PDU))
        assert answers == [Prompt(), Expired(Waiting.RESULT)]
        assert took == 35

    jump(talk())


@pytest.mark.parametrize(
    ("command", "line"), [(commands.PIN_STATE, "+CPIN: READY"), (commands.choose_stores("SM", "SM", "SM"), COUNTS)]
)
def test_an_answer_without_its_ok_is_taken_after_three_tenths_of_quiet(command: Command, line: str) -> None:
    async def talk() -> None:
        rig = Rig(Far((1, f"\r\n{line}\r\n".encode()), (1.2, b"\r\n^RSSI:1\r\n")))
        await rig.open()
        (answer,), took = await rig.answers(command)
        assert answer == Reply(command, OK, (line,), implied=True)
        assert took == 1.5

    jump(talk())


def test_news_do_not_prolong_a_wait() -> None:
    async def talk() -> None:
        rig = Rig(Far(*((tenth / 10, b"\r\n^RSSI:1\r\n") for tenth in range(100))))
        await rig.open()
        assert await rig.answers(commands.SIGNAL) == ([Expired(Waiting.REPLY)], 5)

    jump(talk())


# -- long lists ------------------------------------------------------------------------------------------------------

ENTRY = f"\r\n+CMGL: 1,1,,{len(PDU) // 2 - 1}\r\n{PDU}\r\n".encode()


def test_a_list_ends_when_nothing_more_comes_for_ten_seconds() -> None:
    async def talk() -> None:
        rig = Rig(Far((4, ENTRY), (13.9, ENTRY)))
        await rig.open()
        assert await rig.answers(commands.LIST_MESSAGES) == ([Expired(Waiting.REPLY)], 23.9)

    jump(talk())


def test_a_list_that_keeps_coming_is_read_to_its_end() -> None:
    async def talk() -> None:
        rig = Rig(Far(*((9.0 * part, ENTRY) for part in range(1, 7)), (58, b"\r\nOK\r\n")))
        await rig.open()
        (answer,), took = await rig.answers(commands.LIST_MESSAGES)
        assert isinstance(answer, Reply)
        assert len(answer.lines) == 12
        assert took == 58

    jump(talk())


def test_a_list_that_never_ends_is_given_up_after_a_minute() -> None:
    async def talk() -> None:
        rig = Rig(Far(*((1.0 * part, ENTRY) for part in range(1, 90))))
        await rig.open()
        assert await rig.answers(commands.LIST_MESSAGES) == ([Expired(Waiting.REPLY)], 60)

    jump(talk())


# -- bringing it back in step ----------------------------------------------------------------------------------------


def test_a_resync_of_a_deaf_modem_is_what_the_table_says() -> None:
    async def talk() -> None:
        rig = Rig(Far())
        await rig.open()
        assert not await rig.talk.drive(resync())
        assert rig.far.heard_at == [
            (0, b"\x1b\r"),
            (0.1, b"AT\r"),
            (2.1, b"AT\r"),
            (4.1, b"AT\r"),
            (6.1, b"\x1a\r"),
            (6.2, b"AT\r"),
        ]
        assert now() == pytest.approx(8.2)

    jump(talk())


def test_a_resync_of_a_modem_that_answers_takes_a_tenth_of_a_second() -> None:
    async def talk() -> None:
        rig = Rig(Far((0.1, b"\r\nOK\r\n")))
        await rig.open()
        assert await rig.talk.drive(resync())
        assert now() == pytest.approx(0.1)

    jump(talk())


class Mute(Far):
    """Told to give no results: it answers nothing until ATQ0."""

    def heard(self, data: bytes) -> None:
        super().heard(data)
        if data == b"ATQ0\r" or (b"ATQ0\r" in [octets for _, octets in self.heard_at] and data.startswith(b"AT")):
            self.say(b"\r\nOK\r\n")


def test_a_modem_that_gives_no_results_is_heard_at_the_second_attempt() -> None:
    async def talk() -> None:
        far = Mute()
        first = Rig(far)
        await first.open()
        assert not await first.talk.drive(wake())
        assert now() == pytest.approx(8.2)
        assert far.heard_at[-1] == (8.2, b"ATQ0\r")
        await first.talk.close("closed")
        second = Rig(far)
        await second.open()
        assert await second.talk.drive(wake())

    jump(talk())


def test_an_awaited_line_ends_a_drain_early_and_no_other_does() -> None:
    async def talk() -> None:
        rig = Rig(Far())
        await rig.open()
        loop = asyncio.get_running_loop()
        loop.call_later(1, rig.far.say, b"\r\nCall Ready\r\n")
        loop.call_later(3, rig.far.say, b"\r\nSMS Ready\r\n")
        assert await rig.answers(Drain(seconds=9, until=("SMS Ready",))) == ([Drained()], 3)
        assert await rig.answers(Drain(seconds=9, until=("PB DONE",))) == ([Drained()], 9)

    jump(talk())


# -- slow modems -----------------------------------------------------------------------------------------------------


def test_a_modem_with_a_small_buffer_gets_its_octets_in_pieces() -> None:
    async def talk() -> None:
        slow = replace(GENERIC, chunk=18, chunk_delay=0.01)
        rig = Rig(Far((0.02, b"\r\n> "), (0.2, b"\r\n+CMGS: 4\r\n\r\nOK\r\n")), slow)
        await rig.open()
        answers, took = await rig.answers(commands.submit(19), Body(PDU))
        assert [type(answer) for answer in answers] == [Prompt, Reply]
        assert took == 0.2
        assert [octets for _, octets in rig.far.heard_at] == [
            b"AT+CMGS=19\r",
            PDU[:18].encode(),
            PDU[18:36].encode(),
            PDU[36:].encode() + b"\x1a",
        ]
        first, *others = [at for at, _ in rig.far.heard_at[1:]]
        assert [round(at - first, 3) for at in others] == [0.01, 0.02]

    jump(talk())


def test_a_command_that_begins_meanwhile_waits_for_its_turn() -> None:
    async def talk() -> None:
        rig = Rig(Far((0.001, b"\r\nOK\r\n")), replace(GENERIC, chunk=4, chunk_delay=0.01))
        await rig.open()
        await rig.answers(setting("AT+CMEE=1"), Drain(b"\x1b\r"))
        assert b"".join(octets for _, octets in rig.far.heard_at) == b"AT+CMEE=1\r\x1b\r"
        assert all(len(octets) <= 4 for _, octets in rig.far.heard_at)

    jump(talk())


def test_a_lost_line_drops_what_was_not_written_yet() -> None:
    async def talk() -> None:
        rig = Rig(Far(), replace(GENERIC, chunk=4, chunk_delay=0.01))
        await rig.open()
        asyncio.get_running_loop().call_later(0.015, rig.talk.lost, "pulled")
        assert await rig.answers(setting("AT+CMEE=1")) == ([Lost()], 0.015)
        await asyncio.sleep(1)
        assert b"".join(octets for _, octets in rig.far.heard_at) == b"AT+CMEE="
        assert rig.gone == ["pulled"]

    jump(talk())


def test_a_modem_that_needs_quiet_before_a_command_gets_it() -> None:
    async def talk() -> None:
        rig = Rig(Far((0.5, b"\r\nOK\r\n")), replace(GENERIC, command_gap=0.1))
        await rig.open()
        asyncio.get_running_loop().call_later(0.7, rig.far.say, b"\r\nOK\r\n")
        await rig.answers(setting("AT+CMEE=1"), setting("AT+CMGF=0"))
        assert rig.far.heard_at == [(0.1, b"AT+CMEE=1\r"), (0.7, b"AT+CMGF=0\r")]

    jump(talk())
