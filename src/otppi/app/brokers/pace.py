"""At most so many messages a second."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from otppi.ports.clock import Clock


class Pace:
    """`rate` messages a second, evenly; 0 for no limit."""

    def __init__(self, rate: int, clock: Clock) -> None:
        self._gap = 1 / rate if rate else 0.0
        self._clock = clock
        self._next = 0.0

    async def keep(self) -> None:
        """Wait for the next place."""
        if not self._gap:
            return
        now = self._clock.now()
        at = max(now, self._next)
        self._next = at + self._gap
        if at > now:
            await asyncio.sleep(at - now)
