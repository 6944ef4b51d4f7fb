"""The queue of a modem that cannot take messages any more goes elsewhere, at once or after its patience."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from bench import gateway, modem, queued, status, virtual

from otppi.domain.message import State
from otppi.domain.secret import Secret
from otppi.pdu.decode import decode
from otppi.pdu.submit import Submit
from otppi.ports.modem import ModemState
from otppi.ports.store import Entry
from otppi.testing.fake_modem import Fate, Lot

if TYPE_CHECKING:
    from pathlib import Path

    from bench import Bench

LONG = "Halo " * 90  # 450 characters: three segments
AWAY = [
    ModemState.ABSENT,
    ModemState.DEGRADED,
    ModemState.RESETTING,
    ModemState.PIN_NEEDED,
    ModemState.SEARCHING,
    ModemState.PROBING,
    ModemState.STARTING,
]


def to(number: int) -> str:
    return f"+62812000{number:05d}"


def references(bench: Bench) -> list[tuple[str, int, int]]:
    """(modem, concatenation reference, part) of every segment on the air."""
    submits = [(entry.modem, decode(entry.tpdu, has_smsc=False, direction="to_network")) for entry in bench.air.entries]
    return [
        (name, submit.concat.reference, submit.concat.part)
        for name, submit in submits
        if isinstance(submit, Submit) and submit.concat is not None
    ]


async def by_hand(bench: Bench, name: str) -> str:
    """A message that only this modem may take, as manual sending makes it; its id."""
    now = bench.clock.now()
    message = queued(id="01PINNED", created=now, deadline=now + 3600, pinned=name)
    sealed = bench.vault.seal(Secret("Halo"), "message", message.id)
    await bench.store.outbox.accept(Entry(message, sealed, (), "{}"), now=now)
    bench.app.delivery.admit(message)
    return message.id


@pytest.mark.parametrize("state", AWAY)
@virtual
async def test_codes_that_wait_for_a_modem_go_elsewhere_the_moment_it_cannot(tmp_path: Path, state: ModemState) -> None:
    modems = (modem("a", "62812"), modem("d", default=True))
    async with gateway(tmp_path, *modems, usual_lot=Lot(air=9.0)) as bench:
        await bench.sms(to(1))
        await asyncio.sleep(1)
        await bench.otp("r1", to(2))
        await asyncio.sleep(1)
        assert [sms.modem for sms in bench.sent()] == ["a"], "busy is not cannot"
        left_at = bench.seconds()
        bench.app.fleet.changed("a", status(state))
        await asyncio.sleep(0.5)
        assert [(sms.modem, sms.number) for sms in bench.sent()][1:] == [("d", to(2)[1:])]
        assert bench.sent()[1].at - left_at < 0.1


@pytest.mark.parametrize("state", AWAY)
@virtual
async def test_plain_messages_follow_after_a_patience_counted_from_that_moment(
    tmp_path: Path, state: ModemState
) -> None:
    async with gateway(tmp_path, modem("a", "62812"), modem("d", default=True)) as bench:
        await asyncio.sleep(50)
        left_at = bench.seconds()
        bench.app.fleet.changed("a", status(state))
        await bench.sms(to(1))
        await asyncio.sleep(40)
        await bench.sms(to(2))
        await asyncio.sleep(40)
        assert [sms.modem for sms in bench.sent()] == ["d", "d"]
        assert all(sms.at == pytest.approx(left_at + 60, abs=1.0) for sms in bench.sent())


@virtual
async def test_a_modem_that_is_back_before_the_patience_is_over_gets_them_after_all(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a", "62812"), modem("d", default=True)) as bench:
        bench.modems["a"].unplug(20)
        for number in range(3):
            await bench.sms(to(number))
        await asyncio.sleep(30)
        assert [sms.modem for sms in bench.sent()] == ["a"] * 3


@virtual
async def test_a_slow_modem_gets_nothing_new_until_its_time_out_and_then_it_does(tmp_path: Path) -> None:
    async with gateway(tmp_path, lots={"east": [Lot(Fate.SILENT_ON_AIR)]}) as bench:
        await bench.sms(to(1))
        await asyncio.sleep(1)
        await bench.sms(to(2))
        await asyncio.sleep(140)
        assert len(bench.sent()) == 1
        assert bench.app.fleet.status("east").state is ModemState.SLOW
        assert "(east is slow)" in bench.app.delivery.why_waiting(
            next(message.id for message in await bench.messages() if message.shown is State.QUEUED)
        )
        await asyncio.sleep(20)
        assert [sms.number for sms in bench.sent()] == [to(1)[1:], to(2)[1:]]
        assert bench.app.fleet.status("east").state is ModemState.READY


@virtual
async def test_what_a_modem_sends_slowly_but_usually_so_is_not_slow(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a", "62812"), modem("d", default=True), usual_lot=Lot(air=14.0)) as bench:
        for number in range(12):
            await bench.sms(to(number))
        await asyncio.sleep(12 * 14.1 + 5)
        bench.usual_lot = Lot(air=40.0)
        await bench.sms(to(20))
        await asyncio.sleep(1)
        await bench.otp("r1", to(21))
        await asyncio.sleep(35)
        assert [sms.modem for sms in bench.sent()] == ["a"] * 13, "four times its usual time is not over"


@virtual
async def test_the_rest_of_a_long_message_goes_elsewhere_with_the_same_reference(tmp_path: Path) -> None:
    lots = {"a": [Lot(air=4.0), Lot(air=4.0), Lot(Fate.VANISHES_BEFORE, away=1000.0)]}
    entries = (modem("a", "62812"), modem("d", default=True))
    async with gateway(tmp_path, *entries, lots=lots, usual_lot=Lot(air=4.0)) as bench:
        reply = await bench.sms(message=LONG)
        await asyncio.sleep(7)
        message = await bench.message(reply)
        await asyncio.sleep(50)
        assert [(part[0], part[2]) for part in references(bench)] == [("a", 1), ("a", 2)], "its patience is kept"
        await asyncio.sleep(20)
        assert [(part[0], part[2]) for part in references(bench)] == [("a", 1), ("a", 2), ("d", 3)]
        assert {part[1] for part in references(bench)} == {message.concat_reference}
        assert (await bench.message(reply)).shown is State.SENT


@virtual
async def test_segments_stay_with_their_modem_while_it_can_though_another_is_free(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a"), modem("b"), usual_lot=Lot(air=4.0)) as bench:
        await bench.sms(message=LONG)
        await asyncio.sleep(20)
        assert len({part[0] for part in references(bench)}) == 1


@virtual
async def test_a_message_sent_by_hand_waits_for_its_modem_and_goes_nowhere_else(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a"), modem("b")) as bench:
        bench.modems["a"].unplug(300)
        message_id = await by_hand(bench, "a")
        await asyncio.sleep(200)
        assert bench.sent() == []
        assert bench.app.delivery.why_waiting(message_id) == (
            "waits for a modem: none on its route can take it now (a is absent)"
        )
        await asyncio.sleep(110)
        assert [(sms.modem, sms.at > 300) for sms in bench.sent()] == [("a", True)]
        assert bench.sent()[0].at == pytest.approx(301, abs=2)
