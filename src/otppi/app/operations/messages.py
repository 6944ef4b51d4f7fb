"""The owner's operations on messages: list, show, cancel, resolve (edges i and o). A running gateway does the last
two itself, as it holds the claims; without one the store is acted on directly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from otppi.app.operations.message_rows import full_row, row, waiting_offline
from otppi.app.operations.names import quoted
from otppi.domain.message import Change, Edge, IllegalEdge, State
from otppi.ports.live import Decision
from otppi.ports.operations import Refused
from otppi.ports.store import Cursor, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.app.operations.context import Context
    from otppi.domain.message import Message

MAX_LISTED: Final = 500

_OUTCOMES: Final[Mapping[Decision, State]] = {
    "resend": State.QUEUED,
    "failed": State.FAILED,
    "sent": State.SENT,
}


async def listed(
    context: Context,
    *,
    account: str | None = None,
    state: str | None = None,
    limit: int = 50,
    before: str | None = None,
) -> object:
    """Newest first, at most `limit` of those before the id `before`."""
    if state is not None and state not in list(State):
        raise Refused(f"a state is one of {', '.join(State)}")
    if not 1 <= limit <= MAX_LISTED:
        raise Refused(f"the limit is 1 to {MAX_LISTED}")
    wanted = None if state is None else State(state)
    found = await context.store.outbox.find(account=account, state=wanted, cursor=Cursor(before, limit))
    return [row(message) for message in found]


async def show(context: Context, *, id: str) -> object:  # noqa: A002 - the field's name on every surface
    """One message, with its history in words and why it waits."""
    message = await _find(context, id)
    waiting = waiting_offline(message) if context.live is None else context.live.waiting_reason(id)
    return full_row(message, waiting)


async def cancel(context: Context, *, id: str) -> object:  # noqa: A002 - the field's name on every surface
    """Cancel what has not been handed to a modem (edge i)."""
    message = await _find(context, id)
    try:
        if context.live is None:
            await context.store.outbox.settle(id, [_cancelled(context)])
        else:
            await context.live.cancel(id)
    except IllegalEdge:
        raise Refused(f"message {id} is {message.shown}: nothing of it can be cancelled any more") from None
    return row(await _find(context, id))


async def resolve(context: Context, *, id: str, decision: str) -> object:  # noqa: A002 - the field's name
    """Decide what became of a message in doubt (edge o)."""
    if decision not in get_args(Decision):
        raise Refused(f"a decision is one of {', '.join(get_args(Decision))}")
    message = await _find(context, id)
    word: Decision = next(known for known in _OUTCOMES if known == decision)
    if word == "resend" and not message.late_ok and context.clock.now() >= message.deadline:
        raise Refused(f"the life of message {id} is over, so it cannot be sent again: decide failed or sent")
    try:
        if context.live is None:
            await context.store.outbox.settle(id, [_decided(context, word)])
        else:
            await context.live.resolve(id, word)
    except IllegalEdge:
        raise Refused(f"message {id} is {message.shown}: nothing of it is in doubt") from None
    return row(await _find(context, id))


async def _find(context: Context, message_id: str) -> Message:
    try:
        return await context.store.outbox.get(message_id)
    except NotFound:
        raise Refused(f"there is no message {quoted(message_id)}") from None


def _cancelled(context: Context) -> Change:
    return Change(Edge.CANCEL, context.clock.now(), note="cancelled by the owner")


def _decided(context: Context, decision: Decision) -> Change:
    note = f"the owner decided: {decision}"
    return Change(Edge.DECIDE, context.clock.now(), to=_OUTCOMES[decision], note=note)
