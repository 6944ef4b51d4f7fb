"""One connection to the SQLite file, with the settings every connection has. Knows no table but `tide`.

Page size, checkpoint size and the other numbers were chosen by measurement (tests/integration/measure_store.py).
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from pathlib import Path

Synchronous = Literal["FULL", "OFF"]

PAGE_SIZE: Final = 2048
"""Half the octets per SMS of 4096; at 1024 an ordinary message no longer fits into a page."""
CHECKPOINT_PAGES: Final = 4096
"""A checkpoint every 8 MiB of log: a page that many messages share is then written back once for all of them."""
TIDE_LAG_SECONDS: Final = 10.0
"""How far the kept newest time may lag behind, so that not every commit writes one more page."""

BUSY_MILLISECONDS: Final = 5000
"""How long an operation waits for another process, a backup for instance, before it says that it cannot commit."""

_SETTINGS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cache_size = -4096",
    f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}",
    f"PRAGMA journal_size_limit = {CHECKPOINT_PAGES * PAGE_SIZE}",
)


class Link(sqlite3.Connection):
    """A connection in autocommit mode: transactions are begun and ended in so many words."""

    tide: float = 0.0
    highest: float = 0.0

    def stamp(self, at: float) -> None:
        """Remember gateway time `at` as one that is in the store."""
        self.highest = max(self.highest, at)
        if at > self.tide + TIDE_LAG_SECONDS:
            self.execute("UPDATE tide SET newest = max(newest, ?)", (at,))
            self.tide = at

    def begin(self) -> None:
        """Start a write transaction."""
        self.execute("BEGIN IMMEDIATE")

    def roll_back(self) -> None:
        """Undo what the open transaction did; harmless where there is none, or the file no longer answers."""
        self.tide = 0.0
        with suppress(sqlite3.Error):
            if self.in_transaction:
                self.execute("ROLLBACK")

    def checkpoint(self) -> bool:
        """Bring the log into the file and cut the log to nothing. False while somebody reads: it never waits."""
        self.execute("PRAGMA busy_timeout = 0")
        busy = self.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        self.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        return not busy

    def finish(self) -> None:
        """The last words of a writer: the newest time exactly, and an empty log."""
        if self.highest > self.tide:
            self.execute("UPDATE tide SET newest = max(newest, ?)", (self.highest,))
        self.checkpoint()


@dataclass(frozen=True, slots=True)
class Source:
    """Where a store's file is and how safe a commit is. `OFF` is for simulations: nothing outlives a power cut."""

    path: Path
    synchronous: Synchronous = "FULL"

    def connect(self) -> Link:
        """A fresh connection, usable from the thread that asked. Raises sqlite3.Error or OSError."""
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        link = sqlite3.connect(self.path, timeout=BUSY_MILLISECONDS / 1000, isolation_level=None, factory=Link)
        try:
            link.execute(f"PRAGMA page_size = {PAGE_SIZE}")
            for setting in _SETTINGS:
                link.execute(setting)
            link.execute(f"PRAGMA synchronous = {self.synchronous}")
        except BaseException:
            link.close()
            raise
        return link
