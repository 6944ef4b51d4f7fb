"""Lists messages of one account, a bounded stretch at a time. It only reads, in the reading thread.

A stretch is found in an index alone (the account's messages, or all that are open), so that messages of others cost
nothing; only its rows are then read and filtered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from otppi.domain.message import OPEN
from otppi.ports.listing import LOOK, Step
from otppi.store import rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.ports.listing import Wanted
    from otppi.store.link import Link
    from otppi.store.writer import Writer

_OWN: Final = "message INDEXED BY message_account WHERE account = :account"
_STILL_OPEN: Final = "message INDEXED BY message_open WHERE open = 1"
_FILTER: Final = """
    account = :account
    AND (:states = '' OR instr(:states, ' ' || state || ' '))
    AND (:klass IS NULL OR klass = :klass)
    AND (:receiver = '' OR receiver = :receiver)
    AND (:since IS NULL OR created >= :since)
    AND (:until IS NULL OR created < :until)
"""
_NEXT_AT: Final = "SELECT seq, created FROM message WHERE seq >= ? ORDER BY seq LIMIT 1"
_ENDS: Final = "SELECT coalesce((SELECT min(seq) FROM message), 0), coalesce((SELECT max(seq) FROM message), 0)"
_KEY: Final = "SELECT message FROM dedupe WHERE tag = ? AND until > ?"
_UNSORTED_SECONDS: Final = 60.0
"""Messages are sorted by acceptance up to this: a commit may come that much later than the time it bears."""


def _stretch(source: str) -> str:
    seqs = f"SELECT seq FROM {source} AND seq < :before AND seq >= :low ORDER BY seq DESC LIMIT :look"  # noqa: S608 - words of this module
    return f"SELECT min(seq), count(*) FROM ({seqs})"  # noqa: S608 - as above


def _rows(source: str) -> str:
    return f"""
        SELECT {rows.COLUMNS}, seq FROM {source} AND seq < :before AND seq >= :floor AND {_FILTER}
        ORDER BY seq DESC LIMIT :limit
    """  # noqa: S608 - words of this package


_SOURCES: Final[Mapping[str, tuple[str, str]]] = {
    source: (_stretch(source), _rows(source)) for source in (_OWN, _STILL_OPEN)
}
_ROW: Final = f"SELECT {rows.COLUMNS}, seq FROM message WHERE seq = :seq AND {_FILTER}"  # noqa: S608 - as above


class SqliteListing:
    """Implements `otppi.ports.listing.Listing`."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def step(self, wanted: Wanted, *, now: float, before: int | None = None, limit: int = 50) -> Step:
        if wanted.keys:
            return await self._writer.read(lambda link: _by_key(link, wanted, now, before, limit))
        return await self._writer.read(lambda link: _step(link, wanted, before, limit))


def _step(link: Link, wanted: Wanted, before: int | None, limit: int) -> Step:
    low, high = _bounds(link, wanted)
    values = _filter_values(wanted) | {"before": high if before is None else min(before, high), "low": low}
    sources = (_OWN, _STILL_OPEN) if wanted.states and wanted.states <= OPEN else (_OWN,)
    floor, source = min((_floor(link, source, values), source) for source in sources)
    read = link.execute(_SOURCES[source][1], values | {"floor": floor, "limit": limit}).fetchall()
    found = tuple((row[-1], rows.message_of(row[:-1])) for row in read)
    if len(found) == limit:
        return Step(found, found[-1][0])
    return Step(found, floor if floor > low else None)


def _floor(link: Link, source: str, values: dict[str, Any]) -> int:
    """How far down a step comes that looks at `LOOK` messages of this source; the lowest place if there are no more."""
    floor, seen = link.execute(_SOURCES[source][0], values | {"look": LOOK}).fetchone()
    lowest: int = floor if seen == LOOK else values["low"]
    return lowest


def _by_key(link: Link, wanted: Wanted, now: float, before: int | None, limit: int) -> Step:
    known = (link.execute(_KEY, (key, now)).fetchone() for key in wanted.keys)
    seqs = {row[0] for row in known if row is not None and (before is None or row[0] < before)}
    values = _filter_values(wanted)
    read = (link.execute(_ROW, values | {"seq": seq}).fetchone() for seq in sorted(seqs, reverse=True))
    found = tuple((row[-1], rows.message_of(row[:-1])) for row in read if row is not None)
    return Step(found[:limit], found[limit - 1][0] if len(found) > limit else None)


def _filter_values(wanted: Wanted) -> dict[str, Any]:
    return {
        "account": wanted.account,
        "states": "".join(f" {state.value} " for state in wanted.states),
        "klass": None if wanted.klass is None else wanted.klass.value,
        "receiver": wanted.receiver,
        "since": wanted.since,
        "until": wanted.until,
    }


def _bounds(link: Link, wanted: Wanted) -> tuple[int, int]:
    """The lowest place that can be wanted, and the first that cannot."""
    first, last = link.execute(_ENDS).fetchone()
    low = first if wanted.since is None else _place_of(link, wanted.since - _UNSORTED_SECONDS, first, last)
    high = last + 1 if wanted.until is None else _place_of(link, wanted.until + _UNSORTED_SECONDS, first, last)
    return low, high


def _place_of(link: Link, moment: float, first: int, last: int) -> int:
    """The first place whose message was accepted at `moment` or later, by halving: places grow with the time."""
    low, high = first, last + 1
    while low < high:
        middle = (low + high) // 2
        row = link.execute(_NEXT_AT, (middle,)).fetchone()
        if row is not None and row[1] < moment:
            low = row[0] + 1
        else:
            high = middle
    return low
