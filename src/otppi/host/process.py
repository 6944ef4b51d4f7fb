"""The process: its hygiene, to be done before the key is read, so that nothing of it reaches the disk or another
process; and how much of the machine it uses."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
import time
from functools import cache
from pathlib import Path
from typing import Final

from otppi.ports.process import ProcessUse

_PR_SET_DUMPABLE: Final = 4
"""prctl(2)."""


def harden() -> None:
    """Files made from now on are for their owner only (umask 077), no core dump is ever written, and other processes
    of the same user cannot look into the memory. Raises OSError where the system refuses: then do not go on."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        _forbid_dumps()


def _forbid_dumps() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def process_use() -> ProcessUse:
    """How much memory and how many files this process has now. Raises OSError where there is no /proc."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return ProcessUse(pages * resource.getpagesize(), sum(1 for _ in Path("/proc/self/fd").iterdir()), _started())


@cache
def _started() -> float:
    """Field 22 of /proc/self/stat (proc(5)) counts ticks since the machine was started; in Unix seconds."""
    ticks = int(Path("/proc/self/stat").read_text("ascii").rpartition(")")[2].split()[19])
    since_boot = ticks / os.sysconf("SC_CLK_TCK")
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + since_boot
