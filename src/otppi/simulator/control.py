"""The control socket: JSON lines, one order and one answer each. Reads no AT and keeps no state of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from typing import TYPE_CHECKING

from otppi.simulator.errors import UnknownOrder
from otppi.simulator.orders import Order, Station, perform
from otppi.simulator.socketpath import SOCKET_NAME, short_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


_LINE = 1 << 20
"""Octets of the longest order."""


class ControlServer:
    """Serves DIR/control.sock (0600) for the stations given by name."""

    def __init__(self, directory: Path, stations: Mapping[str, Station]) -> None:
        self._path = directory / SOCKET_NAME
        self._stations = stations
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Listen; a socket file left by a dead simulator is replaced. Raises OSError."""
        self._server = await asyncio.start_unix_server(self._serve, sock=_bound(self._path), limit=_LINE)

    async def stop(self) -> None:
        """Hang up and remove the file."""
        if self._server is None:
            return
        self._server.close()
        for writer in self._writers:
            writer.close()
        await self._server.wait_closed()
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while line := await reader.readline():
                writer.write(json.dumps(self._answer(line)).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    def _answer(self, line: bytes) -> dict[str, object]:
        try:
            return {"ok": True, "modems": self._performed(_fields(line))}
        except UnknownOrder as error:
            return {"ok": False, "error": str(error)}

    def _performed(self, fields: dict[str, object]) -> dict[str, object]:
        order = Order(fields)
        name = order.text("modem", "all")
        if name != "all" and name not in self._stations:
            raise UnknownOrder("no modem of that name")
        chosen = self._stations if name == "all" else {name: self._stations[name]}
        answers: dict[str, object] = {}
        for each, station in chosen.items():
            answers[each] = {"link": station.name} | perform(station, order)
            station.flush()
        return answers


def _fields(line: bytes) -> dict[str, object]:
    try:
        fields = json.loads(line)
    except ValueError:
        raise UnknownOrder("no JSON") from None
    if not isinstance(fields, dict):
        raise UnknownOrder("no JSON object")
    return fields


def _bound(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        with short_name(path) as name:
            listener.bind(name)
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(before)
    listener.setblocking(False)  # noqa: FBT003 - the interface of sockets
    return listener
