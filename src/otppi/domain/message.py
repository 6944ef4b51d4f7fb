"""The life of a message: its states, the lettered edges between them, and the one function that moves along them.

The drawing is in docs/outbox.md and bears the same letters. Rules kept here and nowhere else:

1. A state changes only along an edge of `EDGES`; everything else raises `IllegalEdge`.
2. A message is a tuple of segments, each with a state of its own; what is shown is derived (`Message.shown`).
3. A segment that fails, expires or is cancelled ends the message: what waits, now or later, ends the same way.
4. A message that was ever in doubt says so to its end (`possible_duplicate` or `outcome_unknown`).
5. The text is needed while a segment may still go on the air (`Message.needs_text`), and not one moment longer.

Nothing here knows a store, a modem or a clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class State(StrEnum):
    """The states of a message and of a segment, in the words of every surface."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    HANDED = "handed"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    EXPIRED = "expired"
    FAILED = "failed"
    CANCELLED = "cancelled"
    IN_DOUBT = "in_doubt"


class Kind(StrEnum):
    """What a message carries. `otp`: a code the gateway made; `sms`: a text the caller wrote."""

    OTP = "otp"
    SMS = "sms"


class Class(StrEnum):
    """How urgent a message is (decisions 4)."""

    OTP = "otp"
    NORMAL = "normal"
    BULK = "bulk"


class Policy(StrEnum):
    """What happens to a segment whose outcome is unknown."""

    RESEND_ONCE_IF_FRESH = "resend_once_if_fresh"
    HOLD = "hold"
    RESEND = "resend"


class Edge(StrEnum):
    """The edges of decisions 4, by letter."""

    ACCEPT = "a"
    CLAIM = "b"
    HAND = "c"
    SEND = "d"
    DELIVER = "e"
    EXPIRE = "f"
    RETURN = "g"
    FAIL = "h"
    CANCEL = "i"
    LOSE_SIGHT = "j"
    RESEND = "k"
    LATE = "l"
    REPORT = "m"
    NEGATIVE = "n"
    DECIDE = "o"
    GIVE_UP = "p"


_WAITING: Final = frozenset({State.QUEUED, State.CLAIMED})

EDGES: Final[Mapping[Edge, tuple[frozenset[State], frozenset[State]]]] = {
    Edge.ACCEPT: (frozenset(), frozenset({State.QUEUED})),
    Edge.CLAIM: (frozenset({State.QUEUED}), frozenset({State.CLAIMED})),
    Edge.HAND: (_WAITING, frozenset({State.HANDED})),
    Edge.SEND: (frozenset({State.HANDED}), frozenset({State.SENT})),
    Edge.DELIVER: (frozenset({State.SENT}), frozenset({State.DELIVERED})),
    Edge.EXPIRE: (_WAITING, frozenset({State.EXPIRED})),
    Edge.RETURN: (_WAITING | {State.HANDED}, frozenset({State.QUEUED})),
    Edge.FAIL: (_WAITING | {State.HANDED}, frozenset({State.FAILED})),
    Edge.CANCEL: (_WAITING, frozenset({State.CANCELLED})),
    Edge.LOSE_SIGHT: (frozenset({State.HANDED}), frozenset({State.IN_DOUBT})),
    Edge.RESEND: (frozenset({State.IN_DOUBT}), frozenset({State.QUEUED})),
    Edge.LATE: (frozenset({State.IN_DOUBT}), frozenset({State.SENT})),
    Edge.REPORT: (frozenset({State.IN_DOUBT}), frozenset({State.DELIVERED, State.UNDELIVERED})),
    Edge.NEGATIVE: (frozenset({State.SENT}), frozenset({State.UNDELIVERED})),
    Edge.DECIDE: (frozenset({State.IN_DOUBT}), frozenset({State.QUEUED, State.FAILED, State.SENT})),
    Edge.GIVE_UP: (frozenset({State.IN_DOUBT}), frozenset({State.FAILED})),
}
"""From which states an edge leaves and where it may lead. The store keeps a claim as `queued` (decisions 4,
Commits), so every edge out of `claimed` also leaves from `queued`. Acceptance makes a message and leaves from none."""

OPEN: Final = frozenset({State.QUEUED, State.CLAIMED, State.HANDED, State.IN_DOUBT})
"""States in which a segment may still go on the air, so its text is still needed."""

_ENDS: Final = (State.CANCELLED, State.FAILED, State.EXPIRED)
_SHOWN_ORDER: Final = (
    *_ENDS,
    State.IN_DOUBT,
    State.QUEUED,
    State.CLAIMED,
    State.HANDED,
    State.UNDELIVERED,
    State.SENT,
    State.DELIVERED,
)


class IllegalEdge(Exception):
    """The change does not leave from the state the segment is in; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a message. `attempts` counts how often it was handed to a modem; `modem`, `reference`
    (TP-MR, 0..255) and `handed_at` (gateway seconds) belong to the latest of these. `resent` says edge k or o
    has sent it round again. `barred` names modems that a resend or retry should try last."""

    state: State = State.QUEUED
    modem: str = ""
    reference: int | None = None
    attempts: int = 0
    handed_at: float = 0.0
    resent: bool = False
    barred: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One step along an edge. `part` counts from 1; None means every segment the edge can leave from.

    `to` is needed where an edge leads to more than one state. `attempt` names the attempt a late answer belongs
    to. `note` is one plain sentence for the owner; it never holds a text, a code or a number; on edge c it tells
    why this modem was chosen.
    """

    edge: Edge
    at: float
    part: int | None = None
    modem: str = ""
    reference: int | None = None
    to: State | None = None
    attempt: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """Everything about a message but its text. Times are gateway seconds (see ports.clock), `receiver` is the
    MSISDN as digits without `+`. `door` is where it came in. `characters` is how long its text was. `pinned` names the
    only modem that may take it. `late_ok` lets it go out after its deadline (sms.drop_expired false; never an otp). It
    waits until `not_before`, 0 for not at all."""

    id: str
    account: str
    kind: Kind
    klass: Class
    receiver: str
    created: float
    deadline: float
    policy: Policy
    segments: tuple[Segment, ...]
    concat_reference: int = 0
    pinned: str = ""
    late_ok: bool = False
    verification: str = ""
    door: str = ""
    not_before: float = 0.0
    characters: int = 0
    possible_duplicate: bool = False
    outcome_unknown: bool = False
    sent_late: bool = False
    route: str = ""
    error: str = ""
    history: tuple[tuple[str, int, float, str], ...] = ()
    """What happened: (edge letter, part or 0, time, modem and note), oldest first, the newest `HISTORY_LIMIT` kept."""

    @property
    def shown(self) -> State:
        """The state shown for the whole message: the first that applies of the order in decisions 4."""
        states = {segment.state for segment in self.segments}
        return next(state for state in _SHOWN_ORDER if state in states)

    @property
    def begins(self) -> float:
        """When its life begins: at its time where it has one, else when it was accepted."""
        return max(self.created, self.not_before)

    @property
    def needs_text(self) -> bool:
        """True while a segment may still go on the air."""
        return any(segment.state in OPEN for segment in self.segments)

    @property
    def has_ended(self) -> bool:
        """True once a segment was cancelled, failed or expired: nothing more of the message goes out (rule 3)."""
        return any(segment.state in _ENDS for segment in self.segments)

    @property
    def held(self) -> bool:
        """True while a segment waits in doubt for the owner's decision or a late answer (policy hold)."""
        return self.policy is Policy.HOLD and self.shown is State.IN_DOUBT

    @property
    def attempts(self) -> int:
        """How often any of its segments was handed to a modem."""
        return sum(segment.attempts for segment in self.segments)

    @property
    def ever_handed(self) -> bool:
        """True once any segment was handed to a modem."""
        return any(segment.attempts for segment in self.segments)


HISTORY_LIMIT: Final = 60


def apply(message: Message, change: Change) -> Message:
    """The message after `change`.

    Raises IllegalEdge if the edge does not leave from the segment's state, or, for a change of all segments, if
    it leaves from none of them.
    """
    parts = _parts(message, change)
    segments = list(message.segments)
    for part in parts:
        segments[part - 1] = _step(segments[part - 1], change)
    return _flags(replace(message, segments=_followed(segments)), change, parts)


def apply_all(message: Message, changes: Iterable[Change]) -> Message:
    """`apply` for several changes in order; all or nothing. Raises IllegalEdge."""
    for change in changes:
        message = apply(message, change)
    return message


def _parts(message: Message, change: Change) -> tuple[int, ...]:
    if change.part is not None:
        if not 1 <= change.part <= len(message.segments):
            raise IllegalEdge(f"there is no part {change.part} of {len(message.segments)}")
        return (change.part,)
    origins = EDGES[change.edge][0]
    parts = tuple(n for n, segment in enumerate(message.segments, 1) if segment.state in origins)
    if not parts:
        raise IllegalEdge(f"edge {change.edge} leaves from no segment of a message that is {message.shown}")
    return parts


def _target(segment: Segment, change: Change) -> State:
    origins, targets = EDGES[change.edge]
    withdrawn = change.edge in (Edge.LATE, Edge.REPORT) and segment.resent and segment.state in _WAITING
    if segment.state not in origins and not withdrawn:
        raise IllegalEdge(f"edge {change.edge} does not leave from {segment.state}")
    if len(targets) == 1:
        return next(iter(targets))
    if change.to not in targets:
        raise IllegalEdge(f"edge {change.edge} does not lead to {change.to}")
    return change.to


def _step(segment: Segment, change: Change) -> Segment:
    state = _target(segment, change)
    if change.edge is Edge.HAND:
        return replace(
            segment, state=state, modem=change.modem, reference=None, attempts=segment.attempts + 1, handed_at=change.at
        )
    if change.edge in (Edge.SEND, Edge.LATE):
        reference = segment.reference if change.reference is None else change.reference
        return replace(segment, state=state, reference=reference, modem=change.modem or segment.modem)
    if state is State.QUEUED:
        return replace(segment, state=state, resent=segment.resent or _resends(change), barred=_bar(segment, change))
    return replace(segment, state=state)


def _resends(change: Change) -> bool:
    return change.edge in (Edge.RESEND, Edge.DECIDE)


def _bar(segment: Segment, change: Change) -> tuple[str, ...]:
    modem = change.modem or (segment.modem if _resends(change) else "")
    return segment.barred if not modem or modem in segment.barred else (*segment.barred, modem)


def _followed(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """Rule 3: what waits ends as the segment did that has ended."""
    states = {segment.state for segment in segments}
    end = next((state for state in _ENDS if state in states), None)
    if end is None:
        return tuple(segments)
    return tuple(replace(segment, state=end) if segment.state in _WAITING else segment for segment in segments)


def _detail(change: Change) -> str:
    """The modem, and what it said; why it was chosen is the message's route."""
    if not (change.modem and change.note) or change.edge is Edge.HAND:
        return change.modem or change.note
    return f"{change.modem}: {change.note}"


def _flags(message: Message, change: Change, parts: tuple[int, ...]) -> Message:
    resent = change.edge is Edge.RESEND or (change.edge is Edge.DECIDE and change.to is State.QUEUED)
    duplicate = message.possible_duplicate or resent
    unknown = (message.outcome_unknown or change.edge in (Edge.LOSE_SIGHT, Edge.GIVE_UP)) and not resent
    ended = change.edge in (Edge.FAIL, Edge.GIVE_UP, Edge.EXPIRE, Edge.CANCEL)
    part = parts[0] if len(parts) == 1 else 0
    entry = (change.edge.value, part, change.at, _detail(change))
    return replace(
        message,
        possible_duplicate=duplicate,
        outcome_unknown=unknown,
        error=change.note if ended and change.note else message.error,
        sent_late=message.sent_late or (change.edge is Edge.HAND and change.at > message.deadline),
        route=change.note if change.edge is Edge.HAND and change.note else message.route,
        history=(*message.history, entry)[-HISTORY_LIMIT:],
    )
