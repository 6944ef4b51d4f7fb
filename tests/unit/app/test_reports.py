"""Delivery reports: edges e, n and m, by the modem's reference and the receiver."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from bench import RECEIVER, gateway, modem, virtual

from otppi.domain.message import State
from otppi.pdu.address import Address
from otppi.pdu.report import StatusReport, encode_report
from otppi.testing.fake_modem import Fate, Lot

if TYPE_CHECKING:
    from pathlib import Path

    from bench import Bench

ON = {"sms.delivery_report": "true"}
NUMBER = RECEIVER.removeprefix("+")
MOMENT = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
DELIVERED, STILL_TRYING, FAILED = 0x00, 0x20, 0x46


async def report(
    bench: Bench,
    reference: int,
    status: int = DELIVERED,
    number: str = NUMBER,
    name: str = "east",
    taken: datetime = MOMENT,
) -> None:
    """A modem tells of a report on what the centre took at `taken`."""
    tpdu = encode_report(StatusReport(reference, Address(number), taken, taken, status))
    bench.app.fleet.report(name, tpdu)
    await asyncio.sleep(1)


@pytest.mark.parametrize(
    ("status", "state", "letters"),
    [(DELIVERED, State.DELIVERED, "cde"), (FAILED, State.UNDELIVERED, "cdn"), (STILL_TRYING, State.SENT, "cd")],
)
@virtual
async def test_a_report_settles_what_was_sent(tmp_path: Path, status: int, state: State, letters: str) -> None:
    async with gateway(tmp_path, settings=ON) as bench:
        reply = await bench.sms()
        await asyncio.sleep(3)
        await report(bench, 1, status)
        assert (await bench.message(reply)).shown is state
        assert await bench.edges(reply) == letters
        await report(bench, 1, status)
        assert await bench.edges(reply) == letters, "a report that comes twice changes nothing"


@pytest.mark.parametrize(
    ("reference", "number", "name"),
    [(2, NUMBER, "east"), (1, "6281299999999", "east"), (1, NUMBER, "west")],
)
@virtual
async def test_a_report_on_something_else_changes_nothing(
    tmp_path: Path, reference: int, number: str, name: str
) -> None:
    async with gateway(tmp_path, modem("east", "62812"), modem("west"), settings=ON) as bench:
        reply = await bench.sms()
        await asyncio.sleep(3)
        await report(bench, reference, DELIVERED, number, name)
        bench.app.fleet.report("east", "not hex")
        bench.app.fleet.report("east", "00")
        await asyncio.sleep(1)
        assert await bench.edges(reply) == "cd"


@virtual
async def test_a_number_written_without_its_country_is_the_same_receiver(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings=ON) as bench:
        reply = await bench.sms()
        await asyncio.sleep(3)
        await report(bench, 1, DELIVERED, "81200001234")
        assert (await bench.message(reply)).shown is State.DELIVERED


@pytest.mark.parametrize(("status", "state"), [(DELIVERED, State.DELIVERED), (FAILED, State.UNDELIVERED)])
@virtual
async def test_a_report_settles_a_doubt(tmp_path: Path, status: int, state: State) -> None:
    async with gateway(tmp_path, settings=ON, lots={"east": [Lot(Fate.SILENT_ON_AIR)]}, body_timeout=20.0) as bench:
        reply = await bench.sms()
        await asyncio.sleep(30)
        assert "in_doubt" in bench.alarms()
        await report(bench, 1, status)
        message = await bench.message(reply)
        assert (message.shown, message.outcome_unknown) == (state, True)
        assert await bench.edges(reply) == "cjm"
        assert "in_doubt" not in bench.alarms()


@pytest.mark.parametrize(("minutes", "letters"), [(16, "cj"), (14, "cjm")])
@virtual
async def test_a_report_on_what_went_out_before_settles_no_doubt(tmp_path: Path, minutes: int, letters: str) -> None:
    async with gateway(tmp_path, settings=ON, lots={"east": [Lot(Fate.SILENT_ON_AIR)]}, body_timeout=20.0) as bench:
        reply = await bench.sms()
        await asyncio.sleep(30)
        await report(bench, 7, taken=MOMENT - timedelta(minutes=minutes))
        assert await bench.edges(reply) == letters


@virtual
async def test_a_report_withdraws_a_resend_that_was_not_handed(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings=ON, lots={"east": [Lot(Fate.VANISHES_AFTER, away=120.0)]}) as bench:
        reply = await bench.otp()
        await asyncio.sleep(20)
        assert await bench.edges(reply) == "cjk"
        await report(bench, 1)
        await asyncio.sleep(200)
        message = await bench.message(reply)
        assert await bench.edges(reply) == "cjkm"
        assert (message.shown, message.possible_duplicate) == (State.DELIVERED, True)
        assert len(bench.sent()) == 1


@virtual
async def test_with_reports_off_none_is_waited_for(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        reply = await bench.sms()
        await asyncio.sleep(3)
        await report(bench, 1)
        assert await bench.edges(reply) == "cd"


@virtual
async def test_all_parts_delivered_is_delivered(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings=ON) as bench:
        reply = await bench.sms(message="Halo " * 60)
        await asyncio.sleep(5)
        await report(bench, 1)
        assert (await bench.message(reply)).shown is State.SENT
        await report(bench, 2)
        assert (await bench.message(reply)).shown is State.DELIVERED
