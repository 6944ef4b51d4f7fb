"""A message as the owner's commands show it: fields as GET /v1/messages/{id} names them, its history in words.

Never its text; the receiver only masked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from otppi.domain.message import HISTORY_LIMIT, Edge, Message, State
from otppi.domain.msisdn import masked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MEANING: Final[Mapping[Edge, str]] = {
    Edge.ACCEPT: "accepted and durable",
    Edge.CLAIM: "claimed for a modem",
    Edge.HAND: "written down, then handed to the modem",
    Edge.SEND: "sent: the network took it",
    Edge.DELIVER: "delivered: the phone reported it",
    Edge.EXPIRE: "expired before it was handed to a modem",
    Edge.RETURN: "back to the queue: it was not sent for certain",
    Edge.FAIL: "failed for good",
    Edge.CANCEL: "cancelled or blocked",
    Edge.LOSE_SIGHT: "in doubt: the modem gave no answer",
    Edge.RESEND: "sent round again by its policy",
    Edge.LATE: "sent after all: the answer came late",
    Edge.REPORT: "a report settled the doubt",
    Edge.NEGATIVE: "not delivered: the network said so",
    Edge.DECIDE: "decided by the owner",
    Edge.GIVE_UP: "ended with its outcome unknown",
}

_WAITING_OFFLINE: Final[Mapping[State, str]] = {
    State.QUEUED: "waits for the gateway to be started",
    State.CLAIMED: "waits for the gateway to be started",
    State.HANDED: "was handed to a modem when the gateway ended; its next start looks into it",
    State.IN_DOUBT: "its outcome is unknown; decide with `otppi message resolve ID resend|failed|sent`",
}


def row(message: Message) -> dict[str, object]:
    """One message as `message list --json` shows it; times in Unix seconds, `segments` a count."""
    return {
        "id": message.id,
        "account": message.account,
        "kind": message.kind.value,
        "class": message.klass.value,
        "status": message.shown.value,
        "held": message.held,
        "receiver": masked(message.receiver),
        "segments": len(message.segments),
        "created": message.created,
        "deadline": message.deadline,
        "modem": next((segment.modem for segment in reversed(message.segments) if segment.modem), ""),
        "attempts": message.attempts,
        "possible_duplicate": message.possible_duplicate,
        "outcome_unknown": message.outcome_unknown,
    }


def full_row(message: Message, waiting: str) -> dict[str, object]:
    """One message as `message show --json` shows it. `waiting` says in a sentence what it waits for."""
    return {
        **row(message),
        "policy": message.policy.value,
        "route": message.route,
        "error": message.error,
        "sent_late": message.sent_late,
        "send_at": message.not_before or None,
        "waiting": waiting,
        "parts": [
            {"state": s.state.value, "modem": s.modem, "reference": s.reference, "attempts": s.attempts}
            for s in message.segments
        ],
        "history": _history(message),
    }


def waiting_offline(message: Message) -> str:
    """Why a message waits while no gateway runs, or nothing where it does not."""
    return _WAITING_OFFLINE.get(message.shown, "").replace("ID", message.id)


@dataclass(frozen=True, slots=True)
class Happening:
    """One step of a message's history in words. `part` counts from 1, None where all segments took it; `detail` holds
    the modem too, `note` is what is left of it without."""

    time: float
    edge: str
    meaning: str
    part: int | None
    detail: str
    modem: str
    note: str


def happenings(message: Message) -> list[Happening]:
    """The history of a message, oldest first, from its acceptance on unless that is too long ago to be kept."""
    entries = message.history
    if len(entries) < HISTORY_LIMIT and not (entries and entries[0][0] == Edge.ACCEPT.value):
        entries = ((Edge.ACCEPT.value, 0, message.created, ""), *entries)
    modems = {name for segment in message.segments for name in (segment.modem, *segment.barred) if name}
    return [
        Happening(time, edge, _MEANING[Edge(edge)], part or None, detail, *_parted(detail, modems))
        for edge, part, time, detail in entries
    ]


def _parted(detail: str, modems: Iterable[str]) -> tuple[str, str]:
    """The modem a detail begins with, if one of the message's does, and the rest."""
    for name in sorted(modems, key=len, reverse=True):
        if detail == name or detail.startswith(f"{name}: "):
            return name, detail[len(name) + 2 :]
    return "", detail


def _history(message: Message) -> list[dict[str, object]]:
    return [
        {"time": h.time, "edge": h.edge, "meaning": h.meaning, "part": h.part, "detail": h.detail}
        for h in happenings(message)
    ]
