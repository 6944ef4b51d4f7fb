"""The data directory, its lock, the key file beside it, and what a process does before it reads the key."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from otppi.domain.secret import Secret
from otppi.host import (
    AlreadyRunning,
    DirectoryError,
    DirectoryLock,
    disk_use,
    prepare_directory,
    remove_ports,
    write_ports,
)
from otppi.security import KeyFileError, Vault, create_key_file, default_key_file, read_key_file

HOLDER = """
import sys, time
from pathlib import Path
from otppi.host import DirectoryLock
with DirectoryLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""

HARDENED = """
import ctypes, os, resource, sys
from pathlib import Path
from otppi.host import harden
harden()
Path(sys.argv[1]).write_text("x")
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# ---- directory ------------------------------------------------------------------------------------------------


def test_the_directory_is_made_for_its_owner_only(tmp_path: Path) -> None:
    directory = tmp_path / "a" / "data"
    prepare_directory(directory)
    prepare_directory(directory)
    assert mode(directory) == mode(directory / "run") == 0o700


def test_a_directory_that_was_open_to_others_is_closed(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir()
    directory.chmod(0o755)
    prepare_directory(directory)
    assert mode(directory) == 0o700


def test_a_file_in_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(DirectoryError, match="data"):
        prepare_directory(tmp_path / "data")


def test_the_lock_is_for_one_and_names_its_holder(tmp_path: Path) -> None:
    prepare_directory(tmp_path)
    with DirectoryLock(tmp_path):
        assert (tmp_path / "run" / "lock").read_text() == f"{os.getpid()}\n"
        with pytest.raises(AlreadyRunning, match=str(os.getpid())) as caught:
            DirectoryLock(tmp_path).acquire()
        assert caught.value.pid == os.getpid()
    with DirectoryLock(tmp_path):
        pass


def test_a_lock_without_a_directory_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DirectoryError):
        DirectoryLock(tmp_path / "none").acquire()


@pytest.mark.process
def test_the_lock_ends_with_the_process_that_held_it(tmp_path: Path) -> None:
    prepare_directory(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(AlreadyRunning) as caught:
            DirectoryLock(tmp_path).acquire()
        assert caught.value.pid == holder.pid
        holder.kill()
        holder.wait()
        with DirectoryLock(tmp_path):
            pass


def test_ports_appear_whole_and_go(tmp_path: Path) -> None:
    prepare_directory(tmp_path)
    write_ports(tmp_path, {"api": 1, "https": None, "admin": None})
    write_ports(tmp_path, {"api": 8899, "https": None, "admin": None})
    ports = tmp_path / "run" / "ports.json"
    assert json.loads(ports.read_text()) == {"api": 8899, "https": None, "admin": None}
    assert [file.name for file in (tmp_path / "run").iterdir()] == ["ports.json"]
    remove_ports(tmp_path)
    remove_ports(tmp_path)
    assert not ports.exists()


def test_the_disk_has_figures(tmp_path: Path) -> None:
    use = disk_use(tmp_path)
    assert use.used > 0
    assert 0.0 < use.share <= 1.0
    with pytest.raises(OSError):
        disk_use(tmp_path / "none")


@pytest.mark.process
def test_a_hardened_process_leaves_no_dump_and_opens_no_file_to_others(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HARDENED, str(tmp_path / "file")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, umask=0o022)
    assert done.stdout == "(0, 0) 0\n"
    assert mode(tmp_path / "file") == 0o600


# ---- key file -------------------------------------------------------------------------------------------------


def test_a_key_is_made_once_and_opens_what_it_sealed(tmp_path: Path) -> None:
    data, key = tmp_path / "data", tmp_path / "data.key"
    first = Vault.from_file(key, data_dir=data, create=True)
    second = Vault.from_file(key, data_dir=data, create=True)
    assert first.key_id == second.key_id
    assert second.open(first.seal(Secret("words"))).reveal() == "words"
    assert mode(key) == 0o600
    assert len(key.read_bytes()) == 32
    assert sorted(file.name for file in tmp_path.iterdir()) == ["data.key"], "no draft is left"


def test_two_keys_are_never_the_same(tmp_path: Path) -> None:
    create_key_file(tmp_path / "one", data_dir=tmp_path / "data")
    create_key_file(tmp_path / "two", data_dir=tmp_path / "data")
    assert (tmp_path / "one").read_bytes() != (tmp_path / "two").read_bytes()


def test_a_key_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"k" * 32)
    with pytest.raises(KeyFileError, match="exists already"):
        create_key_file(key, data_dir=tmp_path / "data")
    assert key.read_bytes() == b"k" * 32


def test_a_missing_key_is_made_only_when_asked_for(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="No such file"):
        Vault.from_file(tmp_path / "key", data_dir=tmp_path / "data")
    with pytest.raises(KeyFileError, match="cannot be made"):
        create_key_file(tmp_path / "none" / "key", data_dir=tmp_path / "data")


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o660, 0o610])
def test_a_key_open_to_others_is_refused(tmp_path: Path, bits: int) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"k" * 32)
    key.chmod(bits)
    with pytest.raises(KeyFileError, match="open to others"):
        read_key_file(key, data_dir=tmp_path / "data")


@pytest.mark.parametrize("bits", [0o400, 0o600])
def test_a_key_that_cannot_be_written_is_as_good(tmp_path: Path, bits: int) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"k" * 32)
    key.chmod(bits)
    assert read_key_file(key, data_dir=tmp_path / "data") == b"k" * 32


@pytest.mark.parametrize("octets", [b"", b"k" * 31, b"k" * 33])
def test_a_key_of_another_length_is_refused_and_not_shown(tmp_path: Path, octets: bytes) -> None:
    key = tmp_path / "key"
    key.write_bytes(octets)
    key.chmod(0o600)
    with pytest.raises(KeyFileError, match="32 octets") as caught:
        read_key_file(key, data_dir=tmp_path / "data")
    assert "kkk" not in str(caught.value)


def test_a_folder_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "key").mkdir()
    with pytest.raises(KeyFileError, match="not a regular file"):
        read_key_file(tmp_path / "key", data_dir=tmp_path / "data")


def test_a_key_inside_the_data_directory_is_refused_however_it_is_written(tmp_path: Path) -> None:
    data = tmp_path / "data"
    prepare_directory(data)
    (tmp_path / "link").symlink_to(data)
    for key in (data / "key", data / "run" / "key", tmp_path / "x" / ".." / "data" / "key", tmp_path / "link" / "key"):
        with pytest.raises(KeyFileError, match="inside the data directory"):
            create_key_file(key, data_dir=data)
        with pytest.raises(KeyFileError, match="inside the data directory"):
            read_key_file(key, data_dir=data)
    create_key_file(tmp_path / "data.key", data_dir=data)


def test_the_default_key_lies_beside_the_directory_however_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    expected = tmp_path.resolve() / "data.key"
    for written in ("data", "./data/", "data/../data", str(tmp_path / "data")):
        assert default_key_file(Path(written)) == expected
    monkeypatch.chdir(tmp_path / "data")
    assert default_key_file(Path()) == expected
