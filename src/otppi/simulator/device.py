"""All parts of one simulated modem in one place, as the commands see them. No protocol and no I/O here."""

from __future__ import annotations

import copy
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from otppi.simulator.faults import Faults
from otppi.simulator.network import FULL_POWER, Network, Registration
from otppi.simulator.parameters import Parameters
from otppi.simulator.sim import SimCard, SimState
from otppi.simulator.storage import Memory, memories
from otppi.simulator.timers import Timers

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from otppi.simulator.air import Transmission
    from otppi.simulator.identity import Identity


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
    """What differs between simulated modems. `latency` and `report_delay` in seconds, `storage` slots a memory.

    `noise`: the chance 0..1 of an unsolicited line at each gap of an exchange, as long as the modem lives.
    """

    latency: float = 0.05
    report_delay: float = 0.2
    storage: int = 30
    pin: str | None = field(default=None, repr=False)
    ussd: str = "Simulated balance: 10000"
    noise: float = 0.0


@dataclass(slots=True)
class Counters:
    """What happened since the simulator started. `sends` are on the air; `aborts` were ended by ESC."""

    commands: int = 0
    prompts: int = 0
    sends: int = 0
    refused: int = 0
    aborts: int = 0
    received: int = 0
    reports: int = 0
    boots: int = 0


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
    latency: float
    parameters: Parameters = field(default_factory=Parameters)
    profile: Parameters = field(default_factory=Parameters)
    network: Network = field(default_factory=Network)
    faults: Faults = field(default_factory=Faults)
    counters: Counters = field(default_factory=Counters)
    urcs: deque[str] = field(default_factory=deque, repr=False)
    """Unsolicited results on their way to the terminal."""
    held: list[str] = field(default_factory=list, repr=False)
    """Those that +CNMI mode 0 keeps back."""
    unacknowledged: bool = False
    """A directly routed message waits for +CNMA."""
    plugged: bool = True
    last_reference: int = 255
    told_registration: Registration = Registration.HOME

    @classmethod
    def build(
        cls,
        identity: Identity,
        traits: Traits,
        clock: Clock,
        random: Random,
        transmit: Callable[[Transmission], None],
    ) -> Device:
        """A modem as it leaves the factory, powered on."""
        timers = Timers(clock.elapsed)
        sim, slots = SimCard(pin=traits.pin), memories(traits.storage)
        device = cls(identity, traits, clock, random, timers, transmit, sim, slots, traits.latency)
        device.told_registration = device.registration
        return device

    @property
    def sim_ready(self) -> bool:
        """The SIM asks for no PIN or PUK."""
        return self.sim.state is SimState.READY

    @property
    def registration(self) -> Registration:
        """The registration in force."""
        return self.network.registered(sim_ready=self.sim_ready)

    @property
    def reachable(self) -> bool:
        """The network can deliver to it now."""
        return self.plugged and self.registration in (Registration.HOME, Registration.ROAMING)

    @property
    def smsc(self) -> str:
        """The SMS centre in force, international digits without +; empty when unset."""
        return self.parameters.smsc or self.identity.smsc

    def next_reference(self) -> int:
        """TP-MR of the next submission, 0..255 in turn (3GPP TS 23.040 9.2.3.6)."""
        self.last_reference = (self.last_reference + 1) % 256
        return self.last_reference

    def indicate(self, line: str) -> None:
        """An indication that +CNMI governs: kept back in mode 0 (3GPP TS 27.005 3.4.1)."""
        if self.parameters.cnmi[0] == 0:
            self.held.append(line)
        else:
            self.urcs.append(line)

    def boot(self) -> None:
        """Power-on: settings from the stored profile, the SIM asks for its PIN again. Memory and SIM counters stay."""
        self.counters.boots += 1
        self.parameters = copy.deepcopy(self.profile)
        self.sim.verified, self.unacknowledged = False, False
        self.network.power, self.network.detached = FULL_POWER, False
        self.urcs.clear()
        self.held.clear()
        self.told_registration = self.registration
