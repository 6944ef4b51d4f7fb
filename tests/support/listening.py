"""Who listens to a line of ours in a test where nothing may be late and nothing reported."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from line_rig import granted

from otppi.modems import SerialModem
from otppi.modems.pins import PinLedger
from otppi.ports.modem import LineSettings, LineStatus, ModemState, Outcome, Submission

if TYPE_CHECKING:
    from otppi.modems.transport import Connect


class Listener:
    """Keeps every status; `ready` is set with the first that is ready."""

    def __init__(self) -> None:
        self.seen: list[LineStatus] = []
        self.ready = asyncio.Event()

    @property
    def states(self) -> list[ModemState]:
        """The state of each status."""
        return [status.state for status in self.seen]

    def changed(self, name: str, status: LineStatus) -> None:
        self.seen.append(status)
        if status.state is ModemState.READY:
            self.ready.set()

    def late(self, name: str, key: str, reference: int) -> None:
        raise AssertionError("nothing here is late")

    def report(self, name: str, tpdu: str) -> None:
        raise AssertionError("nothing here is reported")


async def first_send(connect: Connect, tpdu: str, *, pin: str | None = None) -> tuple[LineStatus, Outcome]:
    """A line from its start to the outcome of one message: the status when it was ready, and that outcome."""
    listener = Listener()
    modem = SerialModem(LineSettings("m1", "/dev/x", pin=pin), listener, connect=connect, pins=PinLedger())
    running = asyncio.create_task(modem.run())
    try:
        async with asyncio.timeout(120):
            await listener.ready.wait()
        return modem.status, await modem.send(Submission("k", tpdu), granted)
    finally:
        running.cancel()
        await asyncio.wait({running})
