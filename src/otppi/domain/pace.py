"""How fast one client may send. Pure: time comes in with the question, in seconds that never go back."""

from __future__ import annotations


class Pace:
    """At most `rate` messages a second, and a second's worth of them at once; 0 for no limit."""

    def __init__(self, rate: int, now: float) -> None:
        self._rate = rate
        self._left = float(rate)
        self._at = now

    def take(self, now: float) -> float:
        """One message came: how long to wait before the next is read."""
        if self._rate == 0:
            return 0.0
        self._left = min(float(self._rate), self._left + (now - self._at) * self._rate) - 1.0
        self._at = now
        return max(0.0, -self._left / self._rate)
