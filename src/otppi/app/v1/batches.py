"""Many messages in one request: each is accepted as if it were sent alone, in the order of the list.

They are accepted side by side, so that they share commits. A turn of the loop reads and starts one of them, or tells
how one stands, so that others are served in between.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from otppi.app.v1.messages import Messages, Taken
    from otppi.app.v1.orders import Order
    from otppi.domain.rights import Caller

AT_ONCE: Final = 32
"""How many messages of one batch are on their way to the disk together."""


class Batches:
    """Takes batches."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    async def send(self, orders: Iterable[Order | Exception], caller: Caller, key: str = "") -> list[Taken | Exception]:
        """What became of each order, in their order: what `Messages.send` gave or raised; an exception among the orders
        stands for one that could not be read. `key` is the batch's duplicate key; with the place in the list it is
        that of each message. Orders are read one by one, as their turn comes."""
        accepted = await self._accept(orders, caller, key)
        return [await self._told(accepted[index], caller) for index in sorted(accepted)]

    async def _accept(
        self, orders: Iterable[Order | Exception], caller: Caller, key: str
    ) -> dict[int, Mapping[str, Any] | Exception]:
        accepted: dict[int, Mapping[str, Any] | Exception] = {}
        slots = asyncio.Semaphore(AT_ONCE)

        async def accept(index: int, order: Order) -> None:
            try:
                accepted[index] = await self._messages.accept(order, caller)
            except Exception as error:  # noqa: BLE001 - one message never spoils another; the door tells what it was
                accepted[index] = error
            finally:
                slots.release()

        async with asyncio.TaskGroup() as group:
            for index, order in enumerate(orders):
                if isinstance(order, Exception):
                    accepted[index] = order
                else:
                    await slots.acquire()
                    own = replace(order, key=("batch-key", f"{index}/{key}" if key else ""), wait=0.0)
                    group.create_task(accept(index, own))
                await asyncio.sleep(0)
        return accepted

    async def _told(self, data: Mapping[str, Any] | Exception, caller: Caller) -> Taken | Exception:
        await asyncio.sleep(0)
        if isinstance(data, Exception):
            return data
        try:
            return await self._messages.taken(data, caller)
        except Exception as error:  # noqa: BLE001 - as above
            return error
