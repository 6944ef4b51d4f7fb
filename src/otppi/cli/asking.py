"""What the owner is asked: secrets without echo, and whether something that cannot be undone is really meant."""

from __future__ import annotations

import sys
from typing import Annotated, Final

from cyclopts import Parameter

from otppi.ports.operations import Refused

Yes = Annotated[bool, Parameter(name="--yes", help="Do not ask first.")]

_SECRET_LIMIT: Final = 4096


def confirm(consequence: str, *, yes: bool) -> None:
    """Return if it is meant; asked on a terminal only: a script is taken at its word. Raises Refused."""
    if yes or not sys.stdin.isatty():
        return
    print(f"{consequence}. Go on? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Refused("nothing was done")


def secret_from_stdin(what: str) -> str:
    """The first line of standard input, without its end; on a terminal asked for, twice and without echo.

    Raises Refused.
    """
    if sys.stdin.isatty():
        return _secret_from_terminal(what)
    line = sys.stdin.readline(_SECRET_LIMIT)
    if not line:
        raise Refused(f"there is no {what} on standard input")
    return line.removesuffix("\n").removesuffix("\r")


def _secret_from_terminal(what: str) -> str:
    from getpass import getpass

    secret = getpass(f"{what}: ")
    if getpass(f"{what} again: ") != secret:
        raise Refused(f"the {what} was not typed the same twice")
    return secret


def words(texts: list[str]) -> list[str]:
    """Comma separated or repeated, it is the same."""
    return [word.strip() for text in texts for word in text.split(",") if word.strip()]
