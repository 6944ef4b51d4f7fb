"""Rules for the names the owner gives, and for texts that stand in sentences."""

from __future__ import annotations

import unicodedata
from typing import Final

from otppi.ports.operations import Refused

NAME_MAX: Final = 64


def checked_name(text: str, *, without: str) -> str:
    """A name in composed form (NFC): 1 to 64 printable characters, none of `without`. Raises Refused."""
    name = composed(text)
    if not 1 <= len(name) <= NAME_MAX or not name.isprintable() or name != name.strip() or set(name) & set(without):
        raise Refused(f"a name is 1 to {NAME_MAX} printable characters without {' and '.join(without)}")
    return name


def composed(text: str) -> str:
    """The one form (NFC) in which names are stored and looked up."""
    return unicodedata.normalize("NFC", text)


def quoted(text: str) -> str:
    """What the owner wrote, fit to stand in a sentence."""
    return repr(text if len(text) <= NAME_MAX else text[:NAME_MAX] + "...")
