"""Damage to what the terminal sends, octet by octet. Pure; knows no command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from otppi.simulator.faults import Trouble

if TYPE_CHECKING:
    from otppi.simulator.faults import Fault

_ENDS = b"\r\x1a\x1b"
_HIGHEST_BIT = 0x80


@dataclass(slots=True)
class _Spell:
    """What is still to be spoilt by one fault, after `skip` octets that arrive."""

    trouble: Trouble
    skip: int
    count: int


class Damage:
    """What is still to be lost or mangled of the octets to come. `spoilt`: how many ever were."""

    def __init__(self) -> None:
        self.spoilt = 0
        self.clear()

    def clear(self) -> None:
        """The line is sound again."""
        self._spells: list[_Spell] = []

    def add(self, fault: Fault) -> None:
        """Arm one of LOSE, MANGLE, LOSE_END; several go on side by side."""
        self._spells.append(_Spell(fault.trouble, fault.skip, fault.count))

    def suffer(self, data: bytes) -> bytes:
        """What arrives of `data`."""
        if not self._spells:
            return data
        return bytes(arrived for octet in data if (arrived := self._arrives(octet)) is not None)

    def _arrives(self, octet: int) -> int | None:
        for spell in self._spells:
            if spell.trouble is Trouble.LOSE_END and octet not in _ENDS:
                continue
            if spell.skip:
                spell.skip -= 1
                continue
            self._spend(spell)
            return octet ^ _HIGHEST_BIT if spell.trouble is Trouble.MANGLE else None
        return octet

    def _spend(self, spell: _Spell) -> None:
        self.spoilt += 1
        spell.count -= 1
        if spell.count <= 0:
            self._spells.remove(spell)
