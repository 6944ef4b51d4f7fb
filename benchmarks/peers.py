"""Others and ourselves on the same simulated modems, one after the other: gaps, first octets, use of the modems.

smstools and gammu-smsd are those of Debian, run and never imported.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from gateway import until

from benchmarks.delivery import AIR
from benchmarks.kit import HERE, Client, gaps, place, use
from benchmarks.modems import read_trace
from benchmarks.results import Figure, percentile
from benchmarks.rivals import RIVALS
from foreign import ending

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.modems import Event
    from benchmarks.plan import Plan
    from benchmarks.rivals import Rival

_MODEMS: Final = 4
_WARM: Final = 1
"""A first message shows that the program has come up; what it took is not counted."""


class Ourselves:
    """The gateway, given messages as the others are: one at a time, each durable before the next."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def put(self, number: int) -> None:
        """One send-sms."""
        self._client.send(number)


def side_by_side(plan: Plan) -> Iterator[Figure]:
    """Three figures for each program."""
    for name in ("otppi", *RIVALS):
        with _running(plan, name, 1, 0.0) as (program, ports):
            first = _first_octets(program, ports, plan.count(40))
            _fill(program, 100, plan.count(60))
            found = gaps(_answers(ports, _WARM + plan.count(40) + plan.count(60))[-2 * plan.count(60) :])
        with _running(plan, name, _MODEMS, AIR) as (program, ports):
            count = _MODEMS * plan.count(12)
            _fill(program, 100, count)
            share = use(_answers(ports, _WARM + count), AIR)
        command = "one modem without air time"
        yield Figure(
            f"{name}: message handed over -> first AT octet, p50", "ms", (1000 * percentile(first, 0.5),), None, command
        )
        yield Figure(f"{name}: gap between two SMS, p50", "ms", (1000 * percentile(found, 0.5),), None, command)
        yield Figure(f"{name}: use of {_MODEMS} modems with {AIR:g} s air", "%", (share,), None, f"{count} SMS queued")


@contextmanager
def _running(plan: Plan, name: str, modems: int, air: float) -> Iterator[tuple[Rival, Path]]:
    """The program, up and with one message sent, and the folder of its modems."""
    if name == "otppi":
        with place(plan.folder / "ours", modems, air) as made:
            ours = Ourselves(Client(made.port))
            _warm(ours, made.ports)
            yield ours, made.ports
        return
    folder = plan.folder / name
    shutil.rmtree(folder, ignore_errors=True)
    ports = folder / "modems"
    command = [sys.executable, "-m", "benchmarks.modems", str(modems), str(ports), str(air)]
    with ending(subprocess.Popen(command, stdout=subprocess.PIPE, cwd=HERE.parent)) as simulator:
        assert simulator.stdout is not None
        simulator.stdout.readline()
        with RIVALS[name](folder / "program", [ports / f"modem{number}" for number in range(modems)]) as program:
            _warm(program, ports)
            yield program, ports


def _warm(program: Rival, ports: Path) -> None:
    program.put(0)
    _answers(ports, _WARM)


def _first_octets(program: Rival, ports: Path, count: int) -> list[float]:
    took = []
    for number in range(1, count + 1):
        time.sleep(0.13)
        begun = time.monotonic()
        program.put(number)
        events = _answers(ports, _WARM + number)
        took.append(next(event.at for event in reversed(events) if event.what == "asked") - begun)
    return took


def _fill(program: Rival, first: int, count: int) -> None:
    for number in range(first, first + count):
        program.put(number)


def _answers(ports: Path, count: int) -> list[Event]:
    until(lambda: sum(e.what == "answered" for e in read_trace(ports)) >= count, f"{count} answers", 600)
    return read_trace(ports)
