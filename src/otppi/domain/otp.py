"""One-time codes: how a code is made, bound and compared. Pure; keys and randomness come in.

The construction is published (docs/otp.md) with a test vector: HMAC-SHA-256 under a key that is not in the data
directory, over length-prefixed fields, so no two different field lists give the same octets.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PLACEHOLDER: Final = "%s"
MIN_LENGTH: Final = 4
MAX_LENGTH: Final = 12
MAX_WRONG_PER_CODE: Final = 5
MAX_WRONG_PER_HOUR: Final = 10
MAX_WRONG_IN_A_ROW: Final = 20
GUESS_WINDOW_SECONDS: Final = 3600.0
RESEND_COOLDOWN_SECONDS: Final = (30.0, 60.0, 120.0, 240.0, 240.0)
"""Wait before the first, second, ... resend; their number is the number of resends allowed."""

LABEL_VERIFIER: Final = "otpgw/v1/otp-verifier"
LABEL_IDEMPOTENCY: Final = "otpgw/v1/idempotency"
LABEL_QUEUE: Final = "otpgw/v1/queue-kek"
LABEL_LOG: Final = "otpgw/v1/log-pseudonym"


class VerificationState(StrEnum):
    """The words of /v1/verifications (decisions 6)."""

    PENDING = "pending"
    APPROVED = "approved"
    EXPIRED = "expired"
    EXHAUSTED = "exhausted"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Binding:
    """What a code is bound to: a code is right only for exactly these. `receiver` is digits without `+`, or an
    e-mail address; a parameter that was not given is the empty string."""

    account: str
    reference: str
    receiver: str
    params: tuple[str, str, str, str] = ("", "", "", "")


def resend_wait(sends: int, last: float, now: float) -> float | None:
    """Seconds until a code may be sent again, 0 where it may now; None where it was sent as often as it may be.

    `sends` counts how often it was sent, the first time included; `last` is when the newest of these was asked for."""
    resends = sends - 1
    if resends >= len(RESEND_COOLDOWN_SECONDS):
        return None
    return max(0.0, last + RESEND_COOLDOWN_SECONDS[resends] - now)


def derive_key(master: bytes, label: str) -> bytes:
    """HKDF-Expand (RFC 5869 2.3) with SHA-256, PRK = master (32 octets), info = label, 32 octets."""
    return hmac.digest(master, label.encode() + b"\x01", "sha256")


def encode_fields(fields: Iterable[str]) -> bytes:
    """Each field as its UTF-8 length (32 bits, big endian) and its octets: injective, no separators."""
    octets = [field.encode("utf-8") for field in fields]
    return b"".join([len(part).to_bytes(4, "big") + part for part in octets])


def verifier(key: bytes, salt: bytes, binding: Binding, code: str) -> bytes:
    """The 32 octets stored instead of the code. `key` is `derive_key(master, LABEL_VERIFIER)`, `salt` 16 octets."""
    fields = encode_fields((binding.account, binding.reference, binding.receiver, *binding.params, code))
    return hmac.digest(key, b"otpgw/otp/v1\0" + salt + fields, "sha256")


def matches(stored: bytes, key: bytes, salt: bytes, binding: Binding, code: str) -> bool:
    """Whether `code` is the one `stored` was made from. Takes the same time for every wrong code."""
    return hmac.compare_digest(stored, verifier(key, salt, binding, code))


def tag(key: bytes, *fields: str) -> bytes:
    """16 octets that stand for `fields` in the store. `key` is `derive_key(master, LABEL_IDEMPOTENCY)`."""
    return hmac.digest(key, encode_fields(fields), "sha256")[:16]


def make_code(length: int, below: Callable[[int], int]) -> str:
    """A code of `length` decimal digits, leading zeros kept. `below(n)` gives a uniform integer in 0..n-1."""
    return str(below(10**length)).zfill(length)


def placeholders(message: str) -> int:
    """How many literal `%s` the message holds."""
    return message.count(PLACEHOLDER)


def fill(message: str, code: str) -> str:
    """The message with its one `%s` replaced. No format string is ever evaluated."""
    return message.replace(PLACEHOLDER, code, 1)


def fingerprint(master: bytes) -> str:
    """16 hex digits that name a key without telling anything about it."""
    return hashlib.sha256(b"otpgw/v1/key-id\0" + derive_key(master, "otpgw/v1/key-id")).hexdigest()[:16]
