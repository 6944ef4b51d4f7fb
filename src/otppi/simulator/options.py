"""What `otppi simulate` is told. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from otppi.simulator.device import Traits
from otppi.simulator.errors import BadAddress
from otppi.simulator.families import family

if TYPE_CHECKING:
    from pathlib import Path

LEDGER_NAME = "ledger.jsonl"
_HIGHEST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class SimulateOptions:
    """`modems` modems named modem0.. with links in `directory`; the same `seed` gives the same numbers and noise.

    `latency`: seconds between Ctrl-Z and the air. `ledger` None: DIR/ledger.jsonl. `pin` is every SIM's PIN, None
    for none. `storage`: slots in each message memory, None for what the family has. `report_delay`: seconds from the
    air to a delivery report. `families` are taken in turn. `tcp`: host and port of modem0, the next modems have the
    next ports, all of them free ones if it is 0; None: ptys. `noise`: the chance of an unsolicited line at each gap of
    an exchange. `long_on`: at first they have been under power for long.
    """

    modems: int
    directory: Path
    latency: float = 0.05
    ledger: Path | None = None
    seed: int = 0
    pin: str | None = field(default=None, repr=False)
    storage: int | None = None
    report_delay: float = 0.2
    families: tuple[str, ...] = ("generic",)
    tcp: tuple[str, int] | None = None
    noise: float = 0.0
    long_on: bool = False

    @property
    def ledger_path(self) -> Path:
        """Where the ledger is."""
        return self.ledger or self.directory / LEDGER_NAME

    def traits(self, index: int) -> Traits:
        """What modem number `index` is told. Raises UnknownFamily."""
        return Traits(
            latency=self.latency,
            report_delay=self.report_delay,
            storage=self.storage,
            pin=self.pin,
            noise=self.noise,
            long_on=self.long_on,
            family=family(self.families[index % len(self.families)]),
        )

    def address(self, index: int) -> tuple[str, int] | None:
        """Where modem number `index` listens; None for a pty."""
        if self.tcp is None:
            return None
        host, first = self.tcp
        return host, first + index if first else 0


def tcp_address(text: str) -> tuple[str, int]:
    """`[HOST:]PORT`, 127.0.0.1 without a host, an IPv6 host in brackets. Raises BadAddress."""
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdigit()) or int(port) > _HIGHEST_PORT:
        raise BadAddress("a TCP address is [HOST:]PORT, with a port from 0 to 65535")
    return host.strip("[]") or "127.0.0.1", int(port)
