"""What `otppi.ports.store` promises of codes sent again, named by their id, and told of; asked of every way to run."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from store_world import KEY_ID, guess, hand, otp_entry, rows, send, sms_entry

from otppi.domain.message import Change, Edge, Kind
from otppi.domain.otp import VerificationState
from otppi.ports.store import Accepted, Entry, NoGuess, NoResend, NotFound, Ticket
from otppi.testing.samples import NOW, RECEIVER, sample_id, sample_message, sample_tag

if TYPE_CHECKING:
    from pathlib import Path

    from store_world import Maker

    from otppi.store import SqliteStore


def resend_entry(number: int, first: int = 1) -> Entry:
    message = replace(sample_message(number, kind=Kind.OTP), verification=sample_id(first))
    return Entry(message, b"sealed again", (), "{}", resend_of=sample_id(first))


async def resend(store: SqliteStore, number: int, at: float, **fields: Any) -> object:
    return await store.outbox.accept(resend_entry(number), now=at, **fields)


async def sent(store: SqliteStore, number: int = 1, **fields: Any) -> None:
    """A code whose first message was sent."""
    await store.outbox.accept(otp_entry(number, **fields), now=NOW)
    await store.outbox.settle(sample_id(number), [hand(), send()])


async def test_a_resend_is_a_message_of_its_own_and_counts(store: SqliteStore) -> None:
    await sent(store)
    assert await resend(store, 2, NOW + 30) == Accepted()
    assert await store.outbox.sealed_text(sample_id(2)) == b"sealed again"
    found = await store.verifications.get(sample_id(1))
    assert (found.sends, found.last_sent, found.newest, found.guesses_left) == (2, NOW + 30, sample_id(2), 5)
    assert (found.receiver, found.reference, found.feedback) == (RECEIVER, "", "")
    with pytest.raises(NotFound):
        await store.verifications.get(sample_id(2))


async def test_the_cool_down_and_the_most_resends(store: SqliteStore) -> None:
    await store.outbox.accept(otp_entry(1, life=4000.0), now=NOW)
    at, number = NOW, 2
    for wait in (30.0, 60.0, 120.0, 240.0, 240.0):
        assert await resend(store, number, at + 10) == NoResend("cooling", wait - 10)
        at += wait
        assert await resend(store, number, at) == Accepted()
        number += 1
    assert await resend(store, number, NOW + 3000) == NoResend("used_up", 1000.0)
    assert (await store.verifications.get(sample_id(1))).sends == 6


async def test_what_is_only_judged_is_neither_written_nor_counted(store: SqliteStore) -> None:
    await sent(store)
    assert await resend(store, 2, NOW + 10, write=False) == NoResend("cooling", 20.0)
    assert await resend(store, 2, NOW + 30, write=False) == Accepted()
    assert (await store.verifications.get(sample_id(1))).sends == 1
    with pytest.raises(NotFound):
        await store.outbox.get(sample_id(2))


async def test_of_many_at_once_one_is_accepted(store: SqliteStore) -> None:
    await sent(store)
    told = await asyncio.gather(*(resend(store, number, NOW + 30) for number in range(2, 22)))
    assert Counter(type(each) for each in told) == {Accepted: 1, NoResend: 19}


async def test_the_count_survives_a_restart(maker: Maker, tmp_path: Path) -> None:
    opened = maker(tmp_path / "store.db")
    await sent(opened)
    await resend(opened, 2, NOW + 30)
    await opened.close()
    opened = maker(tmp_path / "store.db")
    assert await resend(opened, 3, NOW + 50) == NoResend("cooling", 40.0)
    assert await resend(opened, 3, NOW + 90) == Accepted()
    await opened.close()


@pytest.mark.parametrize("state", [VerificationState.CANCELLED, VerificationState.EXPIRED, VerificationState.FAILED])
async def test_a_code_that_has_ended_is_not_sent_again(store: SqliteStore, state: VerificationState) -> None:
    await sent(store)
    await store.verifications.end(sample_id(1), state, now=NOW + 5)
    assert await resend(store, 2, NOW + 60) == NoResend("ended")


async def test_a_code_past_its_life_is_not_sent_again_swept_or_not(store: SqliteStore) -> None:
    await sent(store)
    assert await resend(store, 2, NOW + 300) == NoResend("ended")
    await store.verifications.sweep(now=NOW + 300)
    assert await resend(store, 2, NOW + 300) == NoResend("ended")


async def test_what_is_no_code_cannot_be_sent_again(store: SqliteStore) -> None:
    await store.outbox.accept(sms_entry(1), now=NOW)
    with pytest.raises(NotFound):
        await resend(store, 2, NOW + 60)


@pytest.mark.parametrize("end", ["approve", "end", "exhaust", "expire", "feedback"])
async def test_every_end_wipes_the_text_of_every_message_that_waits(store: SqliteStore, end: str) -> None:
    await sent(store)
    await store.outbox.accept(otp_entry(9, "other"), now=NOW)
    await resend(store, 2, NOW + 30)
    assert await store.outbox.without_text() == set()
    match end:
        case "approve":
            assert await store.verifications.approve(sample_id(1), now=NOW + 31)
        case "end":
            assert await store.verifications.end(sample_id(1), VerificationState.CANCELLED, now=NOW + 31)
        case "exhaust":
            for _ in range(5):
                await guess(store)
        case "expire":
            await guess(store, now=NOW + 300)
        case "feedback":
            await store.verifications.note_feedback(sample_id(1), "abandoned", now=NOW + 31)
    assert await store.verifications.sealed_text(sample_id(1)) is None
    assert await store.outbox.sealed_text(sample_id(2)) is None
    assert await store.outbox.without_text() == {sample_id(2)}
    assert await store.outbox.sealed_text(sample_id(9)) is not None


async def test_a_resend_that_never_left_does_not_fail_the_code(store: SqliteStore) -> None:
    await sent(store)
    await resend(store, 2, NOW + 30)
    await store.outbox.settle(sample_id(2), [Change(Edge.CANCEL, NOW + 31)])
    assert (await store.verifications.get(sample_id(1))).state is VerificationState.PENDING
    assert await store.verifications.sealed_text(sample_id(1)) is not None


async def test_a_code_is_found_by_its_reference(store: SqliteStore) -> None:
    entry = otp_entry(1)
    assert entry.verification is not None
    await store.outbox.accept(replace(entry, verification=replace(entry.verification, reference="r1")), now=NOW)
    find = store.verifications.find
    found = await find(sample_tag("r1"), account="shop", now=NOW + 1)
    assert (found, found.reference) == (await store.verifications.get(sample_id(1)), "r1")
    for tag, account, now in (("r2", "shop", NOW), ("r1", "bank", NOW), ("r1", "shop", NOW + 86_400)):
        with pytest.raises(NotFound):
            await find(sample_tag(tag), account=account, now=now)
    with pytest.raises(NotFound):
        await store.verifications.sealed_text(sample_id(7))


# -- guesses at an id --------------------------------------------------------------------------------------------------


async def guess_of(store: SqliteStore, id_: str, now: float = NOW + 5, account: str = "shop") -> Ticket | NoGuess:
    return await store.verifications.begin_guess_of(id_, account=account, now=now)


@pytest.mark.feature("X08")
async def test_a_guess_at_an_id_is_counted_as_one_at_its_reference(store: SqliteStore, tmp_path: Path) -> None:
    await store.outbox.accept(otp_entry(1), now=NOW)
    assert await guess_of(store, sample_id(1)) == Ticket(sample_id(1), b"s" * 16, b"v" * 32, KEY_ID, 4, "", RECEIVER)
    for _ in range(4):
        assert isinstance(await guess(store), Ticket)
    assert await guess_of(store, sample_id(1)) == NoGuess("exhausted")
    assert rows(tmp_path / "store.db", "SELECT in_row FROM guess") == [(5,)]


@pytest.mark.feature("X08")
async def test_guesses_at_ids_have_the_budget_of_their_receiver(store: SqliteStore) -> None:
    for number in range(1, 4):
        await store.outbox.accept(otp_entry(number, f"r{number}"), now=NOW)
    for step in range(10):
        assert isinstance(await guess_of(store, sample_id(step // 5 + 1)), Ticket)
    assert await guess_of(store, sample_id(3)) == NoGuess("limited", 3600.0)
    assert (await store.verifications.get(sample_id(3))).guesses_left == 5


@pytest.mark.parametrize(("id_", "account"), [("01NOTHING", "shop"), (sample_id(1), "bank"), (sample_id(2), "shop")])
async def test_an_id_that_is_unknown_or_anothers_or_of_no_code_costs_a_commit(
    store: SqliteStore, tmp_path: Path, id_: str, account: str
) -> None:
    await store.outbox.accept(otp_entry(1), now=NOW)
    await store.outbox.accept(sms_entry(2), now=NOW)
    before = rows(tmp_path / "store.db", "SELECT idle_guesses FROM tide")
    ticket = await guess_of(store, id_, account=account)
    assert isinstance(ticket, Ticket)
    assert (ticket.salt, ticket.verifier) == (None, None)
    assert rows(tmp_path / "store.db", "SELECT idle_guesses FROM tide") != before
    assert rows(tmp_path / "store.db", "SELECT * FROM guess") == []


@pytest.mark.feature("X08")
async def test_of_many_guesses_at_an_id_at_once_five_are_admitted(store: SqliteStore) -> None:
    await store.outbox.accept(otp_entry(1), now=NOW)
    told = await asyncio.gather(*(guess_of(store, sample_id(1)) for _ in range(200)))
    assert Counter(type(each) for each in told) == {Ticket: 5, NoGuess: 195}


# -- feedback ----------------------------------------------------------------------------------------------------------


async def test_feedback_is_kept_once_and_ends_what_is_pending(store: SqliteStore) -> None:
    note = store.verifications.note_feedback
    for number, feedback, state in ((1, "approved", "approved"), (2, "abandoned", "cancelled")):
        await store.outbox.accept(otp_entry(number, f"r{number}"), now=NOW)
        assert await note(sample_id(number), feedback, now=NOW + 1)  # type: ignore[arg-type]  # from a tuple
        assert not await note(sample_id(number), "approved", now=NOW + 1)
        found = await store.verifications.get(sample_id(number))
        assert (found.state, found.feedback) == (state, feedback)
    assert not await note("01NOTHING", "approved", now=NOW)


async def test_feedback_after_the_end_changes_no_state(store: SqliteStore) -> None:
    await store.outbox.accept(otp_entry(1), now=NOW)
    await store.outbox.accept(otp_entry(2, "r2"), now=NOW)
    await store.verifications.end(sample_id(1), VerificationState.CANCELLED, now=NOW + 1)
    for number, now in ((1, NOW + 2), (2, NOW + 300)):
        assert await store.verifications.note_feedback(sample_id(number), "approved", now=now)
    assert (await store.verifications.get(sample_id(1))).state is VerificationState.CANCELLED
    assert (await store.verifications.get(sample_id(2))).state is VerificationState.PENDING
    assert await store.verifications.sweep(now=NOW + 300) == 1


async def test_a_guess_budget_is_not_cleared_by_feedback(store: SqliteStore, tmp_path: Path) -> None:
    await store.outbox.accept(otp_entry(1), now=NOW)
    await guess(store)
    await store.verifications.note_feedback(sample_id(1), "approved", now=NOW + 6)
    assert rows(tmp_path / "store.db", "SELECT in_row FROM guess") == [(1,)]


# -- the tables --------------------------------------------------------------------------------------------------------


async def test_resends_go_with_their_verification(store: SqliteStore, tmp_path: Path) -> None:
    """Whoever deletes old codes need not know of resends: a later message must not inherit them."""
    await sent(store)
    await resend(store, 2, NOW + 30)
    await store.close()
    with closing(sqlite3.connect(tmp_path / "store.db")) as link, link:
        link.execute("DELETE FROM verification")
    assert rows(tmp_path / "store.db", "SELECT count(*) FROM resend") == [(0,)]
