"""Passwords of API users as the application sees them. Implementation: `otppi.security.Passwords`.

A verification is slow on purpose (argon2, one at a time, off the event loop); a success is remembered for a few
minutes under a process key, so that a client that signs in with each request pays once. Nothing here logs or keeps
a password in clear.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from otppi.domain.secret import Secret


class Busy(Exception):
    """Too many verifications wait already; nothing was checked. Try again after `retry_after` seconds."""

    def __init__(self, retry_after: float = 1.0) -> None:
        super().__init__("too many password checks are waiting")
        self.retry_after = retry_after


class Passwords(Protocol):
    """Checks passwords against stored argon2 strings."""

    def cached(self, name: str, password: Secret[str], stored: str) -> bool | None:
        """True if exactly this password was found right for exactly this `stored` string a short while ago.
        False if it is known to be wrong. None: not known, ask `check`. Takes microseconds and never waits."""

    async def check(self, name: str, password: Secret[str], stored: str | None) -> bool:
        """Whether `password` is the one `stored` was made from; a True is remembered for `cached`.

        `stored` None (no such user, or one that may not sign in) costs as much as a real check and is always
        False. Raises Busy.
        """

    def forget(self, name: str) -> None:
        """Drop what is remembered about `name`: its password, state or rights were changed."""
