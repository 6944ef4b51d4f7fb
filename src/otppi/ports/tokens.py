"""Bearer tokens as the store keeps them: a keyed tag each, never the token. Joined into `ports.store.Store`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token of an account. `tag` is the keyed tag (`ports.vault`) of its text.

    `scopes` are names of rights, empty for all that the account has. Gateway seconds: `created`; `expires`, None for
    never; `used`, the last use to about a minute, None for none yet.
    """

    id: str
    account: str
    tag: bytes = field(repr=False)
    label: str = ""
    scopes: frozenset[str] = frozenset()
    created: float = 0.0
    expires: float | None = None
    used: float | None = None


class Tokens(Protocol):
    """The bearer tokens. Those of an account go with it (`ports.store.Accounts.remove`)."""

    async def all(self) -> list[Token]:
        """Oldest first."""

    async def add(self, token: Token) -> None:
        """Raises AlreadyExists for an id or tag that is taken, NotFound where there is no such account."""

    async def remove(self, token_id: str) -> Token:
        """The token that was removed. Raises NotFound."""

    async def note_uses(self, uses: Mapping[str, float]) -> None:
        """When tokens were used last, by id; those that were removed meanwhile are passed over."""
