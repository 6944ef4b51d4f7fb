"""What every profile owes to a modem of its family, over every cable: the real engine, simulated modems, virtual time.

The simulated modems were written from the makers' manuals without a look at our profiles. A family that is added to
the simulator is tried by itself; say in `family_rig.PROFILES` how it is driven. Over real ports the same is tried in
`tests/integration/test_profiles_on_ports.py`; what becomes of reports in `test_profiles_reports.py`.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from bench import virtual
from family_rig import PROFILES, SETTLED, SimulatedRig, rig_on, simulated
from line_rig import now

from otppi.at.profiles.generic import GENERIC
from otppi.at.profiles.table import VENDORS
from otppi.ports.modem import ModemState
from otppi.simulator.device import Traits
from otppi.simulator.families import family, names
from otppi.simulator.inprocess import SimulatedLine, Temper

if TYPE_CHECKING:
    from otppi.simulator.family import Family

PIN, WRONG = "4711", "9999"
WARM, COLD = 30.0, 60.0
"""Virtual seconds from opening the port to a modem that can send: booted long ago, and powered on at the opening.
On the slow cable every octet of the start-up takes a millisecond."""
AT_ONCE = {"wavecom": 2.5}
"""The same for one that is on for long, on a cable that takes no time: 0.2 s, but for the pause that Wavecom's need
before each command."""
UNHEARD = 8.2
"""Seconds that pass until a modem that answers no AT is given up for once."""
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


def test_every_family_has_a_profile_named() -> None:
    assert set(names()) == set(PROFILES)


@pytest.mark.parametrize(("name", "line"), [(name, line) for name in names() for line in family(name).noise])
def test_what_a_family_says_unasked_is_never_an_answer(name: str, line: str) -> None:
    profiles = {each.name: each for each in (GENERIC, *VENDORS)}
    assert profiles[PROFILES[name]].recognise(line) is not None
    assert GENERIC.recognise(line) is not None, "it is said before the profile is known, too"


# -- the start ---------------------------------------------------------------------------------------------------------


@pytest.mark.feature("F075", "F076")
@every_family
@every_cable
@boots
@virtual
async def test_it_is_ready_in_time_and_known(name: str, temper: Temper, boot: str) -> None:
    async with simulated(name, temper, long_on=boot == "warm") as rig:
        assert await rig.until(M.READY) <= (WARM if boot == "warm" else COLD)
        assert rig.modem.status.identity.iccid, "with the first word of being ready"
        await asyncio.sleep(SETTLED)  # the operator is asked for when there is one
        rig.knows(rig.device)


@every_family
@virtual
async def test_one_that_was_on_for_long_is_ready_at_once(name: str) -> None:
    async with simulated(name) as rig:
        assert await rig.until(M.READY) < AT_ONCE.get(name, 0.2)
        assert rig.device.counters.commands <= 27


@every_family
@virtual
async def test_one_that_was_told_to_give_no_results_is_made_to_speak(name: str) -> None:
    line = SimulatedLine(Traits(family=family(name), long_on=True))
    line.modem.device.parameters.quiet = True
    rig = rig_on(line)
    async with rig.running():
        assert await rig.until(M.READY) < UNHEARD + AT_ONCE.get(name, 0.2)
        assert rig.asked(b"ATQ0") == 1
        assert not line.modem.device.parameters.quiet


# -- texts -------------------------------------------------------------------------------------------------------------


@every_family
@every_cable
@pytest.mark.parametrize("text", TEXTS)
@virtual
async def test_a_text_leaves_exactly_once(name: str, temper: Temper, text: str) -> None:
    words, parts = TEXTS[text]
    async with simulated(name, temper) as rig:
        await rig.until(M.READY)
        references = await rig.send(words)
        sent = rig.line.sent
        assert [each.reference for each in sent] == references
        assert [each.part for each in sent] == list(range(1, parts + 1))
        assert "".join(each.text or "" for each in sent) == words
        assert rig.asked(b"AT+CMMS=2") == (parts > 1), "the link is kept where more is to come"


@every_family
@every_cable
@virtual
async def test_words_of_the_dialogue_in_a_text_change_nothing(name: str, temper: Temper) -> None:
    text = "\r\n".join(("OK", "ERROR", "> ", "+CMGS: 1", *family(name).noise))[:150]
    async with simulated(name, temper) as rig:
        await rig.until(M.READY)
        references = await rig.send(text)
        assert [each.reference for each in rig.line.sent] == references
        assert "".join(each.text or "" for each in rig.line.sent) == text


@every_family
@every_cable
@virtual
async def test_the_link_is_kept_once_while_texts_wait(name: str, temper: Temper) -> None:
    async with simulated(name, temper) as rig:
        await rig.until(M.READY)
        await rig.send("first")
        assert rig.asked(b"AT+CMMS=2") == 0, "nothing waits"
        for _ in range(3):
            await rig.send("next", more=True)
        await rig.send("last")
        assert rig.asked(b"AT+CMMS=2") == 1
        assert len(rig.line.sent) == 5


def _without_link(made: Family, offer: str) -> Family:
    """One of the family that does not know AT+CMMS, or offers but these modes."""
    if offer:
        return replace(made, tests={**made.tests, "+CMMS": offer})
    own = {name: command for name, command in made.commands.items() if name != "+CMMS"}
    return replace(made, commands=own, absent=made.absent | {"+CMMS"})


@every_family
@pytest.mark.parametrize("offer", ["", "(0)"])
@virtual
async def test_the_link_is_never_kept_where_the_modem_does_not_offer_it(name: str, offer: str) -> None:
    async with simulated(_without_link(family(name), offer)) as rig:
        await rig.until(M.READY)
        assert rig.asked(b"AT+CMMS=?") == 1
        await rig.send(TEXTS["gsm7-long"][0], more=True)
        await asyncio.sleep(SETTLED)
        assert rig.asked(b"AT+CMMS") == 1, "it was asked and nothing else"
        assert len(rig.line.sent) == 3


# -- PINs --------------------------------------------------------------------------------------------------------------


@pytest.mark.feature("F078")
@every_family
@every_cable
@boots
@virtual
async def test_the_right_pin_is_tried_once(name: str, temper: Temper, boot: str) -> None:
    async with simulated(name, temper, long_on=boot == "warm", sim_pin=PIN, pin=PIN) as rig:
        await rig.until(M.READY)
        assert rig.asked(b"AT+CPIN=") == 1
        assert rig.device.sim.tries == 3
        assert M.PIN_NEEDED not in {status.state for status in rig.told}
        assert len(await rig.send("Kode 123456")) == len(rig.line.sent) == 1


@pytest.mark.feature("F078")
@every_family
@every_cable
@virtual
async def test_a_wrong_pin_is_tried_once_and_never_again(name: str, temper: Temper) -> None:
    async with simulated(name, temper, sim_pin=PIN, pin=WRONG) as rig:
        await _stays_locked(rig)
    again = rig_on(rig.line, pin=WRONG, pins=rig.pins)
    async with again.running():
        await _stays_locked(again)
    card = rig.device.sim
    assert (card.tries, card.wrong, card.puk_tries) == (2, 1, 10)


@pytest.mark.feature("F078")
@every_family
@virtual
async def test_the_last_try_is_left_to_the_owner(name: str) -> None:
    line = SimulatedLine(Traits(family=family(name), long_on=True, pin=PIN))
    line.modem.device.sim.tries = 1
    rig = rig_on(line, pin=PIN)
    async with rig.running():
        await _stays_locked(rig)
    assert rig.asked(b"AT+CPIN=") == 0


async def _stays_locked(rig: SimulatedRig) -> None:
    await rig.until(M.PIN_NEEDED)
    await asyncio.sleep(SETTLED)
    assert rig.modem.status.state is M.PIN_NEEDED


# -- networks and restarts ---------------------------------------------------------------------------------------------


@every_family
@pytest.mark.parametrize(("stat", "state"), [(6, M.READY), (7, M.READY), (2, M.SEARCHING), (3, M.SEARCHING)])
@virtual
async def test_what_the_network_grants_decides(name: str, stat: int, state: ModemState) -> None:
    async with simulated(name) as rig:
        await rig.until(M.READY)
        rig.line.order("register", stat=stat)
        await asyncio.sleep(SETTLED)
        assert rig.modem.status.state is state
        if stat == 3:
            assert "denied" in rig.modem.status.reason or "refuse" in rig.modem.status.reason


@pytest.mark.feature("X07")
@every_family
@every_cable
@virtual
async def test_a_restart_by_itself_leads_to_a_fresh_start(name: str, temper: Temper) -> None:
    async with simulated(name, temper) as rig:
        await rig.until(M.READY)
        before = len(rig.told)
        rig.line.order("fault", step="before_reply", kind="reboot")
        await asyncio.sleep(SETTLED)
        if family(name).power.away is None:  # it does not come back by itself
            assert rig.modem.status.state is M.ABSENT
            rig.line.replug()
        await rig.until(M.READY)
        assert any(status.state not in (M.READY, M.BUSY) for status in rig.told[before:])
        assert rig.device.counters.boots >= 1
        assert len(await rig.send("Kode 123456")) == len(rig.line.sent) == 1


@pytest.mark.feature("X07")
@every_family
@virtual
async def test_one_that_was_unplugged_is_used_again_five_seconds_after_its_own_start(name: str) -> None:
    async with simulated(name) as rig:
        await rig.until(M.READY)
        rig.line.unplug()
        await rig.until(M.ABSENT)
        await asyncio.sleep(10)
        rig.line.replug()
        plugged = now()
        took = await rig.until(M.READY) - plugged
        assert len(await rig.send("Kode 123456")) == 1
    fresh = rig_on(SimulatedLine(Traits(family=family(name))))
    begun = now()
    async with fresh.running():
        assert took <= await fresh.until(M.READY) - begun + 5
