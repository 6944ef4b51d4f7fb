"""What follows from an attempt: a pure decision over the outcome, the attempts so far and the time.

The classes of errors are `otppi.at.results.ErrorClass` in the engine's words; here they come as the plain names
of `Remedy`, so that this floor knows no AT. Delays: 5, 15, 45, 120 seconds (modems.md 1.11), within the deadline.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

DELAYS: Final = (5.0, 15.0, 45.0, 120.0)
SLOW_DELAYS: Final = (60.0, 120.0, 300.0)
BUSY_DELAY: Final = 2.0
MESSAGE_RETRIES: Final = 1
MAX_BARREN_CLAIMS: Final = 20
FRESH_SECONDS: Final = 10.0
FRESH_SHARE: Final = 0.25
DOUBT_SECONDS: Final = 15.0
DOUBT_FACTOR: Final = 4.0


class Remedy(StrEnum):
    """What a refusal asks for."""

    ACCEPTED = "accepted"
    """The network has it already (TP-FCS C5): as good as sent."""
    FAIL = "fail"
    """The number or the message is refused for good."""
    FAIL_AFTER_RETRY = "fail_after_retry"
    """Likely our message or an odd SMSC: one more try elsewhere, then failed."""
    OTHER_SIM = "other_sim"
    """This SIM may not; another may."""
    OTHER_MODEM = "other_modem"
    """The modem is faulty; any other at once."""
    LATER = "later"
    """Temporary trouble of the network."""
    MUCH_LATER = "much_later"
    """Temporary, and known to last."""
    SOON = "soon"
    """Busy, storage full or not ready: a short rest."""
    DOUBT = "doubt"
    """The network may have it: treated as no answer."""


@dataclass(frozen=True, slots=True)
class Again:
    """Back to the queue (edge g), not before `at`; `bar` asks other modems first."""

    at: float
    bar: bool = True


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Edge h."""

    why: str


@dataclass(frozen=True, slots=True)
class TakeAsSent:
    """Edge d."""


@dataclass(frozen=True, slots=True)
class TakeAsDoubt:
    """Edge j."""


def after_refusal(
    remedy: Remedy, *, attempts: int, others_left: bool, now: float, words: str
) -> Again | GiveUp | TakeAsSent | TakeAsDoubt:
    """The step after a definite refusal. `attempts` counts this one; `others_left` says a modem that has not
    refused this segment is able to take it; `words` are the fixed words of the error table."""
    match remedy:
        case Remedy.ACCEPTED:
            return TakeAsSent()
        case Remedy.DOUBT:
            return TakeAsDoubt()
        case Remedy.FAIL:
            return GiveUp(words)
        case Remedy.FAIL_AFTER_RETRY:
            return Again(now) if attempts <= MESSAGE_RETRIES else GiveUp(words)
        case Remedy.OTHER_SIM:
            return Again(now) if others_left else GiveUp(words)
        case _:
            return Again(now if others_left else now + _delay(remedy, attempts))


def _delay(remedy: Remedy, attempts: int) -> float:
    if remedy is Remedy.SOON:
        return BUSY_DELAY
    delays = SLOW_DELAYS if remedy is Remedy.MUCH_LATER else DELAYS
    return delays[min(attempts, len(delays)) - 1]


def after_nothing(*, barren_claims: int, now: float) -> Again | GiveUp:
    """The step after a claim from which nothing was handed: again, a little later each time, 20 times."""
    if barren_claims >= MAX_BARREN_CLAIMS:
        return GiveUp("claimed 20 times without progress")
    return Again(now + min(0.1 * 2 ** min(barren_claims, 8), 15.0))


def doubt_after(usual: float) -> float:
    """Seconds after which an otp without an answer is in doubt, while the modem's engine still listens."""
    return max(DOUBT_SECONDS, DOUBT_FACTOR * usual)


def is_fresh(*, created: float, deadline: float, now: float) -> bool:
    """Whether enough life is left for one resend: at least 10 s and a quarter of the whole life."""
    return deadline - now >= max(FRESH_SECONDS, (deadline - created) * FRESH_SHARE)
