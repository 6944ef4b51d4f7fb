"""Who has a pty open: inotify on its terminal side. Linux only; knows no modem.

A simulator keeps the terminal side of each pty open itself (a pty nobody holds reports a hang-up without end), so it
cannot see by reading that a client came or went; inotify tells.
"""

from __future__ import annotations

import ctypes
import os
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_IN_CLOSE = 0x08 | 0x10
_IN_OPEN = 0x20
_IN_IGNORED = 0x8000
_HEADER = struct.Struct("iIII")
_libc = ctypes.CDLL(None, use_errno=True)


class OpenWatch:
    """Calls back with True for each open and False for each close of a watched file, when `drain` is called."""

    def __init__(self) -> None:
        """Raises OSError when the kernel gives no inotify instance."""
        self.fileno: int = _checked(_libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
        self._callbacks: dict[int, Callable[[bool], None]] = {}

    def add(self, path: str, changed: Callable[[bool], None]) -> int:
        """Watch `path`; the number is for `remove`. Raises OSError."""
        number: int = _checked(_libc.inotify_add_watch(self.fileno, os.fsencode(path), _IN_OPEN | _IN_CLOSE))
        self._callbacks[number] = changed
        return number

    def remove(self, number: int) -> None:
        """Watch it no longer."""
        if self._callbacks.pop(number, None) is not None:
            _libc.inotify_rm_watch(self.fileno, number)

    def drain(self) -> None:
        """Tell everything that happened up to now."""
        while True:
            try:
                data = os.read(self.fileno, 65_536)
            except BlockingIOError:
                return
            self._tell(data)

    def close(self) -> None:
        """Give the instance back."""
        self._callbacks.clear()
        os.close(self.fileno)

    def _tell(self, data: bytes) -> None:
        position = 0
        while position < len(data):
            number, mask, _, length = _HEADER.unpack_from(data, position)
            position += _HEADER.size + length
            if number in self._callbacks and not mask & _IN_IGNORED:
                self._callbacks[number](bool(mask & _IN_OPEN))


def _checked(result: int) -> int:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
