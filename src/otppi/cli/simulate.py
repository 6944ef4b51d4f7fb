"""`otppi simulate`: simulated modems on ptys or TCP ports."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

Directory = Annotated[Path, Parameter(help="Where they appear, as modem0, modem1 ...")]
LedgerFile = Annotated[Path | None, Parameter(help="One JSON line per SMS on the air; by default DIR/ledger.jsonl.")]
Families = Annotated[
    str,
    Parameter(
        help="NAME[,NAME...], taken in turn: ec25, generic, huawei, sim7600, sim800, wavecom (docs/simulator.md)."
    ),
]
Address = Annotated[
    str | None,
    Parameter(help="[HOST:]PORT of modem0 in place of ptys, the next modem on the next port; 0 takes free ones."),
]


def run(
    *,
    modems: Annotated[int, Parameter(validator=Number(gte=1, lte=512), help="How many.")],
    dir: Directory,  # noqa: A002 - the name of the flag
    latency: Annotated[float, Parameter(validator=Number(gte=0), help="Seconds an SMS takes.")] = 0.05,
    ledger: LedgerFile = None,
    seed: Annotated[int, Parameter(help="The same seed gives the same numbers and noise.")] = 0,
    pin: Annotated[str | None, Parameter(help="PIN of every simulated SIM; by default none.")] = None,
    family: Families = "generic",
    tcp: Address = None,
    noise: Annotated[float, Parameter(validator=Number(gte=0, lte=1), help="Chance of an unsolicited line.")] = 0.0,
    long_on: Annotated[bool, Parameter(negative="", help="Powered on long ago: past their boot lines.")] = False,
) -> None:
    """Run simulated modems until SIGTERM or SIGINT; a ready line is printed when they answer."""
    from otppi.simulator import SimulateOptions, simulate
    from otppi.simulator.options import tcp_address

    options = SimulateOptions(
        modems=modems,
        directory=dir,
        latency=latency,
        ledger=ledger,
        seed=seed,
        pin=pin,
        families=tuple(family.split(",")),
        tcp=None if tcp is None else tcp_address(tcp),
        noise=noise,
        long_on=long_on,
    )
    simulate(options)
