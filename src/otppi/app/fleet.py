"""The modems as the delivery sees them: one supervised task per configured modem, who is free, and since when not.

Knows nothing of messages but who holds a modem for what. Status changes wake the delivery; they never drive it.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from otppi.domain import retry
from otppi.domain.waiting import ModemView
from otppi.ports.modem import LineStatus, ModemState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from otppi.app.alarms import Alarms
    from otppi.domain.message import Class
    from otppi.ports.clock import Clock
    from otppi.ports.modem import Line, LineEvents, LineSettings

log = logging.getLogger(__name__)

FIRST_USUAL_SECONDS: Final = 3.0
"""What a send is thought to take before one was measured (modems.md 4: 3-5 s on 2G)."""
_USUAL_WEIGHT: Final = 0.2
_WORKING: Final = frozenset({ModemState.READY, ModemState.BUSY})
_TROUBLE: Final = {
    ModemState.ABSENT: "the port is gone: check cable and power, then `otppi modem show {}`",
    ModemState.PIN_NEEDED: "the SIM wants its PIN: `otppi modem set {} --pin-stdin`",
    ModemState.QUARANTINED: "the SIM is refused by its network: check credit and contract of {}",
    ModemState.DEGRADED: "{} does not answer as it should: check power and cable",
}
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
    hold: Hold | None = None
    status: LineStatus = field(default_factory=lambda: LineStatus(ModemState.ABSENT))


class Fleet:
    """All configured, active modems. `open_line` makes a line for settings; `nudge` wakes the delivery."""

    def __init__(
        self,
        open_line: Callable[[LineSettings, LineEvents], Line],
        clock: Clock,
        alarms: Alarms,
    ) -> None:
        self._open_line = open_line
        self._clock = clock
        self._alarms = alarms
        self._seats: dict[str, _Seat] = {}
        self._turns = 0
        self._applying = asyncio.Lock()
        self.nudge: Callable[[], None] = lambda: None
        self.on_late: Callable[[str, str, int], None] = lambda _name, _key, _reference: None
        self.on_report: Callable[[str, str], None] = lambda _name, _tpdu: None
        self.on_status: Callable[[str, LineStatus], None] = lambda _name, _status: None
        """Told every status of a modem that is run, as the line said it; must not block or raise."""

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

    async def _supervise(self, name: str, line: Line) -> None:
        """Run a line for ever; one that fails is started again, a little later each time, and said."""
        for failures in range(1_000_000):
            try:
                await line.run()
            except Exception as error:  # noqa: BLE001 - one broken line must never stop the others
                log.error("modem task failed modem=%s error=%s", name, type(error).__name__)
                self._alarms.set("modem_task", name, "critical", f"the driver of {name} failed and is started again")
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
        for kind in ("modem_state", "modem_task"):
            self._alarms.clear(kind, name)

    # -- what they tell (ports.modem.LineEvents) ---------------------------------------------------------------------

    def changed(self, name: str, status: LineStatus) -> None:
        """A line's status changed."""
        seat = self._seats.get(name)
        if seat is None:
            return
        seat.status = status
        if status.state not in _WORKING:
            seat.cannot_since = seat.cannot_since or self._clock.now()
        elif seat.cannot_since is not None and not seat.ending:
            seat.cannot_since = None
            seat.rest_until = 0.0
        self._tell(name, status)
        self.on_status(name, status)
        self.nudge()

    def late(self, name: str, key: str, reference: int) -> None:
        """A late answer: handed on to the delivery."""
        self.on_late(name, key, reference)

    def report(self, name: str, tpdu: str) -> None:
        """A status report: handed on to the delivery."""
        self.on_report(name, tpdu)

    def _tell(self, name: str, status: LineStatus) -> None:
        if status.state in _WORKING:
            self._alarms.clear("modem_state", name)
            self._alarms.clear("modem_task", name)
        elif status.state in _TROUBLE:
            self._alarms.set("modem_state", name, "warning", _TROUBLE[status.state].format(name))

    # -- who is free ---------------------------------------------------------------------------------------------------

    def views(self) -> dict[str, ModemView]:
        """Every modem as the choice of the next message sees it, now."""
        now = self._clock.now()
        return {name: self._view(seat, now) for name, seat in self._seats.items()}

    def _view(self, seat: _Seat, now: float) -> ModemView:
        since = seat.cannot_since
        if since is None and seat.rest_until > now:
            since = now
        if since is None and seat.hold is not None and seat.hold.handed_at is not None:
            slow_at = seat.hold.handed_at + retry.doubt_after(seat.usual)
            since = slow_at if now >= slow_at else None
        return ModemView(free=seat.hold is None, cannot_since=since, usual=seat.usual, turn=seat.turn)

    def hold(self, name: str, account: str, klass: Class) -> Hold:
        """Take a free modem for one send; it counts as used from now."""
        seat = self._seats[name]
        self._turns += 1
        seat.turn = self._turns
        seat.hold = Hold(account, klass, self._clock.now())
        return seat.hold

    def release(self, name: str, *, answered: bool) -> None:
        """Give it back. `answered`: the send ended with an answer, so its time tells how long sends take."""
        seat = self._seats.get(name)
        if seat is None or seat.hold is None:
            return
        if answered and seat.hold.handed_at is not None:
            took = self._clock.now() - seat.hold.handed_at
            seat.usual += (took - seat.usual) * _USUAL_WEIGHT
        seat.hold = None
        self.nudge()

    def rest(self, name: str, seconds: float) -> None:
        """Give a modem nothing for a while: it just refused for a reason of its own."""
        if (seat := self._seats.get(name)) is not None:
            seat.rest_until = max(seat.rest_until, self._clock.now() + seconds)

    def next_end_of_rest(self) -> float:
        """When the next resting modem may be used again; infinity where none rests."""
        now = self._clock.now()
        return min((s.rest_until for s in self._seats.values() if s.rest_until > now), default=float("inf"))

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

    def status(self, name: str) -> LineStatus:
        """The status of a modem; DISABLED where it is not run."""
        seat = self._seats.get(name)
        if seat is None:
            return LineStatus(ModemState.DISABLED)
        slow = seat.cannot_since is None and self._view(seat, self._clock.now()).cannot_since is not None
        state = ModemState.SLOW if slow and seat.hold is not None else seat.status.state
        return replace(seat.status, state=state)

    def any_ready_within(self, names: tuple[str, ...], seconds: float) -> bool:
        """Whether one of these modems is able now or was within the last `seconds` (counted from start at most)."""
        now = self._clock.now()
        views = (self._view(self._seats[name], now) for name in names if name in self._seats)
        return any(view.cannot_since is None or now - view.cannot_since < seconds for view in views)

    @property
    def names(self) -> tuple[str, ...]:
        """The modems that are run."""
        return tuple(self._seats)
