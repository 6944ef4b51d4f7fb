"""The two ways to run the store's operations: on threads (the product) or on the spot (the simulation).

Both run the same operations and the same SQL.
"""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from otppi.ports.store import StoreUnavailable
from otppi.store.batch import Done, Hook, Result, nothing, run_batch, run_reads
from otppi.store.worker import IDLE_SECONDS, Job, Worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.store.link import Link, Source

T = TypeVar("T")

_CLOSED = "the store is closed"


class Writer(Protocol):
    """Runs operations. Raises StoreUnavailable where nothing can be committed, else what the operation raised."""

    async def write(self, op: Callable[[Link], T]) -> T:
        """Run `op` in a transaction and commit it; operations are committed in the order they came.

        Cancelling the caller does not take the operation back.
        """

    async def read(self, op: Callable[[Link], T]) -> T:
        """Run `op`, which only reads. It sees everything committed before the call."""

    def watch(self, on_batch: Callable[[int, float], None]) -> None:
        """Have each committed batch told: its operations, and the seconds it took. It may be told in another thread."""

    async def close(self) -> None:
        """Work off what waits, checkpoint, close."""


class ThreadedWriter:
    """A writer thread with group commit and a reader thread. Operations of one moment share a commit; a lone one
    waits for nothing."""

    def __init__(self, source: Source, *, idle: float = IDLE_SECONDS) -> None:
        self._writer = Worker("otppi-store-write", source, run_batch, tidy=True, idle=idle)
        self._reader = Worker("otppi-store-read", source, run_reads, tidy=False)
        self._writer.start()
        self._reader.start()
        self._closed = False

    def watch(self, on_batch: Callable[[int, float], None]) -> None:
        """Have each committed batch told, in the thread that writes: its operations, and the seconds it took."""
        self._writer.on_batch = on_batch

    async def write(self, op: Callable[[Link], T]) -> T:
        return await self._submit(self._writer, op)

    async def read(self, op: Callable[[Link], T]) -> T:
        return await self._submit(self._reader, op)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        await asyncio.to_thread(self._reader.stop)
        await asyncio.to_thread(self._writer.stop)

    async def _submit(self, worker: Worker, op: Callable[[Link], T]) -> T:
        if self._closed:
            raise StoreUnavailable(_CLOSED)
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        worker.submit(Job(op, future))
        return cast("T", await future)


class InlineWriter:
    """Every operation on the spot, in a transaction of its own: the same order on every run.

    `before_commit` and `after_commit` are called around each commit and may raise; raising before it undoes the
    operation, raising after it does not.
    """

    def __init__(self, source: Source, *, before_commit: Hook = nothing, after_commit: Hook = nothing) -> None:
        self._source = source
        self._before_commit = before_commit
        self._after_commit = after_commit
        self._link: Link | None = None
        self._closed = False
        self._on_batch: Callable[[int, float], None] = lambda _operations, _seconds: None

    def watch(self, on_batch: Callable[[int, float], None]) -> None:
        """Batches of one; they take no time, as no clock is asked."""
        self._on_batch = on_batch

    async def write(self, op: Callable[[Link], T]) -> T:
        result = self._guard(lambda link: run_batch(link, [op], self._before_commit)[0])
        self._on_batch(1, 0.0)
        self._after_commit()
        return cast("T", _value(result))

    async def read(self, op: Callable[[Link], T]) -> T:
        return cast("T", _value(self._guard(lambda link: run_reads(link, [op])[0])))

    async def close(self) -> None:
        if self._link is not None and not self._closed:
            self._link.finish()
        self.abandon()

    def abandon(self) -> None:
        """Close as a crash would: what is not committed is gone, the log stays as it is."""
        self._closed = True
        if self._link is not None:
            self._link.roll_back()
            self._link.close()
            self._link = None

    def _guard(self, run: Callable[[Link], Result]) -> Result:
        if self._closed:
            raise StoreUnavailable(_CLOSED)
        try:
            if self._link is None:
                self._link = self._source.connect()
            return run(self._link)
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable("the store cannot be opened") from error


def _value(result: Result) -> object:
    if isinstance(result, Done):
        return result.value
    raise result.error
