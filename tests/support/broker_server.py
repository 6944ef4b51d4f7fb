"""What the door tests need of a real broker: started and stopped by pid on ports of its own, with TLS, a user, and the
client's side of publishing and listening. One file for each broker implements it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

USER, PASSWORD = "shop", "Correct-Horse-7"
"""Who may read and write every topic. `weak` with the same password may sign in and read nothing, where the broker
knows rights."""
WEAK_USER = "weak"


class BrokerServer(Protocol):
    """A broker in a folder of its own. Made by `Kind(folder)`, not yet started. Ports stay the same over restarts."""

    method: str
    """The word of `domain.subscriber.Method`."""
    port: int
    tls_port: int
    ca: Path
    """PEM of the authority that signed its certificate, which is good for 127.0.0.1 and localhost."""

    def start(self) -> None:
        """Start and wait until it takes connections. Raises AssertionError with its log otherwise."""

    def stop(self) -> None:
        """End it by its pid, orderly, and wait; helpers it started end too."""

    def kill(self) -> None:
        """SIGKILL, and wait."""

    def values(self, topic: str) -> dict[str, str]:
        """Rows of a subscriber (without the password) that reads `topic` as USER, in the mode that keeps messages where
        there is one; timeout 2 s, reconnect_delay 0.2 s, heartbeat 2 s."""

    async def publish(self, topic: str, bodies: Sequence[bytes]) -> None:
        """Publish as a client would, and return when the broker has them safely (as far as it can)."""

    async def left(self, topic: str) -> int:
        """How many messages of the subscriber's queue, stream or session the broker still keeps, unacknowledged ones
        among them; -1 where it cannot tell."""

    def listening(self, topic: str) -> AbstractAsyncContextManager[asyncio.Queue[bytes]]:
        """Bodies that are published to `topic` from now on, as a client that asked for a reply sees them."""


S = TypeVar("S", bound=BrokerServer)


@contextlib.contextmanager
def started(server: S) -> Iterator[S]:
    """Started, and stopped with the block."""
    server.start()
    try:
        yield server
    finally:
        server.stop()


def rows(port: int, topic: str, **own: str) -> dict[str, str]:
    """What `BrokerServer.values` gives, with the rows that are a broker's `own`."""
    patience = {"timeout": "2s", "reconnect_delay": "200ms", "heartbeat": "2s"}
    return {"host": "127.0.0.1", "port": str(port), "topic": topic, **patience, **own}


def free_port() -> int:
    """A TCP port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(holds: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
    """Wait for it; AssertionError with `what` after so long."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds:g} s: {what}"
        time.sleep(0.05)


def listens(port: int) -> bool:
    """Whether something takes connections on that port of 127.0.0.1."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5):
        return True
    return False


def end(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM, seconds: float = 10.0) -> None:
    """Signal the whole session of a process that was started with `start_new_session=True`, and wait for it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, how)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(seconds)
