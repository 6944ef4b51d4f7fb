"""`otppi user`: API users."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from otppi.cli.asking import Yes, confirm, secret_from_stdin, words
from otppi.cli.output import AsJson, print_fields, print_json, print_notices, print_table
from otppi.cli.pairs import pairs
from otppi.cli.target import Target, call
from otppi.ports.operations import Refused

app = App(name="user", help="API users: who may call the gateway, and what they may ask of it.")

Allow = Annotated[
    list[str] | None,
    Parameter(help="Rights to give, comma separated: otp, sms, mail, block (given by default), modems, inbox, ussd."),
]
Deny = Annotated[list[str] | None, Parameter(help="Rights to take away, comma separated.")]
Network = Annotated[
    list[str] | None,
    Parameter(help="Addresses the user may call from, such as 192.0.2.0/24, comma separated; empty: from anywhere."),
]
Policy = Annotated[
    str | None,
    Parameter(help="What to do with messages of unknown outcome: resend_once_if_fresh, hold or resend."),
]
PasswordStdin = Annotated[bool, Parameter(help="Read the password from the first line of standard input.")]
StrictIds = Annotated[
    bool | None,
    Parameter(negative="--no-strict-ids", help="Refuse a repeated id with other content, instead of taking it as new."),
]
ShortCodes = Annotated[
    bool | None, Parameter(negative="--no-short-codes", help="Let the user send to numbers of 3 to 6 digits.")
]
Active = Annotated[bool | None, Parameter(negative="--inactive", help="Whether the user may sign in.")]
Email = Annotated[str | None, Parameter(help="E-mail address of the user's owner.")]
Phone = Annotated[str | None, Parameter(help="Telephone number of the user's owner.")]


@app.command
def add(
    name: str,
    /,
    *,
    target: Target,
    password_stdin: PasswordStdin,
    email: Email = None,
    phone: Phone = None,
    allow: Allow = None,
    deny: Deny = None,
    network: Network = None,
    policy: Policy = None,
    strict_ids: StrictIds = None,
    short_codes: ShortCodes = None,
    active: Active = None,
) -> None:
    """Add an API user.

    Parameters
    ----------
    name
        The name to sign in with: 1 to 64 characters without / and :.
    """
    given = {"name": name, **_fields(email, phone, policy, strict_ids, short_codes, active)}
    given |= _lists(allow, deny, network)
    if not password_stdin:
        raise Refused("a user needs a password: give it on standard input with --password-stdin")
    done = call(target, "user.add", given | {"password": secret_from_stdin("password")})
    print(f"user {name} added")
    print_notices(done)


@app.command(name="set")
def change(
    name: str,
    /,
    *values: str,
    target: Target,
    password_stdin: PasswordStdin = False,
    email: Email = None,
    phone: Phone = None,
    allow: Allow = None,
    deny: Deny = None,
    network: Network = None,
    policy: Policy = None,
    strict_ids: StrictIds = None,
    short_codes: ShortCodes = None,
    active: Active = None,
) -> None:
    """Change an API user; what is not named stays.

    Parameters
    ----------
    name
        The user to change.
    values
        KEY=VALUE: rate_minute, rate_hour or rate_day (most messages it makes in any such time, 0 for no limit);
        queue (most of its messages that wait, 0 for limits.queue_per_account); countries (calling codes it may send
        codes to, none for fraud.countries).
    """
    given = _fields(email, phone, policy, strict_ids, short_codes, active) | _lists(allow, deny, network)
    if values:
        given["values"] = pairs(values, "user", "set")
    if password_stdin:
        given["password"] = secret_from_stdin("password")
    if not given:
        raise Refused("there is nothing to change: see `otppi user set --help`")
    done = call(target, "user.set", {"name": name, **given})
    print(f"user {name} changed")
    print_notices(done)


@app.command
def remove(name: str, /, *, target: Target, yes: Yes = False) -> None:
    """Remove an API user and its tokens; its messages stay.

    Parameters
    ----------
    name
        The user to remove.
    """
    confirm(f"user {name} will be removed and can sign in no more; its tokens go with it", yes=yes)
    call(target, "user.remove", {"name": name})
    print(f"user {name} removed")


@app.command(name="list")
def listed(*, target: Target, json: AsJson = False) -> None:
    """List the API users."""
    rows = call(target, "user.list", {})
    if json:
        print_json(rows)
    else:
        print_table(rows, ("name", "active", "rights", "email", "phone", "networks", "policy"), empty="no users")


@app.command
def show(name: str, /, *, target: Target, json: AsJson = False) -> None:
    """Show an API user, and how far its limits are used.

    Parameters
    ----------
    name
        The user to show.
    """
    row = call(target, "user.show", {"name": name})
    if json:
        print_json(row)
        return
    usage = row.pop("usage")
    print_fields(row, tuple(row))
    if usage is not None:
        used = {f"used_{span}": count for span, count in usage["used"].items()}
        refused = [f"{limit} {count}" for limit, count in usage["refused"].items()]
        shown = {**used, "waiting": usage["waiting"], "refused": refused, "proven": usage["proven"]}
        print_fields(shown, tuple(shown))


def _fields(
    email: str | None,
    phone: str | None,
    policy: str | None,
    strict_ids: bool | None,
    short_codes: bool | None,
    active: bool | None,
) -> dict[str, object]:
    given = {
        "email": email,
        "phone": phone,
        "policy": policy,
        "strict_ids": strict_ids,
        "short_codes": short_codes,
        "active": active,
    }
    return {key: value for key, value in given.items() if value is not None}


def _lists(allow: list[str] | None, deny: list[str] | None, network: list[str] | None) -> dict[str, object]:
    given = {"allow": allow, "deny": deny, "networks": network}
    return {key: words(value) for key, value in given.items() if value is not None}
