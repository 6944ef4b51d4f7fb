"""A code sent again: when, how often, what it is a message of, and that its end ends every message of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from bench import BANK, RECEIVER, SHOP, gateway, virtual

from otppi.domain.message import Kind, State
from otppi.domain.otp import VerificationState
from otppi.domain.replies import Code
from otppi.testing.fake_modem import Fate, Lot

if TYPE_CHECKING:
    from pathlib import Path

    from bench import Bench

    from otppi.domain.replies import Reply

LATE = "the code was sent a moment ago: wait before it is sent again"


async def again(bench: Bench, reference: str = "r1", **fields: Any) -> Reply:
    return await bench.ask("resend-otp", reference=reference, **fields)


async def texts_left(bench: Bench) -> list[str]:
    """The messages whose text is still kept."""
    kept = [message.id for message in await bench.messages()]
    return [id_ for id_ in kept if await bench.store.outbox.sealed_text(id_) is not None]


@virtual
async def test_the_same_code_comes_in_a_message_of_its_own(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        first = await bench.otp(message="Kode %s", param1="x")
        await asyncio.sleep(31)
        reply = await again(bench)
        assert (reply.code, reply.command) == (Code.SUCCESS, "resend-otp")
        data = dict(reply.data)
        assert data.pop("id") != first.data["id"]
        assert data.pop("expected_in") > 0
        assert data == {"reference": "r1", "resent": True, "sends": 2, "next_resend_in": 60, "status": "queued"}
        await asyncio.sleep(3)
        one, two = bench.sent()
        assert (one.text, one.number) == (two.text, two.number)
        sent = await bench.message(reply)
        assert (sent.kind, sent.verification, sent.shown) == (Kind.OTP, first.data["id"], State.SENT)
        assert sent.deadline == (await bench.store.verifications.get(str(first.data["id"]))).expires
        assert (await bench.edges(first), await bench.edges(reply)) == ("cd", "cd")
        assert (await bench.check(bench.code(), param1="x")).code == Code.SUCCESS
        assert await texts_left(bench) == []


@virtual
async def test_the_cool_down_grows_and_five_resends_are_the_most(tmp_path: Path) -> None:
    settings = {"otp.max_life": "1h", "otp.expiration": "1h"}
    async with gateway(tmp_path, settings=settings) as bench:
        await bench.otp()
        await asyncio.sleep(3)
        for resend, wait in enumerate((30, 60, 120, 240, 240), 1):
            early = await again(bench)
            assert (early.code, early.error, early.data) == (Code.LIMITED, LATE, {})
            assert early.retry_after is not None
            assert wait - 4 < early.retry_after <= wait
            await asyncio.sleep(early.retry_after - 0.01)
            assert (await again(bench)).code == Code.LIMITED
            await asyncio.sleep(0.02)
            assert (await again(bench)).data["sends"] == resend + 1
            await asyncio.sleep(3)
        await asyncio.sleep(300)
        last = await again(bench)
        assert (last.code, last.error) == (Code.LIMITED, "the code was sent again as often as it may be")
        assert last.retry_after is not None
        assert 0 < last.retry_after <= 3600 - 690
        assert len(bench.sent()) == 6
        assert len({sms.text for sms in bench.sent()}) == 1


@virtual
async def test_the_count_and_the_cool_down_survive_a_crash(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        await bench.otp()
        await asyncio.sleep(31)
        await again(bench)
        await bench.restart(20)
        early = await again(bench)
        assert early.code == Code.LIMITED
        assert early.retry_after is not None
        await asyncio.sleep(early.retry_after)
        assert (await again(bench)).data["sends"] == 3


@virtual
async def test_while_one_is_under_way_nothing_new_is_made(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=100.0, ready=0.0) as bench:
        first = await bench.otp()
        for _ in range(2):
            reply = await again(bench)
            data = dict(reply.data)
            assert data.pop("expected_in") > 0
            assert data == {
                "id": first.data["id"],
                "reference": "r1",
                "resent": False,
                "sends": 1,
                "next_resend_in": 30 if _ == 0 else 0,
                "status": "queued",
            }
            await asyncio.sleep(40)
        await asyncio.sleep(50)
        assert len(bench.sent()) == len(await bench.messages()) == 1


@virtual
async def test_a_code_in_doubt_may_be_sent_again(tmp_path: Path) -> None:
    lots = {"east": [Lot(Fate.SILENT_LOST)]}
    async with gateway(tmp_path, lots=lots) as bench:
        first = await bench.otp(caller=replace(SHOP, policy="hold"))
        await asyncio.sleep(200)
        assert (await bench.message(first)).shown is State.IN_DOUBT
        reply = await again(bench)
        assert reply.data["resent"] is True
        await asyncio.sleep(5)
        assert (await bench.message(reply)).shown is State.SENT


@virtual
async def test_of_many_at_once_one_is_sent(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        await bench.otp()
        await asyncio.sleep(31)
        replies = await asyncio.gather(*(again(bench) for _ in range(20)))
        assert Counter(reply.code for reply in replies) == {Code.SUCCESS: 1, Code.LIMITED: 19}
        await asyncio.sleep(5)
        assert len(bench.sent()) == 2


@virtual
async def test_a_code_that_has_ended_is_not_sent_again(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        for reference in ("used", "guessed", "late"):
            await bench.otp(reference)
            await asyncio.sleep(3)
            if reference == "used":
                await bench.check(bench.code(), reference)
            for _ in range(5):
                await bench.check("x", reference) if reference == "guessed" else None
        await asyncio.sleep(300)
        for reference, code in (("used", Code.WRONG_OTP), ("guessed", Code.EXHAUSTED), ("late", Code.EXPIRED)):
            reply = await again(bench, reference)
            assert (reply.code, reply.data) == (code, {})
        assert len(bench.sent()) == 3


@virtual
async def test_a_reference_that_is_unknown_or_anothers_is_refused(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        await bench.otp()
        await bench.sms(reference="plain")
        await asyncio.sleep(31)
        for reply in (await again(bench, "r2"), await again(bench, caller=BANK), await again(bench, "plain")):
            assert (reply.code, reply.error) == (Code.WRONG_OTP, "there is no code of this reference")
        assert len(bench.sent()) == 2


@virtual
async def test_a_resend_passes_the_checks_of_any_message(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        await bench.otp()
        await asyncio.sleep(31)
        await bench.ask("block-msisdn", receiver=RECEIVER)
        assert (await again(bench)).code == Code.BLOCKED
        await bench.ask("unblock-msisdn", receiver=RECEIVER)
        assert (await again(bench)).code == Code.SUCCESS, "what was refused is not counted"


@virtual
async def test_a_resend_lives_no_longer_than_its_code(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        await bench.otp(expiration=1_800_000_000 + 61)
        await asyncio.sleep(40)
        bench.usual_lot = Lot(prompt=30.0)
        reply = await again(bench)
        assert reply.data["next_resend_in"] is None
        await asyncio.sleep(60)
        assert (await bench.message(reply)).shown is State.EXPIRED
        assert len(bench.sent()) == 1


# -- the end of a code is the end of its messages ----------------------------------------------------------------------


async def waiting_resend(bench: Bench) -> tuple[Reply, Reply]:
    """A code whose first message is sent and whose second waits: its only modem is busy for long."""
    first = await bench.otp()
    await asyncio.sleep(31)
    bench.usual_lot = Lot(air=100.0)
    await bench.sms("+6281200009999", expiration=1_800_000_000 + 500)
    await asyncio.sleep(1)
    second = await again(bench)
    await asyncio.sleep(1)
    return first, second


@pytest.mark.parametrize("end", ["approved", "exhausted"])
@virtual
async def test_a_resend_that_waits_is_cancelled_by_the_end_of_its_code(tmp_path: Path, end: str) -> None:
    async with gateway(tmp_path) as bench:
        first, second = await waiting_resend(bench)
        code = bench.sent(RECEIVER[1:])[0].text.split()[-1]
        for guess in {"approved": [code], "exhausted": ["x"] * 5}[end]:
            await bench.check(guess)
        assert (await bench.store.verifications.get(str(first.data["id"]))).state == end
        assert (await bench.message(second)).shown is State.CANCELLED
        assert second.data["id"] not in await texts_left(bench)
        await asyncio.sleep(200)
        assert len(bench.sent(RECEIVER[1:])) == 1


@virtual
async def test_after_a_crash_between_the_end_and_the_cancelling_nothing_goes_out(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        first, second = await waiting_resend(bench)
        assert await bench.store.verifications.end(
            str(first.data["id"]), VerificationState.CANCELLED, now=bench.clock.now()
        )
        bench.usual_lot = Lot()
        await bench.restart(5)
        assert (await bench.message(second)).shown is State.CANCELLED
        assert (await bench.message(second)).error == "its code has ended"
        assert bench.app.delivery.placing.over == {}
        assert len(bench.sent(RECEIVER[1:])) == 1


@virtual
async def test_a_message_handed_when_its_code_ends_is_not_sent_once_more(tmp_path: Path) -> None:
    """The receiver has used the code before the modem has answered, and the modem never does."""
    async with gateway(tmp_path, lots={"east": [Lot(Fate.SILENT_ON_AIR)]}) as bench:
        reply = await bench.otp()
        await asyncio.sleep(5)
        assert (await bench.message(reply)).shown is State.HANDED
        assert (await bench.check(bench.code())).code == Code.SUCCESS
        await asyncio.sleep(400)
        assert await bench.edges(reply) == "cjp"
        assert len(bench.sent()) == 1
        assert bench.app.delivery.placing.over == {}


@virtual
async def test_the_end_of_a_code_reaches_a_modem_that_waits_at_its_prompt(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        first = await bench.otp()
        await asyncio.sleep(31)
        bench.usual_lot = Lot(prompt=10.0)
        second = await again(bench)
        await asyncio.sleep(5)
        assert bench.app.delivery.claimed_by(str(second.data["id"])) == "east"
        assert (await bench.check(bench.code())).code == Code.SUCCESS
        await asyncio.sleep(60)
        assert (await bench.message(first)).shown is State.SENT
        assert (await bench.message(second)).shown is State.CANCELLED
        assert len(bench.sent()) == 1


@virtual
async def test_a_slow_commit_at_the_prompt_does_not_outrun_the_end_of_the_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of the code is on its way to the disk, edge c waits behind it: the text is taken back."""
    async with gateway(tmp_path) as bench:
        await bench.otp()
        await asyncio.sleep(31)
        bench.usual_lot = Lot(prompt=2.0)
        second = await again(bench)
        approve = bench.store.verifications.approve

        async def slowly(code: str, *, now: float) -> bool:
            bench.disk.seconds = 2.0
            return await approve(code, now=now)

        monkeypatch.setattr(bench.store.verifications, "approve", slowly)
        await asyncio.sleep(1.9)
        assert (await bench.check(bench.code())).code == Code.SUCCESS
        bench.disk.seconds = 0.001
        await asyncio.sleep(60)
        assert (await bench.edges(second)) == "cgi"
        assert len(bench.sent()) == 1


@virtual
async def test_an_owners_resend_of_a_code_that_has_ended_is_cancelled(tmp_path: Path) -> None:
    async with gateway(
        tmp_path, lots={"east": [Lot(Fate.SILENT_ON_AIR)]}, settings={"otp.expiration": "10min"}
    ) as bench:
        reply = await bench.otp()
        await asyncio.sleep(5)
        await bench.check(bench.code())
        await asyncio.sleep(60)
        assert (await bench.message(reply)).shown is State.IN_DOUBT
        await bench.app.delivery.resolve(str(reply.data["id"]), State.QUEUED, "the owner decided: resend")
        await asyncio.sleep(10)
        assert (await bench.message(reply)).shown is State.CANCELLED
        assert len(bench.sent()) == 1
