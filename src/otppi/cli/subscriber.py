"""`otppi subscriber`: our doors to brokers."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import App, Parameter

from otppi.cli.asking import Yes, confirm, secret_from_stdin
from otppi.cli.output import AsJson, print_fields, print_json, print_table
from otppi.cli.pairs import pairs
from otppi.cli.target import Target, call
from otppi.ports.operations import Refused

app = App(name="subscriber", help="Subscribers: requests that come by RabbitMQ, Redis, MQTT or WebSocket.")

PasswordStdin = Annotated[bool, Parameter(help="Read the password from the first line of standard input.")]

_COLUMNS = ("name", "method", "host", "port", "topic", "account", "state", "taken", "refused", "lost", "waiting")
_REFUSED = ("at", "subscriber", "command", "code", "receiver", "reason")


@app.command
def add(name: str, method: str, /, *values: str, target: Target, password_stdin: PasswordStdin = False) -> None:
    """Configure a subscriber; a running gateway connects at once.

    Parameters
    ----------
    name
        What to call it: 1 to 64 characters without /.
    method
        rabbitmq, redis, mqtt or websocket.
    values
        KEY=VALUE, such as host=broker.example topic=sms username=shop tls=true; docs/reference/subscribers.md has all.
    """
    given: dict[str, object] = {"name": name, "method": method, "values": pairs(values, "subscriber", "add")}
    if password_stdin:
        given["password"] = secret_from_stdin("password")
    call(target, "subscriber.add", given)
    print(f"subscriber {name} added; `otppi subscriber test {name}` says whether its broker can be reached")


@app.command(name="set")
def change(
    name: str,
    /,
    *values: str,
    target: Target,
    password_stdin: PasswordStdin = False,
    no_password: Annotated[bool, Parameter(help="Forget the password.")] = False,
) -> None:
    """Change a subscriber; what is not named stays. It is connected anew.

    Parameters
    ----------
    name
        The subscriber to change.
    values
        KEY=VALUE; KEY= goes back to the default.
    """
    given: dict[str, object] = {"name": name, "values": pairs(values, "subscriber", "set")}
    if password_stdin and no_password:
        raise Refused("--password-stdin and --no-password exclude each other")
    if password_stdin:
        given["password"] = secret_from_stdin("password")
    elif no_password:
        given["forget_password"] = True
    elif not values:
        raise Refused("there is nothing to change: see `otppi subscriber set --help`")
    call(target, "subscriber.set", given)
    print(f"subscriber {name} changed")


@app.command
def remove(name: str, /, *, target: Target, yes: Yes = False) -> None:
    """Remove a subscriber: nothing is taken from its broker any more.

    Parameters
    ----------
    name
        The subscriber to remove.
    """
    confirm(f"subscriber {name} will be removed; what is published for it is no longer taken", yes=yes)
    removed = call(target, "subscriber.remove", {"name": name})
    print(f"subscriber {removed['name']} removed")


@app.command(name="test")
def tried(name: str, /, *, target: Target, json: AsJson = False) -> int:
    """Connect as a subscriber does and say what is wrong, if anything is; no message is taken.

    Parameters
    ----------
    name
        The subscriber to test.
    """
    found = call(target, "subscriber.test", {"name": name})
    if json:
        print_json(found)
    elif found["ok"]:
        print(f"subscriber {found['name']}: its broker can be reached, knows us, and has the topic")
    else:
        raise Refused(f"subscriber {found['name']}: {found['what']}: {found['words']}")
    return 0 if found["ok"] else 1


@app.command(name="list")
def listed(*, target: Target, json: AsJson = False) -> None:
    """List the subscribers, with how they stand where a gateway runs."""
    rows = call(target, "subscriber.list", {})
    if json:
        print_json(rows)
        return
    print_table(rows, _COLUMNS, empty="no subscribers")
    for row in rows:
        if row.get("words"):
            print(f"{row['name']}: {row['words']}")


@app.command
def show(name: str, /, *, target: Target, json: AsJson = False) -> None:
    """Show a subscriber with all that can be set of it.

    Parameters
    ----------
    name
        The subscriber to show.
    """
    row = call(target, "subscriber.show", {"name": name})
    if json:
        print_json(row)
        return
    settings: dict[str, Any] = row.pop("settings")
    shown = {key: value for key, value in row.items() if key not in settings} | settings
    print_fields(shown, tuple(shown))


@app.command
def refusals(
    name: str = "",
    /,
    *,
    target: Target,
    limit: Annotated[int, Parameter(help="How many, the newest first.")] = 100,
    json: AsJson = False,
) -> None:
    """List what was refused for good, or lost: nobody hears a refusal over most brokers.

    Parameters
    ----------
    name
        Of this subscriber only.
    """
    rows = call(target, "subscriber.refusals", {"name": name, "limit": limit})
    if json:
        print_json(rows)
    else:
        print_table(rows, _REFUSED, empty="no refusals")
