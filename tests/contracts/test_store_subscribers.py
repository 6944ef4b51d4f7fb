"""What `otppi.ports.subscribers` promises, asked of every way the store can run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from store_world import threaded

from otppi.domain.subscriber import Method
from otppi.ports.store import AlreadyExists, NotFound
from otppi.ports.subscribers import RefusedRequest, SubscriberEntry
from otppi.store import replace_key
from otppi.store.subscribers import KEPT
from otppi.testing.samples import NOW

if TYPE_CHECKING:
    from pathlib import Path

    from otppi.store import SqliteStore

BANK = SubscriberEntry("bank", Method.RABBITMQ, {"host": "broker.example", "topic": "sms"}, b"sealed")
SHOP = SubscriberEntry("shop", Method.REDIS, {})
REFUSED = RefusedRequest(NOW, "shop", "brokers", "send-sms", "1104", "receiver is on the block list", "6281200000XXX")


async def test_subscribers_come_back_by_name_as_they_were_put(store: SqliteStore) -> None:
    for entry in (SHOP, BANK):
        await store.subscribers.add(entry)
    assert await store.subscribers.all() == [BANK, SHOP]
    changed = replace(BANK, values={"topic": "codes"}, password=None)
    await store.subscribers.put(changed)
    assert await store.subscribers.all() == [changed, SHOP]
    await store.subscribers.remove("bank")
    assert await store.subscribers.all() == [SHOP]


async def test_names_are_taken_once_and_what_is_not_there_cannot_be_changed(store: SqliteStore) -> None:
    await store.subscribers.add(BANK)
    with pytest.raises(AlreadyExists):
        await store.subscribers.add(replace(SHOP, name="bank"))
    with pytest.raises(NotFound):
        await store.subscribers.put(SHOP)
    with pytest.raises(NotFound):
        await store.subscribers.remove("shop")
    assert await store.subscribers.all() == [BANK]


async def test_refusals_are_listed_newest_first_of_one_or_of_all(store: SqliteStore) -> None:
    others = replace(REFUSED, subscriber="bank", at=NOW + 1)
    for row in (REFUSED, others):
        await store.subscribers.refuse(row)
    assert await store.subscribers.refusals(10) == [others, REFUSED]
    assert await store.subscribers.refusals(1) == [others]
    assert await store.subscribers.refusals(10, "shop") == [REFUSED]


async def test_only_the_newest_refusals_are_kept(tmp_path: Path) -> None:
    store = threaded(tmp_path / "store.db")
    for number in range(KEPT + 3):
        await store.subscribers.refuse(replace(REFUSED, at=NOW + number))
    kept = await store.subscribers.refusals(2 * KEPT)
    assert [len(kept), kept[0].at, kept[-1].at] == [KEPT, NOW + KEPT + 2, NOW + 3]
    await store.close()


async def test_a_new_key_forgets_passwords_and_counts_them(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = threaded(path)
    for entry in (BANK, SHOP):
        await store.subscribers.add(entry)
    await store.close()
    assert replace_key(path, key_id="fedcba9876543210", now=NOW).passwords == 1
