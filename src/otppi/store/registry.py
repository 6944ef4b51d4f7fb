"""Block list, settings, alarms and facts in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otppi.ports.store import Alarm, BlockEntry, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.store.link import Link
    from otppi.store.writer import Writer

_RECENT: Final = 512
_NEWEST: Final = f"""
    SELECT max(
        (SELECT newest FROM tide),
        (SELECT coalesce(max(touched), 0.0) FROM (SELECT touched FROM message ORDER BY seq DESC LIMIT {_RECENT})),
        (SELECT coalesce(max(updated), 0.0) FROM account),
        (SELECT coalesce(max(changed), 0.0) FROM block),
        (SELECT coalesce(max(since), 0.0) FROM alarm))
"""  # noqa: S608 - a number of this module
_PUT_BLOCK: Final = "INSERT OR REPLACE INTO block (msisdn, active, changed, changed_by) VALUES (?, ?, ?, ?)"
_RAISE: Final = """
    INSERT INTO alarm (kind, object, since, severity, remedy) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET severity = excluded.severity, remedy = excluded.remedy
    WHERE severity <> excluded.severity OR remedy <> excluded.remedy
"""


class SqliteRegistry:
    """Implements `otppi.ports.store.Registry`."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def blocks(self) -> list[BlockEntry]:
        sql = "SELECT msisdn, active, changed, changed_by FROM block ORDER BY msisdn"
        found = await self._writer.read(lambda link: link.execute(sql).fetchall())
        return [BlockEntry(msisdn, bool(active), changed, by) for msisdn, active, changed, by in found]

    async def put_block(self, entry: BlockEntry) -> None:
        await self._writer.write(lambda link: _put_block(link, entry))

    async def remove_block(self, msisdn: str) -> None:
        sql = "DELETE FROM block WHERE msisdn = ?"
        if await self._writer.write(lambda link: link.execute(sql, (msisdn,)).rowcount) == 0:
            raise NotFound("no such number on the block list")

    async def settings(self) -> Mapping[str, str]:
        sql = "SELECT name, value FROM setting ORDER BY name"
        return dict(await self._writer.read(lambda link: link.execute(sql).fetchall()))

    async def put_setting(self, name: str, value: str | None) -> None:
        await self._writer.write(lambda link: _put_setting(link, name, value))

    async def alarms(self) -> list[Alarm]:
        sql = "SELECT kind, object, since, severity, remedy FROM alarm ORDER BY since, kind, object"
        return [Alarm(*row) for row in await self._writer.read(lambda link: link.execute(sql).fetchall())]

    async def raise_alarm(self, alarm: Alarm) -> bool:
        return await self._writer.write(lambda link: _raise_alarm(link, alarm))

    async def clear_alarm(self, kind: str, object_: str) -> bool:
        sql = "DELETE FROM alarm WHERE kind = ? AND object = ?"
        return await self._writer.write(lambda link: link.execute(sql, (kind, object_)).rowcount) > 0

    async def fact(self, name: str) -> str | None:
        return await self._writer.read(lambda link: read_fact(link, name))

    async def put_fact(self, name: str, value: str) -> None:
        await self._writer.write(lambda link: write_fact(link, name, value))

    async def newest_time(self) -> float:
        """After a clean close exact; after a crash the last seconds are found in the newest messages."""
        newest: float = await self._writer.read(lambda link: link.execute(_NEWEST).fetchone()[0])
        return newest


def read_fact(link: Link, name: str) -> str | None:
    """The fact, None where it was never put."""
    row = link.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
    value: str | None = None if row is None else row[0]
    return value


def write_fact(link: Link, name: str, value: str) -> None:
    """Put the fact, over an older one if there is one."""
    link.execute("INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)", (name, value))


def _put_block(link: Link, entry: BlockEntry) -> None:
    link.execute(_PUT_BLOCK, (entry.msisdn, entry.active, entry.changed, entry.by))
    link.stamp(entry.changed)


def _put_setting(link: Link, name: str, value: str | None) -> None:
    if value is None:
        link.execute("DELETE FROM setting WHERE name = ?", (name,))
    else:
        link.execute("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", (name, value))


def _raise_alarm(link: Link, alarm: Alarm) -> bool:
    known = link.execute("SELECT 1 FROM alarm WHERE kind = ? AND object = ?", (alarm.kind, alarm.object)).fetchone()
    link.execute(_RAISE, (alarm.kind, alarm.object, alarm.since, alarm.severity, alarm.remedy))
    link.stamp(alarm.since)
    return known is None
