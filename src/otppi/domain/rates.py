"""How many messages an account may have made: most in any minute, hour and day. Pure.

A rate is kept in every sliding span, not from full hour to full hour: a counter that starts anew lets twice as many
through at its boundary. The numbers themselves are `domain.limits.Limits`, as for SIMs, but without a pace: a client
may use its minute up at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from otppi.domain.limits import SECONDS, Span
from otppi.domain.tally import Tally

if TYPE_CHECKING:
    from otppi.domain.limits import Limits

HIGHEST: Final = 1_000_000
"""No rate is higher."""
STEPS: Final[dict[Span, int]] = {"minute": 60, "hour": 360, "day": 360}
"""In so many steps each span slides: a place becomes free at most one second, ten seconds or four minutes late."""


@dataclass(frozen=True, slots=True)
class Full:
    """The rate of `most` in a `span` is used up for another `wait` seconds."""

    span: Span
    most: int
    wait: float


class Made:
    """What one account has made, as far back as any rate looks."""

    def __init__(self) -> None:
        self._tallies = {span: Tally(seconds / STEPS[span], seconds) for span, seconds in SECONDS.items()}

    def note(self, at: float, count: int = 1) -> None:
        """It made so many messages at `at`."""
        for tally in self._tallies.values():
            tally.note(at, count)

    def take_back(self, at: float) -> None:
        """One noted at `at` was no new message after all."""
        for tally in self._tallies.values():
            tally.take_back(at)

    def add(self, later: Made) -> None:
        """Take over what `later` holds; nothing of it is older than what is here."""
        for span, tally in self._tallies.items():
            for at, count in later._tallies[span].items():
                tally.note(at, count)

    def used(self, span: Span, now: float) -> int:
        """How many count in the span that ends now."""
        return self._tallies[span].within(SECONDS[span], now)

    def full(self, rates: Limits, now: float) -> Full | None:
        """The rate that allows no more; of several the one that lasts longest."""
        waits = [Full(span, most, self._tallies[span].wait(most, SECONDS[span], now)) for span, most in rates.windows]
        longest = max(waits, key=lambda full: full.wait, default=None)
        return longest if longest is not None and longest.wait > 0 else None
