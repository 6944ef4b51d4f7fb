"""A measured figure: its samples, its goal, what it is compared with. Values and arithmetic only."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Goal:
    """`at_least` or `at_most` a limit, in the figure's unit."""

    way: Literal["at_least", "at_most"]
    limit: float

    def met(self, value: float) -> bool:
        """Whether `value` is good enough."""
        return value >= self.limit if self.way == "at_least" else value <= self.limit

    def __str__(self) -> str:
        return f"{'>=' if self.way == 'at_least' else '<='} {self.limit:g}"


@dataclass(frozen=True, slots=True)
class Baseline:
    """Something simpler measured in the same run, in the same unit."""

    name: str
    samples: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle sample."""
        return statistics.median(self.samples)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number; `samples` holds a value for each round."""

    name: str
    unit: str
    samples: tuple[float, ...]
    goal: Goal | None
    command: str
    baseline: Baseline | None = None

    @property
    def median(self) -> float:
        """The middle sample."""
        return statistics.median(self.samples)

    @property
    def verdict(self) -> str:
        """`met`, `MISSED`, or nothing where there is no goal."""
        return "" if self.goal is None else "met" if self.goal.met(self.median) else "MISSED"

    def as_json(self) -> dict[str, object]:
        """Plain values."""
        base = self.baseline
        return {
            "name": self.name,
            "unit": self.unit,
            "median": self.median,
            "samples": list(self.samples),
            "goal": None if self.goal is None else str(self.goal),
            "verdict": self.verdict or None,
            "baseline": None if base is None else {"name": base.name, "median": base.median},
            "command": self.command,
        }


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0..1) of `values` do not exceed. Raises ValueError for no values."""
    if not values:
        raise ValueError("a percentile needs values")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def at_most(limit: float) -> Goal:
    """The goal of being small."""
    return Goal("at_most", limit)


def at_least(limit: float) -> Goal:
    """The goal of being large."""
    return Goal("at_least", limit)


def table(figures: Sequence[Figure]) -> str:
    """The figures as a table in Markdown."""
    head = "| figure | median | spread | goal | | baseline of the same run | ratio |\n|---|---|---|---|---|---|---|"
    return "\n".join([head, *map(_row, figures)])


def _row(figure: Figure) -> str:
    spread = (
        f"{_short(min(figure.samples))} to {_short(max(figure.samples))}" if len(figure.samples) > 1 else "one round"
    )
    base = figure.baseline
    compared = "" if base is None else f"{base.name}: {_short(base.median)} {figure.unit}"
    ratio = "" if base is None or not base.median else f"{figure.median / base.median:.3g}"
    goal = "" if figure.goal is None else f"{figure.goal} {figure.unit}"
    return (
        f"| {figure.name} | {_short(figure.median)} {figure.unit} | {spread} | {goal} | {figure.verdict} | {compared} |"
        f" {ratio} |"
    )


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
