"""SIM PINs that were tried, kept over restarts: a service that is started again and again must not lock a SIM.

Implements `ports.pins.Pins`. What is kept is a keyed tag of entry and PIN, one fact for each entry; entries the owner
has replaced stay behind as a few octets that nothing asks for any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otppi.ports.store import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from otppi.ports.store import Registry
    from otppi.ports.vault import Vault

_FACT: Final = "pin_tried:"


class StoredPins:
    """Call `load` for every entry before a line offers its PIN; an entry that was not loaded is not tried."""

    def __init__(self, registry: Registry, vault: Vault) -> None:
        self._registry = registry
        self._vault = vault
        self._spent: dict[str, str] = {}

    async def load(self, entries: Iterable[str]) -> None:
        """Read what was tried of these entries."""
        for entry in entries:
            if entry and entry not in self._spent:
                self._spent[entry] = await self._registry.fact(_FACT + entry) or ""

    def may_try(self, entry: str, pin: str) -> bool:
        """See the port."""
        spent = self._spent.get(entry)
        return spent is not None and spent != self._tag(entry, pin)

    async def spend(self, entry: str, pin: str) -> bool:
        """See the port."""
        return await self._keep(entry, self._tag(entry, pin))

    async def prove(self, entry: str, pin: str) -> None:
        """See the port. If it cannot be written down, the PIN counts as tried at the next start: the safe side."""
        if not self.may_try(entry, pin):
            await self._keep(entry, "")

    async def _keep(self, entry: str, tag: str) -> bool:
        try:
            await self._registry.put_fact(_FACT + entry, tag)
        except StoreUnavailable:
            return False
        self._spent[entry] = tag
        return True

    def _tag(self, entry: str, pin: str) -> str:
        return self._vault.tag("pin-tried", entry, pin).hex()
