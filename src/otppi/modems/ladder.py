"""The reset ladder: what happened to one modem goes in, the next rung comes out. Pure; takes no rung itself.

    1 resync   2 re-init   3 radio off and on   4 the family's restart   5 USB re-authorisation   6 USB power   7 alarm

Rules, one after the other (`docs/modem-states.md` gives them with their reasons):

- One rung at a time, each time the trouble is seen again. A sent message or ten calm minutes lead back to the ground.
- Of a silent modem: up to 2 time-outs in a row rung 1, up to 4 rung 2, then the rest.
- Rungs 3 to 6 together: at most one in ten minutes and five a day. Rungs 4 to 7: not in the first minute of a trouble.
- A modem that does not answer AT gets no rung that is a command. One that only has no network gets 3 and 4 at most.
- At the top it begins again with the highest rung that is free. Nothing ever stops trying.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Final

from otppi.at.codes import ErrorClass

if TYPE_CHECKING:
    from collections.abc import Mapping


class Rung(IntEnum):
    """What is done, mildest first."""

    RESYNC = 1
    REINIT = 2
    RADIO = 3
    RESTART = 4
    REAUTHORISE = 5
    POWER = 6
    ALARM = 7


class Trouble(StrEnum):
    """What is wrong."""

    SILENT = "silent"  # it does not answer
    FAULTY = "faulty"  # it answers, and blames itself
    ADRIFT = "adrift"  # it answers, and has no network
    GONE = "gone"  # its port is not there


COOL_DOWN: Final = 600.0
DAY: Final = 86_400.0
MOST_A_DAY: Final = 5
PATIENCE: Final = 60.0
"""Seconds for which a trouble must have lasted before anything drastic: modems take 20 s to boot."""
CALM: Final = 600.0
ADRIFT_SECONDS: Final = 180.0
RESYNCS: Final = 3
REINITS: Final = 5
SOFT_FAULTS: Final = 3
"""Refusals in a row that may be the modem's fault, and count as one that is."""
HOUR: Final = 3600.0
RESTARTS: Final = 3
WANTED: Final = 60.0
"""Seconds after a rung within which a restart of the modem is its effect."""

_ORDER: Final[Mapping[Trouble, tuple[Rung, ...]]] = {
    Trouble.SILENT: tuple(Rung),
    Trouble.FAULTY: (Rung.REINIT, Rung.RADIO, Rung.RESTART, Rung.REAUTHORISE, Rung.POWER),
    Trouble.ADRIFT: (Rung.RADIO, Rung.RESTART),
    Trouble.GONE: (Rung.POWER,),
}
_SOFT: Final = frozenset({ErrorClass.BUSY, ErrorClass.UNKNOWN})


@dataclass(frozen=True, slots=True)
class History:
    """What happened to one modem; it outlives every opening of its port. Times are seconds of one clock.

    `timeouts`: steps without an answer since all was well. `faults`: refusals that blame the modem since the last
    message it sent, and `soft` those in a row that only may. `silent_since`, `adrift_since`, `gone_since`: None while
    it is not so. `troubled_at`: the newest trouble. `climbed`: the highest rung since all was well, 0 for none.
    `resets`: times of rungs 3 to 6. `restarts`: when it restarted by itself. `starved_at`: when it told of low voltage.
    """

    timeouts: int = 0
    faults: int = 0
    soft: int = 0
    silent_since: float | None = None
    adrift_since: float | None = None
    gone_since: float | None = None
    troubled_at: float = 0.0
    climbed: int = 0
    resets: tuple[float, ...] = ()
    restarts: tuple[float, ...] = ()
    starved_at: float | None = None


# -- what happens ---------------------------------------------------------------------------------------------------


def unanswered(history: History, now: float, steps: int = 1) -> History:
    """Steps got no answer."""
    since = now if history.silent_since is None else history.silent_since
    return replace(history, timeouts=history.timeouts + steps, silent_since=since, troubled_at=now)


def answered(history: History, now: float) -> History:
    """All that was asked in one round of care was answered."""
    calm = now - history.troubled_at >= CALM and history.adrift_since is None
    return replace(history, timeouts=0, silent_since=None, climbed=0 if calm else history.climbed)


def sent(history: History) -> History:
    """It sent a message: there is no better proof."""
    return replace(history, timeouts=0, faults=0, soft=0, silent_since=None, climbed=0)


def refused(history: History, meaning: ErrorClass, now: float) -> History:
    """It refused a message. `faults` grows where that blames the modem."""
    soft = history.soft + 1 if meaning in _SOFT else 0
    if meaning is ErrorClass.MODEM or soft >= SOFT_FAULTS:
        return replace(history, faults=history.faults + 1, soft=0, troubled_at=now)
    return replace(history, soft=soft)


def placed(history: History, now: float, *, may_send: bool) -> History:
    """Where it stands with the network."""
    if may_send:
        return replace(history, adrift_since=None)
    return history if history.adrift_since is not None else replace(history, adrift_since=now, troubled_at=now)


def vanished(history: History, now: float) -> History:
    """Its port is not there."""
    return history if history.gone_since is not None else replace(history, gone_since=now)


def opened(history: History) -> History:
    """Its port is open."""
    return replace(history, gone_since=None)


def restarted(history: History, now: float) -> History:
    """It told that it has restarted; counted where nobody wanted that."""
    if history.resets and now - history.resets[-1] < WANTED:
        return history
    return replace(history, restarts=(*_within(history.restarts, now, HOUR), now), troubled_at=now)


def starved(history: History, now: float) -> History:
    """It told that its voltage is low."""
    return replace(history, starved_at=now)


def took(history: History, rung: Rung, now: float) -> History:
    """A rung is taken, whether or not it will help."""
    resets = (*_within(history.resets, now, DAY), now) if Rung.RADIO <= rung <= Rung.POWER else history.resets
    return replace(history, climbed=max(history.climbed, rung), resets=resets)


# -- what to do -----------------------------------------------------------------------------------------------------


def means(*, line: bool, speaks: bool, restart: bool, reset: bool, power: bool) -> frozenset[Rung]:
    """The rungs that can be taken. `line`: the port is open; `speaks`: the modem answers AT on it; `restart`: its
    family has a command for that; `reset`, `power`: its USB device may be re-authorised, its socket switched."""
    able = {
        Rung.RESYNC: line,
        Rung.REINIT: True,
        Rung.RADIO: line and speaks,
        Rung.RESTART: line and speaks and restart,
        Rung.REAUTHORISE: reset,
        Rung.POWER: power,
        Rung.ALARM: True,
    }
    return frozenset(rung for rung, can in able.items() if can)


def next_rung(history: History, trouble: Trouble, able: frozenset[Rung], now: float) -> Rung | None:
    """The rung to take now, None where there is nothing to do but wait."""
    if trouble is Trouble.ADRIFT and not _long_adrift(history, now):
        return None
    ripe = [rung for rung in _ORDER[trouble] if rung in able and _ripe(history, trouble, rung, now)]
    if (above := next((rung for rung in ripe if rung > history.climbed), None)) is not None:
        return above
    if free := [rung for rung in ripe if Rung.RADIO <= rung <= Rung.POWER]:
        return free[-1]
    if trouble is not Trouble.SILENT:
        return None
    return Rung.ALARM if history.climbed >= Rung.ALARM else max(ripe, default=Rung.REINIT)


def advice(history: History, now: float) -> str:
    """What the owner should look after, as a sentence; empty where there is nothing."""
    if history.starved_at is not None and now - history.starved_at < HOUR:
        return "The modem reports wrong voltage: check its power supply."
    count = len(_within(history.restarts, now, HOUR))
    if count < RESTARTS:
        return ""
    return f"The modem restarted by itself {count} times within an hour: check its power supply."


def _ripe(history: History, trouble: Trouble, rung: Rung, now: float) -> bool:
    if trouble is Trouble.SILENT and rung > _ceiling(history.timeouts):
        return False
    if rung >= Rung.RESTART and trouble in (Trouble.SILENT, Trouble.GONE) and not _lasted(history, trouble, now):
        return False
    return not Rung.RADIO <= rung <= Rung.POWER or _free(history, now)


def _lasted(history: History, trouble: Trouble, now: float) -> bool:
    since = history.silent_since if trouble is Trouble.SILENT else history.gone_since
    return since is not None and now - since >= PATIENCE


def _ceiling(timeouts: int) -> Rung:
    if timeouts < RESYNCS:
        return Rung.RESYNC
    return Rung.REINIT if timeouts < REINITS else Rung.ALARM


def _long_adrift(history: History, now: float) -> bool:
    if history.adrift_since is None:
        return False
    return now - max((history.adrift_since, *history.resets[-1:])) >= ADRIFT_SECONDS


def _free(history: History, now: float) -> bool:
    """Whether the cool-downs allow a rung that disturbs."""
    day = _within(history.resets, now, DAY)
    return len(day) < MOST_A_DAY and not _within(day, now, COOL_DOWN)


def _within(times: tuple[float, ...], now: float, seconds: float) -> tuple[float, ...]:
    return tuple(time for time in times if now - time < seconds)
