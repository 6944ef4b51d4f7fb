"""A modem without AT: keeps `ports.modem.Line` in memory, with an air that remembers what went out.

What a send meets is asked of a `Nature`, so that a test or a seeded simulation decides; `Steps` is told before and
after everything a real modem would do, so that a simulation can end the world at any of these moments.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Final, Protocol

from otppi.at.codes import words_for
from otppi.ports.modem import Identity, LineStatus, ModemState, NotHanded, Outcome, Refused, Sent, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.ports.modem import AtPrompt, LineEvents, LineSettings, Submission


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
        self._here = asyncio.Event()
        self._gone = asyncio.Event()
        self._reference = 0
        self._gone_for = 0.0
        self._later: set[asyncio.Task[None]] = set()

    @property
    def status(self) -> LineStatus:
        """See the port."""
        return self._status

    async def run(self) -> None:
        """See the port: comes up, and comes back after each time it vanished."""
        while True:
            await asyncio.sleep(self._start_up + self._gone_for)
            self._gone_for = 0.0
            self._here.set()
            self._gone.clear()
            self._tell(ModemState.READY)
            await self._gone.wait()

    async def send(self, submission: Submission, at_prompt: AtPrompt) -> Outcome:
        """See the port."""
        async with self._lock:
            if not self._here.is_set():
                return NotHanded("the line is lost")
            self._tell(ModemState.BUSY)
            outcome = await self._send(submission, at_prompt, self._nature(submission))
            if self._here.is_set():
                self._tell(ModemState.READY)
            return outcome

    def change_sim(self, identity: Identity) -> None:
        """Have another SIM from the next status on."""
        self._identity = identity

    def unplug(self, seconds: float) -> None:
        """Vanish now, for about so long."""
        self._gone_for = seconds
        self._here.clear()
        self._gone.set()
        self._tell(ModemState.ABSENT)

    async def _send(self, submission: Submission, at_prompt: AtPrompt, lot: Lot) -> Outcome:
        self._steps("before prompt")
        await asyncio.sleep(lot.prompt)
        if lot.fate is Fate.NO_PROMPT:
            return NotHanded("no prompt")
        if lot.fate is Fate.REFUSED_AT_PROMPT:
            return Refused("cms", lot.code, words_for("cms", lot.code))
        if lot.fate is Fate.VANISHES_BEFORE:
            self.unplug(lot.away)
            return NotHanded("the line is lost")
        self._steps("after prompt")
        if not await at_prompt():
            return NotHanded("taken back")
        self._steps("before text")
        return await self._answer(submission, lot)

    async def _answer(self, submission: Submission, lot: Lot) -> Outcome:
        if lot.fate not in (Fate.REFUSED, Fate.SILENT_LOST):
            self._put_on_air(submission)
        self._steps("after text")
        match lot.fate:
            case Fate.VANISHES_AFTER:
                self.unplug(lot.away)
                return Unknown("the line is lost")
            case Fate.SILENT_ON_AIR | Fate.SILENT_LOST | Fate.LATE:
                await asyncio.sleep(self._body_timeout)
                if lot.fate is Fate.LATE:
                    self._answer_later(submission.key, lot.late)
                return Unknown("no answer in time")
            case _:
                await asyncio.sleep(lot.air)
        self._steps("before result")
        if lot.fate is Fate.REFUSED:
            return Refused("cms", lot.code, words_for("cms", lot.code))
        return Sent(self._reference)

    def _put_on_air(self, submission: Submission) -> None:
        self._reference = (self._reference + 1) % 256
        entry = OnAir(self._now(), self._name, submission.tpdu, self._reference, submission.key)
        self._air.entries.append(entry)

    def _answer_later(self, key: str, seconds: float) -> None:
        async def answer(reference: int) -> None:
            await asyncio.sleep(seconds)
            self._events.late(self._name, key, reference)

        task = asyncio.create_task(answer(self._reference))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    def _tell(self, state: ModemState) -> None:
        self._status = LineStatus(state, self._identity, "fake network", 20)
        self._events.changed(self._name, self._status)
