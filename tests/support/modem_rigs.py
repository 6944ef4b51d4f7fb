"""The lines that `tests/contracts/test_modem.py` holds to one contract, each with the hand that plays its modem.

To add an implementation: write a class with the methods of `Rig` and put it into `MAKERS`. All is for virtual time.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from otppi.modems import SerialModem
from otppi.modems.pins import PinLedger
from otppi.ports.modem import Identity, Line, LineSettings, LineStatus
from otppi.simulator.inprocess import SimulatedLine
from otppi.testing.fake_modem import Air, FakeModem, Fate, Lot
from otppi.testing.memory_cable import MemoryCable, Temper

NAME = "m1"
SETTING = LineSettings(NAME, "/dev/ttyTEST")
LIMIT = 120.0
"""Virtual seconds: longer than any time limit but that of a text on its way."""


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

    def open_no_prompt(self) -> None:
        """The next prompt does not come; afterwards it answers again."""

    def stay_silent(self) -> None:
        """The next body gets no answer until `answer_late`."""

    def answer_late(self) -> int:
        """The answer that was kept back comes now: its reference."""

    def deliver_report(self, tpdu: str) -> None:
        """A status report arrives."""

    def unplug(self) -> None:
        """The line is lost now."""

    def plug(self) -> None:
        """The port is back."""


Maker = Callable[[], Rig]


# -- SerialModem over a cable in memory ---------------------------------------------------------------------------

LATE_REFERENCE = 77
SETTINGS = {
    b"AT+CGMI": b"\r\nMaker\r\n",
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
        self.promptless = False
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
            if self.promptless:
                self.promptless = False
                return
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
        self.line: Line = SerialModem(SETTING, self.events, connect=self._cable.connect, pins=PinLedger())

    def on_air(self) -> list[str]:
        return self._far.bodies

    def refuse(self, code: int) -> None:
        self._far.refusal = code

    def withdraw(self) -> None:
        self._far.withdrawing = True

    def open_no_prompt(self) -> None:
        self._far.promptless = True

    def stay_silent(self) -> None:
        self._far.silent = True

    def answer_late(self) -> int:
        self._far.silent = False
        self._far.say(b"\r\n+CMGS: %d\r\n\r\nOK\r\n" % LATE_REFERENCE)
        return LATE_REFERENCE

    def deliver_report(self, tpdu: str) -> None:
        self._far.say(f"\r\n+CDS: {len(tpdu) // 2}\r\n00{tpdu}\r\n".encode())

    def unplug(self) -> None:
        self._cable.pull()

    def plug(self) -> None:
        self._cable.plug()


# -- SerialModem on a simulated modem ------------------------------------------------------------------------------


class SimulatedRig:
    """SerialModem, the real engine, and a modem of the simulator."""

    def __init__(self) -> None:
        self.events = Recorder()
        self._far = SimulatedLine()
        self.line: Line = SerialModem(
            SETTING, self.events, connect=self._far.connect, look=self._look, pins=PinLedger()
        )

    def _look(self, _settings: LineSettings) -> frozenset[object]:
        device = self._far.modem.device
        return frozenset({device.counters.boots}) if device.plugged else frozenset()

    def on_air(self) -> list[str]:
        return [f"{each.tpdu[:2]}00{each.tpdu[4:]}" for each in self._far.sent]  # TP-MR is the modem's own

    def refuse(self, code: int) -> None:
        self._far.order("cms_error", code=code)

    def withdraw(self) -> None:
        self._far.order("fault", step="body", kind="cms_error", code=500)

    def open_no_prompt(self) -> None:
        self._far.order("hang", step="before_prompt", seconds=12)

    def stay_silent(self) -> None:
        self._far.order("hang", step="before_result")

    def answer_late(self) -> int:
        self._far.order("clear")
        return self._far.sent[-1].reference

    def deliver_report(self, tpdu: str) -> None:
        self._far.modem.device.indicate(f"+CDS: {len(tpdu) // 2}\r\n00{tpdu}")
        self._far.modem.settle()
        self._far.flush()

    def unplug(self) -> None:
        self._far.unplug()

    def plug(self) -> None:
        self._far.replug()


# -- FakeModem -----------------------------------------------------------------------------------------------------


class FakeRig:
    """The fake that ships, with an air of its own."""

    def __init__(self) -> None:
        self.events = Recorder()
        self._air = Air()
        self._lots: deque[Lot] = deque()
        self._modem = FakeModem(
            SETTING,
            self.events,
            air=self._air,
            now=lambda: asyncio.get_running_loop().time(),
            nature=lambda _submission: self._lots.popleft() if self._lots else Lot(),
            identity=Identity("Maker"),
        )
        self.line: Line = self._modem

    def on_air(self) -> list[str]:
        return [entry.tpdu for entry in self._air.entries]

    def refuse(self, code: int) -> None:
        self._lots.append(Lot(Fate.REFUSED, code=code))

    def withdraw(self) -> None:
        self._lots.append(Lot(Fate.WITHDRAWN, code=500))

    def open_no_prompt(self) -> None:
        self._lots.append(Lot(Fate.NO_PROMPT, prompt=10.0))

    def stay_silent(self) -> None:
        self._lots.append(Lot(Fate.SILENT_ON_AIR))

    def answer_late(self) -> int:
        self._modem.answer()
        return self._air.entries[-1].reference

    def deliver_report(self, tpdu: str) -> None:
        self._modem.report(tpdu)

    def unplug(self) -> None:
        self._modem.unplug()

    def plug(self) -> None:
        self._modem.plug()


MAKERS: dict[str, Maker] = {f"serial-{temper.value}": partial(SerialRig, temper) for temper in Temper} | {
    "simulated": SimulatedRig,
    "fake": FakeRig,
}
