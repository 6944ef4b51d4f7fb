"""Rows of the message table and back. No SQL runs here."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from otppi.domain.message import Class, Kind, Message, Policy, Segment, State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from otppi.ports.store import Entry

_FIXED: Final = (
    "id, account, kind, klass, receiver, created, deadline, policy, concat_reference, pinned, late_ok, verification,"
    " door, not_before, characters"
)
_LIVING: Final = "route, possible_duplicate, outcome_unknown, sent_late, error, segments, history"
_DERIVED: Final = "state, open, handed, touched"

COLUMNS: Final = f"{_FIXED}, {_LIVING}"
"""What `message_of` reads, in its order."""

INSERT: Final = (
    f"INSERT INTO message ({_FIXED}, {_LIVING}, {_DERIVED}, answer, sealed)"  # noqa: S608 - names of this module
    f" VALUES ({', '.join('?' * 28)})"
)
"""Takes `inserted(entry)`."""

UPDATE: Final = (
    f"UPDATE message SET ({_LIVING}, {_DERIVED})"  # noqa: S608 - names of this module
    f" = ({', '.join('?' * 11)}), sealed = iif(?, sealed, NULL) WHERE seq = ?"
)
"""Takes `updated(message, seq)`: what a step may change, and the end of the text once nothing needs it."""

_SEGMENT_ROOM: Final = 72
_HISTORY_ROOM: Final = 136
_ROUTE_ROOM: Final = 96
"""Octets kept free for what handing and sending will add, so that the row does not grow and split its page."""

_encode: Final = msgspec.json.encode
_decode: Final = json.JSONDecoder().decode


def inserted(entry: Entry) -> tuple[object, ...]:
    """The values of `INSERT`."""
    m = entry.message
    sealed = entry.sealed if m.needs_text else None
    return (
        *(m.id, m.account, m.kind.value, m.klass.value, m.receiver, m.created, m.deadline, m.policy.value),
        *(m.concat_reference, m.pinned, m.late_ok, m.verification, m.door, m.not_before, m.characters),
        *_living(m),
        *(entry.answer, sealed),
    )


def updated(message: Message, seq: int) -> tuple[object, ...]:
    """The values of `UPDATE`."""
    return (*_living(message), message.needs_text, seq)


def touched(message: Message) -> float:
    """The newest time stamp of the message."""
    return max(message.created, message.history[-1][2]) if message.history else message.created


def message_of(row: tuple[Any, ...]) -> Message:
    """The message of a row of `COLUMNS`."""
    id_, account, kind, klass, receiver, created, deadline, policy, *rest = row
    concat, pinned, late_ok, verification, door, not_before, characters, *living = rest
    route, duplicate, unknown, late, error, segments, history = living
    return Message(
        id=id_,
        account=account,
        kind=Kind(kind),
        klass=Class(klass),
        receiver=receiver,
        created=created,
        deadline=deadline,
        policy=Policy(policy),
        segments=segments_of(segments),
        concat_reference=concat,
        pinned=pinned,
        late_ok=bool(late_ok),
        verification=verification,
        door=door,
        not_before=not_before,
        characters=characters,
        possible_duplicate=bool(duplicate),
        outcome_unknown=bool(unknown),
        sent_late=bool(late),
        route=route,
        error=error,
        history=tuple((letter, part, at, note) for letter, part, at, note in _decode(history)),
    )


def as_kept(message: Message) -> Message:
    """The message as the store keeps it: a claim lives in the gateway's memory, in the store it is queued."""
    if all(segment.state is not State.CLAIMED for segment in message.segments):
        return message
    return replace(message, segments=tuple(map(_unclaimed, message.segments)))


def _living(m: Message) -> tuple[object, ...]:
    return (
        *(m.route, m.possible_duplicate, m.outcome_unknown, m.sent_late, m.error),
        _padded(map(_fields, m.segments), _SEGMENT_ROOM * len(m.segments)),
        _padded(m.history, _HISTORY_ROOM + max(0, _ROUTE_ROOM - len(m.route))),
        *(m.shown.value, m.needs_text, m.ever_handed, touched(m)),
    )


def _padded(values: Iterable[object], room: int) -> str:
    """JSON with blanks behind it: JSON does not mind them."""
    return _encode(list(values)).decode().ljust(room)


def _unclaimed(segment: Segment) -> Segment:
    return replace(segment, state=State.QUEUED) if segment.state is State.CLAIMED else segment


def _fields(s: Segment) -> tuple[object, ...]:
    return (s.state.value, s.modem, s.reference, s.attempts, s.handed_at, int(s.resent), s.barred)


@lru_cache(maxsize=256)
def segments_of(text: str) -> tuple[Segment, ...]:
    """The segments of a row. Those of waiting messages look all the same: remembering them saves time and memory."""
    return tuple(map(_segment, _decode(text)))


def _segment(fields: list[Any]) -> Segment:
    state, modem, reference, attempts, handed_at, resent, barred = fields
    return Segment(State(state), modem, reference, attempts, handed_at, bool(resent), tuple(barred))
