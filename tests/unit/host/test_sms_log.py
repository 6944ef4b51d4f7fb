"""`host.sms_log`: the files of the daily report, octet by octet."""

from __future__ import annotations

import stat
import time
from typing import TYPE_CHECKING

import pytest

from otppi.domain.spreadsheet import safe_cell
from otppi.host import SmsFiles
from otppi.ports.sms_log import SentSms

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOON = 1_795_348_800.0
"""2026-11-22 12:00:00 UTC."""
DAY = 86_400.0


@pytest.fixture(params=["UTC", "Asia/Jakarta", "America/Los_Angeles"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def sms(at: float = NOON, modem: str = "telco1", msisdn: str = "6281200009999", characters: int = 12) -> SentSms:
    return SentSms(at, modem, msisdn, "6281200001XXX", characters)


def written(folder: Path, *lines: SentSms) -> dict[str, bytes]:
    files = SmsFiles(folder)
    for line in lines:
        files.write(line)
    files.close()
    assert files.trouble == ""
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.feature("F072")
@pytest.mark.usefixtures("utc")
def test_a_line_has_the_columns_of_the_specification_and_no_header(tmp_path: Path) -> None:
    assert written(tmp_path / "reports" / "outbox", sms(NOON + 0.1234), sms(NOON + 1, msisdn="", characters=0)) == {
        "2026-11-22.csv": b"1795348800123,telco1,6281200009999,6281200001XXX,12\r\n"
        b"1795348801000,telco1,,6281200001XXX,0\r\n"
    }


@pytest.mark.feature("F072")
def test_a_new_file_begins_at_local_midnight(tmp_path: Path, zone: str) -> None:
    midnight = {"UTC": 12, "Asia/Jakarta": 5, "America/Los_Angeles": 20}[zone] * 3600
    files = written(tmp_path / "out", sms(NOON + midnight - 0.001), sms(NOON + midnight))
    assert {name: content.count(b"\r\n") for name, content in files.items()} == {
        "2026-11-22.csv": 1,
        "2026-11-23.csv": 1,
    }


@pytest.mark.feature("F072")
def test_files_are_for_the_owner_only_and_are_added_to(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    written(folder, sms())
    (content,) = written(folder, sms()).values()
    assert content.count(b"\r\n") == 2
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.feature("F072")
def test_no_cell_is_a_formula_or_breaks_a_line(tmp_path: Path) -> None:
    (content,) = written(tmp_path / "out", sms(modem='=cmd|"/c",\n1')).values()
    assert content.partition(b",")[2] == b'"\'=cmd|""/c"",\n1",6281200009999,6281200001XXX,12\r\n'


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_a_spreadsheet_would_compute_is_shown_instead(start: str) -> None:
    assert safe_cell(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("text", ["", "telco1", "6281200009999", "a=1", "'=1"])
def test_all_else_stays_as_it_is(text: str) -> None:
    assert safe_cell(text) == text


def test_old_days_are_deleted_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    written(folder, *(sms(NOON + n * DAY) for n in range(4)))
    (folder / "notes.csv").write_text("the owner's own")
    files = SmsFiles(folder)
    files.forget(before=NOON + 2 * DAY)
    files.close()
    assert sorted(file.name for file in folder.iterdir()) == ["2026-11-24.csv", "2026-11-25.csv", "notes.csv"]


def test_forgetting_makes_no_folder_and_starts_nothing(tmp_path: Path) -> None:
    files = SmsFiles(tmp_path / "out")
    files.forget(before=NOON)
    files.close()
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_written_is_told_until_it_can(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.write_text("a file where a folder should be")
    files = SmsFiles(folder)
    files.write(sms())
    files.close()
    assert files.trouble == "File exists"
    folder.unlink()
    files.write(sms())
    files.close()
    assert files.trouble == ""
    assert len(list(folder.iterdir())) == 1
