"""What `otppi.ports.store` promises of messages and of the file, asked of every way the store can run."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from store_world import KEY_ID, guess, hand, otp_entry, rows, send, sms_entry

from otppi.domain.message import Change, Class, Edge, IllegalEdge, Kind, Message, Policy, State, apply_all
from otppi.domain.otp import VerificationState
from otppi.domain.secret import Secret
from otppi.ports.store import Accepted, AlreadyExists, Conflict, Cursor, Duplicate, NotFound, StoreUnavailable, Ticket
from otppi.security import Vault
from otppi.store import StoreTooNew, WrongKey, open_store
from otppi.testing.samples import NOW, sample_entry, sample_id, sample_key, sample_message

if TYPE_CHECKING:
    from pathlib import Path

    from store_world import Maker

    from otppi.store import SqliteStore

WHOLE = Cursor()


# ---- accept ---------------------------------------------------------------------------------------------------


async def test_an_accepted_message_is_there_as_it_was_given(store: SqliteStore) -> None:
    message = replace(
        sample_message(parts=3),
        door="rest",
        characters=160,
        pinned="west",
        late_ok=True,
        not_before=NOW + 60,
        possible_duplicate=True,
        sent_late=True,
        error="why",
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


async def test_what_is_committed_is_told_to_who_watches(store: SqliteStore) -> None:
    told: list[tuple[int, float]] = []
    store.watch(lambda operations, seconds: told.append((operations, seconds)))
    entries = [sms_entry(number) for number in range(1, 21)]
    await asyncio.gather(*(store.outbox.accept(entry, now=NOW) for entry in entries))
    await store.outbox.get(sample_id(1))
    await store.close()
    assert sum(operations for operations, _ in told) == 20
    assert all(seconds >= 0 for _, seconds in told)


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


async def test_a_class_and_a_policy_come_back_as_they_went(store: SqliteStore) -> None:
    for number, (klass, policy) in enumerate([(c, p) for c in Class for p in Policy]):
        message: Message = replace(sample_message(number), klass=klass, policy=policy)
        await store.outbox.accept(sample_entry(message), now=NOW)
        assert await store.outbox.get(message.id) == message


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


async def test_open_messages_come_oldest_first_and_only_they(store: SqliteStore) -> None:
    for number in range(1, 6):
        await store.outbox.accept(sms_entry(number), now=NOW)
    await store.outbox.settle(sample_id(2), [hand(), send()])
    await store.outbox.settle(sample_id(3), [hand()])
    await store.outbox.settle(sample_id(4), [hand(), Change(Edge.LOSE_SIGHT, NOW + 9, part=1)])
    assert [m.id for m in await store.outbox.open_messages()] == [sample_id(number) for number in (1, 3, 4, 5)]


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


# ---- what is on the disk --------------------------------------------------------------------------------------


@pytest.mark.feature("F002")
async def test_no_text_is_on_the_disk_in_clear_and_nothing_sealed_after_the_end(maker: Maker, tmp_path: Path) -> None:
    vault, words = Vault(b"k" * 32), "CANARY-8412-WORDS"
    message = sample_message(1, kind=Kind.OTP)
    sealed = vault.seal(Secret(words), message.id)
    opened = maker(tmp_path / "store.db")
    await opened.outbox.accept(sms_entry(2), now=NOW)
    await opened.outbox.accept(sample_entry(message, sample_key("r1"), sealed=sealed), now=NOW)
    await opened.outbox.accept(sms_entry(3), now=NOW)
    assert sealed in on_disk(tmp_path), "the scan finds what is there"
    assert words.encode() not in on_disk(tmp_path)
    await opened.outbox.settle(message.id, [hand(), send()])
    await opened.verifications.approve(message.id, now=NOW + 9)
    assert rows(tmp_path / "store.db", "SELECT sealed IS NULL FROM message ORDER BY id") == [(1,), (0,), (0,)]
    assert rows(tmp_path / "store.db", "SELECT sealed IS NULL FROM verification") == [(1,)]
    await opened.close()
    assert message.id.encode() in on_disk(tmp_path)
    assert sealed not in on_disk(tmp_path)


def on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in files_of(folder))


def files_of(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


async def test_everything_is_there_after_a_restart(maker: Maker, tmp_path: Path) -> None:
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


async def test_closing_settles_what_waits(maker: Maker, tmp_path: Path) -> None:
    opened = maker(tmp_path / "store.db")
    waiting = [asyncio.ensure_future(opened.outbox.accept(sms_entry(n), now=NOW)) for n in range(200)]
    await asyncio.sleep(0)
    await opened.close()
    assert await asyncio.gather(*waiting) == [Accepted()] * 200
    assert [file.name for file in files_of(tmp_path)] == ["store.db"]


async def test_another_key_is_refused_by_both_names(maker: Maker, tmp_path: Path) -> None:
    await maker(tmp_path / "store.db").close()
    with pytest.raises(WrongKey) as caught:
        open_store(tmp_path / "store.db", key_id="fedcba9876543210")
    assert KEY_ID in str(caught.value)
    assert "fedcba9876543210" in str(caught.value)


async def test_a_store_of_a_newer_program_is_refused(maker: Maker, tmp_path: Path) -> None:
    await maker(tmp_path / "store.db").close()
    rows(tmp_path / "store.db", "PRAGMA user_version = 9999")
    with pytest.raises(StoreTooNew, match="9999"):
        maker(tmp_path / "store.db")
