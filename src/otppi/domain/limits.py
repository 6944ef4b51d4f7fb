"""How much a SIM may send, and when it may send next: pure arithmetic over the moments it was used at.

A limit is kept in every sliding window, not from full hour to full hour: operators count as they like, and a counter
that starts anew lets twice the limit through at its boundary. A SIM with a limit for the minute also keeps a pace, so
that it does not send in bursts; the pace slows as the minute is used up. Both are spread by up to a fifth, by a number
that comes in with the question: a SIM that sends to the second looks like what it is.

Nothing here knows a SIM, a store or a clock.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right, insort
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Span = Literal["minute", "hour", "day"]

SECONDS: Final[dict[Span, float]] = {"minute": 60.0, "hour": 3600.0, "day": 86_400.0}
SPREAD: Final = 0.2
"""The share of a mean gap by which a moment is spread."""
HIGHEST: Final = 100_000
"""No limit is higher: a modem cannot send as many in a day."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most SMS in any minute, hour and day; 0 for no limit."""

    minute: int = 0
    hour: int = 0
    day: int = 0

    def __bool__(self) -> bool:
        return bool(self.minute or self.hour or self.day)

    @property
    def windows(self) -> tuple[tuple[Span, int], ...]:
        """Those that are set, the shortest first."""
        all_three: tuple[tuple[Span, int], ...] = (("minute", self.minute), ("hour", self.hour), ("day", self.day))
        return tuple((span, most) for span, most in all_three if most)


@dataclass(frozen=True, slots=True)
class Leave:
    """The SIM may send again at `moment`, and may not since `since`: it is at its limit (`span`, `most`), or, where
    `span` is None, merely keeps its pace."""

    moment: float
    since: float
    span: Span | None = None
    most: int = 0


class Use:
    """The moments at which a SIM was used, as far back as any window looks: a day of them at most."""

    def __init__(self, times: Iterable[float] = ()) -> None:
        self._times = array("d", sorted(times))

    def __len__(self) -> int:
        return len(self._times)

    @property
    def last(self) -> float:
        """When it was used last; 0 where it was not."""
        return self._times[-1] if self._times else 0.0

    def note(self, at: float) -> None:
        """It was used at `at`, gateway seconds; in any order."""
        insort(self._times, at)
        old = bisect_right(self._times, self._times[-1] - SECONDS["day"])
        del self._times[:old]

    def leave(self, limits: Limits, now: float, spread: float) -> Leave | None:
        """When it may be used next; None for now. `spread` is 0..1 and should be another one after each use."""
        if not self._times:
            return None
        full = [self._full(*window, spread) for window in limits.windows]
        latest = max(full, key=_moment, default=None)
        if latest is not None and latest.moment > now:
            return latest
        pace = self._pace(limits.minute, spread)
        return pace if pace.moment > now else None

    def _full(self, span: Span, most: int, spread: float) -> Leave:
        """A window is full until the `most`-th use from the end has left it."""
        if len(self._times) < most:
            return Leave(0.0, 0.0)
        seconds = SECONDS[span]
        until = self._times[-most] + seconds + spread * SPREAD * seconds / most
        return Leave(until, self.last, span, most)

    def _pace(self, most: int, spread: float) -> Leave:
        """The mean gap, as far as the minute is used up, and a fifth more or less."""
        if not most:
            return Leave(0.0, 0.0)
        used = len(self._times) - bisect_right(self._times, self.last - SECONDS["minute"])
        gap = SECONDS["minute"] / most * min(1.0, used / most)
        return Leave(self.last + gap * (1.0 - SPREAD + 2 * SPREAD * spread), self.last)


def _moment(leave: Leave) -> float:
    return leave.moment
