"""Time as the application sees it.

Gateway time is Unix seconds that never go back and never jump while the gateway runs: at start it is the larger of
the wall clock (if trusted) and the newest stamp in the store, then it advances with the boot clock. Deadlines and
stored times are gateway time, so setting the wall clock neither revives an expired code nor kills a live one.
"""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Implementations: `otppi.clock.GatewayClock` and `otppi.testing.FakeClock`."""

    def now(self) -> float:
        """Gateway time in seconds."""

    def wall(self) -> float:
        """The wall clock in Unix seconds: only for comparing with what a caller wrote."""

    @property
    def trusted(self) -> bool:
        """False while the wall clock is earlier than the newest stamp in the store or than this build."""
