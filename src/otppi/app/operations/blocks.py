"""The owner's operations on the block list: add, remove, list, import. Unblocking by a client keeps the row,
inactive; removing here deletes it (decisions 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otppi.domain.msisdn import InvalidNumber, normalise
from otppi.ports.operations import Refused
from otppi.ports.store import BlockEntry, NotFound

if TYPE_CHECKING:
    from otppi.app.operations.context import Context

_BY: Final = "operator"
_SHOWN_LINES: Final = 20


async def add(context: Context, *, number: str) -> object:
    """Block a number, or block it again."""
    msisdn = _number(number, (await context.settings()).country_code)
    await context.store.registry.put_block(BlockEntry(msisdn, active=True, changed=context.clock.now(), by=_BY))
    context.changed("blocks")
    return {"number": msisdn}


async def remove(context: Context, *, number: str) -> object:
    """Delete a number from the list, with its row."""
    msisdn = _number(number, (await context.settings()).country_code)
    try:
        await context.store.registry.remove_block(msisdn)
    except NotFound:
        raise Refused("the number is not on the block list") from None
    context.changed("blocks")
    return {"number": msisdn}


async def listed(context: Context) -> object:
    """Every row, unblocked ones too, by number."""
    entries = sorted(await context.store.registry.blocks(), key=lambda entry: entry.msisdn)
    return [{"number": e.msisdn, "active": e.active, "changed": e.changed, "by": e.by} for e in entries]


async def take_in(context: Context, *, lines: tuple[str, ...]) -> object:
    """Block one number a line, all or none of them; empty lines and lines that begin with # are passed over."""
    country_code = (await context.settings()).country_code
    numbers: dict[str, None] = {}
    bad: list[int] = []
    for count, line in enumerate(lines, 1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                numbers[normalise(line, country_code, short_codes=True)] = None
            except InvalidNumber:
                bad.append(count)
    if bad:
        raise Refused(f"nothing was imported: no telephone number in line {_some(bad)}")
    now = context.clock.now()
    for msisdn in numbers:
        await context.store.registry.put_block(BlockEntry(msisdn, active=True, changed=now, by=_BY))
    context.changed("blocks")
    return {"imported": len(numbers)}


def _number(text: str, country_code: str) -> str:
    try:
        return normalise(text, country_code, short_codes=True)
    except InvalidNumber as rule:
        raise Refused(f"the number {rule}") from None


def _some(lines: list[int]) -> str:
    more = f" and {len(lines) - _SHOWN_LINES} more" if len(lines) > _SHOWN_LINES else ""
    return ", ".join(map(str, lines[:_SHOWN_LINES])) + more
