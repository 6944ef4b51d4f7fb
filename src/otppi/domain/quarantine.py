"""When a SIM looks blocked by its network: refusals in a row, to several numbers, with nothing sent between.

One number refused again and again is that number's trouble; several in a row are the SIM's. A value: each step gives
the next one. Numbers come in as keyed tags, so that none is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

REFUSALS: Final = 5
NUMBERS: Final = 3


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Refusals in a row that look like a block, and the receivers they were for, at most `NUMBERS` of them."""

    refusals: int = 0
    numbers: frozenset[bytes] = field(default=frozenset(), repr=False)

    def refused(self, number: bytes) -> Suspicion:
        """After one more. A success starts anew with `Suspicion()`."""
        numbers = self.numbers if len(self.numbers) >= NUMBERS else self.numbers | {number}
        return Suspicion(self.refusals + 1, numbers)

    @property
    def proven(self) -> bool:
        """Whether the SIM must not be used any more until the owner has looked after it."""
        return self.refusals >= REFUSALS and len(self.numbers) >= NUMBERS
