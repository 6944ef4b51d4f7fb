"""The alarms about a modem's state and its message store: raised at once or when it lasts, cleared after some calm.

A modem that comes and goes is one lasting alarm, not a hundred short ones. Of its state one alarm stands at a time: the
one that says what to do now.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from otppi.ports.modem import LineStatus, ModemState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.app.alarms import Alarms
    from otppi.ports.clock import Clock

WORKING: Final = frozenset({ModemState.READY, ModemState.BUSY})
CALM_SECONDS: Final = 15.0
"""For so long a modem must have worked before what was wrong with it counts as over."""
SEARCHING_SECONDS: Final = 60.0
"""A modem finds its network within some seconds, after a cold start within a minute. When none has been ready for 60 s,
a code is refused (1101), so the owner hears of it no later."""
STARTING_SECONDS: Final = 90.0
"""A modem boots in 20 s, and one that answers nothing for 60 s is told as degraded where nothing is left to be tried
(`modems.ladder`). One that is neither ready nor given up after that goes round in circles."""
STORE_HIGH: Final = 0.80
STORE_LOW: Final = 0.70
"""Shares of the places in a message store: from the first on it is noticed, below the second that is over."""


class _Phase(Enum):
    """What the state of a line means to its owner."""

    WELL = auto()
    LOST = auto()
    LOCKED = auto()
    """Only the owner can change it, so nothing is gained by waiting before he is told."""
    SEARCHING = auto()
    ON_ITS_WAY = auto()
    """To one of the others, and soon: the way back to where it was does not begin that anew."""


_PHASES: Final[Mapping[ModemState, _Phase]] = {
    ModemState.READY: _Phase.WELL,
    ModemState.BUSY: _Phase.WELL,
    ModemState.ABSENT: _Phase.LOST,
    ModemState.DEGRADED: _Phase.LOST,
    ModemState.PIN_NEEDED: _Phase.LOCKED,
    ModemState.SEARCHING: _Phase.SEARCHING,
    ModemState.PROBING: _Phase.ON_ITS_WAY,
    ModemState.STARTING: _Phase.ON_ITS_WAY,
    ModemState.RESETTING: _Phase.ON_ITS_WAY,
}


@dataclass(frozen=True, slots=True)
class _Trouble:
    """`kind` of the alarm, and the seconds after which the phase is one."""

    kind: str
    seconds: float
    remedy: str


_STATE: Final = "modem_state"
_ABSENT: Final = _Trouble(_STATE, 0.0, "the port is gone: check cable and power, then `otppi modem show {}`")
_TROUBLES: Final = {
    _Phase.LOST: _Trouble(_STATE, 0.0, "{} does not answer as it should: check power and cable"),
    _Phase.LOCKED: _Trouble(
        "modem_locked", 0.0, "the SIM is locked: its PIN by `otppi modem set {} --pin-stdin`, a PUK in a phone"
    ),
    _Phase.SEARCHING: _Trouble(
        "modem_searching",
        SEARCHING_SECONDS,
        "{0} finds no network: check its antenna and the SIM's contract, then `otppi modem show {0}`",
    ),
    _Phase.ON_ITS_WAY: _Trouble(
        "modem_starting", STARTING_SECONDS, "{} does not get ready: check that its port is one for AT commands"
    ),
}
STATE_KINDS: Final = (_STATE, "modem_locked", "modem_searching", "modem_starting")
"""The kinds of alarms about the state of a modem."""
_FULL: Final = "the message store of {} is full, it receives nothing more: delete messages from its SIM"
_FILLING: Final = "the message store of {} is nearly full: when it is, nothing more is received"


@dataclass(frozen=True, slots=True)
class _Seen:
    """The state a modem is in, its phase, and since when it is in the phases it may still come back to."""

    state: ModemState
    phase: _Phase
    since: dict[_Phase, float]


class Troubles:
    """What is wrong with each modem, told as alarms. Call `review` every few seconds."""

    def __init__(self, alarms: Alarms, clock: Clock) -> None:
        self._alarms = alarms
        self._clock = clock
        self._seen: dict[str, _Seen] = {}

    def seen(self, modem: str, status: LineStatus) -> None:
        """The status of a modem changed."""
        phase = _PHASES.get(status.state, _Phase.ON_ITS_WAY)  # no line tells the others
        before: dict[_Phase, float] = self._seen[modem].since if modem in self._seen else {}
        since: dict[_Phase, float] = dict(before) if phase is _Phase.ON_ITS_WAY else {}
        since.pop(_Phase.WELL, None)
        since[phase] = before.get(phase, self._clock.now())
        self._seen[modem] = _Seen(status.state, phase, since)
        self._review(modem, self._seen[modem])
        if status.stored is not None:
            self._watch_store(modem, *status.stored)

    def failed(self, modem: str) -> None:
        """The driver of a modem failed and is started again."""
        self._seen.pop(modem, None)
        self._alarms.set("modem_task", modem, "critical", f"the driver of {modem} failed and is started again")

    def gone(self, modem: str) -> None:
        """The modem is run no more: nothing is wrong with it."""
        self._seen.pop(modem, None)
        for kind in (*STATE_KINDS, "modem_task", "sim_storage"):
            self._alarms.clear(kind, modem)

    def review(self) -> None:
        """Raise what has lasted, and clear what has been well for long enough."""
        for modem, seen in self._seen.items():
            self._review(modem, seen)

    def _review(self, modem: str, seen: _Seen) -> None:
        lasted = self._clock.now() - seen.since[seen.phase]
        if seen.phase is _Phase.WELL:
            if lasted >= CALM_SECONDS:
                self._leave_only("", modem)
                self._alarms.clear("modem_task", modem)
            return
        trouble = _ABSENT if seen.state is ModemState.ABSENT else _TROUBLES[seen.phase]
        if lasted >= trouble.seconds:
            since = seen.since[seen.phase]
            self._alarms.set(trouble.kind, modem, "warning", trouble.remedy.format(modem), since=since)
            self._leave_only(trouble.kind, modem)

    def _leave_only(self, kind: str, modem: str) -> None:
        for other in STATE_KINDS:
            if other != kind:
                self._alarms.clear(other, modem)

    def _watch_store(self, modem: str, used: int, places: int) -> None:
        if used >= places > 0:
            self._alarms.set("sim_storage", modem, "warning", _FULL.format(modem))
        elif used >= STORE_HIGH * places > 0:
            self._alarms.set("sim_storage", modem, "notice", _FILLING.format(modem))
        elif used < STORE_LOW * places:
            self._alarms.clear("sim_storage", modem)
