"""Remembers which SIM PINs were tried, so that no PIN is tried twice unless it proved right. Lives in memory."""

from __future__ import annotations


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
