"""A modem without AT: keeps `ports.modem.Line` in memory, with an air that remembers what went out.

What a send meets is asked of a `Nature`, so that a test or a seeded simulation decides; `Steps` is told before and
after everything a real modem would do, so that a simulation can end the world at any of these moments.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from otppi.at.codes import ErrorClass, words_for
from otppi.ports.modem import Identity, LineStatus, ModemState, NotHanded, Outcome, Refused, Sent, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from otppi.ports.modem import AtPrompt, LineEvents, LineSettings, Submission

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OnAir:
    """One segment that left a modem, as the network saw it, and the key of the submission that was it."""

    at: float
    modem: str
    tpdu: str = field(repr=False)
    reference: int
    key: str = ""


@dataclass(slots=True)
class Air:
    """The ledger: everything that ever went on the air, in order. It outlives every restart."""

    entries: list[OnAir] = field(default_factory=list)


class Fate(Enum):
    """What becomes of one send."""

    SENT = auto()
    REFUSED = auto()
    REFUSED_AT_PROMPT = auto()
    """Refused in place of the prompt: the text is never asked for."""
    WITHDRAWN = auto()
    """The prompt is taken back by an error while it is open; the text is never asked for."""
    NO_PROMPT = auto()
    SILENT_ON_AIR = auto()
    """It goes out, no answer comes."""
    SILENT_LOST = auto()
    """It does not go out, no answer comes."""
    LATE = auto()
    """It goes out, the answer comes after the time-out."""
    VANISHES_BEFORE = auto()
    """The port is gone before the text left."""
    VANISHES_AFTER = auto()
    """The port is gone after Ctrl-Z; the text went out."""


@dataclass(frozen=True, slots=True)
class Lot:
    """One send's fate and its times in seconds. `code` is the +CMS ERROR of a refusal."""

    fate: Fate = Fate.SENT
    prompt: float = 0.01
    air: float = 0.5
    code: int = 38
    away: float = 5.0
    late: float = 20.0


class Steps(Protocol):
    """Told before and after each thing that crosses the modem's port."""

    def __call__(self, step: str) -> None: ...


def no_steps(step: str) -> None:
    """Nobody watches."""


NOBODY: Final = Identity()
RESYNC_SECONDS: Final = 0.1
"""How long a modem that left a send open takes to be back in step."""
_UNKNOWN_TO: Final = frozenset({ModemState.ABSENT, ModemState.PROBING, ModemState.STARTING})
"""States in which it has not, or not to the end, said who it is."""
_LOST: Final = "the line is lost"


class FakeModem:
    """One modem. `body_timeout` is how long a send waits for an answer that does not come."""

    def __init__(
        self,
        settings: LineSettings,
        events: LineEvents,
        *,
        air: Air,
        now: Callable[[], float],
        nature: Callable[[Submission], Lot] = lambda _submission: Lot(),
        steps: Steps = no_steps,
        body_timeout: float = 150.0,
        start_up: float = 0.2,
        identity: Identity = NOBODY,
    ) -> None:
        self._name = settings.name
        self._events = events
        self._air = air
        self._now = now
        self._nature = nature
        self._steps = steps
        self._body_timeout = body_timeout
        self._start_up = start_up
        self._status = LineStatus(ModemState.ABSENT)
        self._identity = identity
        self._lock = asyncio.Lock()
        self._plugged = asyncio.Event()
        self._gone = asyncio.Event()
        self._gone.set()
        self._answered = asyncio.Event()
        self._reference = 0
        self._in_step = True
        self._gone_for = 0.0
        self._handed = ""
        """The key of the submission whose text has left and is not answered."""
        self._deserted = ""
        """The same, where nobody waits for its outcome any more."""
        self._doubt = ""
        """The key of the last one that was given up without an answer."""
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def status(self) -> LineStatus:
        """See the port."""
        return self._status

    async def run(self) -> None:
        """See the port: comes up, and comes back after each time it vanished."""
        try:
            while True:
                await _within(self._plugged, self._gone_for)
                self._gone_for = 0.0
                self._gone.clear()
                self._tell(ModemState.PROBING)
                self._tell(ModemState.STARTING)
                if not await _within(self._gone, self._start_up):
                    self._tell(ModemState.READY)
                    await self._gone.wait()
        except asyncio.CancelledError:
            self._gone.set()
            self._tell(ModemState.ABSENT)
            raise

    async def send(self, submission: Submission, at_prompt: AtPrompt) -> Outcome:
        """See the port."""
        await self._lock.acquire()
        if self._status.state is not ModemState.READY:
            self._lock.release()
            return NotHanded(_LOST if self._gone.is_set() else f"the modem is {self._status.state}")
        exchange = self._spawn(self._exchange(submission, at_prompt))
        exchange.add_done_callback(lambda _: self._lock.release())
        try:
            return await asyncio.shield(exchange)
        except asyncio.CancelledError:
            self._desert(submission.key, exchange)
            raise

    # -- the hand that plays it ----------------------------------------------------------------------------------

    def change_sim(self, identity: Identity) -> None:
        """Have another SIM from the next status on."""
        self._identity = identity

    def unplug(self, seconds: float = math.inf) -> None:
        """Vanish now, for about so long, or until `plug`."""
        self._gone_for = seconds
        self._plugged.clear()
        self._gone.set()
        self._tell(ModemState.ABSENT)

    def plug(self) -> None:
        """Be there again now."""
        self._plugged.set()

    def answer(self) -> None:
        """Give the answer that a silent fate keeps back, in time or late."""
        self._answered.set()
        if self._doubt:
            self._late(self._doubt, self._reference)

    def report(self, tpdu: str) -> None:
        """Receive a status report: its TPDU as hex, without the SMSC octets."""
        self._events.report(self._name, tpdu)

    # -- one exchange --------------------------------------------------------------------------------------------

    async def _exchange(self, submission: Submission, at_prompt: AtPrompt) -> Outcome:
        self._tell(ModemState.BUSY)
        self._answered.clear()
        self._in_step = True
        try:
            outcome = await self._send(submission, at_prompt, self._nature(submission))
        except Exception:  # out of the sender's own hook: the text was taken back
            self._leave()
            raise
        except asyncio.CancelledError:
            self._in_step = False
            self._leave()
            raise
        deserted = self._deserted == submission.key
        self._handed = self._deserted = ""
        self._leave()
        if deserted and isinstance(outcome, Sent):
            self._events.late(self._name, submission.key, outcome.reference)
        return outcome

    def _leave(self) -> None:
        """The exchange is over; one that was left open is brought back in step."""
        if self._gone.is_set():
            return
        if self._in_step:
            self._tell(ModemState.READY)
        else:
            self._tell(ModemState.RESETTING)
            self._spawn(self._resync())

    async def _resync(self) -> None:
        if not await _within(self._gone, RESYNC_SECONDS):
            self._tell(ModemState.READY)

    def _desert(self, key: str, exchange: asyncio.Task[Outcome]) -> None:
        """Nobody waits for the outcome any more: take the text back, or tell a success as late."""
        if exchange.done():
            outcome = None if exchange.cancelled() or exchange.exception() else exchange.result()
            if isinstance(outcome, Sent):
                self._events.late(self._name, key, outcome.reference)
        elif self._handed == key:
            self._deserted = key
        else:
            exchange.cancel()

    async def _send(self, submission: Submission, at_prompt: AtPrompt, lot: Lot) -> Outcome:
        self._steps("before prompt")
        submission.begun()
        if await _within(self._gone, lot.prompt):
            return NotHanded(_LOST)
        match lot.fate:
            case Fate.NO_PROMPT:
                self._in_step = False
                return NotHanded("no prompt")
            case Fate.REFUSED_AT_PROMPT:
                return _refusal(lot.code)
            case Fate.VANISHES_BEFORE:
                self.unplug(lot.away)
                return NotHanded(_LOST)
            case _:
                self._steps("after prompt")
        if not await at_prompt():
            return NotHanded("taken back")
        if self._gone.is_set():
            return NotHanded(_LOST)
        if lot.fate is Fate.WITHDRAWN:
            return _refusal(lot.code)
        self._steps("before text")
        return await self._answer(submission, lot)

    async def _answer(self, submission: Submission, lot: Lot) -> Outcome:
        self._handed = submission.key
        if lot.fate not in (Fate.REFUSED, Fate.SILENT_LOST):
            self._put_on_air(submission)
        self._steps("after text")
        match lot.fate:
            case Fate.VANISHES_AFTER:
                self.unplug(lot.away)
                return Unknown(_LOST)
            case Fate.SILENT_ON_AIR | Fate.SILENT_LOST | Fate.LATE:
                if not await self._kept_back():
                    return self._give_up(submission.key, lot)
            case _:
                if await _within(self._gone, lot.air):
                    return Unknown(_LOST)
        self._steps("before result")
        return _refusal(lot.code) if lot.fate is Fate.REFUSED else Sent(self._reference)

    async def _kept_back(self) -> bool:
        """Whether the answer came after all before the time was over or the line lost."""
        ends = [asyncio.ensure_future(event.wait()) for event in (self._answered, self._gone)]
        try:
            await asyncio.wait(ends, timeout=self._body_timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
        return self._answered.is_set() and not self._gone.is_set()

    def _give_up(self, key: str, lot: Lot) -> Unknown:
        if self._gone.is_set():
            return Unknown(_LOST)
        self._doubt, self._in_step = key, False
        if lot.fate is Fate.LATE:
            self._spawn(self._answer_later(key, lot.late))
        return Unknown("no answer in time")

    async def _answer_later(self, key: str, seconds: float) -> None:
        reference = self._reference
        if not await _within(self._gone, seconds):  # who has lost its power answers nothing any more
            self._late(key, reference)

    def _late(self, key: str, reference: int) -> None:
        self._doubt = ""
        self._events.late(self._name, key, reference)

    # -- keeping -------------------------------------------------------------------------------------------------

    def _put_on_air(self, submission: Submission) -> None:
        self._reference = (self._reference + 1) % 256
        entry = OnAir(self._now(), self._name, submission.tpdu, self._reference, submission.key)
        self._air.entries.append(entry)

    def _spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _tell(self, state: ModemState) -> None:
        identity = NOBODY if state in _UNKNOWN_TO else self._identity
        status = LineStatus(state, identity, "fake network", 20)
        if status != self._status:
            self._status = status
            self._events.changed(self._name, status)


def _refusal(code: int) -> Outcome:
    """A +CMS ERROR as the port has it: one that leaves open whether the text went out is no refusal."""
    refused = Refused("cms", code, words_for("cms", code))
    return Unknown(refused.reason) if refused.meaning is ErrorClass.MAYBE_SENT else refused


async def _within(event: asyncio.Event, seconds: float) -> bool:
    """Whether the event came within so many seconds."""
    try:
        async with asyncio.timeout(None if seconds == math.inf else seconds):
            return await event.wait()  # it may be over again by now: that it came is what counts
    except TimeoutError:
        return event.is_set()
