"""Gives the space of deleted rows back to the disk. For a store that nobody else has open: it is written anew."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from otppi.ports.store import StoreUnavailable
from otppi.store.link import Source

if TYPE_CHECKING:
    from pathlib import Path


def compact(path: Path) -> tuple[int, int]:
    """Write the store at `path` anew without its free pages; its octets before and after. Blocks; the caller holds the
    directory lock, and the disk has room for it once more. Raises StoreUnavailable; the store is as before then."""
    before = path.stat().st_size
    # The copy that SQLite makes is as large as the store, too large for the memory of a small machine.
    os.environ["SQLITE_TMPDIR"] = str(path.parent)
    try:
        with closing(Source(path).connect()) as link:
            link.execute("PRAGMA temp_store = FILE")
            link.execute("VACUUM")
            link.checkpoint()
    except sqlite3.Error as error:
        raise StoreUnavailable(f"the store cannot be written anew: {error}") from error
    return before, path.stat().st_size
