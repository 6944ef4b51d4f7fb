"""One real SerialModem on one simulated modem in virtual time, and what each of them says of every message.

A path is what the tables of the fault matrix are written in: the states that were passed, in order, each once while it
lasted, with the seconds since `mark` where they matter: `busy resetting@4 ready`.
"""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Self

from otppi.modems import SerialModem, Timings
from otppi.modems.pins import PinLedger
from otppi.modems.transport import anybody
from otppi.pdu.split import split
from otppi.pdu.submit import encode_submit
from otppi.ports.modem import LineSettings, LineStatus, ModemState, NotHanded, Outcome, Refused, Sent, Submission
from otppi.ports.modem_states import LINE
from otppi.simulator.inprocess import SimulatedLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from otppi.modems.transport import Admit, Connect, Look, Receiver, Wire
    from otppi.ports.modem import AtPrompt
    from otppi.ports.pins import Pins
    from otppi.simulator.device import Counters, Traits

READY_LIMIT = 120.0
"""Virtual seconds in which a modem whose fault is over must be ready: the ladder's patience and a start-up."""
NEAR = 0.8
"""Seconds by which a time in a path may be missed: a port is looked for every 0.5 s, and waking takes a moment."""

FAULTED, FIRST, SECOND = "628120000001", "628120000002", "628120000003"
"""The receivers: of the message that meets the fault, and of those that prove that it is over."""


class FaultRig:
    """`outcomes` and `lates` by the digits of the receiver; `told` the states with their times; `written` all that the
    driver ever wrote. On leaving, every change of state must be in the table of changes.

    `connect`, `look` and `admit` are the line's own unless a host has several.
    """

    def __init__(
        self,
        traits: Traits | None = None,
        *,
        index: int = 0,
        seed: int = 0,
        pin: str | None = None,
        pins: Pins | None = None,
    ) -> None:
        self.line = SimulatedLine(traits, index=index, seed=seed)
        self.outcomes: dict[str, Outcome] = {}
        self.lates: dict[str, int] = {}
        self.told: list[tuple[float, ModemState]] = []
        self.written = bytearray()
        self.opened_from: Connect = self.line.connect
        self.look: Look = self._look
        self.admit: Admit = anybody
        self._settings = LineSettings(f"m{index}", self.line.port, pin=pin)
        self.pins = pins or PinLedger()
        self._marked, self._since = 0, 0.0
        self._task: asyncio.Task[None] | None = None

    # -- what a line needs --------------------------------------------------------------------------------------

    def _look(self, _settings: LineSettings) -> frozenset[object]:
        device = self.line.modem.device
        return frozenset({(self.line.port, device.counters.boots)}) if device.plugged else frozenset()

    async def _connect(self, settings: LineSettings, receiver: Receiver) -> Wire:
        return _Noted(await self.opened_from(settings, receiver), self.written, settings.port)

    def changed(self, name: str, status: LineStatus) -> None:
        self.told.append((now(), status.state))

    def late(self, name: str, key: str, reference: int) -> None:
        assert key not in self.lates, "a doubt is settled once"
        self.lates[key] = reference

    def report(self, name: str, tpdu: str) -> None:
        raise AssertionError("no report was asked for")

    # -- running ------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Run the line, as after a start of the gateway."""
        self.modem = SerialModem(
            self._settings,
            self,
            connect=self._connect,
            look=self.look,
            admit=self.admit,
            pins=self.pins,
            timings=Timings(spread=0.0),  # so that every idle look comes while a test waits for it
        )
        self._task = asyncio.create_task(self.modem.run())

    async def stop(self) -> None:
        """Cancel the line, until it has ended."""
        assert self._task is not None
        self._task.cancel()
        await asyncio.wait({self._task})

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, failed: object, *_: object) -> None:
        await self.stop()
        await asyncio.sleep(0)
        if failed is None:
            assert asyncio.all_tasks() == {asyncio.current_task()}, "no task outlives its line"
            states = [ModemState.ABSENT, *(state for _, state in self.told)]
            assert [pair for pair in itertools.pairwise(states) if not _allowed(*pair)] == []

    async def until(self, state: ModemState, seconds: float = READY_LIMIT) -> None:
        """Until the modem is in this state. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while self.modem.status.state is not state:  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(0.05)

    # -- faults and messages ------------------------------------------------------------------------------------

    def arm(self, *orders: Mapping[str, object]) -> None:
        """Give the simulated modem its orders."""
        for fields in orders:
            self.line.order(str(fields["do"]), **{name: value for name, value in fields.items() if name != "do"})

    def end_faults(self) -> None:
        """No fault is left, and the modem is plugged in."""
        self.line.order("clear")
        if not self.line.modem.device.plugged:
            self.line.replug()

    @property
    def counters(self) -> Counters:
        """What the simulated modem has met."""
        return self.line.modem.device.counters

    async def send(self, number: str, at_prompt: AtPrompt | None = None, *, more: bool = False) -> Outcome:
        """One message to a number nobody else gets one at; its digits are its key."""
        tpdu = encode_submit(f"+{number}", split("Halo").segments[0])
        outcome = await self.modem.send(Submission(number, tpdu, more), at_prompt or granted)
        self.outcomes[number] = outcome
        return outcome

    # -- what is said of it -------------------------------------------------------------------------------------

    def mark(self) -> None:
        """Paths begin here."""
        self._marked, self._since = len(self.told), now()

    def passed(self, path: str) -> None:
        """Assert that these states were passed since `mark`, and no others."""
        before = self.told[self._marked - 1][1] if self._marked else ModemState.ABSENT
        changes = [
            (at, state)
            for (_, last), (at, state) in itertools.pairwise([(0.0, before), *self.told[self._marked :]])
            if state is not last
        ]
        words = path.split()
        found = " ".join(f"{state.value}@{at - self._since:.1f}" for at, state in changes)
        assert [state.value for _, state in changes] == [word.partition("@")[0] for word in words], found
        for (at, _), word in zip(changes, words, strict=True):
            if seconds := word.partition("@")[2]:
                assert abs(at - self._since - float(seconds)) <= NEAR, found

    def aired(self, number: str) -> list[int]:
        """The references under which it went on the air."""
        return [each.reference for each in self.line.sent if each.number == f"+{number}"]

    def agree(self) -> None:
        """What was told of each message is what the air has seen, and no reply was taken for another's."""
        for number, outcome in self.outcomes.items():
            aired, told = self.aired(number), self.lates.get(number)
            assert len(aired) <= 1, "one send is on the air once at most"
            match outcome:
                case Sent(reference):
                    assert aired == [reference]
                case Refused() | NotHanded():
                    assert aired == []
                case _:
                    assert told is None or aired == [told]

    async def proves_itself(self, numbers: Iterable[str] = (FIRST, SECOND)) -> None:
        """The fault is over: the modem gets ready, and the next messages have outcomes of their own."""
        self.end_faults()
        await self.until(ModemState.READY)
        for number in numbers:
            assert isinstance(await self.send(number), Sent)
        await asyncio.sleep(1)
        self.agree()

    async def proves_registered(self) -> None:
        """The network is back: the same."""
        self.line.order("register")
        await self.proves_itself()


class _Noted:
    """A wire that keeps what is written to it."""

    def __init__(self, wire: Wire, written: bytearray, port: str) -> None:
        self._wire = wire
        self._written = written
        self.path = getattr(wire, "path", port)

    def write(self, data: bytes) -> None:
        self._written += data
        self._wire.write(data)

    async def close(self) -> None:
        await self._wire.close()


def _allowed(before: ModemState, after: ModemState) -> bool:
    return before is after or after in LINE[before]


async def granted() -> bool:
    return True


def now() -> float:
    return asyncio.get_running_loop().time()
