"""In which order the messages of one subscriber are worked on: side by side, but for those that must stand alone."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Turns:
    """A message that stands alone (a number is blocked) is worked on when all before it are through, and before all
    that come after it: who blocks a number and then sends to it means that order."""

    def __init__(self) -> None:
        self._open: set[asyncio.Future[None]] = set()
        self._alone: asyncio.Future[None] | None = None

    @asynccontextmanager
    async def turn(self, *, alone: bool) -> AsyncIterator[None]:
        """Wait for the turn; it ends with the block. Turns are in the order of the calls."""
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        before = set(self._open) if alone else {each for each in (self._alone,) if each is not None}
        self._open.add(mine)
        if alone:
            self._alone = mine
        try:
            if before:
                await asyncio.wait(before)
            yield
        finally:
            self._open.discard(mine)
            if self._alone is mine:
                self._alone = None
            mine.set_result(None)
