"""An event loop whose time jumps to the next thing that is due: an hour passes in no time, in the same order always.

Only for work that never leaves the loop's thread; a socket or a worker thread would make time jump past it.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable


_RESOLUTION: Final = 1e-9
"""Seconds: what is due within them is due now."""
_STANDSTILL: Final = 1000
"""Rounds of the loop in one moment, after which time moves on by the resolution. Two tasks that each wait for a moment
nearer than that are woken at once, find that it is not there yet, and would keep each other busy for ever."""


class Endless(Exception):
    """The loop has turned as often as it may: something goes round in circles, in standing time or in passing time."""


class _JumpingSelector(selectors.BaseSelector):
    """Instead of waiting, moves the loop's time on."""

    def __init__(self, most_turns: int | None) -> None:
        self._real = selectors.SelectSelector()
        self.now = 0.0
        self._still = 0
        self.turns = 0
        self._most = most_turns

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("nothing is due any more: the simulation would wait for ever")
        self._still = 0 if timeout > 0 else self._still + 1
        self.now += _RESOLUTION if self._still and self._still % _STANDSTILL == 0 else max(0.0, timeout)
        self.turns += 1
        if self._most is not None and self.turns > self._most:
            raise Endless(f"no end after {self._most} turns of the loop, at {self.now:.1f} s")
        return []

    def get_map(self) -> Any:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop in virtual time, beginning at `start` seconds. After `most_turns` it raises Endless; None is no limit."""

    def __init__(self, start: float = 0.0, *, most_turns: int | None = None) -> None:
        self._jumping = _JumpingSelector(most_turns)
        self._jumping.now = start
        super().__init__(self._jumping)
        self._clock_resolution = _RESOLUTION

    def time(self) -> float:
        """Virtual seconds."""
        return self._jumping.now

    @property
    def turns(self) -> int:
        """How often the loop has turned, each time through all that was ready."""
        return self._jumping.turns


class LoopClock:
    """`ports.clock.Clock` that follows a loop's time: gateway time and wall time are the same. `offset` is the Unix
    time at the loop's zero; `wall_shift` moves the wall clock alone."""

    def __init__(self, time: Callable[[], float], offset: float) -> None:
        self._time = time
        self.offset = offset
        self.wall_shift = 0.0
        self.trusted = True

    def now(self) -> float:
        return self.offset + self._time()

    def wall(self) -> float:
        return self.now() + self.wall_shift
