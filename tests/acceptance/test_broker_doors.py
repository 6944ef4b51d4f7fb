"""Every door to a broker through the real process: a request that is published becomes an SMS, a refusal or a wait."""

from __future__ import annotations

import asyncio
import json
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from broker_server import PASSWORD, WEAK_USER, started
from cut_proxy import CutProxy
from doors import KINDS, Door, Kind, as_other, eventually, open_door, request
from gateway import Site, site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from broker_server import BrokerServer

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

LIMITS = {"limits.queue": "100000", "limits.queue_per_account": "100000"}
_next = iter(range(1, 100_000))


def number() -> str:
    """A receiver nobody else has."""
    return f"6281200{next(_next):06d}"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    modems = tuple((f"m{each}", ("--default",)) for each in range(4))
    with site(tmp_path_factory.mktemp("site"), modems=modems, latency=0.02, settings=LIMITS) as made:
        yield made


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


@pytest.fixture(scope="module")
def server(kind: Kind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerServer]:
    with started(kind.server(tmp_path_factory.mktemp(kind.name))) as running:
        yield running


@pytest.mark.feature("F007", "F008", "F009", "F010", "F055", "F060", "F063", "F064", "F067")
async def test_messages_and_the_block_list_by_every_method(place: Site, server: BrokerServer, kind: Kind) -> None:
    door = await open_door(place, server, kind)
    first, second = number(), number()
    await door.sms("+" + first, "Your OTP is 1234", id=123456, date_time=int(time.time()))
    await door.gets(first, "Your OTP is 1234")
    await door.send("block-msisdn", receiver="+" + second, date_time=int(time.time()))
    await eventually(lambda: door.row()["taken"] == 2, "the number is blocked")
    await door.sms("+" + second, "never")
    (row,) = await door.refused(1)
    assert (row["command"], row["code"], row["receiver"]) == ("send-sms", "1104", second[:-3] + "XXX")
    await door.send("unblock-msisdn", receiver="+" + second)
    await eventually(lambda: door.row()["taken"] == 3, "the number is unblocked")
    await door.sms("+" + second, "now")
    await door.gets(second, "now")
    await door.send("send-email", receiver="someone@example.com", subject="x", message="y")
    assert (await door.refused(2))[0]["code"] == "1102"


@pytest.mark.feature("F011", "X02")
async def test_codes_by_the_callback_topic_where_the_subscriber_may(
    place: Site, server: BrokerServer, kind: Kind
) -> None:
    door, phone = await open_door(place, server, kind), number()
    code: dict[str, Any] = {"reference": door.name, "receiver": "+" + phone}
    await door.send("create-otp", message="Kode %s", **code)
    (row,) = await door.refused(1)
    assert (row["command"], row["code"]) == ("create-otp", "1106")
    assert place.shown(phone) == []
    await door.change("otp=true")
    await door.becomes("connected")
    back = f"back-{door.topic}"
    async with server.listening(back) as heard:
        await door.send("create-otp", {"callback_topic": back}, message="Kode %s", **code)
        made = json.loads(await asyncio.wait_for(heard.get(), 10))
        assert (made["command"], made["response_code"]) == ("create-otp", "000")
        await eventually(lambda: place.shown(phone), "the code comes")
        await door.send("validate-otp", {"callback_topic": back}, otp=place.code(phone), **code)
        assert json.loads(await asyncio.wait_for(heard.get(), 10))["response_code"] == "000"


@pytest.mark.feature("X02", "F142")
async def test_questions_are_answered_after_their_delay(place: Site, server: BrokerServer, kind: Kind) -> None:
    door = await open_door(place, server, kind)
    back = f"back-{door.topic}"
    async with server.listening(back) as heard:
        begun = time.monotonic()
        await door.send("echo", {"callback_topic": back, "callback_delay": 400}, word="x")
        assert json.loads(await asyncio.wait_for(heard.get(), 10))["data"] == {"word": "x"}
        assert time.monotonic() - begun >= 0.4
        await door.send("get-modem-list", {"callback_topic": back})
        answer = json.loads(await asyncio.wait_for(heard.get(), 10))
        assert set(answer["data"]["modem_list"]) == {"m0", "m1", "m2", "m3"}
        await door.send("request-ussd", {"callback_topic": back}, ussd_code="*123#", modem_id="m0")
        assert json.loads(await asyncio.wait_for(heard.get(), 10))["response_code"] == "1106"
        await door.send("echo", word="nobody asked")
        await door.sms("+" + number(), "nobody is told")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(heard.get(), 0.5)


async def test_poison_is_put_away_told_and_holds_up_nobody(place: Site, server: BrokerServer, kind: Kind) -> None:
    door, phone = await open_door(place, server, kind), number()
    deep = b'{"command":"echo","data":' + b'{"a":' * 100 + b"1" + b"}" * 101
    poison = [b"\xff\xfe{", deep, b" " * 70_000, b"[1]", b'{"command": 5, "data": {}}', b"nonsense"]
    if kind.name != "websocket":  # whose frames are limited by the broker, and are never empty
        poison.append(b"{}")
    else:
        poison[2] = b" " * 60_000
        poison[0] = b"{"
    for body in [*poison, *poison]:
        await server.publish(door.topic, [body])
    rows = await door.refused(2 * len(poison))
    assert {row["code"] for row in rows} == {"1103"}
    assert "requests_refused" in door.alarms()
    await door.sms("+" + phone)
    await door.gets(phone, "Halo")
    await eventually(lambda: "requests_refused" not in door.alarms(), "the alarm is over")
    if kind.keeps:
        assert await server.left(door.topic) in (0, -1)


async def test_what_cannot_be_taken_now_stays_at_the_broker_or_is_counted(
    place: Site, server: BrokerServer, kind: Kind
) -> None:
    account, first, second = f"till-{kind.name}", number(), number()
    await asyncio.to_thread(place.owner, "user", "add", account, "--password-stdin", stdin="Long-Enough-Word-9")
    await asyncio.to_thread(place.owner, "user", "set", account, "rate_minute=1")
    door = await open_door(place, server, kind, f"account={account}")
    await door.sms("+" + first, "first")
    await door.gets(first, "first")
    await door.sms("+" + second, "second")
    if kind.keeps:
        row = await door.becomes("waiting")
        assert (row["waiting"], row["lost"], row["refused"]) == (1, 0, 0)
        assert place.shown(second) == []
        await asyncio.to_thread(place.owner, "user", "set", account, "rate_minute=0")
        await door.gets(second, "second", seconds=75)
        assert (await door.becomes("connected"))["lost"] == 0
    else:
        (row,) = await door.refused(1)
        assert row["code"] == "lost"
        assert door.row()["lost"] == 1
        assert "requests_lost" in door.alarms()


async def test_the_same_id_is_one_sms_and_the_same_words_are_two(place: Site, server: BrokerServer, kind: Kind) -> None:
    door, one, two = await open_door(place, server, kind), number(), number()
    for _ in range(2):
        await door.sms("+" + one, "once", id="4711", date_time=1_800_000_000)
        await door.sms("+" + two, "twice")
    await door.gets(two, "twice", "twice")
    await eventually(lambda: door.row()["taken"] == 4, "all are taken")
    assert place.shown(one) == ["once"]


async def test_nothing_is_lost_or_doubled_while_the_broker_restarts_three_times(
    place: Site, server: BrokerServer, kind: Kind
) -> None:
    door = await open_door(place, server, kind)
    phones: list[str] = []
    for _ in range(3):
        batch = [number() for _ in range(20)]
        await server.publish(door.topic, [_numbered(phone) for phone in batch])
        if not kind.keeps:
            for phone in batch:
                await door.gets(phone, "Halo")
        await asyncio.to_thread(server.stop)
        await asyncio.to_thread(server.start)
        if kind.keeps:  # published while we may not be back yet
            later = [number() for _ in range(5)]
            await server.publish(door.topic, [_numbered(phone) for phone in later])
            batch += later
        await door.becomes("connected")
        phones += batch
    for phone in phones:
        await door.gets(phone, "Halo", seconds=30)
    await asyncio.sleep(0.5)
    assert [len(place.shown(phone)) for phone in phones] == [1] * len(phones)
    assert "subscriber_down" not in door.alarms()


def _numbered(phone: str) -> bytes:
    return request("send-sms", receiver="+" + phone, message="Halo", id=phone)


async def test_a_wrong_password_is_said_and_mended_without_a_restart(
    place: Site, server: BrokerServer, kind: Kind
) -> None:
    door, phone = await open_door(place, server, kind, password="wrong-password", wait=False), number()
    await door.becomes("trouble")
    assert "subscriber_down" in door.alarms()
    assert "wrong-password" not in place.log.read_text()
    await door.change(password=PASSWORD)
    await door.becomes("connected")
    await door.sms("+" + phone)
    await door.gets(phone, "Halo")
    assert "subscriber_down" not in door.alarms()


@pytest.mark.feature("F048", "F056", "F061", "F065")
async def test_tls_is_used_and_its_certificate_must_be_believed(place: Site, server: BrokerServer, kind: Kind) -> None:
    port = f"port={server.tls_port}"
    door, phone = await open_door(place, server, kind, "tls=true", port, wait=False), number()
    assert "certificate" in (await door.becomes("trouble"))["words"]
    await door.change(f"tls.ca={server.ca}")
    await door.becomes("connected")
    await door.sms("+" + phone)
    await door.gets(phone, "Halo")


async def test_who_may_not_read_the_topic_is_told_so(place: Site, server: BrokerServer, kind: Kind) -> None:
    if not kind.knows_rights:
        pytest.skip("this broker has no rights but to sign in")
    who = "acl_user" if kind.name.startswith("redis") else "username"
    door = await open_door(place, server, kind, f"{who}={WEAK_USER}", wait=False)
    await door.becomes("trouble")
    tried = await asyncio.to_thread(_tried, door)
    assert tried["ok"] is False
    assert tried["what"] in ("permission", "topic")


def _tried(door: Door) -> dict[str, object]:
    import subprocess

    from gateway import OTPPI

    command = [OTPPI, "subscriber", "test", door.name, "--json", "--data-dir", str(door.site.data)]
    found: dict[str, object] = json.loads(subprocess.run(command, capture_output=True, check=False).stdout)
    return found


@pytest.mark.feature("F047", "F053", "F054", "F059", "F068", "F143")
async def test_settings_take_effect_on_a_running_gateway(place: Site, server: BrokerServer, kind: Kind) -> None:
    door, phone = await open_door(place, server, kind), number()
    assert (await asyncio.to_thread(_tried, door))["ok"] is True
    await door.change("enabled=false")
    await door.becomes("off")
    await door.change("enabled=true", "refresh=1s")
    first = (await door.becomes("connected"))["since"]
    await eventually(lambda: door.row()["since"] > first, "the connection is renewed")
    await door.becomes("connected")
    for _ in range(5):
        await door.sms("+" + phone)
        await asyncio.sleep(0.3)
    if kind.keeps:
        await door.gets(phone, *["Halo"] * 5)
    else:
        await eventually(lambda: place.shown(phone), "what comes while it is connected goes out")
    await door.change("topic=elsewhere-" + door.topic, "refresh=")
    await door.becomes("connected")
    door.topic, other = "elsewhere-" + door.topic, number()
    await door.sms("+" + other)
    await door.gets(other, "Halo")
    await asyncio.to_thread(place.owner, "subscriber", "remove", door.name, "--yes")


async def test_a_line_that_has_gone_without_a_word_is_noticed_and_nothing_is_lost(
    place: Site, server: BrokerServer, kind: Kind
) -> None:
    async with CutProxy(server.port) as line:
        door, phone = await open_door(place, as_other(server, line.port), kind), number()
        door.server = server
        line.freeze()
        if kind.keeps:
            await door.sms("+" + phone, "kept")
        await eventually(lambda: door.row()["state"] != "connected", "the frozen line is given up")
        line.thaw()
        await door.becomes("connected")
        if not kind.keeps:
            await door.sms("+" + phone, "kept")
        await door.gets(phone, "kept")
        await door.change("enabled=false")
        await door.becomes("off")


@pytest.mark.feature("F069")
async def test_one_id_through_four_doors_is_one_sms_for_one_account_and_two_for_two(
    place: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    four = [each for each in KINDS if each.name in ("rabbitmq", "redis-stream", "mqtt-5", "websocket")]
    servers = [each.server(tmp_path_factory.mktemp(each.name)) for each in four]
    try:
        for server in servers:
            await asyncio.to_thread(server.start)
        doors = [await open_door(place, server, each) for server, each in zip(servers, four, strict=True)]
        phone = number()
        for door in doors:
            await door.sms("+" + phone, "once", id="same", date_time=1_800_000_000)
        for door in doors:
            await eventually(partial(_has_taken_one, door), f"{door.name} has taken it")
        assert place.shown(phone) == ["once"]
        await asyncio.to_thread(place.owner, "user", "add", "second", "--password-stdin", stdin="Long-Enough-Word-9")
        await doors[0].change("account=second")
        await doors[0].becomes("connected")
        await doors[0].sms("+" + phone, "once", id="same", date_time=1_800_000_000)
        await doors[0].gets(phone, "once", "once")
        for door in doors:
            await asyncio.to_thread(place.owner, "subscriber", "remove", door.name, "--yes")
    finally:
        for server in servers:
            await asyncio.to_thread(server.stop)


def _has_taken_one(door: Door) -> bool:
    taken: int = door.row()["taken"]
    return taken == 1


async def test_a_declaration_that_is_refused_is_said_and_the_queue_is_taken_as_it_is(
    place: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rabbit = KINDS[0]
    server = rabbit.server(tmp_path_factory.mktemp("declared"))
    await asyncio.to_thread(server.start)
    try:
        await server.publish("there", [_numbered(phone := number())])
        door = await open_door(place, server, rabbit, "declare=transient", topic="there", wait=False)
        assert "declare" in (await door.becomes("trouble"))["words"]
        await door.change("declare=")
        await door.gets(phone, "Halo")
        await asyncio.to_thread(place.owner, "subscriber", "remove", door.name, "--yes")
    finally:
        await asyncio.to_thread(server.stop)
