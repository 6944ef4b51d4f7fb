"""The daily report of outgoing SMS: one line for each message that was sent, when it was, and none where it is off."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from bench import Bench, gateway, modem, virtual

from otppi.app.outgoing import Outgoing
from otppi.domain.message import State
from otppi.testing.fake_modem import Fate, Lot

if TYPE_CHECKING:
    from pathlib import Path

    from otppi.ports.sms_log import SentSms

ON = {"sms.log_outgoing": "true"}


class Kept:
    """Keeps the lines; trouble is what a test says."""

    def __init__(self) -> None:
        self.lines: list[SentSms] = []
        self.forgotten: list[float] = []
        self.trouble = ""

    def write(self, sms: SentSms) -> None:
        self.lines.append(sms)

    def forget(self, *, before: float) -> None:
        self.forgotten.append(before)


def watch(bench: Bench) -> Kept:
    kept = Kept()
    bench.app.outgoing = Outgoing(kept, bench.app.configuration, bench.clock, bench.app.alarms)
    bench.app.housekeeping.chores.append(bench.app.outgoing.round)
    return kept


@pytest.mark.feature("F072")
@virtual
async def test_a_line_is_written_once_the_sms_was_sent_and_not_before(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("east", msisdn="6281200009999"), settings=ON, usual_lot=Lot(air=3.0)) as bench:
        kept = watch(bench)
        await bench.sms("+6281200001234", "Halo ж 🐤")
        await asyncio.sleep(2)
        assert kept.lines == []
        await asyncio.sleep(3)
        (line,) = kept.lines
        assert (line.modem, line.msisdn, line.receiver, line.characters) == (
            *("east", "6281200009999", "6281200001XXX"),
            len("Halo ж 🐤"),
        )
        assert line.at == pytest.approx(bench.clock.now() - 2, abs=0.2)


@pytest.mark.feature("F072")
@virtual
async def test_the_default_is_off_and_the_setting_counts_at_once(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        kept = watch(bench)
        await bench.sms()
        await asyncio.sleep(3)
        await bench.configure("sms.log_outgoing", "true")
        await bench.sms("+6281200001235")
        await asyncio.sleep(3)
        assert [line.receiver for line in kept.lines] == ["6281200001XXX"]


@pytest.mark.feature("F072")
@virtual
async def test_a_long_message_is_one_line_and_one_that_failed_is_none(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings=ON) as bench:
        kept = watch(bench)
        await bench.sms(message="Halo." * 80)
        await asyncio.sleep(8)
        assert [line.characters for line in kept.lines] == [400]
        bench.lots["east"] = [Lot(fate=Fate.REFUSED, code=1)]
        await bench.sms("+6281200001235")
        await asyncio.sleep(8)
        assert len(kept.lines) == 1


@pytest.mark.feature("F072")
@virtual
async def test_the_length_of_a_code_is_told_after_a_restart_too_though_its_text_is_gone(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings=ON, usual_lot=Lot(air=100.0)) as bench:
        reply = await bench.sms(message="Halo dunia", expiration=bench.clock.now() + 3600)
        await asyncio.sleep(2)
        await bench.restart()
        kept = watch(bench)
        await bench.app.delivery.resolve(str(reply.data["id"]), State.SENT, "the owner saw it")
        assert [(line.modem, line.characters) for line in kept.lines] == [("east", 10)]


@virtual
async def test_old_files_are_forgotten_now_and_then(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings={"retention.reports": "2d"}) as bench:
        kept = watch(bench)
        await asyncio.sleep(2 * 3600 + 60)
        assert len(kept.forgotten) == 3
        assert kept.forgotten[-1] == pytest.approx(bench.clock.now() - 2 * 86_400, abs=120)


@virtual
async def test_files_that_cannot_be_written_are_an_alarm_until_they_can(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        kept = watch(bench)
        kept.trouble = "No space left on device"
        await asyncio.sleep(6)
        assert "sms_log" in bench.alarms()
        kept.trouble = ""
        await asyncio.sleep(6)
        assert "sms_log" not in bench.alarms()
