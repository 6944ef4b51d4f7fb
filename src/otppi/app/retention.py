"""Keeps records no longer than the owner wants: finished messages become counts, a few at a time.

Each step is a transaction of some milliseconds, and others come between two of them: nobody waits for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otppi.ports.history import Cut

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.domain.settings import Settings
    from otppi.ports.clock import Clock
    from otppi.ports.history import History

FIRST_SECONDS: Final = 600.0
"""So long after the start it begins: there is enough to do then."""
PAUSE_SECONDS: Final = 3600.0
STEP: Final = 50
"""Messages of one transaction: 5 ms with the sync on the build machine, and below 20 ms on a slower one too."""
STEPS_A_ROUND: Final = 100


class Retention:
    """Call `round` every few seconds."""

    def __init__(self, history: History, clock: Clock, settings: Callable[[], Settings]) -> None:
        self._history = history
        self._clock = clock
        self._settings = settings
        self._next = clock.now() + FIRST_SECONDS
        self._after = 0

    async def round(self) -> None:
        """Some steps, where it is time for them. Raises StoreUnavailable."""
        if self._clock.now() < self._next:
            return
        for _ in range(STEPS_A_ROUND):
            if await self._step():
                self._after = 0
                self._next = self._clock.now() + PAUSE_SECONDS
                return

    async def _step(self) -> bool:
        """Whether that was the last. It writes only where there is something to do."""
        now = self._clock.now()
        cut = Cut(now - self._settings().retention_finished)
        found = await self._history.count(cut, now=now, after=self._after, limit=STEP)
        if found.messages:
            found = await self._history.purge(cut, now=now, after=self._after, limit=STEP)
        self._after = found.after
        return found.done
