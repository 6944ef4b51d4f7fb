"""Guess budgets: how many wrong guesses a receiver still has. Each admitted guess counts as wrong until approved.

Limits (decisions 6): ten within any hour, twenty in a row; a lock ends an hour after the guess that caused it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from otppi.domain.otp import GUESS_WINDOW_SECONDS, MAX_WRONG_IN_A_ROW, MAX_WRONG_PER_HOUR

if TYPE_CHECKING:
    from otppi.store.link import Link

    Owner = tuple[str, bytes]
    """Account and receiver tag."""

_LOAD: Final = "SELECT in_row, times FROM guess WHERE account = ? AND receiver_tag = ?"
_SAVE: Final = "INSERT OR REPLACE INTO guess (account, receiver_tag, in_row, newest, times) VALUES (?, ?, ?, ?, ?)"
_CLEAR: Final = "DELETE FROM guess WHERE account = ? AND receiver_tag = ?"
_WHICH: Final = "(:account IS NULL OR account = :account) AND (:tag IS NULL OR receiver_tag = :tag)"
_ALL: Final = f"SELECT in_row, times FROM guess WHERE {_WHICH}"  # noqa: S608 - a text of this module
_FORGET: Final = f"DELETE FROM guess WHERE {_WHICH}"  # noqa: S608 - a text of this module


@dataclass(frozen=True, slots=True)
class Budget:
    """Wrong guesses so far: `in_row` since the last approved code, and the times of the newest ten."""

    in_row: int = 0
    times: tuple[float, ...] = ()

    def wait(self, now: float) -> float:
        """Seconds until a guess is admitted; 0 where it is now."""
        waits = [0.0]
        if len(self.times) >= MAX_WRONG_PER_HOUR:
            waits.append(self.times[-MAX_WRONG_PER_HOUR] + GUESS_WINDOW_SECONDS - now)
        if self.in_row >= MAX_WRONG_IN_A_ROW:
            waits.append(self.times[-1] + GUESS_WINDOW_SECONDS - now)
        return max(waits)

    def counted(self, now: float) -> Budget:
        """With one more wrong guess; a lock that has run out starts a new row."""
        before = 0 if self.in_row >= MAX_WRONG_IN_A_ROW else self.in_row
        return Budget(before + 1, (*self.times, now)[-MAX_WRONG_PER_HOUR:])


def load(link: Link, owner: Owner) -> Budget:
    """The budget of `owner`."""
    row = link.execute(_LOAD, owner).fetchone()
    return Budget() if row is None else _budget(*row)


def save(link: Link, owner: Owner, budget: Budget) -> None:
    """Keep the budget of `owner`."""
    link.execute(_SAVE, (*owner, budget.in_row, budget.times[-1], json.dumps(budget.times, separators=(",", ":"))))


def clear(link: Link, owner: Owner) -> None:
    """A right code: everything before it is forgiven."""
    link.execute(_CLEAR, owner)


def forget(link: Link, account: str | None, receiver_tag: bytes | None, now: float) -> int:
    """Forget the budgets of an account or a receiver, or all; the number of those that were locked."""
    which = {"account": account, "tag": receiver_tag}
    locked = sum(_budget(*row).wait(now) > 0 for row in link.execute(_ALL, which))
    link.execute(_FORGET, which)
    return locked


def _budget(in_row: int, times: str) -> Budget:
    return Budget(in_row, tuple(json.loads(times)))
