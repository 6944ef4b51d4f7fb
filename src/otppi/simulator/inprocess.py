"""Simulated modems behind serial lines in the same process: no pty, no socket, no thread; time is the running loop's.

A `SimulatedLine` is one modem and its cable, `SimulatedPorts` a host with several. `connect` of either is what opens a
port for a client, as `otppi.modems.transport.Connect` describes it. In virtual time all of it is deterministic.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from enum import StrEnum
from random import Random
from typing import TYPE_CHECKING

from otppi.modems.errors import PortUnavailable
from otppi.simulator.bench import START
from otppi.simulator.device import Clock, Traits
from otppi.simulator.identity import identity
from otppi.simulator.modem import SimulatedModem
from otppi.simulator.orders import Order, perform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from otppi.modems.transport import Receiver, Wire
    from otppi.ports.modem import LineSettings
    from otppi.simulator.air import Transmission

OCTET_SECONDS = 10 / 9_600
"""One octet with start and stop bit at 9600 baud."""
NOISE_RATE = 0.4
"""Chance of an unsolicited line at each gap of an exchange on a noisy line."""
CLOSED = "The port was closed."


class Temper(StrEnum):
    """How a cable carries octets: at once, one by one, one by one at 9600 baud; noisy is a modem that talks unasked."""

    PLAIN = "plain"
    BYTEWISE = "bytewise"
    SLOW = "slow"
    NOISY = "noisy"


class SimulatedLine:
    """One modem and its cable; `modem` is it, `sent` what went on the air, `opened` how often the port was opened.

    It must be made while a loop runs. What the modem says while nobody has the port open is lost.
    """

    def __init__(
        self,
        traits: Traits | None = None,
        temper: Temper = Temper.PLAIN,
        *,
        index: int = 0,
        seed: int = 0,
        port: str = "",
    ) -> None:
        """The modem `modem<index>` of `seed` at the path `port` (default /dev/ttyUSB<index>), powered on now."""
        loop = asyncio.get_running_loop()
        self.port = port or f"/dev/ttyUSB{index}"
        self.sent: list[Transmission] = []
        self.opened = 0
        self.modem = SimulatedModem(
            identity(index, seed),
            Clock(loop.time, lambda: START + loop.time()),
            self.sent.append,
            traits=_tempered(traits or Traits(), temper),
            random=Random(f"{seed}/{index}"),  # noqa: S311  noise, no secret
        )
        self._receiver: Receiver | None = None
        self._to_modem = _Direction(temper, self._arrived)
        self._to_host = _Direction(temper, self._deliver)
        self._timer: asyncio.TimerHandle | None = None
        self.flush()

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.port.rpartition("/")[2]

    async def connect(self, settings: LineSettings, receiver: Receiver) -> Wire:  # noqa: ARG002 - the line is the port
        """Open the line, whatever path is asked for. Raises PortUnavailable while unplugged or already open."""
        if not self.modem.device.plugged:
            raise PortUnavailable("The port cannot be used: No such file or directory.")
        if self._receiver is not None:
            raise PortUnavailable("The port cannot be used: Device or resource busy.")
        self._receiver = receiver
        self.opened += 1
        return _Plug(self, receiver)

    def order(self, do: str, **fields: object) -> dict[str, object]:
        """Give the modem an order, as through the control socket. Raises UnknownOrder."""
        try:
            return perform(self, Order({"do": do} | fields))
        finally:
            self.flush()

    def unplug(self) -> None:
        """Power and port vanish: whoever has it open loses the line now."""
        self.modem.unplug()
        self.flush()

    def replug(self, link: str | None = None) -> None:
        """Power is back on a new port; `link` is its new name in the same directory."""
        if self.modem.device.plugged:
            self.unplug()
        if link is not None:
            self.port = f"{self.port.removesuffix(self.name)}{link}"
        self.modem.plug()
        self.flush()

    def flush(self) -> None:
        """Bring outside what the modem did: octets, its disappearance, its next deadline."""
        data = self.modem.output()
        if not self.modem.device.plugged:
            self._lose()
        elif self._receiver is not None:
            self._to_host.carry(data)
        self._arm()

    def carry(self, receiver: Receiver, data: bytes) -> None:
        """Take what a client writes; one that lost the line writes to nobody."""
        if receiver is self._receiver:
            self._to_modem.carry(data)

    def release(self, receiver: Receiver) -> None:
        """The client closed the line."""
        if receiver is self._receiver:
            self._lose()

    def _lose(self) -> None:
        receiver, self._receiver = self._receiver, None
        self._to_modem.drop()
        self._to_host.drop()
        if receiver is not None:
            receiver.lost(CLOSED)

    def _arrived(self, data: bytes) -> None:
        self.modem.feed(data)
        self.flush()

    def _deliver(self, data: bytes) -> None:
        if self._receiver is not None:
            self._receiver.received(data)

    def _arm(self) -> None:
        due = self.modem.due()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if due is None else asyncio.get_running_loop().call_at(due, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self.modem.tick()
        self.flush()


class SimulatedPorts:
    """The ports of one host: `connect` opens the line that has the asked path now."""

    def __init__(self, *lines: SimulatedLine) -> None:
        self.lines = lines

    def __iter__(self) -> Iterator[str]:
        """The paths that are there now."""
        return (line.port for line in self.lines if line.modem.device.plugged)

    async def connect(self, settings: LineSettings, receiver: Receiver) -> Wire:
        """Open it. Raises PortUnavailable when no modem has that path, or it is open."""
        for line in self.lines:
            if line.port == settings.port and line.modem.device.plugged:
                return await line.connect(settings, receiver)
        raise PortUnavailable("The port cannot be used: No such file or directory.")


def _tempered(traits: Traits, temper: Temper) -> Traits:
    return replace(traits, noise=max(traits.noise, NOISE_RATE)) if temper is Temper.NOISY else traits


class _Direction:
    """One wire of the cable: octets leave in the order they came, in pieces and at the pace of the temper."""

    def __init__(self, temper: Temper, deliver: Callable[[bytes], None]) -> None:
        self._whole = temper in (Temper.PLAIN, Temper.NOISY)
        self._seconds = OCTET_SECONDS if temper is Temper.SLOW else 0.0
        self._deliver = deliver
        self._queue = bytearray()
        self._next: asyncio.Handle | None = None

    def carry(self, data: bytes) -> None:
        self._queue += data
        self._arm()

    def drop(self) -> None:
        self._queue.clear()

    def _arm(self) -> None:
        if not self._queue or self._next is not None:
            return
        loop = asyncio.get_running_loop()
        self._next = loop.call_later(self._seconds, self._step) if self._seconds else loop.call_soon(self._step)

    def _step(self) -> None:
        self._next = None
        count = len(self._queue) if self._whole else 1
        piece = bytes(self._queue[:count])
        del self._queue[:count]
        if piece:
            self._deliver(piece)
        self._arm()


class _Plug:
    """A client's end."""

    def __init__(self, line: SimulatedLine, receiver: Receiver) -> None:
        self._line = line
        self._receiver = receiver

    def write(self, data: bytes) -> None:
        self._line.carry(self._receiver, data)

    async def close(self) -> None:
        self._line.release(self._receiver)
