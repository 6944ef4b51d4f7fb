"""`otppi ws-broker`: a WebSocket broker, and its users. It needs no gateway and no data directory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number

from otppi.cli.asking import Yes, confirm, secret_from_stdin
from otppi.cli.output import AsJson, print_json, print_notices, print_table
from otppi.ports.operations import Refused

app = App(
    name="ws-broker",
    help="A WebSocket broker (WSMessageBroker): what a client sends goes to all others of its topic.",
)
user = App(name="user", help="Who may sign in at the broker: add, set, remove, list.")
app.command(user)

Users = Annotated[Path, Parameter(help="File of the users; only its owner may read it.")]
Port = Annotated[int, Parameter(validator=Number(gte=0, lte=65_535))]
Rate = Annotated[int, Parameter(validator=Number(gte=0, lte=1_000_000))]
PasswordStdin = Annotated[bool, Parameter(help="Read the password from the first line of standard input.")]


@app.default
def serve(
    *,
    users: Users,
    host: Annotated[str, Parameter(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        Port, Parameter(help="Port to listen on; 0 for a free one. With a certificate it speaks TLS.")
    ] = 9000,
    tls_port: Annotated[
        Port | None, Parameter(help="Port for TLS, beside --port, which is then without; 0 for a free one.")
    ] = None,
    tls_cert: Annotated[Path | None, Parameter(help="Certificate (PEM) with its chain.")] = None,
    tls_key: Annotated[Path | None, Parameter(help="Its private key; by default in the file of --tls-cert.")] = None,
    path: Annotated[str, Parameter(help="Path that is served, with all below it.")] = "/",
    rate: Annotated[Rate, Parameter(help="Most messages a second from one client; 0 for no limit.")] = 1000,
    json: AsJson = False,
) -> None:
    """Run a WebSocket broker until SIGTERM or SIGINT; a line says where it listens."""
    from otppi import logs

    if tls_cert is None and (tls_port is not None or tls_key is not None):
        raise Refused("TLS needs a certificate: give --tls-cert")
    if not path.startswith("/"):
        raise Refused("a path begins with /")
    from otppi.wsbroker.options import BrokerOptions
    from otppi.wsbroker.run import run

    logs.set_up("info")
    run(BrokerOptions(users, host, port, tls_port, tls_cert, tls_key, path, rate, json))


@user.command
def add(name: str, /, *, users: Users, password_stdin: PasswordStdin) -> None:
    """Add a user; the file is made where there is none.

    Parameters
    ----------
    name
        The name to sign in with.
    """
    from otppi.wsbroker import users as users_file

    stored = _hashed(name, given=password_stdin)
    users_file.add_user(users, name, stored)
    print(f"user {name} added")


@user.command(name="set")
def change(name: str, /, *, users: Users, password_stdin: PasswordStdin) -> None:
    """Give a user another password; its connections end and have to sign in again.

    Parameters
    ----------
    name
        The user to change.
    """
    from otppi.wsbroker import users as users_file

    users_file.set_user(users, name, _hashed(name, given=password_stdin))
    print(f"user {name} changed")


@user.command
def remove(name: str, /, *, users: Users, yes: Yes = False) -> None:
    """Remove a user; its connections end.

    Parameters
    ----------
    name
        The user to remove.
    """
    from otppi.wsbroker import users as users_file

    confirm(f"user {name} will be removed and its connections end", yes=yes)
    users_file.remove_user(users, name)
    print(f"user {name} removed")


@user.command(name="list")
def listed(*, users: Users, json: AsJson = False) -> None:
    """List the users."""
    from otppi.wsbroker.users import read_users

    rows = [{"name": name} for name in sorted(read_users(users))]
    if json:
        print_json(rows)
    else:
        print_table(rows, ("name",), empty="no users")


def _hashed(name: str, *, given: bool) -> str:
    """The string to store of the password on standard input. Raises Refused."""
    from otppi.app.operations.passwords import check_password
    from otppi.domain.secret import Secret
    from otppi.security.passwords import hash_password

    if not given:
        raise Refused("a user needs a password: give it on standard input with --password-stdin")
    password = Secret(secret_from_stdin("password"))
    print_notices({"notices": check_password(password, name)})
    return hash_password(password)
