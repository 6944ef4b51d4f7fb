"""What a command's dialogue asks of the modem that runs it. Values only; nothing here acts."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from otppi.simulator.faults import Step


@dataclass(frozen=True, slots=True)
class Inform:
    """One information response; each line is characters below 256, as they go on the wire (V.250 5.7.1)."""

    lines: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Finish:
    """The final result of the command line."""

    result: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """Ask for a body; the dialogue is sent its octets, or None after ESC (3GPP TS 27.005 3.5.1)."""

    text_mode: bool


@dataclass(frozen=True, slots=True)
class Pause:
    """Deaf for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Reach:
    """A named step, where a fault may hold the modem."""

    step: Step


@dataclass(frozen=True, slots=True)
class Vanish:
    """The port goes away; the dialogue never continues."""


@dataclass(frozen=True, slots=True)
class Reboot:
    """The equipment restarts; whether the port stays is the family's."""


@dataclass(frozen=True, slots=True)
class PowerCard:
    """The SIM card is given power and read anew."""


Effect = Inform | Finish | Prompt | Pause | Reach | Vanish | Reboot | PowerCard
Dialogue = Generator[Effect, bytes | None, None]
Answer = tuple[str, ...] | Dialogue
"""What a command gives: the lines of one information response, or a dialogue."""

Asking = Generator[Effect, bytes | None, bytes | None]
"""A part of a dialogue that ends with a body, or None."""
