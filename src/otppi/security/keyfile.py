"""The key file: 32 random octets that protect copies and backups of the data directory.

It lies outside the data directory and only its owner can read it. A file on a file system mounted read-only
(a systemd credential, a write-protected stick) is as good.
"""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from otppi.security.errors import KeyFileError

if TYPE_CHECKING:
    from pathlib import Path

KEY_OCTETS: Final = 32
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def default_key_file(data_dir: Path) -> Path:
    """`<data-dir>.key`, beside the directory however its path is written."""
    directory = data_dir.resolve()
    return directory.with_name(directory.name + ".key")


def create_key_file(path: Path, *, data_dir: Path) -> None:
    """Make a fresh key, durable before this returns. An existing file is never touched. Raises KeyFileError."""
    _refuse_inside(path, data_dir)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        _write_durably(draft, secrets.token_bytes(KEY_OCTETS))
        os.link(draft, path)  # fails where a file is, and never shows half a key
        _sync_directory(path.parent)
    except FileExistsError as error:
        raise KeyFileError(f"the key file {path} exists already") from error
    except OSError as error:
        raise KeyFileError(f"the key file {path} cannot be made: {error.strerror}") from error
    finally:
        with suppress(OSError):
            draft.unlink()


def read_key_file(path: Path, *, data_dir: Path) -> bytes:
    """The master key. Raises KeyFileError where it is missing, open to others, misplaced or not 32 octets."""
    _refuse_inside(path, data_dir)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise KeyFileError(f"the key file {path} cannot be read: {error.strerror}") from error
    try:
        _refuse_open_to_others(path, descriptor)
        key = os.read(descriptor, KEY_OCTETS + 1)
    finally:
        os.close(descriptor)
    if len(key) != KEY_OCTETS:
        raise KeyFileError(f"the key file {path} does not hold a key: a key has {KEY_OCTETS} octets")
    return key


def _refuse_inside(path: Path, data_dir: Path) -> None:
    if path.resolve().is_relative_to(data_dir.resolve()):
        raise KeyFileError(f"the key file {path} lies inside the data directory: whoever copies one has the other")


def _refuse_open_to_others(path: Path, descriptor: int) -> None:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise KeyFileError(f"the key file {path} is not a regular file")
    # systemd gives a credential to its service by an access list, which shows as group bits (r--r-----).
    read_only = bool(os.fstatvfs(descriptor).f_flag & os.ST_RDONLY)
    forbidden = stat.S_IRWXO if read_only else _OTHERS
    if status.st_mode & forbidden:
        raise KeyFileError(f"the key file {path} is open to others: chmod 600 it")


def _write_durably(path: Path, octets: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(descriptor)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
