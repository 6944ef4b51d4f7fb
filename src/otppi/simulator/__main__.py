"""`python -m otppi.simulator --modems N --dir DIR`: the simulator without the rest of the product."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from otppi.simulator.errors import SimulatorError
from otppi.simulator.families import names
from otppi.simulator.options import SimulateOptions, tcp_address
from otppi.simulator.runner import simulate


def options(arguments: list[str]) -> SimulateOptions:
    """The options in `arguments`; exits with 2 on wrong usage."""
    parser = argparse.ArgumentParser(prog="otppi.simulator", description="Simulated GSM modems on ptys or TCP ports")
    parser.add_argument("--modems", type=int, required=True, help="how many")
    parser.add_argument("--dir", type=Path, required=True, help="where modem0, modem1 ... appear")
    parser.add_argument("--latency", type=float, default=0.05, help="seconds between Ctrl-Z and the air")
    parser.add_argument("--ledger", type=Path, help="one JSON line per SMS on the air (default DIR/ledger.jsonl)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--storage", type=int, help="slots in each message memory (default: as the family has)")
    parser.add_argument("--pin", help="PIN of every SIM")
    parser.add_argument("--family", default="generic", help="NAME[,NAME...], taken in turn: " + ", ".join(names()))
    parser.add_argument("--tcp", type=tcp_address, help="[HOST:]PORT of modem0 in place of ptys, 0 for free ones")
    parser.add_argument("--noise", type=float, default=0.0, help="chance of an unsolicited line at each gap")
    parser.add_argument("--long-on", action="store_true", help="powered on long ago: past their boot lines")
    given = parser.parse_args(arguments)
    return SimulateOptions(
        given.modems,
        given.dir,
        given.latency,
        given.ledger,
        given.seed,
        given.pin,
        given.storage,
        families=tuple(given.family.split(",")),
        tcp=given.tcp,
        noise=given.noise,
        long_on=given.long_on,
    )


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
