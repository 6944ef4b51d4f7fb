"""A tally: how many things happened in a sliding span of time, in memory that does not grow with their number.

What happened is known to a step of time and counts until the whole step has left the span. So a span never holds more
than it tells, and a place in it becomes free at most one step late.

Pure: the time comes in with the question, in seconds of one clock that does not jump back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Tally:
    """What happened in the last `keep` seconds, by steps of `step` seconds."""

    __slots__ = ("_counts", "_keep", "_step", "_total")

    def __init__(self, step: float, keep: float) -> None:
        self._step = step
        self._keep = keep
        self._counts: dict[int, int] = {}
        self._total = 0

    def note(self, at: float, count: int = 1) -> None:
        """It happened at `at`, so many times; about in the order of time."""
        self._forget(at)
        place = int(at // self._step)
        late = place not in self._counts and bool(self._counts) and place < next(reversed(self._counts))
        self._counts[place] = self._counts.get(place, 0) + count
        self._total += count
        if late:
            self._counts = dict(sorted(self._counts.items()))

    def take_back(self, at: float) -> None:
        """One that was noted at `at` has not happened after all; nothing if it is forgotten already."""
        place = int(at // self._step)
        if place in self._counts:
            self._counts[place] -= 1
            self._total -= 1

    def within(self, span: float, now: float) -> int:
        """How many happened in the last `span` seconds, at most `keep`."""
        self._forget(now)
        if span >= self._keep:
            return self._total
        return sum(count for place, count in self._counts.items() if self._leaves(place, span) > now)

    def wait(self, most: int, span: float, now: float) -> float:
        """Seconds until fewer than `most` (at least 1) happened in the last `span`; 0 where they are fewer now."""
        self._forget(now)
        if self._total < most:
            return 0.0
        left = 0
        for place in reversed(self._counts):  # in a flood the newest step says it all
            leaves = (place + 1) * self._step + span
            if leaves <= now:
                break
            left += self._counts[place]
            if left >= most:
                return leaves - now
        return 0.0

    def items(self) -> Iterator[tuple[float, int]]:
        """Each step that is remembered, by its beginning, and how many happened in it."""
        return ((place * self._step, count) for place, count in self._counts.items())

    def _leaves(self, place: int, span: float) -> float:
        """When a step has left the span."""
        return (place + 1) * self._step + span

    def _forget(self, now: float) -> None:
        while self._counts:
            oldest = next(iter(self._counts))
            if self._leaves(oldest, self._keep) > now:
                return
            self._total -= self._counts.pop(oldest)
