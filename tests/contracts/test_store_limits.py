"""What `otppi.ports.limits` promises, asked of every way the store can run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from store_world import HOUR, guess, hand, otp_entry, send, sms_entry

from otppi.domain.fraud import Block, range_of
from otppi.ports.limits import AcceptedAt, AccountUse, CheckedMinute, CodeMade, RangeUse
from otppi.ports.store import Account
from otppi.store.limits import DISORDER_SECONDS
from otppi.testing.samples import NOW, RECEIVER, sample_entry, sample_id, sample_key, sample_message, sample_tag

if TYPE_CHECKING:
    from pathlib import Path

    from store_world import Maker

    from otppi.store import SqliteStore

RANGE = range_of(RECEIVER)
BLOCK = Block(RANGE, NOW, NOW + 12 * HOUR, 1, 20, 1)
DAY = 24 * HOUR


async def code(store: SqliteStore, number: int, at: float, receiver: str = RECEIVER) -> None:
    entry = otp_entry(number, f"r{number}", at=at)
    message = replace(entry.message, receiver=receiver)
    await store.outbox.accept(replace(entry, message=message), now=at)


async def test_what_accounts_had_accepted_is_counted_by_the_second(store: SqliteStore) -> None:
    for number, (account, at) in enumerate(
        [("shop", 0.2), ("bank", 0.4), ("shop", 0.9), ("other", 1.0), ("shop", 5.5)], 1
    ):
        entry = sample_entry(sample_message(number, account=account, at=NOW + at))
        await store.outbox.accept(entry, now=NOW + at)
    both = await store.limits.accepted({"shop", "bank"}, since=NOW)
    assert sorted(both, key=lambda each: (each.at, each.account)) == [
        AcceptedAt("bank", NOW, 1),
        AcceptedAt("shop", NOW, 2),
        AcceptedAt("shop", NOW + 5, 1),
    ]
    assert await store.limits.accepted({"shop"}, since=NOW + 5) == [AcceptedAt("shop", NOW + 5, 1)]
    assert await store.limits.accepted({"nobody"}, since=NOW) == []
    assert await store.limits.accepted((), since=NOW) == []


async def test_an_empty_store_has_nothing_to_tell(store: SqliteStore) -> None:
    assert await store.limits.accepted({"shop"}, since=0.0) == []
    assert await store.limits.codes(since=0.0, limit=9) == []
    assert await store.limits.ranges(since=0.0) == []
    assert await store.limits.blocks() == []
    assert await store.limits.checks(since_minute=0) == []


@pytest.mark.parametrize("first", range(0, 41, 5))
async def test_the_first_row_of_a_span_is_found_wherever_it_is(store: SqliteStore, first: int) -> None:
    for number in range(40):
        at = NOW + 100 * number - (DISORDER_SECONDS / 2 if number % 2 else 0.0)
        await store.outbox.accept(sample_entry(sample_message(number, at=at)), now=at)
    found = await store.limits.accepted({"shop"}, since=NOW + 100 * first)
    assert sum(each.count for each in found) == 40 - first - (first % 2 and 1)
    assert [each.at for each in found] == sorted(each.at for each in found)


async def test_codes_are_told_by_tag_the_newest_where_there_are_too_many(store: SqliteStore) -> None:
    await store.outbox.accept(sms_entry(1), now=NOW)
    for number in (2, 3, 4):
        await code(store, number, NOW + number)
    tag = sample_tag(RECEIVER)
    assert await store.limits.codes(since=NOW + 3, limit=9) == [CodeMade("shop", tag, NOW + n) for n in (3, 4)]
    assert await store.limits.codes(since=NOW, limit=1) == [CodeMade("shop", tag, NOW + 4)]


async def test_of_a_range_it_tells_what_was_made_sent_and_entered(store: SqliteStore) -> None:
    for number in (1, 2, 3):
        await code(store, number, NOW + 0.1 * number)
    await code(store, 4, NOW + 7, receiver="6281399990000")
    await code(store, 5, NOW + 7, receiver="user@example.org")
    await code(store, 6, NOW + 7, receiver="123456")
    await store.outbox.accept(sms_entry(9), now=NOW)
    for number in (1, 2):
        await store.outbox.settle(sample_id(number), [hand(), send()])
    await guess(store, "r1")
    assert await store.verifications.approve(sample_id(1), now=NOW + 9)
    found = await store.limits.ranges(since=NOW - 1)
    assert found == [RangeUse(RANGE, NOW, 3, 2, 1), RangeUse("628139999", NOW + 7, 1, 0, 0)]
    assert await store.limits.ranges(since=NOW + 1) == found[1:]


async def test_of_an_account_it_tells_what_was_made_sent_and_entered_by_the_minute(store: SqliteStore) -> None:
    minute = NOW // 60 * 60
    for number in (1, 2, 3):
        await code(store, number, minute + number)
    await code(store, 4, minute + 60)
    for number in (1, 2):
        await store.outbox.settle(sample_id(number), [hand(), send()])
    await guess(store, "r1")
    assert await store.verifications.approve(sample_id(1), now=NOW + 9)
    found = await store.limits.uses(since=minute, but=["bank"])
    assert found == [AccountUse("shop", minute, 3, 2, 1), AccountUse("shop", minute + 60, 1, 0, 0)]
    assert await store.limits.uses(since=minute + 60, but=[]) == found[1:]
    assert await store.limits.uses(since=minute, but=["bank", "shop"]) == []


async def test_an_account_that_has_proved_itself_is_remembered_until_it_is_removed(store: SqliteStore) -> None:
    await store.accounts.add(Account("shop", ""))
    for _ in range(2):
        await store.limits.put_proven("shop", NOW)
        await store.limits.put_proven("nobody", NOW)
    assert await store.limits.proven() == {"shop"}
    await store.accounts.remove("shop")
    await store.accounts.add(Account("shop", ""))
    assert await store.limits.proven() == frozenset()


async def test_the_address_of_an_end_user_is_kept_as_its_tag(store: SqliteStore) -> None:
    entry = otp_entry(1, "r1", at=NOW)
    assert entry.verification is not None
    tagged = replace(entry, verification=replace(entry.verification, source_tag=sample_tag("192.0.2.17")))
    await store.outbox.accept(tagged, now=NOW)
    assert [each.source for each in await store.limits.codes(since=NOW, limit=9)] == [sample_tag("192.0.2.17")]


async def test_a_code_handed_and_not_sent_does_not_speak_against_its_range(store: SqliteStore) -> None:
    entry = sample_entry(otp_entry(1).message, sample_key("r1"))
    await store.outbox.accept(entry, now=NOW)
    await store.outbox.settle(sample_id(1), [hand()])
    assert await store.limits.ranges(since=0.0) == [RangeUse(RANGE, NOW, 1, 0, 0)]


async def test_a_block_is_kept_replaced_and_forgotten(store: SqliteStore) -> None:
    other = Block("628139999", NOW + 1, NOW + DAY, 2, 40, 0, pardoned=NOW)
    for block in (BLOCK, other):
        await store.limits.put_block(block, forget_before=0.0)
    assert await store.limits.blocks() == [BLOCK, other]
    pardoned = BLOCK.pardon(NOW + 60)
    await store.limits.put_block(pardoned, forget_before=NOW + 60)
    assert await store.limits.blocks() == [pardoned, other]
    await store.limits.put_block(other, forget_before=NOW + 61)
    assert await store.limits.blocks() == [other]


async def test_minutes_of_checks_are_kept_replaced_and_forgotten(store: SqliteStore) -> None:
    first, second = CheckedMinute("shop", 100, 20, 12), CheckedMinute("bank", 101, 3, 1)
    await store.limits.put_checks([first, second], forget_before=0)
    assert await store.limits.checks(since_minute=0) == [first, second]
    later = replace(first, checks=25)
    await store.limits.put_checks([later], forget_before=100)
    assert await store.limits.checks(since_minute=100) == [later, second]
    await store.limits.put_checks([], forget_before=101)
    assert await store.limits.checks(since_minute=0) == [second]


async def test_blocks_and_checks_outlive_the_process(maker: Maker, tmp_path: Path) -> None:
    opened = maker(tmp_path / "other.db")
    await opened.limits.put_block(BLOCK, forget_before=0.0)
    await opened.limits.put_checks([CheckedMinute("shop", 100, 20, 12)], forget_before=0)
    await opened.close()
    opened = maker(tmp_path / "other.db")
    assert await opened.limits.blocks() == [BLOCK]
    assert await opened.limits.checks(since_minute=0) == [CheckedMinute("shop", 100, 20, 12)]
    await opened.close()
