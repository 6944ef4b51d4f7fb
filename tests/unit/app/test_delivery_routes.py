"""Who takes a message: routes, tiers, patience, and other modems after a refusal."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from bench import BANK, EPOCH, RECEIVER, SHOP, gateway, modem, virtual

from otppi.app import views
from otppi.app.acceptance import Draft
from otppi.domain.life import Life
from otppi.domain.message import Class, Kind, State
from otppi.domain.replies import Refusal
from otppi.domain.secret import Secret
from otppi.testing.fake_modem import Fate, Lot

if TYPE_CHECKING:
    from pathlib import Path


NUMBER = RECEIVER.removeprefix("+")
LONG = "Halo " * 60  # 300 characters: two segments

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


@pytest.mark.feature("F012", "F080", "F083", "F085")
@pytest.mark.parametrize("closed", [{"active": False}, {"api": False}, {"internet": True}])
@virtual
async def test_a_closed_modem_is_never_used(tmp_path: Path, closed: dict[str, bool]) -> None:
    async with gateway(tmp_path, modem("shut", "62812", default=True, **closed), modem("open")) as bench:
        for number in range(4):
            await bench.sms(to(number))
        await asyncio.sleep(20)
        assert [sms.modem for sms in bench.sent()] == ["open"] * 4


@pytest.mark.feature("F080", "F083", "F085")
@pytest.mark.parametrize(
    ("closed", "used"), [({"api": False}, True), ({"active": False}, False), ({"internet": True}, False)]
)
@virtual
async def test_by_hand_a_modem_closed_to_the_api_sends_and_one_that_is_not_for_messages_does_not(
    tmp_path: Path, closed: dict[str, bool], used: bool
) -> None:
    by_hand = Draft(
        kind=Kind.SMS,
        klass=Class.NORMAL,
        receiver=NUMBER,
        text=Secret("Halo"),
        life=Life(300.0, stated=True),
        keys=(),
        content=(),
        answer={},
        pinned="shut",
    )
    async with gateway(tmp_path, modem("shut", **closed), modem("open")) as bench:
        if used:
            await bench.app.acceptance.accept(by_hand, SHOP, "M1")
        else:
            with pytest.raises(Refusal):
                await bench.app.acceptance.accept(by_hand, SHOP, "M1")
        await asyncio.sleep(20)
        assert [sms.modem for sms in bench.sent()] == ["shut"] * used


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
        assert (await bench.message(bad)).error == "+CMS ERROR 1: unassigned number"
        assert (await bench.message(good)).shown is State.SENT
        assert await bench.store.outbox.sealed_text(str(bad.data["id"])) is None


@virtual
async def test_history_and_end_tell_what_the_modem_said(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a"), lots={"a": [Lot(Fate.REFUSED, code=316)] * 99}) as bench:
        reply = await bench.sms(expiration=EPOCH + bench.seconds() + 30)
        await asyncio.sleep(60)
        message = await bench.message(reply)
        returned = [detail for letter, _, _, detail in message.history if letter == "g"]
        assert set(returned) == {"a: +CMS ERROR 316: SIM PUK required"}
        assert message.shown is State.EXPIRED
        assert views.message(message)["error"] == (
            "its time was over before it could go out (a: +CMS ERROR 316: SIM PUK required)"
        )


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


@pytest.mark.parametrize(("code", "waits"), [(41, [5, 15, 45]), (42, [10, 30, 60]), (38, [60, 120, 300])])
@virtual
async def test_alone_a_modem_is_tried_again_later_and_later(tmp_path: Path, code: int, waits: list[int]) -> None:
    async with gateway(tmp_path, lots={"east": [Lot(Fate.REFUSED, code=code)] * 3}) as bench:
        reply = await bench.sms()
        await asyncio.sleep(500)
        handed = [entry[2] - EPOCH for entry in (await bench.message(reply)).history if entry[0] == "c"]
        gaps = [later - earlier for earlier, later in pairwise(handed)]
        assert gaps == pytest.approx([wait + 0.5 for wait in waits], abs=0.2)
        assert (await bench.message(reply)).shown is State.SENT


@virtual
async def test_twenty_claims_without_progress_fail_with_an_alarm(tmp_path: Path) -> None:
    async with gateway(tmp_path, lots={"east": [Lot(Fate.NO_PROMPT)] * 30}) as bench:
        reply = await bench.sms()
        await asyncio.sleep(10_000)  # after the third claim the modem rests, longer and longer
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
        await asyncio.sleep(20_000)
        assert await bench.edges(reply) == "cgcd"
        assert bench.alarms() == set()
