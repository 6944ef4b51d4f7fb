"""Invented identities and numbers in place of real ones: the same one for the same, of the same length, still valid.

IMEIs stand under the test TAC 00440245, IMSIs under the test network 001 01, numbers are +62 812 0000 xxxx. Reads no
line, and keeps what it was given in memory only, for as long as one transcript is masked.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

SHORTEST: Final = 6
"""Runs of fewer digits tell nothing about anybody, and stay: indices, levels, short codes of services."""

_TEST_TAC: Final = "00440245"
_TEST_NETWORK: Final = "00101"
_TEST_ISSUER: Final = "8999990"
_INTERNATIONAL: Final = "628120000"
_NATIONAL: Final = "08120000"
_IMEI: Final = 15
_IMEI_BARE: Final = 14
_IMSIS: Final = (14, 15)
_ICCIDS: Final = range(18, 21)
_SUFFIX: Final = 8
"""How many last digits make a number the same number, written with or without its country."""


class Secrecy(StrEnum):
    """What is masked; the names of the counts in a summary."""

    IMEI = "imei"
    IMSI = "imsi"
    ICCID = "iccid"
    NUMBER = "number"
    CELL = "cell"
    OTHER = "other"
    TEXT = "text"
    PDU = "pdu"
    PIN = "pin"


class StandIns:
    """Gives stand-ins, and remembers them. `counts`: how many different things of each kind were masked."""

    def __init__(self) -> None:
        self._given: dict[tuple[Secrecy, str], int] = {}
        self._kinds: dict[str, Secrecy] = {}
        self._counts: Counter[Secrecy] = Counter()

    @property
    def counts(self) -> Mapping[str, int]:
        """How many different ones there are of each kind that came up."""
        return {kind.value: self._counts[kind] for kind in Secrecy if self._counts[kind]}

    def count(self, kind: Secrecy) -> None:
        """Something that has no stand-in of its own was masked."""
        self._counts[kind] += 1

    def learn(self, digits: str, kind: Secrecy) -> None:
        """These digits are an identity, wherever they come up."""
        self._kinds.setdefault(digits, kind)

    def knows(self, digits: str) -> bool:
        """Whether these digits were learned to be an identity."""
        return digits in self._kinds

    def digits(self, digits: str, *, number: bool = False) -> str:
        """The stand-in of a run of decimal digits. `number`: where nothing is known of it, it is a telephone number."""
        kind = self._kinds.get(digits) or _guess(digits, number=number)
        return self._stand_in(kind, digits)

    def cell(self, token: str) -> str:
        """The stand-in of a hexadecimal location or cell identity."""
        return self._stand_in(Secrecy.CELL, token)

    def _stand_in(self, kind: Secrecy, original: str) -> str:
        key = (kind, original[-_SUFFIX:] if kind is Secrecy.NUMBER else original)
        if key not in self._given:
            self._counts[kind] += 1
            self._given[key] = self._counts[kind]
        serial = self._given[key]
        if (stand_in := _made(kind, serial, len(original), original)) != original:
            return stand_in
        # The original looks as if it were invented. It may be; it goes all the same.
        return _made(kind, serial + 500, len(original), original)


def luhn(digits: str) -> str:
    """The check digit that follows `digits` (ISO/IEC 7812-1 annex B; IMEI: 3GPP TS 23.003 annex B)."""
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(digits)))
    return str(-sum(value // 10 + value % 10 for value in doubled) % 10)


def is_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others."""
    return luhn(digits[:-1]) == digits[-1]


def _guess(digits: str, *, number: bool) -> Secrecy:
    if len(digits) in _ICCIDS and digits.startswith("89"):
        return Secrecy.ICCID
    if len(digits) == _IMEI and is_luhn(digits):
        return Secrecy.IMEI
    return Secrecy.NUMBER if number else Secrecy.OTHER


def _made(kind: Secrecy, serial: int, length: int, original: str) -> str:
    match kind:
        case Secrecy.IMEI:
            return _imei(serial, length)
        case Secrecy.IMSI:
            return _filled(_TEST_NETWORK, serial, length)
        case Secrecy.ICCID:
            body = _filled(_TEST_ISSUER, serial, length - 1)
            return body + luhn(body)
        case Secrecy.NUMBER:
            return _number(serial, length, national=original.startswith("0"))
        case Secrecy.CELL:
            return f"{serial:0{length}X}"[-length:]
        case _:
            return _filled("", serial, length)


def _imei(serial: int, length: int) -> str:
    """14 digits, 15 with their check digit, or 16 with a software version (3GPP TS 23.003 6.2)."""
    bare = _filled(_TEST_TAC, serial, _IMEI_BARE)
    if length == _IMEI:
        return bare + luhn(bare)
    return bare[:length].ljust(length, "0")


def _number(serial: int, length: int, *, national: bool) -> str:
    head = _NATIONAL if national else _INTERNATIONAL
    return _filled(head[: max(length - 4, 0)], serial, length)


def _filled(head: str, serial: int, length: int) -> str:
    """`head`, zeros, and the serial at the end."""
    room = max(length - len(head), 0)
    return head[:length] + (f"{serial:0{room}d}"[-room:] if room else "")
