"""Keys, sealing and randomness as the application sees them. Implementation: `otppi.security.Vault`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from otppi.domain.otp import Binding
    from otppi.domain.secret import Secret


class Unreadable(Exception):
    """Sealed octets that this key does not open: another key, another owner, or damage. Says nothing more."""


class Vault(Protocol):
    """Holds the master key; gives out nothing that shows it."""

    @property
    def key_id(self) -> str:
        """16 hex digits that name the master key (`domain.otp.fingerprint`)."""

    def seal(self, text: Secret[str], *owner: str) -> bytes:
        """AES-256-GCM under a fresh nonce; `owner` fields are bound in as associated data."""

    def open(self, sealed: bytes, *owner: str) -> Secret[str]:
        """The text sealed for exactly this owner. Raises Unreadable."""

    def tag(self, *fields: str) -> bytes:
        """`domain.otp.tag` under the idempotency key: 16 octets."""

    def verifier(self, salt: bytes, binding: Binding, code: Secret[str]) -> bytes:
        """`domain.otp.verifier` under the verifier key."""

    def matches(self, stored: bytes, salt: bytes, binding: Binding, code: Secret[str]) -> bool:
        """`domain.otp.matches` under the verifier key: constant time."""

    def code(self, length: int) -> Secret[str]:
        """A fresh code of `length` decimal digits, uniform, from the system's random source."""

    def salt(self) -> bytes:
        """16 fresh random octets."""

    def token(self) -> Secret[str]:
        """A fresh bearer token (`domain.tokens`), from the system's random source."""

    def identifier(self, now: float) -> str:
        """A fresh message id: 26 characters that sort by `now` and cannot be guessed."""
