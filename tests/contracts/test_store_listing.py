"""What `otppi.ports.listing` promises, asked of every way the store can run."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from store_world import hand, send

from otppi.domain.message import Change, Class, Edge, Kind, Message, State
from otppi.ports.listing import LOOK, Step, Wanted
from otppi.testing.samples import NOW, sample_entry, sample_id, sample_key, sample_message, sample_tag

if TYPE_CHECKING:
    from otppi.store import SqliteStore

SHOP = Wanted("shop")


async def put(store: SqliteStore, number: int, *words: str, **changes: Any) -> Message:
    options = {name: changes.pop(name) for name in ("account", "kind", "at") if name in changes}
    message = replace(sample_message(number, **options), **changes)
    await store.outbox.accept(sample_entry(message, *map(sample_key, words)), now=message.created)
    return message


def numbers(step: Step) -> list[int]:
    return [int(message.id.removeprefix("01SAMPLE")) for _, message in step.found]


async def walk(store: SqliteStore, wanted: Wanted, limit: int = 50) -> list[int]:
    """Every step to the end."""
    found: list[int] = []
    step = await store.listing.step(wanted, now=NOW, limit=limit)
    found += numbers(step)
    while step.before is not None:
        step = await store.listing.step(wanted, now=NOW, before=step.before, limit=limit)
        found += numbers(step)
    return found


async def test_only_an_accounts_own_come_newest_first(store: SqliteStore) -> None:
    for number in range(1, 7):
        await put(store, number, account="bank" if number % 3 == 0 else "shop")
    step = await store.listing.step(SHOP, now=NOW)
    assert numbers(step) == [5, 4, 2, 1]
    assert step.before is None
    assert [message for _, message in step.found] == [await store.outbox.get(message.id) for _, message in step.found]
    assert await store.listing.step(Wanted("nobody"), now=NOW) == Step((), None)


async def test_an_empty_store_lists_nothing_whatever_is_asked(store: SqliteStore) -> None:
    for wanted in (SHOP, Wanted("shop", since=NOW), Wanted("shop", until=NOW), Wanted("shop", keys=(sample_tag("r"),))):
        assert await store.listing.step(wanted, now=NOW) == Step((), None)


async def test_each_filter_leaves_out_what_it_should(store: SqliteStore) -> None:
    await put(store, 1, klass=Class.BULK)
    await put(store, 2, receiver="6281300000001")
    await put(store, 3, "r3")
    await put(store, 4, kind=Kind.OTP)
    await store.outbox.settle(sample_id(3), [hand(), send()])
    await store.outbox.settle(sample_id(2), [Change(Edge.CANCEL, NOW + 1)])
    for wanted, expected in (
        (Wanted("shop", klass=Class.BULK), [1]),
        (Wanted("shop", klass=Class.OTP), [4]),
        (Wanted("shop", receiver="6281300000001"), [2]),
        (Wanted("shop", states=frozenset({State.SENT})), [3]),
        (Wanted("shop", states=frozenset({State.SENT, State.CANCELLED})), [3, 2]),
        (Wanted("shop", states=frozenset({State.QUEUED})), [4, 1]),
        (Wanted("shop", states=frozenset({State.QUEUED, State.SENT})), [4, 3, 1]),
        (Wanted("shop", states=frozenset({State.QUEUED}), klass=Class.BULK), [1]),
        (Wanted("bank", states=frozenset({State.QUEUED})), []),
    ):
        assert await walk(store, wanted) == expected, wanted
        assert await walk(store, wanted, limit=1) == expected, wanted


async def test_times_bound_the_acceptance_from_below_and_above(store: SqliteStore) -> None:
    for number in range(1, 31):
        await put(store, number, at=NOW + 60 * number)
    for wanted, expected in (
        (Wanted("shop", since=NOW + 60 * 28), [30, 29, 28]),
        (Wanted("shop", until=NOW + 60 * 3), [2, 1]),
        (Wanted("shop", since=NOW + 60 * 5 - 1, until=NOW + 60 * 7 + 1), [7, 6, 5]),
        (Wanted("shop", since=NOW + 60 * 31), []),
        (Wanted("shop", until=NOW), []),
    ):
        assert await walk(store, wanted, limit=2) == expected, wanted


async def test_a_commit_that_came_late_is_found_by_its_time(store: SqliteStore) -> None:
    for number, late in enumerate((0, 50, 10, 20, 55, 30), 1):
        await put(store, number, at=NOW + late)
    assert await walk(store, Wanted("shop", since=NOW + 50)) == [5, 2]
    assert await walk(store, Wanted("shop", until=NOW + 30)) == [4, 3, 1]


async def test_a_reference_is_found_while_it_is_remembered(store: SqliteStore) -> None:
    await put(store, 1, "r1")
    await put(store, 2, "r2", "k2")
    await put(store, 3, "other", account="bank")
    assert numbers(await store.listing.step(Wanted("shop", keys=(sample_tag("r2"),)), now=NOW)) == [2]
    both = Wanted("shop", keys=(sample_tag("r1"), sample_tag("k2"), sample_tag("other")))
    assert await walk(store, both) == [2, 1]
    assert await walk(store, both, limit=1) == [2, 1]
    later = NOW + 86_400
    assert await store.listing.step(both, now=later) == Step((), None)
    bulk = Wanted("shop", keys=(sample_tag("r1"),), klass=Class.BULK)
    assert await store.listing.step(bulk, now=NOW) == Step((), None)


async def test_a_step_looks_at_a_bounded_number_and_says_where_to_go_on(store: SqliteStore) -> None:
    for number in range(1, LOOK + 3):
        await put(store, number, klass=Class.BULK if number == 1 else Class.NORMAL)
    first = await store.listing.step(Wanted("shop", klass=Class.BULK), now=NOW)
    assert (first.found, first.before) == ((), 3)
    second = await store.listing.step(Wanted("shop", klass=Class.BULK), now=NOW, before=first.before)
    assert (numbers(second), second.before) == ([1], None)


PAGED = (SHOP, Wanted("shop", states=frozenset({State.QUEUED, State.CANCELLED})), Wanted("shop", klass=Class.NORMAL))


@pytest.mark.parametrize("seed", range(9))
async def test_paging_meets_each_once_while_new_ones_come_and_others_end(store: SqliteStore, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - the same seed gives the same story
    count = rng.randint(1, 40)
    for number in range(1, count + 1):
        await put(store, number, account=rng.choice(["shop", "shop", "bank"]))
    there = [message.id for message in await store.outbox.open_messages() if message.account == "shop"]
    to_cancel = rng.sample(there, len(there) // 2)
    met: list[str] = []
    step = Step((), None)
    for turn in range(100):
        step = await store.listing.step(PAGED[seed % 3], now=NOW, before=step.before, limit=rng.randint(1, 5))
        met += [message.id for _, message in step.found]
        if step.before is None:
            break
        for _ in range(rng.randint(0, 4)):
            count += 1
            await put(store, count)
        if to_cancel:
            await store.outbox.settle(to_cancel.pop(), [Change(Edge.CANCEL, NOW + turn)])
    assert met == there[::-1]
