"""Acknowledgements of a stream in batches: entries that end while one is on its way go with the next."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from otppi.ports.connector import Trouble

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Receipts:
    """Gives the broker the receipts of entries through `send`, which raises Trouble."""

    def __init__(self, send: Callable[[list[bytes]], Awaitable[object]]) -> None:
        self._send = send
        self._next: list[tuple[bytes, asyncio.Future[None]]] = []
        self._sender: asyncio.Task[None] | None = None

    async def give(self, name: bytes) -> None:
        """Returns when the broker has acknowledged this one. Raises Trouble."""
        given = asyncio.get_running_loop().create_future()
        self._next.append((name, given))
        if self._sender is None:
            self._sender = asyncio.create_task(self._run(), name="receipts")
        await given

    async def _run(self) -> None:
        while self._next:
            batch, self._next = self._next, []
            trouble = await self._deliver([name for name, _ in batch])
            for _, given in batch:
                if given.done():
                    continue
                if trouble is None:
                    given.set_result(None)
                else:
                    given.set_exception(trouble)
        self._sender = None

    async def _deliver(self, names: list[bytes]) -> Trouble | None:
        try:
            await self._send(names)
        except Trouble as trouble:
            return trouble
        return None
