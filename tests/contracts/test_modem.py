"""What every `otppi.ports.modem.Line` must do. One body; each implementation brings a maker of a `Rig`.

To add an implementation: write a class with the methods of `Rig` and put it into `MAKERS`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import pytest

from otppi.modems import SerialModem, Timings
from otppi.modems.pins import PinLedger
from otppi.ports.modem import (
    Line,
    LineSettings,
    LineStatus,
    ModemState,
    NotHanded,
    Refused,
    Sent,
    Submission,
    Unknown,
)
from otppi.testing.memory_cable import MemoryCable, Temper

NAME = "m1"
TPDU = "11000B912618000000F00000AA05E8329BFD06"
REPORT = "06010B912618000000F0627011218000006270112180000000"
LIMIT = 5.0


@dataclass
class Recorder:
    """Keeps what a line tells, and lets a test wait for it."""

    states: list[LineStatus] = field(default_factory=list)
    lates: list[tuple[str, str, int]] = field(default_factory=list)
    reports: list[tuple[str, str]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def changed(self, name: str, status: LineStatus) -> None:
        assert name == NAME
        assert not self.states or self.states[-1] != status, "told without a change"
        self.states.append(status)
        self.news.set()

    def late(self, name: str, key: str, reference: int) -> None:
        self.lates.append((name, key, reference))
        self.news.set()

    def report(self, name: str, tpdu: str) -> None:
        self.reports.append((name, tpdu))
        self.news.set()

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT):
            while not true():
                self.news.clear()
                await self.news.wait()


class Rig(Protocol):
    """A line under test and the hand that plays its modem and network."""

    line: Line
    events: Recorder

    def on_air(self) -> list[str]:
        """The TPDUs handed over with Ctrl-Z so far, as upper-case hex."""

    def refuse(self, code: int) -> None:
        """The next body is answered by +CMS ERROR: code."""

    def withdraw(self) -> None:
        """The next prompt is taken back by an error while it is open."""

    def stay_silent(self) -> None:
        """Bodies get no answer until `answer_late`."""

    def answer_late(self, reference: int) -> None:
        """The answer that was kept back comes now."""

    def deliver_report(self, tpdu: str) -> None:
        """A status report arrives."""

    def unplug(self) -> None:
        """The line is lost now."""

    def plug(self) -> None:
        """The port is back."""


Maker = Callable[[], AbstractAsyncContextManager[Rig]]


# -- SerialModem over a cable in memory ---------------------------------------------------------------------------

SETTINGS = {
    b"AT+CPIN?": b"\r\n+CPIN: READY\r\n",
    b"AT+CFUN?": b"\r\n+CFUN: 1\r\n",
    b"AT+CREG?": b"\r\n+CREG: 0,1\r\n",
    b"AT+CSQ": b"\r\n+CSQ: 20,0\r\n",
    b"AT+COPS?": b'\r\n+COPS: 0,0,"Test"\r\n',
}


class HandModem:
    """A modem played by hand: knows start-up, counts references from 1, and fails as it is told."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.refusal: int | None = None
        self.withdrawing = False
        self.silent = False
        self._reference = 0
        self._buffer = bytearray()
        self._prompted = False
        self.say: Callable[[bytes], None] = lambda _: None

    def attached(self, say: Callable[[bytes], None]) -> None:
        self.say = say
        self._buffer.clear()
        self._prompted = False

    def heard(self, data: bytes) -> None:
        self._buffer += data
        while (said := re.match(rb"([^\r\x1a\x1b]*)([\r\x1a\x1b])", bytes(self._buffer))) is not None:
            del self._buffer[: said.end()]
            self._answer(said[1], said[2])

    def _answer(self, text: bytes, end: bytes) -> None:
        if end == b"\x1b":
            if self._prompted:
                self._prompted = False
                self.say(b"\r\nOK\r\n")
        elif end == b"\x1a":
            self._body(text.decode())
        elif text.startswith(b"AT+CMGS="):
            self._prompted = True
            self.say(b"\r\n> ")
            if self.withdrawing:
                self._prompted = self.withdrawing = False
                self.say(b"\r\n+CMS ERROR: 500\r\n")
        elif text:
            self.say(SETTINGS.get(text, b"") + b"\r\nOK\r\n")

    def _body(self, pdu: str) -> None:
        if not self._prompted:
            return
        self._prompted = False
        self.bodies.append(pdu[2:])
        if self.refusal is not None:
            self.say(b"\r\n+CMS ERROR: %d\r\n" % self.refusal)
            self.refusal = None
        elif not self.silent:
            self._reference += 1
            self.say(b"\r\n+CMGS: %d\r\n\r\nOK\r\n" % self._reference)


class SerialRig:
    """SerialModem, the real engine, and a modem played by hand."""

    def __init__(self, temper: Temper) -> None:
        self.events = Recorder()
        self._far = HandModem()
        self._cable = MemoryCable(self._far, temper)
        timings = Timings(keep_alive=30, search=0.05, retry_first=0.05, path_poll=0.05)
        self.modem = SerialModem(
            LineSettings(NAME, "/dev/ttyTEST"),
            self.events,
            connect=self._cable.connect,
            timings=timings,
            pins=PinLedger(),
        )
        self.line: Line = self.modem

    def on_air(self) -> list[str]:
        return self._far.bodies

    def refuse(self, code: int) -> None:
        self._far.refusal = code

    def withdraw(self) -> None:
        self._far.withdrawing = True

    def stay_silent(self) -> None:
        self._far.silent = True

    def answer_late(self, reference: int) -> None:
        self._far.silent = False
        self._far.say(b"\r\n+CMGS: %d\r\n\r\nOK\r\n" % reference)

    def deliver_report(self, tpdu: str) -> None:
        self._far.say(f"\r\n+CDS: {len(tpdu) // 2}\r\n00{tpdu}\r\n".encode())

    def unplug(self) -> None:
        self._cable.pull()

    def plug(self) -> None:
        self._cable.plug()


@asynccontextmanager
async def serial_rig(temper: Temper) -> AsyncIterator[Rig]:
    yield SerialRig(temper)


MAKERS: dict[str, Maker] = {f"serial-{temper.value}": partial(serial_rig, temper) for temper in Temper}


# -- the contract -------------------------------------------------------------------------------------------------


@asynccontextmanager
async def running(maker: Maker) -> AsyncIterator[Rig]:
    async with maker() as rig:
        task = asyncio.create_task(rig.line.run())
        try:
            await rig.events.until(lambda: rig.line.status.state is ModemState.READY)
            yield rig
        finally:
            task.cancel()
            await asyncio.wait({task})
            assert task.cancelled()


@pytest.fixture(params=sorted(MAKERS))
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    async with running(MAKERS[request.param]) as found:
        yield found


def segment(key: str = "k1") -> Submission:
    return Submission(key, TPDU)


async def granted() -> bool:
    return True


async def refused() -> bool:
    return False


@pytest.mark.feature("F003")
async def test_a_send_gives_the_modems_reference(rig: Rig) -> None:
    first = await rig.line.send(segment(), granted)
    second = await rig.line.send(segment("k2"), granted)
    assert isinstance(first, Sent)
    assert isinstance(second, Sent)
    assert first.reference != second.reference
    assert rig.on_air() == [TPDU, TPDU]


async def test_the_beginning_of_an_exchange_is_told_once_and_before_the_prompt(rig: Rig) -> None:
    told: list[str] = []

    async def at_prompt() -> bool:
        told.append("prompt")
        return True

    await rig.line.send(Submission("k1", TPDU, begun=lambda: told.append("begun")), at_prompt)
    assert told == ["begun", "prompt"]


async def test_the_mark_is_made_before_anything_is_on_the_air(rig: Rig) -> None:
    seen: list[int] = []

    async def mark() -> bool:
        await asyncio.sleep(0.02)
        seen.append(len(rig.on_air()))
        return True

    assert isinstance(await rig.line.send(segment(), mark), Sent)
    assert seen == [0]


async def test_without_the_mark_nothing_is_handed_and_the_next_send_works(rig: Rig) -> None:
    assert isinstance(await rig.line.send(segment(), refused), NotHanded)
    assert rig.on_air() == []
    assert isinstance(await rig.line.send(segment("k2"), granted), Sent)
    assert rig.on_air() == [TPDU]


async def test_what_the_mark_raises_comes_out_and_nothing_is_handed(rig: Rig) -> None:
    class StoreFull(Exception):
        pass

    async def mark() -> bool:
        raise StoreFull

    with pytest.raises(StoreFull):
        await rig.line.send(segment(), mark)
    assert rig.on_air() == []
    assert isinstance(await rig.line.send(segment("k2"), granted), Sent)


async def test_a_refusal_has_its_code_and_our_words(rig: Rig) -> None:
    rig.refuse(38)
    assert await rig.line.send(segment(), granted) == Refused("cms", 38, "network out of order")
    assert isinstance(await rig.line.send(segment("k2"), granted), Sent)


async def test_a_network_that_did_not_answer_is_no_refusal(rig: Rig) -> None:
    rig.refuse(332)
    assert isinstance(await rig.line.send(segment(), granted), Unknown)


async def test_a_prompt_taken_back_during_the_mark_is_a_refusal(rig: Rig) -> None:
    async def slow() -> bool:
        await asyncio.sleep(0.05)
        return True

    rig.withdraw()
    assert isinstance(await rig.line.send(segment(), slow), Refused | NotHanded)
    assert rig.on_air() == []


async def test_a_line_lost_before_the_text_left_is_not_handed(rig: Rig) -> None:
    async def mark() -> bool:
        rig.unplug()
        return True

    assert isinstance(await rig.line.send(segment(), mark), NotHanded)
    assert rig.on_air() == []


async def test_a_line_lost_after_the_text_left_is_unknown_and_told_once(rig: Rig) -> None:
    rig.stay_silent()
    sends = [asyncio.create_task(rig.line.send(segment(f"k{number}"), granted)) for number in range(3)]
    await _until_on_air(rig, 1)
    rig.unplug()
    outcomes = await asyncio.gather(*sends)
    assert [type(outcome) for outcome in outcomes] == [Unknown, NotHanded, NotHanded]
    assert rig.on_air() == [TPDU]
    assert rig.events.lates == []


async def test_a_lost_line_comes_back_by_itself(rig: Rig) -> None:
    rig.unplug()
    await rig.events.until(lambda: rig.line.status.state is ModemState.ABSENT)
    assert isinstance(await rig.line.send(segment(), granted), NotHanded)
    rig.plug()
    await rig.events.until(lambda: rig.line.status.state is ModemState.READY)
    assert isinstance(await rig.line.send(segment("k2"), granted), Sent)


async def test_a_late_reference_finds_its_segment(rig: Rig) -> None:
    rig.stay_silent()
    send = asyncio.create_task(rig.line.send(segment("in-doubt"), granted))
    await _until_on_air(rig, 1)
    send.cancel()
    with pytest.raises(asyncio.CancelledError):
        await send
    rig.answer_late(77)
    await rig.events.until(lambda: rig.events.lates != [])
    assert rig.events.lates == [(NAME, "in-doubt", 77)]
    assert isinstance(await rig.line.send(segment("k2"), granted), Sent)


async def test_a_cancelled_send_takes_the_text_back(rig: Rig) -> None:
    started = asyncio.Event()

    async def mark() -> bool:
        started.set()
        await asyncio.sleep(LIMIT)
        return True

    send = asyncio.create_task(rig.line.send(segment(), mark))
    await started.wait()
    send.cancel()
    with pytest.raises(asyncio.CancelledError):
        await send
    await rig.events.until(lambda: rig.line.status.state is ModemState.READY)
    assert isinstance(await rig.line.send(segment("k2"), granted), Sent)
    assert rig.on_air() == [TPDU]


async def test_sends_are_one_after_the_other(rig: Rig) -> None:
    inside: list[str] = []

    def mark(key: str) -> Callable[[], Awaitable[bool]]:
        async def enter() -> bool:
            inside.append(key)
            await asyncio.sleep(0.01)
            assert inside[-1] == key, "another prompt was opened meanwhile"
            return True

        return enter

    outcomes = await asyncio.gather(*(rig.line.send(segment(key), mark(key)) for key in "abcd"))
    assert [type(outcome) for outcome in outcomes] == [Sent] * 4
    assert sorted(inside) == list("abcd")


async def test_a_report_is_told_without_its_smsc(rig: Rig) -> None:
    rig.deliver_report(REPORT)
    await rig.events.until(lambda: rig.events.reports != [])
    assert rig.events.reports == [(NAME, REPORT)]


async def test_every_change_is_told_and_busy_frames_a_send(rig: Rig) -> None:
    before = len(rig.events.states)
    await rig.line.send(segment(), granted)
    assert [status.state for status in rig.events.states[before:]] == [ModemState.BUSY, ModemState.READY]
    assert rig.events.states[-1] == rig.line.status


@pytest.mark.parametrize("maker", sorted(MAKERS))
async def test_a_line_that_does_not_run_takes_nothing(maker: str) -> None:
    async with MAKERS[maker]() as rig:
        assert isinstance(await rig.line.send(segment(), granted), NotHanded)
        assert rig.on_air() == []


async def _until_on_air(rig: Rig, count: int) -> None:
    async with asyncio.timeout(LIMIT):
        while len(rig.on_air()) < count:  # noqa: ASYNC110 - the far end of a rig may be another process
            await asyncio.sleep(0.005)
