"""What `otppi.ports.tokens` promises, asked of every way the store can run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from store_world import KEY_ID, rows, threaded

from otppi.ports.store import Account, AlreadyExists, NotFound
from otppi.ports.tokens import Token
from otppi.store import replace_key
from otppi.testing.samples import NOW

if TYPE_CHECKING:
    from pathlib import Path

    from otppi.store import SqliteStore

FIRST = Token("T1", "shop", b"1" * 16, "till 3", frozenset({"otp", "sms"}), NOW, NOW + 90, None)
SECOND = Token("T2", "shop", b"2" * 16, created=NOW + 1)
OTHERS = Token("T3", "bank", b"3" * 16, created=NOW + 2)


@pytest.fixture
async def store(store: SqliteStore) -> SqliteStore:
    for name in ("shop", "bank"):
        await store.accounts.add(Account(name, "hash"))
    return store


async def test_tokens_come_back_as_they_were_put_oldest_first(store: SqliteStore) -> None:
    for token in (OTHERS, FIRST, SECOND):
        await store.tokens.add(token)
    assert await store.tokens.all() == [FIRST, SECOND, OTHERS]
    assert await store.tokens.remove("T2") == SECOND
    assert await store.tokens.all() == [FIRST, OTHERS]


@pytest.mark.parametrize("taken", [replace(SECOND, id="T1"), replace(SECOND, tag=FIRST.tag)])
async def test_ids_and_tags_are_taken_once(store: SqliteStore, taken: Token) -> None:
    await store.tokens.add(FIRST)
    with pytest.raises(AlreadyExists):
        await store.tokens.add(taken)
    assert await store.tokens.all() == [FIRST]


async def test_there_is_no_token_without_an_account_and_none_to_remove_twice(store: SqliteStore) -> None:
    with pytest.raises(NotFound):
        await store.tokens.add(replace(FIRST, account="nobody"))
    with pytest.raises(NotFound):
        await store.tokens.remove("T1")
    assert await store.tokens.all() == []


async def test_the_last_use_is_kept_and_only_grows(store: SqliteStore) -> None:
    await store.tokens.add(FIRST)
    await store.tokens.note_uses({"T1": NOW + 60, "gone": NOW + 60})
    await store.tokens.note_uses({"T1": NOW + 30})
    assert await store.tokens.all() == [replace(FIRST, used=NOW + 60)]


async def test_an_account_takes_its_tokens_with_it(store: SqliteStore) -> None:
    for token in (FIRST, SECOND, OTHERS):
        await store.tokens.add(token)
    await store.accounts.remove("shop")
    assert await store.tokens.all() == [OTHERS]


async def test_a_replaced_key_ends_every_token_for_no_tag_can_be_recognised_any_more(tmp_path: Path) -> None:
    store = threaded(tmp_path / "store.db")
    await store.accounts.add(Account("shop", "hash"))
    await store.tokens.add(FIRST)
    await store.close()
    lost = replace_key(tmp_path / "store.db", key_id=KEY_ID[::-1], now=NOW + 9)
    assert lost.tokens == 1
    assert rows(tmp_path / "store.db", "SELECT count(*) FROM token") == [(0,)]
