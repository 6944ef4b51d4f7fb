"""Remembers which SIM PINs were tried, so that no PIN is tried twice unless it proved right. Lives in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.at.commands import Purpose

if TYPE_CHECKING:
    from otppi.ports.modem import LineSettings


class PinLedger:
    """Write-ahead: `spend` comes before the PIN leaves, `prove` after the SIM took it."""

    def __init__(self) -> None:
        self._spent: set[tuple[str, str]] = set()

    def __repr__(self) -> str:
        return f"PinLedger({len(self._spent)} spent)"

    def may_try(self, port: str, pin: str) -> bool:
        """Whether this PIN was never tried on this port, or proved right there."""
        return (port, pin) not in self._spent

    def spend(self, port: str, pin: str) -> None:
        """The PIN is about to be tried."""
        self._spent.add((port, pin))

    def prove(self, port: str, pin: str) -> None:
        """The SIM took it: it may be used again after the next power cut."""
        self._spent.discard((port, pin))


PROCESS_PINS = PinLedger()
"""One for the whole process: a line that is configured anew must not get another try for the same PIN."""


class LinePin:
    """The PIN of one line, as far as the ledger lets it be used."""

    def __init__(self, ledger: PinLedger, settings: LineSettings) -> None:
        self._ledger = ledger
        self._port = settings.port
        self._pin = settings.pin
        self._tried = False

    def offer(self) -> str | None:
        """For one start-up: the PIN, if one is set and may be tried."""
        self._tried = False
        return self._pin if self._pin is not None and self._ledger.may_try(self._port, self._pin) else None

    async def mark(self, purpose: Purpose) -> bool:
        """Written down before the PIN leaves; grants nothing but a PIN."""
        if purpose is not Purpose.PIN or self._pin is None:
            return False
        self._ledger.spend(self._port, self._pin)
        self._tried = True
        return True

    def proved(self) -> None:
        """The SIM is ready: if the PIN was tried in this start-up, it was the right one."""
        if self._pin is not None and self._tried:
            self._ledger.prove(self._port, self._pin)
