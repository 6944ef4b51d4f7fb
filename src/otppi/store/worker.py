"""A thread that owns one connection and works off what waits, batch by batch.

Its Python is kept short: it shares the interpreter with the event loop. It knows nothing of any table.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final

from otppi.ports.store import StoreUnavailable
from otppi.store.batch import UNAVAILABLE, Done, Failed, Op, Result

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

    from otppi.store.link import Link, Source

    Run = Callable[[Link, Sequence[Op]], list[Result]]

BATCH_LIMIT: Final = 512
IDLE_SECONDS: Final = 10.0
"""Quiet for so long, the writer brings the log into the file and empties it: wiped texts leave the log with it."""


@dataclass(frozen=True, slots=True)
class Job:
    """One operation and the future of the task that waits for it."""

    op: Op
    future: asyncio.Future[object]


class Worker:
    """One thread, one connection, from `start` to `stop`."""

    def __init__(self, name: str, source: Source, run: Run, *, tidy: bool, idle: float = IDLE_SECONDS) -> None:
        """`tidy` says that the worker checkpoints when idle and at the end: for the one that writes."""
        self._source = source
        self._run = run
        self._tidy = tidy
        self._idle = idle
        self._link: Link | None = None
        self._tidy_at: float | None = None
        self._seen = 0
        self._last = False
        self.on_batch: Callable[[int, float], None] = lambda _operations, _seconds: None
        """Told of each batch that was committed, in the worker's thread: its operations, and the seconds it took."""
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Queue `job`; its future is resolved on its own loop. Never blocks."""
        self._queue.put(job)

    def stop(self) -> None:
        """Work off what waits, checkpoint, close, and come back when that is done. Blocks."""
        self._queue.put(None)
        self._thread.join()

    def _serve(self) -> None:
        while batch := self._next_batch():
            began = time.perf_counter()
            results = self._execute(batch)
            seconds = time.perf_counter() - began
            self._deliver(batch, results)
            if self._link is not None:  # it was committed; counted only now, as those who wait come first
                self.on_batch(len(batch), seconds)
        if self._link is not None:
            with suppress(sqlite3.Error):
                if self._tidy:
                    self._link.finish()
            self._link.close()

    def _next_batch(self) -> list[Job]:
        """What waits; blocks until something does. Empty once the worker is to stop."""
        batch: list[Job] = []
        if self._last:
            return batch
        job = self._wait()
        while job is not None:
            batch.append(job)
            if len(batch) == BATCH_LIMIT or self._queue.empty():
                return batch
            job = self._queue.get()
        self._last = True
        return batch

    def _wait(self) -> Job | None:
        while self._tidy_at is not None:
            left = self._tidy_at - time.monotonic()
            with suppress(Empty):
                if left > 0:
                    return self._queue.get(timeout=left)
            self._rest()
        return self._queue.get()

    def _rest(self) -> None:
        self._tidy_at = None
        if self._link is not None:
            with suppress(sqlite3.Error):
                if not self._link.checkpoint():
                    self._tidy_at = time.monotonic() + self._idle

    def _execute(self, batch: list[Job]) -> list[Result]:
        try:
            if self._link is None:
                self._link = self._source.connect()
                self._seen = 0
            results = self._run(self._link, [job.op for job in batch])
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody may be left waiting for ever
            self._drop()
            return [Failed(_unavailable(error)) for _ in batch]
        self._note_changes(self._link)
        return results

    def _note_changes(self, link: Link) -> None:
        """Put the checkpoint off while rows change; operations that found nothing to do do not count."""
        if self._tidy and link.total_changes != self._seen:
            self._seen = link.total_changes
            self._tidy_at = time.monotonic() + self._idle

    def _drop(self) -> None:
        """After an error of the file the next batch starts on a fresh connection."""
        link, self._link = self._link, None
        if link is not None:
            with suppress(sqlite3.Error):
                link.close()

    def _deliver(self, batch: list[Job], results: list[Result]) -> None:
        """One call to the loop for the whole batch. A loop that is closed has nobody left who waits."""
        with suppress(RuntimeError):
            batch[0].future.get_loop().call_soon_threadsafe(_resolve, batch, results)


def _unavailable(cause: Exception) -> StoreUnavailable:
    """One for each who waits: an exception that is raised in several tasks would gather all their tracebacks."""
    error = StoreUnavailable(UNAVAILABLE)
    error.__cause__ = cause
    return error


def _resolve(batch: list[Job], results: list[Result]) -> None:
    for job, result in zip(batch, results, strict=True):
        if job.future.done():
            continue
        if isinstance(result, Done):
            job.future.set_result(result.value)
        else:
            job.future.set_exception(result.error)
