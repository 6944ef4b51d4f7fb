"""Long messages, and what has no answer: doubts, policies, late answers."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from bench import EPOCH, RECEIVER, SHOP, gateway, modem, status, virtual

from otppi.domain.message import State
from otppi.ports.modem import ModemState
from otppi.testing.fake_modem import Fate, Lot

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
        bench.app.fleet.changed("a", status(ModemState.SEARCHING))  # it hears the late answer, and takes nothing new
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
