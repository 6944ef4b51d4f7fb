"""The one door: permission, fields, the closed match, what is answered, health."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from bench import BANK, EPOCH, RECEIVER, SHOP, gateway, modem, virtual

from otppi.domain.replies import Code, Unavailable
from otppi.domain.rights import Right
from otppi.ports.modem import Identity, LineStatus, ModemState
from otppi.ports.store import NotFound

if TYPE_CHECKING:
    from pathlib import Path

    from bench import Bench

NOBODY = replace(SHOP, rights=frozenset())
FULL = replace(SHOP, rights=frozenset(Right))
DATA: dict[str, dict[str, Any]] = {
    "create-otp": {"reference": "r1", "receiver": RECEIVER, "message": "Kode %s"},
    "request-otp": {"reference": "r1", "receiver": RECEIVER, "message": "Kode %s"},
    "validate-otp": {"reference": "r1", "receiver": RECEIVER, "otp": "000000"},
    "verify-otp": {"reference": "r1", "receiver": RECEIVER, "otp": "000000"},
    "send-sms": {"receiver": RECEIVER, "message": "Halo"},
    "send-message": {"receiver": RECEIVER, "message": "Halo"},
    "send-email": {"receiver": "a@b.example", "message": "Halo", "subject": "x"},
    "send-mail": {"receiver": "a@b.example", "message": "Halo", "subject": "x"},
    "block-msisdn": {"receiver": RECEIVER},
    "unblock-msisdn": {"receiver": RECEIVER},
    "request-ussd": {"ussd_code": "*123#", "modem_id": "east"},
    "resend-otp": {"reference": "r1"},
}


@pytest.mark.parametrize("command", DATA)
@virtual
async def test_without_its_right_a_command_is_not_permitted_and_does_nothing(tmp_path: Path, command: str) -> None:
    async with gateway(tmp_path) as bench:
        reply = await bench.ask(command, NOBODY, **DATA[command])
        assert (reply.code, reply.data) == (Code.UNKNOWN_COMMAND, {})
        assert "not permitted" in reply.error
        assert await bench.messages() == []
        assert await bench.store.registry.blocks() == []


@pytest.mark.parametrize("command", ["create-otp ", "CREATE-OTP", "drop-table", "send_sms"])
@virtual
async def test_an_unknown_command_is_1106_but_for_blanks_around_it(tmp_path: Path, command: str) -> None:
    async with gateway(tmp_path) as bench:
        reply = await bench.ask(command, FULL, **DATA["create-otp"])
        assert reply.code == (Code.SUCCESS if command.strip() == "create-otp" else Code.UNKNOWN_COMMAND)


@pytest.mark.feature("X01")
@virtual
async def test_the_aliases_do_the_same(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        assert (await bench.ask("request-otp", **DATA["request-otp"])).code == Code.SUCCESS
        await asyncio.sleep(3)
        right = {**DATA["verify-otp"], "otp": bench.code()}
        assert (await bench.ask("verify-otp", **right)).code == Code.SUCCESS
        assert (await bench.ask("send-message", **DATA["send-message"])).code == Code.SUCCESS
        for command in ("send-email", "send-mail"):
            reply = await bench.ask(command, **DATA[command])
            assert (reply.code, reply.error) == (Code.FAILED, "e-mail is not configured")
        to_mail: dict[str, Any] = {"receiver": "a@b.example", "message": "Halo"}
        assert (await bench.ask("send-message", **to_mail)).code == Code.FAILED
        without_mail = replace(SHOP, rights=frozenset({Right.SMS}))
        assert (await bench.ask("send-message", without_mail, **to_mail)).code == Code.UNKNOWN_COMMAND
        without_sms = replace(SHOP, rights=frozenset({Right.MAIL}))
        assert (await bench.ask("send-message", without_sms, **DATA["send-message"])).code == Code.UNKNOWN_COMMAND


@virtual
async def test_fields_come_after_permission_and_before_all_else(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        for caller, code in ((NOBODY, Code.UNKNOWN_COMMAND), (SHOP, Code.INVALID)):
            reply = await bench.ask("send-sms", caller, receiver="canary-number", message="x", expiration=1)
            assert reply.code == code
            assert "canary" not in reply.error
        assert (await bench.ask("send-email", receiver="a@b.example", message="x", expiration=1)).code == Code.EXPIRED


@pytest.mark.feature("X02")
@virtual
async def test_echo_gives_the_request_back(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        reply = await bench.ask("echo", NOBODY, any="thing", nested={"a": [1, 2]})
        assert reply.code == Code.SUCCESS
        assert reply.data == {"command": "echo", "data": {"any": "thing", "nested": {"a": ["1", "2"]}}}


@pytest.mark.feature("X02")
@virtual
async def test_the_modem_list_is_masked_without_the_right(tmp_path: Path) -> None:
    async with gateway(
        tmp_path, modem("east", default=True), modem("west", active=False, imei="490154203237518")
    ) as bench:
        known = Identity(imei="490154203237518", imsi="510100000012345", iccid="8962100000000012345")
        bench.app.fleet.changed("east", LineStatus(ModemState.READY, known, "Operator", 17))
        masked = (await bench.ask("get-modem-list", NOBODY)).data["modem_list"]
        full = (await bench.ask("get-modem-list", FULL)).data["modem_list"]
        assert list(full) == ["east", "west"]
        assert (full["east"]["imei"], full["east"]["imsi"]) == (known.imei, known.imsi)
        assert full["east"]["port"] == "/dev/fake-east"
        assert not re.search(r"\d{5}", str(masked))
        assert masked["east"]["imei"].endswith("7518")
        assert masked["west"]["imei"].endswith("7518")
        assert masked["east"]["port"] == ""
        assert masked["east"]["signalStrength"] == {"value": 17, "rssi": -79, "condition": "Good"}
        assert (masked["east"]["connected"], masked["west"]["connected"]) == (True, False)
        assert (masked["west"]["state"], masked["west"]["active"]) == ("disabled", False)


@virtual
async def test_ussd_names_a_modem_that_is_there(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        gone = await bench.ask("request-ussd", FULL, ussd_code="*1#", modem_id="nobody")
        assert gone.code == Code.NO_SUCH_MODEM
        assert (await bench.ask("request-ussd", FULL, ussd_code="*1#", modem_id="east")).code == Code.FAILED


# -- blocking --------------------------------------------------------------------------------------------------------


@pytest.mark.feature("F005", "F070", "F087", "F088", "F137", "F138")
@pytest.mark.parametrize("field", ["receiver", "msisdn"])
@virtual
async def test_blocking_and_unblocking(tmp_path: Path, field: str) -> None:
    def number(written: str) -> dict[str, Any]:
        return {field: written}

    async with gateway(tmp_path) as bench:
        reply = await bench.ask("block-msisdn", **number("0812-0000-1234"))
        assert (reply.code, reply.data["receiver"]) == (Code.SUCCESS, "0812-0000-1234")
        assert (await bench.sms()).code == Code.BLOCKED
        assert (await bench.otp(receiver="0812 0000 1234")).code == Code.BLOCKED
        [row] = await bench.store.registry.blocks()
        assert (row.msisdn, row.active, row.by) == ("6281200001234", True, "shop")
        await bench.ask("unblock-msisdn", **number("+6281200001234"))
        [row] = await bench.store.registry.blocks()
        assert not row.active
        assert (await bench.sms()).code == Code.SUCCESS
        await asyncio.sleep(5)
        assert len(bench.sent()) == 1


@pytest.mark.feature("F138")
@virtual
async def test_unblocking_what_is_not_blocked_is_no_error(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        assert (await bench.ask("unblock-msisdn", receiver=RECEIVER)).code == Code.SUCCESS
        assert (await bench.ask("block-msisdn", receiver="x")).code == Code.INVALID


# -- send-sms ---------------------------------------------------------------------------------------------------------


@pytest.mark.feature("F003", "F135")
@virtual
async def test_the_answer_to_send_sms(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        reply = await bench.sms("0812 0000 1234", id=1629685778, reference="ref", date_time=1629685778, expiration=None)
        data = dict(reply.data)
        assert data.pop("expected_in") > 0
        assert len(str(data.pop("id"))) == 26
        assert data == {
            "receiver": "0812 0000 1234",
            "date_time": 1629685778,
            "client_id": "1629685778",
            "reference": "ref",
            "status": "queued",
        }
        bare = await bench.sms()
        assert bare.data["date_time"] == int(EPOCH + bench.seconds())
        assert not {"client_id", "reference"} & set(bare.data)


@virtual
async def test_the_class_follows_the_life(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        now = EPOCH + bench.seconds()
        for receiver, expiration, klass, policy in (
            ("+6281200000001", now + 600, "otp", "resend_once_if_fresh"),
            ("+6281200000002", now + 601, "normal", "hold"),
            ("+6281200000003", None, "normal", "hold"),
        ):
            message = await bench.message(await bench.sms(receiver, expiration=expiration))
            assert (message.klass, message.policy) == (klass, policy)
        assert message.deadline - message.created == 86_400
        far = await bench.message(await bench.sms("+6281200000004", expiration=now + 10**7))
        assert far.deadline - far.created == 86_400


# -- waiting for the answer -------------------------------------------------------------------------------------------


@virtual
async def test_wait_answers_after_the_modem_did_or_at_its_end(tmp_path: Path) -> None:
    async with gateway(tmp_path, usual_lot=_air(4.0)) as bench:
        begun = bench.seconds()
        reply = await bench.sms("+6281200000001", wait=30)
        assert (reply.data["status"], reply.data["expected_in"]) == ("sent", 0)
        assert bench.seconds() - begun == pytest.approx(4, abs=0.2)
        begun = bench.seconds()
        reply = await bench.sms("+6281200000002", wait=2)
        assert reply.data["status"] == "handed"
        assert bench.seconds() - begun == pytest.approx(2, abs=0.1)
        assert (await bench.sms("+6281200000003", wait=61)).code == Code.INVALID
        assert (await bench.sms("+6281200000004")).data["status"] == "queued"


@virtual
async def test_wait_ends_with_the_message_whatever_became_of_it(tmp_path: Path) -> None:
    async with gateway(tmp_path, lots={"east": [_refusal(1)]}) as bench:
        assert (await bench.sms(wait=60)).data["status"] == "failed"
        bench.modems["east"].unplug(500)
        waiting = asyncio.create_task(bench.sms("+6281200000002", wait=60))
        await asyncio.sleep(1)
        await bench.ask("block-msisdn", receiver="+6281200000002")
        assert (await waiting).data["status"] == "cancelled"


# -- what can be read --------------------------------------------------------------------------------------------------


@virtual
async def test_a_message_is_shown_to_its_own_account_only(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        reply = await bench.sms(message="canary text")
        message_id = str(reply.data["id"])
        for _ in range(2):
            shown = await bench.app.gateway.message(SHOP, message_id)
            assert shown["id"] == message_id
            assert "canary" not in str(shown)
            assert "00001234" not in str({**shown, "id": ""})
            with pytest.raises(NotFound):
                await bench.app.gateway.message(BANK, message_id)
            await asyncio.sleep(5)
        with pytest.raises(NotFound):
            await bench.app.gateway.message(SHOP, "nothing")


@virtual
async def test_a_claimed_message_is_shown_as_claimed(tmp_path: Path) -> None:
    async with gateway(tmp_path, usual_lot=_air(1.0, prompt=5.0)) as bench:
        reply = await bench.sms()
        await asyncio.sleep(1)
        shown = await bench.app.gateway.message(SHOP, str(reply.data["id"]))
        assert (shown["status"], shown["modem"], shown["attempts"]) == ("claimed", "east", 0)


# -- what cannot be promised -------------------------------------------------------------------------------------------


async def _refuses(bench: Bench) -> None:
    with pytest.raises(Unavailable):
        await bench.sms()


@virtual
async def test_nothing_is_promised_while_the_store_cannot_commit(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        assert bench.app.gateway.health()[0] == "ok"
        bench.disk.broken = True
        await _refuses(bench)
        with pytest.raises(Unavailable):
            await bench.app.gateway.message(SHOP, "nothing")
        assert bench.app.gateway.health()[0] == "unavailable"
        bench.disk.broken = False
        await asyncio.sleep(10)
        assert bench.app.gateway.health()[0] == "ok"
        assert (await bench.sms()).code == Code.SUCCESS
        assert len(await bench.messages()) == 1


@virtual
async def test_nothing_is_promised_while_stopping_or_on_a_full_disk(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        bench.disk_used = 0.95
        await asyncio.sleep(6)
        await _refuses(bench)
        bench.disk_used = 0.5
        await asyncio.sleep(6)
        assert (await bench.sms()).code == Code.SUCCESS
        bench.app.gateway.stopping = True
        await _refuses(bench)


@virtual
async def test_health_is_degraded_by_a_serious_alarm_or_without_a_modem(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a"), modem("b")) as bench:
        health, details = bench.app.gateway.health()
        assert (health, details) == ("ok", {"alarms": 0, "queue": 0, "modems": {"ready": 2}})
        bench.app.alarms.set("id_used_again", "shop", "notice", "nothing serious")
        assert bench.app.gateway.health()[0] == "ok"
        bench.modems["a"].unplug(5)
        assert bench.app.gateway.health()[0] == "degraded"
        await asyncio.sleep(30)
        assert bench.app.gateway.health()[0] == "ok"


@virtual
async def test_health_is_there_from_the_first_moment(tmp_path: Path) -> None:
    async with gateway(tmp_path, ready=0.0) as bench:
        assert bench.app.gateway.health()[0] == "degraded"


def _air(seconds: float, prompt: float = 0.01) -> Any:
    from otppi.testing.fake_modem import Lot

    return Lot(prompt=prompt, air=seconds)


def _refusal(code: int) -> Any:
    from otppi.testing.fake_modem import Fate, Lot

    return Lot(Fate.REFUSED, code=code)
