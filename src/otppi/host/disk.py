"""How full the disk under the data directory is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

ALARM_SHARE: Final = 0.80
REFUSE_SHARE: Final = 0.95


@dataclass(frozen=True, slots=True)
class DiskUse:
    """`used` and `free` in octets; `free` is what an ordinary user may still write."""

    used: int
    free: int

    @property
    def share(self) -> float:
        """The used part of what an ordinary user can use, 0.0 .. 1.0, as df(1) shows it."""
        total = self.used + self.free
        return self.used / total if total else 1.0

    @property
    def alarming(self) -> bool:
        """True from 80 % on: an alarm is due."""
        return self.share >= ALARM_SHARE

    @property
    def full(self) -> bool:
        """True from 95 % on: new messages are refused, so that those accepted can still be finished."""
        return self.share >= REFUSE_SHARE


def disk_use(directory: Path) -> DiskUse:
    """The figures of the file system `directory` is on. Raises OSError."""
    figures = os.statvfs(directory)
    block = figures.f_frsize
    return DiskUse(used=(figures.f_blocks - figures.f_bfree) * block, free=figures.f_bavail * block)
