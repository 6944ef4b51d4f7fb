"""Brings a store's tables to the version this program knows: numbered steps, forward only, each in a transaction.

A step is a file `migrations/NNNN_words.sql`; once shipped it is never changed.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from otppi.store.errors import StoreTooNew

if TYPE_CHECKING:
    from otppi.store.link import Link


def steps() -> list[tuple[int, str]]:
    """(version, SQL) of every step, in order."""
    folder = files("otppi.store") / "migrations"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(int(name[:4]), (folder / name).read_text("utf-8")) for name in names]


def version(link: Link) -> int:
    """The version the store has; 0 for an empty file."""
    return int(link.execute("PRAGMA user_version").fetchone()[0])


def migrate(link: Link) -> None:
    """Run the steps the store has not seen. Raises StoreTooNew where it has seen more than this program knows."""
    known = steps()
    found, newest = version(link), known[-1][0]
    if found > newest:
        raise StoreTooNew(found, newest)
    for number, sql in known:
        if number > found:
            _run(link, number, sql)


def _run(link: Link, number: int, sql: str) -> None:
    try:
        link.executescript(f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version = {number};\nCOMMIT;")
    except BaseException:
        link.roll_back()
        raise
