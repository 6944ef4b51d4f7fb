"""A simulated modem behind a pty and a link to it: the shell with the descriptors and the timer. No AT here."""

from __future__ import annotations

import fcntl
import os
import termios
import tty
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path

    from otppi.simulator.modem import SimulatedModem
    from otppi.simulator.openwatch import OpenWatch

_CHUNK = 65_536
_MOST_PENDING = 65_536


class PtyPort:
    """Owns one pty while the modem is plugged in. All methods belong to the loop's thread."""

    def __init__(self, modem: SimulatedModem, link: Path, watch: OpenWatch, loop: asyncio.AbstractEventLoop) -> None:
        self.modem = modem
        self.link = link
        self._watch = watch
        self._loop = loop
        self._master = -1
        self._slave = -1
        self._watch_number = -1
        self._clients = 0
        self._watched = False
        self._pending = bytearray()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def name(self) -> str:
        """The name of the link."""
        return self.link.name

    def open(self) -> None:
        """A new pty, raw and without echo, and the link to it; an old link of that name is replaced."""
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        name = os.ttyname(self._slave)
        self._clients, self._watched = 0, False
        self._watch_number = self._watch.add(name, self._client_changed)
        self._loop.add_reader(self._master, self._readable)
        _point(self.link, name)
        self.flush()

    def close(self) -> None:
        """The port is gone: clients see a hang-up. Nothing happens when it is closed already."""
        if self._master < 0:
            return
        self.link.unlink(missing_ok=True)
        self._watch.remove(self._watch_number)
        self._loop.remove_reader(self._master)
        self._loop.remove_writer(self._master)
        os.close(self._master)
        os.close(self._slave)
        self._master = self._slave = -1
        self._pending.clear()

    def stop(self) -> None:
        """Close for good."""
        self.close()
        if self._timer is not None:
            self._timer.cancel()

    def unplug(self) -> None:
        """Power and port vanish."""
        self.modem.unplug()
        self.flush()

    def replug(self, link: str | None = None) -> None:
        """Back on a new pty; `link` gives it another name in the same directory."""
        if self._master >= 0:
            self.unplug()
        if link is not None:
            self.link = self.link.with_name(link)
        self.modem.plug()
        self.open()

    def flush(self) -> None:
        """Bring outside what the modem did: octets, its disappearance, its next deadline."""
        data = self.modem.output()
        if not self.modem.device.plugged:
            self.close()
        elif data and (self._clients or not self._watched):
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

    def _readable(self) -> None:
        try:
            data = os.read(self._master, _CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        self._watch.drain()
        self.modem.feed(data)
        self.flush()

    def _write(self, data: bytes) -> None:
        if not self._pending:
            data = data[self._written(data) :]
            if data:
                self._loop.add_writer(self._master, self._writable)
        self._pending += data[: _MOST_PENDING - len(self._pending)]

    def _writable(self) -> None:
        del self._pending[: self._written(bytes(self._pending))]
        if not self._pending:
            self._loop.remove_writer(self._master)

    def _written(self, data: bytes) -> int:
        try:
            return os.write(self._master, data)
        except (BlockingIOError, InterruptedError):
            return 0

    def _client_changed(self, opened: bool) -> None:
        self._watched = True
        self._clients = max(0, self._clients + (1 if opened else -1))
        if not self._clients:
            self._forget_client()

    def _forget_client(self) -> None:
        """As a serial port at its last close: unread input is lost, exclusive use ends, settings are as at first."""
        self._pending.clear()
        self._loop.remove_writer(self._master)
        fcntl.ioctl(self._slave, termios.TIOCNXCL)
        termios.tcflush(self._slave, termios.TCIFLUSH)
        tty.setraw(self._slave, termios.TCSANOW)


def _point(link: Path, target: str) -> None:
    """Replace `link` in one step, so that nobody sees it missing."""
    draft = link.with_name(f".{link.name}.new")
    draft.unlink(missing_ok=True)
    draft.symlink_to(target)
    draft.replace(link)
