"""What `otppi.ports.store` promises of SIMs, asked of every way the store can run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from store_world import hand, rows, send, sms_entry

from otppi.domain.message import IllegalEdge
from otppi.ports.store import NotFound, Quarantine, SimUse, UsedMinute
from otppi.testing.samples import NOW, sample_id

if TYPE_CHECKING:
    from pathlib import Path

    from store_world import Maker

    from otppi.store import SqliteStore

SIM = "iccid 8900100000000000017"
OTHER = "iccid 8900100000000000025"
MINUTE = NOW // 60 * 60


@pytest.fixture
async def store(store: SqliteStore) -> SqliteStore:
    for number in range(1, 5):
        await store.outbox.accept(sms_entry(number), now=NOW)
    return store


async def test_a_use_is_counted_with_the_hand_and_by_the_minute(store: SqliteStore) -> None:
    for number, at in ((1, MINUTE + 1), (2, MINUTE + 59), (3, MINUTE + 60)):
        await store.outbox.settle(sample_id(number), [hand(at)], use=SimUse(SIM, at))
    await store.outbox.settle(sample_id(4), [hand(MINUTE + 2)], use=SimUse(OTHER, MINUTE + 2))
    assert await store.sims.uses(since=0) == [
        UsedMinute(OTHER, 1, MINUTE + 2),
        UsedMinute(SIM, 2, MINUTE + 59),
        UsedMinute(SIM, 1, MINUTE + 60),
    ]
    assert await store.sims.uses(since=MINUTE + 60) == [UsedMinute(SIM, 1, MINUTE + 60)]


async def test_a_use_out_of_order_does_not_make_the_minute_look_older(store: SqliteStore) -> None:
    for number, at in ((1, MINUTE + 40), (2, MINUTE + 10)):
        await store.outbox.settle(sample_id(number), [hand(at)], use=SimUse(SIM, at))
    assert await store.sims.uses(since=0) == [UsedMinute(SIM, 2, MINUTE + 40)]


async def test_what_was_not_settled_was_no_use(store: SqliteStore) -> None:
    with pytest.raises(IllegalEdge):
        await store.outbox.settle(sample_id(1), [send()], use=SimUse(SIM, NOW))
    with pytest.raises(NotFound):
        await store.outbox.settle(sample_id(9), [hand()], use=SimUse(SIM, NOW))
    assert await store.sims.uses(since=0) == []


async def test_a_sim_without_limits_leaves_nothing(store: SqliteStore, tmp_path: Path) -> None:
    await store.outbox.settle(sample_id(1), [hand()])
    assert rows(tmp_path / "store.db", "SELECT count(*) FROM sim_use") == [(0,)]


async def test_old_uses_are_forgotten_when_asked(store: SqliteStore) -> None:
    for number, at in ((1, MINUTE), (2, MINUTE + 3600)):
        await store.outbox.settle(sample_id(number), [hand(at)], use=SimUse(SIM, at))
    await store.sims.forget_uses(before=MINUTE + 3600)
    assert await store.sims.uses(since=0) == [UsedMinute(SIM, 1, MINUTE + 3600)]


async def test_a_quarantine_stands_until_the_owner_of_its_modem_ends_it(store: SqliteStore) -> None:
    first = Quarantine(SIM, "east", NOW)
    await store.sims.quarantine(first)
    await store.sims.quarantine(Quarantine(SIM, "west", NOW + 9))
    await store.sims.quarantine(Quarantine(OTHER, "west", NOW + 5))
    assert await store.sims.quarantines() == [first, Quarantine(OTHER, "west", NOW + 5)]
    assert await store.sims.pardon("north", "modem north") == 0
    assert await store.sims.pardon("east", "modem east") == 1
    assert await store.sims.quarantines() == [Quarantine(OTHER, "west", NOW + 5)]
    assert await store.sims.pardon("north", OTHER) == 1, "the SIM has moved"
    assert await store.sims.quarantines() == []


def test_no_sim_is_named_in_a_repr() -> None:
    for value in (SimUse(SIM, NOW), UsedMinute(SIM, 1, NOW), Quarantine(SIM, "east", NOW)):
        assert SIM not in repr(value)


async def test_uses_and_quarantines_outlive_the_process(maker: Maker, tmp_path: Path) -> None:
    opened = maker(tmp_path / "other.db")
    await opened.outbox.accept(sms_entry(1), now=NOW)
    await opened.outbox.settle(sample_id(1), [hand()], use=SimUse(SIM, NOW + 1))
    await opened.sims.quarantine(Quarantine(SIM, "east", NOW + 2))
    await opened.close()
    opened = maker(tmp_path / "other.db")
    assert await opened.sims.uses(since=0) == [UsedMinute(SIM, 1, NOW + 1)]
    assert await opened.sims.quarantines() == [Quarantine(SIM, "east", NOW + 2)]
    await opened.close()
