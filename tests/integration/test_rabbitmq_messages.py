"""RabbitMQ as a door: what is acknowledged and when, replies, and the ends of a connection."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import aio_pika
import pytest
from broker_server import PASSWORD, started
from connector_hands import Hands, trouble_of
from connector_hands import consuming_to_the_end as consuming
from rabbitmq_door import KINDS, connector, kind_of, made
from rabbitmq_server import RabbitServer

from otppi.intake.brokers.takings import Takings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pamqp.common import FieldTable

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitServer]:
    with started(RabbitServer(tmp_path_factory.mktemp("rabbitmq"))) as running:
        yield running


# -- messages ----------------------------------------------------------------------------------------------------------


async def test_nothing_is_acknowledged_before_take_returns(
    server: RabbitServer, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Takings.end, "__defaults__", (0.0,))
    await server.publish(topic, [b"1", b"2"])
    first, second = Hands(opened=False), Hands()
    door = connector(server, topic)
    await door.connect()
    task = asyncio.create_task(door.consume(first.take))
    await first.until(2)
    task.cancel()
    await asyncio.wait({task})
    await door.close()
    assert await server.left(topic) == 2
    async with consuming(connector(server, topic), second):
        assert await second.until(2) == [b"1", b"2"]
    assert [[arrival.repeated for arrival in hands.arrivals] for hands in (first, second)] == [[False] * 2, [True] * 2]
    assert await server.left(topic) == 0


async def test_no_more_than_prefetch_are_brought(server: RabbitServer, topic: str) -> None:
    await server.publish(topic, [b"%d" % n for n in range(25)])
    hands, door = Hands(opened=False), connector(server, topic, prefetch="10")
    async with consuming(door, hands):
        await hands.until(10)
        await door.health()
        assert (await server.left(topic), len(hands.arrivals)) == (15, 10)
        hands.open.set()
        assert await hands.until(25) == [b"%d" % n for n in range(25)]
    assert await server.left(topic) == 0


async def test_what_there_is_no_room_for_stays_ready_for_another_consumer(server: RabbitServer, topic: str) -> None:
    await server.publish(topic, [b"%d" % n for n in range(25)])
    full, other = Hands(opened=False), Hands()
    places = 4
    async with consuming(connector(server, topic, prefetch="10"), full, lambda: places):
        await full.until(4)
        places = 0
        full.open.set()
        full.open = asyncio.Event()
        await full.until(5)  # one that waits
        async with consuming(connector(server, topic), other):
            rest = await other.until(20)
    assert [*full.bodies, *rest] == [b"%d" % n for n in range(25)]
    assert await server.left(topic) == 0


async def test_being_cancelled_lets_end_what_was_brought(server: RabbitServer, topic: str) -> None:
    await server.publish(topic, [b"1", b"2", b"3"])
    hands = Hands(opened=False)
    async with consuming(connector(server, topic, prefetch="2"), hands) as task:
        await hands.until(2)
        task.cancel()
        # Long enough for one that waits for nothing to end.
        assert not (await asyncio.wait({task}, timeout=0.1))[0]
        hands.open.set()
        await asyncio.wait({task})
        assert task.cancelled()
    assert (await server.left(topic), len(hands.arrivals)) == (1, 2)


async def test_the_id_is_the_message_id_the_publisher_set(server: RabbitServer, topic: str) -> None:
    hands = Hands()
    async with consuming(connector(server, topic), hands), server.channel() as channel:
        for name in ("order 7", "order 8"):
            await channel.default_exchange.publish(aio_pika.Message(b"1", message_id=name), topic)
        await hands.until(2)
    assert [(arrival.id, arrival.repeated) for arrival in hands.arrivals] == [("order 7", False), ("order 8", False)]


async def test_a_large_body_is_cut_to_one_octet_too_many(server: RabbitServer, topic: str) -> None:
    hands = Hands()
    async with consuming(connector(server, topic), hands):
        await server.publish(topic, [b"x" * 300_000, b"y" * 65_536, b""])
        assert [len(body) for body in await hands.until(3)] == [65_537, 65_536, 0]
    assert await server.left(topic) == 0


async def test_neither_bodies_nor_passwords_are_logged_at_any_level(
    server: RabbitServer, topic: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    hands, door = Hands(), connector(server, topic)
    async with consuming(door, hands):
        async with asyncio.timeout(20), server.connection() as connection:
            channel = await connection.channel()
            await channel.default_exchange.publish(aio_pika.Message(b"canary-in"), topic)
        await hands.until(1)
        await door.reply(f"{topic}-answers", b"canary-out")
    await trouble_of(connector(server, topic, "Wrong-Pony-3").check())
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert not [each for each in ("canary", PASSWORD, "Wrong-Pony-3") if each in logged]


# -- replies -----------------------------------------------------------------------------------------------------------


@pytest.mark.feature("X02")
@pytest.mark.parametrize("before", KINDS)
async def test_a_reply_waits_in_its_queue_however_that_was_made(server: RabbitServer, topic: str, before: str) -> None:
    answers = f"{topic}-answers"
    await made(server, answers, before)
    door = connector(server, topic)
    async with consuming(door, Hands()):
        await door.reply(answers, b'{"a":1}')
        await door.reply(answers, b'{"a":2}')
    assert await kind_of(server, answers) == ("durable" if before == "none" else before)
    async with server.channel() as channel:
        queue = await channel.declare_queue(answers, passive=True)
        for body in (b'{"a":1}', b'{"a":2}'):
            message = await queue.get(no_ack=True)
            assert (message.body, message.content_type) == (body, "application/json")
            assert message.delivery_mode is aio_pika.DeliveryMode.PERSISTENT


async def test_a_callback_queue_that_went_away_is_made_again(server: RabbitServer, topic: str) -> None:
    answers = f"{topic}-answers"
    door = connector(server, topic)
    async with consuming(door, Hands()):
        await door.reply(answers, b"1")
        async with server.channel() as channel:
            await channel.queue_delete(answers)
        await door.reply(answers, b"2")
    assert await server.left(answers) == 1


async def test_a_reply_the_broker_does_not_keep_is_trouble_and_the_door_goes_on(
    server: RabbitServer, topic: str
) -> None:
    answers = f"{topic}-full"
    async with server.channel() as channel:
        arguments: FieldTable = {"x-max-length": 0, "x-overflow": "reject-publish"}
        await channel.declare_queue(answers, durable=True, arguments=arguments)
    hands, door = Hands(), connector(server, topic)
    async with consuming(door, hands):
        trouble = await trouble_of(door.reply(answers, b"1"))
        assert (trouble.what, answers in trouble.words) == ("topic", True)
        await door.reply(f"{topic}-answers", b"2")
        await server.publish(topic, [b"3"])
        assert await hands.until(1) == [b"3"]


async def test_a_callback_queue_that_may_not_be_used_is_named_and_the_door_goes_on(
    server: RabbitServer, topic: str
) -> None:
    async with server.channel() as channel:
        await channel.declare_queue(f"{topic}-alone", exclusive=True)
        hands, door = Hands(), connector(server, topic)
        async with consuming(door, hands):
            trouble = await trouble_of(door.reply(f"{topic}-alone", b"1"))
            assert f"{topic}-alone" in trouble.words
            await server.publish(topic, [b"2"])
            assert await hands.until(1) == [b"2"]


# -- health and ends ---------------------------------------------------------------------------------------------------


async def test_a_broker_that_answers_no_more_is_left_within_two_seconds(server: RabbitServer, topic: str) -> None:
    door = connector(server, topic)
    await door.connect()
    task = asyncio.create_task(door.consume(Hands().take))
    await door.health()
    with server.frozen():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await door.health()
        asked = asyncio.create_task(door.health())
        task.cancel()
        await asyncio.wait({task})
        began = asyncio.get_running_loop().time()
        await door.close()
        assert asyncio.get_running_loop().time() - began < 2.1
        assert (await trouble_of(asked)).what == "lost"
    assert task.cancelled()


async def test_a_broker_that_stops_is_lost_in_words_and_keeps_what_was_not_acknowledged(
    tmp_path_factory: pytest.TempPathFactory, topic: str
) -> None:
    own = RabbitServer(tmp_path_factory.mktemp("own"))
    own.start()
    try:
        await own.publish(topic, [b"1", b"2"])
        hands, door = Hands(opened=False), connector(own, topic, prefetch="1")
        async with consuming(door, hands) as task:
            await hands.until(1)
            own.kill()
            hands.open.set()
            assert (await trouble_of(task)).what == "lost"
            assert (await trouble_of(door.health())).what == "lost"
            assert (await trouble_of(door.reply("answers", b"3"))).what == "lost"
        own.start()
        again = Hands()
        async with consuming(connector(own, topic), again) as task:
            assert await again.until(2) == [b"1", b"2"]
            own.stop()
            assert (await trouble_of(task)).what == "lost"
    finally:
        own.stop()


async def test_a_broker_that_will_wait_no_longer_for_an_acknowledgement_is_lost(
    tmp_path_factory: pytest.TempPathFactory, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Takings.end, "__defaults__", (0.0,))
    own = RabbitServer(tmp_path_factory.mktemp("own"), consumer_timeout=1000, channel_tick_interval=200)
    own.start()
    try:
        await own.publish(topic, [b"1"])
        hands = Hands(opened=False)
        async with consuming(connector(own, topic), hands) as task:
            await hands.until(1)
            trouble = await trouble_of(task)
        assert (trouble.what, "declare" in trouble.words) == ("lost", False)
        assert "acknowledge" in trouble.words
        assert await own.left(topic) == 1
    finally:
        own.stop()


async def test_checking_makes_and_takes_nothing(server: RabbitServer, topic: str) -> None:
    await connector(server, topic).check()
    assert await kind_of(server, topic) == "none"
    trouble = await trouble_of(connector(server, topic, declare="never").check())
    assert (trouble.what, topic in trouble.words) == ("topic", True)
    await server.publish(topic, [b"1"])
    hands = Hands()
    await connector(server, topic).check()
    async with consuming(connector(server, topic), hands):
        assert await hands.until(1) == [b"1"]
    assert not hands.arrivals[0].repeated


async def test_closing_is_possible_in_every_state(server: RabbitServer, topic: str) -> None:
    door = connector(server, topic)
    await door.close()
    door = connector(server, topic)
    await door.connect()
    await door.close()
    await door.close()
    for asked in (door.health(), door.reply("answers", b"1"), door.consume(Hands().take)):
        assert (await trouble_of(asked)).what == "lost"
