"""Telephone numbers as decisions 5 reads them: one rule for receivers, prefixes and the block list. Pure."""

from __future__ import annotations

import re
from typing import Final

_SEPARATORS: Final = re.compile(r"[\s.\-()\[\]{}\u2010-\u2015]+")
MIN_DIGITS: Final = 7
MAX_DIGITS: Final = 15
_OWN_SUBSCRIBER_MIN: Final = 8
SHORT_CODE_MAX: Final = 6


class InvalidNumber(ValueError):
    """Not a number by the rule in its message; the message never shows the number."""


def normalise(text: str, country_code: str, *, short_codes: bool = False) -> str:
    """The MSISDN as digits without `+` (E.164, 7 to 15 digits).

    `+` or `00`: international. Leading `0`: national. Bare digits that begin with `country_code` and have at
    least 8 more: international; other bare digits: national. With `short_codes`, bare digits of 3 to 6 places
    are taken as they are. Raises InvalidNumber.
    """
    digits, international = _digits(text)
    if short_codes and not international and not digits.startswith("0") and 3 <= len(digits) <= SHORT_CODE_MAX:
        return digits
    number = digits if international else _internationalise(digits, country_code)
    if not MIN_DIGITS <= len(number) <= MAX_DIGITS or number.startswith("0"):
        raise InvalidNumber("must be a telephone number of 7 to 15 digits with its country code")
    return number


def normalise_prefix(text: str, country_code: str) -> str:
    """A route prefix, stored the same way: `0871` and `62871` both give `62871`. Raises InvalidNumber."""
    digits, international = _digits(text)
    if not international and not digits.startswith(("0", country_code)):
        digits = country_code + digits
    elif not international and digits.startswith("0"):
        digits = country_code + digits[1:]
    if not 1 <= len(digits) <= MAX_DIGITS or digits.startswith("0"):
        raise InvalidNumber("a prefix is 1 to 15 digits, such as 62871 or 0871")
    return digits


def masked(number: str) -> str:
    """The number with its last three digits as `XXX`, as the README's reports show it."""
    return number[:-3] + "XXX" if len(number) > 3 else "XXX"


def _digits(text: str) -> tuple[str, bool]:
    bare = _SEPARATORS.sub("", text)
    international = bare.startswith("+")
    bare = bare.removeprefix("+")
    if not bare.isascii() or not bare.isdigit():
        raise InvalidNumber("must hold digits only, with an optional leading +")
    if not international and bare.startswith("00"):
        return bare[2:], True
    return bare, international


def _internationalise(digits: str, country_code: str) -> str:
    if digits.startswith("0"):
        return country_code + digits[1:]
    if digits.startswith(country_code) and len(digits) - len(country_code) >= _OWN_SUBSCRIBER_MIN:
        return digits
    return country_code + digits
