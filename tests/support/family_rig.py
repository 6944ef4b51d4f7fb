"""One real SerialModem on one simulated modem of a family, over a cable in memory or a real port.

It keeps what was told and the octets of both directions. In virtual time all of it is deterministic.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from line_rig import granted, now

from otppi.modems import SerialModem
from otppi.modems.pins import PinLedger
from otppi.modems.timings import DEFAULT_TIMINGS
from otppi.modems.transport import look_at_port, open_port
from otppi.pdu.submit import encode_submits
from otppi.ports.modem import LineSettings, LineStatus, ModemState, Sent, Submission
from otppi.simulator.device import Traits
from otppi.simulator.families import family as family_of
from otppi.simulator.inprocess import SimulatedLine, Temper

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from otppi.modems.transport import Connect, Receiver, Wire
    from otppi.simulator.device import Device
    from otppi.simulator.family import Family

PROFILES = {
    "ec25": "quectel",
    "generic": "generic",
    "huawei": "huawei",
    "sim7600": "simcom-sim7600",
    "sim800": "simcom-sim800",
    "wavecom": "wavecom",
}
"""How each simulated family is driven."""
NUMBER = "6281200001234"
SETTLED = 2.5 * DEFAULT_TIMINGS.storage
"""Seconds long enough for everything that follows the start."""


@dataclass
class Rig:
    """A line of ours. `written` is what the engine wrote, `said` what it heard."""

    settings: LineSettings
    opens: Connect = open_port
    pins: PinLedger = field(default_factory=PinLedger)
    told: list[LineStatus] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    written: bytearray = field(default_factory=bytearray)
    said: bytearray = field(default_factory=bytearray)
    modem: SerialModem = field(init=False)

    def __post_init__(self) -> None:
        self.modem = SerialModem(self.settings, self, connect=self.connect, look=self.look, pins=self.pins)

    def look(self, settings: LineSettings) -> frozenset[object]:
        """What may be the modem now, as `otppi.modems.transport.Look`."""
        return look_at_port(settings)

    async def connect(self, settings: LineSettings, receiver: Receiver) -> Wire:
        """Open the port with an ear in each direction."""
        return _Tapped(await self.opens(settings, _Ear(receiver, self.said)), self.written)

    def changed(self, name: str, status: LineStatus) -> None:
        self.told.append(status)

    def late(self, name: str, key: str, reference: int) -> None:
        pytest.fail("no outcome is in doubt here")

    def report(self, name: str, tpdu: str) -> None:
        self.reports.append(tpdu)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Drive the modem meanwhile."""
        task = asyncio.create_task(self.modem.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})

    async def until(self, *states: ModemState, seconds: float = SETTLED) -> float:
        """Wait for one of these states; the loop's time at which it was seen. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while self.modem.status.state not in states:  # noqa: ASYNC110 - the clock jumps, or the wait is short
                await asyncio.sleep(0.01)
        return now()

    async def send(self, text: str, *, report: bool = False, more: bool = False) -> list[int]:
        """Send every segment of a text; the references in order. `more`: further texts wait."""
        tpdus = encode_submits(NUMBER, text, concat_reference=7, validity_seconds=None, report=report)
        references = []
        for part, tpdu in enumerate(tpdus, 1):
            outcome = await self.modem.send(Submission(f"k{part}", tpdu, more or part < len(tpdus)), granted)
            assert isinstance(outcome, Sent), outcome
            references.append(outcome.reference)
        return references

    def asked(self, command: bytes) -> int:
        """How often the engine wrote a command line that begins so."""
        return sum(line.startswith(command) for line in re.split(rb"[\r\x1a\x1b]", self.written))

    def knows(self, device: Device) -> None:
        """The status names this modem, its SIM and its network, as the profile of its family reads them."""
        status, made = self.modem.status, device.family
        said = status.identity
        names = (status.profile, said.manufacturer, said.model)
        assert names == (PROFILES[made.name], made.manufacturer.strip(), made.model.strip())
        assert made.revision in said.revision
        assert (said.imei, said.imsi, said.iccid) == (device.identity.imei, device.sim.imsi, device.sim.iccid)
        assert status.operator in (device.sim.operator, device.sim.plmn)
        assert status.signal is not None


@dataclass
class SimulatedRig(Rig):
    """The same on a cable in memory."""

    line: SimulatedLine = field(kw_only=True)

    @property
    def device(self) -> Device:
        """The modem at the other end."""
        return self.line.modem.device

    def look(self, settings: LineSettings) -> frozenset[object]:
        """The cable in memory, another one after each time under power."""
        device = self.device
        return frozenset({(settings.port, device.counters.boots)}) if device.plugged else frozenset()


def rig_on(line: SimulatedLine, *, pin: str | None = None, pins: PinLedger | None = None) -> SimulatedRig:
    """Our side of a cable in memory; it is not driven yet."""
    return SimulatedRig(LineSettings("m1", line.port, pin=pin), line.connect, pins or PinLedger(), line=line)


@asynccontextmanager
async def simulated(
    family: Family | str,
    temper: Temper = Temper.PLAIN,
    *,
    long_on: bool = True,
    sim_pin: str | None = None,
    pin: str | None = None,
) -> AsyncIterator[SimulatedRig]:
    """A modem of a family, driven meanwhile. `sim_pin` locks its SIM, `pin` is the one we were told."""
    made = family_of(family) if isinstance(family, str) else family
    rig = rig_on(SimulatedLine(Traits(family=made, long_on=long_on, pin=sim_pin), temper), pin=pin)
    async with rig.running():
        yield rig


class _Ear:
    def __init__(self, receiver: Receiver, said: bytearray) -> None:
        self._receiver = receiver
        self._said = said

    def received(self, data: bytes) -> None:
        self._said += data
        self._receiver.received(data)

    def lost(self, reason: str) -> None:
        self._receiver.lost(reason)


class _Tapped:
    def __init__(self, wire: Wire, written: bytearray) -> None:
        self._wire = wire
        self._written = written

    def write(self, data: bytes) -> None:
        self._written += data
        self._wire.write(data)

    async def close(self) -> None:
        await self._wire.close()
