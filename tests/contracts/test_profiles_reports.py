"""How delivery reports come from modems of each family, and that they leave nothing behind in its stores."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from bench import virtual
from family_rig import SETTLED, SimulatedRig, rig_on, simulated

from otppi.pdu.decode import decode
from otppi.pdu.report import StatusReport
from otppi.ports.modem import ModemState
from otppi.simulator.commandline import Call, Form
from otppi.simulator.device import Traits
from otppi.simulator.errors import MessageRefusal
from otppi.simulator.families import family, names
from otppi.simulator.inprocess import SimulatedLine, Temper
from otppi.simulator.storage import Status, Stored

if TYPE_CHECKING:
    from otppi.simulator.device import Device
    from otppi.simulator.effects import Answer
    from otppi.simulator.family import Family

STORING = [name for name in names() if family(name).stores.reports]
"""Families that can keep a report; a SIM800 cannot."""
SMSC = "0791261800000010"
OLD = 0x41
REPORT = "06410B912618000000F0627011218000006270112180000000"
MESSAGE = "040B912618000000F000006270112180000002C834"
M = ModemState

every_family = pytest.mark.parametrize("name", names())
every_cable = pytest.mark.parametrize("temper", list(Temper))


def referred_to(rig: SimulatedRig) -> list[int]:
    """The references of the reports that were told."""
    read = [decode(tpdu, has_smsc=False) for tpdu in rig.reports]
    return [each.reference for each in read if isinstance(each, StatusReport)]


def kept(device: Device) -> list[str]:
    """What lies in the modem's stores."""
    return [each.tpdu for name in device.family.stores.names for each in device.memory(name).slots.values()]


async def report_on_three(rig: SimulatedRig) -> None:
    """Three texts, whose reports are told, each once, and are gone from the modem."""
    await rig.until(M.READY)
    references = [reference for _ in range(3) for reference in await rig.send("Kode 123456", report=True)]
    await asyncio.sleep(SETTLED)
    assert referred_to(rig) == references
    assert kept(rig.device) == []
    assert not rig.device.unacknowledged
    assert rig.modem.status.state is M.READY


@every_family
@every_cable
@virtual
async def test_each_family_hands_its_reports_over_directly(name: str, temper: Temper) -> None:
    async with simulated(name, temper) as rig:
        await report_on_three(rig)
        assert rig.said.count(b"+CDS:") == 3
        assert b"+CDSI:" not in rig.said
        assert rig.asked(b"AT+CNMA") == 0, "message service 0 wants no acknowledgement"


def _storing(made: Family) -> Family:
    """One of the family that takes no direct reports."""
    rules = made.indications
    offered = (*rules.offered[:3], (0, 2), rules.offered[4])
    return replace(made, indications=replace(rules, offered=offered))


@pytest.mark.parametrize("name", STORING)
@every_cable
@virtual
async def test_one_that_only_stores_reports_is_read_and_emptied(name: str, temper: Temper) -> None:
    async with simulated(_storing(family(name)), temper) as rig:
        await report_on_three(rig)
        assert rig.said.count(b"+CDSI:") == 3
        assert rig.asked(b"AT+CMGR=") == rig.asked(b"AT+CMGD=") == 3


def _service_one(device: Device, call: Call) -> Answer:
    """+CSMS of a modem that stays at service 1."""
    if call.form is Form.SET:
        raise MessageRefusal(303)
    return ("+CSMS: 1,1,1,1",) if call.form is Form.READ else ("+CSMS: (1)",)


@every_family
@every_cable
@virtual
async def test_where_reports_must_be_acknowledged_they_are_stored_or_else_acknowledged(
    name: str, temper: Temper
) -> None:
    made = family(name)
    bound = replace(made, commands={**made.commands, "+CSMS": _service_one}, defaults={**made.defaults, "+CSMS": 1})
    async with simulated(bound, temper) as rig:
        await report_on_three(rig)
        assert rig.said.count(b"+CDSI:") == (3 if name in STORING else 0)
        assert rig.asked(b"AT+CNMA") == (0 if name in STORING else 3)


@every_family
@every_cable
@virtual
async def test_reports_from_before_the_start_are_told_and_deleted_and_messages_stay(name: str, temper: Temper) -> None:
    line = SimulatedLine(Traits(family=family(name), long_on=True), temper)
    device = line.modem.device
    places = [store for store in ("SR", "ME", "SM") if store in device.family.stores.names]
    for store in places:
        for tpdu in (MESSAGE, REPORT, MESSAGE):
            device.memory(store).add(Stored(Status.UNREAD, SMSC, tpdu))
    rig = rig_on(line)
    async with rig.running():
        await rig.until(M.READY)
        before = len(rig.told)
        await asyncio.sleep(SETTLED)
        assert rig.reports == [REPORT] * len(places)
        assert kept(device) == [MESSAGE] * 2 * len(places)
        assert {status.state for status in rig.told[before:]} == {M.READY}
        assert rig.modem.status.stored == (2, device.memory(device.parameters.memories[2]).size)


@pytest.mark.parametrize("name", STORING)
@virtual
async def test_a_full_store_of_old_reports_is_emptied_so_that_new_ones_come(name: str) -> None:
    line = SimulatedLine(Traits(family=_storing(family(name)), long_on=True, storage=5))
    memory = line.modem.device.memory(family(name).stores.reports)
    while not memory.full:
        memory.add(Stored(Status.READ, SMSC, REPORT))
    rig = rig_on(line)
    async with rig.running():
        await rig.until(M.READY)
        sent = await rig.send("Kode 123456", report=True)
        await asyncio.sleep(SETTLED)
        assert referred_to(rig).count(OLD) == 5
        assert set(referred_to(rig)) == {OLD, *sent}
        assert not memory.slots
