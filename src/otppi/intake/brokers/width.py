"""How many messages a broker may bring before one is acknowledged, where that can be changed while it brings them."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from otppi.ports.connector import Room

LOOK_SECONDS: Final = 1.0


class Width:
    """At most `most`, and no more than there is room for, but at least one: that one waits, and is seen to wait. It
    changes in halves and doubles, for each change is told the broker."""

    def __init__(self, most: int, room: Room) -> None:
        self._most = most
        self._room = room
        self._narrower = asyncio.Event()
        self._fits = asyncio.Event()
        self._fits.set()
        self._over = False
        self.now = asked(most, room())
        """What holds until `changed` returns."""

    async def fits(self) -> None:
        """Before an acknowledgement, which lets the broker bring one more: where there is no room for so many any more,
        wait until it has been told (`told`)."""
        if not self._over and self.now > 1 and self._room() < self.now:
            self._fits.clear()
            self._narrower.set()
        await self._fits.wait()

    def told(self) -> None:
        """The broker knows `now`."""
        self._fits.set()

    def end(self) -> None:
        """The broker brings nothing more: every acknowledgement fits."""
        self._over = True
        self._fits.set()

    async def changed(self) -> None:
        """Returns when `now` is another one. What is narrow is looked at once a second."""
        before = self.now
        while self.now == before:
            if await waited(self._narrower, None if before == self._most else LOOK_SECONDS):
                self._narrower.clear()
                self.now = next_width(before, self._most, self._room())
            else:  # what is open may have taken the last places, and takes no more of them
                self.now = max(before, next_width(before, self._most, self._room()))
            if self.now == before:
                self._fits.set()  # there is room again


async def waited(event: asyncio.Event, seconds: float | None) -> bool:
    """Whether it is set within this time."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


def asked(most: int, room: int) -> int:
    """How many may be asked for with so much room."""
    return min(most, max(1, room))


def next_width(width: int, most: int, room: int) -> int:
    """The width after this one: half of the room where it has become too wide, wider where twice as many fit or all."""
    if room < width:
        return max(1, room // 2)
    fits = asked(most, room)
    return fits if fits == most or fits >= 2 * width else width
