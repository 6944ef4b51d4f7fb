"""The client of the control socket, for tests, demos and benchmarks; blocking and asyncio."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

from otppi.simulator.errors import OrderRefused
from otppi.simulator.socketpath import SOCKET_NAME, short_name

Answers = dict[str, dict[str, Any]]
"""What each modem answered, by its name."""

_LINE = 1 << 20


class SimulatorControl:
    """Gives orders to a running simulator; each order is one connection. The words are those of `orders.ORDERS`."""

    def __init__(self, path: Path | str, *, timeout: float = 5.0) -> None:
        """`path` is the simulator's directory or its control.sock; `timeout` in seconds for one order."""
        given = Path(path)
        self.path = given / SOCKET_NAME if given.is_dir() else given
        self._timeout = timeout

    def order(self, do: str, modem: str = "all", **fields: object) -> Answers:
        """Give one order. Raises OrderRefused, OSError when nobody serves, TimeoutError."""
        with short_name(self.path) as name, socket.socket(socket.AF_UNIX) as line:
            line.settimeout(self._timeout)
            line.connect(name)
            line.sendall(_request(do, modem, fields))
            with line.makefile("rb") as answers:
                return _result(answers.readline())

    async def order_async(self, do: str, modem: str = "all", **fields: object) -> Answers:
        """The same without blocking the loop."""
        async with asyncio.timeout(self._timeout):
            with short_name(self.path) as name:
                reader, writer = await asyncio.open_unix_connection(name, limit=_LINE)
            try:
                writer.write(_request(do, modem, fields))
                return _result(await reader.readline())
            finally:
                writer.close()
                await writer.wait_closed()

    def status(self, modem: str = "all") -> Answers:
        """State, faults and counters."""
        return self.order("status", modem)

    async def status_async(self, modem: str = "all") -> Answers:
        """The same without blocking the loop."""
        return await self.order_async("status", modem)


def _request(do: str, modem: str, fields: dict[str, object]) -> bytes:
    return json.dumps({"do": do, "modem": modem} | fields).encode() + b"\n"


def _result(line: bytes) -> Answers:
    if not line:
        raise ConnectionResetError("the simulator hung up")
    answer = json.loads(line)
    if not answer["ok"]:
        raise OrderRefused(answer["error"])
    modems: Answers = answer["modems"]
    return modems
