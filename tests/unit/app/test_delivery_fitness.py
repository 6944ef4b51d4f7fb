"""What the delivery does with modems that rest, SIMs at their limit and SIMs in quarantine."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from bench import EPOCH, gateway, modem, sim, virtual

from otppi.app.operations.context import Context
from otppi.app.operations.table import Operations
from otppi.domain.message import State
from otppi.ports.modem import ModemState
from otppi.testing.fake_modem import Fate, Lot

if TYPE_CHECKING:
    from pathlib import Path

    from bench import Bench

LONG = "Halo " * 60  # 300 characters: two segments
NO_PROMPT = Lot(Fate.NO_PROMPT)
BARRED = Lot(Fate.REFUSED, code=8)


def to(number: int) -> str:
    return f"+62812000{number:05d}"


def why(bench: Bench, reply: Any) -> str:
    return bench.app.delivery.why_waiting(str(reply.data["id"]))


def kinds(bench: Bench) -> set[tuple[str, str]]:
    return {(alarm.kind, alarm.object) for alarm in bench.app.alarms.standing}


# -- breakers ------------------------------------------------------------------------------------------------------


@virtual
async def test_a_modem_that_fails_three_times_rests_and_comes_back_by_one_plain_message(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a"), modem("b"), lots={"a": [NO_PROMPT] * 3}) as bench:
        for number in range(6):
            await bench.otp(f"r{number}", to(number))
            await asyncio.sleep(2)
        assert ("modem_resting", "a") in kinds(bench)
        assert {sms.modem for sms in bench.sent()} == {"b"}
        await asyncio.sleep(60)
        for number in range(6, 9):
            await bench.otp(f"r{number}", to(number))
            await asyncio.sleep(2)
        assert {sms.modem for sms in bench.sent()} == {"b"}, "no code tries it while another modem can send it"
        await bench.sms(to(20))
        await asyncio.sleep(2)
        assert [sms.modem for sms in bench.sent()][-1] == "a"
        assert kinds(bench) == set()
        assert all(message.shown is State.SENT for message in await bench.messages())


@virtual
async def test_with_every_modem_resting_messages_wait_and_codes_expire_honestly(tmp_path: Path) -> None:
    async with gateway(tmp_path, lots={"east": [BARRED] * 5}) as bench:
        for number in range(5):
            await bench.sms(to(1), f"Halo {number}")
        await asyncio.sleep(4)
        code = await bench.otp("r1", to(9), expiration=EPOCH + bench.seconds() + 25)
        assert code.code == "000"
        assert why(bench, code).startswith(
            "waits for a modem: none on its route can take it now (east failed too often and rests, tried again in "
        )
        await asyncio.sleep(26)
        assert (await bench.message(code)).shown is State.EXPIRED
        plain = await bench.sms(to(10))
        await asyncio.sleep(20)
        assert (await bench.message(plain)).shown is State.SENT
        assert [sms.number for sms in bench.sent()] == [to(10)[1:]]


@pytest.mark.feature("X07")
@virtual
async def test_the_only_modem_is_tried_by_a_code_as_soon_as_it_answers_again(tmp_path: Path) -> None:
    async with gateway(tmp_path, lots={"east": [NO_PROMPT] * 3}) as bench:
        reply = await bench.otp()
        plain = await bench.sms(to(2))
        await asyncio.sleep(4)
        assert (await bench.message(reply)).shown is State.SENT, "long before the rest of 30 s is over"
        assert (await bench.message(plain)).shown is State.SENT, "it closed the breaker"
        assert kinds(bench) == set()


@virtual
async def test_a_code_that_fails_there_is_followed_by_one_try_each_half_minute(tmp_path: Path) -> None:
    async with gateway(tmp_path, lots={"east": [NO_PROMPT] * 7}) as bench:
        reply = await bench.otp()
        plain = await bench.sms(to(2))
        tries = [7 - len(bench.lots["east"]) for _ in range(4) if await asyncio.sleep(30, result=True)]
        assert tries == [4, 5, 6, 7], "three faults, one try at once, then one each half minute"
        assert (await bench.message(plain)).shown is State.QUEUED
        await asyncio.sleep(30)
        assert (await bench.message(reply)).shown is State.SENT
        assert (await bench.message(plain)).shown is State.SENT


@virtual
async def test_plain_messages_wait_for_the_end_of_the_rest_all_the_same(tmp_path: Path) -> None:
    async with gateway(tmp_path, lots={"east": [NO_PROMPT] * 3}) as bench:
        plain = await bench.sms()
        await asyncio.sleep(28)
        assert (await bench.message(plain)).shown is State.QUEUED
        await asyncio.sleep(10)
        assert (await bench.message(plain)).shown is State.SENT


@virtual
async def test_no_code_tries_a_modem_that_rests_while_another_can_send_it(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a"), modem("b"), lots={"a": [NO_PROMPT] * 3}, usual_lot=Lot(air=3.0)) as bench:
        for number in range(12):
            await bench.otp(f"r{number}", to(number))
        await asyncio.sleep(28)
        assert ("modem_resting", "a") in kinds(bench)
        assert {sms.modem for sms in bench.sent()} == {"b"}


@virtual
async def test_a_trial_is_one_message_and_a_failed_one_a_longer_rest(tmp_path: Path) -> None:
    async with gateway(tmp_path, lots={"east": [NO_PROMPT] * 4}) as bench:
        for number in range(5):
            await bench.sms(to(number))
        await asyncio.sleep(33)
        assert len(bench.lots["east"]) == 0, "three faults, a rest, one trial"
        await asyncio.sleep(57)
        assert bench.sent() == []
        await asyncio.sleep(10)
        assert len(bench.sent()) == 5


@virtual
async def test_a_modem_whose_line_is_lost_with_the_text_is_tried_as_soon_as_it_is_back(tmp_path: Path) -> None:
    lots = {"a": [Lot(Fate.VANISHES_AFTER, away=10.0)] * 3}
    async with gateway(tmp_path, modem("a"), lots=lots) as bench:
        for number in range(3):
            await bench.sms(to(number))
            await asyncio.sleep(15)
        assert ("modem_resting", "a") in kinds(bench)
        await bench.sms(to(9))
        await asyncio.sleep(5)
        assert [sms.number for sms in bench.sent()][-1] == to(9)[1:], "it is tried as soon as it is back"
        assert ("modem_resting", "a") not in kinds(bench)


@virtual
async def test_a_modem_that_gives_no_answer_three_times_rests(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a"), lots={"a": [Lot(Fate.SILENT_ON_AIR)] * 3}) as bench:
        for number in range(4):
            await bench.sms(to(number))
        await asyncio.sleep(460)
        assert len(bench.sent()) == 3
        assert ("modem_resting", "a") in kinds(bench)


@virtual
async def test_what_the_gateway_itself_took_back_is_no_fault(tmp_path: Path) -> None:
    async with gateway(tmp_path, usual_lot=Lot(prompt=10.0)) as bench:
        for number in range(4):
            await bench.sms(to(number), expiration=EPOCH + bench.seconds() + 9)
            await asyncio.sleep(12)
        assert kinds(bench) == set()
        assert bench.sent() == []


# -- limits --------------------------------------------------------------------------------------------------------


@virtual
async def test_a_sim_sends_no_more_than_its_limit_and_goes_on_when_it_may(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a", limit_minute=4, limit_hour=10), usual_lot=Lot(air=0.1)) as bench:
        replies = [await bench.sms(to(number)) for number in range(24)]
        await asyncio.sleep(1)
        assert why(bench, replies[-1]).startswith("waits for modem a, keeps the pace of its SIM, free again in ")
        await asyncio.sleep(30)
        assert "(a has a SIM at its limit of 4 SMS a minute, free again in 3" in why(bench, replies[-1])
        await asyncio.sleep(3 * 3600)
        moments = [sms.at for sms in bench.sent()]
        assert len(moments) == 24
        for most, seconds in ((4, 60), (10, 3600)):
            assert all(later - first >= seconds for first, later in zip(moments, moments[most:], strict=False))
        gaps = [later - earlier for earlier, later in pairwise(moments[:10])]
        assert min(gaps) > 1.5, "no burst"


@virtual
async def test_what_waits_for_a_limit_goes_out_the_moment_it_may(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a", limit_hour=1)) as bench:
        await bench.sms(to(1))
        await asyncio.sleep(3)
        found = bench.app.fitness.hindrance("a")
        assert found is not None
        await bench.sms(to(2))
        await asyncio.sleep(2 * 3600)
        assert bench.sent()[1].at == pytest.approx(found.until - EPOCH, abs=0.1)


@virtual
async def test_a_message_says_that_it_waits_for_the_limit_and_until_when(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a", limit_day=1)) as bench:
        await bench.sms(to(1))
        await asyncio.sleep(3)
        reply = await bench.sms(to(2), expiration=EPOCH + 40_000)
        said = "none on its route can take it now (a has a SIM at its limit of 1 SMS a day, free again in 2"
        assert said in why(bench, reply)
        assert reply.data["expected_in"] > 30_000
        await asyncio.sleep(40_001)
        assert (await bench.message(reply)).shown is State.EXPIRED


@pytest.mark.parametrize(("kind", "patience"), [("otp", 0.0), ("sms", 60.0)])
@virtual
async def test_a_tier_whose_sim_is_at_its_limit_is_left_after_its_patience(
    tmp_path: Path, kind: str, patience: float
) -> None:
    modems = (modem("a", "62812", limit_hour=1), modem("d", default=True))
    async with gateway(tmp_path, *modems) as bench:
        await bench.sms(to(1))
        await asyncio.sleep(3)
        full_at = bench.sent()[0].at
        await (bench.otp("r1", to(2)) if kind == "otp" else bench.sms(to(2)))
        await asyncio.sleep(100)
        assert [sms.modem for sms in bench.sent()] == ["a", "d"]
        assert bench.sent()[1].at == pytest.approx(max(full_at + patience, 4.0), abs=0.5)


@virtual
async def test_a_pace_is_no_reason_to_go_elsewhere(tmp_path: Path) -> None:
    modems = (modem("a", "62812", limit_minute=6), modem("d", default=True))
    async with gateway(tmp_path, *modems) as bench:
        for number in range(3):
            await bench.otp(f"r{number}", to(number))
        await asyncio.sleep(30)
        assert [sms.modem for sms in bench.sent()] == ["a"] * 3


@virtual
async def test_counts_follow_the_sim_through_a_crash_and_into_another_modem(tmp_path: Path) -> None:
    modems = (modem("a", limit_hour=3), modem("b", limit_hour=3))
    bench: Bench
    async with gateway(tmp_path, *modems, identities={"a": sim(1), "b": sim(2)}) as bench:
        for number in range(4):
            await bench.sms(to(number))
        await asyncio.sleep(10)
        assert Counter(sms.modem for sms in bench.sent()) == {"a": 2, "b": 2}
        bench.identities = {"a": sim(2), "b": sim(3)}
        await bench.restart()
        for number in range(4, 12):
            await bench.sms(to(number))
        await asyncio.sleep(600)
        assert Counter(sms.modem for sms in bench.sent()[4:]) == {"a": 1, "b": 3}


@virtual
async def test_a_limit_the_owner_sets_holds_at_once_and_lifted_at_once(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a")) as bench:
        await bench.change_modem("a", limit_day=1)
        await bench.sms(to(1))
        await bench.sms(to(2))
        await asyncio.sleep(600)
        assert len(bench.sent()) == 1
        await bench.change_modem("a", limit_day=0)
        await asyncio.sleep(5)
        assert len(bench.sent()) == 2


@pytest.mark.parametrize(("most", "modems"), [(2, "aa"), (1, "ab")])
@virtual
async def test_a_long_message_keeps_to_its_sim_while_its_patience_lasts(tmp_path: Path, most: int, modems: str) -> None:
    async with gateway(tmp_path, modem("a", "62812", limit_minute=most), modem("b")) as bench:
        await bench.sms(message=LONG)
        await asyncio.sleep(120)
        assert [sms.part for sms in bench.sent()] == [1, 2]
        assert "".join(sms.modem for sms in bench.sent()) == modems, "a full minute is longer than the patience"


@pytest.mark.parametrize("limit", [0, 100])
@virtual
async def test_a_limit_costs_no_commit(tmp_path: Path, limit: int) -> None:
    async with gateway(tmp_path, modem("a", limit_minute=limit, limit_day=limit)) as bench:
        await bench.sms(to(1))
        await asyncio.sleep(2)
        before = bench.disk.commits
        await bench.sms(to(2))
        await asyncio.sleep(2)
        assert len(bench.sent()) == 2
        assert bench.disk.commits - before == 3, "accept, hand, sent"


# -- quarantine ----------------------------------------------------------------------------------------------------


@virtual
async def test_a_sim_its_network_blocks_is_in_quarantine_until_the_owner_ends_it(tmp_path: Path) -> None:
    lots = {"a": [BARRED] * 5}
    entries = (modem("a", "62812"), modem("b"))
    async with gateway(tmp_path, *entries, lots=lots, identities={"a": sim(1), "b": sim(2)}) as bench:
        for number in range(6):
            await bench.sms(to(number))
            await asyncio.sleep(3)
        await asyncio.sleep(60)
        assert {sms.modem for sms in bench.sent()} == {"b"}
        assert all(message.shown is State.SENT for message in await bench.messages())
        status = bench.app.fleet.status("a")
        assert (status.state, status.reason) == (ModemState.QUARANTINED, "The network blocks this SIM.")
        assert ("sim_quarantined", "a") in kinds(bench)
        await bench.restart()
        await bench.sms(to(7))
        await asyncio.sleep(120)
        assert bench.app.fleet.status("a").state is ModemState.QUARANTINED
        await enable(bench, "a")
        assert bench.app.fleet.status("a").state is ModemState.READY
        assert kinds(bench) == set()
        await bench.sms(to(8))
        await asyncio.sleep(3)
        assert bench.sent()[-1].modem == "a"


async def enable(bench: Bench, name: str) -> None:
    """`otppi modem enable NAME`, with the gateway running."""
    context = Context(bench.store, bench.vault, bench.clock, lambda _password: "")
    await Operations(context).call("modem.enable", {"name": name})
    await bench.app.changed("modems")


@virtual
async def test_another_sim_in_the_modem_ends_it(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a"), lots={"a": [BARRED] * 5}, identities={"a": sim(1)}) as bench:
        for number in range(5):
            await bench.sms(to(number))
            await asyncio.sleep(1)
        assert bench.app.fleet.status("a").state is ModemState.QUARANTINED
        reply = await bench.sms(to(9))
        assert why(bench, reply).endswith("(a is quarantined)")
        bench.modems["a"].change_sim(sim(2))
        bench.modems["a"].unplug(5)
        await asyncio.sleep(10)
        assert bench.app.fleet.status("a").state is ModemState.READY
        assert (await bench.message(reply)).shown is State.SENT


@virtual
async def test_a_success_between_is_no_block(tmp_path: Path) -> None:
    lots = {"a": [*[BARRED] * 4, Lot(), *[BARRED] * 4]}
    async with gateway(tmp_path, modem("a"), modem("b"), lots=lots) as bench:
        for number in range(20):
            await bench.sms(to(number))
            await asyncio.sleep(70)
        assert ("sim_quarantined", "a") not in kinds(bench)


# -- what only the owner can put right -------------------------------------------------------------------------------


@virtual
async def test_a_sim_without_an_sms_centre_is_told_until_one_is_there(tmp_path: Path) -> None:
    lots = {"a": [Lot(Fate.REFUSED, code=330)]}
    async with gateway(tmp_path, modem("a"), modem("b"), lots=lots) as bench:
        await bench.sms(to(1))
        await asyncio.sleep(3)
        assert kinds(bench) == {("no_smsc", "a")}
        assert [sms.modem for sms in bench.sent()] == ["b"]
        await bench.sms(to(2))
        await asyncio.sleep(3)
        assert bench.sent()[-1].modem == "a"
        assert kinds(bench) == set()


@virtual
async def test_an_sms_called_malformed_is_told(tmp_path: Path) -> None:
    async with gateway(tmp_path, lots={"east": [Lot(Fate.REFUSED, code=304)]}) as bench:
        await bench.sms(to(1))
        await asyncio.sleep(3)
        assert kinds(bench) == {("malformed_sms", "east")}
        assert len(bench.sent()) == 1


@virtual
async def test_while_the_other_sim_is_away_a_barred_message_waits_for_it(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a"), modem("b"), lots={"a": [BARRED]}) as bench:
        bench.modems["b"].unplug(4)
        reply = await bench.sms(to(1))
        await asyncio.sleep(1)
        assert (await bench.message(reply)).shown is State.QUEUED
        await asyncio.sleep(10)
        assert [sms.modem for sms in bench.sent()] == ["b"]
