"""`otppi alarm`: what the owner should know."""

from __future__ import annotations

from cyclopts import App

from otppi.cli.output import AsJson, print_json, print_table
from otppi.cli.target import Target, call

app = App(name="alarm", help="Alarms that stand.")


@app.command(name="list")
def listed(*, target: Target, json: AsJson = False) -> None:
    """List the alarms that stand, oldest first, each with its remedy."""
    rows = call(target, "alarm.list", {})
    if json:
        print_json(rows)
    else:
        print_table(rows, ("since", "severity", "kind", "object", "remedy"), empty="no alarms")
