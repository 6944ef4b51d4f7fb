"""Subscribers from the message at the broker to the SMS on the air, over a broker in memory and in virtual time."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from bench import virtual
from shop_doors import changed, doors

from otppi.app.brokers.refusals import IN_A_ROW
from otppi.domain.message import State
from otppi.domain.subscriber import Method, Subscriber
from otppi.ports.store import Account
from otppi.testing.fake_modem import Lot

if TYPE_CHECKING:
    from pathlib import Path


# -- taken -------------------------------------------------------------------------------------------------------------


@virtual
async def test_a_message_is_acknowledged_when_it_is_safe_and_goes_out(tmp_path: Path) -> None:
    async with doors(tmp_path) as made:
        body = await made.sms()
        assert made.broker.acknowledged == [body]
        assert [sms.text for sms in made.bench.sent()] == ["Halo"]
        (message,) = await made.bench.messages()
        assert (message.account, message.door) == ("brokers", "rabbitmq")
        assert made.standing["state"] == "connected"
        assert made.standing["taken"] == 1


@virtual
async def test_an_otp_waits_for_its_modem_where_rest_would_refuse(tmp_path: Path) -> None:
    async with doors(tmp_path, changed(otp="true")) as made:
        made.bench.modems["east"].unplug()
        await asyncio.sleep(120)
        await made.send("create-otp", reference="r1", receiver="+6281200000001", message="Kode %s")
        assert len(made.broker.acknowledged) == 1
        assert [message.shown for message in await made.bench.messages()] == [State.QUEUED]


@virtual
async def test_a_number_that_is_blocked_first_gets_nothing_of_what_comes_after(tmp_path: Path) -> None:
    async with doors(tmp_path) as made:
        made.bench.disk.seconds = 0.5
        await made.send("block-msisdn", 0.0, receiver="+6281200000001")
        await made.sms(settle=0.0)
        await made.send("unblock-msisdn", 0.0, receiver="+6281200000001")
        await made.sms(text="later", settle=10.0)
        assert [sms.text for sms in made.bench.sent()] == ["later"]
        assert [row.code for row in made.rows.written] == ["1104"]


@virtual
async def test_messages_are_taken_in_the_account_of_the_subscriber_as_it_is_now(tmp_path: Path) -> None:
    async with doors(tmp_path, changed(account="till")) as made:
        await made.bench.store.accounts.add(Account("till", "", rights=frozenset({"sms"})))
        await made.sms(1)
        assert made.broker.acknowledged == []
        assert made.standing["state"] == "waiting"
        assert "till" in made.standing["words"]
        await made.bench.app.changed("accounts")
        await asyncio.sleep(40)
        assert [message.account for message in await made.bench.messages()] == ["till"]
        await made.send("block-msisdn", receiver="+6281200000001")
        assert [row.code for row in made.rows.written] == ["1106"]


# -- refused -----------------------------------------------------------------------------------------------------------


@virtual
@pytest.mark.feature("F011")
async def test_codes_are_refused_unless_the_subscriber_may(tmp_path: Path) -> None:
    async with doors(tmp_path) as made:
        await made.send("create-otp", reference="r1", receiver="+6281200000001", message="Kode %s")
        assert made.bench.sent() == []
        assert len(made.broker.acknowledged) == 1
        (row,) = made.rows.written
        assert (row.subscriber, row.account, row.command, row.code) == ("shop", "brokers", "create-otp", "1106")
        assert row.receiver == "6281200000XXX"


@virtual
async def test_what_is_no_request_is_put_away_and_says_why_without_its_text(tmp_path: Path) -> None:
    bodies = (
        b"",
        b"\xff\xfe",
        b"[" * 100,
        b'{"command": "x"}',
        b" " * 70_000,
        b'{"command": "echo", "data": {"a": 1, "a": 2}}',
    )
    async with doors(tmp_path) as made:
        for body in bodies:
            await made.raw(body, 0.1)
        assert len(made.broker.acknowledged) == len(bodies)
        assert [row.code for row in made.rows.written] == ["1103"] * len(bodies)
        assert made.rows.written[-1].command == "echo"
        assert all(row.reason and row.receiver == "" for row in made.rows.written)


@virtual
async def test_an_answer_is_no_request_so_that_no_circle_begins(tmp_path: Path) -> None:
    async with doors(tmp_path) as made:
        await made.raw(b'{"command": "echo", "response_code": "0000", "data": {}}')
        assert [row.code for row in made.rows.written] == ["1103"]
        assert made.broker.replies == []


@virtual
async def test_ten_refusals_in_a_row_are_an_alarm_until_one_is_taken(tmp_path: Path) -> None:
    async with doors(tmp_path) as made:
        for _ in range(IN_A_ROW - 1):
            await made.raw(b"?", 0.1)
        assert "requests_refused" not in made.bench.alarms()
        await made.raw(b"?", 0.1)
        assert "requests_refused" in made.bench.alarms()
        await made.sms()
        assert "requests_refused" not in made.bench.alarms()


@virtual
async def test_a_request_that_breaks_the_gateway_is_put_away_after_three_tries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with doors(tmp_path) as made:
        tries = []

        async def broken(*_: object, **__: object) -> None:
            tries.append(made.bench.seconds())
            raise RuntimeError

        with monkeypatch.context() as patch:
            patch.setattr(made.bench.app.gateway, "handle", broken)
            await made.sms(1, settle=60.0)
        assert len(tries) == 3
        assert [row.code for row in made.rows.written] == ["1102"]
        await made.sms(2)
        assert len(made.bench.sent()) == 1


# -- waiting, lost -----------------------------------------------------------------------------------------------------


@virtual
async def test_while_the_store_cannot_commit_messages_stay_at_the_broker_and_none_is_sent_twice(tmp_path: Path) -> None:
    async with doors(tmp_path) as made:
        made.bench.disk.broken = True
        for number in range(1, 4):
            await made.sms(number, settle=1.0)
        await made.raw(b"?", 20.0)
        assert made.broker.acknowledged == []
        assert made.standing["state"] == "waiting"
        assert made.standing["waiting"] >= 1
        made.bench.disk.broken = False
        await asyncio.sleep(90)
        assert len(made.broker.acknowledged) == 4
        assert sorted(sms.number for sms in made.bench.sent()) == [f"62812000{number:05d}" for number in range(1, 4)]
        assert made.standing["state"] == "connected"
        assert [row.code for row in made.rows.written] == ["1103"]


@virtual
async def test_an_account_at_its_limit_is_waited_for(tmp_path: Path) -> None:
    async with doors(tmp_path, changed(account="till")) as made:
        await made.bench.store.accounts.add(Account("till", "", rights=frozenset({"sms"}), rate_minute=1))
        await made.bench.app.changed("accounts")
        await made.sms(1)
        await made.sms(2)
        assert (len(made.broker.acknowledged), made.standing["state"]) == (1, "waiting")
        await asyncio.sleep(120)
        assert (len(made.broker.acknowledged), made.standing["state"]) == (2, "connected")


@virtual
async def test_no_more_is_asked_of_the_broker_than_the_queue_has_places_for(tmp_path: Path) -> None:
    async with doors(tmp_path, changed(account="till", prefetch="10")) as made:
        await made.bench.store.accounts.add(Account("till", "", rights=frozenset({"sms"}), queue=3))
        await made.bench.app.changed("accounts")
        made.bench.modems["east"].unplug()
        for number in range(1, 21):
            await made.sms(number, settle=0.0)
        await asyncio.sleep(5)
        assert len(made.broker.acknowledged) == 3
        assert made.broker.ready("sms") == 16
        assert (made.standing["state"], made.standing["waiting"]) == ("waiting", 1)
        made.bench.modems["east"].plug()
        await asyncio.sleep(120)
        assert len(made.broker.acknowledged) == 20
        assert len({sms.number for sms in made.bench.sent()}) == len(made.bench.sent()) == 20
        assert (made.standing["refused"], made.standing["lost"]) == (0, 0)


@virtual
async def test_what_cannot_wait_is_counted_as_lost_and_is_an_alarm(tmp_path: Path) -> None:
    subscriber = Subscriber.of("shop", Method.REDIS, {})
    async with doors(tmp_path, subscriber) as made:
        made.bench.app.gateway.disk_full = True
        await made.sms(1)
        assert made.standing["lost"] == 1
        assert "requests_lost" in made.bench.alarms()
        assert [row.code for row in made.rows.written] == ["lost"]
        made.bench.app.gateway.disk_full = False
        await made.sms(2)
        assert [sms.number for sms in made.bench.sent()] == ["6281200000002"]


# -- redelivered -------------------------------------------------------------------------------------------------------


@virtual
async def test_a_message_that_is_brought_again_after_a_cut_is_sent_once(tmp_path: Path) -> None:
    async with doors(tmp_path, usual_lot=Lot(air=0.5)) as made:
        made.bench.disk.seconds = 1.0
        await made.sms(1, settle=0.5)
        made.broker.cut()
        made.bench.disk.seconds = 0.001
        await asyncio.sleep(20)
        assert len(made.broker.acknowledged) == 1
        assert len(made.bench.sent()) == 1


@virtual
async def test_the_same_words_twice_are_two_messages_unless_the_broker_says_that_it_repeats(tmp_path: Path) -> None:
    async with doors(tmp_path) as made:
        await made.sms(1)
        await made.sms(1)
        assert len(made.bench.sent()) == 2


@virtual
async def test_a_message_with_the_brokers_own_name_is_sent_once_however_often_it_comes(tmp_path: Path) -> None:
    async with doors(tmp_path) as made:
        body = json.dumps({"command": "send-sms", "data": {"receiver": "+6281200000001", "message": "Halo"}}).encode()
        made.broker.publish("sms", body, id="m-1")
        made.broker.publish("sms", body, id="m-1")
        await asyncio.sleep(3)
        assert len(made.broker.acknowledged) == 2
        assert len(made.bench.sent()) == 1


@virtual
async def test_a_stop_leaves_what_waits_to_the_broker(tmp_path: Path) -> None:
    async with doors(tmp_path) as made:
        made.bench.app.gateway.disk_full = True
        await made.sms(1)
        begun = made.bench.seconds()
        await made.running.stop()
        assert made.bench.seconds() - begun < 1
        assert made.broker.acknowledged == []
        made.bench.app.gateway.disk_full = False
        await made.running.follow((made.subscriber,))
        await asyncio.sleep(3)
        assert len(made.broker.acknowledged) == 1
        assert len(made.bench.sent()) == 1


# -- answers -----------------------------------------------------------------------------------------------------------


@virtual
@pytest.mark.feature("X02")
async def test_answers_go_to_the_callback_topic_after_the_delay(tmp_path: Path) -> None:
    async with doors(tmp_path) as made:
        await made.send("echo", 0.2, callback_topic="back", callback_delay=500, a=1)
        assert made.broker.replies == []
        await asyncio.sleep(0.5)
        ((topic, body),) = made.broker.replies
        assert topic == "back"
        assert json.loads(body)["data"] == {"a": 1}
        await made.send("get-modem-list", callback_topic="back")
        assert set(json.loads(made.broker.replies[-1][1])["data"]["modem_list"]) == {"east"}


@virtual
async def test_results_of_messages_are_answered_only_where_the_subscriber_says_so(tmp_path: Path) -> None:
    async with doors(tmp_path) as made:
        await made.sms(1, callback_topic="back")
        assert made.broker.replies == []
        await made.running.follow((changed(results="true"),))
        await made.sms(2, callback_topic="back")
        await made.send(callback_topic="back", receiver="x", message="y")
        codes = [json.loads(body)["response_code"] for _, body in made.broker.replies]
        assert codes == ["000", "1103"]


@virtual
async def test_codes_are_made_and_checked_by_the_callback_topic(tmp_path: Path) -> None:
    async with doors(tmp_path, changed(otp="true")) as made:
        request: dict[str, Any] = {"reference": "r1", "receiver": "+6281200000001", "callback_topic": "back"}
        await made.send("create-otp", message="Kode %s", **request)
        await made.send("validate-otp", otp=made.bench.code("6281200000001"), **request)
        codes = [json.loads(body)["response_code"] for _, body in made.broker.replies]
        assert codes == ["000", "000"]


@virtual
async def test_no_answer_goes_to_the_topic_that_we_read(tmp_path: Path) -> None:
    async with doors(tmp_path) as made:
        await made.send("echo", callback_topic="sms")
        assert made.broker.replies == []
        mqtt = Subscriber.of("shop", Method.MQTT, {"topic": "otp/+/in/#"})
        await made.running.follow((mqtt,))
        await made.send("echo", callback_topic="otp/a/in/b", topic="otp/+/in/#")
        assert made.broker.replies == []
        await made.send("echo", callback_topic="otp/a/out", topic="otp/+/in/#")
        assert [topic for topic, _ in made.broker.replies] == ["otp/a/out"]
