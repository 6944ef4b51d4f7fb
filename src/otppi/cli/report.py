"""`otppi report`: how many messages there were and what became of them, purged ones included."""

from __future__ import annotations

import csv
import sys
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from otppi.cli.output import AsJson, print_json, print_table
from otppi.cli.target import Target, call
from otppi.domain.spreadsheet import safe_cell
from otppi.ports.operations import Refused

Gateway = Annotated[Target, Parameter(name="*")]


def report(
    *,
    target: Gateway,
    by: Annotated[Literal["day", "account", "class", "kind", "modem"], Parameter(help="What to count by.")] = "day",
    first: Annotated[str | None, Parameter(name="--from", help="First day, such as 2026-11-01.")] = None,
    last: Annotated[str | None, Parameter(name="--to", help="Last day; it is counted too.")] = None,
    json: AsJson = False,
    as_csv: Annotated[bool, Parameter(name="--csv", help="Print CSV, for a spreadsheet.")] = False,
) -> None:
    """Count messages by the day of their acceptance, by account, class, kind or modem, and by what became of them."""
    if json and as_csv:
        raise Refused("--json and --csv exclude each other")
    rows = call(target, "report", {"by": by, "first": first, "last": last})
    if json:
        print_json(rows)
    elif as_csv:
        _print_csv(rows, by)
    else:
        print_table(rows, _columns(rows, by), empty="no messages")


def _columns(rows: list[dict[str, Any]], by: str) -> list[str]:
    """Without the states in which no message is."""
    names = list(rows[0]) if rows else [by]
    return [name for name in names if name in (by, "messages", "segments") or any(row[name] for row in rows)]


def _print_csv(rows: list[dict[str, Any]], by: str) -> None:
    writer = csv.writer(sys.stdout)
    if rows:
        writer.writerow(rows[0])
    for row in rows:
        writer.writerow((safe_cell(row[by]), *(value for name, value in row.items() if name != by)))
