"""What limits and fraud rules are told at the start, read off messages and codes, and the little that is kept for them.

Messages and codes of a day are found without an index on their time, which would be one more page written for every
SMS: rows are in order of time but for milliseconds, so the first of the day is found by halving.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from otppi.domain.fraud import RANGE_DIGITS, SHORTEST_NUMBER, Block
from otppi.ports.limits import AcceptedAt, AccountUse, CheckedMinute, CodeMade, RangeUse

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from otppi.store.link import Link
    from otppi.store.writer import Writer

DISORDER_SECONDS: Final = 60.0
"""No row is older than one before it by more: a commit does not take longer, or the request is answered 503."""

_NEXT: Final = "SELECT seq, created FROM message WHERE seq >= ? ORDER BY seq LIMIT 1"
_ACCEPTED: Final = """
    SELECT account, CAST(created AS INTEGER) AS second, count(*) FROM message
    WHERE seq >= :seq AND created >= :since AND account IN (SELECT value FROM json_each(:accounts))
    GROUP BY account, second ORDER BY second
"""
_CODES: Final = """
    SELECT account, receiver_tag, created, coalesce(source_tag, x'') FROM verification
    WHERE message >= :seq AND created >= :since ORDER BY message DESC LIMIT :limit
"""
_RANGES: Final = f"""
    SELECT substr(m.receiver, 1, length(m.receiver) - {RANGE_DIGITS}) AS range, CAST(v.created AS INTEGER) AS second,
        count(*), sum(m.state IN ('sent', 'delivered', 'undelivered')), sum(v.state = 'approved')
    FROM verification v JOIN message m ON m.seq = v.message
    WHERE v.message >= :seq AND v.created >= :since
        AND length(m.receiver) >= {SHORTEST_NUMBER} AND m.receiver NOT GLOB '*[^0-9]*'
    GROUP BY range, second ORDER BY second
"""  # noqa: S608 - numbers of the domain
_USES: Final = """
    SELECT v.account, CAST(v.created / 60 AS INTEGER) * 60.0 AS minute,
        count(*), sum(m.state IN ('sent', 'delivered', 'undelivered')), sum(v.state = 'approved')
    FROM verification v JOIN message m ON m.seq = v.message
    WHERE v.message >= :seq AND v.created >= :since AND v.account NOT IN (SELECT value FROM json_each(:but))
    GROUP BY v.account, minute ORDER BY minute, v.account
"""
_PUT_PROVEN: Final = """
    INSERT OR IGNORE INTO proven_account (account, since) SELECT name, :at FROM account WHERE name = :account
"""
_BLOCKS: Final = "SELECT range, since, until, level, sent, approved, pardoned FROM range_block ORDER BY since, range"
_PUT_BLOCK: Final = """
    INSERT OR REPLACE INTO range_block (range, since, until, level, sent, approved, pardoned)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_CHECKS: Final = "SELECT account, minute, checks, wrong FROM checked_minute WHERE minute >= ? ORDER BY minute, account"
_PUT_CHECKS: Final = "INSERT OR REPLACE INTO checked_minute (account, minute, checks, wrong) VALUES (?, ?, ?, ?)"


class SqliteLimits:
    """Implements `otppi.ports.limits.Limits`."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def accepted(self, accounts: Collection[str], *, since: float) -> list[AcceptedAt]:
        wanted = {"accounts": json.dumps(sorted(accounts))}
        return [AcceptedAt(*row) for row in await self._since(_ACCEPTED, since, wanted)]

    async def codes(self, *, since: float, limit: int) -> list[CodeMade]:
        rows = await self._since(_CODES, since, {"limit": limit})
        return [CodeMade(*row) for row in reversed(rows)]

    async def ranges(self, *, since: float) -> list[RangeUse]:
        return [RangeUse(*row) for row in await self._since(_RANGES, since, {})]

    async def uses(self, *, since: float, but: Collection[str]) -> list[AccountUse]:
        return [AccountUse(*row) for row in await self._since(_USES, since, {"but": json.dumps(sorted(but))})]

    async def proven(self) -> frozenset[str]:
        rows = await self._writer.read(lambda link: link.execute("SELECT account FROM proven_account").fetchall())
        return frozenset(account for (account,) in rows)

    async def put_proven(self, account: str, at: float) -> None:
        await self._writer.write(lambda link: _put_proven(link, account, at))

    async def blocks(self) -> list[Block]:
        return [Block(*row) for row in await self._writer.read(lambda link: link.execute(_BLOCKS).fetchall())]

    async def put_block(self, block: Block, *, forget_before: float) -> None:
        await self._writer.write(lambda link: _put_block(link, block, forget_before))

    async def checks(self, *, since_minute: int) -> list[CheckedMinute]:
        rows = await self._writer.read(lambda link: link.execute(_CHECKS, (since_minute,)).fetchall())
        return [CheckedMinute(*row) for row in rows]

    async def put_checks(self, minutes: Sequence[CheckedMinute], *, forget_before: int) -> None:
        rows = [(each.account, each.minute, each.checks, each.wrong) for each in minutes]
        await self._writer.write(lambda link: _put_checks(link, rows, forget_before))

    async def _since(self, sql: str, since: float, wanted: Mapping[str, object]) -> list[tuple[Any, ...]]:
        def op(link: Link) -> list[tuple[Any, ...]]:
            seq = _first(link, since - DISORDER_SECONDS)
            return link.execute(sql, {**wanted, "since": since, "seq": seq}).fetchall()

        return await self._writer.read(op)


def _first(link: Link, since: float) -> int:
    """A seq before which no message was created at `since` or later."""
    low, high = 0, link.execute("SELECT coalesce(max(seq), 0) FROM message").fetchone()[0] + 1
    while low < high:
        middle = (low + high) // 2
        seq, created = link.execute(_NEXT, (middle,)).fetchone() or (high, since)
        if created >= since:
            high = middle
        else:
            low = seq + 1
    return low


def _put_block(link: Link, block: Block, forget_before: float) -> None:
    link.execute("DELETE FROM range_block WHERE until < ?", (forget_before,))
    row = (block.range, block.since, block.until, block.level, block.sent, block.approved, block.pardoned)
    link.execute(_PUT_BLOCK, row)
    link.stamp(max(block.since, block.pardoned))


def _put_proven(link: Link, account: str, at: float) -> None:
    link.execute(_PUT_PROVEN, {"account": account, "at": at})
    link.stamp(at)


def _put_checks(link: Link, rows: list[tuple[str, int, int, int]], forget_before: int) -> None:
    link.execute("DELETE FROM checked_minute WHERE minute < ?", (forget_before,))
    link.executemany(_PUT_CHECKS, rows)
