"""`otppi key replace` as a whole: a fresh key file, the store bound to it, and only then the old key gone.

A crash on the way leaves the old key or asks for the same command again; it never leaves a store without a key.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from otppi.bootstrap import STORE_FILE, CannotStart
from otppi.config import InvalidBootFile, read_boot_file
from otppi.host import DirectoryError, DirectoryLock, harden
from otppi.ports.store import StoreUnavailable
from otppi.security import SecurityError, Vault, default_key_file
from otppi.store import StoreError
from otppi.store import replace_key as rebind

if TYPE_CHECKING:
    from pathlib import Path

    from otppi.store import Lost


def replace_key(data_dir: Path, key_file: Path | None) -> Lost:
    """Make a new key for the store in `data_dir`, also where the old one is lost. Raises CannotStart.

    `key_file` None: the one the boot file names, else the one beside the directory.
    """
    try:
        harden()
        place = key_file or read_boot_file(None).key_file or default_key_file(data_dir)
        if not (data_dir / STORE_FILE).exists():
            raise CannotStart(f"there is no store in {data_dir}")
        with DirectoryLock(data_dir):
            return _replace(data_dir, place)
    except (DirectoryError, InvalidBootFile, SecurityError, StoreError, StoreUnavailable, OSError) as error:
        raise CannotStart(str(error)) from error


def _replace(data_dir: Path, place: Path) -> Lost:
    draft = place.with_name(f"{place.name}.new")
    with suppress(FileNotFoundError):
        draft.unlink()
    vault = Vault.from_file(draft, data_dir=data_dir, create=True)
    lost = rebind(data_dir / STORE_FILE, key_id=vault.key_id, now=time.time())
    draft.replace(place)
    _sync(place.parent)
    return lost


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
