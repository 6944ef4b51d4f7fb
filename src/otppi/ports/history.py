"""Messages that have ended: how their rows become counts, and what is told of all messages, counted or still there.

One subject of the store (see `otppi.ports.store` for what holds of every method).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

LONGEST_MEMORY_SECONDS = 31 * 86_400.0
"""No duplicate key is remembered for longer (the most that the settings `dedupe.*` allow is 30 days)."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Which messages go: those that ended before `before` (gateway seconds), of one account or of all."""

    before: float
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """What was found in one slice: `messages` that go. `after` is where the next slice begins; `done` says that there
    is none."""

    messages: int
    after: int
    done: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """So many messages of one kind: accepted on `day` (YYYY-MM-DD, local time of the machine), in `state` now, with
    `modem` as the last that had them, or empty. `segments` are those of theirs that went on the air."""

    day: str
    account: str
    kind: str
    klass: str
    state: str
    modem: str
    messages: int
    segments: int


class History(Protocol):
    """Old messages. An open message never goes, nor one whose duplicate key or code still counts."""

    async def count(self, cut: Cut, *, now: float, after: int = 0, limit: int = 2000) -> Slice:
        """How many messages a purge would take in the slice of `limit` rows that begins after `after`."""

    async def purge(self, cut: Cut, *, now: float, after: int = 0, limit: int = 50) -> Slice:
        """Turn the messages of one slice into counts, in one transaction: their rows and those of their codes are gone,
        and overwritten in the file."""

    async def forget(self, *, now: float) -> None:
        """Forget every duplicate key and guess budget whose time is over, which otherwise happens bit by bit."""

    async def tallies(self, *, first: str = "", last: str = "~") -> list[Tally]:
        """All messages accepted from the day `first` to the day `last`, whether or not their rows are still there."""
