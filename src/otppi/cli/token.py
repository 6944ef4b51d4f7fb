"""`otppi token`: bearer tokens for /v1."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from otppi.cli.asking import Yes, confirm, words
from otppi.cli.output import AsJson, cell, print_json, print_notices, print_table
from otppi.cli.target import Target, call

app = App(name="token", help="Bearer tokens: for clients of /v1 that should not know the account's password.")


@app.command
def add(
    account: str,
    /,
    *,
    target: Target,
    scope: Annotated[
        list[str] | None,
        Parameter(help="Rights the token gives, comma separated, such as otp,sms; by default all of the account."),
    ] = None,
    expires: Annotated[str | None, Parameter(help="How long it lives, such as 90d, or never; by default 365d.")] = None,
    label: Annotated[str, Parameter(help="What it is for, so that you know it again.")] = "",
    json: AsJson = False,
) -> None:
    """Make a token and print it, this once: it is not stored and cannot be shown again.

    Parameters
    ----------
    account
        The API user it belongs to; it may never do more than that user.
    """
    given: dict[str, object] = {"account": account, "scopes": words(scope or []), "label": label}
    if expires is not None:
        given["expires"] = expires
    made = call(target, "token.add", given)
    if json:
        print_json(made)
    else:
        print(made["token"])
        print_notices({"notices": [f"token {made['id']} of {made['account']} {_end(made['expires'])}"]})
    print_notices(made)


@app.command
def remove(token_id: Annotated[str, Parameter(name="ID")], /, *, target: Target, yes: Yes = False) -> None:
    """Remove a token: from now on it opens nothing.

    Parameters
    ----------
    token_id
        Its id, see `otppi token list`.
    """
    confirm(f"token {token_id} will be removed; who uses it is refused at once", yes=yes)
    removed = call(target, "token.remove", {"id": token_id})
    print(f"token {removed['id']} of {removed['account']} removed")


@app.command(name="list")
def listed(*, target: Target, json: AsJson = False) -> None:
    """List the tokens: whose, what for, and when they were used last; never the token itself."""
    rows = call(target, "token.list", {})
    if json:
        print_json(rows)
    else:
        columns = ("id", "account", "label", "scopes", "created", "expires", "used")
        shown = [{**row, "scopes": row["scopes"] or "all", "expires": row["expires"] or "never"} for row in rows]
        print_table(shown, columns, empty="no tokens")


def _end(expires: float | None) -> str:
    return "never expires" if expires is None else f"expires {cell('expires', expires)}"
