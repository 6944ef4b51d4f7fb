"""A SerialModem on a bench: a modem played from a table, a cable in memory, and a clock that jumps over every wait."""

from __future__ import annotations

import asyncio
import itertools
import re
import selectors
from typing import TYPE_CHECKING, Any

from otppi.modems import SerialModem, Timings
from otppi.modems.pins import PinLedger
from otppi.ports.modem import LineSettings, LineStatus, ModemState, Outcome, Submission
from otppi.ports.modem_states import LINE
from otppi.testing.memory_cable import MemoryCable

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from otppi.ports.pins import Pins
    from otppi.ports.power import PowerSwitch

TPDU = "11000B912618000000F00000AA05E8329BFD06"
PIN = "4711"


class _JumpSelector(selectors.SelectSelector):
    """Instead of waiting, moves the clock."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("nothing would ever happen again")
        self.passed += max(timeout, 1e-6)  # as a real clock, it never stands quite still
        return super().select(0)


class _JumpLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._clock = _JumpSelector()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.passed


def jump(talk: Coroutine[Any, Any, None]) -> None:
    """Runs a coroutine on a clock that jumps over every wait."""
    with asyncio.Runner(loop_factory=_JumpLoop) as runner:
        runner.run(talk)


class Modem:
    """The far end: answers from a table (default OK), and keeps what it heard.

    Whole lines to lose one's tongue at: `deaf` hears nothing; after answering `last` it is deaf, or after hearing it,
    if `swallow` is set. `slowness` delays every answer but one to a body, `air` that. `prompt` None: no prompt comes.
    """

    def __init__(self) -> None:
        self.table: dict[str, str | None] = {
            "AT+CPIN?": "+CPIN: READY",
            "AT+CFUN?": "+CFUN: 1",
            "AT+CREG?": "+CREG: 0,1",
            "AT+CSQ": "+CSQ: 20,0",
        }
        self.heard_lines: list[str] = []
        self.result: str | None = "+CMGS: 5\r\n\r\nOK"
        self.deaf = False
        self.last: str | None = None
        self.swallow = False
        self.deaf_at = 0.0
        self.slowness = self.air = 0.0
        self.prompt: bytes | None = b"\r\n> "
        self._buffer = b""
        self.say: Callable[[bytes], None] = lambda _: None

    def attached(self, say: Callable[[bytes], None]) -> None:
        self.say = say

    def line(self, text: str, after: float = 0.0) -> None:
        self._later(f"\r\n{text}\r\n".encode(), after)

    def count(self, text: str) -> int:
        """How often it heard this."""
        return self.heard_lines.count(text)

    async def until_heard(self, text: str, seconds: float = 1000) -> None:
        """Waits for a line."""
        async with asyncio.timeout(seconds):
            while text not in self.heard_lines:  # noqa: ASYNC110 - the clock jumps
                await asyncio.sleep(0.5)

    def _later(self, octets: bytes, after: float) -> None:
        if after:
            asyncio.get_running_loop().call_later(after, self.say, octets)
        else:
            self.say(octets)

    def heard(self, data: bytes) -> None:
        self._buffer += data
        while (said := re.match(rb"([^\r\x1a\x1b]*)([\r\x1a\x1b])", self._buffer)) is not None:
            self._buffer = self._buffer[said.end() :]
            self._answer(said[1].decode(), said[2])

    def _answer(self, text: str, end: bytes) -> None:
        if self.deaf or (not text and end != b"\x1a"):
            return
        self.heard_lines.append(text)
        if self.last is not None and text.startswith(self.last):
            self.deaf, self.deaf_at = True, now()
            if self.swallow:
                return
        if end == b"\x1a":
            if text and self.result is not None:
                self.line(self.result, self.air)
        elif text.startswith("AT+CMGS="):
            if self.prompt is not None:
                self._later(self.prompt, self.slowness)
        elif text in self.table:
            answer = self.table[text]
            if answer is not None:
                self.line(answer if "ERROR" in answer else f"{answer}\r\n\r\nOK", self.slowness)
        else:
            self.line("OK", self.slowness)


class Rig:
    """One running modem and what it told. On leaving, every change of state must be in the table of changes."""

    def __init__(
        self,
        far: Modem,
        *,
        pin: str | None = None,
        entry: str = "",
        pins: Pins | None = None,
        power: PowerSwitch | None = None,
        timings: Timings | None = None,
        smsc: str | None = None,
    ) -> None:
        self.far = far
        self.cable = MemoryCable(far)
        self.told: list[tuple[float, LineStatus]] = []
        self.lates: list[tuple[str, int]] = []
        self.reports: list[str] = []
        settings = LineSettings("m1", "/dev/ttyTEST", pin=pin, pin_entry=entry, smsc=smsc)
        self.modem = SerialModem(
            settings,
            self,
            connect=self.cable.connect,
            pins=pins or PinLedger(),
            power=power,
            timings=timings or Timings(),
        )
        self._task: asyncio.Task[None] | None = None

    @property
    def states(self) -> list[ModemState]:
        """The states that were told, each once while it lasted."""
        found: list[ModemState] = []
        for _, status in self.told:
            if not found or found[-1] is not status.state:
                found.append(status.state)
        return found

    def changed(self, name: str, status: LineStatus) -> None:
        self.told.append((now(), status))

    def late(self, name: str, key: str, reference: int) -> None:
        self.lates.append((key, reference))

    def report(self, name: str, tpdu: str) -> None:
        self.reports.append(tpdu)

    async def __aenter__(self) -> Rig:
        self._task = asyncio.create_task(self.modem.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        states = [ModemState.ABSENT, *self.states]
        forbidden = [(a, b) for a, b in itertools.pairwise(states) if a is not b and b not in LINE[a]]
        assert not forbidden

    async def until(self, *states: ModemState, seconds: float = 60) -> float:
        """Waits for one of these states; when it came."""
        async with asyncio.timeout(seconds):
            while self.modem.status.state not in states:  # noqa: ASYNC110 - the clock jumps
                await asyncio.sleep(0.01)
        return now()

    def state(self) -> ModemState:
        return self.modem.status.state

    def reason(self) -> str:
        return self.modem.status.reason

    async def send(self, key: str = "k", *, more: bool = False) -> Outcome:
        return await self.modem.send(Submission(key, TPDU, more), granted)


async def granted() -> bool:
    return True


def now() -> float:
    return asyncio.get_running_loop().time()
