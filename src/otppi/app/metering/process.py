"""The process itself and its store: memory, files, how late the event loop is, how the writer's transactions are.

What is told of the store is counted in the writer's thread, by that thread alone; a scrape only reads.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from otppi.app.metering import families as f
from otppi.app.metering.numbers import Counts, Histogram, stands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from otppi.ports.process import ProcessUse

LOOK_SECONDS: Final = 1.0


class StoreMeter:
    """Told of each transaction by the thread that writes."""

    def __init__(self) -> None:
        self._commits = Counts(f.STORE_COMMITS)
        self._seconds = Histogram(f.STORE_COMMIT_SECONDS)
        self._batch = Histogram(f.STORE_BATCH)

    def committed(self, operations: int, seconds: float) -> None:
        """A transaction of so many operations took so long."""
        self._commits.add()
        self._seconds.observe(seconds)
        self._batch.observe(operations)

    def metrics(self) -> Iterator[Counts | Histogram]:
        """All of it."""
        yield from (self._commits, self._seconds, self._batch)


class ProcessMeter:
    """`use` looks at the process; `run` watches the event loop until it is cancelled."""

    def __init__(self, use: Callable[[], ProcessUse] | None, version: str) -> None:
        self._use = use
        self._version = version
        self._lag = Histogram(f.LOOP_LAG)

    async def run(self) -> None:
        """Look each second how late this was."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LOOK_SECONDS
            await asyncio.sleep(LOOK_SECONDS)
            self._lag.observe(max(0.0, loop.time() - due))

    def metrics(self) -> Iterator[Counts | Histogram]:
        """All of it."""
        yield stands(f.INFO, [((self._version,), 1.0)])
        if self._use is not None:
            use = self._use()
            yield stands(f.PROCESS_MEMORY, [((), float(use.memory))])
            yield stands(f.PROCESS_FILES, [((), float(use.files))])
            yield stands(f.PROCESS_START, [((), use.started)])
        yield self._lag
