"""The GSM 7-bit default alphabet with its extension table, and septet packing (3GPP TS 23.038 6.1, 6.2.1).

Septets are handed around unpacked, one in each octet of a `bytes`. Which tables a message uses is its header's
business (`national`): callers choose a `Tables` and hand it to `decode`.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from otppi.pdu.errors import PduError

if TYPE_CHECKING:
    from collections.abc import Mapping

ESCAPE = 0x1B

_DEFAULT = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}


@dataclass(frozen=True, slots=True)
class Tables:
    """A pair of tables to read septets with: `locking` holds 128 characters, `single` those after an escape."""

    locking: str
    single: Mapping[int, str]


DEFAULT_TABLES = Tables(_DEFAULT, _EXTENSION)

_SEPTETS = {char: bytes([code]) for code, char in enumerate(_DEFAULT) if code != ESCAPE} | {
    char: bytes([ESCAPE, code]) for code, char in _EXTENSION.items()
}
_BITS = tuple(f"{code:07b}" for code in range(128))
_CHARACTERS = frozenset(_SEPTETS)
_ESCAPED = tuple(_EXTENSION.values())


def is_gsm7(text: str) -> bool:
    """Whether every character of `text` is in the default alphabet or its extension table."""
    return _CHARACTERS.issuperset(text)


def septets(text: str) -> int:
    """How many septets `text` takes; an extension character takes two. `text` must satisfy `is_gsm7`."""
    return len(text) + sum(map(text.count, _ESCAPED))


def encode(text: str) -> bytes:
    """The septets of `text`, unpacked. Raises `PduError` at a character outside the alphabet."""
    with suppress(KeyError):  # it holds a character: it must not become the context of what is raised
        return b"".join(map(_SEPTETS.__getitem__, text))
    raise PduError("a character is not in the GSM 7-bit alphabet")


def decode(codes: bytes, tables: Tables = DEFAULT_TABLES) -> str:
    """The text of unpacked septets; total over all of them.

    As 23.038 6.2.1.1 asks: an escaped code without a meaning of its own reads as in the locking table, an escape
    after an escape or at the very end as a space.
    """
    rest = iter(codes)
    return "".join(_escaped(next(rest, ESCAPE), tables) if code == ESCAPE else tables.locking[code] for code in rest)


def _escaped(code: int, tables: Tables) -> str:
    return tables.single.get(code, tables.locking[code])


def pack(codes: bytes, fill_bits: int = 0) -> bytes:
    """Septets packed into octets, low bits first, after `fill_bits` (0..6) zero bits (23.038 6.1.2.1.1)."""
    stream = int("".join(map(_BITS.__getitem__, reversed(codes))) or "0", 2)
    return (stream << fill_bits).to_bytes((len(codes) * 7 + fill_bits + 7) // 8, "little")


def unpack(octets: bytes, count: int, fill_bits: int = 0) -> bytes:
    """The first `count` septets after `fill_bits` bits. Raises `PduError` when the octets hold fewer."""
    if count and count * 7 + fill_bits > len(octets) * 8:
        raise PduError("fewer septets than announced")
    stream = int.from_bytes(octets, "little") >> fill_bits
    return bytes(stream >> 7 * index & 0x7F for index in range(count))
