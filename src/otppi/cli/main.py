"""The command line as a whole: its groups, its exit codes, and how every refusal is said."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from cyclopts import App, CycloptsError, Parameter, UnusedCliTokensError

from otppi import __version__
from otppi.cli.plain_help import PlainHelp

if TYPE_CHECKING:
    from collections.abc import Sequence

DONE: Final = 0
REFUSED: Final = 1
USAGE: Final = 2

_GROUPS: Final = (
    ("serve", "otppi.cli.serve:serve", "Run the gateway."),
    ("user", "otppi.cli.user:app", "API users: add, set, remove, list, show."),
    ("token", "otppi.cli.token:app", "Bearer tokens for /v1: add, list, remove."),
    ("modem", "otppi.cli.modem:app", "Modems: add, set, enable, disable, remove, list, show, record."),
    ("subscriber", "otppi.cli.subscriber:app", "Doors to brokers: add, set, test, list, show, remove, refusals."),
    ("block", "otppi.cli.block:app", "Block list: add, remove, list, import."),
    ("settings", "otppi.cli.settings:app", "Settings: list, get, set."),
    ("message", "otppi.cli.message:app", "Messages: list, show, cancel, resolve."),
    ("otp", "otppi.cli.otp:app", "One-time codes: unlock who guessed wrong too often."),
    ("fraud", "otppi.cli.fraud:app", "Rules against pumping: list, unblock."),
    ("alarm", "otppi.cli.alarm:app", "Alarms that stand: list."),
    ("report", "otppi.cli.report:report", "Counts of messages, by day, account, class, kind or modem."),
    ("purge", "otppi.cli.purge:purge", "Delete the records of old messages."),
    ("key", "otppi.cli.key:app", "The key of this gateway: replace."),
    ("doctor", "otppi.cli.doctor.command:doctor", "Say what is wrong, and what to do."),
    ("simulate", "otppi.cli.simulate:run", "Run simulated modems."),
    ("ws-broker", "otppi.cli.ws_broker:app", "Run a WebSocket broker; its users: add, set, remove, list."),
    ("pdu", "otppi.cli.pdu_group:app", "SMS PDUs: decode, encode."),
)


def build() -> App:
    """The application, with nothing of its groups imported yet."""
    app = App(
        name="otppi",
        help="OTP-Pi: an SMS and one-time-password gateway for GSM modems.",
        version=__version__,
        version_flags=["--version"],
        help_flags=["--help", "-h"],
        help_format="plaintext",
        help_formatter=PlainHelp(),
        default_parameter=Parameter(negative=()),
        result_action="return_value",
        exit_on_error=False,
        print_error=False,
    )
    for position, (name, path, text) in enumerate(_GROUPS):
        app.command(path, name=name, help=text, sort_key=position)
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say and give the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(given)
    except BrokenPipeError:
        # The reader of our output went away (`| head`): say nothing, and keep the interpreter from saying it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return REFUSED


def _run(arguments: list[str]) -> int:
    from otppi.cli.refusals import reasons

    try:
        code = build()(arguments)
        sys.stdout.flush()
    except CycloptsError as error:
        return _say(_usage(error, arguments), USAGE)
    except Exception as error:
        if not isinstance(error, reasons()):
            raise
        return _say(str(error), REFUSED)
    return code if isinstance(code, int) else DONE


def _usage(error: CycloptsError, arguments: Sequence[str]) -> str:
    """What was wrong, and where to read more. Surplus arguments and values are not repeated: they may be secrets."""
    what = "an argument too many" if isinstance(error, UnusedCliTokensError) else str(error)
    for argument in arguments:
        option, equals, value = argument.partition("=")
        if option.startswith("-") and equals and value:
            what = what.replace(argument, option)
    command = " ".join(("otppi", *(error.command_chain or ())))
    return f"{what} (see `{command} --help`)"


def _say(reason: str, code: int) -> int:
    print(f"otppi: {' '.join(reason.split())}", file=sys.stderr)
    return code
