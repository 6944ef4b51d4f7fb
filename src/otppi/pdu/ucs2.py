"""UCS-2 as the air carries it today: UTF-16, big endian, surrogates in pairs (3GPP TS 23.038 6.2.3).

A unit is two octets. Knows nothing of segments but keeps what must stay together in one piece (`units`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.pdu.errors import PduError

if TYPE_CHECKING:
    from collections.abc import Iterator


def encode(text: str) -> bytes:
    """`text` as UTF-16BE. Raises `PduError` when it holds half of a surrogate pair."""
    try:
        return text.encode("utf-16-be")
    except UnicodeEncodeError:
        raise PduError("the text holds half of a surrogate pair") from None


def decode(octets: bytes) -> str:
    """The text of UTF-16BE octets; total: half of a pair and an odd last octet read as U+FFFD."""
    return octets.decode("utf-16-be", "replace")


def length(text: str) -> int:
    """How many 16-bit units `text` takes. Raises `PduError` when it holds half of a surrogate pair."""
    return len(encode(text)) // 2


def units(text: str) -> Iterator[bytes]:
    """The octets of each character in turn: two, or four for a surrogate pair. Raises `PduError` as `encode`."""
    yield from map(encode, text)
