"""The id of the request that is being answered: every line logged meanwhile bears it, and the caller is told it.

It is made here and never taken from a caller, and it says nothing but which request was meant.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_current: ContextVar[str] = ContextVar("request", default="")


class RequestIds:
    """Gives ids that differ from each other: `run` is a word of its own for each start of the gateway."""

    def __init__(self, run: str) -> None:
        self._run = run
        self._numbers = count(1)

    @contextmanager
    def begin(self) -> Iterator[str]:
        """A new id, which is `current` while the context is open, also for the tasks that are begun in it."""
        name = f"{self._run}-{next(self._numbers):x}"
        token = _current.set(name)
        try:
            yield name
        finally:
            _current.reset(token)


def current() -> str:
    """The id of the request this code works for; empty where it works for none."""
    return _current.get()
