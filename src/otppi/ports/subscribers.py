"""Subscribers and what was refused of them, as the store keeps them. Joined into `ports.store.Store`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.domain.subscriber import Method


@dataclass(frozen=True, slots=True)
class SubscriberEntry:
    """A subscriber's configuration. `values` are the texts that were set, by row (`domain.subscriber.ROWS`). The
    password is sealed (`Vault.seal(..., "subscriber-password", name)`), None for none."""

    name: str
    method: Method
    values: Mapping[str, str]
    password: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class RefusedRequest:
    """A request of a broker that was refused for good, or lost. No text of it is kept.

    `at`: gateway seconds. `command`: as it was written, at most 64 characters, empty where none could be read. `code`:
    the response code, or `lost`. `reason`: one sentence. `receiver`: masked, empty where there is none.
    """

    at: float
    subscriber: str
    account: str
    command: str
    code: str
    reason: str
    receiver: str = ""


class Subscribers(Protocol):
    """The subscribers, and the newest 1,000 of their refusals."""

    async def all(self) -> list[SubscriberEntry]:
        """By name."""

    async def add(self, entry: SubscriberEntry) -> None:
        """Raises AlreadyExists."""

    async def put(self, entry: SubscriberEntry) -> None:
        """Replace the one of this name. Raises NotFound."""

    async def remove(self, name: str) -> None:
        """Its refusals stay. Raises NotFound."""

    async def refuse(self, refused: RefusedRequest) -> None:
        """Note one, durably; the oldest beyond 1,000 go."""

    async def refusals(self, limit: int, subscriber: str = "") -> list[RefusedRequest]:
        """The newest first; of one subscriber, or of all."""
