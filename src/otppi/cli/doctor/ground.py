"""Facts about the data directory, the key and the disk under them."""

from __future__ import annotations

import os
import pwd
import statistics
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from otppi.ports.diagnosis import FolderFacts, KeyFacts, SyncFacts
from otppi.security import SecurityError, Vault

if TYPE_CHECKING:
    from pathlib import Path

_SYNCS: Final = 30
_OCTETS: Final = bytes(4096)


def us() -> str:
    """The name of the user who asks."""
    return _user(os.geteuid())


def folder(path: Path) -> FolderFacts:
    """What the data directory is like."""
    try:
        status = path.stat()
    except OSError:
        return FolderFacts(str(path), there=False)
    return FolderFacts(
        str(path),
        there=path.is_dir(),
        owner=_user(status.st_uid),
        us=us(),
        open_to_others=bool(status.st_mode & 0o077),
        writable=os.access(path, os.W_OK | os.X_OK),
    )


def key(path: Path, data_dir: Path) -> KeyFacts:
    """Which key the key file holds."""
    try:
        return KeyFacts(str(path), Vault.from_file(path, data_dir=data_dir).key_id)
    except SecurityError as error:
        return KeyFacts(str(path), error=str(error))


def sync(data_dir: Path) -> SyncFacts:
    """Write and sync a few times, in a scratch file."""
    scratch = data_dir / f".doctor-{os.getpid()}"
    try:
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            times = [_sync(descriptor, n) for n in range(_SYNCS)]
        finally:
            os.close(descriptor)
    except OSError as error:
        return SyncFacts(error=error.strerror or "the disk refused")
    finally:
        with suppress(OSError):
            scratch.unlink()
    return SyncFacts(statistics.median(times), max(times))


def _sync(descriptor: int, number: int) -> float:
    began = time.perf_counter()
    os.pwrite(descriptor, _OCTETS, number * len(_OCTETS))
    os.fsync(descriptor)
    return time.perf_counter() - began


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
