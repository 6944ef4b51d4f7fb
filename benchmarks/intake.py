"""How fast requests are made durable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.kit import place, wrk
from benchmarks.prepared import store_of
from benchmarks.results import Baseline, Figure, at_least, at_most

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.plan import Plan

_COMMAND = "wrk -t1 -c32 -d{} on core 1, create-otp, one modem with 2.5 s air, 100,000 rows in the store{}"


def create_otp(plan: Plan) -> Iterator[Figure]:
    """Rate and 99th percentile, with the disk as it is and with a sync that takes 10 ms longer."""
    store = store_of(plan.folder / "hundred-thousand-ended", ended=True)
    yield from _with_shim(plan, store, 0, rate=2000, p99=50)
    yield from _with_shim(plan, store, 10, rate=800, p99=100)


def _with_shim(plan: Plan, store: Path, shim_ms: int, *, rate: float, p99: float) -> Iterator[Figure]:
    told, bare = [], []
    for number in range(plan.rounds):
        with place(plan.folder / "intake", 1, 2.5, store, shim_ms=shim_ms) as made:
            wrk(made.port, 2, f"warm{number}")
            told.append(wrk(made.port, plan.seconds(30), f"run{number}"))
            bare.append(wrk(made.port, 3, "", None, "/health")["rate"])
    name = f"create-otp, durable{f', sync {shim_ms} ms slower' if shim_ms else ''}"
    command = _COMMAND.format(plan.seconds(30), f", every sync {shim_ms} ms slower" if shim_ms else "")
    rates = tuple(each["good"] / each["seconds"] for each in told)
    health = Baseline("GET /health", tuple(bare))
    yield Figure(f"{name}: rate", "/s", rates, at_least(rate), command, health)
    yield Figure(f"{name}: p50", "ms", tuple(each["p50"] for each in told), None, command)
    yield Figure(f"{name}: p99", "ms", tuple(each["p99"] for each in told), at_most(p99), command)
