"""Sending, cancelling and telling messages as `/v1` does."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from bench import BANK, EPOCH, SHOP, gateway, virtual

from otppi.app.v1.desks import desks
from otppi.app.v1.message_list import Question
from otppi.app.v1.orders import Order
from otppi.app.v1.promising import TooLate
from otppi.domain.message import Class, Policy, State
from otppi.domain.replies import Code, Refusal, Unavailable
from otppi.domain.secret import Secret
from otppi.ports.store import NotFound, StoreUnavailable
from otppi.testing.fake_modem import Fate, Lot

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bench import Bench

    from otppi.domain.rights import Caller


def order(text: str = "Halo", to: str = "+6281200001234", **fields: Any) -> Order:
    return Order(to=to, text=Secret(text), **fields)


async def send(bench: Bench, text: str = "Halo", caller: Caller = SHOP, **fields: Any) -> Mapping[str, Any]:
    return (await desks(bench.app).messages.send(order(text, **fields), caller)).record


async def listed(bench: Bench, caller: Caller = SHOP, **fields: Any) -> list[str]:
    """The ids of all pages."""
    ids: list[str] = []
    page = await desks(bench.app).message_list.page(Question(**fields), caller)
    ids += [str(item["id"]) for item in page.items]
    while page.next is not None:
        page = await desks(bench.app).message_list.page(Question(**fields, cursor=page.next), caller)
        ids += [str(item["id"]) for item in page.items]
    return ids


# -- sending -----------------------------------------------------------------------------------------------------------


@virtual
async def test_a_message_goes_out_as_it_was_ordered(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        record = await send(bench, "  Halo\n", klass=Class.BULK, expires_in=60, policy=Policy.RESEND, wait=10.0)
        assert (record["status"], record["class"], record["expected_in"]) == ("sent", "bulk", 0)
        assert (record["duplicate"], record["clock"]) == (False, "trusted")
        message = await bench.store.outbox.get(record["id"])
        assert (message.policy, message.deadline - message.created, message.account) == (Policy.RESEND, 60, "shop")
        assert [(sms.text, sms.number) for sms in bench.sent()] == [("Halo", "6281200001234")]


@pytest.mark.parametrize(
    ("fields", "klass", "life"),
    [
        ({}, "normal", 86_400),
        ({"expires_in": 600}, "otp", 600),
        ({"expires_in": 601}, "normal", 601),
        ({"expires_in": 1e9}, "normal", 86_400),
        ({"klass": Class.OTP}, "otp", 600),
        ({"klass": Class.OTP, "expires_in": 30}, "otp", 30),
        ({"klass": Class.NORMAL, "expires_in": 30}, "normal", 30),
        ({"expires_at": EPOCH + 31.002}, "otp", 30),
    ],
)
def test_class_and_life(tmp_path: Path, fields: dict[str, Any], klass: str, life: float) -> None:
    @virtual
    async def story() -> None:
        async with gateway(tmp_path) as bench:
            record = await send(bench, **fields)
            assert record["class"] == klass
            assert record["deadline"] - record["created"] == pytest.approx(life, abs=0.01)

    story()


@pytest.mark.feature("F131")
@virtual
async def test_one_namespace_of_keys_over_all_doors(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        first = await send(bench, reference="r1", key=("idempotency-key", "k1"))
        documented = await bench.sms("+6281200001234", "Halo", reference="r1")
        assert documented.code == Code.SUCCESS
        assert (documented.data["id"], documented.data["duplicate"]) == (first["id"], True)
        assert (documented.data["receiver"], documented.data["reference"]) == ("+6281200001234", "r1")
        assert (await bench.ask("send-sms", key="k1", receiver="+6281200001234", message="Halo")).data["duplicate"]
        second = await bench.sms("+6281200001234", "Dua", reference="r2")
        assert (await send(bench, "Dua", reference="r2"))["id"] == second.data["id"]
        assert (await send(bench, caller=BANK, reference="r1"))["id"] != first["id"]


@virtual
async def test_what_is_not_permitted_or_not_possible_leaves_nothing(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        with pytest.raises(Refusal, match="no right sms"):
            await send(bench, caller=replace(SHOP, rights=frozenset()))
        await bench.ask("block-msisdn", receiver="+6281200001234")
        for fields, code in (
            ({}, Code.BLOCKED),
            ({"send_at": EPOCH + 99}, Code.BLOCKED),
            ({"to": "12"}, Code.INVALID),
            ({"text": "x" * 9999}, Code.INVALID),
        ):
            with pytest.raises(Refusal) as refusal:
                await send(bench, **fields)
            assert refusal.value.code == code
        bench.app.gateway.disk_full = True
        with pytest.raises(Unavailable):
            await send(bench)
        bench.app.gateway.disk_full, bench.disk.broken = False, True
        with pytest.raises(Unavailable):
            await send(bench, to="+6281200000001")
        assert bench.app.gateway.health()[0] == "unavailable"
        bench.disk.broken = False
        assert await bench.messages() == []


# -- cancelling and telling --------------------------------------------------------------------------------------------


@virtual
async def test_cancelling_is_edge_i_or_says_why_not(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        messages = desks(bench.app).messages
        first, second = await send(bench), await send(bench, "Dua")
        assert (await messages.cancel(second["id"], SHOP))["status"] == "cancelled"
        await asyncio.sleep(3)
        for record, state in ((first, "sent"), (second, "cancelled")):
            with pytest.raises(TooLate, match=f"nothing of the message waits any more: it is {state}"):
                await messages.cancel(record["id"], SHOP)
        with pytest.raises(NotFound):
            await messages.cancel(first["id"], BANK)
        with pytest.raises(NotFound):
            await messages.cancel("nix", SHOP)
        assert [sms.text for sms in bench.sent()] == ["Halo"]


@virtual
async def test_cancelling_needs_the_right_of_what_is_cancelled(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        messages, code = desks(bench.app).messages, await bench.otp()
        for right, kind in (("otp", code.data["id"]), ("sms", (await send(bench))["id"])):
            poor = replace(SHOP, rights=SHOP.rights - {right})
            with pytest.raises(Refusal, match=f"no right {right}"):
                await messages.cancel(kind, poor)


@virtual
async def test_a_cancellation_does_not_wait_for_ever_for_the_store(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        record = await send(bench, send_at=EPOCH + 600)
        bench.disk.broken = True
        with pytest.raises(Unavailable):
            await desks(bench.app).messages.cancel(record["id"], SHOP)
        bench.disk.broken = False
        await asyncio.sleep(2)
        assert (await bench.store.outbox.get(record["id"])).shown is State.CANCELLED


@virtual
async def test_the_timeline_tells_each_step_in_words(tmp_path: Path) -> None:
    async with gateway(tmp_path, lots={"east": [Lot(fate=Fate.REFUSED, code=41)]}) as bench:
        record = await send(bench)
        await asyncio.sleep(2)
        messages = desks(bench.app).messages
        told = await messages.timeline(record["id"], SHOP)
        assert [(e.edge, e.part, e.modem) for e in told.entries] == [
            ("a", None, ""),
            ("c", 1, "east"),
            ("g", 1, "east"),
        ]
        assert told.entries[2].note.startswith("+CMS ERROR 41")
        assert told.waiting.startswith("waits 4 s before the next try")
        await asyncio.sleep(9)
        told = await messages.timeline(record["id"], SHOP)
        assert ("".join(e.edge for e in told.entries), told.status, told.waiting) == ("acgcd", "sent", "")
        with pytest.raises(NotFound):
            await messages.timeline(record["id"], BANK)


# -- batches -----------------------------------------------------------------------------------------------------------


@virtual
async def test_a_batch_goes_out_in_its_order_and_one_bad_item_spoils_nothing(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        orders: list[Order | Exception] = [order(f"pesan {n}", to=f"+62812000000{n:02}") for n in range(60)]
        orders[7] = Refusal(Code.INVALID, "no message")
        orders[20] = order(to="12")
        orders[30] = order("pesan 30", to="+6281200000030", send_at=EPOCH - 1)
        before = bench.disk.commits
        results = await desks(bench.app).batches.send(orders, SHOP, "")
        assert [n for n, result in enumerate(results) if isinstance(result, Exception)] == [7, 20, 30]
        assert bench.disk.commits > before
        await asyncio.sleep(250)
        assert [sms.text for sms in bench.sent()] == [f"pesan {n}" for n in range(60) if n not in (7, 20, 30)]


@pytest.mark.feature("F131")
@virtual
async def test_a_batch_sent_again_after_a_power_cut_makes_only_what_is_missing(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        orders = [order(f"pesan {n}", to=f"+62812000000{n:02}") for n in range(20)]
        first = await desks(bench.app).batches.send(orders[:12], SHOP, "k")
        await bench.restart()
        again = await desks(bench.app).batches.send(orders, SHOP, "k")
        assert [getattr(result, "duplicate", None) for result in again] == [True] * 12 + [False] * 8
        assert [r.record["id"] for r in first if not isinstance(r, Exception)] == [
            r.record["id"] for r in again[:12] if not isinstance(r, Exception)
        ]
        await asyncio.sleep(100)
        assert [sms.text for sms in bench.sent()] == [f"pesan {n}" for n in range(20)]
        moved = await desks(bench.app).batches.send(orders[1:2], SHOP, "k")
        assert isinstance(moved[0], Refusal)
        assert moved[0].code == Code.DUPLICATE
        alone = await send(bench, "pesan 0", to="+6281200000000", key=("idempotency-key", "k"))
        assert not alone["duplicate"], "the key of a batch is no key of a message"


@virtual
async def test_a_batch_lets_others_run_between_any_two_of_its_messages(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        turns: list[bool] = []

        def reading() -> Iterator[Order | Exception]:
            for number in range(100):
                ran: list[int] = []
                asyncio.get_running_loop().call_soon(ran.append, number)
                yield order(f"{number}") if number % 10 else Refusal(Code.INVALID, "no message")
                turns.append(ran == [number])

        assert len(await desks(bench.app).batches.send(reading(), SHOP, "")) == 100
        assert turns == [True] * 100


@virtual
async def test_a_batch_is_told_of_a_store_that_fails_in_the_middle(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        sending = asyncio.create_task(desks(bench.app).batches.send([order(f"{n}") for n in range(200)], SHOP, "k"))
        await asyncio.sleep(0.0025)
        bench.disk.broken = True
        await asyncio.sleep(0.005)
        bench.disk.broken = False
        results = await sending
        kept = {message.id for message in await bench.messages()}
        taken = {result.record["id"] for result in results if not isinstance(result, Exception)}
        assert {type(result) for result in results if isinstance(result, Exception)} == {Unavailable}
        assert taken <= kept


# -- listing -----------------------------------------------------------------------------------------------------------


@virtual
async def test_a_list_holds_ones_own_newest_first_and_goes_on_over_a_restart(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        ids = [str((await send(bench, f"pesan {n}", caller=(SHOP, BANK)[n % 3 == 2]))["id"]) for n in range(12)]
        mine = [each for n, each in enumerate(ids) if n % 3 != 2][::-1]
        assert await listed(bench) == mine
        assert await listed(bench, limit=1) == mine
        first = await desks(bench.app).message_list.page(Question(limit=3), SHOP)
        await bench.restart()
        await send(bench, "baru")
        second = await desks(bench.app).message_list.page(Question(limit=3, cursor=first.next or ""), SHOP)
        assert [item["id"] for item in (*first.items, *second.items)] == mine[:6]
        with pytest.raises(Refusal, match="cursor must be the next of a page of this account"):
            await desks(bench.app).message_list.page(Question(cursor=first.next or ""), BANK)
        with pytest.raises(Refusal, match="cursor"):
            await desks(bench.app).message_list.page(Question(cursor="é"), SHOP)


@virtual
async def test_each_filter_of_a_list(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        old = (await send(bench, reference="r1"))["id"]
        await asyncio.sleep(60)
        code = (await bench.otp("r2")).data["id"]
        await asyncio.sleep(3)
        other = (await send(bench, to="0813-0000-0001", klass=Class.BULK, send_at=EPOCH + 600))["id"]
        for fields, expected in (
            ({"reference": "r1"}, [old]),
            ({"reference": "r2"}, [code]),
            ({"reference": "r3"}, []),
            ({"to": "+62 813 0000 0001"}, [other]),
            ({"klass": Class.OTP}, [code]),
            ({"status": frozenset({State.SENT})}, [code, old]),
            ({"status": frozenset({State.SENT}), "created_before": str(EPOCH + 30)}, [old]),
            ({"created_after": "2027-01-15T08:01:00Z"}, [other, code]),
            ({"status": frozenset({State.QUEUED})}, [other]),
            ({"status": frozenset({State.CLAIMED})}, []),
        ):
            assert await listed(bench, **fields) == expected, fields
        for name, wrong in (("to", "x"), ("created_after", "x"), ("created_before", "x"), ("reference", "a\nb")):
            with pytest.raises(Refusal) as refusal:
                await listed(bench, SHOP, **{name: wrong})
            assert refusal.value.code == Code.INVALID
        assert await listed(bench, caller=BANK) == []


@virtual
async def test_a_claim_is_listed_as_one(tmp_path: Path) -> None:
    async with gateway(tmp_path, usual_lot=Lot(prompt=5.0)) as bench:
        claimed, queued = (await send(bench))["id"], (await send(bench))["id"]
        await asyncio.sleep(2)
        assert await listed(bench, status=frozenset({State.CLAIMED})) == [claimed]
        assert await listed(bench, status=frozenset({State.QUEUED})) == [queued]
        assert await listed(bench, status=frozenset({State.QUEUED, State.CLAIMED}), limit=1) == [queued, claimed]


@virtual
async def test_a_list_is_not_promised_by_a_store_that_cannot_read(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        bench.disk.broken = True
        with pytest.raises(StoreUnavailable):
            await listed(bench)
