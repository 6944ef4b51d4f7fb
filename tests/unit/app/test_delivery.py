"""From acceptance to the air: turns, failover, long messages, doubts, expiry, recovery, stop."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from bench import BANK, EPOCH, RECEIVER, SHOP, gateway, modem, virtual

from otppi.domain.message import State
from otppi.testing.fake_modem import Fate, Lot, no_steps

if TYPE_CHECKING:
    from pathlib import Path

    from bench import Bench

NUMBER = RECEIVER.removeprefix("+")
LONG = "Halo " * 60  # 300 characters: two segments
VERY_LONG = "Halo " * 90  # 450: three

SILENT = Lot(Fate.SILENT_ON_AIR)
REFUSED_NUMBER = Lot(Fate.REFUSED, code=1)


def to(number: int) -> str:
    return f"+62812000{number:05d}"


# -- who takes it --------------------------------------------------------------------------------------------------


@pytest.mark.feature("F003")
@virtual
async def test_an_sms_goes_out_and_says_so(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        reply = await bench.sms(message="Halo dunia")
        assert (reply.code, reply.data["status"]) == ("000", "queued")
        await asyncio.sleep(2)
        [sms] = bench.sent()
        assert (sms.modem, sms.number, sms.text) == ("east", NUMBER, "Halo dunia")
        message = await bench.message(reply)
        assert (message.shown, message.attempts) == (State.SENT, 1)
        assert message.segments[0].reference == 1
        assert message.route == "any other modem: east"
        assert await bench.edges(reply) == "cd"
        assert await bench.store.outbox.sealed_text(message.id) is None
        assert len(bench.app.book) == 0


@pytest.mark.feature("F014")
@virtual
async def test_six_sends_over_three_modems_are_two_each(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a"), modem("b"), modem("c")) as bench:
        for number in range(6):
            await bench.sms(to(number))
            await asyncio.sleep(5)
        assert Counter(sms.modem for sms in bench.sent()) == {"a": 2, "b": 2, "c": 2}


@pytest.mark.feature("F013")
@virtual
async def test_eight_modems_send_at_once(tmp_path: Path) -> None:
    names = [f"m{n}" for n in range(8)]
    async with gateway(tmp_path, *map(modem, names), usual_lot=Lot(air=10.0)) as bench:
        for number in range(8):
            await bench.sms(to(number))
        await asyncio.sleep(1)
        assert sorted(sms.modem for sms in bench.sent()) == names
        assert {(await bench.store.outbox.get(m.id)).shown for m in await bench.messages()} == {State.HANDED}


@pytest.mark.feature("F015", "F016", "F017", "F018")
@virtual
async def test_the_four_operator_example(tmp_path: Path) -> None:
    modems = (
        modem("a", "62871", "62872"),
        modem("b1", "62881"),
        modem("b2", "62881"),
        modem("d", default=True),
    )
    async with gateway(tmp_path, *modems) as bench:
        for number in range(4):
            for prefix in ("0871", "0872", "0881", "0812"):
                await bench.sms(f"{prefix}0000{number:04d}")
                await asyncio.sleep(4)
        modems_of = {prefix: [s.modem for s in bench.sent() if s.number.startswith(prefix)] for prefix in
                     ("62871", "62872", "62881", "62812")}  # fmt: skip
        assert modems_of["62871"] == modems_of["62872"] == ["a"] * 4
        assert Counter(modems_of["62881"]) == {"b1": 2, "b2": 2}
        assert modems_of["62812"] == ["d"] * 4


@pytest.mark.feature("F012", "F083", "F085")
@pytest.mark.parametrize("closed", [{"active": False}, {"api": False}, {"internet": True}])
@virtual
async def test_a_closed_modem_is_never_used(tmp_path: Path, closed: dict[str, bool]) -> None:
    async with gateway(tmp_path, modem("shut", "62812", default=True, **closed), modem("open")) as bench:
        for number in range(4):
            await bench.sms(to(number))
        await asyncio.sleep(20)
        assert [sms.modem for sms in bench.sent()] == ["open"] * 4


@pytest.mark.feature("F012", "F085")
@virtual
async def test_a_modem_made_inactive_amid_its_work_gets_nothing_more(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a"), usual_lot=Lot(air=8.0)) as bench:
        for number in range(4):
            await bench.sms(to(number))
        await asyncio.sleep(4)
        assert len(bench.sent()) == 1
        await asyncio.wait_for(bench.change_modem("a", active=False), 10)
        await asyncio.sleep(60)
        assert len(bench.sent()) == 1
        assert [m.shown for m in await bench.messages()].count(State.SENT) == 1
        await bench.change_modem("a", active=True)
        await asyncio.sleep(60)
        assert len(bench.sent()) == 4


@virtual
async def test_a_modem_closed_to_the_api_amid_a_long_message_gets_no_more_of_it(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a", "62812"), modem("b"), usual_lot=Lot(air=6.0)) as bench:
        await bench.sms(message=LONG)
        await asyncio.sleep(2)
        await bench.change_modem("a", api=False)
        await asyncio.sleep(60)
        assert [(sms.modem, sms.part) for sms in bench.sent()] == [("a", 1), ("b", 2)]


@virtual
async def test_one_modem_without_answer_holds_up_nobody(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a"), modem("b"), lots={"a": [SILENT]}) as bench:
        for number in range(10):
            await bench.sms(to(number))
        await asyncio.sleep(15)
        assert len(bench.sent()) == 10
        assert Counter(sms.modem for sms in bench.sent()) == {"a": 1, "b": 9}


@virtual
async def test_otp_overtakes_all_that_waits(tmp_path: Path) -> None:
    async with gateway(tmp_path, usual_lot=Lot(air=3.0)) as bench:
        for number in range(20):
            await bench.sms(to(number))
        await asyncio.sleep(1)
        await bench.otp(receiver=to(99))
        await asyncio.sleep(5.5)
        assert [sms.number for sms in bench.sent()][1] == to(99).removeprefix("+")


@virtual
async def test_half_of_the_modems_is_all_that_one_account_gets_while_another_waits(tmp_path: Path) -> None:
    names = "abcd"
    async with gateway(tmp_path, *map(modem, names), usual_lot=Lot(air=5.0)) as bench:
        for number in range(12):
            await bench.otp(f"r{number}", to(number))
        await asyncio.sleep(1)
        await bench.otp("bank1", to(50), BANK)
        await bench.otp("bank2", to(51), BANK)
        await asyncio.sleep(6)
        second_round = [sms.number for sms in bench.sent()][4:8]
        assert {to(50)[1:], to(51)[1:]} < set(second_round)


# -- tiers and patience --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "patience"), [("otp", 0.0), ("normal", 60.0)])
@virtual
async def test_a_tier_that_cannot_is_left_after_its_patience(tmp_path: Path, kind: str, patience: float) -> None:
    async with gateway(tmp_path, modem("a", "62812"), modem("d", default=True)) as bench:
        bench.modems["a"].unplug(10_000)
        gone_at = bench.seconds()
        await asyncio.sleep(20)
        await (bench.otp() if kind == "otp" else bench.sms())
        await asyncio.sleep(100)
        [sms] = bench.sent()
        assert sms.modem == "d"
        assert sms.at == pytest.approx(max(gone_at + patience, gone_at + 20), abs=1.0)


@virtual
async def test_a_slow_modem_cannot_take_more_and_its_tier_is_left(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a", "62812"), modem("d", default=True), lots={"a": [SILENT]}) as bench:
        await bench.sms(to(1))
        await asyncio.sleep(1)
        await bench.otp(receiver=to(2))
        await asyncio.sleep(13)
        assert len(bench.sent()) == 1, "busy is not slow: the code waits for its own modem"
        await asyncio.sleep(5)
        assert [sms.modem for sms in bench.sent()] == ["a", "d"]
        assert bench.app.fleet.status("a").state.value == "slow"


@virtual
async def test_an_otp_backlog_that_would_miss_its_deadline_uses_the_next_tier(tmp_path: Path) -> None:
    modems = (modem("a", "62812"), modem("d", default=True))
    async with gateway(tmp_path, *modems, usual_lot=Lot(air=5.0)) as bench:
        for number in range(6):
            await bench.otp(f"r{number}", to(number), expiration=EPOCH + bench.seconds() + 15)
        await asyncio.sleep(30)
        assert {sms.modem for sms in bench.sent()} == {"a", "d"}
        assert all(m.shown is State.SENT for m in await bench.messages())


# -- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.feature("X09")
@pytest.mark.parametrize("code", [8, 21, 38, 42, 111, 300, 301, 322, 330, 331, 500, 512])
@virtual
async def test_a_modem_that_refuses_fails_over_to_another(tmp_path: Path, code: int) -> None:
    refusing = {"a": [Lot(Fate.REFUSED, code=code)] * 50}
    async with gateway(tmp_path, modem("a", "62812"), modem("d"), lots=refusing) as bench:
        reply = await bench.sms()
        await asyncio.sleep(30)
        message = await bench.message(reply)
        assert message.shown is State.SENT
        assert [sms.modem for sms in bench.sent()] == ["d"]
        assert message.segments[0].barred == ("a",)
        assert await bench.edges(reply) == "cgcd"


@pytest.mark.feature("X09")
@pytest.mark.parametrize("fate", [Fate.NO_PROMPT, Fate.VANISHES_BEFORE])
@virtual
async def test_a_modem_that_takes_nothing_fails_over_to_another(tmp_path: Path, fate: Fate) -> None:
    lots = {"a": [Lot(fate, away=900.0)] * 30}
    async with gateway(tmp_path, modem("a"), modem("b"), lots=lots) as bench:
        await bench.sms(to(1))
        await bench.sms(to(2))
        await asyncio.sleep(40)
        assert sorted(sms.number for sms in bench.sent()) == [to(1)[1:], to(2)[1:]]
        assert {sms.modem for sms in bench.sent()} == {"b"}


@virtual
async def test_a_number_refused_for_good_fails_at_once_and_only_itself(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a"), modem("b"), lots={"a": [REFUSED_NUMBER], "b": []}) as bench:
        bad = await bench.sms(to(1))
        good = await bench.sms(to(2))
        await asyncio.sleep(10)
        assert (await bench.message(bad)).shown is State.FAILED
        assert await bench.edges(bad) == "ch"
        assert (await bench.message(bad)).error == "refused by the network"
        assert (await bench.message(good)).shown is State.SENT
        assert await bench.store.outbox.sealed_text(str(bad.data["id"])) is None


@virtual
async def test_a_refused_message_is_tried_once_more_elsewhere_and_then_fails(tmp_path: Path) -> None:
    lots = {name: [Lot(Fate.REFUSED, code=111)] * 9 for name in "abc"}
    async with gateway(tmp_path, *map(modem, "abc"), lots=lots) as bench:
        reply = await bench.sms()
        await asyncio.sleep(60)
        assert await bench.edges(reply) == "cgch"


@virtual
async def test_a_duplicate_known_to_the_sms_centre_counts_as_sent(tmp_path: Path) -> None:
    async with gateway(tmp_path, lots={"east": [Lot(Fate.REFUSED, code=197)]}) as bench:
        reply = await bench.sms()
        await asyncio.sleep(5)
        assert (await bench.message(reply)).shown is State.SENT


@virtual
async def test_alone_a_modem_is_tried_again_later_and_later(tmp_path: Path) -> None:
    async with gateway(tmp_path, lots={"east": [Lot(Fate.REFUSED, code=42)] * 3}) as bench:
        reply = await bench.sms()
        await asyncio.sleep(90)
        handed = [entry[2] - EPOCH for entry in (await bench.message(reply)).history if entry[0] == "c"]
        gaps = [later - earlier for earlier, later in pairwise(handed)]
        assert gaps == pytest.approx([5.5, 15.5, 45.5], abs=0.2)
        assert (await bench.message(reply)).shown is State.SENT


@virtual
async def test_twenty_claims_without_progress_fail_with_an_alarm(tmp_path: Path) -> None:
    async with gateway(tmp_path, lots={"east": [Lot(Fate.NO_PROMPT)] * 30}) as bench:
        reply = await bench.sms()
        await asyncio.sleep(400)
        message = await bench.message(reply)
        assert (message.shown, message.error) == (State.FAILED, "claimed 20 times without progress")
        assert len(bench.lots["east"]) == 10
        assert not message.ever_handed
        assert "no_progress" in bench.alarms()


@virtual
async def test_claims_without_progress_count_anew_once_something_was_handed(tmp_path: Path) -> None:
    barren = [Lot(Fate.NO_PROMPT)] * 15
    async with gateway(tmp_path, lots={"east": [*barren, Lot(Fate.REFUSED, code=42), *barren]}) as bench:
        reply = await bench.sms()
        await asyncio.sleep(900)
        assert await bench.edges(reply) == "cgcd"
        assert bench.alarms() == set()


# -- long messages -------------------------------------------------------------------------------------------------


@virtual
async def test_a_long_message_stays_on_one_modem_with_one_reference(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a"), modem("b"), modem("c")) as bench:
        reply = await bench.sms(message=VERY_LONG)
        await asyncio.sleep(10)
        assert [sms.part for sms in bench.sent()] == [1, 2, 3]
        assert len({sms.modem for sms in bench.sent()}) == 1
        assert "".join(sms.text for sms in bench.sent()) == VERY_LONG.strip()
        assert len(_references(bench)) == 1
        assert (await bench.message(reply)).shown is State.SENT


@virtual
async def test_only_the_missing_segments_are_sent_again_under_the_same_reference(tmp_path: Path) -> None:
    lots = {"east": [Lot(), Lot(Fate.REFUSED, code=42), Lot(), Lot()]}
    async with gateway(tmp_path, lots=lots) as bench:
        await bench.sms(message=VERY_LONG)
        await asyncio.sleep(30)
        assert [sms.part for sms in bench.sent()] == [1, 2, 3]
        assert len(_references(bench)) == 1


@virtual
async def test_after_a_crash_the_first_segment_is_not_sent_again(tmp_path: Path) -> None:
    async with gateway(tmp_path, usual_lot=Lot(air=4.0)) as bench:
        reply = await bench.sms(message=VERY_LONG)
        await asyncio.sleep(4.2)
        assert [s.state for s in (await bench.message(reply)).segments] == [State.SENT, State.HANDED, State.QUEUED]
        await bench.restart()
        await asyncio.sleep(20)
        assert [sms.part for sms in bench.sent()] == [1, 2, 3], "the second is held in doubt, the third goes on"
        states = [s.state for s in (await bench.message(reply)).segments]
        assert states == [State.SENT, State.IN_DOUBT, State.SENT]
        assert len(_references(bench)) == 1


@virtual
async def test_a_segment_that_fails_for_good_ends_the_message(tmp_path: Path) -> None:
    async with gateway(tmp_path, lots={"east": [Lot(), REFUSED_NUMBER]}) as bench:
        reply = await bench.sms(message=VERY_LONG)
        await asyncio.sleep(30)
        assert [s.state for s in (await bench.message(reply)).segments] == [State.SENT, State.FAILED, State.FAILED]
        assert (await bench.message(reply)).shown is State.FAILED
        assert len(bench.sent()) == 1


@virtual
async def test_a_segment_refused_by_the_carrier_of_the_first_goes_to_another(tmp_path: Path) -> None:
    lots = {"a": [Lot(), *[Lot(Fate.REFUSED, code=8)] * 50]}
    async with gateway(tmp_path, modem("a", "62812"), modem("b"), lots=lots) as bench:
        reply = await bench.sms(message=LONG)
        await asyncio.sleep(30)
        assert [(sms.modem, sms.part) for sms in bench.sent()] == [("a", 1), ("b", 2)]
        assert (await bench.message(reply)).attempts == 3


def _references(bench: Bench) -> set[str]:
    """The concatenation references on the air: octet 4 of the user data header (3GPP TS 23.040 9.2.3.24.1)."""
    return {entry.tpdu[entry.tpdu.index("050003") + 6 :][:2] for entry in bench.air.entries}


# -- in doubt ------------------------------------------------------------------------------------------------------


@virtual
async def test_an_otp_without_answer_is_sent_once_more_by_another_modem_while_the_engine_listens(
    tmp_path: Path,
) -> None:
    async with gateway(tmp_path, modem("a", "62812"), modem("b"), lots={"a": [SILENT], "b": [SILENT]}) as bench:
        reply = await bench.otp()
        await asyncio.sleep(10)
        assert len(bench.sent()) == 1
        await asyncio.sleep(10)
        assert [sms.modem for sms in bench.sent()] == ["a", "b"]
        assert bench.sent()[1].at - bench.sent()[0].at == pytest.approx(15, abs=0.5)
        assert bench.sent()[0].text == bench.sent()[1].text
        message = await bench.message(reply)
        assert message.possible_duplicate
        await asyncio.sleep(270)
        message = await bench.message(reply)
        assert len(bench.sent()) == 2, "once only"
        assert message.shown is State.IN_DOUBT
        await asyncio.sleep(30)
        message = await bench.message(reply)
        assert (message.shown, message.outcome_unknown, message.possible_duplicate) == (State.FAILED, True, True)
        assert await bench.edges(reply) == "cjkcjp"


@virtual
async def test_doubt_of_an_otp_begins_after_four_times_the_usual_time(tmp_path: Path) -> None:
    async with gateway(tmp_path, usual_lot=Lot(air=14.0)) as bench:
        for number in range(14):
            await bench.sms(to(number))
        await asyncio.sleep(14 * 15)
        usual = bench.app.fleet.views()["east"].usual
        assert usual > 10
        bench.lots["east"] = [SILENT]
        reply = await bench.otp(expiration=EPOCH + bench.seconds() + 600)
        await asyncio.sleep(4 * usual - 1)
        assert await bench.edges(reply) == "c"
        await asyncio.sleep(2)
        assert (await bench.edges(reply)).startswith("cjk")


@virtual
async def test_an_otp_that_is_not_fresh_any_more_is_not_sent_again(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a"), modem("b"), lots={"a": [SILENT], "b": [SILENT]}) as bench:
        reply = await bench.otp(expiration=EPOCH + bench.seconds() + 24)
        await asyncio.sleep(60)
        assert len(bench.sent()) == 1
        assert await bench.edges(reply) == "cjp"
        message = await bench.message(reply)
        assert (message.shown, message.outcome_unknown) == (State.FAILED, True)
        assert message.history[-1][2] == pytest.approx(message.deadline, abs=0.1)


@virtual
async def test_a_plain_message_without_answer_is_held_and_ends_failed_with_an_alarm(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a"), modem("b"), lots={"a": [SILENT]}) as bench:
        reply = await bench.sms()
        await asyncio.sleep(60)
        assert await bench.edges(reply) == "c", "slow, but the engine still listens"
        await asyncio.sleep(100)
        message = await bench.message(reply)
        assert (message.shown, message.held) == (State.IN_DOUBT, True)
        assert "in_doubt" in bench.alarms()
        await asyncio.sleep(15 * 60)
        message = await bench.message(reply)
        assert (message.shown, message.outcome_unknown) == (State.FAILED, True)
        handed, gave_up = message.history[0][2], message.history[-1][2]
        assert gave_up - handed == pytest.approx(900, abs=0.1)
        assert bench.alarms() >= {"outcome_unknown"}
        assert "in_doubt" not in bench.alarms()
        assert len(bench.sent()) == 1


@virtual
async def test_a_plain_message_that_may_not_be_sent_again_is_held_no_longer_than_others(tmp_path: Path) -> None:
    caller = replace(SHOP, policy="resend_once_if_fresh")
    async with gateway(tmp_path, lots={"east": [SILENT, SILENT]}) as bench:
        reply = await bench.sms(caller=caller)
        await asyncio.sleep(1800)
        assert await bench.edges(reply) == "cjkcjp"
        assert "outcome_unknown" in bench.alarms()


@virtual
async def test_by_policy_resend_it_goes_out_until_an_answer_comes(tmp_path: Path) -> None:
    async with gateway(tmp_path, lots={"east": [SILENT, SILENT, SILENT]}) as bench:
        reply = await bench.sms(caller=replace(SHOP, policy="resend"))
        await asyncio.sleep(700)
        assert await bench.edges(reply) == "cjkcjkcjkcd"
        assert (await bench.message(reply)).possible_duplicate


@virtual
async def test_a_late_answer_settles_the_doubt(tmp_path: Path) -> None:
    async with gateway(tmp_path, lots={"east": [Lot(Fate.LATE, late=20.0)]}) as bench:
        reply = await bench.sms()
        await asyncio.sleep(160)
        assert (await bench.message(reply)).shown is State.IN_DOUBT
        await asyncio.sleep(20)
        message = await bench.message(reply)
        assert await bench.edges(reply) == "cjl"
        assert (message.shown, message.outcome_unknown) == (State.SENT, True)
        assert "in_doubt" not in bench.alarms()


@virtual
async def test_one_late_answer_of_two_leaves_the_alarm_standing(tmp_path: Path) -> None:
    lots = {"east": [Lot(Fate.LATE, late=200.0), Lot(Fate.SILENT_ON_AIR)]}
    async with gateway(tmp_path, lots=lots, body_timeout=30.0) as bench:
        reply = await bench.sms(message=LONG)
        await asyncio.sleep(240)
        assert [s.state for s in (await bench.message(reply)).segments] == [State.SENT, State.IN_DOUBT]
        assert "in_doubt" in bench.alarms()


@virtual
async def test_a_late_answer_withdraws_a_resend_that_was_not_handed(tmp_path: Path) -> None:
    async with gateway(tmp_path, lots={"east": [Lot(Fate.LATE, late=5.0)]}, body_timeout=30.0) as bench:
        reply = await bench.otp()
        await asyncio.sleep(5)
        await bench.sms(to(7))  # takes the modem when it is free again
        bench.lots["east"].append(Lot(prompt=9.0))
        await asyncio.sleep(60)
        message = await bench.message(reply)
        assert await bench.edges(reply) == "cjkl"
        assert (message.shown, message.possible_duplicate) == (State.SENT, True)
        assert len(bench.sent(NUMBER)) == 1


@virtual
async def test_a_late_answer_to_the_first_try_withdraws_the_third(tmp_path: Path) -> None:
    """The resend was refused for certain and waits: the first went out after all, so nothing more may."""
    lots = {"a": [Lot(Fate.LATE, late=2.0)], "b": [Lot(Fate.REFUSED, code=42, air=1.0)]}
    async with gateway(tmp_path, modem("a", "62812"), modem("b"), lots=lots, body_timeout=16.0) as bench:
        reply = await bench.otp()
        await asyncio.sleep(17.2)
        bench.modems["b"].unplug(500)
        bench.modems["a"].unplug(500)
        await asyncio.sleep(60)
        assert await bench.edges(reply) == "cjkcgl"
        assert (await bench.message(reply)).shown is State.SENT
        assert len(bench.sent()) == 1


@virtual
async def test_a_late_answer_after_the_resend_was_handed_changes_nothing_more(tmp_path: Path) -> None:
    lots = {"a": [Lot(Fate.LATE, late=5.0)]}
    async with gateway(tmp_path, modem("a", "62812"), modem("b"), lots=lots, body_timeout=30.0) as bench:
        reply = await bench.otp()
        await asyncio.sleep(100)
        message = await bench.message(reply)
        assert await bench.edges(reply) == "cjkcd"
        assert (message.shown, message.possible_duplicate) == (State.SENT, True)


@pytest.mark.parametrize(("to_state", "edges"), [("queued", "cjocd"), ("failed", "cjo"), ("sent", "cjo")])
@virtual
async def test_the_owner_decides_a_doubt(tmp_path: Path, to_state: str, edges: str) -> None:
    async with gateway(tmp_path, lots={"east": [SILENT]}) as bench:
        reply = await bench.sms()
        await asyncio.sleep(160)
        message_id = str(reply.data["id"])
        assert await bench.app.delivery.resolve(message_id, State(to_state), "decided") is not None
        assert "in_doubt" not in bench.alarms()
        await asyncio.sleep(20)
        assert await bench.edges(reply) == edges
        assert (await bench.message(reply)).shown is State("sent" if to_state == "queued" else to_state)
        assert await bench.app.delivery.resolve(message_id, State.SENT, "again") is None


@virtual
async def test_a_port_that_vanishes_after_the_text_leaves_a_doubt(tmp_path: Path) -> None:
    async with gateway(tmp_path, lots={"east": [Lot(Fate.VANISHES_AFTER, away=5.0)]}) as bench:
        reply = await bench.sms()
        await asyncio.sleep(3)
        assert (await bench.message(reply)).shown is State.IN_DOUBT
        other = await bench.sms(to(2))
        await asyncio.sleep(10)
        assert (await bench.message(other)).shown is State.SENT


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

        def swap(link: object) -> None:
            link.execute("UPDATE message SET sealed = ? WHERE id = ?", (damaged, first.data["id"]))  # type: ignore[attr-defined]  # a store's link

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
        assert why(ids[3]) == "waits for a modem: none on its route can take it now"
        await bench.change_modem("east", active=False)
        assert why(ids[3]) == "has no route"


@virtual
async def test_it_says_when_the_next_try_is(tmp_path: Path) -> None:
    async with gateway(tmp_path, lots={"east": [Lot(Fate.REFUSED, code=27)]}) as bench:
        reply = await bench.sms()
        await asyncio.sleep(3)
        assert bench.app.delivery.why_waiting(str(reply.data["id"])).endswith("s before the next try")
