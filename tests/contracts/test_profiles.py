"""What every profile must do with its family over every cable: the real engine, simulated modems, virtual time.

`test_families` asks for the start and the sends of a modem at its best; here are texts, PINs, networks, restarts, and
starts cold and warm. A family that is added to the simulator is tried by itself; say in `PROFILES` how it is driven.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from bench import virtual
from line_rig import granted, now

from otppi.at.profiles.generic import GENERIC
from otppi.at.profiles.table import VENDORS
from otppi.modems import SerialModem
from otppi.modems.pins import PinLedger
from otppi.pdu.decode import decode
from otppi.pdu.report import StatusReport
from otppi.pdu.submit import encode_submits
from otppi.ports.modem import LineSettings, LineStatus, ModemState, Sent, Submission
from otppi.simulator.device import Traits
from otppi.simulator.families import family, names
from otppi.simulator.inprocess import SimulatedLine, Temper

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from otppi.modems.transport import Receiver, Wire

PROFILES = {
    "ec25": "quectel",
    "generic": "generic",
    "huawei": "huawei",
    "sim7600": "simcom-sim7600",
    "sim800": "simcom-sim800",
    "wavecom": "wavecom",
}
NUMBER = "6281200001234"
PIN, WRONG = "4711", "9999"
WARM, COLD = 30.0, 60.0
"""Virtual seconds from opening the port to a modem that can send: booted long ago, and powered on at the opening.
On the slow cable every octet of the start-up takes a millisecond."""
SETTLED = 90.0
"""Long enough for everything that follows the start."""
TEXTS = {
    "gsm7": ("Kode 123456", 1),
    "gsm7-long": ("Kode 123456 " * 30, 3),
    "ucs2": ("Код 123456", 1),
    "ucs2-long": ("Код 123456 " * 14, 3),
}

M = ModemState
every_family = pytest.mark.parametrize("name", names())
boots = pytest.mark.parametrize("boot", ["warm", "cold"])
every_cable = pytest.mark.parametrize("temper", list(Temper))


@dataclass
class Rig:
    """One engine on one simulated modem. `written` is what the engine wrote."""

    line: SimulatedLine
    settings: LineSettings
    pins: PinLedger = field(default_factory=PinLedger)
    told: list[LineStatus] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    written: bytearray = field(default_factory=bytearray)
    modem: SerialModem = field(init=False)

    def __post_init__(self) -> None:
        self.modem = SerialModem(self.settings, self, connect=self.connect, pins=self.pins)

    async def connect(self, settings: LineSettings, receiver: Receiver) -> Wire:
        return _Tapped(await self.line.connect(settings, receiver), self.written)

    def changed(self, name: str, status: LineStatus) -> None:
        self.told.append(status)

    def late(self, name: str, key: str, reference: int) -> None:
        pytest.fail("no outcome is in doubt here")

    def report(self, name: str, tpdu: str) -> None:
        self.reports.append(tpdu)

    async def until(self, *states: ModemState, seconds: float = SETTLED) -> float:
        """Wait for one of these states; the virtual time at which it came."""
        async with asyncio.timeout(seconds):
            while self.modem.status.state not in states:  # noqa: ASYNC110 - the clock jumps
                await asyncio.sleep(0.05)
        return now()

    async def send(self, text: str, *, report: bool = False) -> list[int]:
        """Send every segment of a text; the references in order."""
        tpdus = encode_submits(NUMBER, text, concat_reference=7, validity_seconds=None, report=report)
        references = []
        for part, tpdu in enumerate(tpdus, 1):
            outcome = await self.modem.send(Submission(f"k{part}", tpdu, part < len(tpdus)), granted)
            assert isinstance(outcome, Sent), outcome
            references.append(outcome.reference)
        return references


class _Tapped:
    def __init__(self, wire: Wire, written: bytearray) -> None:
        self._wire = wire
        self._written = written

    def write(self, data: bytes) -> None:
        self._written += data
        self._wire.write(data)

    async def close(self) -> None:
        await self._wire.close()


@asynccontextmanager
async def running(
    name: str,
    temper: Temper = Temper.PLAIN,
    *,
    long_on: bool = True,
    sim_pin: str | None = None,
    pin: str | None = None,
) -> AsyncIterator[Rig]:
    line = SimulatedLine(Traits(family=family(name), long_on=long_on, pin=sim_pin), temper)
    rig = Rig(line, LineSettings("m1", line.port, pin=pin))
    async with started(rig):
        yield rig


@asynccontextmanager
async def started(rig: Rig) -> AsyncIterator[Rig]:
    task = asyncio.create_task(rig.modem.run())
    try:
        yield rig
    finally:
        task.cancel()
        await asyncio.wait({task})


def test_every_family_has_a_profile_named_here() -> None:
    assert set(names()) == set(PROFILES)


@pytest.mark.parametrize(("name", "line"), [(name, line) for name in names() for line in family(name).noise])
def test_what_a_family_says_unasked_is_never_an_answer(name: str, line: str) -> None:
    profiles = {each.name: each for each in (GENERIC, *VENDORS)}
    assert profiles[PROFILES[name]].recognise(line) is not None
    assert GENERIC.recognise(line) is not None, "it is said before the profile is known, too"


@pytest.mark.feature("F012")
@every_family
@every_cable
@boots
@virtual
async def test_it_is_ready_in_time(name: str, temper: Temper, boot: str) -> None:
    async with running(name, temper, long_on=boot == "warm") as rig:
        assert await rig.until(M.READY) <= (WARM if boot == "warm" else COLD)


@every_family
@every_cable
@boots
@virtual
async def test_it_is_driven_as_what_it_is(name: str, temper: Temper, boot: str) -> None:
    async with running(name, temper, long_on=boot == "warm") as rig:
        await rig.until(M.READY)
        status, device = rig.modem.status, rig.line.modem.device
        said, made = status.identity, device.family
        assert (status.profile, said.manufacturer, said.model) == (
            PROFILES[name],
            made.manufacturer.strip(),
            made.model.strip(),
        )
        assert made.revision in said.revision
        assert (said.imei, said.imsi) == (device.identity.imei, device.sim.imsi)


@every_family
@every_cable
@boots
@virtual
async def test_the_card_is_known(name: str, temper: Temper, boot: str) -> None:
    async with running(name, temper, long_on=boot == "warm") as rig:
        await rig.until(M.READY)
        assert rig.modem.status.identity.iccid == rig.line.modem.device.sim.iccid


@every_family
@every_cable
@boots
@virtual
async def test_the_operator_is_known_soon(name: str, temper: Temper, boot: str) -> None:
    async with running(name, temper, long_on=boot == "warm") as rig:
        await rig.until(M.READY)
        await asyncio.sleep(SETTLED)
        assert rig.modem.status.operator in (rig.line.modem.device.sim.operator, rig.line.modem.device.sim.plmn)


@every_family
@every_cable
@pytest.mark.parametrize("text", TEXTS)
@virtual
async def test_a_text_leaves_exactly_once(name: str, temper: Temper, text: str) -> None:
    words, parts = TEXTS[text]
    async with running(name, temper) as rig:
        await rig.until(M.READY)
        references = await rig.send(words)
        sent = rig.line.sent
        assert [each.reference for each in sent] == references
        assert [each.part for each in sent] == list(range(1, parts + 1))
        assert "".join(each.text or "" for each in sent) == words
        assert (b"AT+CMMS=" in rig.written.replace(b"AT+CMMS=?", b"")) == (parts > 1)


@every_family
@every_cable
@virtual
async def test_words_of_the_dialogue_in_a_text_change_nothing(name: str, temper: Temper) -> None:
    text = "\r\n".join(("OK", "ERROR", "> ", "+CMGS: 1", *family(name).noise))[:150]
    async with running(name, temper) as rig:
        await rig.until(M.READY)
        references = await rig.send(text)
        assert [each.reference for each in rig.line.sent] == references
        assert "".join(each.text or "" for each in rig.line.sent) == text


@every_family
@every_cable
@virtual
async def test_a_status_report_is_told_and_leaves_no_trace(name: str, temper: Temper) -> None:
    async with running(name, temper) as rig:
        await rig.until(M.READY)
        references = await rig.send("Kode 123456", report=True)
        await asyncio.sleep(SETTLED)
        reports = [decode(tpdu, has_smsc=False) for tpdu in rig.reports]
        assert [each.reference for each in reports if isinstance(each, StatusReport)] == references
        assert not rig.line.modem.device.unacknowledged
        assert rig.modem.status.state is M.READY


@pytest.mark.feature("F078")
@every_family
@every_cable
@virtual
async def test_the_right_pin_is_tried_once(name: str, temper: Temper) -> None:
    async with running(name, temper, sim_pin=PIN, pin=PIN) as rig:
        await rig.until(M.READY)
        assert rig.written.count(b"AT+CPIN=") == 1
        assert rig.line.modem.device.sim.tries == 3


@pytest.mark.feature("F078")
@every_family
@every_cable
@virtual
async def test_a_wrong_pin_is_tried_once_and_never_again(name: str, temper: Temper) -> None:
    async with running(name, temper, sim_pin=PIN, pin=WRONG) as rig:
        await rig.until(M.PIN_NEEDED)
        await asyncio.sleep(SETTLED)
    again = Rig(rig.line, rig.settings, rig.pins)
    async with started(again):
        await again.until(M.PIN_NEEDED)
        await asyncio.sleep(SETTLED)
        assert again.modem.status.state is M.PIN_NEEDED
    card = rig.line.modem.device.sim
    assert (card.tries, card.wrong, card.puk_tries) == (2, 1, 10)


@pytest.mark.feature("F078")
@every_family
@virtual
async def test_the_last_try_is_left_to_the_owner(name: str) -> None:
    line = SimulatedLine(Traits(family=family(name), long_on=True, pin=PIN))
    line.modem.device.sim.tries = 1
    rig = Rig(line, LineSettings("m1", line.port, pin=PIN))
    async with started(rig):
        await rig.until(M.PIN_NEEDED)
        await asyncio.sleep(SETTLED)
    assert b"AT+CPIN=" not in rig.written


@every_family
@pytest.mark.parametrize(("stat", "state"), [(6, M.READY), (7, M.READY), (2, M.SEARCHING), (3, M.SEARCHING)])
@virtual
async def test_what_the_network_grants_decides(name: str, stat: int, state: ModemState) -> None:
    async with running(name) as rig:
        await rig.until(M.READY)
        rig.line.order("register", stat=stat)
        await asyncio.sleep(SETTLED)
        assert rig.modem.status.state is state
        if stat == 3:
            assert "denied" in rig.modem.status.reason or "refuse" in rig.modem.status.reason


@every_family
@every_cable
@virtual
async def test_a_restart_by_itself_leads_to_a_fresh_start(name: str, temper: Temper) -> None:
    async with running(name, temper) as rig:
        await rig.until(M.READY)
        before = len(rig.told)
        rig.line.order("fault", step="before_reply", kind="reboot")
        await asyncio.sleep(SETTLED)
        if family(name).power.away is None:  # it does not come back by itself
            assert rig.modem.status.state is M.ABSENT
            rig.line.replug()
        await rig.until(M.READY)
        assert any(status.state not in (M.READY, M.BUSY) for status in rig.told[before:])
        assert rig.line.modem.device.counters.boots >= 1
        assert len(await rig.send("Kode 123456")) == len(rig.line.sent) == 1
