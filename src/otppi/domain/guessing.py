"""Whether somebody guesses at the codes of an account: its checks of the last hour, and how many were wrong. Pure.

The limits of one code and one receiver (`domain.otp`) do not see a guess at each of a thousand codes; this does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otppi.domain.fraud import HOUR, MOST_WRONG, guessing
from otppi.domain.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

STEP_SECONDS: Final = 60.0


class Checks:
    """The checks of one account."""

    def __init__(self) -> None:
        self._all = Tally(STEP_SECONDS, HOUR)
        self._wrong = Tally(STEP_SECONDS, HOUR)

    def note(self, at: float, checks: int = 1, *, wrong: int) -> None:
        """So many checks, `wrong` of them wrong."""
        self._all.note(at, checks)
        if wrong:
            self._wrong.note(at, wrong)

    def wrong(self, now: float) -> int:
        """Wrong ones of the last hour."""
        return self._wrong.within(HOUR, now)

    def suspicious(self, now: float) -> bool:
        """More than 300 were wrong within an hour, and more than half of all."""
        return guessing(self._all.within(HOUR, now), self.wrong(now))

    def wait(self, now: float) -> float:
        """Seconds until no more than 300 are wrong, if no check comes."""
        return self._wrong.wait(MOST_WRONG + 1, HOUR, now)

    def minutes(self, now: float) -> Iterator[tuple[int, int, int]]:
        """(minute of gateway time, checks, wrong) of the last hour."""
        self._all.within(HOUR, now)
        wrong = dict(self._wrong.items())
        return ((int(at // STEP_SECONDS), count, wrong.get(at, 0)) for at, count in self._all.items())
