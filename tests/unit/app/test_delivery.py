"""The delivery through restarts, deadlines, blocks, a failing store and the stop."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from bench import EPOCH, RECEIVER, SHOP, gateway, modem, virtual

from otppi.domain.message import State
from otppi.testing.fake_modem import Fate, Lot, no_steps

if TYPE_CHECKING:
    from pathlib import Path


LONG = "Halo " * 60  # 300 characters: two segments

SILENT = Lot(Fate.SILENT_ON_AIR)


def to(number: int) -> str:
    return f"+62812000{number:05d}"


# -- recovery ------------------------------------------------------------------------------------------------------


@virtual
async def test_after_a_crash_what_was_handed_is_in_doubt_and_what_waited_goes_out(tmp_path: Path) -> None:
    async with gateway(tmp_path, usual_lot=Lot(air=5.0)) as bench:
        handed = await bench.sms(to(1))
        waited = await bench.sms(to(2))
        await asyncio.sleep(2)
        await bench.restart(20)
        assert await bench.edges(handed) == "cj"
        assert (await bench.message(handed)).held
        assert (await bench.message(waited)).shown is State.SENT
        assert Counter(sms.number for sms in bench.sent()) == {to(1)[1:]: 1, to(2)[1:]: 1}


@virtual
async def test_after_a_crash_a_fresh_otp_in_doubt_is_sent_once_more(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a", "62812"), modem("b"), usual_lot=Lot(air=5.0)) as bench:
        reply = await bench.otp()
        await asyncio.sleep(2)
        await bench.restart(20)
        assert await bench.edges(reply) == "cjkcd"
        assert [sms.modem for sms in bench.sent()] == ["a", "b"]


@virtual
async def test_a_crash_before_the_hand_commit_is_no_doubt(tmp_path: Path) -> None:
    async with gateway(tmp_path, usual_lot=Lot(prompt=5.0)) as bench:
        reply = await bench.sms()
        await asyncio.sleep(3)
        assert bench.app.delivery.claimed_by(str(reply.data["id"])) == "east"
        await bench.restart(20)
        assert await bench.edges(reply) == "cd"
        assert len(bench.sent()) == 1


@virtual
async def test_what_expired_while_the_gateway_was_down_is_never_sent(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=1e6) as bench:
        reply = await bench.sms(expiration=EPOCH + 60)
        await bench.crash()
        await asyncio.sleep(100)
        bench.start_up = 0.2
        await bench.begin()
        await bench.app.start()
        await asyncio.sleep(10)
        assert (await bench.message(reply)).shown is State.EXPIRED
        assert bench.sent() == []


# -- expiry --------------------------------------------------------------------------------------------------------


@pytest.mark.feature("F037")
@pytest.mark.parametrize("unit", [1, 1000])
@virtual
async def test_past_is_dropped_and_future_kept_in_seconds_and_milliseconds(tmp_path: Path, unit: int) -> None:
    async with gateway(tmp_path) as bench:
        now = EPOCH + bench.seconds()
        assert (await bench.sms(to(1), expiration=(now - 1) * unit)).code == "1203"
        assert (await bench.otp("r1", to(2), expiration=(now - 1) * unit)).code == "1203"
        assert (await bench.sms(to(3), expiration=(now + 60) * unit)).code == "000"
        assert (await bench.otp("r2", to(4), expiration=(now + 60) * unit)).code == "000"
        await asyncio.sleep(10)
        assert sorted(sms.number for sms in bench.sent()) == [to(3)[1:], to(4)[1:]]


@pytest.mark.feature("F037")
@virtual
async def test_what_waits_past_its_deadline_expires_and_never_goes_out(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=100.0) as bench:
        sms = await bench.sms(to(1), expiration=EPOCH + 60)
        otp = await bench.otp("r1", to(2), expiration=EPOCH + 60)
        await asyncio.sleep(58.5)
        assert (await bench.message(sms)).shown is State.QUEUED
        await asyncio.sleep(1)
        assert (await bench.message(sms)).shown is State.EXPIRED
        assert (await bench.message(otp)).shown is State.EXPIRED
        assert await bench.edges(sms) == "f"
        await asyncio.sleep(100)
        assert bench.sent() == []


@pytest.mark.feature("F037")
@virtual
async def test_with_drop_expired_off_plain_messages_go_out_late_and_marked_codes_never(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=100.0, settings={"sms.drop_expired": "false"}) as bench:
        waits = await bench.sms(to(1), expiration=EPOCH + 60)
        past = await bench.sms(to(2), expiration=EPOCH - 60)
        otp = await bench.otp("r1", to(3), expiration=EPOCH + 60)
        assert (waits.code, past.code, otp.code) == ("000", "000", "000")
        assert (await bench.otp("r2", to(4), expiration=EPOCH - 60)).code == "1203"
        await asyncio.sleep(120)
        assert sorted(sms.number for sms in bench.sent()) == [to(1)[1:], to(2)[1:]]
        for reply in (waits, past):
            shown = await bench.app.gateway.message(SHOP, str(reply.data["id"]))
            assert (shown["status"], shown["sent_late"]) == ("sent", True)
        assert (await bench.message(otp)).shown is State.EXPIRED


@virtual
async def test_the_rest_of_the_life_goes_on_the_air_rounded_up_to_five_minutes(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        await bench.sms(to(1), expiration=EPOCH + bench.seconds() + 301)
        await asyncio.sleep(3)
        await bench.otp("r1", to(2))
        await asyncio.sleep(3)
        assert [sms.validity for sms in bench.sent()] == [10, 5]


@virtual
async def test_a_text_is_not_handed_when_its_time_runs_out_at_the_prompt(tmp_path: Path) -> None:
    async with gateway(tmp_path, usual_lot=Lot(prompt=30.0)) as bench:
        reply = await bench.sms(expiration=EPOCH + bench.seconds() + 20)
        await asyncio.sleep(60)
        assert bench.sent() == []
        assert await bench.edges(reply) == "f"


@virtual
async def test_a_retry_past_the_deadline_does_not_happen(tmp_path: Path) -> None:
    async with gateway(tmp_path, lots={"east": [Lot(Fate.REFUSED, code=38)]}) as bench:
        reply = await bench.sms(expiration=EPOCH + bench.seconds() + 40)
        await asyncio.sleep(120)
        assert await bench.edges(reply) == "cgf"
        assert bench.sent() == []


# -- blocking and cancelling ---------------------------------------------------------------------------------------


@pytest.mark.feature("F087")
@virtual
async def test_what_waits_for_a_number_that_is_blocked_is_cancelled(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=50.0) as bench:
        reply = await bench.sms()
        other = await bench.sms(to(2))
        await bench.ask("block-msisdn", receiver="0812 0000 1234")
        await asyncio.sleep(60)
        assert (await bench.message(reply)).shown is State.CANCELLED
        assert (await bench.message(reply)).error == "the receiver is on the block list"
        assert (await bench.message(other)).shown is State.SENT
        assert [sms.number for sms in bench.sent()] == [to(2)[1:]]


@pytest.mark.feature("F087")
@virtual
async def test_a_number_blocked_while_its_message_was_on_its_way_gets_no_second_try(tmp_path: Path) -> None:
    async with gateway(tmp_path, lots={"east": [Lot(Fate.REFUSED, code=42, air=4.0)]}) as bench:
        reply = await bench.sms()
        await asyncio.sleep(2)
        await bench.ask("block-msisdn", receiver=RECEIVER)
        await asyncio.sleep(60)
        assert bench.sent() == []
        assert await bench.edges(reply) == "cgi"


@virtual
async def test_a_cancelled_long_message_does_not_come_back_with_a_refusal(tmp_path: Path) -> None:
    async with gateway(tmp_path, lots={"east": [Lot(Fate.REFUSED, code=42, air=6.0)]}) as bench:
        reply = await bench.sms(message=LONG)
        await asyncio.sleep(2)
        assert await bench.app.delivery.cancel(str(reply.data["id"]), "by the owner") is not None
        await asyncio.sleep(60)
        assert bench.sent() == []
        assert {s.state for s in (await bench.message(reply)).segments} == {State.CANCELLED}


@virtual
async def test_a_cancelled_long_message_in_doubt_is_not_sent_again(tmp_path: Path) -> None:
    async with gateway(tmp_path, lots={"east": [SILENT]}) as bench:
        reply = await bench.otp(message="Kode %s " + LONG)
        await asyncio.sleep(5)
        await bench.app.delivery.cancel(str(reply.data["id"]), "by the owner")
        await asyncio.sleep(100)
        assert len(bench.sent()) == 1
        assert await bench.edges(reply) == "cij"
        assert (await bench.message(reply)).outcome_unknown


@virtual
async def test_cancelling_what_does_not_wait_does_nothing(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        reply = await bench.sms()
        await asyncio.sleep(5)
        assert await bench.app.delivery.cancel(str(reply.data["id"]), "late") is None
        assert await bench.app.delivery.cancel("nobody", "late") is None


# -- the store, the stop -------------------------------------------------------------------------------------------


@virtual
async def test_a_hand_commit_slower_than_five_seconds_takes_the_text_back(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        reply = await bench.sms()
        bench.disk.seconds = 7.0
        await asyncio.sleep(5.5)
        bench.disk.seconds = 0.001
        await asyncio.sleep(20)
        assert await bench.edges(reply) == "cgcd"
        assert len(bench.sent()) == 1


@virtual
async def test_a_store_that_cannot_commit_hands_nothing_and_loses_nothing(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        reply = await bench.sms()
        bench.disk.broken = True
        await asyncio.sleep(40)
        assert bench.sent() == []
        bench.disk.broken = False
        await asyncio.sleep(40)
        assert len(bench.sent()) == 1
        assert (await bench.message(reply)).shown is State.SENT
        assert not {"delivery_error", "store"} & bench.alarms()


@virtual
async def test_an_answer_is_settled_even_if_the_store_fails_at_that_moment(tmp_path: Path) -> None:
    async with gateway(tmp_path, usual_lot=Lot(air=3.0)) as bench:
        reply = await bench.sms()
        await asyncio.sleep(1)
        bench.disk.broken = True
        await asyncio.sleep(30)
        bench.disk.broken = False
        await asyncio.sleep(5)
        assert await bench.edges(reply) == "cd"


@virtual
async def test_a_modem_takes_the_next_message_while_the_answer_to_the_last_is_written_down(tmp_path: Path) -> None:
    async with gateway(tmp_path, usual_lot=Lot(air=3.0)) as bench:
        first, second = await bench.sms(to(1)), await bench.sms(to(2))
        await asyncio.sleep(1)
        bench.disk.seconds = 4.0
        await asyncio.sleep(2.5)
        assert await bench.edges(first) == "c"
        assert bench.app.delivery.claimed_by(str(second.data["id"])) == "east"
        bench.disk.seconds = 0.001
        await asyncio.sleep(20)
        assert [await bench.edges(reply) for reply in (first, second)] == ["cd", "cd"]


@virtual
async def test_nothing_comes_between_two_segments_however_slow_the_disk_is(tmp_path: Path) -> None:
    async with gateway(tmp_path, usual_lot=Lot(air=1.0)) as bench:
        bench.disk.seconds = 0.3
        await bench.sms(to(1), LONG)
        await bench.sms(to(2))
        await asyncio.sleep(30)
        assert [(sms.number, sms.part) for sms in bench.sent()] == [(to(1)[1:], 1), (to(1)[1:], 2), (to(2)[1:], 1)]


@virtual
async def test_a_driver_that_breaks_after_the_text_left_leaves_a_doubt_not_a_hole(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a"), modem("b")) as bench:

        def breaks(step: str) -> None:
            if step == "after text":
                raise RuntimeError("a defect of the driver")

        for fake in bench.modems.values():
            fake._steps = breaks
        reply = await bench.sms()
        await asyncio.sleep(5)
        assert await bench.edges(reply) == "cj"
        assert "delivery_error" in bench.alarms()
        for fake in bench.modems.values():
            fake._steps = no_steps
        other = await bench.sms(to(2))
        await asyncio.sleep(5)
        assert (await bench.message(other)).shown is State.SENT


@virtual
async def test_a_text_that_cannot_be_opened_fails_and_the_line_goes_on(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=30.0) as bench:
        first = await bench.sms(to(1))
        second = await bench.sms(to(2))
        damaged = await bench.store.outbox.sealed_text(str(second.data["id"]))

        def swap(link: Any) -> None:
            link.execute("UPDATE message SET sealed = ? WHERE id = ?", (damaged, first.data["id"]))

        assert bench.disk.writer is not None
        await bench.disk.writer.write(swap)
        await asyncio.sleep(60)
        message = await bench.message(first)
        assert (message.shown, message.error) == (State.FAILED, "the text cannot be opened with this key")
        assert (await bench.message(second)).shown is State.SENT


@virtual
async def test_a_stop_waits_for_what_is_in_flight_and_claims_nothing_more(tmp_path: Path) -> None:
    async with gateway(tmp_path, usual_lot=Lot(air=5.0)) as bench:
        first = await bench.sms(to(1))
        second = await bench.sms(to(2))
        await asyncio.sleep(1)
        await bench.app.stop(30.0)
        assert (await bench.message(first)).shown is State.SENT
        assert (await bench.message(second)).shown is State.QUEUED
        assert len(bench.sent()) == 1


@virtual
async def test_after_the_grace_a_stop_leaves_what_is_in_flight_to_the_next_start(tmp_path: Path) -> None:
    async with gateway(tmp_path, usual_lot=Lot(air=100.0)) as bench:
        reply = await bench.sms()
        await asyncio.sleep(1)
        before = bench.seconds()
        await bench.app.stop(10.0)
        assert bench.seconds() - before < 20
        assert (await bench.message(reply)).shown is State.HANDED
        await bench.store.close()
        await bench.begin()
        await bench.app.start()
        await asyncio.sleep(1)
        assert await bench.edges(reply) == "cj"


# -- why does it wait ----------------------------------------------------------------------------------------------


@virtual
async def test_it_says_what_a_message_waits_for(tmp_path: Path) -> None:
    async with gateway(tmp_path, usual_lot=Lot(air=3.0, prompt=1.0)) as bench:
        why = bench.app.delivery.why_waiting
        replies = [await bench.sms(to(number)) for number in range(4)]
        ids = [str(reply.data["id"]) for reply in replies]
        await asyncio.sleep(0.5)
        assert why(ids[0]) == "modem east is about to send it"
        assert why(ids[3]) == "waits for modem east, busy, 2 before it, about 9 s"
        await asyncio.sleep(2)
        assert why(ids[0]) == ""
        bench.modems["east"].unplug(500)
        await asyncio.sleep(1)
        assert why(ids[3]) == "waits for a modem: none on its route can take it now (east is absent)"
        await bench.change_modem("east", active=False)
        assert why(ids[3]) == "has no route"


@virtual
async def test_it_says_when_the_next_try_is(tmp_path: Path) -> None:
    async with gateway(tmp_path, lots={"east": [Lot(Fate.REFUSED, code=27)]}) as bench:
        reply = await bench.sms()
        await asyncio.sleep(3)
        assert bench.app.delivery.why_waiting(str(reply.data["id"])).endswith("s before the next try")
