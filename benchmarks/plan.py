"""How a run is done: where, how many rounds, how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Plan:
    """`rounds` of each measurement; `quick` shortens what is long, for looking and not for quoting."""

    folder: Path
    rounds: int = 3
    quick: bool = False

    def seconds(self, full: int) -> int:
        """`full` seconds, or a quick look."""
        return max(3, full // 6) if self.quick else full

    def count(self, full: int) -> int:
        """`full` repetitions, or some."""
        return max(10, full // 10) if self.quick else full
