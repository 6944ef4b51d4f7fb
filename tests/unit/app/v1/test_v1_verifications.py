"""The use cases of /v1/verifications, in virtual time over the whole application."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from bench import BANK, EPOCH, RECEIVER, SHOP, gateway, virtual

from otppi.app.v1.desks import desks
from otppi.app.v1.verification_forms import Checked, CodeRequest, WordingRequest
from otppi.domain.message import State
from otppi.domain.replies import Code, Refusal, Unavailable
from otppi.domain.secret import Secret
from otppi.ports.store import NotFound

if TYPE_CHECKING:
    from pathlib import Path

    from bench import Bench

    from otppi.app.v1.verification_forms import Created
    from otppi.app.v1.verifications import VerificationDesk
    from otppi.domain.rights import Caller

KODE = WordingRequest(template=Secret("Kode {code}"))


def desk(bench: Bench) -> VerificationDesk:
    return desks(bench.app).verifications


async def create(bench: Bench, caller: Caller = SHOP, wording: WordingRequest = KODE, **fields: Any) -> Created:
    return await desk(bench).create(CodeRequest(**{"to": RECEIVER, "wording": wording, **fields}), caller)


async def check(bench: Bench, id_: str, code: str, *params: str, caller: Caller = SHOP) -> Checked:
    return await desk(bench).check(id_, Secret(code), params, caller)


@virtual
async def test_a_code_is_made_sent_and_checked_once(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        made = await create(bench, wording=WordingRequest(brand="Shop"), reference=" r1 ", params=("a", " b "))
        record = made.record
        assert (made.duplicate, made.warnings) == (False, ())
        assert (record.status, record.to, record.reference, record.feedback) == ("pending", "6281200001XXX", "r1", None)
        assert (record.expires - record.created, record.guesses_left, record.sends) == (300, 5, 1)
        assert (record.next_resend_in, record.segments) == (30, 1)
        assert (record.message.id, record.message.status) == (record.id, "claimed")
        await asyncio.sleep(3)
        code, rest = bench.sent()[0].text.split(" ", 1)
        assert rest == "is your Shop code. It ends in 5 minutes."
        wrong = "0" * 6 if code != "0" * 6 else "1" * 6
        assert await check(bench, record.id, wrong, "a", "b") == Checked(valid=False, status="pending", guesses_left=4)
        assert await check(bench, record.id, code, "a") == Checked(valid=False, status="pending", guesses_left=3)
        assert await check(bench, record.id, code, "a", "b ") == Checked(valid=True, status="approved", guesses_left=2)
        assert await check(bench, record.id, code, "a", "b") == Checked(valid=False, status="approved", guesses_left=2)
        seen = await desk(bench).show(record.id, SHOP)
        assert (seen.status, seen.next_resend_in, seen.message.status) == ("approved", None, "sent")


@virtual
async def test_what_is_left_out_has_its_default_from_the_settings(tmp_path: Path) -> None:
    settings = {"device.name": "G" * 64, "otp.length": "8", "otp.expiration": "120s"}
    async with gateway(tmp_path, settings=settings) as bench:
        made = await create(bench, wording=WordingRequest())
        assert made.record.expires - made.record.created == 120
        await asyncio.sleep(3)
        code, rest = bench.sent()[0].text.split(" ", 1)
        assert len(code) == 8
        assert rest == f"is your {'G' * 40} code. It ends in 2 minutes."


@pytest.mark.parametrize(
    ("fields", "code", "error"),
    [
        ({"to": "a@b.example"}, Code.FAILED, "e-mail is not configured"),
        ({"to": "12"}, Code.INVALID, "to "),
        ({"reference": "a\nb"}, Code.INVALID, "reference "),
        ({"params": ("a", "b\x00")}, Code.INVALID, "params "),
        ({"params": ("a",) * 5}, Code.INVALID, "params "),
        ({"end_user_ip": "192.0.2.17/24"}, Code.INVALID, "end_user_ip must be an IPv4 or IPv6 address"),
        ({"wording": WordingRequest(template=Secret("Kode"))}, Code.INVALID, "template "),
        ({"wording": WordingRequest(ttl=29)}, Code.INVALID, "ttl must be 30 to 600 seconds"),
        ({"wording": WordingRequest(ttl=601)}, Code.INVALID, "ttl must be 30 to 600 seconds"),
        ({"wording": WordingRequest(app_hash="x")}, Code.INVALID, "app_hash "),
        (
            {"wording": WordingRequest(template=Secret("{code}" + "x" * 123), app_hash="FA+9qCX9VSu")},
            Code.INVALID,
            "app_hash needs a message of at most 140 octets",
        ),
        ({"wording": WordingRequest(origin="x")}, Code.INVALID, "origin "),
        ({"wording": WordingRequest(template=Secret("{code}" + "“" * 700))}, Code.INVALID, "message must fit"),
    ],
)
@virtual
async def test_a_field_that_breaks_its_rule_is_named(
    tmp_path: Path, fields: dict[str, Any], code: Code, error: str
) -> None:
    async with gateway(tmp_path) as bench:
        with pytest.raises(Refusal) as refused:
            await create(bench, **fields)
        assert refused.value.code is code
        assert refused.value.error.startswith(error)
        assert await bench.messages() == []


@virtual
async def test_without_its_right_nothing_is_done(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        nobody = replace(SHOP, rights=frozenset())
        made = (await create(bench)).record.id
        at = desk(bench)
        for work in (
            create(bench, nobody),
            at.show(made, nobody),
            check(bench, made, "x", caller=nobody),
            at.resend(made, nobody),
            at.cancel(made, nobody),
            at.feedback(made, "approved", nobody),
        ):
            with pytest.raises(Refusal, match="no right otp"):
                await work
        with pytest.raises(Refusal, match="no right otp"):
            at.preview(KODE, nobody)
        assert (await at.show(made, SHOP)).guesses_left == 5


@virtual
async def test_anothers_code_is_not_there(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        made = (await create(bench)).record.id
        await asyncio.sleep(40)
        at = desk(bench)
        for id_ in (made, "01NOTHINGOFTHATNAME0000000"):
            for work in (
                at.show(id_, BANK),
                check(bench, id_, bench.code(), caller=BANK),
                at.resend(id_, BANK),
                at.cancel(id_, BANK),
                at.feedback(id_, "approved", BANK),
            ):
                with pytest.raises(NotFound):
                    await work
        assert (await at.show(made, SHOP)).guesses_left == 5
        assert (await check(bench, made, bench.code())).valid


@virtual
async def test_every_guess_that_is_not_right_costs_one_commit(tmp_path: Path) -> None:
    """Wrong, after the end, at another's code, at none: none of these is told by what it costs."""
    async with gateway(tmp_path) as bench:
        bench.app.housekeeping.every = 10_000.0
        alive, ended = [(await create(bench)).record.id for _ in range(2)]
        await desk(bench).cancel(ended, SHOP)
        await asyncio.sleep(10)
        for id_, caller in ((alive, SHOP), (ended, SHOP), (alive, BANK), ("01NOTHING", SHOP)):
            before = bench.writes()
            with contextlib.suppress(NotFound):
                assert not (await check(bench, id_, "x", caller=caller)).valid
            assert bench.writes() - before == 1


@virtual
async def test_a_full_disk_takes_nothing_more(tmp_path: Path) -> None:
    async with gateway(tmp_path, disk_used=0.96) as bench:
        with pytest.raises(Unavailable):
            await create(bench)


# -- one table, one count, one namespace -------------------------------------------------------------------------------


@virtual
async def test_codes_of_both_doors_are_the_same_codes(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        reply = await bench.otp("r1", param1="x")
        made = await create(bench, reference="r2", params=("x",))
        await asyncio.sleep(6)
        first, second = (sms.text.split()[-1] for sms in bench.sent())
        assert (await check(bench, str(reply.data["id"]), first, "x")).valid
        assert (await bench.check(second, "r2", param1="x")).code == Code.SUCCESS
        assert (await desk(bench).show(made.record.id, SHOP)).status == "approved"


@virtual
async def test_guesses_at_both_doors_are_counted_together(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        made = await create(bench, reference="r1")
        await asyncio.sleep(3)
        for guess in range(5):
            if guess % 2:
                await bench.check("x", "r1")
            else:
                await check(bench, made.record.id, "x")
        assert (await bench.check(bench.code(), "r1")).code == Code.EXHAUSTED
        ended = Checked(valid=False, status="exhausted", guesses_left=0)
        assert await check(bench, made.record.id, bench.code()) == ended


@virtual
async def test_ten_wrong_guesses_an_hour_limit_the_receiver(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        for _ in range(2):
            made = await create(bench)
            for _ in range(5):
                await check(bench, made.record.id, "x")
        third = await create(bench)
        await asyncio.sleep(10)
        with pytest.raises(Refusal) as refused:
            await check(bench, third.record.id, bench.code())
        assert refused.value.code is Code.LIMITED
        assert refused.value.retry_after is not None
        assert 3500 < refused.value.retry_after <= 3600
        assert (await desk(bench).show(third.record.id, SHOP)).guesses_left == 5


@virtual
async def test_a_code_past_its_life_is_expired_before_it_is_swept(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        bench.app.housekeeping.every = 10_000.0
        made = await create(bench, wording=replace(KODE, ttl=60))
        await asyncio.sleep(61)
        seen = await desk(bench).show(made.record.id, SHOP)
        assert (seen.status, seen.next_resend_in) == ("expired", None)
        assert await check(bench, made.record.id, bench.code()) == Checked(
            valid=False, status="expired", guesses_left=5
        )


# -- duplicates --------------------------------------------------------------------------------------------------------


@pytest.mark.feature("F131")
@pytest.mark.parametrize(
    "key", [{"reference": "r1"}, {"idempotency_key": "k1"}, {"reference": "r1", "idempotency_key": "k"}]
)
@virtual
async def test_the_same_key_makes_one_code_over_restarts(tmp_path: Path, key: dict[str, Any]) -> None:
    async with gateway(tmp_path) as bench:
        first = await create(bench, **key)
        for _ in range(3):
            await bench.restart(3)
            again = await create(bench, **key)
            assert (again.record.id, again.duplicate) == (first.record.id, True)
        with pytest.raises(Refusal) as refused:
            await create(bench, wording=replace(KODE, template=Secret("Code {code}")), **key)
        assert refused.value.code is Code.DUPLICATE
        with pytest.raises(Refusal):
            await create(bench, to="+6281200009999", **key)
        assert len(bench.sent()) == len(await bench.messages()) == 1
        theirs = await create(bench, BANK, **key)
        assert not theirs.duplicate


@virtual
async def test_of_many_equal_requests_at_once_one_makes_a_code(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        made = await asyncio.gather(*(create(bench, idempotency_key="k") for _ in range(20)))
        assert Counter(each.duplicate for each in made) == {True: 19, False: 1}
        assert len({each.record.id for each in made}) == 1


@virtual
async def test_a_reference_that_has_ended_is_a_conflict_at_every_door(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        made = await create(bench, reference="r1")
        await asyncio.sleep(3)
        await desk(bench).cancel(made.record.id, SHOP)
        with pytest.raises(Refusal, match="has ended"):
            await create(bench, reference="r1")
        assert (await bench.otp("r1")).code == Code.DUPLICATE


# -- the end -----------------------------------------------------------------------------------------------------------


@virtual
async def test_a_cancelled_code_is_of_no_use_and_does_not_go_out(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=50.0, ready=0.0) as bench:
        made = await create(bench, reference="r1")
        for _ in range(2):
            seen = await desk(bench).cancel(made.record.id, SHOP)
            assert (seen.status, seen.message.status, seen.next_resend_in) == ("cancelled", "cancelled", None)
        await asyncio.sleep(100)
        assert bench.sent() == []
        assert await check(bench, made.record.id, "x") == Checked(valid=False, status="cancelled", guesses_left=5)
        assert not (await create(bench, reference="r1")).duplicate, "it was never handed: its reference is free"


@virtual
async def test_what_has_ended_otherwise_cannot_be_cancelled_or_sent_again(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        used = (await create(bench)).record.id
        await asyncio.sleep(40)
        await check(bench, used, bench.code())
        late = (await create(bench)).record.id
        await asyncio.sleep(301)
        for id_, code in ((used, Code.WRONG_OTP), (late, Code.EXPIRED)):
            for work in (desk(bench).cancel(id_, SHOP), desk(bench).resend(id_, SHOP)):
                with pytest.raises(Refusal) as refused:
                    await work
                assert refused.value.code is code
        assert len(bench.sent()) == 2


@virtual
async def test_a_resend_tells_the_new_message_or_the_one_under_way(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        made = await create(bench)
        still = await desk(bench).resend(made.record.id, SHOP)
        assert (still.resent, still.record.message.id, still.record.sends) == (False, made.record.id, 1)
        await asyncio.sleep(31)
        done = await desk(bench).resend(made.record.id, SHOP)
        assert (done.resent, done.record.id, done.record.sends) == (True, made.record.id, 2)
        assert done.record.message.id != made.record.id
        assert (await bench.store.outbox.get(done.record.message.id)).verification == made.record.id
        await asyncio.sleep(5)
        assert [sms.text for sms in bench.sent()] == [bench.sent()[0].text] * 2
        with pytest.raises(NotFound):
            await desk(bench).show(done.record.message.id, SHOP)
        assert (await check(bench, made.record.id, bench.code())).valid


@pytest.mark.parametrize(("outcome", "status"), [("approved", "approved"), ("abandoned", "cancelled")])
@virtual
async def test_feedback_ends_a_pending_code_once(tmp_path: Path, outcome: Any, status: str) -> None:
    async with gateway(tmp_path, start_up=50.0, ready=0.0) as bench:
        made = (await create(bench)).record.id
        for _ in range(2):
            seen = await desk(bench).feedback(made, outcome, SHOP)
            assert (seen.status, seen.feedback, seen.message.status) == (status, outcome, "cancelled")
        other: Any = {"approved": "abandoned", "abandoned": "approved"}[outcome]
        with pytest.raises(Refusal) as refused:
            await desk(bench).feedback(made, other, SHOP)
        assert refused.value.code is Code.DUPLICATE
        await asyncio.sleep(100)
        assert bench.sent() == []


@virtual
async def test_feedback_on_a_code_that_has_ended_is_kept_and_changes_nothing(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        made = (await create(bench)).record.id
        await asyncio.sleep(301)
        seen = await desk(bench).feedback(made, "approved", SHOP)
        assert (seen.status, seen.feedback) == ("expired", "approved")


@virtual
async def test_feedback_forgives_no_guesses(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        for _ in range(2):
            made = (await create(bench)).record.id
            for _ in range(5):
                await check(bench, made, "x")
        made = (await create(bench)).record.id
        await desk(bench).feedback(made, "approved", SHOP)
        with pytest.raises(Refusal):
            await check(bench, (await create(bench)).record.id, "x")


@virtual
async def test_waiting_for_the_modem_tells_its_answer(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        made = await create(bench, wait=10.0)
        assert made.record.message.status == State.SENT
        assert bench.clock.now() > EPOCH + 1


@virtual
async def test_a_preview_makes_nothing(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        seen = desk(bench).preview(WordingRequest(template=Secret("Kode “{code}” {ttl}"), ttl=90), SHOP)
        assert (seen.alphabet, seen.segments, [remark.kind for remark in seen.warnings]) == ("ucs2", 1, ["ucs2", "ttl"])
        assert await bench.messages() == []
