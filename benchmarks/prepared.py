"""Stores with many rows, made once for a run: what a gateway has after months, or after a night without its modems."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from otppi.domain.message import Change, Class, Edge, Kind, Message, Policy, Segment
from otppi.domain.secret import Secret
from otppi.ports.store import Entry, KeyClaim
from otppi.security import Vault
from otppi.store import SqliteStore, open_store

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS: Final = 100_000
_AT_ONCE: Final = 2000


def store_of(folder: Path, *, ended: bool) -> Path:
    """A data directory with 100,000 messages: sent long ago, or waiting for a modem and good for another day."""
    folder.mkdir(parents=True, mode=0o700)
    vault = Vault.from_file(Path(f"{folder}.key"), data_dir=folder, create=True)
    asyncio.run(_fill(folder / "otppi.db", vault, ended=ended))
    return folder


async def _fill(path: Path, vault: Vault, *, ended: bool) -> None:
    store = open_store(path, key_id=vault.key_id)
    now = time.time() - (86_400 if ended else 10)
    for first in range(0, ROWS, _AT_ONCE):
        entries = [_entry(vault, now, number) for number in range(first, first + _AT_ONCE)]
        await asyncio.gather(*(_put(store, entry, ended=ended) for entry in entries))
    await store.close()


async def _put(store: SqliteStore, entry: Entry, *, ended: bool) -> None:
    message = entry.message
    await store.outbox.accept(entry, now=message.created)
    if ended:
        at = message.created + 3
        await store.outbox.settle(message.id, _sent(at))


def _sent(at: float) -> Sequence[Change]:
    hand = Change(Edge.HAND, at, part=1, modem="m0", note="default modem m0; 1 modem can take it")
    return (hand, Change(Edge.SEND, at + 3, part=1, reference=7))


def _entry(vault: Vault, now: float, number: int) -> Entry:
    id_ = vault.identifier(now)
    message = Message(
        id=id_,
        account="shop",
        kind=Kind.SMS,
        klass=Class.NORMAL,
        receiver=f"62812{number:08}",
        created=now,
        deadline=now + 86_400,
        policy=Policy.HOLD,
        segments=(Segment(),),
        door="rest",
        history=(("a", 0, now, "rest"),),
    )
    key = KeyClaim(vault.salt(), vault.salt(), strict=False, until=now + 900)
    return Entry(message, vault.seal(Secret("Halo dunia"), "message", id_), (key,), '{"receiver":"x"}')
