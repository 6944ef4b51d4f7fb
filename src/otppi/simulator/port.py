"""A simulated modem behind a descriptor: what a pty and a TCP connection have in common. No AT here."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    from otppi.simulator.modem import SimulatedModem

_CHUNK = 65_536
_MOST_PENDING = 65_536


class Port(ABC):
    """Carries octets and deadlines of one modem while it is plugged in. All methods belong to the loop's thread."""

    def __init__(self, modem: SimulatedModem, loop: asyncio.AbstractEventLoop) -> None:
        self.modem = modem
        self._loop = loop
        self._line = -1
        self._pending = bytearray()
        self._timer: asyncio.TimerHandle | None = None

    @property
    @abstractmethod
    def name(self) -> str:
        """What clients open now."""

    @property
    @abstractmethod
    def is_open(self) -> bool:
        """Whether a client could open it."""

    @abstractmethod
    def open(self) -> None:
        """Make it there for clients. Raises OSError."""

    @abstractmethod
    def close(self) -> None:
        """It is gone: clients see a hang-up. Nothing happens when it is closed already."""

    @property
    @abstractmethod
    def heard(self) -> bool:
        """Whether somebody is there who could read."""

    def stop(self) -> None:
        """Close for good."""
        self.close()
        if self._timer is not None:
            self._timer.cancel()

    def unplug(self) -> None:
        """Power and port vanish."""
        self.modem.unplug()
        self.flush()

    def replug(self, link: str | None = None) -> None:  # noqa: ARG002 - where there are links
        """Power is back on a new port, under another name if one is given."""
        if self.is_open:
            self.unplug()
        self.modem.plug()
        self.flush()

    def flush(self) -> None:
        """Bring outside what the modem did: octets, its coming and going, its next deadline."""
        if not self.modem.device.plugged:
            self.close()
        elif not self.is_open:
            self.open()
        data = self.modem.output()
        if data and self.is_open and self.heard:
            self._write(data)
        self._arm()

    def _arm(self) -> None:
        due = self.modem.due()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if due is None else self._loop.call_at(due, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self.modem.tick()
        self.flush()

    def _attach(self, line: int) -> None:
        self._line = line
        self._loop.add_reader(line, self._readable)

    def _detach(self) -> None:
        """Forget the descriptor and what did not leave; closing it is the caller's."""
        self._loop.remove_reader(self._line)
        self._loop.remove_writer(self._line)
        self._line = -1
        self._pending.clear()

    def _readable(self) -> None:
        try:
            data = os.read(self._line, _CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except ConnectionError:
            data = b""
        self._came(data)

    def _came(self, data: bytes) -> None:
        """Octets from the client; none means that it is gone."""
        self.modem.feed(data)
        self.flush()

    def _write(self, data: bytes) -> None:
        if not self._pending:
            data = data[self._written(data) :]
            if data:
                self._loop.add_writer(self._line, self._writable)
        self._pending += data[: _MOST_PENDING - len(self._pending)]

    def _writable(self) -> None:
        del self._pending[: self._written(bytes(self._pending))]
        if not self._pending:
            self._loop.remove_writer(self._line)

    def _written(self, data: bytes) -> int:
        try:
            return os.write(self._line, data)
        except (BlockingIOError, InterruptedError):
            return 0
        except ConnectionError:
            return len(data)
