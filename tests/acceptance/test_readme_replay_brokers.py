"""The README's sixteen requests of scenario 2, replayed through the real brokers: on the README's day, unchanged today,
and with their times moved to now.

Decisions 2, "Replay of the README's examples": one broker at a time, with an empty store. The blocks are published
verbatim. An e-mail is refused until e-mail is configured; nobody hears a refusal, so it is read where the owner does.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pytest
from broker_site import SERVERS, blocked, refusals, standing, subscribe
from gateway import Site, site, until
from independent_pdu import decode_submit_text
from readme_blocks import GROUPS, PHONE, RECEIVER, blocks_of, kind, moved
from readme_day import Day, readme_day
from redis_server import RedisServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from broker_server import BrokerServer

pytestmark = [
    pytest.mark.process,
    pytest.mark.timeout(120),
    pytest.mark.feature("F007", "F008", "F009", "F010", "F139", "F143"),
]

WAYS: Final = {
    "rabbitmq": "RabbitMQ",
    "redis stream": "Redis",
    "redis channel": "Redis",
    "mqtt": "Mosquitto",
    "websocket": "WSMessageBroker",
}
"""How the requests of each part of the README go, by way."""
FIRST: Final = "Send SMS"
KINDS: Final = (FIRST, "Send Email", "Block Number", "Unblock Number")
TOPIC: Final = "sms"


@contextmanager
def broker(folder: Path, way: str) -> Iterator[BrokerServer]:
    """The broker of a way, started."""
    method, _, mode = way.partition(" ")
    server = RedisServer(folder, "pubsub") if mode == "channel" else SERVERS[method](folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module", params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def server(way: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerServer]:
    with broker(tmp_path_factory.mktemp("broker"), way) as running:
        yield running


def test_there_are_sixteen_of_them() -> None:
    groups = set(WAYS.values())
    assert groups == set(GROUPS) - {"REST API"}
    assert all(tuple(kind(block) for block in blocks_of(group)) == KINDS for group in groups)


# -- (1) unchanged, on the README's day, in one process ----------------------------------------------------------------


async def test_unchanged_on_the_readmes_day(tmp_path: Path, way: str, server: BrokerServer) -> None:
    topic = f"{TOPIC}-then"
    async with readme_day(tmp_path, server, topic) as day:
        await day.connected()
        for block in blocks_of(WAYS[way]):
            await server.publish(topic, [block["body"].encode()])
            await _took_effect_then(day, kind(block))
        assert await day.refused() == ["1102"]


async def _took_effect_then(day: Day, kind_of_block: str) -> None:
    match kind_of_block:
        case "Send SMS":
            assert await day.texts(1) == ["Your OTP is 1234"]
        case "Send Email":
            await asyncio.to_thread(until, lambda: day.counted == {"1102": 1}, "the e-mail is refused")
            assert day.taken == 1
        case "Block Number":
            await asyncio.to_thread(until, lambda: day.taken == 2, "the block was taken")
            assert await day.sms(0) == "1104"
        case "Unblock Number":
            await asyncio.to_thread(until, lambda: day.taken == 3, "the unblock was taken")
            assert await day.sms(1) == "000"
            assert await day.texts(2) == ["Your OTP is 1234", "probe"]
        case other:
            raise AssertionError(other)


# -- (2) and (3) through the real process ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, server: BrokerServer) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("replay"), modems=(("telco4", ("--default",)),)) as place:
        subscribe(place, "readme", server, TOPIC)
        yield place


def publish(server: BrokerServer, body: str) -> None:
    asyncio.run(server.publish(TOPIC, [body.encode()]))


def codes(real: Site) -> list[str]:
    """The codes of what was refused, the oldest first."""
    return [row["code"] for row in reversed(refusals(real, "readme"))]


def test_unchanged_today(real: Site, way: str, server: BrokerServer) -> None:
    """What has an expiration is refused as expired; block and unblock count."""
    for block in blocks_of(WAYS[way]):
        publish(server, block["body"])
        match kind(block):
            case "Send SMS":
                until(lambda: codes(real) == ["1203"], "the SMS is refused")
            case "Send Email":
                until(lambda: codes(real) == ["1203", "1203"], "the e-mail is refused")
            case "Block Number":
                until(lambda: blocked(real) == {PHONE}, "the number is blocked")
            case "Unblock Number":
                until(lambda: not blocked(real), "the number is free again")
            case other:
                raise AssertionError(other)
    rows = refusals(real, "readme")
    assert [(row["command"], row["account"], row["receiver"]) for row in rows] == [
        ("send-email", "brokers", "e-mail"),
        ("send-sms", "brokers", rows[1]["receiver"]),
    ]
    assert "6666" not in rows[1]["receiver"][:-4]
    assert real.aired() == []


def test_with_its_times_moved_to_now(real: Site, way: str, server: BrokerServer) -> None:
    before, now = len(codes(real)), int(time.time())
    for block in blocks_of(WAYS[way]):
        publish(server, moved(block["body"], now))
        match kind(block):
            case "Send SMS":
                assert until(lambda: real.shown(PHONE), "the SMS") == ["Your OTP is 1234"]
                (entry,) = real.aired()
                assert decode_submit_text(entry.pdu) == (f"+{PHONE}", "Your OTP is 1234", None)
            case "Send Email":
                until(lambda: codes(real)[before:] == ["1102"], "the e-mail is refused")
            case "Block Number":
                until(lambda: blocked(real) == {PHONE}, "the number is blocked")
                assert real.call("send-sms", receiver=RECEIVER, message="probe")["response_code"] == "1104"
            case "Unblock Number":
                until(lambda: not blocked(real), "the number is free again")
                assert real.call("send-sms", receiver=RECEIVER, message="probe")["response_code"] == "000"
                until(lambda: real.shown(PHONE) == ["Your OTP is 1234", "probe"], "the SMS after it")
            case other:
                raise AssertionError(other)
    (newest, *_) = refusals(real, "readme")
    assert (newest["command"], newest["code"], newest["receiver"]) == ("send-email", "1102", "e-mail")


def test_published_again_it_is_no_second_sms(real: Site, way: str, server: BrokerServer) -> None:
    """The documented id with the same content, within the quarter of an hour for which it is remembered."""
    (sms,) = [block for block in blocks_of(WAYS[way]) if kind(block) == FIRST]
    body = moved(sms["body"], int(time.time())).replace("123456", "654321")
    before = len(real.aired())
    publish(server, body)
    until(lambda: len(real.aired()) == before + 1, "the SMS")
    taken = standing(real, "readme")["taken"]
    publish(server, body)
    until(lambda: standing(real, "readme")["taken"] == taken + 1, "the second one was taken")
    waiting = [row for row in real.messages().values() if row["status"] in ("queued", "claimed", "handed")]
    assert (waiting, len(real.aired())) == ([], before + 1)
