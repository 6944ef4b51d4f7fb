"""`otppi message`: what became of messages, and the decisions that are the owner's. Never shows a text."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from otppi.cli.asking import Yes, confirm
from otppi.cli.output import AsJson, cell, moment, print_fields, print_json, print_table, safe
from otppi.cli.target import Target, call

app = App(name="message", help="Messages: where they are and what became of them.")

Id = Annotated[str, Parameter(help="The message's id, as the API gave it.")]

_CONSEQUENCES = {
    "resend": "will be sent again: its receiver may get it twice",
    "failed": "will end as failed, and its text will be wiped",
    "sent": "will count as sent, and its text will be wiped",
}
_SHOWN = (
    *("id", "account", "kind", "class", "status", "held", "receiver", "created", "deadline", "policy", "attempts"),
    *("modem", "possible_duplicate", "outcome_unknown", "sent_late", "route", "error", "waiting"),
)


@app.command(name="list")
def listed(
    *,
    target: Target,
    account: Annotated[str | None, Parameter(help="Only messages of this user.")] = None,
    state: Annotated[str | None, Parameter(help="Only messages in this state, such as in_doubt.")] = None,
    limit: Annotated[int, Parameter(help="How many at most, 1 to 500.")] = 50,
    before: Annotated[str | None, Parameter(help="Only messages older than the one with this id.")] = None,
    json: AsJson = False,
) -> None:
    """List messages, newest first."""
    rows = call(target, "message.list", {"account": account, "state": state, "limit": limit, "before": before})
    if json:
        print_json(rows)
    else:
        columns = ("id", "created", "account", "class", "status", "held", "receiver", "segments", "modem", "attempts")
        print_table(rows, columns, empty="no messages")


@app.command
def show(message_id: Id, /, *, target: Target, json: AsJson = False) -> None:
    """Show one message with its history, and why it waits."""
    row = call(target, "message.show", {"id": message_id})
    if json:
        print_json(row)
        return
    print_fields(row, _SHOWN)
    for number, part in enumerate(row["parts"], 1):
        print(f"segment {number} of {row['segments']}: {_part(part)}")
    for entry in row["history"]:
        print(f"{moment(entry['time'])}  {_entry(entry)}")


@app.command
def cancel(message_id: Id, /, *, target: Target, yes: Yes = False) -> None:
    """Cancel what has not been handed to a modem."""
    confirm(f"message {message_id} will be cancelled, and its text wiped", yes=yes)
    row = call(target, "message.cancel", {"id": message_id})
    print(f"message {message_id} is {row['status']}")


@app.command
def resolve(
    message_id: Id,
    decision: Annotated[Literal["resend", "failed", "sent"], Parameter(help="What to do with it.")],
    /,
    *,
    target: Target,
    yes: Yes = False,
) -> None:
    """Decide what became of a message in doubt."""
    confirm(f"message {message_id} {_CONSEQUENCES[decision]}", yes=yes)
    row = call(target, "message.resolve", {"id": message_id, "decision": decision})
    print(f"message {message_id} is {row['status']}")


def _part(part: dict[str, Any]) -> str:
    return f"{part['state']}, modem {cell('', part['modem'])}, handed {part['attempts']} times"


def _entry(entry: dict[str, Any]) -> str:
    segment = f", segment {entry['part']}" if entry["part"] else ""
    detail = f" ({safe(entry['detail'])})" if entry["detail"] else ""
    return f"{entry['edge']}  {entry['meaning']}{segment}{detail}"
