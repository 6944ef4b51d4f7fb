"""A clock that moves only when it is told to. Implements ports.clock."""

from __future__ import annotations


class FakeClock:
    """Gateway time and wall clock start equal at `start` (Unix seconds) and advance together."""

    def __init__(self, start: float = 1_790_000_000.0, *, trusted: bool = True) -> None:
        self._now = start
        self._wall = start
        self._trusted = trusted

    def now(self) -> float:
        return self._now

    def wall(self) -> float:
        return self._wall

    @property
    def trusted(self) -> bool:
        return self._trusted

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass. Time does not go back."""
        if seconds < 0:
            raise ValueError("time does not go back")
        self._now += seconds
        self._wall += seconds

    def set_wall(self, wall: float, *, trusted: bool = True) -> None:
        """Somebody sets the wall clock; gateway time does not notice."""
        self._wall = wall
        self._trusted = trusted
