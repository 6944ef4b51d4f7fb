"""Messages for later: they wait for their time through restarts, and end before it where they must."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from bench import EPOCH, SHOP, gateway, virtual

from otppi.app.v1.desks import desks
from otppi.app.v1.orders import Order
from otppi.domain.message import Class, Policy, State
from otppi.domain.replies import Code, Refusal, Unavailable
from otppi.domain.secret import Secret
from otppi.testing.fake_modem import Fate, Lot

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bench import Bench

NUMBER = "6281200001234"


def order(text: str = "Halo", **fields: Any) -> Order:
    return Order(to=f"+{NUMBER}", text=Secret(text), **fields)


async def send(bench: Bench, text: str = "Halo", **fields: Any) -> Mapping[str, Any]:
    return (await desks(bench.app).messages.send(order(text, **fields), SHOP)).record


async def refused(bench: Bench, **fields: Any) -> tuple[Code, str]:
    with pytest.raises(Refusal) as refusal:
        await send(bench, **fields)
    return refusal.value.code, refusal.value.error


@virtual
async def test_it_goes_out_at_its_time_and_not_before(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        record = await send(bench, send_at=EPOCH + 600)
        assert record["status"] == "queued"
        assert record["send_at"] == EPOCH + 600
        assert record["deadline"] == EPOCH + 600 + 86_400
        assert record["waiting"] == "waits for its time: 2027-01-15 08:10 UTC"
        assert record["expected_in"] == pytest.approx(599, abs=0.2)
        await asyncio.sleep(598)
        assert bench.sent() == []
        await asyncio.sleep(5)
        assert [(sms.text, round(sms.at, 1)) for sms in bench.sent()] == [("Halo", 600.0)]


@virtual
async def test_it_survives_the_power_cut(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        record = await send(bench, send_at=EPOCH + 600)
        await asyncio.sleep(100)
        await bench.restart()
        assert bench.app.delivery.why_waiting(record["id"]).startswith("waits for its time")
        await asyncio.sleep(490)
        assert bench.sent() == []
        await asyncio.sleep(20)
        assert [round(sms.at) for sms in bench.sent()] == [600]
        await bench.restart()
        await asyncio.sleep(900)
        assert len(bench.sent()) == 1


@virtual
async def test_a_time_that_passes_while_nothing_runs_is_made_up_for(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        await send(bench, send_at=EPOCH + 600)
        late = await send(bench, "Terlambat", send_at=EPOCH + 600, expires_in=60)
        await bench.crash()
        await asyncio.sleep(700)
        await bench.begin()
        await bench.app.start()
        await asyncio.sleep(5)
        assert [sms.text for sms in bench.sent()] == ["Halo"]
        assert (await bench.store.outbox.get(late["id"])).shown is State.EXPIRED


@virtual
async def test_its_life_begins_at_its_time(tmp_path: Path) -> None:
    async with gateway(tmp_path, usual_lot=Lot(fate=Fate.NO_PROMPT)) as bench:
        record = await send(bench, send_at=EPOCH + 3600, expires_in=90)
        assert (record["deadline"], record["class"]) == (EPOCH + 3690, "otp")
        await asyncio.sleep(3660)
        assert (await bench.store.outbox.get(record["id"])).shown is State.QUEUED
        await asyncio.sleep(40)
        assert (await bench.store.outbox.get(record["id"])).shown is State.EXPIRED


@virtual
async def test_one_that_may_go_late_is_late_from_its_time_on(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings={"sms.drop_expired": "false", "message.max_life": "1h"}) as bench:
        await bench.change_modem("east", active=False)
        with pytest.raises(Refusal):
            await send(bench)
        await bench.change_modem("east", active=True)
        record = await send(bench, send_at=EPOCH + 7200, expires_in=60)
        await bench.change_modem("east", active=False)
        await asyncio.sleep(7200 + 1800)
        await bench.change_modem("east", active=True)
        await asyncio.sleep(10)
        assert (await bench.store.outbox.get(record["id"])).sent_late
        assert len(bench.sent()) == 1


@virtual
async def test_it_can_be_cancelled_or_blocked_while_it_waits(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        first = await send(bench, send_at=EPOCH + 600)
        assert (await desks(bench.app).messages.cancel(first["id"], SHOP))["status"] == "cancelled"
        second = await send(bench, "Dua", send_at=EPOCH + 600)
        await bench.ask("block-msisdn", receiver=NUMBER)
        assert (await bench.store.outbox.get(second["id"])).error == "the receiver is on the block list"
        for record in (first, second):
            assert await bench.store.outbox.sealed_text(record["id"]) is None
        await asyncio.sleep(900)
        assert bench.sent() == []


@virtual
async def test_those_that_wait_for_their_time_hold_up_nobody(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        for number in range(20):
            await send(bench, f"nanti {number}", send_at=EPOCH + 600 + number, klass=Class.OTP)
        record = await send(bench, "sekarang")
        assert record["expected_in"] < 5
        await asyncio.sleep(3)
        assert [sms.text for sms in bench.sent()] == ["sekarang"]
        await asyncio.sleep(700)
        assert [sms.text for sms in bench.sent()[1:]] == [f"nanti {number}" for number in range(20)]


@virtual
async def test_a_resend_counts_freshness_from_its_time(tmp_path: Path) -> None:
    """A quarter of a life that begins in an hour, not of the hour: else no doubt of it would ever be resent."""
    lot = Lot(fate=Fate.SILENT_LOST)
    async with gateway(tmp_path, lots={"east": [lot]}, body_timeout=20.0) as bench:
        policy = Policy.RESEND_ONCE_IF_FRESH
        record = await send(bench, send_at=EPOCH + 36_000, expires_in=120, policy=policy)
        await asyncio.sleep(36_100)
        message = await bench.store.outbox.get(record["id"])
        assert (message.shown, message.possible_duplicate) == (State.SENT, True)


@virtual
async def test_what_is_refused(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        for fields, code, error in (
            ({"send_at": EPOCH - 5}, Code.EXPIRED, "send_at has passed"),
            ({"send_at": EPOCH + 31 * 86_400}, Code.INVALID, "send_at must lie at most 30d ahead"),
            (
                {"send_at": "later"},
                Code.INVALID,
                "send_at must be Unix seconds, or RFC 3339 such as 2026-11-25T08:00:00Z",
            ),
            ({"expires_at": EPOCH - 1}, Code.EXPIRED, "expiration has passed"),
            ({"send_at": EPOCH + 9, "expires_at": EPOCH + 9}, Code.INVALID, "expires_at must lie after send_at"),
            ({"expires_in": 9, "expires_at": EPOCH + 9}, Code.INVALID, "expires_at must not stand beside expires_in"),
            (
                {"expires_in": 601, "klass": Class.OTP},
                Code.INVALID,
                "class otp is for messages that live at most 10 minutes",
            ),
            ({"text": " \n"}, Code.INVALID, "text must not be empty"),
            ({"text": "a\x00"}, Code.INVALID, "text must not hold control characters other than LF and CR"),
            ({"reference": "a\nb"}, Code.INVALID, "reference must not hold control characters"),
            ({"key": ("k", "x" * 257)}, Code.INVALID, "Idempotency-Key must be at most 256 characters"),
        ):
            assert await refused(bench, **fields) == (code, error), fields
        assert await bench.messages() == []


@virtual
async def test_a_time_is_not_promised_by_a_clock_that_is_not_trusted(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        bench.clock.trusted = False
        with pytest.raises(Unavailable, match="does not trust its clock"):
            await send(bench, send_at=EPOCH + 600)
        assert (await send(bench, expires_in=30))["clock"] == "untrusted"


@virtual
async def test_a_wall_clock_that_goes_wrong_is_compared_with_and_not_followed(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        bench.clock.wall_shift = 3600.0
        record = await send(bench, send_at=bench.clock.wall() + 60)
        assert record["send_at"] == pytest.approx(bench.clock.now() + 60, abs=0.01)
        assert record["waiting"] == "waits for its time: 2027-01-15 09:01:01 UTC"
        bench.clock.wall_shift = 0.0
        await asyncio.sleep(58)
        assert bench.sent() == []
        await asyncio.sleep(4)
        assert len(bench.sent()) == 1


@pytest.mark.feature("F131")
@virtual
async def test_the_same_order_again_gets_the_first_even_after_its_time(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        first = await send(bench, send_at=EPOCH + 600, reference="r1")
        again = await send(bench, send_at=EPOCH + 700, reference="r1", klass=Class.BULK)
        assert (again["id"], again["duplicate"], again["send_at"]) == (first["id"], True, EPOCH + 600)
        await bench.restart()
        await asyncio.sleep(900)
        late = await send(bench, send_at=EPOCH + 600, reference="r1")
        assert (late["id"], late["status"], late["duplicate"]) == (first["id"], "sent", True)
        assert await refused(bench, text="lain", reference="r1") == (
            Code.DUPLICATE,
            "this key was used before with other content",
        )
        assert len(bench.sent()) == 1
