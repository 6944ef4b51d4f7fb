"""The SIMs of a seeded world: which modem each is in, what limits hold, which one its network blocks; and the judgement
on how they were used.

SIMs change places when the world begins anew, so that counts must follow them. What a SIM did is known here from the
air and from the attempts the modems saw, never from what the gateway remembers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from otppi.domain.limits import SECONDS, Limits
from otppi.domain.sim import sim_name
from otppi.ports.modem import Identity
from otppi.ports.store import ModemEntry

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable

    from otppi.testing.fake_modem import OnAir

BLOCKED_CODE = 8
"""Operator determined barring."""
_LIMITS = (Limits(), Limits(), Limits(minute=1), Limits(minute=2), Limits(hour=2), Limits(minute=2, hour=3, day=4))


@dataclass(slots=True)
class WorldSims:
    """As many SIMs as modems. `blocked` is the one whose every send is refused, -1 for none."""

    order: list[int]
    limits: Limits
    blocked: int
    _places: list[tuple[float, dict[str, int]]] = field(default_factory=list)
    _attempts: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))

    def begin(self, time: float, rng: random.Random) -> None:
        """A life begins: now and then somebody has changed the SIMs about."""
        if self._places and rng.random() < 0.5:
            rng.shuffle(self.order)
        self._places.append((time, {f"modem{number}": sim for number, sim in enumerate(self.order)}))

    def entry(self, number: int, prefixes: tuple[str, ...]) -> ModemEntry:
        """Modem `number` as it is configured."""
        most = self.limits
        name, port = f"modem{number}", f"/dev/fake{number}"
        return ModemEntry(
            name, port, prefixes=prefixes, limit_minute=most.minute, limit_hour=most.hour, limit_day=most.day
        )

    def identity(self, modem: str) -> Identity:
        """What a modem says in this life."""
        sim = self._places[-1][1][modem]
        return Identity(iccid=f"890010000000000{sim:04d}", imsi=f"00101000000{sim:04d}")

    def attempt(self, modem: str, at: float) -> bool:
        """A modem is given a message; whether the network refuses its SIM."""
        sim = self._places[-1][1][modem]
        self._attempts[sim].append(at)
        return sim == self.blocked

    def judge(self, air: Iterable[OnAir], quarantined: dict[str, float]) -> list[str]:
        """What must never be: a window with more than its limit, or a SIM used after its quarantine began."""
        return [*self._too_many(air), *self._used_in_quarantine(quarantined)]

    def binding(self, air: Iterable[OnAir]) -> bool:
        """Whether a limit made any difference: a SIM that sent more often than one of its windows holds."""
        counts = Counter(self._sim_at(entry.modem, entry.at) for entry in air)
        return any(count > most for count in counts.values() for _, most in self.limits.windows)

    def _too_many(self, air: Iterable[OnAir]) -> list[str]:
        moments: dict[int, list[float]] = defaultdict(list)
        for entry in air:
            moments[self._sim_at(entry.modem, entry.at)].append(entry.at)
        return [
            f"SIM {sim} sent {most + 1} times in {over - first:.1f} s, its limit is {most} a {span}"
            for span, most in self.limits.windows
            for sim, at in moments.items()
            for first, over in zip(at, at[most:], strict=False)
            if over - first < SECONDS[span] - 1e-6
        ]

    def _used_in_quarantine(self, quarantined: dict[str, float]) -> list[str]:
        names = {sim_name("", f"890010000000000{sim:04d}", ""): sim for sim in self.order}
        used = [
            f"SIM {names[name]} was used at {at:.1f}, its quarantine began at {since:.1f}"
            for name, since in quarantined.items()
            for at in self._attempts[names.get(name, -1)]
            if at > since
        ]
        return used + [
            f"{name} is in quarantine and no SIM of this world" for name in quarantined.keys() - names.keys()
        ]

    def _sim_at(self, modem: str, at: float) -> int:
        return next(places for began, places in reversed(self._places) if began <= at)[modem]


def make_sims(rng: random.Random, count: int) -> WorldSims:
    """The SIMs of a seed."""
    blocked = rng.randrange(count) if rng.random() < 0.2 else -1
    return WorldSims(list(range(count)), rng.choice(_LIMITS), blocked)
