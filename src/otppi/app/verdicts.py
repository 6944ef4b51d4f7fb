"""What the delivery does with a segment after an attempt, as pure functions: message and outcome in, changes out.

Each function is handed to `Book.settle`, so it always sees the message as committed last. A change it does not
return was not due: another answer came first. The letters are those of `domain.message.Edge`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, assert_never

from otppi.at.codes import ErrorClass
from otppi.domain import retry
from otppi.domain.breaker import Sign
from otppi.domain.message import Change, Class, Edge, Kind, Policy, State
from otppi.ports.modem import NotHanded, Outcome, Refused, Sent, Unknown

if TYPE_CHECKING:
    from otppi.domain.message import Message, Segment


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to hand one segment to one modem; `number` is the segment's count of attempts once handed."""

    message_id: str
    part: int
    modem: str
    number: int

    @property
    def key(self) -> str:
        """The submission's key: names this attempt in late answers."""
        return f"{self.message_id}/{self.part}/{self.number}"


def attempt_of(key: str, modem: str) -> Attempt:
    """The attempt a submission's key names."""
    message_id, part, number = key.rsplit("/", 2)
    return Attempt(message_id, int(part), modem, int(number))


def answered(message: Message, attempt: Attempt, reference: int | None, at: float) -> tuple[Change, ...]:
    """d, or l where the segment was in doubt by then. A resend not yet handed is withdrawn by it; one that is
    handed goes on, and the message says possible_duplicate already."""
    segment = message.segments[attempt.part - 1]
    edge = _answer_edge(segment, attempt)
    if edge is None:
        return ()
    return (Change(edge, at, attempt.part, modem=attempt.modem, reference=reference),)


def _answer_edge(segment: Segment, attempt: Attempt) -> Edge | None:
    if segment.state is State.HANDED:
        return Edge.SEND if segment.attempts == attempt.number else None
    withdrawn = segment.resent and segment.state is State.QUEUED
    return Edge.LATE if segment.state is State.IN_DOUBT or withdrawn else None


def in_flight(message: Message, attempt: Attempt) -> bool:
    """Whether this attempt is the one the segment waits for."""
    segment = message.segments[attempt.part - 1]
    return segment.state is State.HANDED and segment.attempts == attempt.number


def out_of_sight(message: Message, attempt: Attempt, at: float, ends: float, why: str = "") -> tuple[Change, ...]:
    """j, and k in the same commit where the policy sends it round again. `why`: what the modem said, if anything."""
    if not in_flight(message, attempt):
        return ()
    lost = Change(Edge.LOSE_SIGHT, at, attempt.part, modem=attempt.modem, note=why)
    if not resends(message, attempt.part, at, ends):
        return (lost,)
    return (lost, Change(Edge.RESEND, at, attempt.part, note="no answer came: sent again"))


def resends(message: Message, part: int, at: float, ends: float) -> bool:
    """Whether the policy sends a segment in doubt again now (edge k)."""
    if message.policy is Policy.HOLD or message.has_ended or at >= ends:
        return False
    if message.policy is Policy.RESEND:
        return True
    segment = message.segments[part - 1]
    return not segment.resent and retry.is_fresh(created=message.begins, deadline=ends, now=at)


def concerns(message: Message, attempt: Attempt) -> bool:
    """Whether a refusal of this attempt still matters: it is in flight, or was refused before the text was asked for
    and waits as it did before."""
    segment = message.segments[attempt.part - 1]
    untouched = segment.state is State.QUEUED and segment.attempts == attempt.number - 1
    return untouched or in_flight(message, attempt)


def refused(
    message: Message, attempt: Attempt, refusal: Refused, at: float, *, handed: bool, others: retry.Others
) -> retry_step:
    """The step after a definite refusal (domain.retry), from the class of the error. Before the text was handed, no
    refusal can mean that the network may have it."""
    remedy = remedy_for(refusal)
    if not handed and remedy in (retry.Remedy.ACCEPTED, retry.Remedy.DOUBT):
        remedy = retry.Remedy.LATER
    segment = message.segments[attempt.part - 1]
    tries = max(segment.attempts, len(segment.barred) + 1)
    return retry.after_refusal(remedy, attempts=tries, others=others, now=at, words=refusal.reason)


retry_step = retry.Again | retry.GiveUp | retry.TakeAsSent | retry.TakeAsDoubt


def why_expired(message: Message) -> str:
    """Why a message ends by edge f: its time was over, and where something refused it before, that."""
    said = (detail for letter, _, _, detail in reversed(message.history) if letter == Edge.RETURN and detail)
    last = next(said, "")
    return f"its time was over before it could go out ({last})" if last else "its time was over before it could go out"


def ends_at(message: Message, max_life: float) -> float:
    """When the message must not go out any more. A plain message that may go late has `max_life` seconds."""
    if message.late_ok and message.kind is Kind.SMS:
        return max(message.deadline, message.begins + max_life)
    return message.deadline


def gives_up_at(message: Message, part: int, ends: float, hold_for: float) -> float:
    """When a segment in doubt becomes failed (edge p): an otp at the end of its life, else after `hold_for`."""
    if message.klass is Class.OTP:
        return ends
    return message.segments[part - 1].handed_at + hold_for


_REMEDIES: Final = {
    ErrorClass.NUMBER: retry.Remedy.FAIL,
    ErrorClass.MESSAGE: retry.Remedy.RETRY_ONCE,
    ErrorClass.REJECTED: retry.Remedy.OTHER_SIM_ONCE,
    ErrorClass.SIM: retry.Remedy.OTHER_SIM,
    ErrorClass.PIN: retry.Remedy.OTHER_MODEM,
    ErrorClass.NETWORK: retry.Remedy.LATER,
    ErrorClass.NETWORK_SLOW: retry.Remedy.MUCH_LATER,
    ErrorClass.NO_NETWORK: retry.Remedy.OTHER_MODEM,
    ErrorClass.MAYBE_SENT: retry.Remedy.DOUBT,
    ErrorClass.MODEM: retry.Remedy.OTHER_MODEM,
    ErrorClass.BUSY: retry.Remedy.SOON,
    ErrorClass.STORAGE: retry.Remedy.SOON,
    ErrorClass.SMSC: retry.Remedy.OTHER_SIM,
    ErrorClass.ACCEPTED: retry.Remedy.ACCEPTED,
    ErrorClass.UNKNOWN: retry.Remedy.LATER,
}


CONGESTION: Final = frozenset({42, 47})
"""RP causes 42 and 47 (3GPP TS 24.011 annex E-2): congestion, resources unavailable."""


def remedy_for(refusal: Refused) -> retry.Remedy:
    """The remedy for a refusal."""
    if refusal.own is None and refusal.kind == "cms" and refusal.code in CONGESTION:
        return retry.Remedy.CONGESTED
    return _REMEDIES[refusal.meaning]


def signs(outcome: Outcome, *, stopped: bool, lost: bool) -> Signs:
    """What the end of an attempt says of its modem and SIM. `stopped`: the prompt was left by our own will; `lost`: the
    line is gone."""
    match outcome:
        case Sent():
            return Signs(Sign.GOOD, Sign.GOOD)
        case Refused():
            return _signs_of(refusal=outcome)
        case NotHanded():
            return Signs(modem=Sign.NOTHING if stopped or lost else Sign.FAULT)
        case Unknown():
            return Signs(modem=Sign.LOST if lost else Sign.FAULT)
        case _:
            assert_never(outcome)


@dataclass(frozen=True, slots=True)
class Signs:
    """What one attempt says. `blocked`: it looks as if the network had blocked the SIM (modems.md 1.10)."""

    modem: Sign = Sign.NOTHING
    sim: Sign = Sign.NOTHING
    blocked: bool = False


def _signs_of(refusal: Refused) -> Signs:
    match refusal.meaning:
        case ErrorClass.ACCEPTED:
            return Signs(Sign.GOOD, Sign.GOOD)
        case ErrorClass.MODEM:
            return Signs(modem=Sign.FAULT)
        case ErrorClass.UNKNOWN:
            return Signs(modem=Sign.STRANGE, blocked=_looks_blocked(refusal))
        case ErrorClass.SIM | ErrorClass.REJECTED | ErrorClass.SMSC:
            return Signs(sim=Sign.FAULT, blocked=_looks_blocked(refusal))
        case _:
            return Signs(blocked=_looks_blocked(refusal))


_ALSO_BLOCKED: Final = frozenset({("cms", 38), ("cms", 500)})
"""Network out of order and unknown error: on every send and with nothing sent between, they are a block too."""
_SIM_ITSELF: Final = frozenset(
    {*(("cms", code) for code in (310, 313, 315)), *(("cme", code) for code in (10, 13, 15, 56, 160))}
)
"""No SIM, a broken or a wrong one, one that allows fixed numbers only or denies a file: another matter than a network
that refuses it."""


def _looks_blocked(refusal: Refused) -> bool:
    code = (refusal.kind, refusal.code)
    barred = refusal.meaning in (ErrorClass.SIM, ErrorClass.REJECTED) and code not in _SIM_ITSELF
    return barred or (refusal.own is None and code in _ALSO_BLOCKED)
