"""What `otppi.ports.store` promises of codes and guesses, asked of every way the store can run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from store_world import HOUR, KEY_ID, guess, otp_entry, rows

from otppi.domain.otp import VerificationState
from otppi.ports.store import NoGuess, Ticket
from otppi.testing.samples import NOW, RECEIVER, sample_id, sample_tag

if TYPE_CHECKING:
    from pathlib import Path

    from store_world import Maker

    from otppi.store import SqliteStore


async def test_a_guess_is_counted_before_anything_can_be_compared(
    maker: Maker, store: SqliteStore, tmp_path: Path
) -> None:
    await store.outbox.accept(otp_entry(1), now=NOW)
    ticket = await guess(store)
    assert ticket == Ticket(sample_id(1), b"s" * 16, b"v" * 32, KEY_ID, 4)
    assert rows(tmp_path / "store.db", "SELECT guesses_left FROM verification") == [(4,)]
    assert rows(tmp_path / "store.db", "SELECT in_row FROM guess") == [(1,)]


async def test_an_unknown_reference_gets_a_blank_ticket_and_a_commit_all_the_same(
    store: SqliteStore, tmp_path: Path
) -> None:
    before = rows(tmp_path / "store.db", "SELECT idle_guesses FROM tide")
    ticket = await guess(store, "unknown")
    assert isinstance(ticket, Ticket)
    assert (ticket.salt, ticket.verifier) == (None, None)
    assert rows(tmp_path / "store.db", "SELECT idle_guesses FROM tide") != before
    assert rows(tmp_path / "store.db", "SELECT * FROM guess") == []


async def test_a_code_of_another_account_is_unknown(store: SqliteStore) -> None:
    await store.outbox.accept(otp_entry(1, account="bank"), now=NOW)
    ticket = await guess(store)
    assert isinstance(ticket, Ticket)
    assert ticket.verifier is None


@pytest.mark.feature("X08")
async def test_the_fifth_guess_exhausts_the_code_and_may_still_be_the_right_one(
    store: SqliteStore, tmp_path: Path
) -> None:
    await store.outbox.accept(otp_entry(1), now=NOW)
    left = []
    for _ in range(5):
        ticket = await guess(store)
        assert isinstance(ticket, Ticket)
        left.append(ticket.guesses_left)
    assert left == [4, 3, 2, 1, 0]
    assert (await store.verifications.get(sample_id(1))).state is VerificationState.EXHAUSTED
    assert rows(tmp_path / "store.db", "SELECT sealed FROM verification") == [(None,)]
    assert await guess(store) == NoGuess("exhausted")
    assert await store.verifications.approve(sample_id(1), now=NOW + 6)
    assert await guess(store) == NoGuess("ended")


@pytest.mark.feature("X08")
async def test_many_guesses_at_once_are_five(store: SqliteStore) -> None:
    await store.outbox.accept(otp_entry(1), now=NOW)
    answers = await asyncio.gather(*(guess(store) for _ in range(40)))
    assert sum(isinstance(answer, Ticket) for answer in answers) == 5
    assert answers.count(NoGuess("exhausted")) == 35


@pytest.mark.feature("X08")
async def test_ten_wrong_guesses_in_an_hour_lock_the_receiver_until_the_oldest_is_an_hour_old(
    store: SqliteStore,
) -> None:
    for number in range(1, 4):
        await store.outbox.accept(otp_entry(number, f"r{number}", life=2 * HOUR), now=NOW)
    for second in range(10):
        assert isinstance(await guess(store, f"r{second // 5 + 1}", NOW + second), Ticket)
    assert await guess(store, "r3", NOW + 10) == NoGuess("limited", HOUR - 10)
    assert (await store.verifications.get(sample_id(3))).guesses_left == 5
    assert await guess(store, "r3", NOW + HOUR - 1) == NoGuess("limited", 1.0)
    assert isinstance(await guess(store, "r3", NOW + HOUR), Ticket)
    assert await guess(store, "r3", NOW + HOUR) == NoGuess("limited", 1.0)


@pytest.mark.feature("X08")
async def test_twenty_wrong_guesses_in_a_row_lock_the_receiver_for_an_hour(store: SqliteStore) -> None:
    for number in range(1, 7):
        await store.outbox.accept(otp_entry(number, f"r{number}", life=90 * HOUR), now=NOW)
    slow = HOUR / 4
    for step in range(20):
        assert isinstance(await guess(store, f"r{step // 5 + 1}", NOW + step * slow), Ticket)
    last = NOW + 19 * slow
    assert await guess(store, "r5", last + 60) == NoGuess("limited", HOUR - 60)
    assert isinstance(await guess(store, "r5", last + HOUR), Ticket)
    assert isinstance(await guess(store, "r5", last + HOUR + 1), Ticket)


@pytest.mark.feature("X08")
async def test_the_limits_survive_a_restart(maker: Maker, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    for step in range(10):
        opened = maker(path)
        if step % 5 == 0:
            await opened.outbox.accept(otp_entry(step, f"r{step}", life=HOUR), now=NOW)
        assert isinstance(await guess(opened, f"r{step - step % 5}"), Ticket)
        await opened.close()
    opened = maker(path)
    await opened.outbox.accept(otp_entry(99, "r99", life=HOUR), now=NOW)
    assert await guess(opened, "r99") == NoGuess("limited", HOUR)
    await opened.close()


async def test_an_approved_code_clears_the_budget(store: SqliteStore) -> None:
    for number in range(1, 4):
        await store.outbox.accept(otp_entry(number, f"r{number}"), now=NOW)
    for step in range(10):
        await guess(store, f"r{step // 5 + 1}")
    assert isinstance(await guess(store, "r3"), NoGuess)
    assert await store.verifications.approve(sample_id(2), now=NOW + 6)
    assert isinstance(await guess(store, "r3"), Ticket)


async def test_unlocking_forgets_and_counts_the_receivers_that_were_locked(store: SqliteStore) -> None:
    for number in range(1, 4):
        await store.outbox.accept(otp_entry(number, f"r{number}"), now=NOW)
    for step in range(10):
        await guess(store, f"r{step // 5 + 1}")
    unlock = store.verifications.unlock
    assert await unlock(account="bank", receiver_tag=None, now=NOW + 6) == 0
    assert isinstance(await guess(store, "r3"), NoGuess)
    assert await unlock(account="shop", receiver_tag=sample_tag(RECEIVER), now=NOW + 6) == 1
    assert isinstance(await guess(store, "r3"), Ticket)
    assert await unlock(account=None, receiver_tag=None, now=NOW + 6) == 0


async def test_a_code_past_its_life_is_expired_and_its_text_gone(store: SqliteStore, tmp_path: Path) -> None:
    await store.outbox.accept(otp_entry(1), now=NOW)
    assert isinstance(await guess(store, now=NOW + 299), Ticket)
    assert await guess(store, now=NOW + 300) == NoGuess("expired")
    assert rows(tmp_path / "store.db", "SELECT state, sealed FROM verification") == [("expired", None)]
    assert await guess(store, now=NOW + 301) == NoGuess("expired")
    assert not await store.verifications.approve(sample_id(1), now=NOW + 301)


async def test_a_hundred_approvals_at_once_are_one(store: SqliteStore) -> None:
    await store.outbox.accept(otp_entry(1), now=NOW)
    told = await asyncio.gather(*(store.verifications.approve(sample_id(1), now=NOW + 1) for _ in range(100)))
    assert told.count(True) == 1
    assert (await store.verifications.get(sample_id(1))).state is VerificationState.APPROVED


async def test_approving_after_the_end_of_life_is_no_approval(store: SqliteStore) -> None:
    await store.outbox.accept(otp_entry(1), now=NOW)
    assert not await store.verifications.approve(sample_id(1), now=NOW + 300)


async def test_the_end_of_a_code_wipes_the_text_of_a_message_still_queued(store: SqliteStore, tmp_path: Path) -> None:
    await store.outbox.accept(otp_entry(1), now=NOW)
    assert await store.verifications.end(sample_id(1), VerificationState.CANCELLED, now=NOW + 1)
    assert not await store.verifications.end(sample_id(1), VerificationState.EXPIRED, now=NOW + 2)
    assert rows(tmp_path / "store.db", "SELECT sealed FROM verification") == [(None,)]
    assert await store.outbox.sealed_text(sample_id(1)) is None
    assert await store.outbox.without_text() == {sample_id(1)}


async def test_sweeping_ends_what_is_past_its_life_and_forgets_old_keys(store: SqliteStore, tmp_path: Path) -> None:
    for number in range(1, 8):
        await store.outbox.accept(otp_entry(number, f"r{number}"), now=NOW)
    await store.outbox.accept(otp_entry(8, "r8", life=2 * 86_400), now=NOW)
    sweep = store.verifications.sweep
    assert await sweep(now=NOW + 299) == 0
    assert await sweep(now=NOW + 300, limit=5) == 5
    assert await sweep(now=NOW + 300, limit=5) == 2
    assert rows(tmp_path / "store.db", "SELECT count(*) FROM verification WHERE sealed IS NULL") == [(7,)]
    for _ in range(4):
        await sweep(now=NOW + 86_400, limit=5)
    left = rows(tmp_path / "store.db", "SELECT tag FROM dedupe")
    assert left == [(sample_tag("r8"),)], "the reference of a code that still lives is kept"
