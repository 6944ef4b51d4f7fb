"""Delivery reports that lay in the stores before the line was opened: found, handed over, deleted; all else stays."""

from __future__ import annotations

import asyncio

import pytest
from line_rig import Modem, Rig, jump

from otppi.ports.modem import ModemState, Sent

M = ModemState
SMSC = "0791261800000010"
FIRST = "06010B912618000000F0627011218000006270112180000000"
SECOND = "06020B912618000000F0627011218000006270112180000000"
MESSAGE = "040B912618000000F000006270112180000002C834"
SETTLED = 60.0


def stored(tpdu: str) -> str:
    """What AT+CMGR= answers."""
    return f"+CMGR: 0,,{len(tpdu) // 2}\r\n{SMSC}{tpdu}"


class Stores(Modem):
    """A far end with real stores: AT+CPMS chooses, AT+CMGR reads, and AT+CMGD deletes unless it `keeps` all."""

    def __init__(self, offer: str = '("SR","ME","SM"),("ME","SM"),("ME","SM")', **stores: dict[int, str]) -> None:
        super().__init__()
        self.stores: dict[str, dict[int, str]] = {"SR": {}, "ME": {}, "SM": {}} | stores
        self.keeps = False
        self.looked_at = "ME"
        self.table["AT+CPMS=?"] = f"+CPMS: {offer}"
        self.work: list[str] = []

    def heard(self, data: bytes) -> None:
        self._prepare(data.decode("latin-1").rstrip("\r"))
        super().heard(data)

    def _prepare(self, text: str) -> None:
        if text.startswith('AT+CPMS="'):
            self.looked_at = text[9:11]
        places = self.stores[self.looked_at]
        if text.startswith(("AT+CMGR=", "AT+CMGD=")):
            self._handle(text, places)
        elif text == "AT+CPMS?":
            counts = f"{len(places)},20"
            self.table[text] = f'+CPMS: "{self.looked_at}",{counts},"ME",{counts},"ME",{counts}'

    def _handle(self, text: str, places: dict[int, str]) -> None:
        self.work.append(f"{self.looked_at} {text[3:]}")
        index = int(text[8:])
        if text in self.table and self.table[text] is None:
            return
        if text.startswith("AT+CMGD=") and self.keeps:
            self.table[text] = "+CMS ERROR: 320"
        elif text.startswith("AT+CMGD="):
            self.table[text] = "+CMS ERROR: 321" if places.pop(index, None) is None else ""
        else:
            self.table[text] = stored(places[index]) if index in places else "+CMS ERROR: 321"


def deleted(far: Stores) -> list[str]:
    return [each for each in far.work if "CMGD" in each]


def test_they_are_handed_over_and_deleted_from_every_store_and_messages_stay() -> None:
    async def talk() -> None:
        far = Stores(SR={1: FIRST}, ME={0: MESSAGE, 4: SECOND}, SM={3: MESSAGE})
        async with Rig(far) as rig:
            await rig.until(M.READY)
            await asyncio.sleep(SETTLED)
            assert rig.reports == [FIRST, SECOND]
            assert deleted(far) == ["SR CMGD=1", "ME CMGD=4"]
            assert far.stores == {"SR": {}, "ME": {0: MESSAGE}, "SM": {3: MESSAGE}}
            assert far.looked_at == "ME", "the store of received messages is looked into again"
            read = len(far.work)
            await asyncio.sleep(300)
            assert len(far.work) == read, "once in the life of a line"

    jump(talk())


def test_where_all_stores_are_empty_no_place_is_read() -> None:
    async def talk() -> None:
        far = Stores()
        async with Rig(far) as rig:
            await rig.until(M.READY)
            await asyncio.sleep(SETTLED)
            assert far.work == []
            assert far.count('AT+CPMS="SR"') == far.count('AT+CPMS="SM"') == 1

    jump(talk())


def test_a_store_that_the_modem_does_not_offer_is_not_asked_for() -> None:
    async def talk() -> None:
        far = Stores('("ME","MT"),("ME"),("ME")', ME={2: FIRST})
        async with Rig(far) as rig:
            await rig.until(M.READY)
            await asyncio.sleep(SETTLED)
            assert rig.reports == [FIRST]
            assert not [line for line in far.heard_lines if line in ('AT+CPMS="SR"', 'AT+CPMS="SM"', 'AT+CPMS="MT"')]

    jump(talk())


def test_one_whose_reference_was_used_since_is_left_alone() -> None:
    async def talk() -> None:
        far = Stores(SR={1: FIRST, 2: SECOND})
        far.result = "+CMGS: 1\r\n\r\nOK"
        async with Rig(far) as rig:
            await rig.until(M.READY)
            assert await rig.send() == Sent(1)
            await asyncio.sleep(SETTLED)
            assert rig.reports == [SECOND], "the other one may be taken for a report on what was just sent"
            assert far.stores["SR"] == {1: FIRST}

    jump(talk())


def test_one_that_is_announced_meanwhile_is_told_once() -> None:
    async def talk() -> None:
        far = Stores(SR={1: FIRST, 2: SECOND})
        async with Rig(far) as rig:
            await rig.until(M.READY)
            far.slowness = 1.0
            await far.until_heard("AT+CMGR=1")
            far.line('+CDSI: "SR",1')
            far.line('+CDSI: "SR",2')
            await asyncio.sleep(SETTLED)
            assert rig.reports == [FIRST, SECOND]
            assert far.stores["SR"] == {}

    jump(talk())


def test_one_that_cannot_be_deleted_is_not_told_again_on_the_next_line() -> None:
    async def talk() -> None:
        far = Stores(SR={1: FIRST})
        far.keeps = True
        async with Rig(far) as rig:
            await rig.until(M.READY)
            await asyncio.sleep(SETTLED)
            rig.cable.pull()
            rig.cable.plug()
            await asyncio.sleep(SETTLED)
            assert rig.reports == [FIRST]
            assert rig.state() is M.READY

    jump(talk())


@pytest.mark.parametrize("silent", ["AT+CMGR=1", "AT+CMGD=1"])
def test_a_place_that_silences_the_modem_is_tried_once_and_the_rest_is_found(silent: str) -> None:
    async def talk() -> None:
        far = Stores(SR={1: FIRST, 2: SECOND})
        far.table[silent] = None
        async with Rig(far) as rig:
            await rig.until(M.READY)
            for _ in range(3):
                await asyncio.sleep(SETTLED)
                rig.cable.pull()
                rig.cable.plug()
            await asyncio.sleep(SETTLED)
            assert far.count(silent) == 1
            assert rig.reports == ([FIRST, SECOND] if silent.startswith("AT+CMGD") else [SECOND])
            assert rig.state() is M.READY

    jump(talk())


def test_a_send_goes_between_two_places() -> None:
    async def talk() -> None:
        far = Stores(ME=dict.fromkeys(range(20), MESSAGE))
        far.slowness = 0.1
        async with Rig(far) as rig:
            await rig.until(M.READY)
            await far.until_heard("AT+CMGR=3")
            assert await rig.send() == Sent(5)
            assert "AT+CMGR=15" not in far.heard_lines, "it did not wait for them all"
            await asyncio.sleep(SETTLED)
            assert "AT+CMGR=19" in far.heard_lines

    jump(talk())


def test_what_lies_in_the_stores_of_another_sim_is_not_shunned() -> None:
    async def talk() -> None:
        far = Stores(SR={1: FIRST})
        far.table |= {"AT+CCID": "8962000000000000017", "AT+CMGR=1": None}
        async with Rig(far) as rig:
            await rig.until(M.READY)
            await far.until_heard("AT+CMGR=1")
            await asyncio.sleep(SETTLED)
            rig.cable.pull()
            del far.table["AT+CMGR=1"]
            far.table["AT+CCID"] = "8962000000000000025"
            rig.cable.plug()
            await asyncio.sleep(SETTLED)
            assert rig.reports == [FIRST]

    jump(talk())
