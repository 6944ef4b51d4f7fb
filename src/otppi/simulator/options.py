"""What `otppi simulate` is told. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from otppi.simulator.device import Traits

if TYPE_CHECKING:
    from pathlib import Path

LEDGER_NAME = "ledger.jsonl"


@dataclass(frozen=True, slots=True)
class SimulateOptions:
    """`modems` modems named modem0.. with links in `directory`; the same `seed` gives the same numbers and noise.

    `latency`: seconds between Ctrl-Z and the air. `ledger` None: DIR/ledger.jsonl. `pin` is every SIM's PIN, None
    for none. `storage`: slots in each message memory. `report_delay`: seconds from the air to a delivery report.
    """

    modems: int
    directory: Path
    latency: float = 0.05
    ledger: Path | None = None
    seed: int = 0
    pin: str | None = field(default=None, repr=False)
    storage: int = 30
    report_delay: float = 0.2

    @property
    def ledger_path(self) -> Path:
        """Where the ledger is."""
        return self.ledger or self.directory / LEDGER_NAME

    @property
    def traits(self) -> Traits:
        """What each modem is told."""
        return Traits(self.latency, self.report_delay, self.storage, self.pin)
