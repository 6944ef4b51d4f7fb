"""`otppi settings`: what can be set while the gateway runs."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from otppi.cli.output import AsJson, print_fields, print_json, print_table
from otppi.cli.target import Target, call
from otppi.ports.operations import Refused

app = App(name="settings", help="Settings: changes take effect at once, without a restart.")

KEY_HELP = "The setting, such as otp.length."


@app.command(name="list")
def listed(*, target: Target, json: AsJson = False) -> None:
    """List every setting with its value and its default."""
    rows = call(target, "settings.list", {})
    if json:
        print_json(rows)
    else:
        print_table(rows, ("name", "value", "default", "help"), empty="no settings")


@app.command
def get(key: Annotated[str, Parameter(help=KEY_HELP)], /, *, target: Target, json: AsJson = False) -> None:
    """Show one setting: its value, its rule and its default."""
    row = call(target, "settings.get", {"name": key})
    if json:
        print_json(row)
    else:
        print_fields(row, ("name", "value", "default", "rule", "help"))


@app.command(name="set")
def put(
    key: Annotated[str, Parameter(help=KEY_HELP)],
    value: Annotated[str | None, Parameter(allow_leading_hyphen=True, help="The new value, such as 5min.")] = None,
    /,
    *,
    target: Target,
    default: Annotated[bool, Parameter(help="Go back to the default instead of giving a value.")] = False,
) -> None:
    """Set one setting."""
    if default == (value is not None):
        raise Refused("give either a value or --default")
    row = call(target, "settings.set", {"name": key, "value": value})
    print(f"{row['name']} = {row['value']}")
