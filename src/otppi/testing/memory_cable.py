"""A serial cable in memory: connects a modem line to a far end in the same process, with four tempers.

Plain delivers at once, byte-wise one octet at a time, slow one octet a millisecond, noisy puts unsolicited lines
between the modem's lines (seeded). `pull` and `plug` are the hand that unplugs. Not a pty, no thread, no socket.
"""

from __future__ import annotations

import asyncio
import random
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from otppi.modems.errors import PortUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.modems.transport import Receiver, Wire
    from otppi.ports.modem import LineSettings

SLOW_SECONDS = 0.001
NOISE = (b"\r\n^RSSI:17\r\n", b"\r\n^BOOT:12345678,0,0,0,72\r\n", b'\r\n+CREG: 1,"00C3","1A2B"\r\n', b"\r\nRING\r\n")


class Temper(StrEnum):
    """How a cable carries bytes."""

    PLAIN = "plain"
    BYTEWISE = "bytewise"
    SLOW = "slow"
    NOISY = "noisy"


class FarEnd(Protocol):
    """What sits at the other end and plays the modem."""

    def attached(self, say: Callable[[bytes], None]) -> None:
        """The host opened the line; `say` sends to it."""

    def heard(self, data: bytes) -> None:
        """The host sent bytes."""


class MemoryCable:
    """Pass `cable.connect` as the `connect` of a SerialModem."""

    def __init__(self, far_end: FarEnd, temper: Temper = Temper.PLAIN, *, seed: int = 1) -> None:
        self.opened = 0
        self._far_end = far_end
        self._temper = temper
        self._chance = random.Random(seed)  # noqa: S311 - repeatable noise, no secret
        self._plugged = True
        self._receiver: Receiver | None = None
        self._due = 0.0

    async def connect(self, settings: LineSettings, receiver: Receiver) -> Wire:  # noqa: ARG002 - the cable is the port
        """Opens the line. Raises PortUnavailable while pulled or already open."""
        if not self._plugged:
            raise PortUnavailable("The port cannot be used: No such file or directory.")
        if self._receiver is not None:
            raise PortUnavailable("The port cannot be used: Device or resource busy.")
        self._receiver = receiver
        self.opened += 1
        self._far_end.attached(lambda data: self._say(receiver, data))
        return _Plug(self, receiver)

    def pull(self) -> None:
        """Unplugs: the host loses the line now and cannot open it until `plug`."""
        self._plugged = False
        receiver, self._receiver = self._receiver, None
        if receiver is not None:
            receiver.lost("The port was closed.")

    def plug(self) -> None:
        """Plugs in again."""
        self._plugged = True

    def carry(self, receiver: Receiver, data: bytes) -> None:
        """Takes what the host writes to the far end."""
        if receiver is self._receiver:
            asyncio.get_running_loop().call_soon(self._far_end.heard, data)

    def release(self, receiver: Receiver) -> None:
        """The host closed the line."""
        if receiver is self._receiver:
            self._receiver = None
            receiver.lost("The port was closed.")

    def _say(self, receiver: Receiver, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        if self._temper is Temper.NOISY:
            data = re.sub(rb"(?<=\n)(?=\r\n)|\Z", lambda _: self._noise(), data)
        if self._temper in (Temper.PLAIN, Temper.NOISY):
            loop.call_soon(self._deliver, receiver, data)
            return
        for octet in data:
            self._due = max(self._due, loop.time()) + (SLOW_SECONDS if self._temper is Temper.SLOW else 1e-9)
            loop.call_at(self._due, self._deliver, receiver, bytes([octet]))

    def _noise(self) -> bytes:
        return self._chance.choice(NOISE) if self._chance.random() < 0.5 else b""

    def _deliver(self, receiver: Receiver, data: bytes) -> None:
        if receiver is self._receiver:
            receiver.received(data)


class _Plug:
    def __init__(self, cable: MemoryCable, receiver: Receiver) -> None:
        self._cable = cable
        self._receiver = receiver

    def write(self, data: bytes) -> None:
        self._cable.carry(self._receiver, data)

    async def close(self) -> None:
        self._cable.release(self._receiver)
