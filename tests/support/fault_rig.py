"""One real SerialModem on one simulated modem in virtual time, and what each of them says of every message."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from otppi.modems import SerialModem
from otppi.modems.pins import PinLedger
from otppi.pdu.split import split
from otppi.pdu.submit import encode_submit
from otppi.ports.modem import LineSettings, LineStatus, ModemState, NotHanded, Outcome, Refused, Sent, Submission
from otppi.simulator.inprocess import SimulatedLine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.simulator.device import Traits

READY_LIMIT = 120.0
"""Virtual seconds in which a modem whose fault is over must be ready: the ladder's patience and a start-up."""


class FaultRig:
    """`outcomes` and `lates` by the digits of the receiver; `told` the states with their times."""

    def __init__(self, traits: Traits | None = None, *, index: int = 0, pin: str | None = None) -> None:
        self.line = SimulatedLine(traits, index=index)
        self.outcomes: dict[str, Outcome] = {}
        self.lates: dict[str, int] = {}
        self.told: list[tuple[float, ModemState]] = []
        settings = LineSettings(f"m{index}", self.line.port, pin=pin)
        self.modem = SerialModem(settings, self, connect=self.line.connect, look=self._look, pins=PinLedger())
        self._task: asyncio.Task[None] | None = None

    def _look(self, _settings: LineSettings) -> frozenset[object]:
        device = self.line.modem.device
        return frozenset({(self.line.port, device.counters.boots)}) if device.plugged else frozenset()

    def changed(self, name: str, status: LineStatus) -> None:
        self.told.append((now(), status.state))

    def late(self, name: str, key: str, reference: int) -> None:
        assert key not in self.lates, "a doubt is settled once"
        self.lates[key] = reference

    def report(self, name: str, tpdu: str) -> None:
        raise AssertionError("no report was asked for")

    def start(self) -> None:
        """Run the line."""
        self._task = asyncio.create_task(self.modem.run())

    async def stop(self) -> None:
        """Cancel the line, until it has ended."""
        assert self._task is not None
        self._task.cancel()
        await asyncio.wait({self._task})

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}, "no task outlives its line"

    def arm(self, orders: tuple[Mapping[str, object], ...]) -> None:
        """Give the simulated modem its orders."""
        for fields in orders:
            self.line.order(str(fields["do"]), **{name: value for name, value in fields.items() if name != "do"})

    async def until(self, state: ModemState, seconds: float = READY_LIMIT) -> None:
        """Until the modem is in this state. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while self.modem.status.state is not state:  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(0.05)

    async def send(self, number: str) -> Outcome:
        """One message to a number nobody else gets one at; its digits are its key."""
        tpdu = encode_submit(f"+{number}", split("Halo").segments[0])
        self.outcomes[number] = outcome = await self.modem.send(Submission(number, tpdu), granted)
        return outcome

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


async def granted() -> bool:
    return True


def now() -> float:
    return asyncio.get_running_loop().time()
