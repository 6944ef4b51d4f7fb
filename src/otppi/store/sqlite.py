"""One SQLite file as a store: opening it, and its subjects under one roof."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final, TypeVar

from otppi.domain.otp import MAX_WRONG_PER_CODE
from otppi.ports.store import StoreUnavailable
from otppi.store.accounts import SqliteAccounts
from otppi.store.errors import StoreDamaged, WrongKey
from otppi.store.history import SqliteHistory
from otppi.store.limits import SqliteLimits
from otppi.store.link import Link, Source, Synchronous
from otppi.store.listing import SqliteListing
from otppi.store.migrate import migrate
from otppi.store.modems import SqliteModems
from otppi.store.outbox import SqliteOutbox
from otppi.store.registry import SqliteRegistry, read_fact, write_fact
from otppi.store.rekey import KEY_FACT, Lost, rekey
from otppi.store.sims import SqliteSims
from otppi.store.subscribers import SqliteSubscribers
from otppi.store.tokens import SqliteTokens
from otppi.store.verifications import SqliteVerifications
from otppi.store.writer import ThreadedWriter, Writer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")

CHECK_LIMIT_BYTES: Final = 32 * 1024 * 1024
"""Up to this size a store that was not closed cleanly is checked at start (well under a second); a larger one would
delay the start by more than a crash is likely to have hurt it: SQLite's log makes it whole by itself."""


class SqliteStore:
    """Implements `otppi.ports.store.Store`. Made by `open_store`."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._outbox = SqliteOutbox(writer, MAX_WRONG_PER_CODE)
        self._listing = SqliteListing(writer)
        self._verifications = SqliteVerifications(writer)
        self._accounts = SqliteAccounts(writer)
        self._modems = SqliteModems(writer)
        self._registry = SqliteRegistry(writer)
        self._sims = SqliteSims(writer)
        self._tokens = SqliteTokens(writer)
        self._limits = SqliteLimits(writer)
        self._history = SqliteHistory(writer)
        self._subscribers = SqliteSubscribers(writer)

    @property
    def outbox(self) -> SqliteOutbox:
        return self._outbox

    @property
    def listing(self) -> SqliteListing:
        return self._listing

    @property
    def verifications(self) -> SqliteVerifications:
        return self._verifications

    @property
    def accounts(self) -> SqliteAccounts:
        return self._accounts

    @property
    def modems(self) -> SqliteModems:
        return self._modems

    @property
    def registry(self) -> SqliteRegistry:
        return self._registry

    @property
    def sims(self) -> SqliteSims:
        return self._sims

    @property
    def tokens(self) -> SqliteTokens:
        return self._tokens

    @property
    def limits(self) -> SqliteLimits:
        return self._limits

    @property
    def history(self) -> SqliteHistory:
        return self._history

    @property
    def subscribers(self) -> SqliteSubscribers:
        return self._subscribers

    def watch(self, on_batch: Callable[[int, float], None]) -> None:
        """Have each committed transaction told, perhaps in another thread: its operations, and its seconds."""
        self._writer.watch(on_batch)

    async def close(self) -> None:
        await self._writer.close()


def open_store(
    path: Path,
    *,
    key_id: str,
    synchronous: Synchronous = "FULL",
    writer: Callable[[Source], Writer] = ThreadedWriter,
) -> SqliteStore:
    """Open the store at `path`, or make it, and bring it up to date. Blocks; the caller holds the directory lock.

    A new store is bound to `key_id`. Raises StoreTooNew, WrongKey, StoreDamaged, or StoreUnavailable.
    """
    source = Source(path, synchronous)
    _once(source, lambda link: _claim_key(link, key_id))
    return SqliteStore(writer(source))


def replace_key(path: Path, *, key_id: str, now: float) -> Lost:
    """Bind the store to another key and end all that only the old key could read. Raises as `open_store`."""
    return _once(Source(path), lambda link: rekey(link, key_id, now))


def _once(source: Source, op: Callable[[Link], T]) -> T:
    """Open, check, migrate, run `op` in a transaction, close: so that the log is empty when the work begins."""
    unclean = _size(source.path.with_name(source.path.name + "-wal")) > 0
    try:
        with closing(source.connect()) as link:
            if unclean and _size(source.path) <= CHECK_LIMIT_BYTES:
                _check(link)
            migrate(link)
            return _transaction(link, op)
    except sqlite3.OperationalError as error:
        raise StoreUnavailable("the store cannot be opened") from error
    except sqlite3.DatabaseError as error:
        raise StoreDamaged("the store is damaged: restore it from a backup") from error
    except OSError as error:
        raise StoreUnavailable(f"the store cannot be opened: {error.strerror}") from error


def _transaction(link: Link, op: Callable[[Link], T]) -> T:
    link.begin()
    try:
        value = op(link)
        link.execute("COMMIT")
    except BaseException:
        link.roll_back()
        raise
    return value


def _check(link: Link) -> None:
    if link.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise StoreDamaged("the store is damaged: restore it from a backup")


def _claim_key(link: Link, key_id: str) -> None:
    known = read_fact(link, KEY_FACT)
    if known is None:
        write_fact(link, KEY_FACT, key_id)
    elif known != key_id:
        raise WrongKey(known, key_id)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
