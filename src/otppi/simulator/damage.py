"""Damage to what the terminal sends, octet by octet. Pure; knows no command."""

from __future__ import annotations

from otppi.simulator.faults import Fault, Trouble

_ENDS = b"\r\x1a\x1b"
_HIGHEST_BIT = 0x80


class Damage:
    """What is still to be lost or mangled of the octets to come."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """The line is sound again."""
        self._lose = self._mangle = self._ends = 0

    def add(self, fault: Fault) -> None:
        """Arm one of LOSE, MANGLE, LOSE_END."""
        if fault.trouble is Trouble.LOSE:
            self._lose += fault.count
        elif fault.trouble is Trouble.MANGLE:
            self._mangle += fault.count
        else:
            self._ends += 1

    def suffer(self, data: bytes) -> bytes:
        """What arrives of `data`."""
        if not (self._lose or self._mangle or self._ends):
            return data
        return bytes(arrived for octet in data if (arrived := self._arrives(octet)) is not None)

    def _arrives(self, octet: int) -> int | None:
        if self._lose:
            self._lose -= 1
            return None
        if self._ends and octet in _ENDS:
            self._ends -= 1
            return None
        if self._mangle:
            self._mangle -= 1
            return octet ^ _HIGHEST_BIT
        return octet
