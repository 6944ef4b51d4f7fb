"""The owner's operations on ranges of numbers that the rules against pumping have blocked: list, unblock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.domain.fraud import REMEMBERED
from otppi.ports.operations import Refused

if TYPE_CHECKING:
    from otppi.app.operations.context import Context
    from otppi.domain.fraud import Block


async def listed(context: Context) -> object:
    """The mode, the ranges that are blocked, and how often which rule refused which account or would have, since the
    gateway's start. A range is a number less its last 4 digits."""
    counted = {"refused": [], "watched": []} if context.limits is None else context.limits.fraud_counts()
    rows = [_row(block) for block in await _running(context)]
    return {"mode": (await context.settings()).fraud_mode, "blocks": rows, **counted}


async def unblock(context: Context, *, range: str | None = None) -> object:  # noqa: A002 - the field's name
    """End the block of a range, or all of them where none is named; what was sent to it so far is forgiven."""
    wanted = None if range is None else _digits(range)
    blocks = [block for block in await _running(context) if wanted in (None, block.range)]
    if wanted is not None and not blocks:
        raise Refused("that range is not blocked: see `otppi fraud list`")
    for block in blocks:
        if context.limits is not None:
            await context.limits.pardon(block.range)
        else:
            now = context.clock.now()
            await context.store.limits.put_block(block.pardon(now), forget_before=now - REMEMBERED)
    return {"unblocked": len(blocks)}


async def _running(context: Context) -> list[Block]:
    if context.limits is not None:
        return context.limits.blocks()
    now = context.clock.now()
    return [block for block in await context.store.limits.blocks() if now < block.until]


def _digits(text: str) -> str:
    digits = text.strip().removeprefix("+").replace(" ", "")
    if not digits.isascii() or not digits.isdigit():
        raise Refused("a range is the digits that `otppi fraud list` shows")
    return digits


def _row(block: Block) -> dict[str, object]:
    return {
        "range": block.range,
        "since": block.since,
        "until": block.until,
        "level": block.level,
        "sent": block.sent,
        "entered": block.approved,
    }
