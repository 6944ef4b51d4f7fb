"""What has to happen at a time: a heap of moments, each with a thing to do. Pure but for being mutable."""

from __future__ import annotations

import heapq
import itertools
import math
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")


class Agenda(Generic[T]):
    """Things by their moment (gateway seconds). Nothing is ever taken out early: who reads an entry checks
    whether it is still due."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, T]] = []
        self._order = itertools.count()

    def note(self, moment: float, thing: T) -> None:
        """Do `thing` at `moment`; infinity means never."""
        if moment < math.inf:
            heapq.heappush(self._heap, (moment, next(self._order), thing))

    def due(self, now: float) -> Iterator[T]:
        """Everything whose moment has come, earliest first."""
        while self._heap and self._heap[0][0] <= now:
            yield heapq.heappop(self._heap)[2]

    @property
    def next_moment(self) -> float:
        """The earliest moment noted; infinity where there is none."""
        return self._heap[0][0] if self._heap else math.inf
