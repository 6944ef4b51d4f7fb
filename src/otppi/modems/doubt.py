"""Remembers whose text left last, so that a late `+CMGS` finds its segment. One at a time; keeps no text."""

from __future__ import annotations

import asyncio

from otppi.ports.modem import LineEvents, Outcome, Sent, Unknown

SETTLE_SECONDS = 0.1
"""How long a reference that beat its own outcome is kept back, so that the sender hears Unknown first."""


class Doubt:
    """From the moment a text leaves until its outcome is certain or the time to listen is over."""

    def __init__(self, modem: str, events: LineEvents, seconds: float) -> None:
        self._modem = modem
        self._events = events
        self._seconds = seconds
        self._key: str | None = None
        self._returned = False
        self._orphaned = False
        self._early: int | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def open(self) -> bool:
        """Whether a late reference would find its segment."""
        return self._key is not None

    def holds(self, key: str) -> bool:
        """Whether the text of this segment has left and nothing certain is known yet."""
        return self._key == key

    def begin(self, key: str) -> None:
        """The text of this segment leaves now; an older doubt can no longer be told from it."""
        self._clear()
        self._key = key

    def orphan(self, key: str) -> None:
        """Nobody waits for the outcome any more: for its sender it is unknown, so a success is told as late."""
        self._orphaned = self._key == key

    def end(self, key: str, outcome: Outcome) -> None:
        """The exchange of this segment is over."""
        if self._key != key:
            return
        if isinstance(outcome, Unknown):
            self._listen()
            return
        orphaned = self._orphaned
        self._clear()
        if orphaned and isinstance(outcome, Sent):
            self._events.late(self._modem, key, outcome.reference)

    def late(self, reference: int) -> None:
        """`+CMGS: reference` came for the text that left last."""
        if self._key is None:
            return
        if not self._returned:
            self._early = reference
            return
        key = self._key
        self._clear()
        self._events.late(self._modem, key, reference)

    def forget(self) -> None:
        """The line is given up for good: nothing can come any more."""
        self._clear()

    def _listen(self) -> None:
        self._returned = True
        loop = asyncio.get_running_loop()
        if self._early is not None:
            self._timer = loop.call_later(SETTLE_SECONDS, self.late, self._early)
        else:
            self._timer = loop.call_later(self._seconds, self._clear)

    def _clear(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._key, self._early, self._timer = None, None, None
        self._returned = self._orphaned = False
