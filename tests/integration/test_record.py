"""`otppi modem record` at a simulated modem in a process of its own: what it keeps drives the gateway's modem."""

from __future__ import annotations

import asyncio
import fcntl
import io
import json
import os
import pty
import re
import threading
from typing import TYPE_CHECKING, Any

import pytest
from listening import first_send

from foreign import phones
from otppi.app.pins import StoredPins
from otppi.cli.main import main
from otppi.pdu.submit import encode_submits
from otppi.ports.modem import LineStatus, Sent
from otppi.testing.memory_cable import MemoryCable
from otppi.testing.transcript import Transcript, TranscriptModem

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.process

NUMBER, TEXT = "+6281200009999", "Kode 123456"
(TPDU,) = encode_submits("6281200001234", "hi", concat_reference=0, validity_seconds=None, report=False)


class Recorded:
    """One run of the command."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: object) -> None:
        self.code = main(["modem", "record", *map(str, arguments)])
        self.out, self.err = capsys.readouterr()

    @property
    def json(self) -> dict[str, Any]:
        assert self.code == 0, self.err
        fields: dict[str, Any] = json.loads(self.out)
        return fields


async def play(file: Path, pin: str | None = None) -> tuple[LineStatus, object]:
    """SerialModem at the played file, through start-up and one send; it may ask nothing that is not written."""
    far = TranscriptModem(Transcript.load(file))
    played = await first_send(MemoryCable(far).connect, TPDU, pin=pin)
    far.check()
    return played


def test_a_recorded_file_drives_the_gateways_modem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "simulated.at"
    with phones(tmp_path / "sim") as at:
        done = Recorded(
            capsys, "--port", at.port, "--out", file, "--number", NUMBER, "--text", TEXT, "--name", "A desk", "--json"
        ).json
        assert [(entry.number, entry.text) for entry in at.sent] == [(NUMBER, TEXT)]
        imei = at.imei
    assert (done["file"], done["manufacturer"], done["profile"], done["sim"]) == (
        str(file),
        "Simulated",
        "generic",
        "ready",
    )
    assert done["masked"]["imei"] == 1
    assert re.fullmatch(r"sent, reference \d+", done["sent"])
    content = file.read_text("utf-8")
    assert "# Name: A desk" in content
    assert [secret for secret in (imei, NUMBER[1:], TEXT) if secret in content] == []
    status, outcome = asyncio.run(play(file))
    assert isinstance(outcome, Sent)
    assert (status.identity.manufacturer, status.operator) == (done["manufacturer"], done["operator"])
    assert status.identity.imei.startswith("00440245")
    assert status.identity.imei != imei


def test_a_pin_is_entered_once_and_plays_as_zeros(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "locked.at"
    with phones(tmp_path / "sim", "--pin", "4711") as at:
        without = Recorded(capsys, "--port", at.port, "--out", tmp_path / "without.at", "--json")
        assert without.json["sim"] == "pin"
        monkeypatch.setattr("sys.stdin", io.StringIO("4711\n"))
        done = Recorded(capsys, "--port", at.port, "--out", file, "--number", NUMBER, "--pin-stdin", "--json")
    assert done.json["sim"] == "ready"
    assert "4711" not in file.read_text("utf-8") + done.err
    assert isinstance(asyncio.run(play(file, pin="0000"))[1], Sent)


@pytest.mark.feature("F078")
def test_a_pin_that_is_entered_is_written_down_where_the_gateway_will_not_try_it_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    assert main(["modem", "add", "m1", "--port", "/dev/none", "--data-dir", str(data)]) == 0
    capsys.readouterr()
    tried: list[tuple[str, int]] = []
    real = StoredPins.spend_by_hand

    async def noted(self: StoredPins, pin: str, sim: str) -> bool:
        tried.append((sim, at.control.status()["modem0"]["pin_tries"]))
        return await real(self, pin, sim)

    monkeypatch.setattr(StoredPins, "spend_by_hand", noted)
    with phones(tmp_path / "sim", "--pin", "4711") as at:
        wrong = _entered(capsys, monkeypatch, "4710", at.port, tmp_path / "wrong.at", data)
        assert (wrong.code, len(tried)) == (0, 1)
        sim, left = tried[0]
        assert sim.startswith("89")
        assert left == 3, "written down before the PIN left"
        again = _entered(capsys, monkeypatch, "4711", at.port, tmp_path / "again.at", data)
        assert (again.code, len(tried)) == (0, 2), "two tries left are enough"
        assert "start-up: ready" in again.err
    assert "471" not in wrong.err + again.err


def test_without_a_gateway_s_directory_a_pin_is_entered_only_into_a_sim_with_all_its_tries(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with phones(tmp_path / "sim", "--pin", "4711") as at:
        assert _entered(capsys, monkeypatch, "4710", at.port, tmp_path / "wrong.at").code == 0
        again = _entered(capsys, monkeypatch, "4711", at.port, tmp_path / "again.at")
        assert again.code == 1
        assert "the PIN was not entered; name the gateway with --data-dir" in again.err
        assert at.control.status()["modem0"]["pin_tries"] == 2
    assert (tmp_path / "again.at").exists()


def _entered(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    pin: str,
    port: object,
    out: Path,
    data: Path | None = None,
) -> Recorded:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{pin}\n"))
    where = () if data is None else ("--data-dir", data)
    return Recorded(capsys, "--port", port, "--out", out, "--pin-stdin", *where)


def test_it_tells_each_step_and_what_was_masked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with phones(tmp_path / "sim") as at:
        done = Recorded(capsys, "--port", at.port)
    assert (done.code, done.out.split(":")[0]) == (0, "simulated_ts27005.at")
    assert re.search(r"\d+ exchanges, 1 imei, 1 imsi, 1 iccid", done.out)
    assert [line.split(" ")[1] for line in done.err.splitlines()] == [str(at.port), "it", "it", "start-up:", "it"]


def test_what_cannot_be_sent_is_refused_and_still_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "refusing.at"
    with phones(tmp_path / "sim") as at:
        at.control.order("cms_error", "modem0", code=38)
        done = Recorded(capsys, "--port", at.port, "--out", file, "--number", NUMBER)
    assert done.code == 1
    assert "refused: +CMS ERROR 38: network out of order" in done.err
    assert done.err.splitlines()[-1] == f"otppi: the SMS was not sent for certain; {file} shows why"
    assert "+CMS ERROR: 38" in file.read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--text", "hi"), "a text needs --number"),
        (("--number", "bank"), "a number is made of digits"),
        (("--number", NUMBER, "--text", "x" * 161), "the text is longer than one SMS"),
    ],
)
def test_what_makes_no_sense_is_refused_before_the_port_is_opened(
    arguments: tuple[str, ...], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = Recorded(capsys, "--port", tmp_path / "none", *arguments)
    assert (done.code, done.err) == (1, f"otppi: {reason}\n")


def test_no_file_is_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "kept.at"
    file.write_text("mine")
    done = Recorded(capsys, "--port", tmp_path / "none", "--out", file)
    assert (done.code, done.err) == (1, f"otppi: {file} is there already\n")
    assert file.read_text() == "mine"


def test_a_port_that_cannot_be_opened_tells_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = Recorded(capsys, "--port", tmp_path / "none")
    assert done.code == 1
    assert "No such file or directory" in done.err
    assert "otppi modem disable" in done.err
    with phones(tmp_path / "sim") as at:
        holder = os.open(at.port, os.O_RDWR | os.O_NOCTTY)
        try:
            fcntl.flock(holder, fcntl.LOCK_EX)
            busy = Recorded(capsys, "--port", at.port)
        finally:
            os.close(holder)
    assert busy.code == 1
    assert "cannot be used" in busy.err


def test_a_line_on_which_nothing_is_said_leaves_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    master, slave = pty.openpty()
    hang_up = threading.Timer(0.5, os.close, [master])
    hang_up.start()
    try:
        done = Recorded(capsys, "--port", os.ttyname(slave), "--out", tmp_path / "silent.at")
    finally:
        hang_up.join()
        os.close(slave)
    assert done.code == 1
    assert done.err.splitlines()[-1].endswith("Nothing was written")
    assert not (tmp_path / "silent.at").exists()
