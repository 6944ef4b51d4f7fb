"""`script/bench`: measures, prints the table, keeps it as JSON and in docs/benchmarks.md when asked."""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import otppi
from benchmarks import delivery, doors, intake, peers, resources
from benchmarks.plan import Plan
from benchmarks.report import keep
from benchmarks.results import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.results import Figure

MEASUREMENTS: Final[dict[str, Callable[[Plan], Iterator[Figure]]]] = {
    "create-otp": intake.create_otp,
    "doors": doors.rates,
    "first-octet": delivery.first_octet,
    "gap": delivery.gap,
    "use": delivery.modem_use,
    "priority": delivery.priority,
    "replug": delivery.replug,
    "start": resources.start_up,
    "cost": resources.store_cost,
    "memory": resources.memory,
}
PEERS: Final = {"peers": peers.side_by_side}


def main() -> int:
    """Exit 1 where a goal was missed."""
    arguments = _arguments()
    chosen = arguments.names or list(PEERS if arguments.peers else MEASUREMENTS)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="otppi-bench-") as folder:
        plan = Plan(Path(folder), arguments.rounds, arguments.quick)
        for name in chosen:
            begun = time.monotonic()
            print(f"{name} ...", file=sys.stderr, flush=True)
            for figure in (MEASUREMENTS | PEERS)[name](plan):
                figures.append(figure)
                print(
                    f"  {figure.name}: {figure.median:.3g} {figure.unit} {figure.verdict}", file=sys.stderr, flush=True
                )
            print(f"  in {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    print(table(figures))
    document = {
        "version": otppi.__version__,
        "machine": f"{platform.machine()}, Python {platform.python_version()}, {_cores()} cores",
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "figures": [figure.as_json() for figure in figures],
    }
    if arguments.json:
        arguments.json.write_text(json.dumps(document, indent=1) + "\n")
    if arguments.keep:
        keep(document, table(figures), peers=arguments.peers)
    return 1 if any(figure.verdict == "MISSED" for figure in figures) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench", description="Figures beside their goals and a baseline.")
    parser.add_argument("names", nargs="*", choices=[*MEASUREMENTS, *PEERS, []], help="only these")
    parser.add_argument("--rounds", type=int, default=3, help="of each measurement (3)")
    parser.add_argument("--quick", action="store_true", help="short rounds: for looking, not for quoting")
    parser.add_argument("--peers", action="store_true", help="smstools and gammu-smsd on the same simulated modems")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--keep", action="store_true", help="write them into docs/benchmarks.md under this version")
    return parser.parse_args()


def _cores() -> int:
    return sum(line.startswith("processor") for line in Path("/proc/cpuinfo").read_text().splitlines())


if __name__ == "__main__":
    sys.exit(main())
