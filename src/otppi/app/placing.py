"""Where a message waits: the room, the agenda of its moments, and in words what it waits for.

Knows nothing of sending; the delivery asks it who goes next and when to look again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from otppi.app import verdicts
from otppi.app.agenda import Agenda
from otppi.domain import retry
from otppi.domain.durations import rough
from otppi.domain.message import Class, Message, Policy, State
from otppi.domain.moments import utc
from otppi.domain.waiting import Pair, Waiting, WaitingRoom

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from otppi.app.alarms import Alarms
    from otppi.app.book import Book
    from otppi.app.fleet import Fleet
    from otppi.app.verdicts import Attempt
    from otppi.domain.routing import Route, RouteTable
    from otppi.domain.settings import Settings
    from otppi.domain.waiting import ModemView
    from otppi.ports.clock import Clock


KEEP_REST_SECONDS: Final = 15.0
TOLD_MODEMS: Final = 4
"""Of so many modems a sentence says why they cannot take a message."""


@dataclass(frozen=True, slots=True)
class Due:
    """A moment of a message. `attempt` is its segment's count of attempts when it was noted (`sight` only)."""

    what: Literal["sight", "doubt", "end"]
    message_id: str
    part: int = 0
    modem: str = ""
    attempt: int = 0


class Placing:
    """All that waits, and when something is due. Every method is synchronous and quick."""

    def __init__(
        self,
        *,
        book: Book,
        fleet: Fleet,
        clock: Clock,
        alarms: Alarms,
        settings: Callable[[], Settings],
        routes: Callable[[], RouteTable],
    ) -> None:
        self._book = book
        self._fleet = fleet
        self._clock = clock
        self._alarms = alarms
        self._settings = settings
        self._routes = routes
        self._room = WaitingRoom(_patience(settings()))
        self._agenda: Agenda[Due] = Agenda()
        self._order = 0
        self._places: dict[str, int] = {}
        self.claimed: dict[str, str] = {}
        """Messages a modem has taken (edge b) and not yet handed or given back, with that modem."""
        self.over: dict[str, str] = {}
        """Codes that have ended while a message of theirs is still open, and why: nothing of them is sent any more."""

    def place(self, message: Message, *, not_before: float = 0.0) -> None:
        """Put a message where it belongs now: into the room, onto the agenda, or nowhere. It waits until `not_before`
        and until its own time."""
        ends = self.ends(message)
        if next_part(message) is None:
            self._room.remove(message.id)
        elif message.id not in self.claimed:
            moment = max(not_before, message.not_before)
            self._room.add(self._entry(message, moment, _carrier_before(message)), self._clock.now())
            self._agenda.note(ends, Due("end", message.id))
        for part in _in_doubt(message):
            moment = verdicts.gives_up_at(message, part, self._life_ends(message), self._settings().hold_for)
            self._agenda.note(moment, Due("doubt", message.id, part))
        if message.policy is Policy.HOLD and _in_doubt(message):
            self._alarms.set("in_doubt", message.id, "warning", "decide with `otppi message resolve`")
        else:
            self._alarms.clear("in_doubt", message.id)
        if not message.needs_text:
            self._places.pop(message.id, None)
            self.forget_over(message.verification)
            return
        self._fleet.nudge()

    def keep(self, message_id: str) -> None:
        """No message is ever without a place: one that waits, and that nobody has placed because something broke, gets
        its place back after a rest, so that what breaks each time does not spin."""
        message = self._book.get(message_id)
        if message is not None and next_part(message) is not None and message_id not in self._room:
            self.place(message, not_before=self._clock.now() + KEEP_REST_SECONDS)

    def _entry(self, message: Message, not_before: float, affinity: str) -> Waiting:
        part = next_part(message) or 1
        if message.id not in self._places:
            self._order += 1
            self._places[message.id] = self._order
        return Waiting(
            message_id=message.id,
            klass=message.klass,
            account=message.account,
            deadline=self.ends(message),
            order=self._places[message.id],
            route=self.route(message),
            barred=message.segments[part - 1].barred,
            affinity=affinity,
            not_before=not_before,
        )

    def route(self, message: Message) -> Route:
        """The route of a message by today's table."""
        table = self._routes()
        return table.pinned(message.pinned) if message.pinned else table.route(message.receiver)

    def take(self, views: Mapping[str, ModemView]) -> Pair | None:
        """The next pair to bring together, or None; `views` are the fleet's of this moment."""
        self._room.wake(self._clock.now())
        idle = self._fleet.idle()
        return self._room.take(self._clock.now(), views, self._fleet.holding(), idle) if idle else None

    def note(self, moment: float, due: Due) -> None:
        """Look at this again at `moment`."""
        self._agenda.note(moment, due)

    def due(self) -> Iterator[Due]:
        """Everything whose moment has come."""
        return self._agenda.due(self._clock.now())

    def next_moment(self, views: Mapping[str, ModemView]) -> float:
        """When to look again if nothing else happens; `views` are the fleet's of this moment."""
        room = self._room.next_moment(self._clock.now(), views)
        return min(self._agenda.next_moment, room, self._fleet.next_end_of_rest())

    def reroute(self) -> None:
        """Routes, patience or the block list changed: place everything that waits anew."""
        self._room.patience = _patience(self._settings())
        now = self._clock.now()
        for waiting in self._room:
            message = self._book.get(waiting.message_id)
            if message is not None:
                self._room.add(self._entry(message, waiting.not_before, waiting.affinity), now)
        self._fleet.nudge()

    def others(self, message: Message, attempt: Attempt) -> retry.Others:
        """Whether a modem that has not refused this segment is left, and can take it now."""
        barred = {*message.segments[attempt.part - 1].barred, attempt.modem}
        views = self._fleet.views()
        names = self.route(message).without(barred).modems
        if any(name in views and views[name].cannot_since is None for name in names):
            return retry.Others.ABLE
        return retry.Others.AWAY if names else retry.Others.NONE

    def ends(self, message: Message) -> float:
        """When it must not go out any more: at once where its code has ended."""
        return 0.0 if message.verification in self.over else self._life_ends(message)

    def forget_over(self, verification_id: str) -> None:
        """No longer remember that a code has ended, where no message of it is open any more."""
        if verification_id in self.over and not self._book.of(verification_id):
            del self.over[verification_id]

    def _life_ends(self, message: Message) -> float:
        return verdicts.ends_at(message, self._settings().message_max_life)

    def depth(self, modem: str) -> int:
        """How many messages wait for this modem first."""
        return self._room.depth(modem)

    def expected_in(self, message: Message) -> float:
        """Seconds until it is likely on the air: an estimate from the backlog and the modems' usual times."""
        waiting = self._room.find(message.id)
        if waiting is None:
            return 0.0
        now, views = self._clock.now(), self._fleet.views()
        if message.not_before > now:
            return round(message.not_before - now, 1)
        able = self._room.in_turn(waiting, now, views)
        if not able:
            return max(0.0, round(min(message.deadline, self._able_at(waiting, views)) - now, 1))
        ahead = self._room.ahead(message.id, min(able, key=self._room.depth))
        usual = sum(views[name].usual for name in able) / len(able)
        return round(usual * (len(message.segments) + ahead / len(able)), 1)

    def _able_at(self, waiting: Waiting, views: Mapping[str, ModemView]) -> float:
        """When a modem is likely to be able and asked; infinity where nobody can tell."""
        if any(name in views and views[name].cannot_since is None for name in waiting.route.modems):
            return self._room.others_asked_at(waiting, self._clock.now(), views)
        return min(map(self._fleet.able_at, waiting.route.modems), default=math.inf)

    def why_waiting(self, message_id: str) -> str:
        """In one sentence what a message waits for; empty where it does not wait."""
        waiting = self._room.find(message_id)
        return "" if waiting is None else self._why(waiting)

    def _why(self, waiting: Waiting) -> str:
        now = self._clock.now()
        message = self._book.get(waiting.message_id)
        if message is not None and message.not_before > now:
            return f"waits for its time: {utc(self._clock.wall() + message.not_before - now)}"
        if waiting.not_before > now:
            return f"waits {waiting.not_before - now:.0f} s before the next try"
        views = self._fleet.views()
        able = self._room.in_turn(waiting, now, views)
        if not able:
            return self._why_nobody(waiting, views, now)
        modem = min(able, key=lambda name: self._room.ahead(waiting.message_id, name))
        ahead = self._room.ahead(waiting.message_id, modem)
        seconds = (ahead + 1) * views[modem].usual
        busy = "free" if views[modem].free else self._fleet.why_not(modem) or "busy"
        return f"waits for modem {modem}, {busy}, {ahead} before it, about {seconds:.0f} s"

    def _why_nobody(self, waiting: Waiting, views: Mapping[str, ModemView], now: float) -> str:
        if not waiting.route.tiers:
            return "has no route"
        if not any(name in views and views[name].cannot_since is None for name in waiting.route.modems):
            return f"waits for a modem: none on its route can take it now ({self._why_not(waiting.route.modems)})"
        left = self._room.others_asked_at(waiting, now, views) - now
        others = "no other is asked" if left == math.inf else f"others are asked in {rough(left)}"
        return f"waits for a modem of its own: {self._why_not(waiting.route.tiers[0].modems)}; {others}"

    def _why_not(self, names: tuple[str, ...]) -> str:
        """Why each of these modems cannot take it; the first few of many."""
        told = [f"{name} {self._fleet.why_not(name) or 'is busy'}" for name in names[:TOLD_MODEMS]]
        more = len(names) - TOLD_MODEMS
        return ", ".join([*told, f"and {more} more"] if more > 0 else told)


def next_part(message: Message) -> int | None:
    """The first segment that waits, counted from 1."""
    return next((n for n, segment in enumerate(message.segments, 1) if segment.state is State.QUEUED), None)


def _in_doubt(message: Message) -> tuple[int, ...]:
    return tuple(n for n, segment in enumerate(message.segments, 1) if segment.state is State.IN_DOUBT)


def _carrier_before(message: Message) -> str:
    """The modem that sent, or may have sent, an earlier segment: the receiver's phone joins segments of one sender
    only."""
    carried = ((s.state, s.modem) for s in message.segments if s.state in _CARRIED)
    return min(carried, key=lambda item: _CARRIED.index(item[0]), default=(State.QUEUED, ""))[1]


_CARRIED: Final = (State.SENT, State.DELIVERED, State.UNDELIVERED, State.HANDED, State.IN_DOUBT)


def _patience(settings: Settings) -> dict[Class, float]:
    return {
        Class.OTP: settings.patience_otp,
        Class.NORMAL: settings.patience_normal,
        Class.BULK: settings.patience_bulk,
    }
