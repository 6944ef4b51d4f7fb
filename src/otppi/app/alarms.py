"""Alarms: what the owner should know, raised and cleared by the code that sees it.

Raising is cheap and never fails its caller: the row is written by a task of its own, in order; what stands now is
kept in memory for /health. A store that cannot commit is itself an alarm, kept in memory only.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final, Literal

from otppi.ports.store import Alarm, StoreUnavailable

if TYPE_CHECKING:
    from otppi.ports.clock import Clock
    from otppi.ports.store import Registry

Severity = Literal["notice", "warning", "critical"]

HAPPENINGS: Final = frozenset(
    {
        *("outcome_unknown", "no_progress", "id_used_again", "delivery_error", "malformed_sms", "sim_changed"),
        *("limit_reached", "fraud_watched", "fraud_refused", "requests_lost"),
    }
)
"""Alarms that tell of something that happened, not of a state that lasts: they fade after a day."""
FADE_SECONDS: Final = 86_400.0


class Alarms:
    """The alarms that stand. `load` reads what an earlier run left; `run` writes changes until cancelled."""

    def __init__(self, registry: Registry, clock: Clock) -> None:
        self._registry = registry
        self._clock = clock
        self._standing: dict[tuple[str, str], Alarm] = {}
        self._changes: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    async def load(self) -> None:
        """Take over what an earlier run saw happen; of states, this run sees for itself and raises them anew."""
        for alarm in await self._registry.alarms():
            self._standing[alarm.kind, alarm.object] = alarm
            if alarm.kind not in HAPPENINGS:
                self.clear(alarm.kind, alarm.object)

    def fade(self) -> None:
        """Clear what happened more than a day ago: nothing will ever make it undone."""
        now = self._clock.now()
        for alarm in self.standing:
            if alarm.kind in HAPPENINGS and now - alarm.since >= FADE_SECONDS:
                self.clear(alarm.kind, alarm.object)

    def set(self, kind: str, object_: str, severity: Severity, remedy: str, *, since: float | None = None) -> None:
        """Raise; one that stands keeps its time and takes the new words. `since`: gateway seconds, None for now."""
        known = self._standing.get((kind, object_))
        if known is None or (known.severity, known.remedy) != (severity, remedy):
            began = self._clock.now() if since is None else since
            since = began if known is None else known.since
            self._standing[kind, object_] = Alarm(kind, object_, since, severity, remedy)
            self._changes.put_nowait((kind, object_))

    def clear(self, kind: str, object_: str) -> None:
        """Clear; clearing what does not stand changes nothing."""
        if self._standing.pop((kind, object_), None) is not None:
            self._changes.put_nowait((kind, object_))

    @property
    def standing(self) -> tuple[Alarm, ...]:
        """All that stand now, oldest first."""
        return tuple(sorted(self._standing.values(), key=lambda alarm: alarm.since))

    async def run(self) -> None:
        """Write changes to the store, in order, until cancelled. A store that refuses is asked again."""
        while True:
            await self._write(await self._changes.get())

    async def flush(self) -> None:
        """Write what is still to be written, once; used at the end."""
        with contextlib.suppress(asyncio.QueueEmpty, StoreUnavailable):
            while True:
                await self._put(self._changes.get_nowait())

    async def _write(self, key: tuple[str, str]) -> None:
        while True:
            with contextlib.suppress(StoreUnavailable):
                return await self._put(key)
            await asyncio.sleep(1.0)

    async def _put(self, key: tuple[str, str]) -> None:
        alarm = self._standing.get(key)
        if alarm is None:
            await self._registry.clear_alarm(*key)
        else:
            await self._registry.raise_alarm(alarm)
