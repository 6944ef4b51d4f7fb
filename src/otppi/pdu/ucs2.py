"""UCS-2 as the air carries it today: UTF-16, big endian, surrogates in pairs (3GPP TS 23.038 6.2.3).

A 16-bit unit is two octets. Knows nothing of segments.
"""

from __future__ import annotations

from contextlib import suppress

from otppi.pdu.errors import PduError


def encode(text: str) -> bytes:
    """`text` as UTF-16BE. Raises `PduError` when it holds half of a surrogate pair."""
    with suppress(UnicodeEncodeError):  # it holds the text: it must not become the context of what is raised
        return text.encode("utf-16-be")
    raise PduError("the text holds half of a surrogate pair")


def decode(octets: bytes) -> str:
    """The text of UTF-16BE octets; total: half of a pair and an odd last octet read as U+FFFD."""
    return octets.decode("utf-16-be", "replace")
