"""What the store remembers for limits and fraud rules. Most of it costs nothing to keep: it is read off the messages
and codes that are there anyway, at the start of the gateway. Joined into `ports.store.Store` as `limits`.

All times are gateway seconds. A receiver is a keyed tag; a range of numbers (`domain.fraud.range_of`) is digits in
clear: it names ten thousand numbers, and the owner has to be told which they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from otppi.domain.fraud import Block


@dataclass(frozen=True, slots=True)
class AcceptedAt:
    """An account had so many messages accepted in the second that begins at `at`."""

    account: str
    at: float
    count: int


@dataclass(frozen=True, slots=True)
class CodeMade:
    """A code was made at `at`. `tag` is that of account and receiver, `source` that of account and end user's address,
    empty where it is not known."""

    account: str
    tag: bytes
    at: float
    source: bytes = b""


@dataclass(frozen=True, slots=True)
class RangeUse:
    """So many codes were made for a range in the second that begins at `at`, and by now so many of those are known to
    be sent, and were entered."""

    range: str
    at: float
    made: int
    sent: int
    approved: int


@dataclass(frozen=True, slots=True)
class AccountUse:
    """The same of an account, in the minute that begins at `at`."""

    account: str
    at: float
    made: int
    sent: int
    approved: int


@dataclass(frozen=True, slots=True)
class CheckedMinute:
    """An account's checks of codes in one minute of gateway time (Unix minutes)."""

    account: str
    minute: int
    checks: int
    wrong: int


class Limits(Protocol):
    """See above."""

    async def accepted(self, accounts: Collection[str], *, since: float) -> list[AcceptedAt]:
        """What these accounts had accepted since then, in order of time."""

    async def codes(self, *, since: float, limit: int) -> list[CodeMade]:
        """The newest codes made since then, at most `limit`, in order of time."""

    async def ranges(self, *, since: float) -> list[RangeUse]:
        """What was made for each range since then, in order of time; addresses and short codes have none."""

    async def uses(self, *, since: float, but: Collection[str]) -> list[AccountUse]:
        """What was made for each account but these since then, in order of time."""

    async def proven(self) -> frozenset[str]:
        """The accounts that were put there; an account that is removed is forgotten here, too."""

    async def put_proven(self, account: str, at: float) -> None:
        """Keep that it has proved itself; nothing happens where there is no such account."""

    async def blocks(self) -> list[Block]:
        """Every block of a range that was kept, over or not."""

    async def put_block(self, block: Block, *, forget_before: float) -> None:
        """Keep it, in place of an older one of its range, and forget blocks that ended before that."""

    async def checks(self, *, since_minute: int) -> list[CheckedMinute]:
        """The minutes that were kept, in order of time."""

    async def put_checks(self, minutes: Sequence[CheckedMinute], *, forget_before: int) -> None:
        """Keep these, in place of what was kept of the same minutes, and forget minutes before that."""
