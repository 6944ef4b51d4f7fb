"""A host of several simulated ports with the real Finder over them, for a FaultRig whose modem is known by identity."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from fault_rig import FaultRig

from otppi.modems.finder import Finder, Owned
from otppi.modems.visits import PortsInUse
from otppi.ports.modem import Identity
from otppi.simulator.inprocess import SimulatedLine, SimulatedPorts

if TYPE_CHECKING:
    from otppi.ports.pins import Pins
    from otppi.simulator.device import Traits

HOME, ELSEWHERE = "ttyUSB0", "ttyUSB9"


class HostRig(FaultRig):
    """The rig's modem, known by its IMEI and SIM; `stranger`, which is not configured and unplugged at first.

    `strangers` and `missed` count what the finder told of the place of the modem.
    """

    def __init__(self, traits: Traits | None = None, *, pin: str | None = None, pins: Pins | None = None) -> None:
        super().__init__(traits, pin=pin, pins=pins)
        self.stranger_line = SimulatedLine(index=1)
        self.stranger_line.unplug()
        self.ports = SimulatedPorts(self.line, self.stranger_line)
        self.strangers = self.missed = 0
        device = self.line.modem.device
        self._who = Identity(imei=device.identity.imei, imsi=device.sim.imsi, iccid=device.sim.iccid)
        finder = Finder(
            PortsInUse(),
            lambda: Owned({"m0": self._who}),
            self._around,
            self,
            self.ports.connect,
            lambda _port: frozenset(self._marks().items()),
            lambda path: self._marks().get(path),
        )
        self.opened_from, self.look, self.admit = finder.connect, finder.look, finder.admits

    def stranger(self, name: str) -> None:
        """See `otppi.modems.finder.Witness`."""
        self.strangers += 1

    def nobody(self, name: str) -> None:
        """See `otppi.modems.finder.Witness`."""
        self.missed += 1

    @property
    def port(self) -> str:
        """The name of the port that is open now."""
        return os.path.basename(self.modem.status.port)  # noqa: PTH119 - a name, no file

    async def _around(self, _port: str) -> list[str]:
        return sorted(self.ports)

    def _marks(self) -> dict[str, tuple[int, ...]]:
        """Another device behind a path, or the same one anew, is another mark."""
        return {
            line.port: (place, line.modem.device.counters.boots)
            for place, line in enumerate(self.ports.lines)
            if line.modem.device.plugged
        }
