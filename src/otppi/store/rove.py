"""Forgets old rows of a table bit by bit, without an index on their age.

Such an index would be one more page written for every SMS. Instead each step looks at the next few hundred rows in
the order of their key and starts again at the end; old rows count as absent anyway, so late is early enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from otppi.store.link import Link


class Rover:
    """Goes round one table. Where it is, is kept in memory only."""

    def __init__(self, table: str, key: str, old: str) -> None:
        """`key` is a column of octets to go by, `old` the condition of rows to forget, with `:now` in it."""
        span = f"{key} > :after AND {key} <= :until"
        ahead = f"SELECT {key} FROM {table} WHERE {key} > :after ORDER BY {key} LIMIT :limit"  # noqa: S608 - as below
        self._bound = f"SELECT max({key}), count(*) FROM ({ahead})"  # noqa: S608 - as below
        self._delete = f"DELETE FROM {table} WHERE {span} AND {old}"  # noqa: S608 - names of this package
        self._after = b""

    def step(self, link: Link, now: float, limit: int) -> bool:
        """Look at the next `limit` rows; False where that was the last of them."""
        last, count = link.execute(self._bound, {"after": self._after, "limit": limit}).fetchone()
        if last is not None:
            link.execute(self._delete, {"after": self._after, "until": last, "now": now})
        self._after = last if count == limit else b""
        return bool(count == limit)
