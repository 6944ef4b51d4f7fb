"""Delivery reports that lie in a store: read, handed over, and only then deleted, each by its index."""

from __future__ import annotations

import asyncio

import pytest
from line_rig import Modem, Rig, jump

from otppi.ports.modem import ModemState, Sent

M = ModemState
FIRST = "06010B912618000000F0627011218000006270112180000000"
SECOND = "06020B912618000000F0627011218000006270112180000000"


def stored(tpdu: str, smsc: str = "0791261800000010") -> str:
    """What AT+CMGR= answers: the header counts the octets after the SMSC's."""
    return f"+CMGR: 0,,{len(tpdu) // 2}\r\n{smsc}{tpdu}"


def far_end() -> Modem:
    far = Modem()
    far.table |= {
        "AT+CPMS?": '+CPMS: "ME",1,20,"ME",1,20,"ME",1,20',
        'AT+CPMS="SM"': "+CPMS: 1,10,1,20,1,20",
        'AT+CPMS="ME"': "+CPMS: 1,20,1,20,1,20",
        "AT+CMGR=3": stored(FIRST),
        "AT+CMGR=4": stored(SECOND, smsc="00"),
    }
    return far


def work(far: Modem) -> list[str]:
    return [line for line in far.heard_lines if line.startswith(("AT+CMGR", "AT+CMGD"))]


def test_it_is_handed_over_without_its_smsc_and_then_deleted() -> None:
    async def talk() -> None:
        far = far_end()
        async with Rig(far) as rig:
            await rig.until(M.READY)
            far.line('+CDSI: "ME",3')
            far.line('+CDSI: "ME",4')
            await asyncio.sleep(1)
            assert rig.reports == [FIRST, SECOND]
            assert work(far) == ["AT+CMGR=3", "AT+CMGD=3", "AT+CMGR=4", "AT+CMGD=4"]
            assert rig.modem.status.stored == (1, 20)

    jump(talk())


def test_the_store_of_received_messages_is_looked_into_again_afterwards() -> None:
    async def talk() -> None:
        far = far_end()
        async with Rig(far) as rig:
            await rig.until(M.READY)
            far.heard_lines.clear()
            far.line('+CDSI: "SM",3')
            await asyncio.sleep(1)
            assert rig.reports == [FIRST]
            choices = [line for line in far.heard_lines if line.startswith(("AT+CPMS=", "AT+CM"))]
            assert choices == [
                'AT+CPMS="SM"',
                "AT+CMGR=3",
                'AT+CPMS="ME"',
                'AT+CPMS="SM"',
                "AT+CMGD=3",
                'AT+CPMS="ME"',
            ]

    jump(talk())


def test_it_is_not_told_twice_when_only_deleting_fails() -> None:
    async def talk() -> None:
        far = far_end()
        far.table["AT+CMGD=3"] = "+CMS ERROR: 320"
        async with Rig(far) as rig:
            await rig.until(M.READY)
            far.line('+CDSI: "ME",3')
            await asyncio.sleep(120)
            assert rig.reports == [FIRST]
            assert work(far) == ["AT+CMGR=3", *["AT+CMGD=3"] * 3], "tried three times, then left where it is"
            far.line('+CDSI: "ME",4')
            await asyncio.sleep(1)
            assert rig.reports == [FIRST, SECOND]

    jump(talk())


def test_one_that_cannot_be_read_is_tried_again_and_never_deleted() -> None:
    async def talk() -> None:
        far = far_end()
        far.table["AT+CMGR=3"] = "+CMS ERROR: 320"
        async with Rig(far) as rig:
            await rig.until(M.READY)
            far.line('+CDSI: "ME",3')
            far.line('+CDSI: "ME",4')
            await asyncio.sleep(15)
            far.table["AT+CMGR=3"] = stored(FIRST)
            await asyncio.sleep(20)
            assert rig.reports == [FIRST, SECOND]
            far.line('+CDSI: "ME",7')
            far.table["AT+CMGR=7"] = "+CMS ERROR: 321"
            await asyncio.sleep(120)
            assert work(far).count("AT+CMGR=7") == 3
            assert "AT+CMGD=7" not in work(far)

    jump(talk())


def test_one_told_just_before_the_line_was_lost_is_fetched_on_the_next_line() -> None:
    async def talk() -> None:
        far = far_end()
        async with Rig(far) as rig:
            await rig.until(M.READY)
            far.line('+CDSI: "ME",3')
            far.table["AT+CMGR=3"] = None
            await far.until_heard("AT+CMGR=3")
            rig.cable.pull()
            far.table["AT+CMGR=3"] = stored(FIRST)
            rig.cable.plug()
            await asyncio.sleep(20)
            assert rig.reports == [FIRST]
            assert work(far)[-1] == "AT+CMGD=3"

    jump(talk())


@pytest.mark.parametrize("changed", ["AT+CCID", "AT+CGSN"])
def test_nothing_is_deleted_in_the_store_of_another_sim_or_modem(changed: str) -> None:
    async def talk() -> None:
        far = far_end()
        far.table |= {"AT+CCID": "8962000000000000017", "AT+CGSN": "004402450000018"}
        async with Rig(far) as rig:
            await rig.until(M.READY)
            far.table["AT+CMGR=3"] = None
            far.line('+CDSI: "ME",3')
            await far.until_heard("AT+CMGR=3")
            rig.cable.pull()
            far.table |= {
                "AT+CMGR=3": stored(FIRST),
                changed: {"AT+CCID": "8962000000000000025", "AT+CGSN": "004402450000026"}[changed],
            }
            far.heard_lines.clear()
            rig.cable.plug()
            await rig.until(M.READY)
            await asyncio.sleep(60)
            assert rig.reports == []
            assert work(far) == []

    jump(talk())


def test_a_message_that_came_in_stays_where_it_is() -> None:
    async def talk() -> None:
        far = far_end()
        async with Rig(far) as rig:
            await rig.until(M.READY)
            far.line('+CMTI: "ME",3')
            await asyncio.sleep(60)
            assert work(far) == []
            assert far.count("AT+CPMS?") >= 1

    jump(talk())


def test_a_send_goes_between_two_reports() -> None:
    async def talk() -> None:
        far = far_end()
        for index in range(10, 20):
            far.table[f"AT+CMGR={index}"] = stored(FIRST)
        async with Rig(far) as rig:
            await rig.until(M.READY)
            for index in range(10, 20):
                far.line(f'+CDSI: "ME",{index}')
            send = asyncio.ensure_future(rig.send())
            await asyncio.sleep(0)
            assert await send == Sent(5)
            await asyncio.sleep(1)
            assert len(rig.reports) == 10
            sent_at = next(at for at, line in enumerate(far.heard_lines) if line.startswith("AT+CMGS"))
            assert far.heard_lines[sent_at:].count("AT+CMGD=19") == 1, "the send did not wait for them all"

    jump(talk())


def test_a_broken_line_about_a_report_is_nothing() -> None:
    async def talk() -> None:
        far = far_end()
        async with Rig(far) as rig:
            await rig.until(M.READY)
            far.line("+CDSI: nonsense")
            await asyncio.sleep(5)
            assert work(far) == []
            assert rig.state() is M.READY

    jump(talk())
