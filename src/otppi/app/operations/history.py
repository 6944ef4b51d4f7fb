"""The owner's operations on old messages: purge them, and report on all that were ever accepted.

A purge is asked for step by step: each step is short, so that a gateway at work is not held up and the owner sees how
far it is. The times of a purge are set once, by `plan`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from otppi.app.operations.names import composed
from otppi.domain.durations import InvalidDuration, format_duration, parse_duration
from otppi.domain.message import State
from otppi.ports.history import Cut
from otppi.ports.operations import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from otppi.app.operations.context import Context
    from otppi.ports.history import Tally

STEP: Final = 50
STEPS: Final = 100
"""Transactions of one call."""
_DAY: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")

_BY: Final[Mapping[str, Callable[[Tally], str]]] = {
    "day": lambda tally: tally.day,
    "account": lambda tally: tally.account,
    "class": lambda tally: tally.klass,
    "modem": lambda tally: tally.modem,
    "kind": lambda tally: tally.kind,
}
_STATES: Final = (*(state.value for state in State if state is not State.CLAIMED),)


async def plan(context: Context, *, older_than: str | None = None, account: str | None = None) -> object:
    """What a purge would take: `before` in gateway seconds, `messages` that go, `older_than` as it is understood."""
    seconds = (await context.settings()).retention_finished if older_than is None else _span(older_than)
    now = context.clock.now()
    cut = Cut(float(int(now - seconds)), None if account is None else composed(account))
    messages, after, done = 0, 0, False
    while not done:
        found = await context.store.history.count(cut, now=now, after=after)
        messages, after, done = messages + found.messages, found.after, found.done
    return {"before": int(cut.before), "messages": messages, "older_than": format_duration(seconds)}


async def step(context: Context, *, before: int, after: int = 0, account: str | None = None) -> object:
    """Purge some, from `after` on: how many `messages` went, where to go on (`after`), and whether it is `done`. The
    last step forgets duplicate keys and guesses whose time is over."""
    now = context.clock.now()
    if before > now:
        raise Refused("before must not be in the future")
    cut = Cut(float(before), None if account is None else composed(account))
    messages, done = 0, False
    for _ in range(STEPS):
        found = await context.store.history.purge(cut, now=now, after=after, limit=STEP)
        messages, after, done = messages + found.messages, found.after, found.done
        if done:
            await context.store.history.forget(now=now)
            break
    return {"messages": messages, "after": after, "done": done}


async def report(context: Context, *, by: str = "day", first: str | None = None, last: str | None = None) -> object:
    """Counts of messages by day (of acceptance), account, class, kind or modem, with those whose records are gone."""
    if by not in _BY:
        raise Refused(f"a report is by {', '.join(_BY)}")
    span = {name: _checked_day(day) for name, day in (("first", first), ("last", last)) if day is not None}
    groups: dict[str, dict[str, Any]] = {}
    for tally in await context.store.history.tallies(**span):
        key = _BY[by](tally)
        row = groups.setdefault(key, {by: key, "messages": 0, "segments": 0, **dict.fromkeys(_STATES, 0)})
        row["messages"] += tally.messages
        row["segments"] += tally.segments
        row[tally.state] += tally.messages
    return [groups[key] for key in sorted(groups)]


def _span(text: str) -> float:
    try:
        seconds = parse_duration(text)
    except InvalidDuration as wrong:
        raise Refused(f"the age {wrong}") from None
    if seconds == float("inf"):
        raise Refused("the age must be a span of time such as 7d")
    return seconds


def _checked_day(text: str) -> str:
    if not _DAY.fullmatch(text):
        raise Refused("a day is written as 2026-11-25")
    return text
