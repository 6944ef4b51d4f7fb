"""National language tables for reading (3GPP TS 23.038 A.2 and A.3): which tables a message's header names.

All identifiers of 23.038 6.2.1.2.4, 1 to 13, are known: Turkish, Spanish and Portuguese are here, the rest in
`scripts`. A reserved one reads as the default alphabet, as 6.2.1.2.5 asks of a receiver that does not know it. Nothing
is ever sent in these tables: not every phone reads them, and UCS-2 always works.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from otppi.pdu import scripts
from otppi.pdu.gsm7 import DEFAULT_TABLES, Tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.pdu.udh import Header

SINGLE_SHIFT = 0x24
LOCKING_SHIFT = 0x25
_TURKISH, _SPANISH, _PORTUGUESE = 1, 2, 3


def _locking(changes: Mapping[int, str]) -> str:
    return "".join(changes.get(code, char) for code, char in enumerate(DEFAULT_TABLES.locking))


def _single(changes: Mapping[int, str]) -> Mapping[int, str]:
    return MappingProxyType({**DEFAULT_TABLES.single, **changes})


def _at(*runs: tuple[int, str]) -> dict[int, str]:
    """Characters by code, each run beginning at its code."""
    return {first + offset: char for first, run in runs for offset, char in enumerate(run)}


_LOCKING: Mapping[int, str] = {
    **scripts.LOCKING,
    _TURKISH: _locking(_at((0x04, "€"), (0x07, "\u0131"), (0x0B, "Ğğ"), (0x1C, "Şş"), (0x40, "İ"), (0x60, "ç"))),
    _PORTUGUESE: _locking(
        _at((0x04, "ê"), (0x06, "úíóç"), (0x0B, "Ôô"), (0x0E, "Áá"), (0x12, "ªÇÀ∞^\\€Ó|"), (0x1C, "ÂâÊ"))
        | _at((0x24, "º"), (0x40, "Í"), (0x5B, "ÃÕÚÜ"), (0x60, "~"), (0x7B, "ãõ`"))
    ),
}
_SINGLE: Mapping[int, Mapping[int, str]] = {
    **scripts.SINGLE,
    _TURKISH: _single(
        _at((0x47, "Ğ"), (0x49, "İ"), (0x53, "Ş"), (0x63, "ç"), (0x67, "ğ"), (0x69, "\u0131"), (0x73, "ş"))
    ),
    _SPANISH: _single(
        _at((0x09, "ç"), (0x41, "Á"), (0x49, "Í"), (0x4F, "Ó"), (0x55, "Ú"))
        | _at((0x61, "á"), (0x69, "í"), (0x6F, "ó"), (0x75, "ú"))
    ),
    _PORTUGUESE: _single(
        _at((0x05, "ê"), (0x09, "ç"), (0x0B, "Ôô"), (0x0E, "Áá"), (0x12, "ΦΓ^ΩΠΨΣΘ"), (0x1F, "Ê"), (0x41, "À"))
        | _at((0x49, "Í"), (0x4F, "Ó"), (0x55, "Ú"), (0x5B, "ÃÕ"), (0x61, "Â"), (0x69, "í"), (0x6F, "ó"))
        | _at((0x75, "ú"), (0x7B, "ãõ"), (0x7F, "â"))
    ),
}


def tables_of(header: Header) -> Tables:
    """The tables to read a message with `header` by; the last identifier of a kind counts."""
    locking = _LOCKING.get(_language(header, LOCKING_SHIFT), DEFAULT_TABLES.locking)
    single = _SINGLE.get(_language(header, SINGLE_SHIFT), DEFAULT_TABLES.single)
    return Tables(locking, single)


def _language(header: Header, identifier: int) -> int:
    named = [each.data[0] for each in header.elements if each.identifier == identifier and len(each.data) == 1]
    return named[-1] if named else 0
