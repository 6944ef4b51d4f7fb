"""`otppi fraud`: ranges of numbers that the rules against pumping have blocked."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from otppi.cli.output import AsJson, print_json, print_table
from otppi.cli.target import Target, call
from otppi.ports.operations import Refused

app = App(name="fraud", help="Rules against pumping: what they blocked and refused.")


@app.command(name="list")
def listed(*, target: Target, json: AsJson = False) -> None:
    """List the blocked ranges of numbers, and how often a rule refused a code or would have, since the start."""
    found = call(target, "fraud.list", {})
    if json:
        print_json(found)
        return
    print(f"fraud.mode is {found['mode']}")
    print_table(found["blocks"], ("range", "since", "until", "level", "sent", "entered"), empty="no range is blocked")
    for what in ("refused", "watched"):
        if found[what]:
            print(f"\n{what}:")
            print_table(found[what], ("account", "limit", "count"), empty="")


@app.command
def unblock(
    range_: Annotated[str | None, Parameter(name="range", help="The range, as the list shows it.")] = None,
    /,
    *,
    target: Target,
    everything: Annotated[bool, Parameter(name="--all", help="Unblock every range.")] = False,
) -> None:
    """Send codes to a blocked range again; what was sent to it so far is forgiven."""
    if everything == (range_ is not None):
        raise Refused("say what to unblock: a range, or --all")
    done = call(target, "fraud.unblock", {"range": range_})
    print(f"{done['unblocked']} unblocked")
