"""`store.batch` on a database in memory: who is harmed by whose failure."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from otppi.ports.store import StoreUnavailable
from otppi.store.batch import Done, Failed, run_batch, run_reads
from otppi.store.link import Link
from otppi.store.rove import Rover

if TYPE_CHECKING:
    from collections.abc import Iterator


class Broken(Exception):
    """Raised by an operation of a test."""


@pytest.fixture
def link() -> Iterator[Link]:
    with closing(sqlite3.connect(":memory:", isolation_level=None, factory=Link)) as opened:
        opened.execute("CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT")
        opened.execute("CREATE TABLE tide (newest REAL)")
        opened.execute("INSERT INTO tide VALUES (0.0)")
        yield opened


def kept(link: Link) -> list[int]:
    return [n for (n,) in link.execute("SELECT n FROM t ORDER BY n")]


def insert(link: Link, n: int) -> int:
    link.execute("INSERT INTO t VALUES (?)", (n,))
    return n


def half_way(link: Link) -> None:
    insert(link, 100)
    raise Broken


def at_once(link: Link) -> None:
    raise Broken


def test_results_come_in_the_order_of_the_operations(link: Link) -> None:
    assert run_batch(link, [lambda x: insert(x, 1), kept, lambda x: insert(x, 2)]) == [Done(1), Done([1]), Done(2)]
    assert not link.in_transaction


@pytest.mark.parametrize("broken", [half_way, at_once])
def test_an_operation_that_raises_is_out_and_the_others_are_in(link: Link, broken: object) -> None:
    assert callable(broken)
    results = run_batch(link, [lambda x: insert(x, 1), broken, lambda x: insert(x, 2)])
    assert [type(result) for result in results] == [Done, Failed, Done]
    failed = results[1]
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, Broken)
    assert kept(link) == [1, 2]


def test_a_broken_constraint_belongs_to_its_operation(link: Link) -> None:
    results = run_batch(link, [lambda x: insert(x, 1), lambda x: insert(x, 1), lambda x: insert(x, 2)])
    assert [type(result) for result in results] == [Done, Failed, Done]
    assert kept(link) == [1, 2]


def test_an_error_of_the_database_fails_all(link: Link) -> None:
    with pytest.raises(StoreUnavailable):
        run_batch(link, [lambda x: insert(x, 1), lambda x: x.execute("SELECT * FROM gone").fetchall()])
    assert kept(link) == []
    assert not link.in_transaction
    with pytest.raises(StoreUnavailable):
        run_reads(link, [kept, lambda x: x.execute("SELECT * FROM gone").fetchall()])


def test_a_hook_that_raises_undoes_all_and_comes_out(link: Link) -> None:
    def hook() -> None:
        raise Broken

    with pytest.raises(Broken):
        run_batch(link, [lambda x: insert(x, 1)], hook)
    assert kept(link) == []
    assert not link.in_transaction


def test_the_newest_time_is_written_again_when_its_transaction_was_undone(link: Link) -> None:
    def stamped(x: Link) -> None:
        x.stamp(50.0)

    def broken(x: Link) -> None:
        x.stamp(50.0)
        raise Broken

    run_batch(link, [broken])
    assert link.execute("SELECT newest FROM tide").fetchone() == (0.0,)
    run_batch(link, [stamped])
    assert link.execute("SELECT newest FROM tide").fetchone() == (50.0,)


def test_the_newest_time_is_written_again_when_its_commit_failed(link: Link) -> None:
    def hook() -> None:
        raise Broken

    with pytest.raises(Broken):
        run_batch(link, [lambda x: x.stamp(50.0)], hook)
    run_batch(link, [lambda x: x.stamp(50.0)])
    assert link.execute("SELECT newest FROM tide").fetchone() == (50.0,)


def test_a_rover_goes_round_the_whole_table_and_forgets_only_what_is_old(link: Link) -> None:
    link.execute("CREATE TABLE d (tag BLOB PRIMARY KEY, until REAL) WITHOUT ROWID")
    link.executemany("INSERT INTO d VALUES (?, ?)", [(bytes([n]), 10.0 if n % 7 == 0 else 99.0) for n in range(1, 40)])
    rover = Rover("d", "tag", "until <= :now")
    for _ in range(8):
        rover.step(link, 10.0, 5)
    left = [tag[0] for (tag,) in link.execute("SELECT tag FROM d ORDER BY tag")]
    assert left == [n for n in range(1, 40) if n % 7]
    link.execute("INSERT INTO d VALUES (x'00', 5.0)")
    for _ in range(8):
        rover.step(link, 10.0, 5)
    assert link.execute("SELECT count(*) FROM d WHERE until = 5.0").fetchone() == (0,)
