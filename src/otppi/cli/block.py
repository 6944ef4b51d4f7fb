"""`otppi block`: numbers that get no SMS."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from otppi.cli.output import AsJson, print_json, print_table
from otppi.cli.target import Target, call
from otppi.ports.operations import Refused

app = App(name="block", help="Block list: numbers that get no SMS from any modem.")

ListFile = Annotated[Path, Parameter(allow_leading_hyphen=True, help="One number a line; - reads standard input.")]


@app.command
def add(number: str, /, *, target: Target) -> None:
    """Block a number.

    Parameters
    ----------
    number
        The number, with or without its country code.
    """
    print(f"{call(target, 'block.add', {'number': number})['number']} blocked")


@app.command
def remove(number: str, /, *, target: Target) -> None:
    """Take a number off the list.

    Parameters
    ----------
    number
        The number, with or without its country code.
    """
    print(f"{call(target, 'block.remove', {'number': number})['number']} removed")


@app.command(name="list")
def listed(*, target: Target, json: AsJson = False) -> None:
    """List the blocked numbers, and those that were unblocked by a client."""
    rows = call(target, "block.list", {})
    if json:
        print_json(rows)
    else:
        print_table(rows, ("number", "active", "changed", "by"), empty="no numbers")


@app.command(name="import")
def take_in(file: ListFile, /, *, target: Target) -> None:
    """Block every number of a file, or, if a line is none, nothing; lines that begin with # are passed over."""
    done = call(target, "block.import", {"lines": _lines(file)})
    print(f"{done['imported']} numbers blocked")


def _lines(file: Path) -> list[str]:
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeError:
        raise Refused(f"{file} is not UTF-8 text") from None
    return text.removeprefix("\ufeff").splitlines()
