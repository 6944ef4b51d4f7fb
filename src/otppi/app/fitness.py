"""Whether a modem and the SIM in it are fit to be given a message: breakers, limits, quarantine.

Faults of a modem stay with the modem; what a SIM did follows the SIM, whichever modem it is in. The rules are pure
(`domain.breaker`, `domain.limits`, `domain.quarantine`); this file knows who is meant and remembers. It knows no line,
and of messages only what became of them.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal

from otppi.domain.breaker import MODEM_FAULTS, SIM_FAULTS, STRANGE_IN_A_ROW, Breaker, Sign
from otppi.domain.durations import rough
from otppi.domain.limits import SECONDS, Limits, Use
from otppi.domain.quarantine import Suspicion
from otppi.domain.sim import sim_name
from otppi.ports.store import Quarantine, SimUse, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.app.alarms import Alarms
    from otppi.app.verdicts import Signs
    from otppi.ports.clock import Clock
    from otppi.ports.modem import Identity
    from otppi.ports.store import Sims
    from otppi.ports.vault import Vault

log = logging.getLogger(__name__)

WRITTEN_AHEAD_SECONDS: Final = 5.0
"""A use is written down before its text leaves, at most so long before (the commit of edge c)."""

_A: Final = {"minute": "a minute", "hour": "an hour", "day": "a day"}

Kind = Literal["quarantine", "rest", "limit", "trial", "pace"]


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why a modem that is ready is not simply given the next message. `words` go after its name in a sentence.

    `pace`: it is busy for a moment; `trial`: one message may try it; else it cannot take a message from `since` until
    `until`, gateway seconds, infinity where only the owner can change it. From `code_at` on a code may try it that no
    other modem can send."""

    kind: Kind
    since: float
    until: float
    words: str
    code_at: float = math.inf


@dataclass(slots=True)
class _Sim:
    name: str = field(repr=False)
    use: Use = field(default_factory=Use)
    spread: float = 0.0
    breaker: Breaker = field(default_factory=lambda: Breaker(SIM_FAULTS, forgives=True))
    suspicion: Suspicion = field(default_factory=Suspicion)
    quarantine: Quarantine | None = None


@dataclass(slots=True)
class _Modem:
    sim: _Sim
    iccid: str = field(default="", repr=False)
    imsi: str = field(default="", repr=False)
    breaker: Breaker = field(default_factory=lambda: Breaker(MODEM_FAULTS))
    strange: int = 0

    @property
    def tripped(self) -> bool:
        """Whether the modem or its SIM failed too often and has not sent since."""
        return self.breaker.opened is not None or self.sim.breaker.opened is not None

    @property
    def rests_until(self) -> tuple[float, float]:
        """Until when the modem itself rests, and its SIM."""
        return self.breaker.rest_until, self.sim.breaker.rest_until

    def sign(self, sign: Sign) -> Sign:
        """Unknown errors are the network's, until some came without a success between: then they are the modem's."""
        if sign is Sign.GOOD:
            self.strange = 0
        self.strange += sign is Sign.STRANGE
        return Sign.FAULT if sign is Sign.STRANGE and self.strange >= STRANGE_IN_A_ROW else sign


class Fitness:
    """Call `load` before the first modem is run. `limits` are what the owner set for the SIM in a modem."""

    def __init__(
        self, *, clock: Clock, alarms: Alarms, store: Sims, vault: Vault, limits: Callable[[str], Limits]
    ) -> None:
        self._clock = clock
        self._alarms = alarms
        self._store = store
        self._vault = vault
        self._limits = limits
        self._modems: dict[str, _Modem] = {}
        self._sims: dict[str, _Sim] = {}
        self._unwritten: list[Quarantine] = []

    async def load(self) -> None:
        """Take over what earlier runs remember. What is known by the minute counts as late as it may have been."""
        since = self._clock.now() - SECONDS["day"] - WRITTEN_AHEAD_SECONDS
        for used in await self._store.uses(since=since):
            sim = self._sim(used.sim)
            for _ in range(used.uses):
                self._note(sim, used.last + WRITTEN_AHEAD_SECONDS)
        await self.reload()

    async def reload(self) -> None:
        """Read again who is in quarantine: the owner may have ended one. Its SIM starts with a clean slate."""
        kept = {each.sim: each for each in (*await self._store.quarantines(), *self._unwritten)}
        for name in kept:
            self._sim(name)
        for sim in self._sims.values():
            if sim.quarantine is not None and sim.name not in kept:
                sim.suspicion, sim.breaker = Suspicion(), Breaker(SIM_FAULTS, forgives=True)
            sim.quarantine = kept.get(sim.name)
        for modem in self._modems:
            self._tell(modem)

    # -- who is where ------------------------------------------------------------------------------------------------

    def meet(self, modem: str, identity: Identity) -> None:
        """This is what the modem says it is, and which SIM is in it. While it says nothing of a SIM, it is taken to
        have the one it had."""
        known = self._modems.get(modem)
        if known is None:
            known = self._modems[modem] = _Modem(self._sim(sim_name(modem, "", "")))
        if (identity.iccid, identity.imsi) in (("", ""), ("", known.imsi), (known.iccid, known.imsi)):
            return
        known.iccid, known.imsi = identity.iccid, identity.imsi
        known.sim = self._sim(sim_name(modem, known.iccid, known.imsi))
        self._tell(modem)

    def back(self, modem: str) -> None:
        """The line of this modem was gone and is ready again."""
        known = self._modems[modem]
        known.breaker = known.breaker.back(self._clock.now())

    def answered(self, modem: str) -> None:
        """The modem was out of step and answers again."""
        known = self._modems[modem]
        known.breaker = known.breaker.answered()

    def leave(self, modem: str) -> None:
        """The modem is run no more."""
        if self._modems.pop(modem, None) is not None:
            for kind in ("modem_resting", "sim_resting", "sim_quarantined"):
                self._alarms.clear(kind, modem)

    def _sim(self, name: str) -> _Sim:
        return self._sims.setdefault(name, _Sim(name))

    # -- what it comes to --------------------------------------------------------------------------------------------

    def hindrance(self, modem: str) -> Hindrance | None:
        """What keeps this modem from being given messages like any other now; None for nothing."""
        known = self._modems.get(modem)
        if known is None:
            return None
        sim, limits = known.sim, self._limits(modem)
        if sim.quarantine is not None:
            return Hindrance("quarantine", sim.quarantine.since, math.inf, "has a SIM in quarantine")
        if not limits and not known.tripped:
            return None  # as most are, and this is asked for every modem at every choice
        now = self._clock.now()
        opened = [each for each in (known.breaker, sim.breaker) if each.opened is not None]
        if any(each.rests(now) for each in opened):
            return replace(_resting(opened, now), code_at=self._code_at(known, limits, now))
        return self._held_back(sim, limits, opened, now)

    def _code_at(self, known: _Modem, limits: Limits, now: float) -> float:
        """From when on a code may try a modem that rests; its SIM has to be fit."""
        leave = known.sim.use.leave(limits, now, known.sim.spread)
        if known.sim.breaker.rests(now) or (leave is not None and leave.span is not None):
            return math.inf
        return max(known.breaker.code_at(), 0.0 if leave is None else leave.moment)

    def _held_back(self, sim: _Sim, limits: Limits, opened: list[Breaker], now: float) -> Hindrance | None:
        leave = sim.use.leave(limits, now, sim.spread)
        left = "" if leave is None else rough(leave.moment - now)
        if leave is not None and leave.span is not None:
            words = f"has a SIM at its limit of {leave.most} SMS {_A[leave.span]}, free again in {left}"
            return Hindrance("limit", leave.since, leave.moment, words)
        if opened:
            since = _since(opened)
            return Hindrance("trial", since, now, "failed too often and waits for one message to try it again")
        if leave is not None:
            return Hindrance("pace", leave.since, leave.moment, f"keeps the pace of its SIM, free again in {left}")
        return None

    def next_moment(self) -> float:
        """When the next hindrance ends by itself, be it for a code; infinity where none does."""
        now = self._clock.now()
        held_back = (name for name, known in self._modems.items() if known.tripped or self._limits(name))
        found = [each for name in held_back if (each := self.hindrance(name)) is not None]
        ends = (end for each in found for end in (each.until, each.code_at))
        return min((end for end in ends if end > now), default=math.inf)

    def pace(self, modem: str) -> float:
        """Seconds between two sends that the limits of its SIM allow in the long run; 0 for no limit."""
        limits = self._limits(modem)
        if not limits:
            return 0.0
        return max((SECONDS[span] / most for span, most in limits.windows if span == "minute"), default=0.0)

    def breaker_open(self, modem: str) -> bool:
        """Whether the modem or its SIM failed too often and has not sent since."""
        known = self._modems.get(modem)
        return known is not None and known.tripped

    # -- what happens ------------------------------------------------------------------------------------------------

    def use(self, modem: str) -> SimUse | None:
        """What is to be counted if this modem is handed a text now; None where its SIM has no limits."""
        known = self._modems.get(modem)
        return SimUse(known.sim.name, self._clock.now()) if known is not None and self._limits(modem) else None

    def used(self, use: SimUse) -> None:
        """The use was committed just now."""
        self._note(self._sim(use.sim), max(use.at, self._clock.now()))

    def learn(self, modem: str, signs: Signs, receiver: str) -> None:
        """An attempt through this modem has ended."""
        known = self._modems.get(modem)
        if known is None:
            return
        now = self._clock.now()
        before = known.rests_until
        known.breaker = _after(known.breaker, known.sign(signs.modem), now)
        known.sim.breaker = _after(known.sim.breaker, signs.sim, now)
        self._suspect(modem, known.sim, signs, receiver)
        for what, until, was in zip(("modem", "SIM"), known.rests_until, before, strict=True):
            if until > was:
                log.warning("%s rests modem=%s seconds=%.0f", what, modem, until - now)
        self._tell(modem)

    def _suspect(self, modem: str, sim: _Sim, signs: Signs, receiver: str) -> None:
        if signs.sim is Sign.GOOD:
            sim.suspicion = Suspicion()
        elif signs.blocked:
            sim.suspicion = sim.suspicion.refused(self._vault.tag("suspicion", receiver))
        if sim.suspicion.proven and sim.quarantine is None:
            sim.quarantine = Quarantine(sim.name, modem, self._clock.now())
            self._unwritten.append(sim.quarantine)
            log.warning("SIM in quarantine modem=%s refusals=%s", modem, sim.suspicion.refusals)

    async def keep(self) -> None:
        """Write down new quarantines. What a store refuses holds for this run and is offered again next time."""
        while self._unwritten:
            try:
                await self._store.quarantine(self._unwritten[0])
            except StoreUnavailable:
                return
            del self._unwritten[0]

    def _note(self, sim: _Sim, at: float) -> None:
        """The next gap is spread by a keyed number: another one each time, and not to be foretold."""
        sim.use.note(at)
        sim.spread = int.from_bytes(self._vault.tag("spread", sim.name, repr(at))[:4], "big") / 2**32

    # -- what is told ------------------------------------------------------------------------------------------------

    def _tell(self, modem: str) -> None:
        known = self._modems[modem]
        if known.breaker.opened is None:
            self._alarms.clear("modem_resting", modem)
        else:
            self._alarms.set("modem_resting", modem, "warning", _MODEM_REMEDY.format(modem))
        if known.sim.breaker.opened is None:
            self._alarms.clear("sim_resting", modem)
        else:
            self._alarms.set("sim_resting", modem, "warning", _SIM_REMEDY.format(modem))
        if known.sim.quarantine is None:
            self._alarms.clear("sim_quarantined", modem)
        else:
            self._alarms.set("sim_quarantined", modem, "critical", _QUARANTINE_REMEDY.format(modem))


_MODEM_REMEDY: Final = "{} failed too often and rests between tries: check its power, its cable and the log"
_SIM_REMEDY: Final = "the SIM in {} was refused too often and rests between tries: check its credit and its contract"
_QUARANTINE_REMEDY: Final = (
    "its network blocks the SIM in {0}: ask the operator, or change the SIM; then `otppi modem enable {0}`"
)


def _after(breaker: Breaker, sign: Sign, now: float) -> Breaker:
    match sign:
        case Sign.GOOD:
            return breaker.succeeded()
        case Sign.FAULT:
            return breaker.failed(now)
        case Sign.LOST:
            return breaker.lost(now)
        case Sign.STRANGE | Sign.NOTHING:
            return breaker


def _since(opened: list[Breaker]) -> float:
    return min(each.opened for each in opened if each.opened is not None)


def _resting(opened: list[Breaker], now: float) -> Hindrance:
    until = max(each.rest_until for each in opened)
    words = f"failed too often and rests, tried again in {rough(until - now)}"
    return Hindrance("rest", _since(opened), until, words)
