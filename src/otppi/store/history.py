"""Old messages in SQLite: taken out slice by slice and counted instead.

Rows are found by going along `seq`, which grows with the time of acceptance: an index on their end would be one more
page written for every SMS. Rows that must stay are passed over.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from otppi.domain.message import State
from otppi.ports.history import LONGEST_MEMORY_SECONDS, Slice, Tally
from otppi.store import rows
from otppi.store.rove import Rover

if TYPE_CHECKING:
    from otppi.ports.history import Cut
    from otppi.store.link import Link
    from otppi.store.writer import Writer

    Group = tuple[str, str, str, str, str, str]
    """Day, account, kind, class, state, modem."""

_SLICE: Final = """
    SELECT m.seq, m.created, m.touched, m.open, coalesce(v.state = 'pending' AND v.expires > :now, 0),
        date(m.created, 'unixepoch', 'localtime'), m.account, m.kind, m.klass, m.state, m.segments
    FROM message m LEFT JOIN verification v ON v.message = m.seq
    WHERE m.seq > :after ORDER BY m.seq LIMIT :limit
"""
_COUNT: Final = """
    INSERT INTO tally (day, account, kind, klass, state, modem, messages, segments) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET messages = messages + excluded.messages, segments = segments + excluded.segments
"""
_TALLIES: Final = """
    SELECT day, account, kind, klass, state, modem, messages, segments FROM tally WHERE day BETWEEN ? AND ?
"""
_KEYS: Final = "SELECT message, tag, until > ? FROM dedupe WHERE tag > ? ORDER BY tag LIMIT ?"
_DELETE: Final = ("DELETE FROM message WHERE seq = ?", "DELETE FROM verification WHERE message = ?")
_ROVERS: Final = (("dedupe", "tag", "until <= :now"), ("guess", "receiver_tag", "newest <= :now - 86400"))

_LOOK: Final = 2000
"""Rows that one reading operation looks at: what waits for the reader behind it waits some milliseconds."""
_FORGET: Final = 500
_ON_AIR: Final = frozenset({State.SENT, State.DELIVERED, State.UNDELIVERED})


class _Row(NamedTuple):
    """A row of `_SLICE`."""

    seq: int
    created: float
    touched: float
    open: int
    code_lives: int
    day: str
    account: str
    kind: str
    klass: str
    state: str
    segments: str


class SqliteHistory:
    """Implements `otppi.ports.history.History`."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._remembered: tuple[float, frozenset[int]] = (0.0, frozenset())
        self._adding_up = asyncio.Lock()
        """No row becomes a count while rows and counts are added up."""

    async def count(self, cut: Cut, *, now: float, after: int = 0, limit: int = _LOOK) -> Slice:
        kept = await self._kept(cut, now)
        return (await self._writer.read(partial(_look, cut=cut, kept=kept, now=now, after=after, limit=limit)))[0]

    async def purge(self, cut: Cut, *, now: float, after: int = 0, limit: int = 50) -> Slice:
        kept = await self._kept(cut, now)
        async with self._adding_up:
            return await self._writer.write(partial(_purge, cut=cut, kept=kept, now=now, after=after, limit=limit))

    async def forget(self, *, now: float) -> None:
        for rover in (Rover(*each) for each in _ROVERS):
            more = True
            while more:
                more = await self._writer.write(partial(_forget, rover=rover, now=now))

    async def tallies(self, *, first: str = "", last: str = "~") -> list[Tally]:
        counts: Counter[tuple[Group, str]] = Counter()
        async with self._adding_up:
            for *group, messages, segments in await self._writer.read(partial(_tallies, first=first, last=last)):
                _add(counts, (group[0], group[1], group[2], group[3], group[4], group[5]), messages, segments)
            after: int | None = 0
            while after is not None:
                after = await self._writer.read(partial(_add_rows, counts=counts, first=first, last=last, after=after))
        groups = sorted({group for group, _ in counts})
        return [Tally(*group, counts[group, "messages"], counts[group, "segments"]) for group in groups]

    async def _kept(self, cut: Cut, now: float) -> frozenset[int]:
        """The messages that duplicate keys lead to. Looked up once for each cut: a key that is put later belongs to a
        message that is accepted later."""
        if cut.before <= now - LONGEST_MEMORY_SECONDS:
            return frozenset()
        if self._remembered[0] != cut.before:
            self._remembered = cut.before, await self._live_keys(now)
        return self._remembered[1]

    async def _live_keys(self, now: float) -> frozenset[int]:
        messages: set[int] = set()
        after: bytes | None = b""
        while after is not None:
            after = await self._writer.read(partial(_add_keys, messages=messages, now=now, after=after))
        return frozenset(messages)


def _look(
    link: Link, *, cut: Cut, kept: frozenset[int], now: float, after: int, limit: int
) -> tuple[Slice, list[_Row]]:
    """The rows of a slice that go."""
    found = [_Row(*row) for row in link.execute(_SLICE, {"now": now, "after": after, "limit": limit})]
    old = [row for row in found if row.created < cut.before]
    gone = [row for row in old if _goes(row, cut) and row.seq not in kept]
    last = old[-1].seq if old else after
    return Slice(len(gone), last, done=len(old) < limit), gone


def _goes(row: _Row, cut: Cut) -> bool:
    ended = not row.open and not row.code_lives and row.touched < cut.before
    return ended and cut.account in (None, row.account)


def _purge(link: Link, *, cut: Cut, kept: frozenset[int], now: float, after: int, limit: int) -> Slice:
    found, gone = _look(link, cut=cut, kept=kept, now=now, after=after, limit=limit)
    counts: Counter[tuple[Group, str]] = Counter()
    for row in gone:
        _add(counts, _group(row), 1, _sent(row))
    groups = {group for group, _ in counts}
    link.executemany(_COUNT, [(*group, counts[group, "messages"], counts[group, "segments"]) for group in groups])
    for sql in _DELETE:
        link.executemany(sql, [(row.seq,) for row in gone])
    return found


def _forget(link: Link, *, rover: Rover, now: float) -> bool:
    """Whether there is more to look at."""
    return rover.step(link, now, _FORGET)


def _tallies(link: Link, *, first: str, last: str) -> list[tuple[str, str, str, str, str, str, int, int]]:
    return link.execute(_TALLIES, (first, last)).fetchall()


def _add_rows(link: Link, *, counts: Counter[tuple[Group, str]], first: str, last: str, after: int) -> int | None:
    """Add a slice of rows to `counts`; where the next slice begins, None after the last."""
    found = [_Row(*row) for row in link.execute(_SLICE, {"now": 0.0, "after": after, "limit": _LOOK})]
    for row in found:
        if first <= row.day <= last:
            _add(counts, _group(row), 1, _sent(row))
    return found[-1].seq if len(found) == _LOOK else None


def _add_keys(link: Link, *, messages: set[int], now: float, after: bytes) -> bytes | None:
    """Add the messages that a slice of keys lead to; where the next slice begins, None after the last."""
    found = link.execute(_KEYS, (now, after, _LOOK)).fetchall()
    messages.update(message for message, _, lives in found if lives)
    return found[-1][1] if len(found) == _LOOK else None


def _add(counts: Counter[tuple[Group, str]], group: Group, messages: int, segments: int) -> None:
    counts[group, "messages"] += messages
    counts[group, "segments"] += segments


def _group(row: _Row) -> Group:
    modem = next((each.modem for each in reversed(rows.segments_of(row.segments)) if each.modem), "")
    return row.day, row.account, row.kind, row.klass, row.state, modem


def _sent(row: _Row) -> int:
    return sum(each.state in _ON_AIR for each in rows.segments_of(row.segments))
