"""The owner's operation on guess limits: unlock who guessed wrong too often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.domain.msisdn import InvalidNumber, normalise
from otppi.ports.operations import Refused

if TYPE_CHECKING:
    from otppi.app.operations.context import Context
    from otppi.ports.vault import Vault


async def unlock(context: Context, *, account: str | None = None, receiver: str | None = None) -> object:
    """Forget the wrong guesses of a receiver, of an account, or, where neither is named, of all."""
    tag = None if receiver is None else receiver_tag(context.vault, await _receiver(context, receiver))
    unlocked = await context.store.verifications.unlock(account=account, receiver_tag=tag, now=context.clock.now())
    return {"unlocked": unlocked}


def receiver_tag(vault: Vault, receiver: str) -> bytes:
    """What stands for a receiver (digits without +, or an e-mail address) where guesses are counted."""
    return vault.tag("receiver", receiver)


async def _receiver(context: Context, text: str) -> str:
    if "@" in text:
        return text.strip()
    try:
        return normalise(text, (await context.settings()).country_code, short_codes=True)
    except InvalidNumber as rule:
        raise Refused(f"the receiver {rule}") from None
