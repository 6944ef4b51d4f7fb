"""The data directory: its making, the lock that lets one gateway at a time have it, and `run/ports.json`.

DirectoryError
+-- AlreadyRunning   another process holds the lock
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

_PORTS: Final = "ports.json"


class DirectoryError(Exception):
    """The data directory cannot be used; the text says why."""


class AlreadyRunning(DirectoryError):
    """Another process works in this directory. `pid` is its process id, None where it could not be read."""

    def __init__(self, directory: Path, pid: int | None) -> None:
        holder = "another process" if pid is None else f"the process with pid {pid}"
        super().__init__(f"{directory} is in use by {holder}")
        self.pid = pid


def prepare_directory(directory: Path) -> None:
    """Make `directory` and its `run` folder where they are not there, for the owner only. Raises DirectoryError."""
    try:
        for folder in (directory, directory / "run"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if directory.stat().st_mode & 0o077:
            directory.chmod(0o700)
    except OSError as error:
        raise DirectoryError(f"{directory} cannot be used as the data directory: {error.strerror}") from error


class DirectoryLock:
    """Holds DIR/run/lock (flock) for as long as it is entered; the file holds the pid. It ends with the process,
    however that ends."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._path = directory / "run" / "lock"
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def acquire(self) -> None:
        """Take the lock at once, or raise AlreadyRunning. Raises DirectoryError where there is no such directory."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DirectoryError(f"{self._path} cannot be opened: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = _pid(descriptor)
            os.close(descriptor)
            raise AlreadyRunning(self._directory, holder) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back; harmless where it is not held. The file stays: removing it would let two hold one."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None


def write_ports(directory: Path, ports: Mapping[str, int | None]) -> None:
    """Say in DIR/run/ports.json on which ports the gateway listens: to be called last, once it does."""
    draft = directory / "run" / f".{_PORTS}.{os.getpid()}"
    draft.write_text(json.dumps(dict(ports)) + "\n", "utf-8")
    draft.replace(directory / "run" / _PORTS)


def remove_ports(directory: Path) -> None:
    """Take DIR/run/ports.json away: nothing listens (yet, or any more)."""
    with suppress(FileNotFoundError):
        (directory / "run" / _PORTS).unlink()


def _pid(descriptor: int) -> int | None:
    text = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
    return int(text) if text.isdigit() else None
