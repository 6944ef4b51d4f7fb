"""A circuit breaker: when a modem or a SIM has failed too often, it rests, and comes back by one message at a time.

Closed: it works; so many faults within ten minutes open it. Open: it rests, 30 s at first, twice as long after each
failed trial, at most 10 minutes. Half open: the rest is over, and one real message tries it (`domain.waiting` says
which). A modem that answers again may be tried by a code before that, where no other can send it: once at once, then
every 30 s, however long it rests for all others. Only a success closes it. A value: each step gives the next one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

WINDOW_SECONDS: Final = 600.0
FIRST_REST_SECONDS: Final = 30.0
LONGEST_REST_SECONDS: Final = 600.0
MODEM_FAULTS: Final = 3
SIM_FAULTS: Final = 5
STRANGE_IN_A_ROW: Final = 3
"""Unknown errors are the network's, so one supposes, until this many came in a row: then they are the modem's fault."""


class Sign(StrEnum):
    """What the end of one attempt says about a modem or a SIM."""

    GOOD = "good"
    FAULT = "fault"
    STRANGE = "strange"
    """An unknown error."""
    LOST = "lost"
    """The line was lost with the text on its way: a plug pulled out, or a modem that restarts whenever it sends."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Breaker:
    """`most` faults within the window open it. `opened` is since when it is open, None while it is closed.

    `forgives`: a success wipes the faults before it. A SIM that goes on sending is no barred one, whatever single
    receivers its network refuses; a modem that fails now and then holds up a message each time, so its faults count.
    """

    most: int
    forgives: bool = False
    faults: tuple[float, ...] = ()
    opened: float | None = None
    rest_until: float = 0.0
    rest: float = 0.0
    alive: bool = False
    """Whether it has answered since its last fault."""
    code_from: float = 0.0
    """From when on a code may try it while it rests."""

    def failed(self, now: float) -> Breaker:
        """After a fault. While it rests a fault is that of a code, and leaves the rest as it is; while half open it
        sends it back to rest."""
        if self.opened is not None:
            told = replace(self, alive=False, code_from=now + FIRST_REST_SECONDS)
            return told if now < self.rest_until else told._resting(now)
        recent = (*(at for at in self.faults if at > now - WINDOW_SECONDS), now)
        if len(recent) < self.most:
            return replace(self, faults=recent)
        return replace(self, faults=(), opened=now, alive=False, code_from=now)._resting(now)

    def lost(self, now: float) -> Breaker:
        """After a line lost with a text on its way: a fault while closed. Half open it stays, for the line's return is
        what ended its rest."""
        return self.failed(now) if self.opened is None else self

    def answered(self) -> Breaker:
        """After a sign of life: it is in step again, which says nothing yet of whether it can send."""
        return self if self.opened is None else replace(self, alive=True)

    def back(self, now: float) -> Breaker:
        """After the line has come back: somebody plugged it in or reset it, so it may be tried at once."""
        return self if self.opened is None else replace(self, rest_until=min(self.rest_until, now))

    def succeeded(self) -> Breaker:
        """After a success: closed, if it was open."""
        return Breaker(self.most, self.forgives) if self.forgives or self.opened is not None else self

    def rests(self, now: float) -> bool:
        """Whether it gets nothing at all."""
        return self.opened is not None and now < self.rest_until

    def code_at(self) -> float:
        """From when on a code that no other modem can send may try it, while it rests; infinity while it is silent."""
        return self.code_from if self.opened is not None and self.alive else math.inf

    def _resting(self, now: float) -> Breaker:
        rest = min(self.rest * 2, LONGEST_REST_SECONDS) if self.rest else FIRST_REST_SECONDS
        return replace(self, rest=rest, rest_until=now + rest)
