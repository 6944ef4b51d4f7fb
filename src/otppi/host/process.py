"""Process hygiene, to be done before the key is read: nothing of this process reaches the disk or another process."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from typing import Final

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
