"""Looks at a store without changing it, whether or not a gateway has it open. For the doctor."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final

from otppi.ports.diagnosis import KnownModem, StoreFacts
from otppi.store.migrate import steps
from otppi.store.rekey import KEY_FACT

if TYPE_CHECKING:
    from pathlib import Path

SQLITE_VERSION: Final = sqlite3.sqlite_version_info
CHECK_LIMIT_BYTES: Final = 256 * 1024 * 1024
"""A larger store is not checked while a gateway works: its log could not be cut meanwhile."""


def examine(path: Path, *, in_use: bool) -> StoreFacts:
    """What the store at `path` is like. `in_use` says that a gateway may write to it meanwhile. Never raises."""
    known = steps()[-1][0]
    try:
        octets = path.stat().st_size
        # Without this word SQLite would leave two files behind, and a reader of another user would own them.
        frozen = not in_use and _octets(path.with_name(path.name + "-wal")) == 0
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' * frozen}", uri=True)) as link:
            return _facts(link, octets, known, check=not in_use or octets <= CHECK_LIMIT_BYTES)
    except OSError as error:
        return StoreFacts(known=known, error=error.strerror or "it cannot be read")
    except sqlite3.Error as error:
        return StoreFacts(known=known, error=str(error))


def _facts(link: sqlite3.Connection, octets: int, known: int, *, check: bool) -> StoreFacts:
    found = int(link.execute("PRAGMA user_version").fetchone()[0])
    if not 0 < found <= known:
        return StoreFacts(known=known, found=found, octets=octets)
    key = link.execute("SELECT value FROM fact WHERE name = ?", (KEY_FACT,)).fetchone()
    modems = link.execute("SELECT name, port, active, internet FROM modem ORDER BY number").fetchall()
    return StoreFacts(
        known=known,
        found=found,
        octets=octets,
        damage=_damage(link) if check else None,
        key_id="" if key is None else key[0],
        newest=float(link.execute("SELECT newest FROM tide").fetchone()[0]),
        settings=dict(link.execute("SELECT name, value FROM setting").fetchall()),
        modems=tuple(KnownModem(name, port) for name, port, active, internet in modems if active and not internet),
        alarms=tuple(link.execute("SELECT kind, object, severity, remedy FROM alarm ORDER BY since").fetchall()),
    )


def _damage(link: sqlite3.Connection) -> str:
    answer = str(link.execute("PRAGMA quick_check(1)").fetchone()[0])
    return "" if answer == "ok" else answer


def _octets(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
