"""The door to MQTT against a broker that plays a script: order, limits, and what codes mean."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest
from broker_server import PASSWORD
from connector_hands import Hands, consuming, trouble_of
from mqtt_door import until_so
from mqtt_script import (
    CONNECT,
    DISCONNECT,
    PINGREQ,
    PINGRESP,
    PUBACK,
    PUBCOMP,
    PUBLISH,
    PUBREC,
    PUBREL,
    Packet,
    Talk,
    scripted,
)

from otppi.domain.secret import Secret
from otppi.domain.subscriber import Method, Subscriber
from otppi.intake.brokers import mqtt
from otppi.intake.brokers.mqtt import MqttConnector
from otppi.ports.connector import Arrival, Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.process

VERSIONS = pytest.mark.parametrize("version", ["3.1.1", "5"])
TOPIC = "sms"


def connector(port: int, version: str, **values: str) -> MqttConnector:
    rows: Mapping[str, str] = {"port": str(port), "version": version, "topic": TOPIC, "timeout": "2s", "username": "u"}
    return MqttConnector(Subscriber.of("shop", Method.MQTT, {**rows, **values}, Secret(PASSWORD)))


class Picky(Hands):
    """Ends the messages that are named, in the order of the naming."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: dict[bytes, asyncio.Event] = {}

    async def take(self, arrival: Arrival) -> None:
        event = self.ends[arrival.body] = asyncio.Event()
        await super().take(arrival)
        await event.wait()


@VERSIONS
@pytest.mark.parametrize(("qos", "kind"), [(1, PUBACK), (2, PUBREC)])
async def test_acknowledgements_go_out_in_the_order_of_arrival(version: str, qos: int, kind: int) -> None:
    order: list[Packet] = []

    async def play(talk: Talk) -> None:
        await talk.greet(granted=qos)
        for number in (11, 12, 13):
            talk.publish(TOPIC, b"%d" % number, number, qos)
        while (packet := await talk.next()).kind != DISCONNECT:
            order.append(packet)
            if packet.kind == PUBREC:
                talk.send(PUBREL, packet.body[:2], 2)

    hands = Picky()
    async with scripted(version, play) as port, consuming(one := connector(port, version, qos=str(qos)), hands):
        for _ in range(3):
            await hands.next()
        for body in (b"13", b"12"):
            hands.ends[body].set()
        asking = asyncio.create_task(one.health())
        await until_so(lambda: bool(order))
        assert [each.kind for each in order] == [PINGREQ]
        hands.ends[b"11"].set()
        last = PUBCOMP if qos == 2 else PUBACK
        await until_so(lambda: len([each for each in order if each.kind == last]) == 3)
        asking.cancel()
    assert [each.number for each in order if each.kind == kind] == [11, 12, 13]


@VERSIONS
async def test_at_most_prefetch_are_taken_at_a_time(version: str) -> None:
    received: list[Packet] = []

    async def play(talk: Talk) -> None:
        await talk.greet()
        for number in range(1, 6):
            talk.publish(TOPIC, b"%d" % number, number)
        await talk.expect(PINGREQ)
        talk.send(PINGRESP)
        received.extend([await talk.expect(PUBACK) for _ in range(5)])
        await talk.farewell()

    hands = Hands(opened=False)
    async with scripted(version, play) as port, consuming(one := connector(port, version, prefetch="2"), hands):
        await one.health()
        assert len(hands.unseen) == 2
        hands.open.set()
        assert [(await hands.next()).body for _ in range(5)] == [b"1", b"2", b"3", b"4", b"5"]
        await until_so(lambda: len(received) == 5)


async def test_version_5_is_told_how_many_it_may_send() -> None:
    async def play(talk: Talk) -> None:
        connect = await talk.expect(CONNECT)
        assert bytes((0x21, 0, 7)) in connect.body  # receive maximum
        assert bytes((0x11, *(7 * 86_400).to_bytes(4))) in connect.body  # session expiry interval

    async with scripted("5", play) as port:
        one = connector(port, "5", prefetch="7")
        assert (await trouble_of(one.connect())).what == "protocol"
        await one.close()


@VERSIONS
async def test_what_is_too_much_is_left_with_the_broker(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt, "HELD_MOST", 100_000)
    sent = 0
    all_sent = asyncio.Event()

    async def play(talk: Talk) -> None:
        nonlocal sent
        await talk.greet()
        for sent in range(1, 2_001):
            talk.publish(TOPIC, b"%05d" % sent + b"x" * 20_000, sent)
            await talk.writer.drain()
        all_sent.set()
        for number in range(1, 2_001):
            assert (await talk.expect(PUBACK)).number == number
        await talk.farewell()

    hands = Hands(opened=False)
    async with scripted(version, play) as port, consuming(one := connector(port, version, prefetch="2"), hands):
        await until_so(lambda: sent > 0)
        before = 0
        while before != sent:
            before = sent
            await asyncio.sleep(0.2)
        assert not all_sent.is_set()
        await one.health()
        hands.open.set()
        assert [(await hands.next()).body[:5] for _ in range(2_000)] == [b"%05d" % each for each in range(1, 2_001)]


@VERSIONS
async def test_a_body_that_is_too_long_is_cut(version: str) -> None:
    async def play(talk: Talk) -> None:
        await talk.greet()
        talk.publish(TOPIC, b"x" * 1_000_000, 1)
        await talk.expect(PUBACK)
        await talk.farewell()

    hands = Hands()
    async with scripted(version, play) as port, consuming(connector(port, version), hands):
        assert (await hands.next()).body == b"x" * (64 * 1024 + 1)


@VERSIONS
async def test_what_comes_before_consume_is_taken_then(version: str) -> None:
    async def play(talk: Talk) -> None:
        await talk.expect(CONNECT)
        talk.connack()
        talk.publish(TOPIC, b"of the session", 1)
        asked = await talk.next()
        talk.send(9, asked.body[:2] + (b"\0" if version == "5" else b"") + b"\1")
        assert (await talk.expect(PUBACK)).number == 1
        await talk.farewell()

    hands = Hands()
    async with scripted(version, play) as port, consuming(connector(port, version), hands):
        assert (await hands.next()).body == b"of the session"


@pytest.mark.feature("F067")
@pytest.mark.parametrize(
    ("version", "code", "what"),
    [
        ("3.1.1", 1, "protocol"),
        ("3.1.1", 2, "login"),
        ("3.1.1", 3, "connect"),
        ("3.1.1", 4, "login"),
        ("3.1.1", 5, "login"),
        ("5", 1, "protocol"),
        ("5", 0x84, "protocol"),
        ("5", 0x86, "login"),
        ("5", 0x87, "login"),
        ("5", 0x89, "connect"),
        ("5", 0x8A, "permission"),
        ("5", 0xB0, "protocol"),
    ],
)
async def test_refused_connections(version: str, code: int, what: str) -> None:
    async def play(talk: Talk) -> None:
        await talk.expect(CONNECT)
        talk.connack(code)

    async with scripted(version, play) as port:
        one = connector(port, version)
        assert (await trouble_of(one.connect())).what == what
        await one.close()


@pytest.mark.parametrize(
    ("version", "granted", "what"),
    [
        ("3.1.1", 0x80, "permission"),
        ("5", 0x87, "permission"),
        ("5", 0x8F, "topic"),
        ("5", 0x9E, "topic"),
        ("3.1.1", 0, "topic"),
        ("5", 0, "topic"),
    ],
)
async def test_refused_topics(version: str, granted: int, what: str) -> None:
    async def play(talk: Talk) -> None:
        await talk.greet(granted)
        await talk.expect(DISCONNECT)

    async with scripted(version, play) as port:
        one = connector(port, version)
        assert (await trouble_of(one.connect())).what == what
        await one.close()


async def test_the_reason_of_the_end_is_said() -> None:
    async def play(talk: Talk) -> None:
        await talk.greet()
        talk.send(DISCONNECT, b"\x8e\x00")

    async with scripted("5", play) as port, consuming(connector(port, "5"), Hands()) as task:
        trouble = await trouble_of(task)
    assert (trouble.what, "client_id of its own" in trouble.words) == ("lost", True)


async def test_a_reply_that_is_refused_is_said_and_nothing_else_ends() -> None:
    async def play(talk: Talk) -> None:
        await talk.greet(properties=bytes((0x21, 0, 2)))  # one packet at a time
        for code in (0x87, 0x10):  # not authorized; nobody listens
            published = await talk.expect(PUBLISH)
            at = 2 + int.from_bytes(published.body[:2])
            talk.send(PUBACK, published.body[at : at + 2] + bytes((code, 0)))
        await talk.expect(PUBLISH)
        await talk.expect(DISCONNECT)

    async with scripted("5", play) as port:
        one = connector(port, "5", timeout="200ms")
        async with consuming(one, Hands()):
            assert (await trouble_of(one.reply("back", b"1"))).what == "permission"
            await one.reply("back", b"2")
            assert (await trouble_of(one.reply("back", b"3"))).what == "lost"
            with pytest.raises(Trouble):
                await one.reply("back", b"4")


@VERSIONS
async def test_no_body_and_no_password_in_any_log(version: str, caplog: pytest.LogCaptureFixture) -> None:
    async def play(talk: Talk) -> None:
        await talk.greet()
        talk.publish(TOPIC, b"code 424242", 1)
        await talk.expect(PUBACK)
        published = await talk.expect(PUBLISH)
        at = 2 + int.from_bytes(published.body[:2])
        talk.send(PUBACK, published.body[at : at + 2])
        await talk.farewell()

    hands = Hands()
    with caplog.at_level(logging.DEBUG):
        async with scripted(version, play) as port, consuming(one := connector(port, version), hands):
            await hands.next()
            await one.reply("back", b"code 515151")
    assert "424242" not in caplog.text
    assert "515151" not in caplog.text
    assert PASSWORD not in caplog.text
    assert not [each for each in caplog.records if each.name.startswith("gmqtt")]
