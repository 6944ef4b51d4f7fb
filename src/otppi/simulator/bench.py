"""One modem on a clock that its user moves by hand: for tests that talk to it octet by octet, without a pty."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from otppi.simulator.device import Clock, Device, Traits
from otppi.simulator.identity import identity
from otppi.simulator.modem import SimulatedModem

if TYPE_CHECKING:
    from otppi.simulator.air import Transmission

START = 1_767_225_600.0
"""Wall time at which a bench begins: 2026-01-01 00:00:00 UTC."""


class ModemBench:
    """`modem` with echo off unless asked for; `sent` is what went on the air; `elapsed` is its clock."""

    def __init__(self, traits: Traits | None = None, *, echo: bool = False, seed: int = 0) -> None:
        self.elapsed = 0.0
        self.sent: list[Transmission] = []
        clock = Clock(lambda: self.elapsed, lambda: START + self.elapsed)
        chance = Random(seed)  # noqa: S311  noise, no secret
        self.modem = SimulatedModem(identity(0, seed), clock, self.sent.append, traits=traits, random=chance)
        self.modem.device.parameters.echo = echo

    @property
    def device(self) -> Device:
        """The modem's parts."""
        return self.modem.device

    def say(self, data: bytes) -> bytes:
        """Write to the modem; what it answers without time passing."""
        self.modem.feed(data)
        return self.modem.output()

    def advance(self, seconds: float) -> bytes:
        """Let time pass, stopping at every deadline in it; what the modem writes meanwhile."""
        end = self.elapsed + seconds
        while (due := self.modem.due()) is not None and due <= end:
            self.elapsed = max(due, self.elapsed)
            self.modem.tick()
        self.elapsed = end
        return self.modem.output()
