"""What follows from an attempt: a pure decision over the outcome, the attempts so far and the time.

The classes of errors are `otppi.at.codes.ErrorClass`; here they come as the plain names of `Remedy`, so that this floor
knows no AT. The delays are those of decisions and of the field (modems.md 1.11), and end at the deadline.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

DELAYS: Final = (5.0, 15.0, 45.0, 120.0)
CONGESTED_DELAYS: Final = (10.0, 30.0, 60.0, 120.0)
SLOW_DELAYS: Final = (60.0, 120.0, 300.0)
BUSY_DELAY: Final = 2.0
BUSY_TRIES: Final = 3
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
    """The number is refused for good."""
    RETRY_ONCE = "retry_once"
    """Likely our message, an odd SMS centre or octets lost on the line: one more try, then failed."""
    OTHER_SIM_ONCE = "other_sim_once"
    """Refused over this SIM for a secret reason: one other SIM may try."""
    OTHER_SIM = "other_sim"
    """This SIM may not; another may."""
    OTHER_MODEM = "other_modem"
    """The modem is faulty; any other at once."""
    LATER = "later"
    """Temporary trouble of the network, or nobody knows what."""
    CONGESTED = "congested"
    """The cell or the network is full: later, and less of everything."""
    MUCH_LATER = "much_later"
    """Temporary, and known to last."""
    SOON = "soon"
    """Busy, storage full or not ready: a short rest, three times; then as LATER."""
    DOUBT = "doubt"
    """The network may have it: treated as no answer."""


class Others(StrEnum):
    """Whether a modem of the route that has not refused this segment is left."""

    ABLE = "able"
    """One can take it now."""
    AWAY = "away"
    """There is one, but it cannot take it at present."""
    NONE = "none"


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
    remedy: Remedy, *, attempts: int, others: Others, now: float, words: str
) -> Again | GiveUp | TakeAsSent | TakeAsDoubt:
    """The step after a definite refusal. `attempts` counts this one; `words` are those of the error table."""
    match remedy:
        case Remedy.ACCEPTED:
            return TakeAsSent()
        case Remedy.DOUBT:
            return TakeAsDoubt()
        case Remedy.FAIL:
            return GiveUp(words)
        case Remedy.RETRY_ONCE:
            return Again(now) if attempts <= MESSAGE_RETRIES else GiveUp(words)
        case Remedy.OTHER_SIM | Remedy.OTHER_SIM_ONCE if others is Others.NONE:
            return GiveUp(words)
        case Remedy.OTHER_SIM_ONCE if attempts > MESSAGE_RETRIES:
            return GiveUp(words)
        case _:
            return Again(now if others is Others.ABLE else now + _delay(remedy, attempts))


def _delay(remedy: Remedy, attempts: int) -> float:
    match remedy:
        case Remedy.SOON if attempts <= BUSY_TRIES:
            return BUSY_DELAY
        case Remedy.SOON:
            return _nth(DELAYS, attempts - BUSY_TRIES)
        case Remedy.MUCH_LATER:
            return _nth(SLOW_DELAYS, attempts)
        case Remedy.CONGESTED:
            return _nth(CONGESTED_DELAYS, attempts)
        case _:
            return _nth(DELAYS, attempts)


def _nth(delays: tuple[float, ...], number: int) -> float:
    return delays[min(number, len(delays)) - 1]


def modem_rest(remedy: Remedy) -> float:
    """Seconds for which a modem that gave this refusal gets nothing, so that others come first."""
    return {Remedy.OTHER_MODEM: 5.0, Remedy.CONGESTED: 10.0, Remedy.SOON: 1.0}.get(remedy, 0.0)


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
