"""`otppi modem`: the configured modems."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from otppi.cli.asking import Yes, confirm, secret_from_stdin, words
from otppi.cli.found import print_found
from otppi.cli.output import AsJson, print_fields, print_json, print_notices, print_table
from otppi.cli.target import Target, call
from otppi.cli.waiting import waiting
from otppi.ports.operations import Refused

app = App(name="modem", help="Modems: where they are and which messages they carry.")

PinStdin = Annotated[bool, Parameter(help="Read the SIM PIN from the first line of standard input.")]
Folders = Annotated[
    list[Path] | None, Parameter(name="--in", help="Look into this folder as well, such as that of a simulator.")
]

_SHOWN = (
    *(
        "name",
        "port",
        "state",
        "operator",
        "signal",
        "sim",
        "queue",
        "prefixes",
        "default",
        "api",
        "internet",
        "active",
    ),
    *("baud", "parity", "stop_bits", "pin_set", "smsc", "manufacturer", "model", "revision", "profile"),
    *("imei", "iccid", "imsi", "msisdn", "limit_minute", "limit_hour", "limit_day"),
)


@app.command
def add(
    name: str,
    /,
    *,
    target: Target,
    port: str,
    prefix: Annotated[list[str] | None, Parameter(help="Prefixes it carries, comma separated, such as 62871.")] = None,
    default: bool = False,
    no_api: bool = False,
    pin_stdin: PinStdin = False,
    baud: int = 115_200,
) -> None:
    """Configure a modem; a running gateway uses it at once.

    Parameters
    ----------
    name
        What to call it: 1 to 64 characters without /.
    port
        Where it is: /dev/tty..., another absolute path, or tcp://host:port.
    default
        Carry numbers that match no prefix.
    no_api
        Never carry messages of API users.
    baud
        Speed of the serial line.
    """
    given: dict[str, object] = {"name": name, "port": port, "default": default, "api": not no_api, "baud": baud}
    if prefix is not None:
        given["prefix"] = words(prefix)
    if pin_stdin:
        given["pin"] = secret_from_stdin("PIN")
    print_notices(call(target, "modem.add", given))
    print(f"modem {name} added")


@app.command(name="set")
def change(name: str, /, *values: str, target: Target, pin_stdin: PinStdin = False) -> None:
    """Change a modem; what is not named stays.

    Parameters
    ----------
    name
        The modem to change.
    values
        KEY=VALUE: port, prefix, default, api, internet, active, baud, parity, start_bits, stop_bits, smsc,
        limit_minute, limit_hour or limit_day (most SMS of its SIM, 0 for no limit);
        imei=any accepts the modem that is there now in place of the one that was.
    """
    given: dict[str, object] = {"name": name, "values": _pairs(values)}
    if pin_stdin:
        given["pin"] = secret_from_stdin("PIN")
    elif not values:
        raise Refused("there is nothing to change: see `otppi modem set --help`")
    print_notices(call(target, "modem.set", given))
    print(f"modem {name} changed")


@app.command
def enable(name: str, /, *, target: Target) -> None:
    """Use a modem again.

    Parameters
    ----------
    name
        The modem to use.
    """
    call(target, "modem.enable", {"name": name})
    print(f"modem {name} enabled")


@app.command
def disable(name: str, /, *, target: Target) -> None:
    """Use a modem no more, and keep it configured.

    Parameters
    ----------
    name
        The modem to leave alone.
    """
    call(target, "modem.disable", {"name": name})
    print(f"modem {name} disabled")


@app.command
def remove(name: str, /, *, target: Target, yes: Yes = False) -> None:
    """Forget a modem, its prefixes and its PIN.

    Parameters
    ----------
    name
        The modem to forget.
    """
    confirm(f"modem {name} will be forgotten, with its prefixes and its PIN", yes=yes)
    call(target, "modem.remove", {"name": name})
    print(f"modem {name} removed")


@app.command(name="list")
def listed(*, target: Target, json: AsJson = False) -> None:
    """List the modems and how they are."""
    rows = call(target, "modem.list", {})
    if json:
        print_json(rows)
    else:
        columns = ("name", "port", "state", "operator", "signal", "imei", "sim", "queue")
        print_table(rows, columns, empty="no modems")


@app.command
def show(name: str, /, *, target: Target, json: AsJson = False) -> None:
    """Show all about one modem but its PIN.

    Parameters
    ----------
    name
        The modem to show.
    """
    row = call(target, "modem.show", {"name": name})
    if json:
        print_json(row)
    else:
        moved = row["open_port"] not in ("", row["port"])
        print_fields(row, (*_SHOWN[:2], "open_port", *_SHOWN[2:]) if moved else _SHOWN)


@app.command
def detect(
    *,
    target: Target,
    json: AsJson = False,
    add: Annotated[
        bool, Parameter(negative="", help="Configure every modem that is found and not configured.")
    ] = False,
    in_: Folders = None,
) -> None:
    """Find the modems on the serial ports, and propose how to configure them; it takes up to 10 s.

    IMEI, IMSI, ICCID and number are shown in full on a terminal and in JSON, in a pipe only their beginning.
    """
    folders = [str(folder.absolute()) for folder in in_ or ()]
    with waiting("asking the serial ports", quiet=json):
        found = call(target, "modem.detect", {"folders": folders, "add": add})
    if json:
        print_json(found)
    else:
        print_found(found, full=sys.stdout.isatty())


app.command("otppi.cli.recording:record", name="record", help="Keep a masked transcript of a talk with a modem.")


def _pairs(values: tuple[str, ...]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for value in values:
        key, equals, text = value.partition("=")
        if not equals:
            raise Refused("a change is written KEY=VALUE, such as prefix=62871,62872")
        pairs[key.strip()] = text
    return pairs
