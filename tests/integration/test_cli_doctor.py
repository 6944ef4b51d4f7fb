"""`otppi doctor` on directories that something is wrong with."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from otppi.cli.doctor import ground, machine
from otppi.cli.main import main
from otppi.host import DirectoryLock
from otppi.security import default_key_file
from otppi.store.migrate import steps

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.process


class Doctor:
    """Asks the doctor about `data`."""

    def __init__(self, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data = data
        self._capsys = capsys

    def owner(self, *words: str) -> str:
        code = main([*words, "--data-dir", os.fspath(self.data)])
        out, err = self._capsys.readouterr()
        assert code == 0, err
        return out

    def says(self, *words: str, code: int = 0) -> dict[str, Any]:
        assert main(["doctor", "--data-dir", os.fspath(self.data), "--json", *words]) == code
        said = json.loads(self._capsys.readouterr().out)
        assert (said["verdict"] == "problem") is (code == 1)
        return {check["check"]: check for check in said["checks"]}


@pytest.fixture
def doctor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Doctor:
    made = Doctor(tmp_path / "data", capsys)
    made.owner("settings", "set", "api.http_port", "0")
    return made


def test_a_directory_as_it_should_be_has_no_problem_and_stays_as_it_is(doctor: Doctor) -> None:
    before = sorted(path.name for path in doctor.data.rglob("*"))
    found = doctor.says()
    assert {
        found[name]["verdict"] for name in ("data directory", "key file", "store", "store version", "log level")
    } == {"ok"}
    assert found["modems"]["verdict"] == "warning"
    assert found["disk speed"]["says"].startswith("a synced write takes ")
    assert sorted(path.name for path in doctor.data.rglob("*")) == before


def test_a_terminal_gets_lines_with_remedies(doctor: Doctor, capsys: pytest.CaptureFixture[str]) -> None:
    doctor.owner("settings", "set", "log.level", "debug")
    assert main(["doctor", "--data-dir", os.fspath(doctor.data)]) == 0
    lines = capsys.readouterr().out.splitlines()
    newest = steps()[-1][0]
    assert f"ok       store version: version {newest}, this program knows {newest}" in lines
    place = lines.index("WARNING  log level: debug")
    assert lines[place + 1].startswith("         -> `otppi settings set log.level info`")


def test_no_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = Doctor(tmp_path / "none", capsys).says(code=1)
    assert found["data directory"]["says"].endswith("is not there")
    assert not (tmp_path / "none").exists()


def test_a_directory_without_a_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data").chmod(0o755)
    found = Doctor(tmp_path / "data", capsys).says()
    assert found["store"]["says"] == "there is none yet"
    assert found["data directory"]["remedy"].startswith("chmod 700 ")


def test_a_key_that_others_can_read_and_one_of_another_store(doctor: Doctor) -> None:
    key = default_key_file(doctor.data)
    key.chmod(0o644)
    assert "open to others: chmod 600 it" in doctor.says(code=1)["key file"]["says"]
    key.write_bytes(bytes(32))
    key.chmod(0o600)
    assert "the store belongs to" in doctor.says(code=1)["key file"]["says"]
    key.unlink()
    assert "cannot be read" in doctor.says(code=1)["key file"]["says"]


def test_a_store_that_is_damaged(doctor: Doctor) -> None:
    path = doctor.data / "otppi.db"
    octets = bytearray(path.read_bytes())
    for page in range(3, len(octets) // 2048):
        octets[page * 2048 : page * 2048 + 64] = bytes(range(64))
    path.write_bytes(octets)
    found = doctor.says(code=1)
    assert found["store"]["verdict"] == "problem"


def test_a_file_that_is_no_store(doctor: Doctor) -> None:
    (doctor.data / "otppi.db").write_text("surely no database, but long enough to be taken for one" * 20)
    assert doctor.says(code=1)["store"]["says"] == "it cannot be read: file is not a database"


def test_a_store_of_a_newer_program(doctor: Doctor) -> None:
    with closing(sqlite3.connect(doctor.data / "otppi.db")) as link:
        link.execute("PRAGMA user_version = 999")
    found = doctor.says(code=1)
    assert found["store version"]["verdict"] == "problem"
    assert "API port" not in found


def test_a_boot_file_that_will_not_do(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "boot.toml").write_text("no_such_key = 1\n")
    found = doctor.says("--config", os.fspath(tmp_path / "boot.toml"), code=1)
    assert "no_such_key" in found["boot file"]["says"]


def test_a_port_that_another_program_has(doctor: Doctor) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        doctor.owner("settings", "set", "api.http_port", str(taken.getsockname()[1]))
        assert doctor.says(code=1)["API port"]["says"].startswith("another program listens on port ")


def test_ports_of_modems(doctor: Doctor) -> None:
    controller, terminal = os.openpty()
    try:
        doctor.owner("modem", "add", "here", "--port", os.ttyname(terminal))
        doctor.owner("modem", "add", "away", "--port", "/dev/ttyUSB987")
        doctor.owner("modem", "add", "far", "--port", "tcp://192.0.2.1:2001")
        found = doctor.says()
    finally:
        os.close(controller)
        os.close(terminal)
    assert found["port of here"]["verdict"] == "ok"
    assert found["port of away"]["says"] == "/dev/ttyUSB987 is not there"
    assert "port of far" not in found


def test_a_gateway_that_holds_the_directory_and_does_not_answer_is_no_reason_to_fail(doctor: Doctor) -> None:
    with DirectoryLock(doctor.data):
        assert doctor.says()["store"]["verdict"] == "ok"


# -- facts -----------------------------------------------------------------------------------------------------------


def fake_process(proc: Path, number: int, name: str, *files: str) -> None:
    (proc / str(number) / "fd").mkdir(parents=True)
    (proc / str(number) / "comm").write_text(f"{name}\n")
    for count, file in enumerate(files):
        (proc / str(number) / "fd" / str(count)).symlink_to(file)


def test_who_has_a_port_open_is_found_but_for_the_gateway_and_us(tmp_path: Path) -> None:
    port = tmp_path / "ttyX"
    port.touch()
    proc = tmp_path / "proc"
    fake_process(proc, 41, "otppi", os.fspath(port))
    fake_process(proc, 42, "minicom", "/dev/null", os.fspath(port))
    fake_process(proc, os.getpid(), "python", os.fspath(port))
    (proc / "meminfo").mkdir()
    assert machine.processes(proc) == {"otppi", "minicom", "python"}
    assert machine.serial_port(os.fspath(port), 41, proc).holder == "minicom (process 42)"
    assert machine.serial_port(os.fspath(port), 42, proc).holder == "otppi (process 41)"


def test_a_certificate_is_read_from_its_file(tmp_path: Path) -> None:
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=40)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "otppi")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, until - timedelta(days=90), until)
    (tmp_path / "a.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    (tmp_path / "b.pem").write_text("nothing of the kind")
    assert machine.certificate(tmp_path / "a.pem").until == until.timestamp()
    (tmp_path / "a.pem").chmod(0o644)
    assert machine.certificate(tmp_path / "a.pem").open_key == str(tmp_path / "a.pem")
    assert machine.certificate(tmp_path / "a.pem", tmp_path / "c.pem").error == "No such file or directory"
    (tmp_path / "a.pem").chmod(0o640)
    assert machine.certificate(tmp_path / "a.pem").open_key == ""
    assert machine.certificate(tmp_path / "b.pem").error == "it holds no certificate in PEM form"
    assert machine.certificate(tmp_path / "c.pem").error == "No such file or directory"


def test_the_certificate_the_gateway_made_for_itself_is_looked_at(doctor: Doctor, tmp_path: Path) -> None:
    (doctor.data / "tls").mkdir()
    (doctor.data / "tls" / "own.pem").write_text("-----BEGIN CERTIFICATE-----\nbroken\n-----END CERTIFICATE-----\n")
    (doctor.data / "tls" / "key.pem").write_text("-----BEGIN PRIVATE KEY-----\n")
    assert doctor.says(code=1)["certificate"]["says"].endswith("it holds no certificate in PEM form")


def test_a_folder_that_takes_nothing_has_no_speed(tmp_path: Path) -> None:
    assert ground.sync(tmp_path / "none").error == "No such file or directory"


def test_the_clock_of_this_machine_is_after_the_build() -> None:
    facts = machine.clock(0.0)
    assert facts.built <= facts.wall <= time.time()
