"""Limits of accounts: exact under concurrency and over restarts; what does not count; and fair shares of the modems."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from bench import BANK, EPOCH, SHOP, gateway, modem, virtual

from otppi.app.limits import OWN_QUEUE, RETRY_SECONDS, WHOLE_QUEUE
from otppi.domain.replies import Code, Reply, Unavailable
from otppi.ports.store import Account
from otppi.testing.fake_modem import Fate, Lot

if TYPE_CHECKING:
    from pathlib import Path

    from bench import Bench


async def limit(bench: Bench, name: str = "shop", /, **fields: Any) -> None:
    """Give an account these limits, as the owner would."""
    if name not in bench.app.configuration.account_names:
        await bench.store.accounts.add(Account(name, "hash"))
    await bench.store.accounts.change(name, lambda account: replace(account, **fields))
    await bench.app.changed("accounts")


def refused(reply: Reply) -> float:
    """Seconds after which a refusal says to come back."""
    assert (reply.code, reply.retry_after is not None) == (Code.LIMITED, True)
    return reply.retry_after or 0.0


# -- rates ---------------------------------------------------------------------------------------------------------


@virtual
async def test_a_rate_allows_so_many_and_says_when_there_is_a_place_again(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        await limit(bench, rate_minute=3)
        for _ in range(3):
            assert (await bench.sms()).code == Code.SUCCESS
        reply = await bench.sms()
        wait = refused(reply)
        assert 59 < wait <= 61
        assert reply.error == "the account's limit of 3 messages a minute is reached (rate_minute); try again in 61 s"
        assert (await bench.sms(caller=BANK)).code == Code.SUCCESS
        await asyncio.sleep(wait)
        assert (await bench.sms()).code == Code.SUCCESS
        assert "limit_reached" in bench.alarms()
        assert bench.app.limits.counts.of("shop") == {"rate_minute": 1}


@pytest.mark.parametrize(("field", "seconds"), [("rate_hour", 3600), ("rate_day", 86_400)])
def test_hours_and_days_are_kept_over_a_crash(tmp_path: Path, field: str, seconds: int) -> None:
    @virtual
    async def play() -> None:
        async with gateway(tmp_path) as bench:
            await limit(bench, **{field: 2})
            for _ in range(2):
                assert (await bench.sms()).code == Code.SUCCESS
                await asyncio.sleep(100)
            await bench.restart()
            wait = refused(await bench.sms())
            assert seconds - 300 < wait <= seconds - 199 + seconds / 360
            await asyncio.sleep(wait)
            assert (await bench.sms()).code == Code.SUCCESS

    play()


@virtual
async def test_of_parallel_requests_exactly_the_limit_is_accepted(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        await limit(bench, rate_minute=7)
        replies = await asyncio.gather(*(bench.sms(f"+62812000{n:05d}") for n in range(50)))
        assert [reply.code for reply in replies].count(Code.SUCCESS) == 7
        assert len(await bench.messages()) == 7
        assert bench.app.limits.counts.of("shop") == {"rate_minute": 43}


@virtual
async def test_duplicates_and_refused_requests_do_not_count(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        await limit(bench, rate_minute=3)
        await bench.sms(reference="r1")
        for _ in range(5):
            assert (await bench.sms(reference="r1")).data["duplicate"]
            assert (await bench.sms(reference="r1", message="Lain")).code == Code.DUPLICATE
            assert (await bench.sms(expiration=EPOCH - 5)).code == Code.EXPIRED
            assert (await bench.sms("+62812")).code == Code.INVALID
        bench.disk.broken = True
        with pytest.raises(Unavailable):
            await bench.sms()
        bench.disk.broken = False
        assert [(await bench.sms()).code for _ in range(3)] == [Code.SUCCESS, Code.SUCCESS, Code.LIMITED]


@virtual
async def test_a_duplicate_gets_its_first_answer_though_the_limit_is_reached(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        await limit(bench, rate_minute=1)
        first = await bench.sms(reference="r1")
        assert refused(await bench.sms(reference="r2")) > 0
        again = await bench.sms(reference="r1")
        assert (again.code, again.data["id"]) == (Code.SUCCESS, first.data["id"])
        assert (await bench.sms(reference="r2")).code == Code.LIMITED, "a refused request leaves its key free"
        assert bench.app.limits.counts.of("shop") == {"rate_minute": 2}


@virtual
async def test_limits_come_after_the_block_list_and_before_the_route(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("east", "62813", api=False)) as bench:
        assert (await bench.sms()).code == Code.NO_ROUTE
        await limit(bench, rate_minute=1)
        await bench.change_modem("east", api=True)
        await bench.sms()
        await bench.change_modem("east", api=False)
        assert (await bench.sms()).code == Code.LIMITED
        await bench.ask("block-msisdn", receiver="+6281200001234")
        assert (await bench.sms()).code == Code.BLOCKED


@virtual
async def test_a_rate_that_is_set_later_counts_what_was_made_before(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        for _ in range(3):
            await bench.sms()
        await limit(bench, rate_hour=4)
        assert [(await bench.sms()).code for _ in range(2)] == [Code.SUCCESS, Code.LIMITED]
        usage = bench.app.limits.usage("shop")
        assert (usage["used"]["hour"], usage["refused"]) == (4, {"rate_hour": 1})
        await limit(bench, rate_hour=0)
        assert (await bench.sms()).code == Code.SUCCESS
        assert bench.app.limits.usage("shop")["used"]["hour"] is None


@virtual
async def test_limits_and_fraud_rules_cost_no_commit(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings={"fraud.mode": "enforce"}) as bench:
        await limit(bench, rate_minute=9, rate_hour=9, rate_day=9)
        before = bench.writes()
        assert (await bench.otp()).code == Code.SUCCESS
        await asyncio.sleep(3.5)
        assert len(bench.sent()) == 1
        assert bench.writes() - before == 3, "accepted, handed, sent"


# -- queues --------------------------------------------------------------------------------------------------------


@virtual
async def test_an_account_has_so_many_messages_waiting_at_most(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings={"limits.queue_per_account": "3"}, start_up=1e6) as bench:
        replies = await asyncio.gather(*(bench.sms() for _ in range(5)))
        assert [reply.code for reply in replies].count(Code.SUCCESS) == 3
        reply = await bench.sms()
        assert refused(reply) == RETRY_SECONDS
        assert "3 messages of the account wait already" in reply.error
        assert (await bench.sms(caller=BANK)).code == Code.SUCCESS
        await limit(bench, queue=4)
        assert [(await bench.sms()).code for _ in range(2)] == [Code.SUCCESS, Code.LIMITED]
        assert bench.app.limits.counts.of("shop") == {OWN_QUEUE: 4}
        assert bench.app.limits.usage("shop")["waiting"] == 4


@virtual
async def test_a_message_that_has_ended_leaves_its_place(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings={"limits.queue_per_account": "1"}) as bench:
        await bench.sms()
        assert (await bench.sms()).code == Code.LIMITED
        await asyncio.sleep(10)
        first = await bench.sms()
        assert first.code == Code.SUCCESS
        await bench.restart(0.01)
        assert bench.app.book.count("shop") == 1
        await asyncio.sleep(10)
        assert bench.app.book.count("shop") == 0


@virtual
async def test_the_whole_queue_is_bounded(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings={"limits.queue": "3"}, start_up=1e6) as bench:
        callers = [replace(SHOP, account=f"a{n}") for n in range(5)]
        replies = await asyncio.gather(*(bench.sms(caller=caller) for caller in callers))
        assert [reply.code for reply in replies].count(Code.SUCCESS) == 3
        assert sum(bench.app.limits.counts.refused.values()) == 2
        assert {limit for _, limit in bench.app.limits.counts.refused} == {WHOLE_QUEUE}


# -- fair shares ---------------------------------------------------------------------------------------------------


@virtual
async def test_a_flood_does_not_starve_another_account(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("east"), modem("west"), usual_lot=Lot(fate=Fate.SENT, air=2.5)) as bench:
        for number in range(500):
            await bench.sms(f"+62812000{number:05d}")
        start = bench.seconds()
        replies = [await bench.sms(f"+62813000{number:05d}", caller=BANK) for number in range(10)]
        assert all(reply.data["expected_in"] < 40 for reply in replies), "nobody is told to wait for the flood"
        await asyncio.sleep(120)
        mine = [sms.at - start for sms in bench.sent() if sms.number.startswith("62813")]
        seconds_each = 2.6
        assert len(mine) == 10
        assert max(mine) <= 2 * (2 * 10 / 2) * seconds_each
