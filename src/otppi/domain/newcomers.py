"""The ramp of new accounts: until people have entered a fair share of an account's codes, it gets few a day. Pure.

A stolen or careless account that pumps shows from its first day: nobody enters its codes. One that has proved itself is
not asked again; the other rules go on. Only accounts that have not are counted here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otppi.domain.fraud import DAY, FEWEST_SENT, RIPE_SECONDS, Objection, Rule
from otppi.domain.rights import RESERVED_NAMES
from otppi.domain.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

PROVING_PERCENT: Final = 30
"""Of the ripe codes of a day so many must have been entered."""
_STEP: Final = 60.0


class _Day:
    """An account's codes of the last day: made, sent, entered."""

    __slots__ = ("approved", "made", "sent")

    def __init__(self) -> None:
        self.made, self.sent, self.approved = Tally(_STEP, DAY), Tally(_STEP, DAY), Tally(_STEP, DAY)


class Newcomers:
    """Ask `objection` first, then note what was made, sent and entered, and ask `prove` after that. The gateway's own
    accounts are nobody's and need no proof."""

    def __init__(self, proven: Iterable[str] = ()) -> None:
        self._proven = {*proven, *RESERVED_NAMES}
        self._days: dict[str, _Day] = {}

    def has_proved(self, account: str) -> bool:
        """Whether it has, at any time."""
        return account in self._proven

    def objection(self, account: str, most: int, now: float) -> Objection | None:
        """What speaks against one more code; `most` a day, 0 for no such rule."""
        day = self._days.get(account)
        wait = day.made.wait(most, DAY, now) if most and day is not None else 0.0
        return Objection(Rule.NEW_ACCOUNT_DAY, _sentence(most), wait) if wait > 0 else None

    def note(self, account: str, at: float, *, made: int = 0, sent: int = 0, approved: int = 0) -> None:
        """So many codes were made, sent by a modem, entered."""
        if account in self._proven:
            return
        day = self._days.setdefault(account, _Day())
        for tally, count in ((day.made, made), (day.sent, sent), (day.approved, approved)):
            if count:
                tally.note(at, count)

    def take_back(self, account: str, at: float) -> None:
        """The code noted at `at` was not made after all."""
        if account in self._days:
            self._days[account].made.take_back(at)

    def prove(self, account: str, now: float) -> bool:
        """Whether it has proved itself only now: 20 codes or more have had time to be entered, and enough of them
        were."""
        day = self._days.get(account)
        if day is None:
            return False
        ripe = day.sent.within(DAY, now) - day.sent.within(RIPE_SECONDS, now)
        if ripe < FEWEST_SENT or day.approved.within(DAY, now) * 100 < PROVING_PERCENT * ripe:
            return False
        self._proven.add(account)
        del self._days[account]
        return True

    def keep(self, accounts: Collection[str]) -> None:
        """These accounts there are: of any other nothing is kept, so that another one of its name begins anew."""
        self._proven &= {*accounts, *RESERVED_NAMES}
        for gone in self._days.keys() - set(accounts):
            del self._days[gone]

    @property
    def waiting(self) -> tuple[str, ...]:
        """The accounts that are counted."""
        return tuple(self._days)


def _sentence(most: int) -> str:
    until = f"until {PROVING_PERCENT} % of a day's codes were entered"
    return f"the limit of {most} codes a day for a new account is reached, {until} ({Rule.NEW_ACCOUNT_DAY})"
