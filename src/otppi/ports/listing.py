"""Listing messages page by page, for one account, without ever reading much at once. Part of `ports.store.Store`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from otppi.domain.message import Class, Message, State

LOOK: Final = 500
"""The most messages that one step looks at."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages of an account are listed; None or empty for any.

    `states` are states of messages as the store has them (a claim is `queued` there). `receiver` is an MSISDN as
    digits. `since` (inclusive) and `until` (exclusive) bound the time of acceptance, in gateway seconds. `keys` are
    tags of duplicate keys (`KeyClaim`), one of which the message came with, as long as it is remembered.
    """

    account: str
    states: frozenset[State] = frozenset()
    klass: Class | None = None
    receiver: str = ""
    since: float | None = None
    until: float | None = None
    keys: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """What one step found, newest first, each message with its place, and from where the next step goes on; `before`
    is None where there is nothing further."""

    found: tuple[tuple[int, Message], ...]
    before: int | None


class Listing(Protocol):
    """Messages in the order of their acceptance. A place is a whole number that grows with it and is never changed: a
    message accepted later has a higher one, so paging downwards meets each message once."""

    async def step(self, wanted: Wanted, *, now: float, before: int | None = None, limit: int = 50) -> Step:
        """Look at the next `LOOK` messages below the place `before` (None: from the newest), and give at most `limit`
        that are wanted."""
