"""TP-DCS, the data coding scheme (3GPP TS 23.038 clause 4): which alphabet, which class, compressed or not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from otppi.pdu.errors import PduError


class Alphabet(StrEnum):
    """How the user data is to be read."""

    GSM7 = "gsm7"
    DATA = "8bit"
    UCS2 = "ucs2"


class Waits(StrEnum):
    """What a message waiting indication is about."""

    VOICE = "voice"
    FAX = "fax"
    EMAIL = "email"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Indication:
    """Something waits at the operator's, or no longer: `active`. `store`: the message itself is worth keeping."""

    kind: Waits
    active: bool
    store: bool


_GENERAL = {0: Alphabet.GSM7, 1: Alphabet.DATA, 2: Alphabet.UCS2, 3: Alphabet.GSM7}
_WAITS = (Waits.VOICE, Waits.FAX, Waits.EMAIL, Waits.OTHER)
_DISCARD, _STORE, _STORE_UCS2 = 0xC, 0xD, 0xE
_CODES = {Alphabet.GSM7: 0x00, Alphabet.DATA: 0x04, Alphabet.UCS2: 0x08}


@dataclass(frozen=True, slots=True)
class DataCoding:
    """One TP-DCS octet. Reserved codings read as the GSM 7-bit default alphabet, as clause 4 asks."""

    value: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.value <= 0xFF:
            raise PduError("a data coding scheme is one octet")

    @classmethod
    def of(cls, alphabet: Alphabet, message_class: int | None = None) -> DataCoding:
        """The octet for `alphabet`; `message_class` 0..3, where 0 is shown at once and not stored (flash)."""
        if message_class is None:
            return cls(_CODES[alphabet])
        if not 0 <= message_class <= 3:
            raise PduError("a message class is 0 to 3")
        return cls(_CODES[alphabet] | 0x10 | message_class)

    @property
    def alphabet(self) -> Alphabet:
        """The alphabet after decompression, if any."""
        group = self.value >> 4
        if group < 8:
            return _GENERAL[self.value >> 2 & 3]
        if group == _STORE_UCS2:
            return Alphabet.UCS2
        return Alphabet.DATA if group == 0xF and self.value & 4 else Alphabet.GSM7

    @property
    def message_class(self) -> int | None:
        """0..3, or None where the octet names no class."""
        group = self.value >> 4
        named = group == 0xF or (group < 8 and group & 1)
        return self.value & 3 if named else None

    @property
    def compressed(self) -> bool:
        """Whether the user data is compressed (3GPP TS 23.042); such data is kept, not read."""
        return self.value < 0x80 and bool(self.value & 0x20)

    @property
    def auto_delete(self) -> bool:
        """Whether the sender marked the message for deletion once it was read (group 01xx)."""
        return self.value >> 6 == 1

    @property
    def waiting(self) -> Indication | None:
        """The message waiting indication of groups 1100 to 1110, None in all others."""
        group = self.value >> 4
        if group not in (_DISCARD, _STORE, _STORE_UCS2):
            return None
        return Indication(_WAITS[self.value & 3], active=bool(self.value & 8), store=group != _DISCARD)


PLAIN = DataCoding()
"""GSM 7-bit, no class."""
