"""The block list as clients change it: a number is blocked, unblocked (its row stays, inactive) or removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.ports.store import BlockEntry

if TYPE_CHECKING:
    from otppi.app.configuration import Configuration
    from otppi.app.delivery import Delivery
    from otppi.ports.clock import Clock
    from otppi.ports.store import Registry


class Blocking:
    """Each change is durable and in effect when it returns. Raises StoreUnavailable."""

    def __init__(self, registry: Registry, configuration: Configuration, delivery: Delivery, clock: Clock) -> None:
        self._registry = registry
        self._configuration = configuration
        self._delivery = delivery
        self._clock = clock

    async def put(self, msisdn: str, by: str, *, active: bool) -> BlockEntry:
        """Block or unblock a number (digits without `+`) for the account `by`; blocking cancels what waits for it."""
        entry = BlockEntry(msisdn, active, self._clock.now(), by)
        await self._registry.put_block(entry)
        self._configuration.note_block(entry)
        if active:
            await self._delivery.cancel_for(msisdn)
        return entry

    async def remove(self, msisdn: str) -> None:
        """Delete the row of a number. Raises NotFound."""
        await self._registry.remove_block(msisdn)
        self._configuration.note_block(BlockEntry(msisdn, active=False, changed=self._clock.now(), by=""))
