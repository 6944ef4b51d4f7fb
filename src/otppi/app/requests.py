"""The id of the request that is being answered: every line logged meanwhile bears it, and the caller is told it.

It is made at the door and never taken from a caller, and it says nothing but which request was meant.
"""

from __future__ import annotations

from contextvars import ContextVar
from itertools import count

CURRENT: ContextVar[str] = ContextVar("request", default="")
"""Set by a door for as long as it answers; tasks that are begun meanwhile have it too. Empty where there is none."""


class RequestIds:
    """Gives ids that differ from each other: `run` is a word of its own for each start of the gateway."""

    def __init__(self, run: str) -> None:
        self._run = run
        self._numbers = count(1)

    def new(self) -> str:
        """Another id."""
        return f"{self._run}-{next(self._numbers):x}"


def current() -> str:
    """The id of the request this code works for; empty where it works for none."""
    return CURRENT.get()
