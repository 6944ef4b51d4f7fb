"""SerialModem against a modem that fails at random: whatever happens, what it reports about a text is true."""

from __future__ import annotations

import asyncio
import itertools
import random
import re
import selectors
from typing import TYPE_CHECKING

import pytest

from otppi.modems import SerialModem
from otppi.modems.pins import PinLedger
from otppi.ports.modem import (
    LineSettings,
    LineStatus,
    ModemState,
    NotHanded,
    Outcome,
    Refused,
    Sent,
    Submission,
    Unknown,
)
from otppi.ports.modem_states import LINE
from otppi.testing.memory_cable import MemoryCable

if TYPE_CHECKING:
    from collections.abc import Callable

SENDS = 25
ANSWERS = {"AT+CPIN?": "+CPIN: READY", "AT+CFUN?": "+CFUN: 1", "AT+CREG?": "+CREG: 0,1", "AT+CSQ": "+CSQ: 20,0"}
NONSENSE = [
    b"\r\n+CPIN: NOT READY\r\n",
    b"\r\n+CREG: 2\r\n",
    b'\r\n+CDSI: "SM",1\r\n',
    b"\r\nUNDER-VOLTAGE WARNNING\r\n",
    b"\r\nOK\r\n",
    b"\r\n> ",
    b"\r\nERROR\r\n",
    b"\xff\x00\r",
    b"+CDS: 99\r\n",
    b"A" * 5000,
    b"\r\n^RSSI:3\r\n",
]


class _Selector(selectors.SelectSelector):
    passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.passed += max(timeout or 0.0, 1e-6)
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._clock = _Selector()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.passed


class HostileModem:
    """Answers mostly right; else is silent, slow, wrong, talks nonsense, restarts or loses its line."""

    def __init__(self, chance: random.Random) -> None:
        self.cable: MemoryCable | None = None
        self.on_air: set[str] = set()
        self.accepted: dict[str, int] = {}
        self._chance = chance
        self._reference = 0
        self._buffer = b""
        self._prompted = False
        self._sending = False
        self._say: Callable[[bytes], None] = lambda _: None

    def attached(self, say: Callable[[bytes], None]) -> None:
        self._say = say
        self._prompted = False

    def heard(self, data: bytes) -> None:
        self._buffer += data
        self._work()

    def _work(self) -> None:
        # A modem does one thing at a time: while a text is on its way to the network, commands wait.
        while not self._sending and (said := re.match(rb"([^\r\x1a\x1b]*)([\r\x1a\x1b])", self._buffer)):
            self._buffer = self._buffer[said.end() :]
            self._utterance(said[1].decode(), said[2])

    def _utterance(self, text: str, end: bytes) -> None:
        dice = self._chance.random()
        if self._prompted:
            self._at_the_prompt(text, end, dice)
        elif text.startswith("AT+CMGS=") and dice < 0.9:
            self._prompted = True
            self._say(b"\r\n> ")
        elif text and end == b"\r":
            self._command(text, dice)

    def _at_the_prompt(self, text: str, end: bytes, dice: float) -> None:
        if end == b"\r":
            return  # part of the text, as on a real modem
        self._prompted = False
        if end == b"\x1b":
            self._say(b"\r\nOK\r\n" if dice < 0.9 else b"")
            return
        if re.fullmatch("[0-9A-F]{20,}", text) is None:
            self._say(b"\r\n+CMS ERROR: 304\r\n")
            return
        self.on_air.add(text)
        if dice < 0.65:
            self._accept(text, self._chance.choice([0.0, 2.5, 2.5, 160.0]))
        elif dice < 0.75:
            self.on_air.discard(text)
            self._say(b"\r\n+CMS ERROR: 38\r\n")
        else:
            self._misbehave(dice)

    def _accept(self, text: str, after: float) -> None:
        self._reference = self._reference % 255 + 1
        self.accepted[text] = self._reference
        self._sending = True
        asyncio.get_running_loop().call_later(after, self._sent, self._reference)

    def _sent(self, reference: int) -> None:
        self._sending = False
        self._say(b"\r\n+CMGS: %d\r\n\r\nOK\r\n" % reference)
        self._work()

    def _command(self, text: str, dice: float) -> None:
        if dice < 0.97:
            answer = ANSWERS.get(text)
            self._say((f"\r\n{answer}\r\n" if answer else "").encode() + b"\r\nOK\r\n")
        else:
            self._misbehave(self._chance.random())

    def _misbehave(self, dice: float) -> None:
        if dice < 0.3 or self.cable is None:
            return
        if dice < 0.6:
            self._say(self._chance.choice(NONSENSE))
        elif dice < 0.8:
            self._say(b"\r\nRDY\r\n")
        else:
            self.cable.pull()
            asyncio.get_running_loop().call_later(self._chance.uniform(0, 20), self.cable.plug)


class Lates:
    """Keeps late references and states; everything else is of no interest here."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []
        self.states = [ModemState.ABSENT]

    def changed(self, name: str, status: LineStatus) -> None:
        if status.state is not self.states[-1]:
            self.states.append(status.state)

    def late(self, name: str, key: str, reference: int) -> None:
        self.told.append((key, reference))

    def report(self, name: str, tpdu: str) -> None:
        pass


async def _hostile(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable mischief, no secret
    far, events = HostileModem(chance), Lates()
    far.cable = MemoryCable(far)
    modem = SerialModem(LineSettings("m1", "/dev/ttyTEST"), events, connect=far.cable.connect, pins=PinLedger())
    task = asyncio.create_task(modem.run())
    outcomes: dict[str, Outcome] = {}
    for number in range(SENDS):
        async with asyncio.timeout(3600):
            while modem.status.state is not ModemState.READY:  # noqa: ASYNC110 - the clock jumps
                await asyncio.sleep(0.05)
        tpdu = f"11000B912618000000F00000AA{number:08X}"
        agree = chance.random() < 0.9

        async def mark(agree: bool = agree) -> bool:
            await asyncio.sleep(0.01)
            return agree

        outcomes[tpdu] = await modem.send(Submission(tpdu, tpdu, more=chance.random() < 0.5), mark)
    await asyncio.sleep(400)
    task.cancel()
    await asyncio.wait({task})
    _judge(far, events, outcomes)


def _judge(far: HostileModem, events: Lates, outcomes: dict[str, Outcome]) -> None:
    for before, after in itertools.pairwise(events.states):
        assert after in LINE[before], f"{before} to {after} is in no table"
    for tpdu, outcome in outcomes.items():
        body = f"00{tpdu}"
        if isinstance(outcome, Sent):
            assert far.accepted.get(body) == outcome.reference, "sent, but the modem never accepted it"
        elif isinstance(outcome, NotHanded | Refused):
            assert body not in far.on_air, "not handed or refused, but it is on the air"
    for key, reference in events.told:
        assert isinstance(outcomes[key], Unknown), "late for a segment that was not in doubt"
        assert far.accepted.get(f"00{key}") == reference, "late with a reference that is another's"
    assert len({key for key, _ in events.told}) == len(events.told), "late twice"


@pytest.mark.parametrize("seed", range(40))
def test_what_is_reported_about_a_text_is_true(seed: int) -> None:
    with asyncio.Runner(loop_factory=_Loop) as runner:
        runner.run(_hostile(seed))
