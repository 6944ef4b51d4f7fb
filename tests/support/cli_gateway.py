"""The command line in process, against the owner's operations behind a real control socket."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from typing import TYPE_CHECKING, Any

from otppi.app.operations.context import Context
from otppi.app.operations.table import Operations
from otppi.cli.main import main
from otppi.control.server import ControlServer
from otppi.intake.brokers.factory import check
from otppi.security.vault import Vault
from otppi.store.sqlite import open_store
from otppi.store.writer import InlineWriter

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

    import pytest

    from otppi.domain.secret import Secret
    from otppi.store.sqlite import SqliteStore


NOW = 1_800_000_000.0
PASSWORD = "Canary horse 7"


class SetClock:
    """A clock that stands."""

    trusted = True

    def now(self) -> float:
        return NOW

    def wall(self) -> float:
        return NOW


class Gateway:
    """The owner's operations on a real store behind a real control socket, in a thread of their own."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.vault = Vault(bytes(range(32)))
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()
        self.stop = asyncio.Event()
        self.thread = threading.Thread(target=lambda: self.loop.run_until_complete(self._serve()))
        self.store: SqliteStore

    async def _serve(self) -> None:
        path = self.data_dir / "otppi.db"
        self.store = open_store(path, key_id=self.vault.key_id, synchronous="OFF", writer=InlineWriter)
        operations = Operations(Context(self.store, self.vault, SetClock(), _hashed, check=check))
        async with ControlServer(self.data_dir / "run", operations.call):
            self.ready.set()
            await self.stop.wait()
        await self.store.close()

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run `work` where the store lives."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    def end(self) -> None:
        self.loop.call_soon_threadsafe(self.stop.set)
        self.thread.join(10)
        self.loop.close()


def _hashed(password: Secret[str]) -> str:
    return f"hash of {len(password.reveal())} characters"


class Said:
    """What a command said in process."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> None:
        self.code = main(arguments)
        self.out, self.err = capsys.readouterr()

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


class Terminal(io.StringIO):
    """Standard input with somebody at it."""

    def isatty(self) -> bool:
        return True


def typed(monkeypatch: pytest.MonkeyPatch, text: str, *, terminal: bool = False) -> None:
    """What is on standard input."""
    monkeypatch.setattr("sys.stdin", Terminal(text) if terminal else io.StringIO(text))
