"""The control socket of a running gateway: each line of JSON is one operation, each answer one line.

Request: {"operation": name, "params": {...}}. Answer: {"result": ...}, {"refused": sentence} or {"failed": sentence}.
Only processes of the same user or of root are heard. What is asked and answered is never logged.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import struct
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, Self

from otppi.control.address import NAME, REQUEST_LIMIT, short_address
from otppi.ports.operations import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    from otppi.ports.operations import Call

log = logging.getLogger(__name__)

IDLE_SECONDS: Final = 60.0
_CREDENTIALS: Final = struct.Struct("3i")
_ROOT: Final = 0


class ControlServer:
    """Serves `call` on the socket in `run_dir` while the context is open. Whoever opens it holds the directory's
    lock: a socket that is there already is a leftover, and is replaced."""

    def __init__(self, run_dir: Path, call: Call) -> None:
        self._run_dir = run_dir
        self._call = call
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()
        self._held = ExitStack()

    async def __aenter__(self) -> Self:
        """Listen. Raises OSError."""
        with ExitStack() as undo:
            listening = undo.enter_context(_listening(self._run_dir))
            self._server = await asyncio.start_unix_server(self._accept, sock=listening, limit=REQUEST_LIMIT)
            self._held = undo.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hear nobody new, break off who is talking, take the socket away."""
        if self._server is not None:
            self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        self._held.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.current_task()
        if talk is not None:
            self._talks.add(talk)
            talk.add_done_callback(self._talks.discard)
        try:
            if _is_owner(writer):
                await self._talk(reader, writer)
        except (OSError, TimeoutError):
            pass  # the other end went away or fell silent: nobody is left to be told
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                line = await asyncio.wait_for(reader.readline(), IDLE_SECONDS)
            except ValueError:  # longer than the limit; what follows cannot be told apart from the rest of it
                await _send(writer, {"refused": f"a request is at most {REQUEST_LIMIT} octets long"})
                return
            if not line.endswith(b"\n"):
                return
            await _send(writer, await self._answer(line))

    async def _answer(self, line: bytes) -> dict[str, object]:
        try:
            name, params = _request(line)
            return {"result": await self._call(name, params)}
        except Refused as refusal:
            return {"refused": str(refusal)}
        except Exception as error:  # noqa: BLE001 - one failed operation must not end the gateway
            log.error("operation failed error=%s", type(error).__name__)
            return {"failed": f"an error of the kind {type(error).__name__} that should not happen"}


@contextmanager
def _listening(run_dir: Path) -> Iterator[socket.socket]:
    """A listening socket. Its address stays good until the end, when the socket's file is taken away: event loops
    may ask for it meanwhile."""
    run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with short_address(run_dir) as address, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        os.fchmod(listening.fileno(), 0o600)  # before bind, so that the socket is never open to others
        _take_away(run_dir)
        listening.bind(address)
        listening.listen()
        listening.settimeout(0)
        try:
            yield listening
        finally:
            _take_away(run_dir)


def _take_away(run_dir: Path) -> None:
    with suppress(FileNotFoundError):
        (run_dir / NAME).unlink()


def _is_owner(writer: asyncio.StreamWriter) -> bool:
    """Whether the process at the other end runs as this user or as root (SO_PEERCRED, unix(7))."""
    descriptor = writer.get_extra_info("socket").fileno()
    with socket.socket(fileno=os.dup(descriptor)) as peer:
        credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, user, _ = _CREDENTIALS.unpack(credentials)
    if not is_admitted(user):
        log.warning("control socket: refused a process of another user uid=%s", user)
    return is_admitted(user)


def is_admitted(user: int) -> bool:
    """Whether a process of this user is heard."""
    return user in (os.geteuid(), _ROOT)


def _request(line: bytes) -> tuple[str, dict[str, Any]]:
    try:
        request = json.loads(line)
        name, params = request["operation"], request["params"]
    except (ValueError, TypeError, KeyError):
        raise Refused("a request is an object with operation and params") from None
    if not isinstance(name, str) or not isinstance(params, dict):
        raise Refused("a request is an object with operation and params")
    return name, params


async def _send(writer: asyncio.StreamWriter, answer: dict[str, object]) -> None:
    writer.write(json.dumps(answer).encode() + b"\n")
    await writer.drain()
