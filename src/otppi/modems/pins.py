"""Which SIM PINs were tried, so that none is tried twice unless it proved right; and the PIN of one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.at.commands import Purpose

if TYPE_CHECKING:
    from otppi.ports.modem import LineSettings
    from otppi.ports.pins import Pins


class PinLedger:
    """Implements `ports.pins.Pins` in memory: write-ahead, `spend` comes before the PIN leaves, `prove` after."""

    def __init__(self) -> None:
        self._spent: set[tuple[str, str]] = set()

    def __repr__(self) -> str:
        return f"PinLedger({len(self._spent)} spent)"

    def may_try(self, entry: str, pin: str) -> bool:
        """See the port."""
        return (entry, pin) not in self._spent

    async def spend(self, entry: str, pin: str) -> bool:
        """See the port."""
        self._spent.add((entry, pin))
        return True

    async def prove(self, entry: str, pin: str) -> None:
        """See the port."""
        self._spent.discard((entry, pin))


PROCESS_PINS = PinLedger()
"""One for the whole process: a line that is configured anew must not get another try for the same PIN."""


class LinePin:
    """The PIN of one line, as far as the ledger lets it be used."""

    def __init__(self, ledger: Pins, settings: LineSettings) -> None:
        self._ledger = ledger
        self._entry = settings.pin_entry or settings.port
        self._pin = settings.pin
        self._tried = False

    def offer(self) -> str | None:
        """For one start-up: the PIN, if one is set and may be tried."""
        self._tried = False
        return self._pin if self._pin is not None and self._ledger.may_try(self._entry, self._pin) else None

    async def mark(self, purpose: Purpose) -> bool:
        """Written down before the PIN leaves; grants nothing but a PIN."""
        if purpose is not Purpose.PIN or self._pin is None:
            return False
        self._tried = await self._ledger.spend(self._entry, self._pin)
        return self._tried

    async def proved(self) -> None:
        """The SIM is ready: if the PIN was tried in this start-up, it was the right one."""
        if self._pin is not None and self._tried:
            await self._ledger.prove(self._entry, self._pin)
