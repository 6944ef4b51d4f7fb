"""Before the upgrade: who asks, and for which topic. Who does not sign in learns nothing more, and always the same,
after the same work. Opens no socket and speaks no HTTP: it says which status is due."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from otppi.app.sign_in import NotSignedIn, credentials
from otppi.domain.secret import Secret
from otppi.ports.passwords import Busy

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.ports.passwords import Passwords
    from otppi.wsbroker.slowing import Slowing
    from otppi.wsbroker.users import UsersFile

TOPIC_MOST: Final = 256
WAIT_MOST: Final = 5.0
"""A try that would have to wait longer is refused at once, seconds."""


class TurnedAway(Exception):
    """The handshake is refused with this HTTP status, one sentence, and `retry_after` seconds where it is not 0."""

    def __init__(self, status: int, words: str, retry_after: int = 0) -> None:
        super().__init__(words)
        self.status = status
        self.words = words
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, eq=False)
class Guest:
    """Who was let in, with the argon2id string that was right, from where, and to which topic."""

    user: str
    topic: str
    address: str
    stored: str = field(repr=False)


class Door:
    """`path`: the one that is served with all below it. `monotonic`: seconds."""

    def __init__(
        self, users: UsersFile, passwords: Passwords, slowing: Slowing, path: str, monotonic: Callable[[], float]
    ) -> None:
        self._users = users
        self._passwords = passwords
        self._slowing = slowing
        self._path = path.rstrip("/")
        self._monotonic = monotonic

    async def enter(self, target: str, authorization: str | None, address: str) -> Guest:
        """The guest of a request target and an Authorization header (None: missing, or more than one). Raises
        TurnedAway."""
        user, stored = await self._signed_in(authorization, address)
        path, _, query = target.partition("?")
        if self._path and path != self._path and not path.startswith(f"{self._path}/"):
            raise TurnedAway(404, "there is no such path")
        return Guest(user, topic_of(query), address, stored)

    async def _signed_in(self, authorization: str | None, address: str) -> tuple[str, str]:
        name, password = _named(authorization)
        stored = self._users.stored(name)
        if stored is not None and self._passwords.cached(name, password, stored):
            return name, stored
        await self._wait(address)
        try:
            right = await self._passwords.check(name, password, stored)
        except Busy:
            raise TurnedAway(503, "too many sign-ins are waiting", 1) from None
        if not right or stored is None:
            self._slowing.failed(address, self._monotonic())
            raise TurnedAway(401, "name or password is not right")
        return name, stored

    async def _wait(self, address: str) -> None:
        seconds = self._slowing.wait(address, self._monotonic())
        if seconds > WAIT_MOST:
            raise TurnedAway(429, "too many wrong passwords", round(seconds) + 1)
        await asyncio.sleep(seconds)


def topic_of(query: str) -> str:
    """The one `topic` of a query. Raises TurnedAway."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise TurnedAway(400, "the query cannot be read") from None
    topics = [value for name, value in pairs if name == "topic"]
    if len(topics) != 1 or not 1 <= len(topics[0]) <= TOPIC_MOST or not topics[0].isprintable():
        raise TurnedAway(400, f"give one topic of 1 to {TOPIC_MOST} printable characters: ?topic=sms")
    return topics[0]


def _named(authorization: str | None) -> tuple[str, Secret[str]]:
    """A header that is missing or cannot be read stands for somebody unknown: it costs what a wrong one costs."""
    try:
        return credentials(authorization)
    except NotSignedIn:
        return "", Secret("")
