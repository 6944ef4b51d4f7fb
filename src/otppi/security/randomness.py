"""Random octets for salts, nonces and ids, taken from the kernel's generator a page at a time.

A call of the kernel for each of them would be a tenth of the time of a request. What waits here lies in the same memory
as the keys, and is given out once. Codes and tokens never come from here.
"""

from __future__ import annotations

import os
from typing import Final

_PAGE: Final = 4096


class RandomOctets:
    """For one thread. Call it with the number of octets, 1 to 64."""

    __slots__ = ("_at", "_page")

    def __init__(self) -> None:
        self._page = b""
        self._at = 0

    def __call__(self, count: int) -> bytes:
        """So many octets that were never given out before."""
        end = self._at + count
        if end > len(self._page):
            self._page, self._at, end = os.urandom(_PAGE), 0, count
        octets = self._page[self._at : end]
        self._at = end
        return octets
