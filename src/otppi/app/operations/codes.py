"""The owner's operation on guess limits: unlock who guessed wrong too often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.domain.msisdn import InvalidNumber, normalise
from otppi.domain.rights import RESERVED_NAMES
from otppi.ports.operations import Refused

if TYPE_CHECKING:
    from otppi.app.operations.context import Context
    from otppi.ports.vault import Vault


async def unlock(context: Context, *, account: str | None = None, receiver: str | None = None) -> object:
    """Forget the wrong guesses of a receiver, of an account, of a receiver through one account, or, where neither is
    named, of all. `unlocked` counts those that were locked."""
    verifications, now = context.store.verifications, context.clock.now()
    if receiver is None:
        return {"unlocked": await verifications.unlock(account=account, receiver_tag=None, now=now)}
    accounts = [account] if account is not None else await _accounts(context)
    unlocked = 0
    for name in accounts:
        for form in await _forms(context, receiver):
            tag = receiver_tag(context.vault, name, form)
            unlocked += await verifications.unlock(account=name, receiver_tag=tag, now=now)
    return {"unlocked": unlocked}


def receiver_tag(vault: Vault, account: str, receiver: str) -> bytes:
    """What stands for a receiver (digits without +, or an e-mail address) where an account's guesses are counted."""
    return vault.tag("receiver", account, receiver)


async def _accounts(context: Context) -> list[str]:
    return sorted({account.name for account in await context.store.accounts.all()} | RESERVED_NAMES)


async def _forms(context: Context, text: str) -> list[str]:
    """The receiver as accounts may have written it: with short codes and without."""
    if "@" in text:
        return [text.strip().lower()]
    country_code = (await context.settings()).country_code
    forms: set[str] = set()
    for short in (True, False):
        try:
            forms.add(normalise(text, country_code, short_codes=short))
        except InvalidNumber as rule:
            if not forms:
                raise Refused(f"the receiver {rule}") from None
    return sorted(forms)
