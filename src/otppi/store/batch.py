"""How operations become a transaction: run together, committed once, none harmed by another's failure.

An operation is a function of the connection. It may be run twice, so it changes nothing but the store.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from otppi.ports.store import StoreUnavailable
from otppi.store.link import Link

if TYPE_CHECKING:
    from collections.abc import Sequence

Op = Callable[[Link], object]
Hook = Callable[[], None]

UNAVAILABLE: Final = "the store cannot commit"


@dataclass(frozen=True, slots=True)
class Done:
    """The operation is in the transaction; `value` is what it gave."""

    value: object


@dataclass(frozen=True, slots=True)
class Failed:
    """The operation raised; nothing of it is in the transaction."""

    error: Exception


Result = Done | Failed


class _Torn(Exception):
    """An operation failed after it had written something."""


def nothing() -> None:
    """The hook that does nothing."""


def run_batch(link: Link, ops: Sequence[Op], before_commit: Hook = nothing) -> list[Result]:
    """Run `ops` in order in one transaction and commit it: a result for each.

    Raises StoreUnavailable when the commit fails or the file cannot be written: then none of them happened.
    An error from `before_commit` undoes all of them and goes out as it is.
    """
    try:
        return _commit(link, ops, _plain, before_commit)
    except _Torn:
        # Savepoints cost two statements for each operation, so they are taken only once they are needed.
        return _commit(link, ops, _guarded, before_commit)


def run_reads(link: Link, ops: Sequence[Op]) -> list[Result]:
    """Run `ops`, each on its own, without a transaction. Raises StoreUnavailable when the file cannot be read."""
    try:
        return [_plain(link, op) for op in ops]
    except sqlite3.Error as error:
        raise StoreUnavailable(UNAVAILABLE) from error


def _commit(link: Link, ops: Sequence[Op], run: Callable[[Link, Op], Result], before_commit: Hook) -> list[Result]:
    try:
        link.begin()
        results = [run(link, op) for op in ops]
        before_commit()
        link.execute("COMMIT")
    except sqlite3.Error as error:
        link.roll_back()
        raise StoreUnavailable(UNAVAILABLE) from error
    except BaseException:
        link.roll_back()
        raise
    return results


def _plain(link: Link, op: Op) -> Result:
    before = link.total_changes
    try:
        return Done(op(link))
    except Exception as error:
        if _is_storage(error):
            raise
        if link.total_changes != before:
            raise _Torn from error
        return Failed(error)


def _guarded(link: Link, op: Op) -> Result:
    link.execute("SAVEPOINT op")
    try:
        result: Result = Done(op(link))
    except Exception as error:
        if _is_storage(error):
            raise
        link.execute("ROLLBACK TO op")
        link.tide = 0.0
        result = Failed(error)
    link.execute("RELEASE op")
    return result


def _is_storage(error: Exception) -> bool:
    """True for errors of the file; a broken constraint belongs to the operation that broke it."""
    return isinstance(error, sqlite3.Error) and not isinstance(error, sqlite3.IntegrityError)
