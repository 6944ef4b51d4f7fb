"""Opens a port and moves bytes. Knows nothing of AT.

`tcp://host:port` is a TCP stream (ser2net, terminal servers); everything else is the path of a character device,
opened by serialx, a pty included.
"""

from __future__ import annotations

import asyncio
import logging
import os
import stat
from collections.abc import Awaitable, Callable
from typing import Protocol, runtime_checkable
from urllib.parse import urlsplit

import serialx

from otppi.modems.errors import PortUnavailable
from otppi.ports.modem import Identity, LineSettings

TCP = "tcp://"


class Receiver(Protocol):
    """The end that hears. Called on the event loop."""

    def received(self, data: bytes) -> None:
        """Bytes came."""

    def lost(self, reason: str) -> None:
        """The line is gone; nothing comes after this."""


class Wire(Protocol):
    """An open line."""

    def write(self, data: bytes) -> None:
        """Send; never raises, never waits: a dead line tells the receiver."""

    async def close(self) -> None:
        """Drop what is unsent and free the port; it can be opened again when this returns."""


@runtime_checkable
class Placed(Protocol):
    """A wire that knows where it was opened, which need not be where it was configured."""

    @property
    def path(self) -> str:
        """The port that is open."""


Connect = Callable[[LineSettings, Receiver], Awaitable[Wire]]
"""Opens the port of a line. Raises PortUnavailable; returns a wire that already feeds the receiver."""

Look = Callable[[LineSettings], frozenset[object]]
"""What may be the modem of a line now: marks that are only compared. A new one is worth an attempt to open at once."""

Admit = Callable[[str, Identity], bool]
"""Whether a modem that answers on the line of that name may be driven as that one."""


async def open_port(settings: LineSettings, receiver: Receiver) -> Wire:
    """Opens what `settings.port` names. Raises PortUnavailable with a plain reason."""
    ear = _Ear(receiver)
    try:
        if settings.port.startswith(TCP):
            transport = await _open_tcp(settings.port, ear)
        else:
            transport = await _open_device(settings, ear)
    except (OSError, ValueError, serialx.SerialException) as error:
        raise PortUnavailable(_plain(error)) from None
    return _TransportWire(transport, ear)


def port_mark(port: str) -> tuple[int, ...] | None:
    """Changes when the device behind a path is replaced; None while there is none. Always () for TCP."""
    if port.startswith(TCP):
        return ()
    try:
        link, device = os.lstat(port), os.stat(port)  # noqa: PTH116 - the raw numbers are wanted
    except OSError:
        return None
    made = (link.st_ino, link.st_ctime_ns) if stat.S_ISLNK(link.st_mode) else ()
    return (*made, device.st_ino, device.st_rdev)


def anybody(_name: str, _who: Identity) -> bool:
    """As `Admit`: whoever answers."""
    return True


def look_at_port(settings: LineSettings) -> frozenset[object]:
    """As `Look`: the device behind the configured path and nothing else."""
    mark = port_mark(settings.port)
    return frozenset() if mark is None else frozenset({mark})


async def until_new(look: Callable[[], frozenset[object]], before: frozenset[object], wait: float, poll: float) -> bool:
    """Waits `wait` seconds, less if something is there that was not `before`; looked for every `poll` seconds.

    Whether something new ended it.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + wait
    while (rest := until - loop.time()) > 0:
        await asyncio.sleep(min(rest, poll))
        if look() - before:
            return True
    return False


class _Ear(asyncio.Protocol):
    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self.gone = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        self._receiver.received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.gone.done():
            self.gone.set_result(None)
        self._receiver.lost("The port was closed." if exc is None else _plain(exc))


class _TransportWire:
    def __init__(self, transport: asyncio.WriteTransport, ear: _Ear) -> None:
        self._transport = transport
        self._ear = ear

    def write(self, data: bytes) -> None:
        try:
            self._transport.write(data)
        except OSError as error:
            self._ear.connection_lost(error)

    async def close(self) -> None:
        self._transport.abort()
        await asyncio.wait({self._ear.gone}, timeout=5)


async def _open_tcp(port: str, ear: _Ear) -> asyncio.WriteTransport:
    where = urlsplit(port)
    if where.hostname is None or where.port is None:
        raise ValueError("a TCP port is written tcp://host:port")
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(lambda: ear, where.hostname, where.port)
    return transport


async def _open_device(settings: LineSettings, ear: _Ear) -> asyncio.WriteTransport:
    # serialx writes every octet it moves to its debug log: message texts must not go there, whatever the level.
    for name in ("serialx", "serialx.descriptor_transport", "serialx.platforms.serial_posix"):
        logging.getLogger(name).setLevel(logging.WARNING)
    transport, _ = await serialx.create_serial_connection(
        asyncio.get_running_loop(),
        lambda: ear,
        settings.port,
        settings.baud,
        parity=serialx.Parity(settings.parity),
        stopbits=serialx.StopBits(settings.stop_bits),
        exclusive=True,
    )
    return transport


def _plain(error: Exception) -> str:
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"The port cannot be used: {words}."
