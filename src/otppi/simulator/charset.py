"""Strings of text mode and USSD in the character set of +CSCS (3GPP TS 27.007 5.5). Pure.

On the wire a string is a str of characters below 256, one per octet.
"""

from __future__ import annotations

from otppi.pdu import gsm7
from otppi.pdu.errors import PduError
from otppi.simulator.errors import MessageRefusal

_INVALID_TEXT = 305


def to_wire(text: str, charset: str) -> str:
    """`text` as the terminal sees it; what the set cannot show becomes a question mark."""
    if charset == "UCS2":
        return text.encode("utf-16-be", "surrogatepass").hex().upper()
    if charset == "IRA":
        return text.encode("ascii", "replace").decode()
    shown = "".join(character if gsm7.is_gsm7(character) else "?" for character in text)
    return gsm7.encode(shown).decode("latin-1")


def from_wire(octets: bytes, charset: str) -> str:
    """What the terminal typed; CMS 305 when it is not of the set."""
    try:
        return _read(octets, charset)
    except (PduError, UnicodeError, ValueError, IndexError):
        raise MessageRefusal(_INVALID_TEXT) from None


def _read(octets: bytes, charset: str) -> str:
    if charset == "UCS2":
        return bytes.fromhex(octets.decode("ascii")).decode("utf-16-be")
    return octets.decode("ascii") if charset == "IRA" else gsm7.decode(octets)
