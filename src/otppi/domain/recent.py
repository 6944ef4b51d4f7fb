"""A table of the most recent: bounded, the one used longest ago is dropped for a new one. Pure.

An entry that must not be forgotten now may ask to be passed over; only where the oldest all ask for it, it is in vain.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import islice
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

K = TypeVar("K")
V = TypeVar("V")

PASSED_OVER: Final = 8
"""So many of the oldest are asked before the oldest is dropped whatever it says."""


class Recent(Generic[K, V]):
    """At most `most` entries. `stays` says of a value whether it must not be forgotten now."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._entries: OrderedDict[K, V] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """The value of a key, which counts as used now."""
        if key in self._entries:
            self._entries.move_to_end(key)
        return self._entries.get(key)

    def put(self, key: K, value: V, stays: Callable[[V], bool]) -> None:
        """Keep it; where that makes one too many, another is dropped."""
        self._entries[key] = value
        self._entries.move_to_end(key)
        if len(self._entries) > self._most:
            self._drop(stays)

    def _drop(self, stays: Callable[[V], bool]) -> None:
        oldest = list(islice(self._entries.items(), min(PASSED_OVER, self._most)))
        place = next((place for place, (_, value) in enumerate(oldest) if not stays(value)), 0)
        for key, _ in oldest[:place]:
            self._entries.move_to_end(key)
        del self._entries[oldest[place][0]]
