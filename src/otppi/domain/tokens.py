"""Bearer tokens: their text, and how long they may live. Pure.

A token is `otp_` and 160 random bits in base 32 (RFC 4648, lower case): 36 characters. The prefix lets scanners for
leaked secrets, and people, recognise one.
"""

from __future__ import annotations

import base64
import re
from typing import Final

from otppi.domain.durations import NEVER, InvalidDuration, format_duration, parse_duration
from otppi.domain.secret import Secret

PREFIX: Final = "otp_"
RANDOM_OCTETS: Final = 20
DEFAULT_LIFE: Final = 365 * 86_400.0
SHORTEST_LIFE: Final = 60.0
LONGEST_LIFE: Final = 3650 * 86_400.0

_FORM: Final = re.compile(rf"{PREFIX}[a-z2-7]{{32}}", re.ASCII)


class InvalidLife(ValueError):
    """Not a life a token may have; the message is the rule, to follow "must be"."""


def token_text(randomness: bytes) -> Secret[str]:
    """The token of `RANDOM_OCTETS` random octets."""
    if len(randomness) != RANDOM_OCTETS:
        raise ValueError(f"a token is made of {RANDOM_OCTETS} random octets")
    return Secret(PREFIX + base64.b32encode(randomness).decode("ascii").lower())


def is_token(text: str) -> bool:
    """Whether a text has the form of a token; others are not worth a look."""
    return _FORM.fullmatch(text) is not None


def parse_life(text: str) -> float:
    """Seconds a token shall live, NEVER for `never`; a bare number counts days. Raises InvalidLife."""
    try:
        life = parse_duration(text, bare_unit="d")
    except InvalidDuration:
        raise InvalidLife(_RULE) from None
    if life != NEVER and not SHORTEST_LIFE <= life <= LONGEST_LIFE:
        raise InvalidLife(_RULE)
    return life


_RULE: Final = (
    f"a span of time from {format_duration(SHORTEST_LIFE)} to {format_duration(LONGEST_LIFE)}, such as 90d, or never"
)
