"""What remembers which SIM PINs were tried: at most one automatic try ever for each PIN the owner entered.

Implementations: `otppi.modems.pins.PinLedger` in memory, `otppi.app.pins.StoredPins` over restarts.
"""

from __future__ import annotations

from typing import Protocol


class Pins(Protocol):
    """`entry` names one entering of a PIN by the owner; entering it again makes another."""

    def may_try(self, entry: str, pin: str) -> bool:
        """Whether this PIN was never tried, or proved right."""

    async def spend(self, entry: str, pin: str) -> bool:
        """The PIN is about to be tried. True once that is written down for good; else it must not be sent."""

    async def prove(self, entry: str, pin: str) -> None:
        """The SIM took it: it may be used again after the next power cut."""
