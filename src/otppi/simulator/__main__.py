"""`python -m otppi.simulator --modems N --dir DIR`: the simulator without the rest of the product."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from otppi.simulator.errors import SimulatorError
from otppi.simulator.options import SimulateOptions
from otppi.simulator.runner import simulate


def options(arguments: list[str]) -> SimulateOptions:
    """The options in `arguments`; exits with 2 on wrong usage."""
    parser = argparse.ArgumentParser(prog="otppi.simulator", description="Simulated GSM modems on ptys")
    parser.add_argument("--modems", type=int, required=True, help="how many")
    parser.add_argument("--dir", type=Path, required=True, help="where modem0, modem1 ... appear")
    parser.add_argument("--latency", type=float, default=0.05, help="seconds between Ctrl-Z and the air")
    parser.add_argument("--ledger", type=Path, help="one JSON line per SMS on the air (default DIR/ledger.jsonl)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--storage", type=int, default=30, help="slots in each message memory")
    parser.add_argument("--pin", help="PIN of every SIM")
    given = parser.parse_args(arguments)
    return SimulateOptions(given.modems, given.dir, given.latency, given.ledger, given.seed, given.pin, given.storage)


def main() -> int:
    """Run until stopped; 1 when the directory cannot be used."""
    try:
        simulate(options(sys.argv[1:]))
    except (SimulatorError, OSError) as error:
        print(f"otppi.simulator: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
