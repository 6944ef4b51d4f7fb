"""All parts of one simulated modem in one place, as the commands see them. No protocol and no I/O here."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from otppi.simulator.families.generic import FAMILY as GENERIC
from otppi.simulator.family import Family, Ready
from otppi.simulator.faults import Faults
from otppi.simulator.identity import identity
from otppi.simulator.network import Network, Registration
from otppi.simulator.sim import SimCard, SimState
from otppi.simulator.storage import ON_THE_CARD, USUAL_SIZE, Memory
from otppi.simulator.timers import Timers

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from otppi.simulator.air import Transmission
    from otppi.simulator.identity import Identity
    from otppi.simulator.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Clock:
    """`elapsed`: seconds of a steady clock. `unix`: wall time in seconds since 1970."""

    elapsed: Callable[[], float]
    unix: Callable[[], float]

    def now(self) -> datetime:
        """Wall time in UTC."""
        return datetime.fromtimestamp(self.unix(), UTC)


@dataclass(frozen=True, slots=True)
class Traits:
    """What differs between simulated modems. `latency` and `report_delay` in seconds.

    `storage`: slots in each message memory, None for what the family has. `noise`: the chance 0..1 of an unsolicited
    line at each gap of an exchange, `noise_every` the mean seconds between such lines in idle times (0: none), both as
    long as the modem lives. `long_on`: at first it has been under power for long, and its boot lines are past.
    """

    latency: float = 0.05
    report_delay: float = 0.2
    storage: int | None = None
    pin: str | None = field(default=None, repr=False)
    ussd: str = "Simulated balance: 10000"
    noise: float = 0.0
    noise_every: float = 0.0
    family: Family = GENERIC
    long_on: bool = False


@dataclass(slots=True)
class Counters:
    """What happened since the simulator started. `sends` are on the air; `aborts` were ended by ESC.

    `faults`: orders of faults and bad endings that were met, each time. `spoilt`: octets of the terminal that were lost
    or mangled. `cut`: things it wrote that stopped in the middle.
    """

    commands: int = 0
    prompts: int = 0
    sends: int = 0
    refused: int = 0
    aborts: int = 0
    received: int = 0
    reports: int = 0
    boots: int = 0
    faults: int = 0
    spoilt: int = 0
    cut: int = 0


@dataclass(slots=True)
class Device:
    """The state of one modem. `transmit` is called at the moment an SMS is on the air."""

    identity: Identity
    traits: Traits
    clock: Clock
    random: Random
    timers: Timers
    transmit: Callable[[Transmission], None]
    sim: SimCard
    memories: dict[str, Memory]
    """All but the one on the card, by their own names."""
    latency: float
    parameters: Parameters
    profile: Parameters
    network: Network = field(default_factory=Network)
    faults: Faults = field(default_factory=Faults)
    counters: Counters = field(default_factory=Counters)
    ready: set[Ready] = field(default_factory=set)
    """What was reached since power-on."""
    cards: dict[int, SimCard] = field(default_factory=dict, repr=False)
    """Every card that was ever in it, by number."""
    urcs: deque[str] = field(default_factory=deque, repr=False)
    """Unsolicited results on their way to the terminal."""
    held: list[str] = field(default_factory=list, repr=False)
    """Those that +CNMI mode 0 keeps back."""
    unacknowledged: bool = False
    """A directly routed message waits for +CNMA."""
    plugged: bool = True
    last_reference: int = 255
    told: dict[str, Registration] = field(default_factory=dict)
    """The registration that was last told, by command."""
    marks: dict[str, float] = field(default_factory=dict)
    """When something was done that a family remembers, on the elapsed clock."""
    told_full: set[str] = field(default_factory=set)
    """Memories whose being full was told."""

    @classmethod
    def build(
        cls,
        identity: Identity,
        traits: Traits,
        clock: Clock,
        random: Random,
        transmit: Callable[[Transmission], None],
    ) -> Device:
        """A modem as it leaves the factory, with its first SIM; not yet powered on."""
        family, timers = traits.family, Timers(clock.elapsed)
        slots = {name: _memory(traits, name) for name in family.stores.names if name != ON_THE_CARD}
        sim = SimCard.of(identity, traits.pin, _memory(traits, ON_THE_CARD))
        factory, profile = family.parameters(), family.parameters()
        device = cls(
            identity, traits, clock, random, timers, transmit, sim, slots, traits.latency, factory, profile
        )  # fmt: skip
        device.cards[identity.index] = sim
        return device

    @property
    def family(self) -> Family:
        """What kind of modem it is."""
        return self.traits.family

    def card(self, number: int) -> SimCard:
        """Card `number` of this simulation: new at first, afterwards as it was left."""
        if number not in self.cards:
            who = identity(number, self.identity.seed)
            self.cards[number] = SimCard.of(who, None, _memory(self.traits, ON_THE_CARD))
        return self.cards[number]

    def memory(self, name: str) -> Memory:
        """The message memory of that name, or of which it is another name."""
        own = self.family.stores.same.get(name, name)
        return self.sim.messages if own == ON_THE_CARD else self.memories[own]

    @property
    def sim_ready(self) -> bool:
        """The SIM is there and asks for no PIN or PUK."""
        return self.sim.state is SimState.READY

    @property
    def registration(self) -> Registration:
        """The registration in force, as +CREG shows it."""
        return self.network.registered(sim_ready=self.sim_ready, found=Ready.NETWORK in self.ready)

    @property
    def eps_registration(self) -> Registration:
        """The registration in force, as +CEREG shows it; off where there is no such command."""
        if "+CEREG" in self.family.absent:
            return Registration.OFF
        return self.network.registered(sim_ready=self.sim_ready, found=Ready.NETWORK in self.ready, eps=True)

    @property
    def reachable(self) -> bool:
        """The network can deliver to it now, over either network."""
        return self.plugged and (self.registration.carries_messages or self.eps_registration.carries_messages)

    @property
    def smsc(self) -> str:
        """The SMS centre in force, international digits without +; empty when unset."""
        return self.parameters.smsc or self.sim.smsc

    def say(self, line: str) -> None:
        """An unsolicited line of the family's own, unless it is empty or switched off."""
        if line and self.family.shows(self, line):
            self.urcs.append(line)

    def next_reference(self) -> int:
        """TP-MR of the next submission, 0..255 in turn (3GPP TS 23.040 9.2.3.6)."""
        self.last_reference = (self.last_reference + 1) % 256
        return self.last_reference

    def indicate(self, line: str) -> None:
        """An indication that +CNMI governs: kept back in mode 0 (3GPP TS 27.005 3.4.1)."""
        if self.parameters.cnmi[0] == 0 and self.family.indications.holds:
            self.held.append(line)
        else:
            self.urcs.append(line)


def _memory(traits: Traits, name: str) -> Memory:
    stores = traits.family.stores
    size = stores.sizes.get(name, USUAL_SIZE) if traits.storage is None else traits.storage
    return Memory(size, stores.first)
