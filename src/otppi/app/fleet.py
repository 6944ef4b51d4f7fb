"""The modems as the delivery sees them: one supervised task per configured modem, who is free, and since when not.

Knows nothing of messages but who holds a modem for what. Status changes wake the delivery; they never drive it. What
keeps a ready modem from being used is `Fitness`; what is wrong with one is told by `Troubles`.
"""

from __future__ import annotations

import asyncio
import logging
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from otppi.app.feed import ModemChanged
from otppi.app.glance import Glance
from otppi.app.troubles import WORKING, Troubles
from otppi.domain import retry
from otppi.domain.durations import rough
from otppi.domain.waiting import ModemView
from otppi.ports.modem import LineStatus, ModemState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from otppi.app.alarms import Alarms
    from otppi.app.fitness import Fitness
    from otppi.app.verdicts import Signs
    from otppi.domain.message import Class
    from otppi.ports.clock import Clock
    from otppi.ports.modem import Line, LineEvents, LineSettings

log = logging.getLogger(__name__)

FIRST_USUAL_SECONDS: Final = 3.0
"""What a send is thought to take before one was measured (modems.md 4: 3-5 s on 2G)."""
_USUAL_WEIGHT: Final = 0.2
_ONLY_SENDING: Final = frozenset({ModemState.READY, ModemState.BUSY})
_REGISTERED: Final = WORKING | {ModemState.SEARCHING}
"""States in which a quarantine is what matters: a network that blocks a SIM may refuse it registration too."""
_RESTART_SECONDS: Final = (1.0, 2.0, 5.0, 15.0, 60.0)


@dataclass(slots=True)
class Hold:
    """Who has a modem now. `handed_at` is gateway seconds, None until the text was handed."""

    account: str
    klass: Class
    since: float
    handed_at: float | None = None


@dataclass(slots=True)
class _Seat:
    line: Line
    settings: LineSettings
    task: asyncio.Task[None]
    cannot_since: float | None
    usual: float = FIRST_USUAL_SECONDS
    turn: int = 0
    rest_until: float = 0.0
    ending: bool = False
    was_gone: bool = False
    shown: ModemState = ModemState.DISABLED
    hold: Hold | None = None
    status: LineStatus = field(default_factory=lambda: LineStatus(ModemState.ABSENT))


class Fleet:
    """All configured, active modems. `open_line` makes a line for settings; `nudge` wakes the delivery."""

    def __init__(
        self,
        open_line: Callable[[LineSettings, LineEvents], Line],
        clock: Clock,
        alarms: Alarms,
        fitness: Fitness,
    ) -> None:
        self._open_line = open_line
        self._clock = clock
        self.fitness = fitness
        self.troubles = Troubles(alarms, clock)
        self._seats: dict[str, _Seat] = {}
        self._turns = 0
        self._applying = asyncio.Lock()
        self.nudge: Callable[[], None] = lambda: None
        self.on_late: Callable[[str, str, int], None] = lambda _name, _key, _reference: None
        self.on_report: Callable[[str, str], None] = lambda _name, _tpdu: None
        self.on_status: Callable[[str, LineStatus], None] = lambda _name, _status: None
        """Told every status of a modem that is run, as the line said it; must not block or raise."""
        self.on_change: Callable[[ModemChanged], None] = lambda _change: None

    # -- which modems there are ------------------------------------------------------------------------------------

    async def apply(self, wanted: Mapping[str, LineSettings]) -> None:
        """Run exactly these modems: start new ones, end those that went, restart those whose settings changed.

        A modem that goes while a send is in flight finishes it first, at most 30 s.
        """
        async with self._applying:
            gone = [n for n, seat in self._seats.items() if wanted.get(n) != seat.settings]
            await asyncio.gather(*(self._end(name) for name in gone))
            for name, settings in wanted.items():
                if name not in self._seats:
                    self._start(settings)
        self.nudge()

    async def close(self) -> None:
        """End every line."""
        async with self._applying:
            await asyncio.gather(*(self._end(name, patience=0.0) for name in list(self._seats)))

    def _start(self, settings: LineSettings) -> None:
        line = self._open_line(settings, self)
        task = asyncio.create_task(self._supervise(settings.name, line), name=f"modem {settings.name}")
        self._seats[settings.name] = _Seat(line, settings, task, cannot_since=self._clock.now())
        self.fitness.meet(settings.name, line.status.identity)
        self.look(settings.name)

    async def _supervise(self, name: str, line: Line) -> None:
        """Run a line for ever; one that fails is started again, a little later each time, and said."""
        for failures in range(1_000_000):
            try:
                await line.run()
            except Exception as error:  # noqa: BLE001 - one broken line must never stop the others
                log.error("modem task failed modem=%s error=%s", name, type(error).__name__)
                self.troubles.failed(name)
            await asyncio.sleep(_RESTART_SECONDS[min(failures, len(_RESTART_SECONDS) - 1)])

    async def _end(self, name: str, patience: float = 30.0) -> None:
        seat = self._seats[name]
        seat.cannot_since = seat.cannot_since or self._clock.now()
        seat.ending = True
        waited = 0.0
        while seat.hold is not None and waited < patience:
            await asyncio.sleep(0.05)
            waited += 0.05
        del self._seats[name]
        seat.task.cancel()
        await asyncio.wait({seat.task})
        self.troubles.gone(name)
        self.fitness.leave(name)
        self._show(name, seat.shown, LineStatus(ModemState.DISABLED))

    # -- what they tell (ports.modem.LineEvents) ---------------------------------------------------------------------

    def changed(self, name: str, status: LineStatus) -> None:
        """A line's status changed."""
        seat = self._seats.get(name)
        if seat is None:
            return
        before, seat.status = seat.status.state, status
        self.fitness.meet(name, status.identity)
        if status.state not in WORKING:
            seat.cannot_since = seat.cannot_since or self._clock.now()
            seat.was_gone = seat.was_gone or status.state is ModemState.ABSENT
        elif seat.cannot_since is not None and not seat.ending:
            self._can_again(name, seat)
            if status.state is ModemState.READY:  # one that is still busy has only opened its prompt late
                self.fitness.answered(name)
        self.troubles.seen(name, status)
        self.look(name)
        self.on_status(name, status)
        if seat.hold is None or not {before, status.state} <= _ONLY_SENDING:
            self.nudge()  # between its two states of sending a modem that is held is no news for anybody else

    def _can_again(self, name: str, seat: _Seat) -> None:
        seat.cannot_since = None
        seat.rest_until = 0.0
        if seat.was_gone:
            seat.was_gone = False
            self.fitness.back(name)

    def late(self, name: str, key: str, reference: int) -> None:
        """A late answer: handed on to the delivery."""
        self.on_late(name, key, reference)

    def report(self, name: str, tpdu: str) -> None:
        """A status report: handed on to the delivery."""
        self.on_report(name, tpdu)

    def learn(self, name: str, signs: Signs, receiver: str) -> None:
        """An attempt through this modem has ended, and says so much of modem and SIM."""
        self.fitness.learn(name, signs, receiver)
        self.look(name)

    def look(self, name: str) -> None:
        """See whether the modem has come to another state, by itself or by the time that has passed, and tell it."""
        seat = self._seats.get(name)
        if seat is not None:
            status = self.status(name)
            old, seat.shown = seat.shown, status.state
            self._show(name, old, status)

    def _show(self, name: str, old: ModemState, status: LineStatus) -> None:
        if status.state is old:
            return
        level = logging.DEBUG if {old, status.state} == _ONLY_SENDING else logging.INFO
        log.log(level, "modem state modem=%s old=%s new=%s why=%s", name, old, status.state, status.reason)
        self.on_change(ModemChanged(name, old, status.state, status.reason, self._clock.now()))

    # -- who is free ---------------------------------------------------------------------------------------------------

    def views(self) -> Glance:
        """Every modem as the choice of the next message sees it, now."""
        now = self._clock.now()
        return Glance(self._seats.keys(), lambda name: self._view(self._seats[name], now))

    def idle(self) -> list[str]:
        """The modems that are not held, able or not: none else can be given a message."""
        return [name for name, seat in self._seats.items() if seat.hold is None]

    def _view(self, seat: _Seat, now: float) -> ModemView:
        since = self._unable_since(seat, now)
        usual = max(seat.usual, self.fitness.pace(seat.settings.name))
        hindrance = self.fitness.hindrance(seat.settings.name)
        if hindrance is None:
            return ModemView(seat.hold is None, since, usual, seat.turn)
        if hindrance.kind == "pace":
            return ModemView(free=False, cannot_since=since, usual=usual, turn=seat.turn)
        unfit = hindrance.since if since is None else min(since, hindrance.since)
        trial = since is None and hindrance.kind == "trial"
        code_trial = since is None and hindrance.code_at <= now
        return ModemView(seat.hold is None, unfit, usual, seat.turn, trial, code_trial)

    def _unable_since(self, seat: _Seat, now: float) -> float | None:
        """Since when the line itself cannot take a message: its state, a short rest, a send without answer."""
        if seat.cannot_since is not None:
            return seat.cannot_since
        if seat.rest_until > now:
            return now
        if seat.hold is None:
            return None
        slow_at = self._slow_at(seat)
        return slow_at if now >= slow_at else None

    def _slow_at(self, seat: _Seat) -> float:
        if seat.hold is None or seat.hold.handed_at is None:
            return math.inf
        return seat.hold.handed_at + retry.doubt_after(seat.usual)

    def hold(self, name: str, account: str, klass: Class) -> Hold:
        """Take a free modem for one send; it counts as used from now."""
        seat = self._seats[name]
        self._turns += 1
        seat.turn = self._turns
        seat.hold = Hold(account, klass, self._clock.now())
        return seat.hold

    def release(self, name: str, hold: Hold, *, answered: bool) -> None:
        """Give it back; nothing happens where this hold has ended already. `answered`: the send ended with an answer,
        so its time tells how long sends take."""
        seat = self._seats.get(name)
        if seat is None or seat.hold is not hold:
            return
        if answered and hold.handed_at is not None:
            took = self._clock.now() - hold.handed_at
            seat.usual += (took - seat.usual) * _USUAL_WEIGHT
        seat.hold = None
        self.look(name)
        self.nudge()

    def rest(self, name: str, seconds: float) -> None:
        """Give a modem nothing for a while: it just refused for a reason of its own."""
        if (seat := self._seats.get(name)) is not None:
            seat.rest_until = max(seat.rest_until, self._clock.now() + seconds)

    def next_end_of_rest(self) -> float:
        """When the next resting modem may be used again; infinity where none rests."""
        now = self._clock.now()
        rests = min((s.rest_until for s in self._seats.values() if s.rest_until > now), default=math.inf)
        return min(rests, self.fitness.next_moment())

    def holding(self) -> dict[str, int]:
        """How many modems the otp of each account holds."""
        counts: dict[str, int] = {}
        for seat in self._seats.values():
            if seat.hold is not None and seat.hold.klass == "otp":
                counts[seat.hold.account] = counts.get(seat.hold.account, 0) + 1
        return counts

    def line(self, name: str) -> Line | None:
        """The line of a modem, None where it is not run."""
        seat = self._seats.get(name)
        return None if seat is None else seat.line

    def usual(self, name: str) -> float:
        """The seconds a send of this modem usually takes."""
        seat = self._seats.get(name)
        return FIRST_USUAL_SECONDS if seat is None else seat.usual

    def is_gone(self, name: str) -> bool:
        """Whether the line of this modem is lost."""
        seat = self._seats.get(name)
        return seat is None or seat.status.state is ModemState.ABSENT

    def status(self, name: str) -> LineStatus:
        """The status of a modem; DISABLED where it is not run."""
        seat = self._seats.get(name)
        if seat is None:
            return LineStatus(ModemState.DISABLED)
        hindrance = self.fitness.hindrance(name)
        if hindrance is not None and hindrance.kind == "quarantine" and seat.status.state in _REGISTERED:
            return replace(seat.status, state=ModemState.QUARANTINED, reason="The network blocks this SIM.")
        if seat.cannot_since is None and self._clock.now() >= self._slow_at(seat):
            return replace(seat.status, state=ModemState.SLOW, reason="A send has been without answer for long.")
        return seat.status

    def why_not(self, name: str) -> str:
        """Why a modem cannot take a message now, as words that go after its name; empty where it can."""
        status, now = self.status(name), self._clock.now()
        hindrance = self.fitness.hindrance(name)
        if status.state not in WORKING:
            return f"is {status.state.value}"
        if hindrance is not None:
            return hindrance.words
        seat = self._seats[name]
        if seat.ending:
            return "is to be closed"
        return f"rests {rough(seat.rest_until - now)}" if seat.rest_until > now else ""

    def able_at(self, name: str) -> float:
        """When this modem can take a message again by itself; infinity where nobody can tell."""
        seat, now = self._seats.get(name), self._clock.now()
        if seat is None or seat.cannot_since is not None or now >= self._slow_at(seat):
            return math.inf
        hindrance = self.fitness.hindrance(name)
        return max(now, seat.rest_until, now if hindrance is None else hindrance.until)

    def any_ready_within(self, names: tuple[str, ...], seconds: float) -> bool:
        """Whether one of these modems is able now, may be tried now, or was able within the last `seconds` (counted
        from start at most)."""
        now = self._clock.now()
        seats = [self._seats[name] for name in names if name in self._seats]
        for seat in seats:  # one that is simply ready is the common case, and every code asks
            if self._unable_since(seat, now) is None and self.fitness.hindrance(seat.settings.name) is None:
                return True
        views = (self._view(seat, now) for seat in seats)
        return any(
            view.cannot_since is None or view.trial or view.code_trial or now - view.cannot_since < seconds
            for view in views
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The modems that are run."""
        return tuple(self._seats)
