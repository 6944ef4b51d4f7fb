"""`otppi purge --vacuum`: the store written anew, under the lock of its directory, while no gateway runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.bootstrap import STORE_FILE, CannotStart
from otppi.host import DirectoryError, DirectoryLock, disk_use, harden
from otppi.ports.operations import Refused
from otppi.ports.store import StoreUnavailable
from otppi.store.compact import compact

if TYPE_CHECKING:
    from pathlib import Path


def refuse_while_running(data_dir: Path) -> None:
    """Raises Refused where somebody works in the directory, or the disk has no room for a second copy of the store."""
    try:
        with DirectoryLock(data_dir):
            size = (data_dir / STORE_FILE).stat().st_size
    except DirectoryError as reason:
        raise Refused(f"the store can only be written anew while no gateway runs: {reason}") from None
    except FileNotFoundError:
        raise Refused(f"there is no store in {data_dir}") from None
    if disk_use(data_dir).free < 2 * size:
        raise Refused(f"the disk has less than twice the {size} octets free that the store takes")


def vacuum(data_dir: Path) -> tuple[int, int]:
    """The octets of the store before and after. Raises CannotStart."""
    try:
        harden()
        with DirectoryLock(data_dir):
            return compact(data_dir / STORE_FILE)
    except (DirectoryError, StoreUnavailable, OSError) as error:
        raise CannotStart(str(error)) from error
