"""What the contract tests of the store share: the ways to run it, and the steps of their stories."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from otppi.domain.message import Change, Edge, Kind
from otppi.store import InlineWriter, SqliteStore, ThreadedWriter, open_store
from otppi.testing.samples import NOW, RECEIVER, sample_entry, sample_key, sample_message, sample_tag

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from otppi.ports.store import Entry, NoGuess, Ticket

    Maker = Callable[[Path], SqliteStore]

KEY_ID = "0123456789abcdef"
HOUR = 3600.0


def threaded(path: Path) -> SqliteStore:
    return open_store(path, key_id=KEY_ID, writer=ThreadedWriter)


def inline(path: Path) -> SqliteStore:
    return open_store(path, key_id=KEY_ID, synchronous="OFF", writer=InlineWriter)


MAKERS: tuple[Maker, ...] = (threaded, inline)
"""Every way the store can run; PostgreSQL will be one more."""


def otp_entry(number: int = 1, reference: str = "r1", content: str = "content", **options: Any) -> Entry:
    message = sample_message(number, kind=Kind.OTP, **options)
    return sample_entry(message, sample_key(reference, content=content, at=message.created))


def sms_entry(number: int = 1, *words: str, content: str = "content", strict: bool = False) -> Entry:
    return sample_entry(sample_message(number), *(sample_key(w, content=content, strict=strict) for w in words))


def hand(at: float = NOW + 1, modem: str = "east") -> Change:
    return Change(Edge.HAND, at, part=1, modem=modem)


def send(at: float = NOW + 3) -> Change:
    return Change(Edge.SEND, at, part=1, reference=7)


async def guess(store: SqliteStore, reference: str = "r1", now: float = NOW + 5) -> Ticket | NoGuess:
    return await store.verifications.begin_guess(
        sample_tag(reference), account="shop", receiver_tag=sample_tag(RECEIVER), now=now
    )


def rows(path: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as link:
        return link.execute(sql).fetchall()
