"""SIM PINs that were tried, kept over restarts: a service that is started again and again must not lock a SIM.

Implements `ports.pins.Pins`. What is kept are keyed tags, one fact for each entry and one for each PIN that was tried
in a SIM; those the owner has replaced stay behind as a few octets that nothing asks for any more.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from otppi.ports.pins import Tried, allowed
from otppi.ports.store import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from otppi.ports.store import Registry
    from otppi.ports.vault import Vault

_COUNT: Final = "pin_entries"
_ENTRY: Final = "pin_entry:"
_SIM: Final = "pin_tried:"


class StoredPins:
    """Call `load` with every configured entry before a line offers its PIN; an entry that is not known is not tried.

    A fact of an entry is its number, `pending` or `free`, and the tag of the SIM it proved right in.
    """

    def __init__(self, registry: Registry, vault: Vault) -> None:
        self._registry = registry
        self._vault = vault

    async def load(self, entries: Iterable[str]) -> None:
        """Make these entries known: each gets its number the first time."""
        for entry in entries:
            if entry and await self._registry.fact(_ENTRY + entry) is None:
                number = await self._count() + 1
                await self._registry.put_fact(_COUNT, str(number))
                await self._registry.put_fact(_ENTRY + entry, _written(Tried(number)))

    async def may_try(self, entry: str, pin: str, sim: str = "") -> bool:
        """See the port."""
        try:
            tried = await self._tried(entry)
            newest = await self._registry.fact(self._pair(pin, sim)) if sim else None
        except StoreUnavailable:
            return False
        return tried is not None and allowed(tried, self._tag(sim), int(newest or 0))

    async def spend(self, entry: str, pin: str, sim: str = "") -> bool:
        """See the port."""
        try:
            tried = await self._tried(entry)
            if tried is None:
                return False
            if sim:
                await self._registry.put_fact(self._pair(pin, sim), str(await self._count()))
            await self._registry.put_fact(_ENTRY + entry, _written(Tried(tried.number, pending=True)))
        except StoreUnavailable:
            return False
        return True

    async def prove(self, entry: str, pin: str, sim: str = "") -> None:
        """See the port. If it cannot be written down, the PIN counts as tried at the next start: the safe side."""
        try:
            tried = await self._tried(entry)
            if tried is None:
                return
            await self._registry.put_fact(_ENTRY + entry, _written(Tried(tried.number, sim=self._tag(sim))))
            if sim:
                await self._registry.put_fact(self._pair(pin, sim), "0")
        except StoreUnavailable:
            return

    async def spend_by_hand(self, pin: str, sim: str) -> bool:
        """The owner is about to enter a PIN by hand in this SIM. True once that is written down: of all entries that
        are known now none tries the same PIN in it again. False too where nothing says which SIM it is."""
        try:
            if sim:
                await self._registry.put_fact(self._pair(pin, sim), str(await self._count()))
        except StoreUnavailable:
            return False
        return bool(sim)

    async def prove_by_hand(self, pin: str, sim: str) -> None:
        """The SIM took it: entries may try it there again. If that cannot be written down, they do not."""
        with contextlib.suppress(StoreUnavailable):
            await self._registry.put_fact(self._pair(pin, sim), "0")

    async def _count(self) -> int:
        return int(await self._registry.fact(_COUNT) or 0)

    async def _tried(self, entry: str) -> Tried | None:
        text = await self._registry.fact(_ENTRY + entry) if entry else None
        if text is None:
            return None
        number, state, sim = text.split(":")
        return Tried(int(number), state == "pending", sim)

    def _pair(self, pin: str, sim: str) -> str:
        return _SIM + self._vault.tag("pin-tried", sim, pin).hex()

    def _tag(self, sim: str) -> str:
        return self._vault.tag("pin-sim", sim).hex() if sim else ""


def _written(tried: Tried) -> str:
    return f"{tried.number}:{'pending' if tried.pending else 'free'}:{tried.sim}"
