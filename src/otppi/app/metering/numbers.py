"""Counters, gauges and histograms as plain numbers, and how they are written (Prometheus text format 0.0.4).

Counting is an addition in a dictionary. Writing is a loop over text: a scrape must not hold the event loop.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from otppi.app.metering.families import Family

Labels = tuple[str, ...]

CONTENT_TYPE: Final = "text/plain; version=0.0.4"
"""Its charset is UTF-8."""


class Counts:
    """A counter or a gauge: a number for each set of label values, in the order of the family's labels."""

    __slots__ = ("_names", "family", "values")

    def __init__(self, family: Family) -> None:
        self.family = family
        self.values: defaultdict[Labels, float] = defaultdict(float)
        self._names: dict[Labels, str] = {}
        if not family.labels:
            self.values[()] = 0.0

    def add(self, *labels: str, by: float = 1.0) -> None:
        """Count."""
        self.values[labels] += by

    def lines(self) -> Iterator[str]:
        """The samples."""
        for labels, value in self.values.items():
            name = self._names.get(labels)
            if name is None:
                name = self._names[labels] = _named(self.family.name, self.family.labels, labels)
            yield f"{name} {_number(value)}"


class Histogram:
    """How values spread over the family's buckets."""

    __slots__ = ("_spread", "family")

    def __init__(self, family: Family) -> None:
        self.family = family
        self._spread: dict[Labels, _Spread] = {}

    def observe(self, value: float, *labels: str) -> None:
        """Count a value in its bucket."""
        spread = self._spread.get(labels)
        if spread is None:
            spread = self._spread[labels] = _Spread(self.family, labels)
        spread.counts[bisect_left(self.family.buckets, value)] += 1
        spread.total += value

    def merge(self, counts: Iterable[int], total: float, *labels: str) -> None:
        """Count values that somebody else has put into buckets of the same bounds; `total` is their sum."""
        spread = self._spread.get(labels)
        if spread is None:
            spread = self._spread[labels] = _Spread(self.family, labels)
        spread.counts = [mine + more for mine, more in zip(spread.counts, counts, strict=True)]
        spread.total += total

    def lines(self) -> Iterator[str]:
        """The samples: the buckets cumulate, as the format has it."""
        for spread in list(self._spread.values()):
            yield from spread.lines()


class _Spread:
    __slots__ = ("_names", "counts", "total")

    def __init__(self, family: Family, labels: Labels) -> None:
        names = (*family.labels, "le")
        bounds = (*(_number(bound) for bound in family.buckets), "+Inf")
        buckets = [_named(f"{family.name}_bucket", names, (*labels, bound)) for bound in bounds]
        ends = [_named(f"{family.name}_{end}", family.labels, labels) for end in ("sum", "count")]
        self._names = (*buckets, *ends)
        self.counts = [0] * len(bounds)
        self.total = 0.0

    def lines(self) -> Iterator[str]:
        *buckets, total, count = self._names
        reached = 0
        for name, number in zip(buckets, tuple(self.counts), strict=True):
            reached += number
            yield f"{name} {reached}"
        yield f"{total} {self.total!r}"
        yield f"{count} {reached}"


def stands(family: Family, values: Iterable[tuple[Labels, float]]) -> Counts:
    """What stands at this moment, worked out for a scrape."""
    made = Counts(family)
    made.values.update(values)
    return made


def written(metrics: Iterator[Counts | Histogram]) -> str:
    """The whole answer of a scrape."""
    lines: list[str] = []
    for metric in metrics:
        family = metric.family
        lines += (f"# HELP {family.name} {family.help}", f"# TYPE {family.name} {family.kind}", *metric.lines())
    return "\n".join((*lines, ""))


def _named(name: str, labels: Labels, values: Labels) -> str:
    pairs = ",".join(f'{label}="{_escaped(value)}"' for label, value in zip(labels, values, strict=True))
    return f"{name}{{{pairs}}}" if pairs else name


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
