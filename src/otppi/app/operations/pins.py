"""The owner's operations on the record of SIM PINs that were tried: for a PIN that a command enters by hand.

The PIN comes in as a Secret, and only keyed tags of it are kept (`otppi.app.pins`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.app.pins import StoredPins

if TYPE_CHECKING:
    from otppi.app.operations.context import Context
    from otppi.domain.secret import Secret


async def spend(context: Context, *, pin: Secret[str], sim: str) -> object:
    """A PIN is about to be tried by hand in the SIM with this ICCID; `kept` says whether that is written down."""
    return {"kept": await _pins(context).spend_by_hand(pin.reveal(), sim)}


async def prove(context: Context, *, pin: Secret[str], sim: str) -> object:
    """The SIM took it."""
    await _pins(context).prove_by_hand(pin.reveal(), sim)
    return {}


def _pins(context: Context) -> StoredPins:
    return StoredPins(context.store.registry, context.vault)
