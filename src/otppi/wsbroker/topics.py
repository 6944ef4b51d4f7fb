"""Who listens to what, and how many there may be. Knows guests and, of their connections, only that they are theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, TypeVar

from otppi.wsbroker.door import TurnedAway

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otppi.wsbroker.door import Guest

CLIENTS_MOST: Final = 1000
CLIENTS_PER_USER: Final = 100

C = TypeVar("C")


class Topics(Generic[C]):
    """Guests with their connections, by topic."""

    def __init__(self) -> None:
        self._topics: dict[str, dict[Guest, C]] = {}
        self._users: dict[str, int] = {}

    def __len__(self) -> int:
        return sum(self._users.values())

    def join(self, guest: Guest, connection: C) -> None:
        """Raises TurnedAway where there is no room."""
        if len(self) >= CLIENTS_MOST:
            raise TurnedAway(503, "there is no room for another client", 10)
        if self._users.get(guest.user, 0) >= CLIENTS_PER_USER:
            raise TurnedAway(429, f"this user has {CLIENTS_PER_USER} connections, and may not have more", 10)
        self._users[guest.user] = self._users.get(guest.user, 0) + 1
        self._topics.setdefault(guest.topic, {})[guest] = connection

    def leave(self, guest: Guest) -> None:
        """Once for each that joined."""
        members = self._topics[guest.topic]
        del members[guest]
        if not members:
            del self._topics[guest.topic]
        self._users[guest.user] -= 1
        if not self._users[guest.user]:
            del self._users[guest.user]

    def others(self, guest: Guest) -> list[C]:
        """The connections of its topic but its own."""
        return [connection for other, connection in self._topics[guest.topic].items() if other is not guest]

    def all(self) -> Iterator[tuple[Guest, C]]:
        """Every guest with its connection; nobody may join or leave meanwhile."""
        for members in self._topics.values():
            yield from members.items()
