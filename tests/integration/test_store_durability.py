"""What the store promises when the world is unkind: kills, full disks, damaged files, ended worlds."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from otppi.domain.message import Change, Edge, Kind, State
from otppi.domain.otp import VerificationState
from otppi.ports.store import Accepted, ModemEntry, NotFound, StoreUnavailable, Ticket
from otppi.store import (
    InlineWriter,
    Lost,
    Source,
    StoreDamaged,
    ThreadedWriter,
    WrongKey,
    open_store,
    replace_key,
)
from otppi.testing.samples import NOW, RECEIVER, sample_entry, sample_id, sample_key, sample_message, sample_tag

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.store.link import Link

KEY_ID = "0123456789abcdef"
CHILD = Path(__file__).with_name("store_child.py")


def child(*arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, CHILD, *map(str, arguments)], stdout=subprocess.PIPE)


def said(output: bytes, word: str) -> set[int]:
    """The numbers of the whole lines that begin with `word`."""
    lines = [line.split() for line in output[: output.rfind(b"\n") + 1].decode().splitlines()]
    return {int(number) for first, number in lines if first == word}


def kept(path: Path) -> dict[int, str]:
    with closing(sqlite3.connect(path)) as link:
        return {int(id_[8:]): state for id_, state in link.execute("SELECT id, state FROM message")}


@pytest.mark.process
@pytest.mark.feature("X09")
def test_what_was_accepted_or_handed_is_there_after_a_kill(tmp_path: Path) -> None:
    path, moments = tmp_path / "store.db", random.Random(2026)  # noqa: S311 - no secret
    accepted: set[int] = set()
    handed: set[int] = set()
    for round_ in range(6):
        with child("load", path, round_ * 1_000_000) as process:
            assert process.stdout is not None
            start = process.stdout.readline()
            time.sleep(moments.uniform(0.0, 0.4))
            process.kill()
            output = start + process.stdout.read()
        accepted |= said(output, "accepted")
        handed |= said(output, "handed")
        states = kept(path)
        assert accepted <= states.keys()
        assert all(states[number] == "handed" for number in handed)
    assert len(accepted) > 100, "the kills came while work was going on"
    with closing(sqlite3.connect(path)) as link:
        assert link.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        unkeyed = "SELECT count(*) FROM message m LEFT JOIN dedupe d ON d.message = m.seq WHERE d.tag IS NULL"
        assert link.execute(unkeyed).fetchone() == (0,)
        halves = "SELECT count(*) FROM message m LEFT JOIN verification v ON v.message = m.seq WHERE v.salt IS NULL"
        assert link.execute(halves).fetchone() == (0,)


@pytest.mark.process
@pytest.mark.feature("X09")
def test_a_full_disk_refuses_and_then_recovers(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with child("full", path, 0) as process:
        output, _ = process.communicate(timeout=50)
    assert process.returncode == 0
    refused, accepted = said(output, "refused"), said(output, "accepted")
    assert len(refused) == 4
    assert len(accepted) > 50
    assert kept(path).keys() == accepted, "nothing accepted is lost, nothing refused is kept"


# ---- how commits are made -------------------------------------------------------------------------------------


class Counted(Source):
    """A source whose connections count the commits."""

    __slots__ = ("commits",)

    def connect(self) -> Link:
        link = Source.connect(self)
        link.set_trace_callback(lambda sql: COMMITS.append(sql) if sql == "COMMIT" else None)
        return link


COMMITS: list[str] = []


async def test_operations_that_wait_share_a_commit_and_a_lone_one_has_its_own(tmp_path: Path) -> None:
    COMMITS.clear()
    store = open_store(
        tmp_path / "store.db", key_id=KEY_ID, writer=lambda s: ThreadedWriter(Counted(s.path, s.synchronous))
    )
    await store.outbox.accept(sample_entry(sample_message(1)), now=NOW)
    assert len(COMMITS) == 1
    await asyncio.gather(*(store.outbox.accept(sample_entry(sample_message(n)), now=NOW) for n in range(2, 502)))
    await store.close()
    assert 2 <= len(COMMITS) < 100


async def test_a_cancelled_caller_does_not_take_its_operation_back(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.db", key_id=KEY_ID)
    task = asyncio.create_task(store.outbox.accept(sample_entry(sample_message(1)), now=NOW))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await store.outbox.accept(sample_entry(sample_message(2)), now=NOW)
    assert len(await store.outbox.open_messages()) == 2
    await store.close()


async def test_the_log_is_emptied_when_nothing_changes_though_the_sweep_goes_on(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.db", key_id=KEY_ID, writer=partial(ThreadedWriter, idle=0.05))
    await store.outbox.accept(sample_entry(sample_message(1)), now=NOW)
    log = Path(tmp_path / "store.db-wal")
    assert size(log) > 0
    for _ in range(100):
        await store.verifications.sweep(now=NOW)
        await asyncio.sleep(0.02)
        if size(log) == 0:
            break
    assert size(log) == 0
    await store.outbox.accept(sample_entry(sample_message(2)), now=NOW)
    assert size(log) > 0
    await store.close()


def size(path: Path) -> int:
    return path.stat().st_size


class WorldEnded(Exception):
    """Raised by a hook where the simulation ends the world."""


def end_the_world() -> None:
    raise WorldEnded


async def test_a_world_that_ends_before_the_commit_leaves_nothing_and_after_it_everything(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    for number, hook in ((1, "before_commit"), (2, "after_commit")):
        writers: list[InlineWriter] = []

        def make(source: Source, hook: str = hook, writers: list[InlineWriter] = writers) -> InlineWriter:
            before, after = (end_the_world, quiet) if hook == "before_commit" else (quiet, end_the_world)
            writers.append(InlineWriter(source, before_commit=before, after_commit=after))
            return writers[0]

        store = open_store(path, key_id=KEY_ID, synchronous="OFF", writer=make)
        with pytest.raises(WorldEnded):
            await store.outbox.accept(sample_entry(sample_message(number)), now=NOW)
        writers[0].abandon()
        with pytest.raises(StoreUnavailable):
            await store.outbox.open_messages()
    assert kept(path) == {2: "queued"}


def quiet() -> None:
    pass


def test_a_connection_is_durable_and_overwrites_what_it_deletes(tmp_path: Path) -> None:
    wanted = {"synchronous": 2, "secure_delete": 1, "journal_mode": "wal", "page_size": 2048, "temp_store": 2}
    with closing(Source(tmp_path / "store.db").connect()) as link:
        link.execute("CREATE TABLE t (n)")
        assert {name: link.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted} == wanted
    with closing(Source(tmp_path / "store.db", "OFF").connect()) as link:
        assert link.execute("PRAGMA synchronous").fetchone() == (0,)


# ---- opening --------------------------------------------------------------------------------------------------


async def test_the_files_are_for_their_owner_only(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.db", key_id=KEY_ID)
    await store.outbox.accept(sample_entry(sample_message(1)), now=NOW)
    modes = modes_in(tmp_path)
    assert modes.keys() == {"store.db", "store.db-wal", "store.db-shm"}
    assert set(modes.values()) == {0o600}
    await store.close()


def modes_in(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


def test_what_is_no_store_is_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"no database at all " * 500)
    with pytest.raises(StoreDamaged):
        open_store(path, key_id=KEY_ID)


async def test_a_store_that_was_not_closed_and_is_damaged_does_not_open(tmp_path: Path) -> None:
    source, copy = tmp_path / "store.db", tmp_path / "copy.db"
    store = open_store(source, key_id=KEY_ID)
    await asyncio.gather(*(store.outbox.accept(sample_entry(sample_message(n)), now=NOW) for n in range(100)))
    await store.close()
    store = open_store(source, key_id=KEY_ID)
    await store.outbox.accept(sample_entry(sample_message(100)), now=NOW)
    copy_damaged(source, copy)
    await store.close()
    with pytest.raises(StoreDamaged):
        open_store(copy, key_id=KEY_ID)


def copy_damaged(source: Path, target: Path) -> None:
    octets = bytearray(source.read_bytes())
    octets[len(octets) // 2 :: 97] = b"\xff" * len(octets[len(octets) // 2 :: 97])
    target.write_bytes(octets)
    target.with_name(target.name + "-wal").write_bytes(source.with_name(source.name + "-wal").read_bytes())


def test_a_directory_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        open_store(tmp_path / "none" / "store.db", key_id=KEY_ID)


async def test_another_key_starts_anew_and_says_what_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = open_store(path, key_id=KEY_ID)
    for number in (1, 2, 3, 4):
        otp = sample_message(number, kind=Kind.OTP, parts=2)
        await store.outbox.accept(sample_entry(otp, sample_key(f"r{number}")), now=NOW)
    hand = Change(Edge.HAND, NOW + 1, part=1, modem="east")
    await store.outbox.settle(sample_id(2), [hand])
    await store.outbox.settle(sample_id(3), [hand, Change(Edge.LOSE_SIGHT, NOW + 2, part=1)])
    await store.outbox.settle(sample_id(4), [Change(Edge.CANCEL, NOW + 2)])
    await store.modems.add(ModemEntry("east", "/dev/ttyUSB0", pin=b"sealed"))
    await store.close()

    assert replace_key(path, key_id="fedcba9876543210", now=NOW + 9) == Lost(
        codes=3, messages=3, pins=1, tokens=0, passwords=0
    )
    with pytest.raises(WrongKey):
        open_store(path, key_id=KEY_ID)
    store = open_store(path, key_id="fedcba9876543210")
    assert await store.outbox.open_messages() == []
    assert (await store.outbox.get(sample_id(1))).shown is State.FAILED
    assert (await store.outbox.get(sample_id(2))).outcome_unknown
    assert (await store.outbox.get(sample_id(4))).shown is State.CANCELLED
    assert (await store.verifications.get(sample_id(1))).state is VerificationState.FAILED
    assert (await store.modems.all())[0].pin is None
    assert await store.outbox.accept(sample_entry(sample_message(9), sample_key("r1")), now=NOW) == Accepted()
    await store.close()


@pytest.mark.parametrize("writer", [ThreadedWriter, InlineWriter])
async def test_an_operation_that_breaks_half_way_harms_no_other(
    tmp_path: Path, writer: Callable[[Source], ThreadedWriter | InlineWriter]
) -> None:
    source = Source(tmp_path / "store.db")
    await open_store(source.path, key_id=KEY_ID).close()
    lane = writer(source)

    def good(link: Link, name: str) -> int:
        return link.execute("INSERT INTO setting VALUES (?, 'x')", (name,)).rowcount

    def torn(link: Link) -> None:
        good(link, "torn")
        raise NotFound("half way")

    results = await asyncio.gather(
        lane.write(lambda link: good(link, "one")),
        lane.write(torn),
        lane.write(lambda link: good(link, "two")),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [int, NotFound, int]
    names = await lane.read(lambda link: link.execute("SELECT name FROM setting ORDER BY name").fetchall())
    assert names == [("one",), ("two",)]
    await lane.close()


async def test_a_commit_that_fails_fails_all_of_its_batch_and_the_next_goes_well(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.db", key_id=KEY_ID, writer=lambda s: ThreadedWriter(Flaky(s.path)))
    BROKEN.append(True)
    results = await asyncio.gather(
        *(store.outbox.accept(sample_entry(sample_message(n)), now=NOW) for n in range(9)), return_exceptions=True
    )
    assert {type(result) for result in results} == {StoreUnavailable}
    BROKEN.clear()
    assert await store.outbox.open_messages() == []
    connects = len(CONNECTS)
    assert await store.outbox.accept(sample_entry(sample_message(1)), now=NOW) == Accepted()
    assert len(CONNECTS) > connects, "after an error of the file it starts on a fresh connection"
    guess = await store.verifications.begin_guess(
        sample_tag("r"), account="shop", receiver_tag=sample_tag(RECEIVER), now=NOW
    )
    assert isinstance(guess, Ticket)
    await store.close()


BROKEN: list[bool] = []
CONNECTS: list[bool] = []


class Flaky(Source):
    """A source whose connections cannot commit while BROKEN."""

    __slots__ = ()

    def connect(self) -> Link:
        CONNECTS.append(True)
        link = Source.connect(self)
        link.set_authorizer(_authorize)
        return link


def _authorize(action: int, first: str | None, *_: str | None) -> int:
    commits = action == sqlite3.SQLITE_TRANSACTION and first == "COMMIT"
    return sqlite3.SQLITE_DENY if BROKEN and commits else sqlite3.SQLITE_OK


async def test_an_error_nobody_thought_of_leaves_nobody_waiting(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.db", key_id=KEY_ID, writer=lambda s: ThreadedWriter(Odd(s.path)))
    for _ in range(2):
        with pytest.raises(StoreUnavailable) as caught:
            await asyncio.wait_for(store.outbox.accept(sample_entry(sample_message(1)), now=NOW), 5)
        assert isinstance(caught.value.__cause__, ZeroDivisionError)
    await store.close()


class Odd(Source):
    """A source that fails as no source should."""

    __slots__ = ()

    def connect(self) -> Link:
        raise ZeroDivisionError


async def test_a_long_read_does_not_hold_up_the_checkpoint_or_the_writing(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = open_store(path, key_id=KEY_ID, writer=partial(ThreadedWriter, idle=0.05))
    await store.outbox.accept(sample_entry(sample_message(1)), now=NOW)
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM message").fetchall()
        await store.outbox.accept(sample_entry(sample_message(2)), now=NOW)
        await asyncio.sleep(0.1)
        await asyncio.wait_for(store.outbox.accept(sample_entry(sample_message(3)), now=NOW), 2.5)
        await asyncio.sleep(0.2)
        assert size(Path(f"{path}-wal")) > 0
    for _ in range(100):
        await asyncio.sleep(0.02)
        if size(Path(f"{path}-wal")) == 0:
            break
    assert size(Path(f"{path}-wal")) == 0, "it is made up for once the reader is gone"
    await store.close()
