"""Taking turns: among accounts that wait in one class, the one that was served longest ago goes first.

So a flood of one account costs another at most one slot for each of its own. One that was never served, or has been
idle for long, goes first once and then takes its turn like the others. Codes do not take turns: their deadlines decide.

Pure; used by `domain.waiting`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.domain.message import Class


class Turns:
    """When each account was served last in each class, by the count of slots. It grows with the accounts only."""

    def __init__(self) -> None:
        self._slots = 0
        self._served: dict[tuple[Class, str], int] = {}

    def served(self, klass: Class, account: str) -> None:
        """The account has just got a slot."""
        self._slots += 1
        self._served[klass, account] = self._slots

    def last(self, klass: Class, account: str) -> int:
        """The slot it got last; 0 where it never got one. The lowest goes first."""
        return self._served.get((klass, account), 0)


def slots_before(own: int, mine: int, others: Mapping[int, int]) -> int:
    """How many messages go before one that has `own` messages of its account before it, while accounts take turns.

    `mine` is the account's place in the round, `others` the number of waiting messages of each other account by its
    place in the round: one with a lower place has a slot more.
    """
    return own + sum(min(waiting, own + (place < mine)) for place, waiting in others.items())
