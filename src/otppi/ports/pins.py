"""What remembers which SIM PINs were tried: at most one automatic try for each PIN the owner entered.

Implementations: `otppi.modems.pins.PinLedger` in memory, `otppi.app.pins.StoredPins` over restarts.

The rules, for an entry (one entering of a PIN by the owner), its PIN and a SIM (its ICCID, "" while it cannot be read):

1. An entry that was tried and has not proved right is not tried again, in whatever SIM.
2. An entry that proved right in one SIM is not tried in another one: a swapped SIM loses no try.
3. A PIN that was tried in a SIM and has not proved right there is tried in it only under an entry that is newer than
   that try: moving a SIM between modems with the same PIN loses no further try.

Where the SIM is "" only the first rule can be kept. A try whose outcome is not known counts as tried.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Tried:
    """What is known of one entry. `number` counts entries as they become known, from 1. `pending`: tried, and not
    proved right. `sim`: what stands for the SIM it proved right in, "" for none or one that was not known."""

    number: int
    pending: bool = False
    sim: str = field(default="", repr=False)


def allowed(tried: Tried, sim: str, newest: int) -> bool:
    """Whether the rules let an entry be tried in `sim`. `newest`: the highest number that was known when the same PIN
    was tried in this SIM and did not prove right, 0 where that never happened."""
    if tried.pending or (tried.sim and sim and tried.sim != sim):
        return False
    return tried.number > newest


class Pins(Protocol):
    """Whatever is passed in comes out of no repr, log or error."""

    async def may_try(self, entry: str, pin: str, sim: str = "") -> bool:
        """Whether the rules allow a try. False too where that cannot be told."""

    async def spend(self, entry: str, pin: str, sim: str = "") -> bool:
        """The PIN is about to be tried. True once that is written down for good; else it must not be sent."""

    async def prove(self, entry: str, pin: str, sim: str = "") -> None:
        """The SIM took it: it may be used again after the next power cut, in this SIM."""
