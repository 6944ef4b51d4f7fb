"""Message ids: 48 bits of milliseconds and 80 random bits, as 26 characters that sort by time.

The characters are Crockford's base 32, as in the public ULID layout; two ids of one millisecond sort at random.
"""

from __future__ import annotations

from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 26
RANDOM_OCTETS: Final = 10

_PAIRS: Final = [a + b for a in ALPHABET for b in ALPHABET]


def identifier(now: float, randomness: bytes) -> str:
    """The id for gateway time `now` (seconds, 0 .. 2**48 - 1 milliseconds) and `RANDOM_OCTETS` random octets."""
    milliseconds = int(now * 1000)
    if not 0 <= milliseconds < 1 << 48 or len(randomness) != RANDOM_OCTETS:
        raise ValueError("no time of this millennium, or not the right number of random octets")
    number = milliseconds << 80 | int.from_bytes(randomness, "big")
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])
