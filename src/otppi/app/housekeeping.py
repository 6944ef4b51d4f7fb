"""What has to be done now and then: codes past their life are ended, the time is remembered, the disk is watched, old
uses of SIMs are forgotten, and troubles that are over are cleared.

It also finds out when a store that could not commit works again.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from otppi.ports.store import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from otppi.app.alarms import Alarms
    from otppi.app.gateway import Gateway
    from otppi.ports.clock import Clock
    from otppi.ports.store import Store

log = logging.getLogger(__name__)

SWEEP_SECONDS: Final = 5.0
MARK_SECONDS: Final = 60.0
FORGET_SECONDS: Final = 3600.0
SWEEP_LIMIT: Final = 500
SWEEPS_A_ROUND: Final = 40
DISK_ALARM: Final = 0.80
DISK_REFUSAL: Final = 0.95
CLOCK_FACT: Final = "clock"
_DAY_AND_MORE: Final = 25 * 3600.0


class Housekeeping:
    """Runs until cancelled. `disk_used` gives the used share of the disk (0..1), `mark` the clock's fact; `review`
    clears the troubles of modems that are over."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        alarms: Alarms,
        gateway: Gateway,
        disk_used: Callable[[], float],
        mark: Callable[[], str],
        review: Callable[[], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._alarms = alarms
        self._gateway = gateway
        self._disk_used = disk_used
        self._mark = mark
        self._review = review
        self._marked = -MARK_SECONDS
        self._forgot = clock.now()
        self.chores: list[Callable[[], Awaitable[None]]] = []
        """What else is done in each round; may raise StoreUnavailable."""
        self.every = SWEEP_SECONDS
        """Seconds between two rounds."""

    async def run(self) -> None:
        """Once now, then every few seconds."""
        while True:
            await self.round()
            await asyncio.sleep(self.every)

    async def round(self) -> None:
        """One round. Never raises for a store that cannot commit: that is what it is there to notice."""
        self._watch_disk()
        self._watch_clock()
        self._alarms.fade()
        self._review()
        try:
            await self._sweep()
            await self._remember_time()
            await self._forget_uses()
            for chore in self.chores:
                await chore()
        except StoreUnavailable:
            self._gateway.store_works = False
            self._alarms.set("store", "store", "critical", "the store cannot commit: check the disk and its space")
        else:
            self._gateway.store_works = True
            self._alarms.clear("store", "store")

    async def _sweep(self) -> None:
        for _ in range(SWEEPS_A_ROUND):
            if await self._store.verifications.sweep(now=self._clock.now(), limit=SWEEP_LIMIT) < SWEEP_LIMIT:
                return

    async def _remember_time(self) -> None:
        now = self._clock.now()
        if now - self._marked >= MARK_SECONDS or not self._gateway.store_works:
            await self._store.registry.put_fact(CLOCK_FACT, self._mark())
            self._marked = now

    async def _forget_uses(self) -> None:
        now = self._clock.now()
        if now - self._forgot >= FORGET_SECONDS:
            await self._store.sims.forget_uses(before=now - _DAY_AND_MORE)
            self._forgot = now

    def _watch_disk(self) -> None:
        try:
            used = self._disk_used()
        except OSError:
            self._alarms.set(
                "disk", "disk", "critical", "the data directory cannot be looked at: is the disk still there?"
            )
            return
        self._gateway.disk_full = used >= DISK_REFUSAL
        if used >= DISK_ALARM:
            self._alarms.set("disk", "disk", "critical", "free space: at 95 % used nothing more is accepted")
        else:
            self._alarms.clear("disk", "disk")

    def _watch_clock(self) -> None:
        if self._clock.trusted:
            self._alarms.clear("clock", "clock")
        else:
            self._alarms.set("clock", "clock", "warning", "set the time: until then lives follow the callers' clocks")
