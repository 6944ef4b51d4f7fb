"""The vault: sealing with AES-256-GCM, keyed tags and verifiers, and everything random. Implements ports.vault.

It keeps the keys derived from the master key, one for each purpose, and never the master key itself.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from otppi.domain import otp
from otppi.domain.secret import Secret
from otppi.domain.tokens import RANDOM_OCTETS as TOKEN_OCTETS
from otppi.domain.tokens import token_text
from otppi.ports.vault import Unreadable
from otppi.security.identifiers import RANDOM_OCTETS, identifier
from otppi.security.keyfile import KEY_OCTETS, create_key_file, read_key_file
from otppi.security.randomness import RandomOctets

if TYPE_CHECKING:
    from pathlib import Path

    from otppi.domain.otp import Binding

_FORMAT: Final = b"\x01"
_NONCE_OCTETS: Final = 12
_TAG_OCTETS: Final = 16
_SEAL: Final = "otpgw/seal/v1"


class Vault:
    """Implements `otppi.ports.vault.Vault`. Sealed octets are: format 01, 12 octets nonce, ciphertext and tag.

    Nonces are random (NIST SP 800-38D 8.2.2), which is safe for 2**32 texts under one key: at ten SMS a second
    thirteen years.
    """

    __slots__ = ("_aead", "_idempotency_key", "_key_id", "_random", "_verifier_key")

    def __init__(self, master: bytes) -> None:
        """`master` is 32 octets."""
        if len(master) != KEY_OCTETS:
            raise ValueError(f"a master key has {KEY_OCTETS} octets")
        self._key_id = otp.fingerprint(master)
        self._verifier_key = otp.derive_key(master, otp.LABEL_VERIFIER)
        self._idempotency_key = otp.derive_key(master, otp.LABEL_IDEMPOTENCY)
        self._aead = AESGCM(otp.derive_key(master, otp.LABEL_QUEUE))
        self._random = RandomOctets()

    @classmethod
    def from_file(cls, path: Path, *, data_dir: Path, create: bool = False) -> Self:
        """The vault of a key file. With `create` a file that is not there is made. Raises KeyFileError."""
        if create and not path.exists():
            create_key_file(path, data_dir=data_dir)
        return cls(read_key_file(path, data_dir=data_dir))

    def __repr__(self) -> str:
        return f"Vault({self._key_id})"

    @property
    def key_id(self) -> str:
        return self._key_id

    def seal(self, text: Secret[str], *owner: str) -> bytes:
        nonce = self._random(_NONCE_OCTETS)
        return _FORMAT + nonce + self._aead.encrypt(nonce, text.reveal().encode("utf-8"), self._bound(owner))

    def open(self, sealed: bytes, *owner: str) -> Secret[str]:
        nonce, box = sealed[1 : 1 + _NONCE_OCTETS], sealed[1 + _NONCE_OCTETS :]
        if sealed[:1] != _FORMAT or len(box) < _TAG_OCTETS:
            raise Unreadable("not sealed by this program")
        try:
            return Secret(self._aead.decrypt(nonce, box, self._bound(owner)).decode("utf-8"))
        except InvalidTag:
            raise Unreadable("sealed under another key, for another owner, or damaged") from None

    def tag(self, *fields: str) -> bytes:
        return otp.tag(self._idempotency_key, *fields)

    def verifier(self, salt: bytes, binding: Binding, code: Secret[str]) -> bytes:
        return otp.verifier(self._verifier_key, salt, binding, code.reveal())

    def matches(self, stored: bytes, salt: bytes, binding: Binding, code: Secret[str]) -> bool:
        return otp.matches(stored, self._verifier_key, salt, binding, code.reveal())

    def code(self, length: int) -> Secret[str]:
        return Secret(otp.make_code(length, secrets.randbelow))

    def salt(self) -> bytes:
        return self._random(16)

    def token(self) -> Secret[str]:
        return token_text(secrets.token_bytes(TOKEN_OCTETS))

    def identifier(self, now: float) -> str:
        return identifier(now, self._random(RANDOM_OCTETS))

    def _bound(self, owner: tuple[str, ...]) -> bytes:
        return otp.encode_fields((_SEAL, self._key_id, *owner))
