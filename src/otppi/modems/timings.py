"""How long the shell waits, in seconds. The AT time limits are the engine's own; these are the line's."""

from __future__ import annotations

import zlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timings:
    """`keep_alive`: time after the last answer at which the modem is asked. `search`: the same while it cannot send.
    `step`: the most one question of the care takes. `patience`: silence to a command after which it counts as not
    answering. `storage`: how often its message store is looked at, and a busy modem is asked all the same.
    `sim`: the least time between two fresh looks at the SIM. `reboot`: the wait after a restart before the next try.

    A modem that stops answering with nothing in flight cannot send any more after keep_alive + patience at the latest.

    `retry_first` doubles up to `retry_longest` between attempts to open; the very first retry comes at once.
    `path_poll`: how often a missing path is looked for. `open`: limit for opening a port. `late`: how long the
    reference of a message in doubt is listened for. `jitter`: the share by which a retry is moved at random.
    `spread`: from 0 to 1, how far the first looks at the stores of several modems are spread.
    """

    keep_alive: float = 10.0
    search: float = 2.0
    step: float = 3.0
    patience: float = 4.0
    storage: float = 60.0
    sim: float = 10.0
    reboot: float = 5.0
    retry_first: float = 0.5
    retry_longest: float = 10.0
    path_poll: float = 0.5
    open: float = 10.0
    late: float = 300.0
    jitter: float = 0.1
    spread: float = 1.0

    def first_look(self, modem: str) -> float:
        """How long after the start of a modem its message store is looked at first: between `keep_alive` and `storage`,
        by its name. Modems that were started in one moment would else all be asked in one moment for ever, and all of
        their sends would wait."""
        share = self.spread * zlib.crc32(modem.encode()) / 2**32
        return self.keep_alive + share * (self.storage - self.keep_alive)


DEFAULT_TIMINGS = Timings()


class Backoff:
    """The waits between attempts: 0, first, doubled up to longest, each moved by the jitter."""

    def __init__(self, timings: Timings) -> None:
        self._timings = timings
        self._attempts = 0

    def reset(self) -> None:
        """An attempt succeeded: the next failure is retried at once."""
        self._attempts = 0

    def next_wait(self, chance: float) -> float:
        """The wait before the next attempt; `chance` in 0..1 is a random number."""
        self._attempts += 1
        if self._attempts == 1:
            return 0.0
        wait = min(self._timings.retry_first * 2.0 ** min(self._attempts - 2, 30), self._timings.retry_longest)
        return wait * (1 + self._timings.jitter * (2 * chance - 1))
