"""Which passwords are refused. It must not keep, hash or show one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otppi.ports.operations import Refused

if TYPE_CHECKING:
    from otppi.domain.secret import Secret

MIN_LENGTH: Final = 8
MAX_LENGTH: Final = 256

_COMMON_WORDS: Final = (
    "password password1 password12 password123 passw0rd p@ssw0rd p@ssword 12345678 123456789 1234567890 "
    "87654321 987654321 12341234 11223344 123123123 1q2w3e4r 1q2w3e4r5t 1qaz2wsx qwertyui qwerty12 "
    "qwerty123 qwertyuiop asdfghjkl abcd1234 abc12345 a1b2c3d4 iloveyou sunshine princess football "
    "baseball superman whatever trustno1 letmein1 welcome1 changeme admin123 admin1234 administrator"
)
_COMMON: Final = frozenset(_COMMON_WORDS.split())


def check_password(password: Secret[str], name: str) -> None:
    """Refuse a password that is too short or long, unprintable (RFC 7617 2), the name, or one of the commonest.

    Raises Refused; the sentence says the rule and never the password.
    """
    text = password.reveal()
    if not MIN_LENGTH <= len(text) <= MAX_LENGTH or not text.isprintable():
        raise Refused(f"a password is {MIN_LENGTH} to {MAX_LENGTH} printable characters")
    if text.casefold() == name.casefold():
        raise Refused("the password must not be the name")
    if text.casefold() in _COMMON or len(set(text)) == 1:
        raise Refused("the password is one of the first that are tried: choose another")
