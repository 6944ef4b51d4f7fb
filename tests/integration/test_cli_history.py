"""`otppi purge` and `otppi report` on a directory in which no gateway runs, and on one in which somebody works."""

from __future__ import annotations

import asyncio
import io
import json
import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from otppi.cli.main import main
from otppi.domain.message import Change, Edge
from otppi.host import DirectoryLock
from otppi.security import Vault, default_key_file
from otppi.store import open_store
from otppi.testing.samples import sample_entry, sample_message

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.process

DAY = 86_400.0


class Owner:
    """Gives commands on `data`; `code`, `out` and `err` are of the last."""

    def __init__(self, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data = data
        self._capsys = capsys

    def says(self, *words: str) -> int:
        code = main([*words, "--data-dir", os.fspath(self.data)])
        self.out, self.err = self._capsys.readouterr()
        return code

    def json(self, *words: str) -> Any:
        assert self.says(*words, "--json") == 0, self.err
        return json.loads(self.out)


@pytest.fixture
def owner(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Owner:
    """A store with messages of 40, 20 and 3 days ago, one each."""
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    owner = Owner(tmp_path / "data", capsys)
    assert owner.says("report") == 0
    assert owner.out == "no messages\n"
    asyncio.run(fill(owner.data))
    return owner


async def fill(data: Path) -> None:
    key_id = Vault.from_file(default_key_file(data), data_dir=data, create=False).key_id
    store = open_store(data / "otppi.db", key_id=key_id)
    for number, (days, account) in enumerate(((40, "shop"), (20, "bank"), (3, "=shop"))):
        message = replace(sample_message(number, account=account), created=time.time() - days * DAY)
        await store.outbox.accept(sample_entry(message), now=message.created)
        steps = [Change(Edge.HAND, message.created + 1, 1, "east"), Change(Edge.SEND, message.created + 2, 1)]
        await store.outbox.settle(message.id, steps)
    await store.close()


def test_a_dry_run_says_what_would_go(owner: Owner) -> None:
    assert owner.says("purge", "--dry-run") == 0
    assert owner.out.startswith("1 messages that ended before ")
    assert owner.json("purge", "--dry-run", "--older-than", "7d") | {"before": 0} == {
        "before": 0,
        "purged": 2,
        "dry_run": True,
        "size": None,
    }
    assert len(owner.json("message", "list")) == 3


def test_a_purge_leaves_the_report_as_it_was(owner: Owner) -> None:
    before = owner.json("report", "--by", "account")
    assert owner.says("purge", "--older-than", "7d", "--yes") == 0
    assert owner.out == ("2 messages purged\nthe file keeps its size for new messages; --vacuum gives the space back\n")
    assert len(owner.json("message", "list")) == 1
    assert owner.json("report", "--by", "account") == before
    assert [row["account"] for row in before] == ["=shop", "bank", "shop"]


def test_an_owner_who_does_not_mean_it_is_asked(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO("n\n")
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)
    assert owner.says("purge") == 1
    assert "the records of 1 messages that ended before" in owner.err
    assert len(owner.json("message", "list")) == 3


def test_a_vacuum_says_the_size_before_and_after(owner: Owner) -> None:
    before, after = owner.json("purge", "--yes", "--vacuum")["size"]
    assert before >= after == (owner.data / "otppi.db").stat().st_size


def test_a_vacuum_is_refused_before_anything_is_done_while_somebody_works_there(owner: Owner) -> None:
    with DirectoryLock(owner.data):
        assert owner.says("purge", "--older-than", "1d", "--yes", "--vacuum") == 1
    assert "the store can only be written anew while no gateway runs" in owner.err
    assert f"the process with pid {os.getpid()}" in owner.err
    assert len(owner.json("message", "list")) == 3


def test_a_report_as_csv_is_safe_for_spreadsheets(owner: Owner) -> None:
    assert owner.says("report", "--by", "account", "--csv") == 0
    head, first, *rest = owner.out.splitlines()
    assert head.startswith("account,messages,segments,queued,handed,sent,")
    assert first.startswith("'=shop,1,1,0,0,1,")
    assert len(rest) == 2


def test_a_report_as_a_table_leaves_out_what_is_nowhere(owner: Owner) -> None:
    assert owner.says("report", "--by", "modem") == 0
    assert owner.out == "MODEM  MESSAGES  SEGMENTS  SENT\neast   3         3         3\n"


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (("purge", "--older-than", "x"), 1, "the age must be a whole number with a unit"),
        (("report", "--json", "--csv"), 1, "--json and --csv exclude each other"),
        (("report", "--from", "1.1.2026"), 1, "a day is written as 2026-11-25"),
        (("report", "--by", "receiver"), 2, "--by"),
    ],
)
def test_what_makes_no_sense_is_said(owner: Owner, words: tuple[str, ...], code: int, reason: str) -> None:
    assert owner.says(*words) == code
    assert reason in owner.err
