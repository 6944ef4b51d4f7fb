"""Bearer tokens (RFC 6750) on our own paths: which token a request shows, and when each was used last.

A token is found by its keyed tag, which nobody without the key can steer, and the tags are compared in constant time;
no slow hash is needed for 160 random bits. It must not decide what an account may do, log, or wait for the store.
"""

from __future__ import annotations

import asyncio
import hmac
from typing import TYPE_CHECKING, Final

from otppi.domain.tokens import is_token
from otppi.ports.store import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from otppi.ports.clock import Clock
    from otppi.ports.tokens import Token
    from otppi.ports.vault import Vault

TAG_LABEL: Final = "bearer"
"""The first field of the keyed tag of a token (`ports.vault.Vault.tag`)."""
WRITE_SECONDS: Final = 60.0


class BearerTokens:
    """`known` gives the token of a tag as it is now, and must not wait; `write` is `ports.tokens.Tokens.note_uses`.
    `run` writes last uses until cancelled."""

    def __init__(
        self,
        known: Callable[[bytes], Token | None],
        write: Callable[[Mapping[str, float]], Awaitable[None]],
        vault: Vault,
        clock: Clock,
    ) -> None:
        self._known = known
        self._write = write
        self._vault = vault
        self._clock = clock
        self._uses: dict[str, float] = {}

    def find(self, text: str) -> Token | None:
        """The token of this text, None where there is none or its time is over. Its use is not noted."""
        if not is_token(text):
            return None
        tag = self._vault.tag(TAG_LABEL, text)
        token = self._known(tag)
        if token is None or not hmac.compare_digest(token.tag, tag):
            return None
        return None if token.expires is not None and self._clock.now() >= token.expires else token

    def note_use(self, token: Token) -> None:
        """A request was admitted by it. Costs nothing: it is written later, with others."""
        self._uses[token.id] = self._clock.now()

    async def run(self) -> None:
        """Write what was used, at most once a minute."""
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            await self.flush()

    async def flush(self) -> None:
        """Write it now. What a store that cannot commit refuses is kept for the next time."""
        uses, self._uses = self._uses, {}
        if uses:
            try:
                await self._write(uses)
            except StoreUnavailable:
                self._uses = uses | self._uses
