"""`store.rows`: a message through its row and back, along every way its life can go."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING, TypeVar, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otppi.domain.message import EDGES, Change, Edge, IllegalEdge, Kind, State, apply
from otppi.store import rows
from otppi.store.batch import Failed, run_batch
from otppi.store.link import Link
from otppi.store.migrate import migrate
from otppi.store.outbox import SqliteOutbox
from otppi.testing.samples import NOW, sample_entry, sample_key, sample_message

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.domain.message import Message

T = TypeVar("T")


class Memory:
    """A writer on a database in memory, one operation at a time, as the inline writer does it."""

    def __init__(self) -> None:
        self.link = sqlite3.connect(":memory:", isolation_level=None, factory=Link)
        migrate(self.link)

    async def write(self, op: Callable[[Link], T]) -> T:
        result = run_batch(self.link, [op])[0]
        if isinstance(result, Failed):
            raise result.error
        return cast("T", result.value)

    async def read(self, op: Callable[[Link], T]) -> T:
        return op(self.link)

    def watch(self, on_batch: Callable[[int, float], None]) -> None:
        raise AssertionError("nobody counts the batches of a database in memory")

    async def close(self) -> None:
        self.link.close()


@st.composite
def changes(draw: st.DrawFn) -> list[Change]:
    edges = draw(st.lists(st.sampled_from([edge for edge in Edge if edge is not Edge.ACCEPT]), max_size=25))
    return [
        Change(
            edge,
            at=NOW + number,
            part=draw(st.none() | st.integers(1, 3)),
            modem=draw(st.sampled_from(["", "east", "west"])),
            reference=draw(st.none() | st.integers(0, 255)),
            to=draw(st.sampled_from(sorted(EDGES[edge][1]))),
            note=draw(st.sampled_from(["", 'refused: "no" \\ way', "naïve ☂"])),
        )
        for number, edge in enumerate(edges)
    ]


@settings(max_examples=150, deadline=None)
@given(steps=changes())
def test_settling_keeps_the_invariants_along_any_way(steps: list[Change]) -> None:
    asyncio.run(walk(steps))


async def walk(steps: list[Change]) -> None:
    memory = Memory()
    outbox = SqliteOutbox(memory, 5)
    expected = sample_message(kind=Kind.OTP, parts=3)
    await outbox.accept(sample_entry(expected, sample_key("r")), now=NOW)
    for step in steps:
        try:
            wanted = rows.as_kept(apply(expected, step))
        except IllegalEdge:
            with pytest.raises(IllegalEdge):
                await outbox.settle(expected.id, [step])
        else:
            expected = wanted
            assert await outbox.settle(expected.id, [step]) == expected
        assert await outbox.get(expected.id) == expected
        check(memory.link, expected)
    await memory.close()


def check(link: Link, expected: Message) -> None:
    state, open_, handed, touched, sealed = link.execute(
        "SELECT state, open, handed, touched, sealed FROM message"
    ).fetchone()
    assert State(state) is expected.shown
    assert (bool(open_), bool(handed)) == (expected.needs_text, expected.ever_handed)
    assert touched == max(at for _, _, at, _ in expected.history)
    assert (sealed is None) == (not expected.needs_text)
    code = link.execute("SELECT state, sealed IS NULL FROM verification").fetchone()
    ended_unseen = not expected.needs_text and not expected.ever_handed
    assert code == (("failed", 1) if ended_unseen else ("pending", 0))
