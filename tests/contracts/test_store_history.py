"""What `otppi.ports.history` promises of old messages, asked of every way the store can run."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from canaries import scan
from store_world import guess, hand, otp_entry, rows, send, sms_entry

from otppi.domain.message import Change, Edge, Kind
from otppi.domain.otp import VerificationState
from otppi.ports.history import Cut, Tally
from otppi.ports.store import Conflict, Duplicate, NotFound
from otppi.store.compact import compact
from otppi.testing.samples import NOW, sample_entry, sample_id, sample_key, sample_message

if TYPE_CHECKING:
    from pathlib import Path

    from store_world import Maker

    from otppi.store import SqliteStore

DAY = 86_400.0
LATER = NOW + 40 * DAY
MONTH_OLD = Cut(LATER - 30 * DAY)
SENT = (hand(), send())


async def purge(store: SqliteStore, cut: Cut = MONTH_OLD, *, now: float = LATER, limit: int = 50) -> int:
    """All slices of a purge; how many messages went."""
    gone, after, done = 0, 0, False
    while not done:
        counted = await store.history.count(cut, now=now, after=after, limit=limit)
        found = await store.history.purge(cut, now=now, after=after, limit=limit)
        assert found == counted, "what is counted is what goes"
        gone, after, done = gone + found.messages, found.after, found.done
    return gone


async def is_there(store: SqliteStore, number: int) -> bool:
    try:
        await store.outbox.get(sample_id(number))
    except NotFound:
        return False
    return True


async def accept_sent(store: SqliteStore, *numbers: int) -> None:
    await asyncio.gather(*(store.outbox.accept(sms_entry(number), now=NOW) for number in numbers))
    await asyncio.gather(*(store.outbox.settle(sample_id(number), SENT) for number in numbers))


async def test_a_finished_message_becomes_a_count(store: SqliteStore, tmp_path: Path) -> None:
    await accept_sent(store, 1, 2)
    before = await store.history.tallies()
    assert await purge(store) == 2
    assert not await is_there(store, 1)
    assert rows(tmp_path / "store.db", "SELECT count(*) FROM message") == [(0,)]
    day = rows(tmp_path / "store.db", f"SELECT date({NOW}, 'unixepoch', 'localtime')")[0][0]
    assert await store.history.tallies() == before == [Tally(day, "shop", "sms", "normal", "sent", "east", 2, 2)]


async def test_open_messages_never_go_however_old(store: SqliteStore) -> None:
    for number in (1, 2, 3):
        await store.outbox.accept(sms_entry(number), now=NOW)
    await store.outbox.settle(sample_id(2), [hand()])
    await store.outbox.settle(sample_id(3), [hand(), Change(Edge.LOSE_SIGHT, NOW + 9, part=1)])
    assert await purge(store, Cut(LATER + DAY), now=LATER + 400 * DAY) == 0
    assert len(await store.outbox.open_messages()) == 3


async def test_the_age_counts_from_the_end_and_not_from_acceptance(store: SqliteStore) -> None:
    await store.outbox.accept(sms_entry(1), now=NOW)
    await store.outbox.settle(sample_id(1), [hand(NOW + 20 * DAY), send(NOW + 20 * DAY)])
    assert await purge(store) == 0
    assert await purge(store, now=LATER + 11 * DAY, cut=Cut(LATER - 19 * DAY)) == 1


async def test_only_messages_of_the_account_that_was_named_go(store: SqliteStore) -> None:
    for number, account in ((1, "shop"), (2, "bank")):
        await store.outbox.accept(sample_entry(sample_message(number, account=account)), now=NOW)
        await store.outbox.settle(sample_id(number), SENT)
    assert await purge(store, replace(MONTH_OLD, account="bank")) == 1
    assert await is_there(store, 1)
    assert {(each.account, each.messages) for each in await store.history.tallies()} == {("shop", 1), ("bank", 1)}


@pytest.mark.feature("F131")
async def test_a_message_stays_while_its_duplicate_key_counts(store: SqliteStore) -> None:
    for number, life in ((1, 30 * DAY), (2, 2 * DAY)):
        entry = sample_entry(sample_message(number), sample_key(f"r{number}", life=life))
        await store.outbox.accept(entry, now=NOW)
        await store.outbox.settle(sample_id(number), SENT)
    soon = NOW + 3 * DAY
    assert await purge(store, Cut(soon - DAY), now=soon) == 1
    again = sample_entry(sample_message(3), sample_key("r1", life=30 * DAY))
    assert isinstance(await store.outbox.accept(again, now=soon), Duplicate)
    assert await is_there(store, 1)
    assert await purge(store, Cut(NOW + 30 * DAY), now=NOW + 30 * DAY) == 1


async def test_a_code_that_may_still_be_used_keeps_its_message(store: SqliteStore) -> None:
    entry = otp_entry(1, life=600.0)
    await store.outbox.accept(replace(entry, keys=()), now=NOW)
    await store.outbox.settle(sample_id(1), SENT)
    assert await purge(store, Cut(NOW + 100), now=NOW + 100) == 0
    assert (await store.verifications.get(sample_id(1))).state is VerificationState.PENDING
    assert await purge(store, Cut(NOW + 600), now=NOW + 600) == 1
    with pytest.raises(NotFound):
        await store.verifications.get(sample_id(1))


async def test_a_code_whose_reference_is_still_taken_stays_taken(store: SqliteStore) -> None:
    await store.outbox.accept(otp_entry(1), now=NOW)
    await store.outbox.settle(sample_id(1), SENT)
    await store.verifications.approve(sample_id(1), now=NOW + 5)
    assert await purge(store, Cut(NOW + 3600), now=NOW + 3600) == 0
    assert await store.outbox.accept(otp_entry(2), now=NOW + 3600) == Conflict("ended")


async def test_slices_meet_and_what_stays_is_passed_over(store: SqliteStore) -> None:
    await accept_sent(store, *range(1, 8))
    await store.outbox.accept(sms_entry(8), now=NOW)
    await accept_sent(store, *range(9, 16))
    young = replace(sample_message(16), created=LATER)
    await store.outbox.accept(sample_entry(young), now=LATER)
    assert await purge(store, limit=4) == 14
    assert [number for number in range(1, 17) if await is_there(store, number)] == [8, 16]


async def test_a_slice_that_ends_with_the_last_row_is_followed_by_an_empty_one(store: SqliteStore) -> None:
    await accept_sent(store, 1, 2)
    first = await store.history.purge(MONTH_OLD, now=LATER, limit=2)
    assert (first.messages, first.done) == (2, False)
    second = await store.history.purge(MONTH_OLD, now=LATER, after=first.after, limit=2)
    assert (second.messages, second.done) == (0, True)


async def test_counts_tell_states_kinds_modems_and_segments_on_the_air(store: SqliteStore) -> None:
    await store.outbox.accept(sample_entry(sample_message(1, parts=3)), now=NOW)
    steps = [Change(Edge.HAND, NOW + 1, part=1, modem="west"), Change(Edge.SEND, NOW + 2, part=1)]
    await store.outbox.settle(sample_id(1), [*steps, Change(Edge.FAIL, NOW + 3, part=2, note="refused")])
    await store.outbox.accept(sample_entry(sample_message(2, kind=Kind.OTP)), now=NOW)
    await store.outbox.settle(sample_id(2), [Change(Edge.EXPIRE, NOW + 300)])
    await store.outbox.accept(sms_entry(3), now=NOW)
    expected = [
        ("otp", "otp", "expired", "", 1, 0),
        ("sms", "normal", "failed", "west", 1, 1),
        ("sms", "normal", "queued", "", 1, 0),
    ]
    for _ in range(2):
        told = [(t.kind, t.klass, t.state, t.modem, t.messages, t.segments) for t in await store.history.tallies()]
        assert sorted(told) == expected
        await purge(store)


async def test_a_report_of_some_days_has_the_purged_ones_too(store: SqliteStore) -> None:
    for number in range(4):
        message = replace(sample_message(number), created=NOW + number * DAY)
        await store.outbox.accept(sample_entry(message), now=message.created)
        await store.outbox.settle(message.id, [hand(message.created + 1), send(message.created + 2)])
    days = [tally.day for tally in await store.history.tallies()]
    assert len(days) == 4
    assert await purge(store, Cut(NOW + 2 * DAY), now=LATER) == 2
    assert [tally.day for tally in await store.history.tallies()] == days
    assert [tally.day for tally in await store.history.tallies(first=days[1], last=days[2])] == days[1:3]


async def test_a_report_beside_a_purge_counts_each_message_once(store: SqliteStore) -> None:
    await accept_sent(store, *range(1, 30))
    asked = [asyncio.ensure_future(store.history.tallies()) for _ in range(5)]
    purged = asyncio.ensure_future(purge(store, limit=3))
    asked += [asyncio.ensure_future(store.history.tallies()) for _ in range(5)]
    reports = await asyncio.gather(*asked)
    assert await purged == 29
    assert {tally.messages for report in reports for tally in report} == {29}


async def test_keys_and_budgets_whose_time_is_over_are_forgotten(store: SqliteStore, tmp_path: Path) -> None:
    for number in range(1, 4):
        await store.outbox.accept(otp_entry(number, f"r{number}"), now=NOW)
    await guess(store, "r1")
    await store.history.forget(now=NOW + DAY - 1)
    counts = "SELECT (SELECT count(*) FROM dedupe), (SELECT count(*) FROM guess)"
    assert rows(tmp_path / "store.db", counts) == [(3, 1)]
    await store.history.forget(now=NOW + DAY + 10)
    assert rows(tmp_path / "store.db", counts) == [(0, 0)]


@pytest.mark.feature("F002")
async def test_nothing_of_a_purged_message_is_left_in_the_files(maker: Maker, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    opened = maker(path)
    receivers = [f"62812000{number:06d}" for number in range(1, 400)]
    entries = []
    for number, receiver in enumerate(receivers, 1):
        kind = Kind.OTP if number % 3 else Kind.SMS
        message = replace(sample_message(number, kind=kind), receiver=receiver)
        answer = f'{{"receiver":"+{receiver}","reference":"canary-reference-{number}"}}'
        entries.append(replace(sample_entry(message), answer=answer))
    await asyncio.gather(*(opened.outbox.accept(entry, now=NOW) for entry in entries))
    await asyncio.gather(*(opened.outbox.settle(entry.message.id, SENT) for entry in entries))
    secrets = ["canary-reference", *receivers[::40], sample_id(7), sample_id(300)]
    assert scan([path, tmp_path / "store.db-wal"], secrets)
    assert await purge(opened) == len(receivers)
    await opened.close()
    assert scan([tmp_path], secrets) == []


async def test_the_space_goes_back_to_the_disk_only_when_asked(maker: Maker, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    opened = maker(path)
    await accept_sent(opened, *range(1, 400))
    await purge(opened)
    told = await opened.history.tallies()
    await opened.close()
    before, after = compact(path)
    assert before > 4 * after
    assert after == path.stat().st_size
    reopened = maker(path)
    assert await reopened.history.tallies() == told
    await reopened.close()
    with closing(sqlite3.connect(path)) as link:
        assert link.execute("PRAGMA integrity_check").fetchone() == ("ok",)
