"""Which passwords are refused, and which are noticed as weak. It must not keep, hash or show one.

A weak one is taken: clients that exist keep the passwords they have, the README's own among them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otppi.ports.operations import Refused

if TYPE_CHECKING:
    from otppi.domain.secret import Secret

GOOD_LENGTH: Final = 8
MAX_LENGTH: Final = 256

_COMMON_WORDS: Final = (
    "password password1 password12 password123 passw0rd p@ssw0rd p@ssword 12345678 123456789 1234567890 "
    "87654321 987654321 12341234 11223344 123123123 1q2w3e4r 1q2w3e4r5t 1qaz2wsx qwertyui qwerty12 "
    "qwerty123 qwertyuiop asdfghjkl abcd1234 abc12345 a1b2c3d4 iloveyou sunshine princess football "
    "baseball superman whatever trustno1 letmein1 welcome1 changeme admin123 admin1234 administrator"
)
_COMMON: Final = frozenset(_COMMON_WORDS.split())


def check_password(password: Secret[str], name: str) -> list[str]:
    """What is weak about a password: notices for the owner, none for a good one.

    Raises Refused where it is empty, too long or unprintable (RFC 7617 2); no sentence shows the password.
    """
    text = password.reveal()
    if not 1 <= len(text) <= MAX_LENGTH or not text.isprintable():
        raise Refused(f"a password is 1 to {MAX_LENGTH} printable characters")
    if text.casefold() == name.casefold():
        return ["the password is the name: choose another"]
    if text.casefold() in _COMMON or len(set(text)) == 1:
        return ["the password is one of the first that are tried: choose another"]
    return [f"the password is short: take {GOOD_LENGTH} characters or more"] if len(text) < GOOD_LENGTH else []
