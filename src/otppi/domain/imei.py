"""The equipment's number as 3GPP TS 23.003 clause 6 has it: read and checked, never made. Pure.

IMEI: type allocation code (8 digits), serial number (6), check digit. IMEISV: the same 14 digits and a software version
of two. Sentences here never show the number.
"""

from __future__ import annotations

from typing import Final

TAC_DIGITS: Final = 8
BODY_DIGITS: Final = 14
"""Type allocation code and serial number: what names the equipment (TS 23.003 6.2)."""
_IMEI_DIGITS: Final = 15
_IMEISV_DIGITS: Final = 16
_TEST_BODY: Final = "00"


def body(text: str) -> str:
    """The 14 digits that name the equipment, the same for its IMEI and its IMEISV; empty where it names nobody.

    A digit repeated, or a type allocation code of zeros, is what modems say that were never given a number.
    """
    if not _is_number(text) or len(set(text[:BODY_DIGITS])) == 1 or not text[:TAC_DIGITS].strip("0"):
        return ""
    return text[:BODY_DIGITS]


def tac(text: str) -> str:
    """The type allocation code (TS 23.003 6.2.1), empty where the number names nobody."""
    return body(text)[:TAC_DIGITS]


def check_digit(fourteen: str) -> str:
    """The check digit of 14 digits (TS 23.003 annex B.2, the formula of Luhn)."""
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(fourteen))
    return str(-sum(value // 10 + value % 10 for value in doubled) % 10)


def problem(text: str) -> str:
    """What is wrong with the number a modem tells, as the end of a sentence about it; empty where nothing is.

    An IMEISV has no check digit, so of it only the rest is looked at (TS 23.003 annex B.1).
    """
    if not _is_number(text):
        return "has not the 15 digits of an IMEI"
    if not body(text):
        return "is a placeholder that names no modem"
    if len(text) == _IMEI_DIGITS and text[-1] != check_digit(text[:BODY_DIGITS]):
        return "has a wrong check digit"
    return ""


def is_test(text: str) -> bool:
    """Whether it is of the range for test equipment: type allocation codes that begin with 00 (GSMA TS.06)."""
    return tac(text).startswith(_TEST_BODY)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) in (_IMEI_DIGITS, _IMEISV_DIGITS)
