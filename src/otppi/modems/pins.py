"""Which SIM PINs were tried, kept in memory by the rules of `otppi.ports.pins`; and the PIN of one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.at.commands import Purpose
from otppi.ports.pins import Tried, allowed

if TYPE_CHECKING:
    from otppi.ports.modem import LineSettings
    from otppi.ports.pins import Pins


class PinLedger:
    """Implements `ports.pins.Pins` in memory. An entry becomes known when it is first asked about."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], Tried] = {}
        self._sims: dict[tuple[str, str], int] = {}

    def __repr__(self) -> str:
        return f"PinLedger({len(self._entries)} entries)"

    async def may_try(self, entry: str, pin: str, sim: str = "") -> bool:
        """See the port."""
        return allowed(self._tried(entry, pin), sim, self._sims.get((sim, pin), 0))

    async def spend(self, entry: str, pin: str, sim: str = "") -> bool:
        """See the port."""
        tried = self._tried(entry, pin)
        self._entries[entry, pin] = Tried(tried.number, pending=True)
        if sim:
            self._sims[sim, pin] = len(self._entries)
        return True

    async def prove(self, entry: str, pin: str, sim: str = "") -> None:
        """See the port."""
        self._entries[entry, pin] = Tried(self._tried(entry, pin).number, sim=sim)
        self._sims.pop((sim, pin), None)

    def _tried(self, entry: str, pin: str) -> Tried:
        return self._entries.setdefault((entry, pin), Tried(len(self._entries) + 1))


PROCESS_PINS = PinLedger()
"""One for the whole process: a line that is configured anew must not get another try for the same PIN."""


class LinePin:
    """The PIN of one line, as far as the ledger lets it be used."""

    def __init__(self, ledger: Pins, settings: LineSettings) -> None:
        self._ledger = ledger
        self._entry = settings.pin_entry or settings.port
        self._pin = settings.pin
        self._sim = ""
        self._tried = False

    @property
    def is_set(self) -> bool:
        """Whether the owner entered one."""
        return self._pin is not None

    @property
    def was_tried(self) -> bool:
        """Whether it was, in this start-up."""
        return self._tried

    async def offer(self, sim: str) -> str | None:
        """For one start-up, in the SIM with this ICCID ("" where it is not known): the PIN, if it may be tried."""
        self._tried, self._sim = False, sim
        if self._pin is None or not await self._ledger.may_try(self._entry, self._pin, sim):
            return None
        return self._pin

    async def mark(self, purpose: Purpose) -> bool:
        """Written down before the PIN leaves; grants nothing but a PIN."""
        if purpose is not Purpose.PIN or self._pin is None:
            return False
        self._tried = await self._ledger.spend(self._entry, self._pin, self._sim)
        return self._tried

    async def proved(self, sim: str) -> None:
        """The SIM is ready, and this is its ICCID: if the PIN was tried in this start-up, it was the right one."""
        if self._pin is not None and self._tried:
            await self._ledger.prove(self._entry, self._pin, sim or self._sim)
