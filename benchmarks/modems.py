"""Simulated modems that also write down when a send was asked for and when it was answered.

`python -m benchmarks.modems N DIR LATENCY` serves them like `otppi simulate`; DIR/trace has a line for each event:
CLOCK_MONOTONIC seconds, modem, `asked` (the octets of AT+CMGS= came) or `answered` (`+CMGS:` is on the line).
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from otppi.simulator.device import Clock
from otppi.simulator.identity import identity
from otppi.simulator.modem import SimulatedModem
from otppi.simulator.options import SimulateOptions
from otppi.simulator.ptyport import PtyPort
from otppi.simulator.runner import Simulation

if TYPE_CHECKING:
    from otppi.simulator.air import Transmission
    from otppi.simulator.ledger import Ledger
    from otppi.simulator.openwatch import OpenWatch
    from otppi.simulator.port import Port


class Event(NamedTuple):
    """One line of the trace."""

    at: float
    modem: str
    what: str


class TracedPort(PtyPort):
    """A pty port that notes both ends of each send."""

    trace = -1

    def _came(self, data: bytes) -> None:
        if b"+CMGS=" in data:
            self._note("asked")
        super()._came(data)

    def _write(self, data: bytes) -> None:
        super()._write(data)
        if b"+CMGS:" in data:
            self._note("answered")

    def _note(self, what: str) -> None:
        os.write(self.trace, f"{time.monotonic():.6f} {self.modem.device.identity.name} {what}\n".encode())


class TracedSimulation(Simulation):
    """The simulation with traced ports; it writes no ledger, so that the modem's own time is small."""

    def _port(self, index: int, ledger: Ledger, watch: OpenWatch) -> Port:
        loop, who = asyncio.get_running_loop(), identity(index, self.options.seed)
        modem = SimulatedModem(
            who,
            Clock(loop.time, time.time),
            partial(_count, ledger),
            traits=self.options.traits(index),
            random=random.Random(index),  # noqa: S311 - noise, no secret
        )
        return TracedPort(modem, self.options.directory / who.name, watch, loop)


def _count(_ledger: Ledger, _sent: Transmission) -> None:
    """The trace tells what was sent."""


def read_trace(folder: Path) -> list[Event]:
    """All whole lines so far."""
    text = (folder / "trace").read_text()
    lines = text[: text.rfind("\n") + 1].splitlines()
    return [Event(float(at), modem, what) for at, modem, what in map(str.split, lines)]


async def _serve(count: int, folder: Path, latency: float) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with TracedSimulation(SimulateOptions(count, folder, latency)):
        print("ready", flush=True)
        await stopped.wait()


def main(count: int, folder: Path, latency: float) -> None:
    """Serve until a signal."""
    folder.mkdir(parents=True, exist_ok=True)
    TracedPort.trace = os.open(folder / "trace", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    asyncio.run(_serve(count, folder, latency))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]))
