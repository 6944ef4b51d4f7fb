"""What `otppi.ports.store` promises, asked of every way the store can run."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from otppi.domain.message import Change, Class, Edge, IllegalEdge, Kind, Message, Policy, State, apply_all
from otppi.domain.otp import VerificationState
from otppi.domain.secret import Secret
from otppi.ports.store import (
    Accepted,
    Account,
    Alarm,
    AlreadyExists,
    BlockEntry,
    Conflict,
    Cursor,
    Duplicate,
    Entry,
    ModemEntry,
    NoGuess,
    NotFound,
    StoreUnavailable,
    Ticket,
)
from otppi.security import Vault
from otppi.store import InlineWriter, SqliteStore, StoreTooNew, ThreadedWriter, WrongKey, open_store
from otppi.testing.samples import NOW, RECEIVER, sample_entry, sample_id, sample_key, sample_message, sample_tag

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

KEY_ID = "0123456789abcdef"
HOUR = 3600.0
WHOLE = Cursor()


def threaded(path: Path) -> SqliteStore:
    return open_store(path, key_id=KEY_ID, writer=ThreadedWriter)


def inline(path: Path) -> SqliteStore:
    return open_store(path, key_id=KEY_ID, synchronous="OFF", writer=InlineWriter)


@pytest.fixture(params=[threaded, inline])
def maker(request: pytest.FixtureRequest) -> Callable[[Path], SqliteStore]:
    made: Callable[[Path], SqliteStore] = request.param
    return made


@pytest.fixture
async def store(maker: Callable[[Path], SqliteStore], tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = maker(tmp_path / "store.db")
    yield opened
    await opened.close()


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


# ---- accept ---------------------------------------------------------------------------------------------------


async def test_an_accepted_message_is_there_as_it_was_given(store: SqliteStore) -> None:
    message = replace(
        sample_message(parts=3), pinned="west", late_ok=True, possible_duplicate=True, sent_late=True, error="why"
    )
    entry = sample_entry(message, sample_key("k"), sealed=b"\x00octets")
    assert await store.outbox.accept(entry, now=NOW) == Accepted()
    assert await store.outbox.get(message.id) == message
    assert await store.outbox.open_messages() == [message]
    assert await store.outbox.sealed_text(message.id) == b"\x00octets"


@pytest.mark.feature("F131")
async def test_the_same_key_and_content_gets_the_first_answer(store: SqliteStore) -> None:
    first = otp_entry(1)
    await store.outbox.accept(first, now=NOW)
    assert await store.outbox.accept(otp_entry(2), now=NOW + 9) == Duplicate(first.message.id, first.answer)
    with pytest.raises(NotFound):
        await store.outbox.get(sample_id(2))


@pytest.mark.feature("F131")
async def test_a_strict_key_with_other_content_is_a_conflict(store: SqliteStore) -> None:
    await store.outbox.accept(otp_entry(1), now=NOW)
    assert await store.outbox.accept(otp_entry(2, content="other"), now=NOW) == Conflict("content")
    assert await store.outbox.accept(otp_entry(1), now=NOW) == Duplicate(sample_id(1), otp_entry(1).answer)


async def test_a_documented_id_with_other_content_is_a_new_message_and_is_remembered_instead(
    store: SqliteStore,
) -> None:
    await store.outbox.accept(sms_entry(1, "id"), now=NOW)
    assert await store.outbox.accept(sms_entry(2, "id", content="other"), now=NOW) == Accepted(replaced=True)
    again = await store.outbox.accept(sms_entry(3, "id", content="other"), now=NOW)
    assert isinstance(again, Duplicate)
    assert again.message_id == sample_id(2)
    assert await store.outbox.accept(sms_entry(4, "id"), now=NOW) == Accepted(replaced=True)


async def test_the_first_key_with_a_verdict_decides(store: SqliteStore) -> None:
    await store.outbox.accept(sms_entry(1, "one"), now=NOW)
    assert isinstance(await store.outbox.accept(sms_entry(2, "two", "one"), now=NOW), Duplicate)
    assert await store.outbox.accept(sms_entry(3, "two"), now=NOW) == Accepted()


async def test_an_expired_key_counts_as_absent(store: SqliteStore) -> None:
    entry = sample_entry(sample_message(1), sample_key("k", life=900))
    await store.outbox.accept(entry, now=NOW)
    later = sample_entry(sample_message(2), sample_key("k"))
    assert isinstance(await store.outbox.accept(later, now=NOW + 899.9), Duplicate)
    assert await store.outbox.accept(later, now=NOW + 900) == Accepted()


async def test_asking_without_writing_leaves_the_key_free(store: SqliteStore) -> None:
    assert await store.outbox.accept(otp_entry(1), now=NOW, write=False) == Accepted()
    assert await store.outbox.accept(otp_entry(2), now=NOW) == Accepted()
    assert isinstance(await store.outbox.accept(otp_entry(3), now=NOW, write=False), Duplicate)
    assert await store.outbox.accept(otp_entry(4, content="other"), now=NOW, write=False) == Conflict("content")
    assert [m.id for m in await store.outbox.open_messages()] == [sample_id(2)]


async def test_racing_requests_make_one_message_and_get_one_answer(store: SqliteStore) -> None:
    entries = [otp_entry(number) for number in range(1, 51)]
    verdicts = await asyncio.gather(*(store.outbox.accept(entry, now=NOW) for entry in entries))
    winners = [entry for entry, verdict in zip(entries, verdicts, strict=True) if isinstance(verdict, Accepted)]
    assert len(winners) == 1
    answers = {(v.message_id, v.answer) for v in verdicts if isinstance(v, Duplicate)}
    assert answers == {(winners[0].message.id, winners[0].answer)}
    assert [m.id for m in await store.outbox.open_messages()] == [winners[0].message.id]


async def test_an_id_twice_harms_nothing_else_in_its_batch(store: SqliteStore) -> None:
    first, twin, other = sms_entry(1), sms_entry(1), sms_entry(2, "k")
    results = await asyncio.gather(
        *(store.outbox.accept(entry, now=NOW) for entry in (first, twin, other)), return_exceptions=True
    )
    assert [type(result) for result in results] == [Accepted, AlreadyExists, Accepted]
    assert len(await store.outbox.open_messages()) == 2


@pytest.mark.parametrize("how", ["approved", "cancelled", "expired", "exhausted", "by time"])
@pytest.mark.feature("F131")
async def test_a_reference_that_has_ended_is_a_conflict_whatever_the_content(store: SqliteStore, how: str) -> None:
    await store.outbox.accept(otp_entry(1), now=NOW)
    await store.outbox.settle(sample_id(1), [hand(), send()])
    later = NOW + 10
    match how:
        case "approved":
            assert await store.verifications.approve(sample_id(1), now=NOW + 5)
        case "exhausted":
            for _ in range(5):
                await guess(store)
        case "by time":
            later = NOW + 300
        case _:
            assert await store.verifications.end(sample_id(1), VerificationState(how), now=NOW + 5)
    assert await store.outbox.accept(otp_entry(2), now=later) == Conflict("ended")
    assert await store.outbox.accept(otp_entry(3, content="other"), now=later) == Conflict("ended")


async def test_a_reference_is_free_again_when_its_message_ended_without_being_handed(store: SqliteStore) -> None:
    await store.outbox.accept(otp_entry(1), now=NOW)
    await store.outbox.settle(sample_id(1), [Change(Edge.FAIL, NOW + 1, note="no modem")])
    assert await store.outbox.accept(otp_entry(2, content="other"), now=NOW + 2) == Accepted()
    ticket = await guess(store)
    assert isinstance(ticket, Ticket)
    assert ticket.id == sample_id(2)
    assert await store.outbox.accept(otp_entry(3, content="other"), now=NOW + 3) == Duplicate(
        sample_id(2), otp_entry(2).answer
    )


async def test_a_reference_stays_taken_while_its_message_is_still_queued(store: SqliteStore) -> None:
    await store.outbox.accept(otp_entry(1), now=NOW)
    await store.verifications.end(sample_id(1), VerificationState.CANCELLED, now=NOW + 1)
    assert await store.outbox.accept(otp_entry(2), now=NOW + 2) == Conflict("ended")
    await store.outbox.settle(sample_id(1), [Change(Edge.CANCEL, NOW + 3)])
    assert await store.outbox.accept(otp_entry(2), now=NOW + 4) == Accepted()


# ---- settle ---------------------------------------------------------------------------------------------------


async def test_settling_gives_and_keeps_what_the_rules_give(store: SqliteStore) -> None:
    message = sample_message(parts=2)
    await store.outbox.accept(sample_entry(message), now=NOW)
    steps = [hand(), send(), Change(Edge.HAND, NOW + 4, part=2, modem="west")]
    settled = await store.outbox.settle(message.id, steps)
    assert settled == apply_all(message, steps)
    assert await store.outbox.get(message.id) == settled
    assert await store.outbox.sealed_text(message.id) is not None


async def test_an_illegal_step_changes_nothing_not_even_by_the_legal_one_before_it(store: SqliteStore) -> None:
    await store.outbox.accept(sms_entry(1), now=NOW)
    with pytest.raises(IllegalEdge):
        await store.outbox.settle(sample_id(1), [hand(), hand()])
    assert await store.outbox.get(sample_id(1)) == sample_message(1)


async def test_a_claim_is_kept_as_queued(store: SqliteStore) -> None:
    await store.outbox.accept(sms_entry(1), now=NOW)
    settled = await store.outbox.settle(sample_id(1), [Change(Edge.CLAIM, NOW, part=1, modem="east")])
    assert settled.shown is State.QUEUED
    assert await store.outbox.get(sample_id(1)) == settled


async def test_what_is_not_there_is_not_found(store: SqliteStore) -> None:
    for ask in (
        store.outbox.get("none"),
        store.outbox.sealed_text("none"),
        store.outbox.settle("none", [hand()]),
        store.verifications.get("none"),
    ):
        with pytest.raises(NotFound):
            await ask
    assert not await store.verifications.approve("none", now=NOW)
    assert not await store.verifications.end("none", VerificationState.CANCELLED, now=NOW)


ENDS: list[list[Change]] = [
    [hand(), send()],
    [Change(Edge.EXPIRE, NOW + 300)],
    [Change(Edge.CANCEL, NOW + 2)],
    [hand(), Change(Edge.FAIL, NOW + 2, part=1, note="refused")],
    [hand(), Change(Edge.LOSE_SIGHT, NOW + 2, part=1), Change(Edge.GIVE_UP, NOW + 9, part=1)],
    [hand(), Change(Edge.LOSE_SIGHT, NOW + 2, part=1), Change(Edge.LATE, NOW + 9, part=1, reference=1)],
]


@pytest.mark.parametrize("steps", ENDS, ids=lambda steps: steps[-1].edge.value)
async def test_the_text_ends_with_the_message(store: SqliteStore, steps: list[Change]) -> None:
    await store.outbox.accept(sms_entry(1), now=NOW)
    for step in steps:
        assert await store.outbox.sealed_text(sample_id(1)) is not None
        await store.outbox.settle(sample_id(1), [step])
    assert await store.outbox.sealed_text(sample_id(1)) is None
    assert await store.outbox.open_messages() == []


async def test_a_code_fails_with_a_message_no_modem_ever_had(store: SqliteStore, tmp_path: Path) -> None:
    await store.outbox.accept(otp_entry(1), now=NOW)
    await store.outbox.settle(sample_id(1), [Change(Edge.EXPIRE, NOW + 290)])
    assert (await store.verifications.get(sample_id(1))).state is VerificationState.FAILED
    assert rows(tmp_path / "store.db", "SELECT sealed FROM verification") == [(None,)]


async def test_a_code_lives_on_with_a_message_a_modem_had(store: SqliteStore) -> None:
    await store.outbox.accept(otp_entry(1), now=NOW)
    await store.outbox.settle(sample_id(1), [hand(), Change(Edge.FAIL, NOW + 2, part=1)])
    assert (await store.verifications.get(sample_id(1))).state is VerificationState.PENDING


async def test_settling_one_message_from_many_tasks_keeps_every_step(store: SqliteStore) -> None:
    parts = 8
    await store.outbox.accept(sample_entry(sample_message(1, parts=parts)), now=NOW)
    steps = [Change(Edge.HAND, NOW + n, part=n, modem="east") for n in range(1, parts + 1)]
    await asyncio.gather(*(store.outbox.settle(sample_id(1), [step]) for step in steps))
    assert (await store.outbox.get(sample_id(1))).attempts == parts


async def test_finding_goes_newest_first_page_by_page(store: SqliteStore) -> None:
    for number in range(1, 8):
        entry = sample_entry(sample_message(number, account="shop" if number % 2 else "bank"))
        await store.outbox.accept(entry, now=NOW)
    await store.outbox.settle(sample_id(5), [hand(), send()])
    await store.outbox.settle(sample_id(2), [hand()])

    async def ids(account: str | None = None, state: State | None = None, cursor: Cursor = WHOLE) -> list[int]:
        found = await store.outbox.find(account=account, state=state, cursor=cursor)
        return [int(message.id[8:]) for message in found]

    assert await ids() == [7, 6, 5, 4, 3, 2, 1]
    assert await ids(account="bank") == [6, 4, 2]
    assert await ids(state=State.SENT) == [5]
    assert await ids(state=State.HANDED) == [2]
    assert await ids(account="shop", state=State.QUEUED) == [7, 3, 1]
    assert await ids(cursor=Cursor(limit=3)) == [7, 6, 5]
    assert await ids(cursor=Cursor(before=sample_id(5), limit=3)) == [4, 3, 2]


# ---- guesses --------------------------------------------------------------------------------------------------


async def test_a_guess_is_counted_before_anything_can_be_compared(
    maker: Callable[[Path], SqliteStore], store: SqliteStore, tmp_path: Path
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
async def test_the_limits_survive_a_restart(maker: Callable[[Path], SqliteStore], tmp_path: Path) -> None:
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


async def test_the_end_of_a_code_leaves_the_text_of_a_message_still_queued(store: SqliteStore, tmp_path: Path) -> None:
    await store.outbox.accept(otp_entry(1), now=NOW)
    assert await store.verifications.end(sample_id(1), VerificationState.CANCELLED, now=NOW + 1)
    assert not await store.verifications.end(sample_id(1), VerificationState.EXPIRED, now=NOW + 2)
    assert rows(tmp_path / "store.db", "SELECT sealed FROM verification") == [(None,)]
    assert await store.outbox.sealed_text(sample_id(1)) is not None


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


# ---- what is on the disk --------------------------------------------------------------------------------------


@pytest.mark.feature("F002")
async def test_no_text_is_on_the_disk_in_clear_and_nothing_sealed_after_the_end(
    maker: Callable[[Path], SqliteStore], tmp_path: Path
) -> None:
    vault, words = Vault(b"k" * 32), "CANARY-8412-WORDS"
    message = sample_message(1, kind=Kind.OTP)
    sealed = vault.seal(Secret(words), message.id)
    opened = maker(tmp_path / "store.db")
    await opened.outbox.accept(sample_entry(message, sample_key("r1"), sealed=sealed), now=NOW)
    assert sealed in on_disk(tmp_path), "the scan finds what is there"
    assert words.encode() not in on_disk(tmp_path)
    await opened.outbox.settle(message.id, [hand(), send()])
    await opened.verifications.approve(message.id, now=NOW + 9)
    assert rows(tmp_path / "store.db", "SELECT sealed IS NULL FROM message") == [(1,)]
    assert rows(tmp_path / "store.db", "SELECT sealed IS NULL FROM verification") == [(1,)]
    await opened.close()
    assert message.id.encode() in on_disk(tmp_path)
    assert sealed not in on_disk(tmp_path)


def on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in files_of(folder))


def files_of(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


async def test_everything_is_there_after_a_restart(maker: Callable[[Path], SqliteStore], tmp_path: Path) -> None:
    opened = maker(tmp_path / "store.db")
    await opened.outbox.accept(otp_entry(1), now=NOW)
    message = await opened.outbox.settle(sample_id(1), [hand()])
    await opened.close()
    opened = maker(tmp_path / "store.db")
    assert await opened.outbox.open_messages() == [message]
    assert isinstance(await opened.outbox.accept(otp_entry(2), now=NOW), Duplicate)
    assert await opened.registry.newest_time() == NOW + 1
    await opened.close()


async def test_a_closed_store_is_unavailable(store: SqliteStore) -> None:
    await store.outbox.accept(sms_entry(1), now=NOW)
    await store.close()
    await store.close()
    for ask in (store.outbox.get(sample_id(1)), store.outbox.accept(sms_entry(2), now=NOW)):
        with pytest.raises(StoreUnavailable):
            await ask


async def test_closing_settles_what_waits(maker: Callable[[Path], SqliteStore], tmp_path: Path) -> None:
    opened = maker(tmp_path / "store.db")
    waiting = [asyncio.ensure_future(opened.outbox.accept(sms_entry(n), now=NOW)) for n in range(200)]
    await asyncio.sleep(0)
    await opened.close()
    assert await asyncio.gather(*waiting) == [Accepted()] * 200
    assert [file.name for file in files_of(tmp_path)] == ["store.db"]


async def test_another_key_is_refused_by_both_names(maker: Callable[[Path], SqliteStore], tmp_path: Path) -> None:
    await maker(tmp_path / "store.db").close()
    with pytest.raises(WrongKey) as caught:
        open_store(tmp_path / "store.db", key_id="fedcba9876543210")
    assert KEY_ID in str(caught.value)
    assert "fedcba9876543210" in str(caught.value)


async def test_a_store_of_a_newer_program_is_refused(maker: Callable[[Path], SqliteStore], tmp_path: Path) -> None:
    await maker(tmp_path / "store.db").close()
    rows(tmp_path / "store.db", "PRAGMA user_version = 9999")
    with pytest.raises(StoreTooNew, match="9999"):
        maker(tmp_path / "store.db")


# ---- what the owner configures --------------------------------------------------------------------------------

ACCOUNT = Account(
    name="shop",
    password_hash="$argon2id$v=19$sample",
    email="shop@example.org",
    phone="+62 812 0000 1234",
    rights=frozenset({"otp", "sms", "ussd"}),
    ussd_patterns=("*123#",),
    networks=("10.0.0.0/8", "2001:db8::/32"),
    active=False,
    strict_ids=True,
    short_codes=True,
    policy=Policy.HOLD.value,
    created=NOW,
    updated=NOW,
)


async def test_accounts(store: SqliteStore) -> None:
    await store.accounts.add(ACCOUNT)
    with pytest.raises(AlreadyExists):
        await store.accounts.add(Account("shop", "other"))
    assert await store.accounts.all() == [ACCOUNT]
    changed = await store.accounts.change("shop", lambda account: replace(account, active=True, updated=NOW + 1))
    assert changed == replace(ACCOUNT, active=True, updated=NOW + 1)
    assert await store.accounts.all() == [changed]
    with pytest.raises(ValueError, match="keeps its name"):
        await store.accounts.change("shop", lambda account: replace(account, name="bank"))
    with pytest.raises(NotFound):
        await store.accounts.change("bank", lambda account: account)
    await store.accounts.remove("shop")
    with pytest.raises(NotFound):
        await store.accounts.remove("shop")
    assert await store.accounts.all() == []


async def test_modems_keep_their_order_and_their_ports_to_themselves(store: SqliteStore) -> None:
    east = ModemEntry("east", "/dev/ttyUSB0", prefixes=("62812", "62813"), default=True, pin=b"sealed", imei="3" * 15)
    west = ModemEntry("west", "tcp://198.51.100.7:7000", api=False, active=False, baud=9600, parity="E", stop_bits=2)
    assert (await store.modems.add(east)).number == 1
    assert (await store.modems.add(west)).number == 2
    for taken in (ModemEntry("east", "/dev/ttyUSB9"), ModemEntry("north", "/dev/ttyUSB0")):
        with pytest.raises(AlreadyExists):
            await store.modems.add(taken)
    with pytest.raises(AlreadyExists):
        await store.modems.change("west", lambda modem: replace(modem, port="/dev/ttyUSB0"))
    assert await store.modems.all() == [replace(east, number=1), replace(west, number=2)]
    changed = await store.modems.change("west", lambda modem: replace(modem, active=True, internet=True))
    assert changed == replace(west, number=2, active=True, internet=True)
    await store.modems.remove("east")
    for ask in (store.modems.remove("east"), store.modems.change("east", lambda modem: modem)):
        with pytest.raises(NotFound):
            await ask
    assert await store.modems.all() == [changed]


async def test_the_block_list(store: SqliteStore) -> None:
    entry = BlockEntry("6281200009999", active=True, changed=NOW, by="shop")
    await store.registry.put_block(entry)
    await store.registry.put_block(replace(entry, active=False, changed=NOW + 5))
    assert await store.registry.blocks() == [replace(entry, active=False, changed=NOW + 5)]
    await store.registry.remove_block(entry.msisdn)
    with pytest.raises(NotFound):
        await store.registry.remove_block(entry.msisdn)


async def test_settings_and_facts(store: SqliteStore) -> None:
    await store.registry.put_setting("otp.length", "8")
    await store.registry.put_setting("log.level", "debug")
    await store.registry.put_setting("otp.length", "7")
    await store.registry.put_setting("log.level", None)
    assert await store.registry.settings() == {"otp.length": "7"}
    assert await store.registry.fact("clock") is None
    await store.registry.put_fact("clock", "one")
    await store.registry.put_fact("clock", "two")
    assert await store.registry.fact("clock") == "two"


async def test_alarms_keep_the_time_they_were_first_raised(store: SqliteStore) -> None:
    alarm = Alarm("disk", "", NOW, "warning", "make room")
    assert await store.registry.raise_alarm(alarm)
    assert not await store.registry.raise_alarm(replace(alarm, since=NOW + 9, severity="critical"))
    assert await store.registry.alarms() == [replace(alarm, severity="critical")]
    assert await store.registry.clear_alarm("disk", "")
    assert not await store.registry.clear_alarm("disk", "")
    assert await store.registry.alarms() == []


async def test_the_newest_time_is_that_of_the_last_thing_that_happened(store: SqliteStore) -> None:
    assert await store.registry.newest_time() == 0
    await store.outbox.accept(otp_entry(1), now=NOW)
    assert await store.registry.newest_time() == NOW
    await store.outbox.settle(sample_id(1), [hand(NOW + 3)])
    assert await store.registry.newest_time() == NOW + 3
    await store.registry.raise_alarm(Alarm("disk", "", NOW + 4, "notice", "make room"))
    assert await store.registry.newest_time() == NOW + 4
    await store.verifications.sweep(now=NOW + 300)
    assert await store.registry.newest_time() == NOW + 300


async def test_a_class_and_a_policy_come_back_as_they_went(store: SqliteStore) -> None:
    for number, (klass, policy) in enumerate([(c, p) for c in Class for p in Policy]):
        message: Message = replace(sample_message(number), klass=klass, policy=policy)
        await store.outbox.accept(sample_entry(message), now=NOW)
        assert await store.outbox.get(message.id) == message
