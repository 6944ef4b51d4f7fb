"""What the owner's operations need of the machine's serial ports: which modems are there, and what a path leads to.

Implementation: `otppi.modems.detector.PortDetector`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.ports.modem import Identity, LineSettings


@dataclass(frozen=True, slots=True)
class FoundModem:
    """A modem that answered, with all it says of itself and its SIM; empty where it did not say.

    `port` is the name to configure, which stays where there is such a name; `paths` are all the ports on which it
    answered, the best first. `baud`, `parity` and `stop_bits` are those it understood. `msisdn` and `smsc` are digits
    without `+`. `sim` is ready, pin needed, puk needed, absent, or empty.
    """

    port: str
    paths: tuple[str, ...]
    identity: Identity = field(repr=False)
    profile: str = ""
    operator: str = ""
    msisdn: str = field(default="", repr=False)
    smsc: str = field(default="", repr=False)
    sim: str = ""
    baud: int = 115_200
    parity: str = "N"
    stop_bits: int = 1


@dataclass(frozen=True, slots=True)
class Detection:
    """What a look round found: `modems` that answered, `quiet` ports where none did and why, ports `in_use` by the
    modem of that name, and `hints` for the owner."""

    modems: tuple[FoundModem, ...] = ()
    quiet: tuple[tuple[str, str], ...] = ()
    in_use: tuple[tuple[str, str], ...] = ()
    hints: tuple[str, ...] = ()


class Detector(Protocol):
    """The serial ports of this machine."""

    async def detect(
        self, folders: tuple[str, ...], lines: tuple[LineSettings, ...], left_alone: Mapping[str, str]
    ) -> Detection:
        """Ask every port of the machine, and every terminal in `folders`, who is there; at most about 10 s.

        Enters no PIN, sends no SMS, opens no port that a modem of this gateway holds. `lines` are the configured
        modems: their ports are asked in their way first. `left_alone` are ports that are not opened, with their modem.
        """

    def device(self, port: str) -> str:
        """What a port leads to: two paths of one device give the same."""
