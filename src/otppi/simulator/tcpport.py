"""A simulated modem behind a TCP port, as behind a terminal server in raw mode: one client at a time. No AT here.

A client that comes while another is there is hung up on; one that goes has lost its line, the modem goes on.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from otppi.simulator.errors import BadAddress, UnknownOrder
from otppi.simulator.port import Port

if TYPE_CHECKING:
    import asyncio

    from otppi.simulator.modem import SimulatedModem


class TcpPort(Port):
    """Listens on `host` and `port` while the modem is plugged in; port 0 takes a free one and keeps it."""

    def __init__(self, modem: SimulatedModem, host: str, port: int, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(modem, loop)
        self._host, self._port = host, port
        self._listener: socket.socket | None = None
        self._client: socket.socket | None = None

    @property
    def name(self) -> str:
        """Its address."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"tcp://{host}:{self._port}"

    @property
    def is_open(self) -> bool:
        """It listens."""
        return self._listener is not None

    @property
    def heard(self) -> bool:
        """A client is connected."""
        return self._client is not None

    def replug(self, link: str | None = None) -> None:
        """Power is back on the same port: a terminal server's does not change. Raises UnknownOrder for a link."""
        if link is not None:
            raise UnknownOrder("a TCP modem keeps its port: give no link")
        super().replug()

    def open(self) -> None:
        """Listen. Raises BadAddress."""
        try:
            listener = socket.create_server((self._host, self._port), family=_family(self._host), backlog=4)
        except (OSError, OverflowError) as error:
            reason = error.strerror if isinstance(error, OSError) else "there is no such port"
            raise BadAddress(f"{self.name} cannot be listened on: {reason}") from None
        listener.setblocking(False)  # noqa: FBT003 - the interface of sockets
        self._port = listener.getsockname()[1]
        self._listener = listener
        self._loop.add_reader(listener.fileno(), self._accept, listener)
        self.flush()

    def close(self) -> None:
        """Hang up, and listen no more."""
        if self._listener is None:
            return
        self._loop.remove_reader(self._listener.fileno())
        self._listener.close()
        self._listener = None
        self._hang_up()

    def _accept(self, listener: socket.socket) -> None:
        try:
            client, _ = listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionError):
            return
        if self._client is not None:
            client.close()
            return
        client.setblocking(False)  # noqa: FBT003 - the interface of sockets
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client = client
        self._attach(client.fileno())

    def _came(self, data: bytes) -> None:
        if data:
            super()._came(data)
        else:
            self._hang_up()

    def _hang_up(self) -> None:
        if self._client is not None:
            self._detach()
            self._client.close()
            self._client = None


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
