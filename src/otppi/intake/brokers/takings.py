"""The messages a connector has taken and the broker still keeps: how many there may be, and how they end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from otppi.intake.brokers.width import LOOK_SECONDS, asked, waited
from otppi.ports.connector import ample

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from otppi.ports.connector import Arrival, Room, Take

END_SECONDS: Final = 5.0
"""How long messages that were brought already may take to end, once no more are asked for (`ports.connector`)."""


class Takings:
    """Runs `take` for several messages at once, at most `most`; `more` says how many there are places for beside those
    that are open. All belong to the loop's thread."""

    def __init__(self, take: Take, most: int, more: Room = ample) -> None:
        self._take = take
        self._most = most
        self._more = more
        self._one_ended = asyncio.Event()
        self._room = asyncio.Semaphore(most)
        self._tasks: set[asyncio.Task[None]] = set()
        self._broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # Nobody may wait for it any more when it ends.
        self._broken.add_done_callback(lambda broken: broken.cancelled() or broken.exception())

    def __len__(self) -> int:
        return len(self._tasks)

    async def begin(self, arrival: Arrival, acknowledge: Callable[[], Awaitable[object]] | None = None) -> None:
        """Take a message in a task of its own, and acknowledge it when it may be forgotten; None where the broker has
        forgotten it already. Waits while too many are open. What `acknowledge` raises ends `broken`."""
        await self._room.acquire()
        task = asyncio.create_task(self._run(arrival, acknowledge), name="take")
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def room(self) -> int:
        """How many more may be begun now, at least one: waits while there is none. One may always be open."""
        while (free := asked(self._most, self._more()) - len(self._tasks)) < 1:
            self._one_ended.clear()
            await waited(self._one_ended, LOOK_SECONDS)  # a place may become free elsewhere, too
        return free

    @property
    def broken(self) -> asyncio.Future[None]:
        """Ends with the exception of the first acknowledgement that failed; wait for it beside the connection."""
        return self._broken

    async def end(self, seconds: float = END_SECONDS) -> None:
        """Let those that are open end; what is not through by then is taken back and not acknowledged."""
        self._broken.cancel()
        if self._tasks:
            _, late = await asyncio.wait(set(self._tasks), timeout=seconds)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)

    async def _run(self, arrival: Arrival, acknowledge: Callable[[], Awaitable[object]] | None) -> None:
        await self._take(arrival)
        if acknowledge is not None:
            await acknowledge()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._one_ended.set()
        self._room.release()
        if task.cancelled() or (error := task.exception()) is None:
            return
        if not self._broken.done():
            self._broken.set_exception(error)
