"""The embedded store: SQLite with one writer thread and group commit. Knows no key and no text in clear."""

from __future__ import annotations

from otppi.store.errors import StoreDamaged, StoreError, StoreTooNew, WrongKey
from otppi.store.link import Source
from otppi.store.rekey import Lost
from otppi.store.sqlite import SqliteStore, open_store, replace_key
from otppi.store.writer import InlineWriter, ThreadedWriter, Writer

__all__ = [
    "InlineWriter",
    "Lost",
    "Source",
    "SqliteStore",
    "StoreDamaged",
    "StoreError",
    "StoreTooNew",
    "ThreadedWriter",
    "Writer",
    "WrongKey",
    "open_store",
    "replace_key",
]
