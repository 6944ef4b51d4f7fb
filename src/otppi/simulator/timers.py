"""Things a simulated modem does later. Pure: the caller says what time it is."""

from __future__ import annotations

import heapq
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Timers:
    """A queue of actions by due time, first in first out among equals."""

    def __init__(self, elapsed: Callable[[], float]) -> None:
        self._elapsed = elapsed
        self._order = count()
        self._queue: list[tuple[float, int, bool, Callable[[], None]]] = []

    def later(self, seconds: float, action: Callable[[], None], *, powered: bool = True) -> None:
        """Do `action` in `seconds`. `powered`: it dies with the modem's power; else it belongs to the network."""
        heapq.heappush(self._queue, (self._elapsed() + seconds, next(self._order), powered, action))

    def due(self) -> float | None:
        """When the next action is due, on the clock handed in; None when there is none."""
        return self._queue[0][0] if self._queue else None

    def run(self) -> None:
        """Do what is due, including what becomes due meanwhile."""
        while self._queue and self._queue[0][0] <= self._elapsed():
            heapq.heappop(self._queue)[3]()

    def power_off(self) -> None:
        """Forget what needs the modem's power."""
        self._queue = [entry for entry in self._queue if not entry[2]]
        heapq.heapify(self._queue)
