"""The rules against pumping at work: modes, refusals, alarms, what outlives the process, and a pumping attack."""

from __future__ import annotations

import asyncio
import itertools
import math
import random
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from bench import BANK, SHOP, gateway, modem, virtual

from otppi.domain.fraud import RIPE_SECONDS, Rule
from otppi.domain.replies import Code, Reply
from otppi.ports.store import Account
from otppi.testing.fake_modem import Fate, Lot

if TYPE_CHECKING:
    from pathlib import Path

    from bench import Bench

ENFORCE = {"fraud.mode": "enforce"}
OTHER_RULES_OFF = {
    f"fraud.{name}": "0"
    for name in (
        *("receiver_hour", "receiver_day", "prefix_10min", "prefix_hour", "account_minute", "source_10min"),
        "new_account_day",
    )
}
_reference = itertools.count()


async def code(bench: Bench, receiver: str = "+6281200001234", **data: Any) -> Reply:
    """A new code for a receiver."""
    return await bench.otp(f"ref{next(_reference)}", receiver, **data)


async def enter(bench: Bench, receiver: str) -> Reply:
    """Make a code, read it off the phone, and enter it."""
    reference = f"ref{next(_reference)}"
    reply = await bench.otp(reference, receiver)
    if reply.code == Code.SUCCESS:
        await asyncio.sleep(8)
        return await bench.check(bench.code(receiver.removeprefix("+")), reference, receiver)
    return reply


def kept_blocks(folder: Path) -> list[str]:
    """The ranges of the blocks in the file."""
    with closing(sqlite3.connect(folder / "store.db")) as link:
        return [row[0] for row in link.execute("SELECT range FROM range_block")]


def standing(bench: Bench, kind: str) -> dict[str, str]:
    """The alarms of a kind that stand: severity by object."""
    return {alarm.object: alarm.severity for alarm in bench.app.alarms.standing if alarm.kind == kind}


# -- modes ---------------------------------------------------------------------------------------------------------


@virtual
async def test_watching_refuses_nothing_and_tells_what_would_have_been(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        for _ in range(7):
            assert (await code(bench)).code == Code.SUCCESS
        assert bench.app.limits.counts.watched == {("shop", "fraud.receiver_hour"): 2}
        assert bench.app.limits.counts.refused == {}
        assert standing(bench, "fraud_watched") == {"shop fraud.receiver_hour": "notice"}


@virtual
async def test_enforcing_refuses_names_the_rule_and_says_when_again(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings=ENFORCE) as bench:
        for _ in range(5):
            assert (await code(bench)).code == Code.SUCCESS
        reply = await code(bench)
        assert (reply.code, "8120000" in reply.error) == (Code.LIMITED, False)
        words = "the limit of 5 codes an hour for one receiver is reached (fraud.receiver_hour); try again in 60 min"
        assert reply.error == words
        assert reply.retry_after is not None
        assert 3590 < reply.retry_after <= 3600
        assert standing(bench, "fraud_refused") == {"shop fraud.receiver_hour": "warning"}
        assert (await bench.sms()).code == Code.SUCCESS, "plain messages are not judged"
        await asyncio.sleep(reply.retry_after)
        assert (await code(bench)).code == Code.SUCCESS


@virtual
async def test_ten_codes_in_ten_minutes_for_one_end_user_over_a_restart(tmp_path: Path) -> None:
    receivers = [f"+62812{number:04d}0001" for number in range(12)]
    async with gateway(tmp_path, settings=ENFORCE) as bench:
        for number, receiver in enumerate(receivers[:10]):
            address = f"2001:db8:0:1::{number:x}"
            assert (await code(bench, receiver, end_user_ip=address)).code == Code.SUCCESS
        reply = await code(bench, receivers[10], end_user_ip="2001:db8:0:1:ffff::1")
        assert reply.code == Code.LIMITED
        assert "(fraud.source_10min)" in reply.error
        assert "2001:db8" not in reply.error
        await bench.restart(0.01)
        reply = await code(bench, receivers[10], end_user_ip="2001:db8:0:1::99")
        assert reply.code == Code.LIMITED
        assert (await code(bench, receivers[10], end_user_ip="2001:db8:0:2::99")).code == Code.SUCCESS
        assert (await code(bench, receivers[11], end_user_ip="")).code == Code.SUCCESS
        assert reply.retry_after is not None
        await asyncio.sleep(reply.retry_after)
        assert (await code(bench, receivers[11], end_user_ip="2001:db8:0:1::99")).code == Code.SUCCESS
    assert b"2001:db8" not in (tmp_path / "store.db").read_bytes()


@virtual
async def test_a_new_account_gets_few_codes_until_some_are_entered_and_stays_so_over_a_restart(tmp_path: Path) -> None:
    settings = OTHER_RULES_OFF | ENFORCE | {"fraud.new_account_day": "30", "fraud.conversion": "0"}
    receivers = (f"+62812{number:04d}0001" for number in itertools.count())
    async with gateway(tmp_path, settings=settings) as bench:
        await bench.store.accounts.add(Account("shop", ""))
        await bench.app.changed("accounts")
        for _ in range(30):
            assert (await code(bench, next(receivers))).code == Code.SUCCESS
        reply = await code(bench, next(receivers))
        assert (reply.code, "(fraud.new_account_day)" in reply.error) == (Code.LIMITED, True)
        assert reply.retry_after is not None
        await asyncio.sleep(reply.retry_after + 60)
        assert bench.app.limits.usage("shop")["proven"] is False
        for _ in range(20):
            assert (await enter(bench, next(receivers))).code == Code.SUCCESS
        await asyncio.sleep(RIPE_SECONDS + 60)
        await bench.restart(0.01)
        assert (await enter(bench, next(receivers))).code == Code.SUCCESS
        assert bench.app.limits.usage("shop")["proven"] is True
        await asyncio.sleep(1)
        await bench.restart(0.01)
        for _ in range(40):
            assert (await code(bench, next(receivers))).code == Code.SUCCESS
        await bench.store.accounts.remove("shop")
        await bench.app.changed("accounts")
        assert bench.app.limits.usage("shop")["proven"] is False
        assert await bench.store.limits.proven() == frozenset()


@virtual
async def test_the_same_request_from_another_address_is_the_same_request(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        first = await bench.otp("r1", end_user_ip="192.0.2.17")
        again = await bench.otp("r1", end_user_ip="198.51.100.3")
        assert (again.data["id"], again.data["duplicate"]) == (first.data["id"], True)


@virtual
@pytest.mark.parametrize("address", ["192.0.2.300", "example.org", "fe80::1%eth0", "192.0.2.17/24", "1" * 46])
async def test_an_address_that_is_none_is_refused_without_saying_it(tmp_path: Path, address: str) -> None:
    async with gateway(tmp_path) as bench:
        reply = await code(bench, end_user_ip=address)
        assert (reply.code, reply.error) == (Code.INVALID, "data.end_user_ip must be an IPv4 or IPv6 address")
        assert await bench.messages() == []


@virtual
async def test_off_counts_nothing_and_knows_all_once_it_is_on(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings={"fraud.mode": "off"}) as bench:
        for _ in range(7):
            await code(bench)
        assert bench.app.limits.counts.watched == {}
        await bench.configure("fraud.mode", "enforce")
        assert (await code(bench)).code == Code.LIMITED
        await bench.configure("fraud.mode", "off")
        assert (await code(bench)).code == Code.SUCCESS


@virtual
async def test_of_parallel_requests_exactly_the_limit_is_accepted(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings=ENFORCE) as bench:
        replies = await asyncio.gather(*(code(bench) for _ in range(40)))
        assert [reply.code for reply in replies].count(Code.SUCCESS) == 5


@virtual
async def test_duplicates_and_refused_requests_do_not_count(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings=ENFORCE) as bench:
        await bench.otp("same")
        for _ in range(9):
            assert (await bench.otp("same")).data["duplicate"]
            assert (await bench.otp("same", message="Lain %s")).code == Code.DUPLICATE
        assert [(await code(bench)).code for _ in range(5)] == [*[Code.SUCCESS] * 4, Code.LIMITED]


# -- countries -----------------------------------------------------------------------------------------------------


@virtual
async def test_codes_go_to_the_own_country_unless_others_are_allowed(tmp_path: Path) -> None:
    abroad = "+65 8120 0001"
    async with gateway(tmp_path, settings=ENFORCE) as bench:
        reply = await code(bench, abroad)
        assert (reply.code, reply.retry_after) == (Code.LIMITED, None)
        assert reply.error == "the country of the receiver is not allowed (fraud.countries)"
        assert (await bench.sms(abroad)).code == Code.SUCCESS
        await bench.store.accounts.add(Account("bank", "hash", countries=("65",)))
        await bench.app.changed("accounts")
        assert (await code(bench, abroad, caller=BANK)).code == Code.SUCCESS
        assert (await code(bench, caller=BANK)).code == Code.LIMITED, "an account's own list stands alone"
        await bench.configure("fraud.countries", "62,65")
        assert (await code(bench, abroad)).code == Code.SUCCESS


# -- conversion ----------------------------------------------------------------------------------------------------


async def pump(bench: Bench, count: int = 20, range_: str = "+62812000") -> None:
    """Ask for codes to a range that nobody enters, and let them ripen."""
    for number in range(count):
        await code(bench, f"{range_}{number:05d}")
    await asyncio.sleep(RIPE_SECONDS + 120)


@virtual
async def test_a_range_whose_codes_nobody_enters_is_blocked_and_stays_so_after_a_crash(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings=ENFORCE | OTHER_RULES_OFF) as bench:
        await pump(bench)
        reply = await code(bench)
        assert (reply.code, reply.retry_after) == (Code.LIMITED, 12 * 3600)
        assert "fraud.conversion" in reply.error
        assert standing(bench, "range_blocked") == {"628120000": "warning"}
        assert (await code(bench, "+6281300001234")).code == Code.SUCCESS
        await bench.settle()
        await bench.restart()
        assert (await code(bench)).code == Code.LIMITED
        assert standing(bench, "range_blocked") == {"628120000": "warning"}
        await asyncio.sleep(12 * 3600)
        assert (await code(bench)).code == Code.SUCCESS
        await asyncio.sleep(6)
        assert standing(bench, "range_blocked") == {}


@virtual
async def test_the_second_block_in_a_row_is_twice_as_long(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings=ENFORCE | OTHER_RULES_OFF) as bench:
        for hours in (12, 24):
            await pump(bench)
            assert (await code(bench)).retry_after == hours * 3600
            await bench.settle()
            await bench.restart()
            await asyncio.sleep(hours * 3600)


@virtual
async def test_honest_people_of_a_range_are_not_blocked(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings=ENFORCE | OTHER_RULES_OFF) as bench:
        for number in range(4):
            assert (await enter(bench, f"+628120000{number:04d}")).code == Code.SUCCESS
        await pump(bench, 30)
        assert (await code(bench)).code == Code.SUCCESS
        await bench.restart()
        assert (await code(bench)).code == Code.SUCCESS


@virtual
async def test_codes_that_no_modem_has_sent_do_not_speak_against_their_range(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings=ENFORCE | OTHER_RULES_OFF) as bench:
        bench.usual_lot = Lot(fate=Fate.REFUSED, code=500)
        await pump(bench, 40)
        assert bench.sent() == []
        bench.usual_lot = Lot()
        assert (await code(bench)).code != Code.LIMITED


@virtual
async def test_the_owner_ends_a_block_for_good(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings=ENFORCE | OTHER_RULES_OFF) as bench:
        await pump(bench)
        assert (await code(bench)).code == Code.LIMITED
        fraud = bench.app.limits.fraud
        assert [block.range for block in fraud.blocks()] == ["628120000"]
        assert fraud.pardon("628120000")
        assert not fraud.pardon("628120000")
        assert standing(bench, "range_blocked") == {}
        assert (await code(bench)).code == Code.SUCCESS
        await bench.settle()
        await bench.restart()
        assert (await code(bench)).code == Code.SUCCESS, "what was sent before is forgiven after a restart too"


@virtual
async def test_a_watched_block_is_told_and_takes_effect_when_enforced(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings=OTHER_RULES_OFF) as bench:
        await pump(bench)
        assert (await code(bench)).code == Code.SUCCESS
        assert standing(bench, "range_blocked") == {"628120000": "notice"}
        assert bench.app.limits.counts.watched == {("shop", "fraud.conversion"): 1}
        await bench.configure("fraud.mode", "enforce")
        assert standing(bench, "range_blocked") == {"628120000": "warning"}
        assert (await code(bench)).code == Code.LIMITED
        await bench.configure("fraud.conversion", "0")
        assert (await code(bench)).code == Code.SUCCESS


# -- over restarts -------------------------------------------------------------------------------------------------


@virtual
async def test_every_counter_survives_a_crash(tmp_path: Path) -> None:
    settings = ENFORCE | {"fraud.prefix_10min": "7", "fraud.account_minute": "9"}
    async with gateway(tmp_path, settings=settings) as bench:
        for _ in range(5):
            assert (await code(bench)).code == Code.SUCCESS
        for number in range(2):
            assert (await code(bench, f"+628120000000{number}")).code == Code.SUCCESS
        await bench.restart(0.01)
        replies = [await code(bench), await code(bench, "+6281200005555"), await code(bench, "+6281300000001")]
        assert [reply.error.partition("(")[2].partition(")")[0] for reply in replies] == [
            Rule.RECEIVER_HOUR,
            Rule.PREFIX_10MIN,
            "",
        ]
        assert (await code(bench, "+6281300000002")).code == Code.SUCCESS
        assert Rule.ACCOUNT_MINUTE in (await code(bench, "+6281300000003")).error


@virtual
async def test_a_block_is_written_once_the_disk_works_again(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings=ENFORCE | OTHER_RULES_OFF) as bench:
        await pump(bench)
        bench.disk.seconds = 3.0
        asked = asyncio.create_task(code(bench))
        await asyncio.sleep(0.1)
        bench.disk.broken = True
        await asyncio.sleep(10)
        assert kept_blocks(tmp_path) == []
        bench.disk.broken, bench.disk.seconds = False, 0.001
        await asyncio.sleep(10)
        assert kept_blocks(tmp_path) == ["628120000"]
        await asyncio.gather(asked, return_exceptions=True)


# -- guesses -------------------------------------------------------------------------------------------------------


async def guess(bench: Bench, count: int, start: int = 0) -> list[Reply]:
    return [await bench.check("000000", f"unknown{start + n}", f"+62812000{n:05d}") for n in range(count)]


@virtual
async def test_guesses_at_all_codes_of_an_account_are_told_and_refused_only_if_enforced(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        replies = await guess(bench, 315)
        assert {reply.code for reply in replies} == {Code.WRONG_OTP}
        assert standing(bench, "guessing") == {"shop": "warning"}
        assert (await guess(bench, 1))[0].code == Code.WRONG_OTP
        await bench.configure("fraud.mode", "enforce")
        reply = (await guess(bench, 1))[0]
        assert reply.code == Code.LIMITED
        assert reply.retry_after is not None
        assert 3000 < reply.retry_after <= 3660
        assert (await bench.check("000000", "x", caller=BANK)).code == Code.WRONG_OTP
        assert bench.app.limits.counts.of("shop") == {"guesses": 1}
        await bench.restart()
        assert (await guess(bench, 1))[0].code == Code.LIMITED, "nearly all of it outlives a crash"
        assert standing(bench, "guessing") == {}
        await asyncio.sleep(3700)
        assert (await guess(bench, 1))[0].code == Code.WRONG_OTP


@virtual
async def test_many_right_codes_make_wrong_ones_unsuspicious(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings=ENFORCE | OTHER_RULES_OFF, usual_lot=Lot(air=0.01)) as bench:
        writes = bench.writes()
        bench.app.limits.guesses.note("shop", right=True)
        for _ in range(320):
            bench.app.limits.guesses.note("shop", right=True)
        await bench.settle()
        assert bench.writes() == writes, "right codes alone write nothing"
        await guess(bench, 310)
        assert standing(bench, "guessing") == {}
        assert (await guess(bench, 14))[-1].code == Code.LIMITED


# -- an attack -----------------------------------------------------------------------------------------------------


@virtual
async def test_a_pumping_attack_gets_sixty_at_most_and_honest_people_notice_nothing(tmp_path: Path) -> None:
    """S8 in small: 5,000 requests an hour into one range, 200 honest people elsewhere in the same hour."""
    rng = random.Random(8)  # noqa: S311 - the same attack every time
    modems = [modem(f"m{number}") for number in range(4)]
    async with gateway(tmp_path, *modems, settings=ENFORCE, usual_lot=Lot(air=2.5)) as bench:
        ended = asyncio.Event()

        async def attack() -> list[Reply]:
            replies = []
            while not ended.is_set():
                replies.append(await code(bench, f"+62880000{rng.randrange(10_000):04d}"))
                await asyncio.sleep(3600 / 5000)
            return replies

        async def honest(number: int) -> Code:
            await asyncio.sleep(rng.uniform(0, 3500))
            return (await enter(bench, f"+62812{number % 50:04d}{rng.randrange(10_000):04d}")).code

        attacker = asyncio.create_task(attack())
        codes = await asyncio.gather(*(honest(number) for number in range(200)))
        await asyncio.sleep(max(0.0, 3600 - bench.seconds()))
        first_hour = [sms for sms in bench.sent() if sms.number.startswith("62880000")]
        assert 20 <= len(first_hour) <= 60
        assert codes.count(Code.SUCCESS) >= math.ceil(0.995 * 200)
        ended.set()
        asked = await attacker
        assert len(asked) > 4900
        await asyncio.sleep(12 * 3600)
        before = len(first_hour)
        assert len([sms for sms in bench.sent() if sms.number.startswith("62880000")]) - before <= 20


@virtual
async def test_an_attack_that_goes_on_gets_twenty_in_twelve_hours(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings=ENFORCE | {"message.max_life": "30min"}) as bench:
        got: list[float] = []
        while bench.seconds() < 38 * 3600:
            if (await code(bench, f"+62880000{random.Random(len(got)).randrange(10_000):04d}")).code == Code.SUCCESS:  # noqa: S311 - as above
                got.append(bench.seconds())
            await asyncio.sleep(5 if len(got) % 20 else 60)
        assert len([at for at in got if at <= 3600]) <= 60
        for start in range(3600, 26 * 3600, 1800):
            assert len([at for at in got if start < at <= start + 12 * 3600]) <= 20


@pytest.mark.parametrize("caller", [SHOP, BANK])
def test_two_callers_share_the_range(tmp_path: Path, caller: Any) -> None:
    @virtual
    async def play() -> None:
        async with gateway(tmp_path, settings=ENFORCE) as bench:
            for number in range(20):
                await code(bench, f"+628120000{number:04d}", caller=(SHOP, BANK)[number % 2])
            reply = await code(bench, "+6281200009999", caller=caller)
            assert Rule.PREFIX_10MIN in reply.error

    play()
