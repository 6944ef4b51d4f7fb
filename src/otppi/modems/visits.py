"""Ports in use, and visits: a port opened to hear who answers there, then kept as it is or closed.

One register for the whole process: a device that one of us holds is never opened by another of us, whatever path leads
to it.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from otppi.at.engine import AtEngine
from otppi.at.profiles.generic import GENERIC
from otppi.at.urc import Urc
from otppi.modems.errors import PortUnavailable
from otppi.modems.talk import Talk
from otppi.modems.transport import open_port

if TYPE_CHECKING:
    from otppi.at.events import Dialogue, News
    from otppi.modems.transport import Connect, Receiver, Wire
    from otppi.ports.modem import LineSettings

T = TypeVar("T")

INTRODUCTION_SECONDS: Final = 4.0
_IN_USE: Final = "The port is in use by another modem of this gateway."


def device_of(path: str) -> str:
    """The device behind a path: two names of one device give the same."""
    return os.path.realpath(path)


class PortsInUse:
    """Which modem of this process holds which device."""

    def __init__(self) -> None:
        self._holds: dict[str, Hold] = {}

    def holds(self, name: str) -> bool:
        """Whether this modem holds a port."""
        return any(hold.name == name for hold in self._holds.values())

    def holder(self, path: str) -> str | None:
        """The modem that holds the device behind this path, None where nobody of us does."""
        hold = self._holds.get(device_of(path))
        return None if hold is None else hold.name

    def claim(self, name: str, path: str) -> Hold:
        """Take the device behind a path, for a visit at first. Raises PortUnavailable where it is held."""
        device = device_of(path)
        if device in self._holds:
            raise PortUnavailable(_IN_USE)
        self._holds[device] = hold = Hold(self, name, device)
        return hold

    async def until_decided(self, path: str) -> None:
        """Until no visit is under way there: it was given back, or somebody keeps it."""
        device = device_of(path)
        while (hold := self._holds.get(device)) is not None and not hold.decided.is_set():
            await hold.decided.wait()

    def release(self, hold: Hold) -> None:
        """Give a device back; twice is once."""
        if self._holds.get(hold.device) is hold:
            del self._holds[hold.device]
        hold.decided.set()


class Hold:
    """One device in the hands of one modem. `decided` is set when it is kept or given back."""

    def __init__(self, register: PortsInUse, name: str, device: str) -> None:
        self.name = name
        self.device = device
        self.decided = asyncio.Event()
        self._register = register

    def release(self) -> None:
        """Give it back."""
        self._register.release(self)


class Visit:
    """An open port. End it with `hand_over` or `close`. `talkative`: it said something unasked while it was asked."""

    def __init__(self, settings: LineSettings, hold: Hold) -> None:
        self.settings = settings
        self.talkative = False
        self._hold = hold
        self._wire: Wire | None = None
        self._receiver: Receiver | None = None
        self._lost: str | None = None

    @property
    def path(self) -> str:
        """The port that is open."""
        return self.settings.port

    async def open(self, connect: Connect) -> None:
        """Open the port. Raises PortUnavailable."""
        self._wire = await connect(self.settings, self)

    async def ask(self, dialogue: Dialogue[T], seconds: float = INTRODUCTION_SECONDS) -> T | None:
        """What came of a dialogue; None where it was not through in time. Raises PortUnavailable where it is lost."""
        talk = Talk(self.settings.name, AtEngine(GENERIC), self._hear, _ignore)
        await talk.connect(self._lend, self.settings)
        try:
            async with asyncio.timeout(seconds):
                return await talk.drive(dialogue)
        except TimeoutError:
            return None
        finally:
            self._receiver = None
            talk.lost("The visit is over.")

    def keep(self) -> None:
        """It stays open: nobody need wait for the end of the visit."""
        self._hold.decided.set()

    def hand_over(self, receiver: Receiver) -> Wire:
        """The open line for its driver. Raises PortUnavailable where it was lost meanwhile."""
        if self._lost is not None:
            raise PortUnavailable(self._lost)
        self.keep()
        self._receiver = receiver
        return self

    def write(self, data: bytes) -> None:
        """See `transport.Wire`."""
        if self._wire is not None:
            self._wire.write(data)

    async def close(self) -> None:
        """See `transport.Wire`; the device is free for others afterwards."""
        try:
            if self._wire is not None:
                await self._wire.close()
        finally:
            self._hold.release()

    def received(self, data: bytes) -> None:
        """See `transport.Receiver`."""
        if self._receiver is not None:
            self._receiver.received(data)

    def lost(self, reason: str) -> None:
        """See `transport.Receiver`."""
        self._lost = reason
        self._hold.release()
        if self._receiver is not None:
            self._receiver.lost(reason)

    def _hear(self, news: News) -> None:
        self.talkative = self.talkative or isinstance(news, Urc)

    async def _lend(self, _settings: LineSettings, receiver: Receiver) -> Wire:
        if self._lost is not None:
            raise PortUnavailable(self._lost)
        self._receiver = receiver
        return self


async def visit(register: PortsInUse, settings: LineSettings, path: str, connect: Connect = open_port) -> Visit:
    """Open `path` with these settings for the modem they name. Raises PortUnavailable."""
    made = Visit(replace(settings, port=path), register.claim(settings.name, path))
    try:
        await made.open(connect)
    except BaseException:
        await made.close()
        raise
    return made


def _ignore(_: str) -> None:
    """Why a line was lost is kept by the visit itself."""
