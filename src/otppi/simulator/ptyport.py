"""A simulated modem behind a pty and a link to it. No AT here."""

from __future__ import annotations

import fcntl
import os
import termios
import tty
from typing import TYPE_CHECKING

from otppi.simulator.port import Port

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path

    from otppi.simulator.modem import SimulatedModem
    from otppi.simulator.openwatch import OpenWatch


class PtyPort(Port):
    """Owns one pty while the modem is plugged in."""

    def __init__(self, modem: SimulatedModem, link: Path, watch: OpenWatch, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(modem, loop)
        self.link = link
        self._watch = watch
        self._slave = -1
        self._watch_number = -1
        self._clients = 0
        self._watched = False

    @property
    def name(self) -> str:
        """The name of the link."""
        return self.link.name

    @property
    def is_open(self) -> bool:
        """The pty is there."""
        return self._line >= 0

    @property
    def heard(self) -> bool:
        """A client has it open, as far as is known."""
        return bool(self._clients) or not self._watched

    def replug(self, link: str | None = None) -> None:
        """Power is back on a new pty; `link` gives it another name in the same directory."""
        if self.is_open:
            self.unplug()
        if link is not None:
            self.link = self.link.with_name(link)
        super().replug()

    def open(self) -> None:
        """A new pty, raw and without echo, and the link to it; an old link of that name is replaced."""
        master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(master, False)
        name = os.ttyname(self._slave)
        self._clients, self._watched = 0, False
        self._watch_number = self._watch.add(name, self._client_changed)
        self._attach(master)
        _point(self.link, name)
        self.flush()

    def close(self) -> None:
        """The port is gone: clients see a hang-up. Nothing happens when it is closed already."""
        if self._line < 0:
            return
        master = self._line
        self.link.unlink(missing_ok=True)
        self._watch.remove(self._watch_number)
        self._detach()
        os.close(master)
        os.close(self._slave)
        self._slave = -1

    def _came(self, data: bytes) -> None:
        self._watch.drain()
        super()._came(data)

    def _client_changed(self, opened: bool) -> None:
        self._watched = True
        self._clients = max(0, self._clients + (1 if opened else -1))
        if not self._clients:
            self._forget_client()

    def _forget_client(self) -> None:
        """As a serial port at its last close: unread input is lost, exclusive use ends, settings are as at first."""
        self._pending.clear()
        self._loop.remove_writer(self._line)
        fcntl.ioctl(self._slave, termios.TIOCNXCL)
        termios.tcflush(self._slave, termios.TCIFLUSH)
        tty.setraw(self._slave, termios.TCSANOW)


def _point(link: Path, target: str) -> None:
    """Replace `link` in one step, so that nobody sees it missing."""
    draft = link.with_name(f".{link.name}.new")
    draft.unlink(missing_ok=True)
    draft.symlink_to(target)
    draft.replace(link)
