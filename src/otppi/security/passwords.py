"""Passwords of API users: argon2id, one verification at a time in a thread of its own, success remembered.

Implements `otppi.ports.passwords.Passwords`. No password is kept: what is remembered is an HMAC of name, stored
string and password under a key that this process made and nobody else has.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from otppi.domain.otp import encode_fields
from otppi.domain.secret import Secret
from otppi.ports.passwords import Busy

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_WAITING: Final = 8
REMEMBER_SECONDS: Final = 300.0

_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class Passwords:
    """Implements `otppi.ports.passwords.Passwords`. One event loop uses it; `close` ends its thread."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._key = secrets.token_bytes(32)
        self._right: dict[str, tuple[bytes, float]] = {}
        self._running: dict[bytes, asyncio.Future[bool]] = {}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="otppi-password")
        self._nobody = hash_password(Secret(secrets.token_urlsafe(24)))

    def cached(self, name: str, password: Secret[str], stored: str) -> bool | None:
        """True or None: a wrong password is not remembered, so that a flood of them costs no memory."""
        digest, until = self._right.get(name, (b"", 0.0))
        mine = self._digest(name, password, stored)
        return True if self._monotonic() < until and hmac.compare_digest(digest, mine) else None

    async def check(self, name: str, password: Secret[str], stored: str | None) -> bool:
        """Equal checks that come while one runs share its work and its answer."""
        digest = self._digest(name, password, stored or "")
        running = self._running.get(digest)
        if running is None:
            running = self._start(digest, password, stored)
        right = await asyncio.shield(running)
        if right and stored is not None:
            self._right[name] = (digest, self._monotonic() + REMEMBER_SECONDS)
        return right and stored is not None

    def forget(self, name: str) -> None:
        self._right.pop(name, None)

    def close(self) -> None:
        """Let the running verification end and stop the thread."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _start(self, digest: bytes, password: Secret[str], stored: str | None) -> asyncio.Future[bool]:
        if len(self._running) > MAX_WAITING:
            raise Busy
        work = self._thread.submit(verify, password, self._nobody if stored is None else stored)
        running = asyncio.wrap_future(work)
        self._running[digest] = running
        running.add_done_callback(lambda _: self._running.pop(digest))
        return running

    def _digest(self, name: str, password: Secret[str], stored: str) -> bytes:
        return hmac.digest(self._key, encode_fields((name, stored, password.reveal())), "sha256")


def hash_password(password: Secret[str]) -> str:
    """The argon2id string to store (t=2, 19 MiB, p=1). Slow on purpose: not on the event loop."""
    return _HASHER.hash(password.reveal())


def verify(password: Secret[str], stored: str) -> bool:
    """Whether `stored` was made from `password`. Slow on purpose."""
    try:
        return _HASHER.verify(stored, password.reveal())
    except (VerificationError, InvalidHashError):
        return False
