"""The PIN of a line: one try for each entering, in the SIM it was entered for, and never the last ones."""

from __future__ import annotations

import asyncio

import pytest
from line_rig import PIN, Modem, Rig, jump

from otppi.modems.pins import PinLedger
from otppi.ports.modem import ModemState

M = ModemState
A, B = "8962000000000000017", "8962000000000000025"
ENTER = f'AT+CPIN="{PIN}"'

pytestmark = pytest.mark.feature("F078")


class Locked(Modem):
    """A modem whose SIMs have PINs and know how often they were tried; `tells` its ICCID while it is locked."""

    def __init__(self, pins: dict[str, str], *, tells: bool = True) -> None:
        super().__init__()
        self.pins = pins
        self.tries = dict.fromkeys(pins, 3)
        self.tells = tells
        self.insert(next(iter(pins)))

    def insert(self, sim: str) -> None:
        """Puts in a SIM; it is locked."""
        self.sim = sim
        self._show(unlocked=False)

    def _show(self, *, unlocked: bool) -> None:
        left = self.tries[self.sim]
        state = "READY" if unlocked else "SIM PIN" if left else "SIM PUK"
        self.table |= {
            "AT+CPIN?": f"+CPIN: {state}",
            "AT+CPINR": f"+CPINR: SIM PIN,{left},3",
            "AT+CCID": self.sim if unlocked or self.tells else "+CME ERROR: 11",
            "AT+CIMI": "001010000000017" if unlocked else "+CME ERROR: 11",
        }

    def heard(self, data: bytes) -> None:
        if data.startswith(b"AT+CPIN="):
            right = data == f'AT+CPIN="{self.pins[self.sim]}"\r'.encode()
            self.tries[self.sim] = 3 if right else self.tries[self.sim] - 1
            self._show(unlocked=right)
            self.table[data.strip().decode()] = "" if right else "+CME ERROR: 16"
        super().heard(data)


async def replug(rig: Rig) -> None:
    rig.cable.pull()
    await rig.until(M.ABSENT)
    rig.cable.plug()


def test_a_swapped_sim_loses_no_try_and_the_old_one_still_works() -> None:
    async def talk() -> None:
        far = Locked({A: PIN, B: "0815"})
        async with Rig(far, pin=PIN, entry="e1") as rig:
            await rig.until(M.READY)
            for _ in range(3):
                far.insert(B)
                await replug(rig)
                await rig.until(M.PIN_NEEDED)
                await asyncio.sleep(20)
                assert far.tries == {A: 3, B: 3}
                assert "another SIM" in rig.reason()
                far.insert(A)
                await replug(rig)
                await rig.until(M.READY)

    jump(talk())


def test_a_sim_swapped_while_the_modem_runs_loses_no_try_either() -> None:
    async def talk() -> None:
        far = Locked({A: PIN, B: "0815"})
        async with Rig(far, pin=PIN, entry="e1") as rig:
            await rig.until(M.READY)
            await asyncio.sleep(20)
            far.insert(B)
            far.line("+CPIN: SIM PIN")
            await rig.until(M.PIN_NEEDED, seconds=5)
            await asyncio.sleep(60)
            assert far.tries[B] == 3

    jump(talk())


def test_a_sim_that_moves_between_modems_with_the_same_pin_loses_one_try() -> None:
    async def talk() -> None:
        pins = PinLedger()
        for entry in ("e1", "e2", "e3"):
            await pins.may_try(entry, PIN)
        far = Locked({A: "0815"})
        for entry in ("e1", "e2", "e3"):
            async with Rig(far, pin=PIN, entry=entry, pins=pins) as rig:
                await rig.until(M.PIN_NEEDED)
                await asyncio.sleep(20)
        assert far.tries[A] == 2

    jump(talk())


def test_entering_the_same_wrong_pin_again_costs_one_more_try_but_never_the_last() -> None:
    async def talk() -> None:
        pins = PinLedger()
        far = Locked({A: "0815"})
        for number in range(5):
            async with Rig(far, pin=PIN, entry=f"e{number}", pins=pins) as rig:
                await rig.until(M.PIN_NEEDED)
                await asyncio.sleep(20)
                assert far.tries[A] == max(1, 2 - number)

    jump(talk())


def test_where_the_sim_is_not_told_while_locked_the_entry_counts() -> None:
    async def talk() -> None:
        far = Locked({A: "0815"}, tells=False)
        pins = PinLedger()
        for _ in range(3):
            async with Rig(far, pin=PIN, entry="e1", pins=pins) as rig:
                await rig.until(M.PIN_NEEDED)
                await asyncio.sleep(20)
        assert far.tries[A] == 2

    jump(talk())


@pytest.mark.parametrize("fate", ["silent", "lost"])
def test_a_try_whose_outcome_is_not_known_is_spent(fate: str) -> None:
    async def talk() -> None:
        far = Modem()
        far.table |= {"AT+CPIN?": "+CPIN: SIM PIN", "AT+CPINR": "ERROR", ENTER: None, "AT+CCID": A}
        async with Rig(far, pin=PIN, entry="e1") as rig:
            await far.until_heard(ENTER)
            if fate == "lost":
                await replug(rig)
            await asyncio.sleep(300)
            assert rig.state() is M.PIN_NEEDED
            assert far.count(ENTER) == 1

    jump(talk())


def test_nothing_is_tried_that_cannot_be_written_down_first() -> None:
    class Full(PinLedger):
        async def spend(self, entry: str, pin: str, sim: str = "") -> bool:
            return False

    async def talk() -> None:
        far = Locked({A: PIN})
        async with Rig(far, pin=PIN, entry="e1", pins=Full()) as rig:
            await rig.until(M.PIN_NEEDED)
            await asyncio.sleep(30)
            assert far.count(ENTER) == 0

    jump(talk())


def test_a_puk_is_never_tried() -> None:
    async def talk() -> None:
        far = Locked({A: PIN})
        far.tries[A] = 0
        far.insert(A)
        async with Rig(far, pin=PIN, entry="e1") as rig:
            await rig.until(M.PIN_NEEDED)
            await asyncio.sleep(60)
            assert "PUK" in rig.reason()
            assert not [line for line in far.heard_lines if line.startswith("AT+CPIN=")]

    jump(talk())


def test_a_line_without_a_pin_does_not_ask_for_the_sim_first() -> None:
    async def talk() -> None:
        async with Rig(Modem()) as rig:
            await rig.until(M.READY)
            assert rig.far.count("AT+CCID") == 1

    jump(talk())
