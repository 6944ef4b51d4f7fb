"""The block list, for accounts with the right `block`."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from otppi.domain.rights import Right, permit
from otppi.ports.store import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otppi.app.acceptance import Acceptance
    from otppi.app.blocking import Blocking
    from otppi.domain.rights import Caller
    from otppi.ports.store import BlockEntry, Registry


@dataclass(frozen=True, slots=True)
class BlockPage:
    """`next` is the last number of the page, None where there are no more."""

    items: tuple[BlockEntry, ...]
    next: str | None


class BlockList:
    """Every method raises Refusal without the right, and StoreUnavailable."""

    def __init__(self, registry: Registry, blocking: Blocking, acceptance: Acceptance) -> None:
        self._registry = registry
        self._blocking = blocking
        self._acceptance = acceptance

    async def page(self, caller: Caller, *, after: str, limit: int, active: bool | None) -> BlockPage:
        """Rows by number, after the number `after`; `active` None is blocked and unblocked ones."""
        permit(caller, Right.BLOCK)
        rows = self._rows(await self._registry.blocks(), after, active)
        found = tuple(islice(rows, limit + 1))
        return BlockPage(found[:limit], found[limit - 1].msisdn if len(found) > limit else None)

    @staticmethod
    def _rows(entries: list[BlockEntry], after: str, active: bool | None) -> Iterator[BlockEntry]:
        for entry in sorted(entries, key=lambda each: each.msisdn):
            if entry.msisdn > after and active in (None, entry.active):
                yield entry

    async def put(self, caller: Caller, number: str, *, active: bool) -> BlockEntry:
        """Block or unblock. Raises Refusal INVALID for what is no number."""
        permit(caller, Right.BLOCK)
        msisdn = self._acceptance.receiver(number, caller, field="number")
        return await self._blocking.put(msisdn, caller.account, active=active)

    async def remove(self, caller: Caller, number: str) -> None:
        """Delete a row. Raises NotFound, also for what is no number."""
        permit(caller, Right.BLOCK)
        digits = number.removeprefix("+")
        if not digits.isascii() or not digits.isdigit():
            raise NotFound
        await self._blocking.remove(digits)
