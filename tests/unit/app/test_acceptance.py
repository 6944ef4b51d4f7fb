"""Acceptance: the order of checks, duplicates, what is durable when the answer is given."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from bench import BANK, EPOCH, RECEIVER, SHOP, gateway, modem, virtual

from otppi.domain.message import State
from otppi.domain.replies import Code, Unavailable

if TYPE_CHECKING:
    from pathlib import Path


STRICT = replace(SHOP, strict_ids=True)


def plain(data: Any) -> dict[str, Any]:
    """What stays the same between the first answer and later ones."""
    return {name: value for name, value in data.items() if name not in ("duplicate", "status", "expected_in")}


# -- durable -------------------------------------------------------------------------------------------------------


@virtual
async def test_accepted_is_durable(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=1e6) as bench:
        reply = await bench.sms()
        assert reply.code == Code.SUCCESS
        await bench.crash()
        bench.start_up = 0.2
        await bench.begin()
        assert [m.id for m in await bench.messages()] == [reply.data["id"]]
        await bench.app.start()
        await asyncio.sleep(5)
        assert len(bench.sent()) == 1


@virtual
async def test_no_promise_without_a_commit(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        bench.disk.broken = True
        for ask in (bench.sms, bench.otp):
            with pytest.raises(Unavailable):
                await ask()
        bench.disk.broken = False
        assert await bench.messages() == []
        assert len(bench.app.book) == 0


@pytest.mark.feature("F002")
@virtual
async def test_neither_text_nor_code_is_in_the_file_in_clear_at_any_moment(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings={"otp.length": "12"}, usual_lot=_slow()) as bench:
        canary = "Rahasia-canary-58231"
        await bench.sms("+6281200000001", message=canary)
        reply = await bench.otp(receiver="+6281200000002", message="Kode-canary-77 %s", param1="p-canary-99")
        assert reply.code == Code.SUCCESS
        waiting = _octets(tmp_path)
        await asyncio.sleep(20)
        code = bench.code("6281200000002")
        assert len(code) == 12
        for octets in (waiting, _octets(tmp_path)):
            for text in (canary, "canary-77", "canary-99", code):
                for form in (
                    text.encode(),
                    text.encode("utf-16-be"),
                    text.encode().hex().encode(),
                    code[::-1].encode(),
                ):
                    assert form not in octets
        assert [await bench.store.outbox.sealed_text(m.id) for m in await bench.messages()] == [None, None]


def _slow() -> Any:
    from otppi.testing.fake_modem import Lot

    return Lot(air=4.0)


def _octets(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


# -- the order of checks -------------------------------------------------------------------------------------------


@virtual
async def test_each_check_comes_before_the_next(tmp_path: Path) -> None:
    """One request breaks every rule; what is wrong is mended one by one, and the next rule answers."""
    async with gateway(tmp_path, start_up=1e6) as bench:
        await bench.ask("block-msisdn", receiver="+6281200000009")
        await bench.sms(reference="taken")
        otp: dict[str, Any] = {
            "reference": "r",
            "receiver": "+6281200000009",
            "message": "no place for a code",
            "expiration": 5,
        }
        nobody = replace(SHOP, rights=frozenset())
        assert (await bench.ask("create-otp", nobody, **otp)).code == Code.UNKNOWN_COMMAND
        assert (await bench.ask("create-otp", **otp)).code == Code.INVALID
        otp["message"] = "Kode %s"
        assert (await bench.ask("create-otp", **otp)).code == Code.EXPIRED
        otp["expiration"] = 0
        assert (await bench.ask("create-otp", **{**otp, "receiver": "a@b.example"})).code == Code.FAILED
        assert (await bench.ask("create-otp", **otp)).code == Code.BLOCKED
        await asyncio.sleep(61)
        otp["receiver"] = RECEIVER
        assert (await bench.ask("create-otp", **otp)).code == Code.NO_ROUTE
        assert len(await bench.messages()) == 1


@virtual
async def test_a_duplicate_comes_before_expired_blocked_and_no_route(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=1e6) as bench:
        soon = EPOCH + bench.seconds() + 20
        first = await bench.otp(expiration=soon)
        plain_first = await bench.sms(reference="s", expiration=soon)
        await bench.ask("block-msisdn", receiver="+6281200000009")
        await asyncio.sleep(10)
        await bench.change_modem("east", active=False)
        again = await bench.otp(expiration=soon)
        assert (again.code, again.data["duplicate"]) == (Code.SUCCESS, True)
        assert plain(again.data) == plain(first.data)
        await asyncio.sleep(15)
        late = await bench.sms(reference="s", expiration=soon)
        assert (late.code, late.data["duplicate"], late.data["status"]) == (Code.SUCCESS, True, "expired")
        assert plain(late.data) == plain(plain_first.data)
        other = await bench.sms(reference="s", message="other", expiration=soon)
        assert other.code == Code.DUPLICATE


@pytest.mark.parametrize("reason", ["expired", "blocked", "route", "fields", "segments"])
@virtual
async def test_a_refused_request_leaves_its_keys_free_and_writes_nothing(tmp_path: Path, reason: str) -> None:
    async with gateway(tmp_path) as bench:
        if reason == "blocked":
            await bench.ask("block-msisdn", receiver=RECEIVER)
        if reason == "route":
            await bench.change_modem("east", active=False)
        bad: dict[str, Any] = {
            "expired": {"expiration": 5},
            "fields": {"wait": "x"},
            "segments": {"message": "x" * 2000},
        }
        refused = await bench.sms(reference="r", id="7", **bad.get(reason, {}))
        assert refused.code not in (Code.SUCCESS, Code.DUPLICATE)
        assert await bench.messages() == []
        await bench.ask("unblock-msisdn", receiver=RECEIVER)
        await bench.change_modem("east", active=True)
        accepted = await bench.sms(reference="r", id="7", message="quite another text")
        assert (accepted.code, "duplicate" in accepted.data) == (Code.SUCCESS, False)


# -- duplicates ----------------------------------------------------------------------------------------------------


@pytest.mark.feature("F131")
@pytest.mark.parametrize("key", [{"reference": "r"}, {"id": 9}, {"id": "9"}, {"key": "k"}])
@virtual
async def test_the_same_key_and_content_gets_the_first_answer_and_nothing_is_sent(
    tmp_path: Path, key: dict[str, Any]
) -> None:
    async with gateway(tmp_path) as bench:
        header = key.pop("key", "")
        request = {"receiver": RECEIVER, "message": "Halo", **key}
        first = await bench.ask("send-sms", key=header, **request)
        await asyncio.sleep(5)
        again = await bench.ask("send-sms", key=header, **{**request, "receiver": "0812 0000-1234"})
        assert plain(again.data) == plain(first.data)
        assert (again.data["duplicate"], again.data["status"]) == (True, "sent")
        assert "duplicate" not in first.data
        await asyncio.sleep(10)
        assert len(bench.sent()) == 1


@pytest.mark.feature("F131")
@pytest.mark.parametrize(
    "other",
    [{"message": "Kode lain %s"}, {"receiver": "+6281200000002"}, {"param1": "x"}, {"param4": "x"}, {"subject": "x"}],
)
@virtual
async def test_a_reference_with_other_content_is_1201(tmp_path: Path, other: dict[str, str]) -> None:
    async with gateway(tmp_path) as bench:
        assert (await bench.otp()).code == Code.SUCCESS
        refused = await bench.otp(**other)  # type: ignore[arg-type]  # names of the request
        assert (refused.code, refused.error) == (Code.DUPLICATE, "this key was used before with other content")
        assert refused.data["reference"] == "r1"
        assert len(await bench.messages()) == 1


@virtual
async def test_an_idempotency_key_with_other_content_is_1201(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        await bench.ask("send-sms", key="k", receiver=RECEIVER, message="one")
        assert (await bench.ask("send-sms", key="k", receiver=RECEIVER, message="two")).code == Code.DUPLICATE


@virtual
async def test_a_documented_id_with_other_content_is_a_new_message_noticed_once(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        replies = [await bench.sms(f"+628120000000{n}", id="1") for n in range(3)]
        assert len({reply.data["id"] for reply in replies}) == 3
        again = await bench.sms("+6281200000002", id="1")
        assert (again.data["id"], again.data["duplicate"]) == (replies[2].data["id"], True)
        [alarm] = bench.app.alarms.standing
        assert (alarm.kind, alarm.object, alarm.severity) == ("id_used_again", "shop", "notice")


@virtual
async def test_with_strict_ids_it_is_1201(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        await bench.sms(id="1", caller=STRICT)
        assert (await bench.sms(id="1", message="other", caller=STRICT)).code == Code.DUPLICATE
        assert (await bench.sms(id="1", caller=STRICT)).data["duplicate"] is True


@pytest.mark.parametrize(("key", "window"), [("id", 15 * 60), ("reference", 24 * 3600)])
@virtual
async def test_a_key_is_remembered_for_its_window(tmp_path: Path, key: str, window: float) -> None:
    async with gateway(tmp_path) as bench:
        named: dict[str, Any] = {key: "7"}
        first = await bench.sms(**named)
        await asyncio.sleep(window - 5)
        assert (await bench.sms(**named)).data["id"] == first.data["id"]
        await asyncio.sleep(6)
        later = await bench.sms(**named)
        assert later.data["id"] != first.data["id"]
        assert "duplicate" not in later.data


@virtual
async def test_keys_belong_to_an_account_and_a_kind(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        replies = [
            await bench.sms(reference="x"),
            await bench.sms(reference="x", caller=BANK),
            await bench.otp("x"),
            await bench.otp("x", caller=BANK),
            await bench.sms(id="x"),
        ]
        assert [reply.code for reply in replies] == [Code.SUCCESS] * 5
        assert len({reply.data["id"] for reply in replies}) == 5


@pytest.mark.parametrize("command", ["sms", "otp"])
@virtual
async def test_racing_requests_are_one_message_with_one_answer_for_all(tmp_path: Path, command: str) -> None:
    async with gateway(tmp_path) as bench:
        ask = bench.sms if command == "sms" else bench.otp
        replies = await asyncio.gather(*(ask(reference="race") for _ in range(20)))
        assert len({str(plain(reply.data)) for reply in replies}) == 1
        assert sum("duplicate" not in reply.data for reply in replies) == 1
        await asyncio.sleep(10)
        assert len(bench.sent()) == 1


@virtual
async def test_a_duplicate_may_wait_for_the_answer_too(tmp_path: Path) -> None:
    async with gateway(tmp_path, usual_lot=_slow()) as bench:
        await bench.sms(reference="r")
        again = await bench.sms(reference="r", wait=30)
        assert (again.data["status"], again.data["duplicate"]) == ("sent", True)


@pytest.mark.parametrize("end", ["approved", "expired", "exhausted"])
@virtual
async def test_a_reference_that_has_ended_is_1201_for_a_day(tmp_path: Path, end: str) -> None:
    async with gateway(tmp_path) as bench:
        await bench.otp()
        await asyncio.sleep(5)
        if end == "approved":
            assert (await bench.check(bench.code())).code == Code.SUCCESS
        elif end == "exhausted":
            for _ in range(5):
                await bench.check("no")
        else:
            await asyncio.sleep(310)
        for message in ("Kode %s", "Lain %s"):
            refused = await bench.otp(message=message)
            assert refused.code == Code.DUPLICATE
            assert "ended" in refused.error
        await asyncio.sleep(86_400 - 400)
        assert (await bench.otp()).code == Code.DUPLICATE
        await asyncio.sleep(500)
        assert (await bench.otp()).code == Code.SUCCESS


@pytest.mark.parametrize("end", [State.EXPIRED, State.CANCELLED])
@virtual
async def test_a_reference_is_free_at_once_when_its_message_ended_without_being_handed(
    tmp_path: Path, end: State
) -> None:
    async with gateway(tmp_path, start_up=60.0, ready=0.0) as bench:
        first = await bench.otp(expiration=EPOCH + 30)
        assert first.code == Code.SUCCESS
        if end is State.CANCELLED:
            await bench.app.delivery.cancel(str(first.data["id"]), "by the owner")
        else:
            await asyncio.sleep(31)
        assert (await bench.message(first)).shown is end
        second = await bench.otp(message="Lain %s")
        assert second.code == Code.SUCCESS
        assert second.data["id"] != first.data["id"]
        await asyncio.sleep(90)
        assert (await bench.check(bench.code())).code == Code.SUCCESS


# -- segments, routes, receivers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("length", "code"), [(1530, "000"), (1531, "1103")])
@virtual
async def test_ten_segments_are_the_most(tmp_path: Path, length: int, code: str) -> None:
    async with gateway(tmp_path) as bench:
        reply = await bench.sms(message="x" * length)
        assert reply.code == code
        if code == "1103":
            assert reply.error == "message must fit into 10 segments, this one needs 11"


@virtual
async def test_without_a_modem_that_may_take_it_a_message_is_refused(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a", api=False), modem("b", active=False), modem("c", internet=True)) as bench:
        for reply in (await bench.sms(), await bench.otp()):
            assert (reply.code, reply.error) == (Code.NO_ROUTE, "no modem may take a message to this receiver")


@virtual
async def test_an_otp_on_rest_is_refused_once_no_modem_was_ready_for_a_minute(tmp_path: Path) -> None:
    patient = replace(SHOP, door="rabbitmq", holds_back=True)
    async with gateway(tmp_path, start_up=1e6, ready=0.0) as bench:
        await asyncio.sleep(59)
        assert (await bench.otp("early")).code == Code.SUCCESS
        await asyncio.sleep(1)
        assert (await bench.otp("late")).code == Code.NO_ROUTE
        assert (await bench.sms(expiration=EPOCH + 300)).code == Code.NO_ROUTE, "urgent by its life"
        assert (await bench.sms()).code == Code.SUCCESS
        assert (await bench.otp("late", caller=patient)).code == Code.SUCCESS


@virtual
async def test_short_codes_only_where_the_account_may(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        assert (await bench.sms("1234")).code == Code.INVALID
        assert (await bench.sms("1234", caller=replace(SHOP, short_codes=True))).code == Code.SUCCESS
        await asyncio.sleep(3)
        assert [sms.number for sms in bench.sent()] == ["1234"]


@virtual
async def test_the_policy_of_the_account_counts(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        for policy in ("hold", "resend", "resend_once_if_fresh"):
            message = await bench.message(await bench.otp(policy, caller=replace(SHOP, policy=policy)))
            assert message.policy == policy


# -- the clock -----------------------------------------------------------------------------------------------------


@virtual
async def test_while_the_clock_is_untrusted_the_callers_times_count_and_it_is_said(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        bench.clock.wall_shift = -EPOCH  # 1970
        bench.clock.trusted = False
        reply = await bench.otp(date_time=5000, expiration=5060)
        assert (reply.data["clock"], reply.data["expiration"]) == ("untrusted", 5060)
        message = await bench.message(reply)
        assert message.deadline - message.created == pytest.approx(60)
        assert (await bench.sms(date_time=5000, expiration=4999)).code == Code.EXPIRED
        assert (await bench.sms(date_time=5000, expiration=5001)).data["clock"] == "untrusted"
        clamped = await bench.otp("r2", date_time=5000, expiration=9000)
        assert clamped.data["expiration"] == 5600


@virtual
async def test_setting_the_wall_clock_moves_no_deadline_of_what_was_accepted(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=1e6, ready=0.0) as bench:
        reply = await bench.sms(expiration=EPOCH + 100)
        bench.clock.wall_shift = 5000.0
        await asyncio.sleep(99)
        assert (await bench.message(reply)).shown is State.QUEUED
        await asyncio.sleep(2)
        assert (await bench.message(reply)).shown is State.EXPIRED
