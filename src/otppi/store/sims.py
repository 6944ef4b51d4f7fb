"""What is remembered of SIMs in SQLite: their uses by the minute, and who is in quarantine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otppi.ports.store import Quarantine, UsedMinute

if TYPE_CHECKING:
    from otppi.ports.store import SimUse
    from otppi.store.link import Link
    from otppi.store.writer import Writer

_MINUTE: Final = 60
_AGAIN: Final = "UPDATE sim_use SET uses = uses + 1, last = max(last, ?) WHERE sim = ? AND minute = ?"
_FIRST: Final = "INSERT INTO sim_use (sim, minute, uses, last) VALUES (?, ?, 1, ?)"
_FORGET: Final = "DELETE FROM sim_use WHERE last < ?"
_USES: Final = "SELECT sim, uses, last FROM sim_use WHERE last >= ? ORDER BY last"
_QUARANTINE: Final = "INSERT INTO sim_quarantine (sim, modem, since) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"


class SqliteSims:
    """Implements `otppi.ports.store.Sims`."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def uses(self, *, since: float) -> list[UsedMinute]:
        found = await self._writer.read(lambda link: link.execute(_USES, (since,)).fetchall())
        return [UsedMinute(*row) for row in found]

    async def forget_uses(self, *, before: float) -> None:
        await self._writer.write(lambda link: link.execute(_FORGET, (before,)))

    async def quarantines(self) -> list[Quarantine]:
        sql = "SELECT sim, modem, since FROM sim_quarantine ORDER BY since, sim"
        return [Quarantine(*row) for row in await self._writer.read(lambda link: link.execute(sql).fetchall())]

    async def quarantine(self, quarantine: Quarantine) -> None:
        await self._writer.write(lambda link: _quarantine(link, quarantine))

    async def pardon(self, modem: str, sim: str) -> int:
        sql = "DELETE FROM sim_quarantine WHERE modem = ? OR sim = ?"
        return await self._writer.write(lambda link: link.execute(sql, (modem, sim)).rowcount)


def count(link: Link, use: SimUse) -> None:
    """Count one use, in the transaction that is open."""
    minute = int(use.at // _MINUTE)
    if link.execute(_AGAIN, (use.at, use.sim, minute)).rowcount == 0:
        link.execute(_FIRST, (use.sim, minute, use.at))


def _quarantine(link: Link, quarantine: Quarantine) -> None:
    link.execute(_QUARANTINE, (quarantine.sim, quarantine.modem, quarantine.since))
    link.stamp(quarantine.since)
