"""RabbitMQ as a door: queues as they are declared, rights, acknowledgements, replies, and the ends of a connection."""

from __future__ import annotations

import asyncio
import logging
import socket
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import aio_pika
import pytest
from aio_pika.exceptions import ChannelNotFoundEntity
from broker_server import PASSWORD, WEAK_USER, free_port
from rabbitmq_door import Hands, connector, consuming, trouble_of
from rabbitmq_server import NARROW, NARROW_USER, VHOST, RabbitServer

from otppi.intake.brokers.takings import Takings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pamqp.common import FieldTable

pytestmark = pytest.mark.process

PAGE = Path(__file__).parents[2] / "docs/how-to/take-requests-from-rabbitmq.md"
KINDS = ("none", "durable", "transient")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitServer]:
    running = RabbitServer(tmp_path_factory.mktemp("rabbitmq"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def topic() -> str:
    return f"sms-{uuid.uuid4().hex}"


async def made(server: RabbitServer, topic: str, kind: str) -> None:
    """Make the queue as a client would, unless `kind` is none."""
    if kind != "none":
        async with server.channel() as channel:
            await channel.declare_queue(topic, durable=kind == "durable")


async def ignore(_message: object) -> None:
    """For a consumer that is only there."""


async def kind_of(server: RabbitServer, topic: str) -> str:
    for kind in ("durable", "transient"):
        try:
            async with server.channel() as channel:
                await channel.declare_queue(topic, passive=True)
                await channel.declare_queue(topic, durable=kind == "durable")
        except ChannelNotFoundEntity:
            return "none"
        except aio_pika.exceptions.ChannelPreconditionFailed:
            continue
        return kind
    return "other"


# -- the queue ---------------------------------------------------------------------------------------------------------


@pytest.mark.feature("F058", "F055")
@pytest.mark.parametrize(
    ("declare", "before", "after"),
    [
        ("passive_then_durable", "none", "durable"),
        ("passive_then_durable", "durable", "durable"),
        ("passive_then_durable", "transient", "transient"),
        ("durable", "none", "durable"),
        ("durable", "durable", "durable"),
        ("transient", "none", "transient"),
        ("transient", "transient", "transient"),
        ("never", "durable", "durable"),
        ("never", "transient", "transient"),
    ],
)
async def test_a_queue_is_made_or_taken_as_declare_says(
    server: RabbitServer, topic: str, declare: str, before: str, after: str
) -> None:
    await made(server, topic, before)
    hands = Hands()
    async with consuming(connector(server, topic, declare=declare), hands):
        assert await kind_of(server, topic) == after
        async with server.channel() as channel:
            await channel.default_exchange.publish(aio_pika.Message(b"1"), topic)
        assert await hands.bodies(1) == [b"1"]
    assert await server.left(topic) == 0


@pytest.mark.feature("F058")
async def test_a_queue_with_arguments_of_its_own_is_taken_as_it_is(server: RabbitServer, topic: str) -> None:
    async with server.channel() as channel:
        await channel.declare_queue(topic, durable=True, arguments={"x-queue-type": "quorum"})
    await taken(server, topic)


async def taken(server: RabbitServer, topic: str) -> None:
    await server.publish(topic, [b"1"])
    hands = Hands()
    async with consuming(connector(server, topic), hands):
        assert await hands.bodies(1) == [b"1"]
    assert await server.left(topic) == 0


@pytest.mark.feature("F058")
@pytest.mark.parametrize(("declare", "before"), [("durable", "transient"), ("transient", "durable")])
async def test_a_declaration_that_is_refused_names_declare(
    server: RabbitServer, topic: str, declare: str, before: str
) -> None:
    await made(server, topic, before)
    door = connector(server, topic, declare=declare)
    trouble = await trouble_of(door.connect())
    await door.close()
    assert trouble.what == "topic"
    assert topic in trouble.words
    assert "declare=passive_then_durable" in trouble.words


async def test_a_queue_that_is_not_there_and_never_made_is_said_at_once(server: RabbitServer, topic: str) -> None:
    door = connector(server, topic, declare="never")
    trouble = await trouble_of(door.connect())
    await door.close()
    assert (trouble.what, topic in trouble.words, "declare" in trouble.words) == ("topic", True, True)
    assert await kind_of(server, topic) == "none"


async def test_a_name_no_queue_can_have_is_said(server: RabbitServer) -> None:
    door = connector(server, "ü" * 200)
    trouble = await trouble_of(door.connect())
    await door.close()
    assert (trouble.what, "255" in trouble.words) == ("topic", True)


async def test_a_queue_of_another_connection_alone_is_said(server: RabbitServer, topic: str) -> None:
    async with server.channel() as channel:
        await channel.declare_queue(topic, exclusive=True)
        door = connector(server, topic)
        trouble = await trouble_of(door.connect())
        await door.close()
    assert (trouble.what, topic in trouble.words) == ("topic", True)


async def test_a_consumer_that_has_the_queue_alone_is_said(server: RabbitServer, topic: str) -> None:
    async with server.channel() as channel:
        queue = await channel.declare_queue(topic, durable=True)
        await queue.consume(ignore, exclusive=True)
        async with consuming(connector(server, topic), Hands()) as task:
            trouble = await trouble_of(task)
    assert (trouble.what, "alone" in trouble.words) == ("topic", True)


async def test_a_queue_that_is_deleted_ends_consuming_and_is_made_again(server: RabbitServer, topic: str) -> None:
    hands = Hands()
    async with consuming(connector(server, topic), hands) as task:
        await server.publish(topic, [b"before"])
        await hands.bodies(1)
        async with server.channel() as channel:
            await channel.queue_delete(topic)
        trouble = await trouble_of(task)
        assert (trouble.what, topic in trouble.words) == ("topic", True)
    async with consuming(connector(server, topic), hands):
        await server.publish(topic, [b"after"])
        assert await hands.bodies(2) == [b"before", b"after"]


# -- who we are and what we may ----------------------------------------------------------------------------------------


@pytest.mark.feature("F057")
@pytest.mark.parametrize("asked", ["connect", "check"])
async def test_a_wrong_password_is_said_and_not_repeated(server: RabbitServer, topic: str, asked: str) -> None:
    door = connector(server, topic, "Wrong-Pony-3")
    trouble = await trouble_of(getattr(door, asked)())
    await door.close()
    assert trouble.what == "login"
    assert "Wrong-Pony-3" not in trouble.words


@pytest.mark.parametrize("asked", ["connect", "check"])
async def test_a_queue_that_may_not_be_read_is_said(server: RabbitServer, topic: str, asked: str) -> None:
    await made(server, topic, "durable")
    door = connector(server, topic, username=WEAK_USER)
    trouble = await trouble_of(getattr(door, asked)())
    await door.close()
    assert (trouble.what, topic in trouble.words) == ("permission", True)


async def test_a_queue_that_may_not_be_made_is_said(server: RabbitServer, topic: str) -> None:
    door = connector(server, topic, username=WEAK_USER)
    trouble = await trouble_of(door.connect())
    await door.close()
    assert (trouble.what, topic in trouble.words) == ("permission", True)


async def test_the_rights_of_the_page_are_enough_and_no_more(server: RabbitServer, topic: str) -> None:
    patterns = " ".join(f'"{NARROW[right]}"' for right in ("configure", "write", "read"))
    assert f'set_permissions otppi {patterns[:-1]}$"' in PAGE.read_text()
    for queue in (topic, f"{topic}-answers"):
        await made(server, queue, "durable")
    await server.publish(topic, [b"1"])
    hands, door = Hands(), connector(server, topic, username=NARROW_USER)
    await connector(server, topic, username=NARROW_USER).check()
    async with consuming(door, hands):
        assert await hands.bodies(1) == [b"1"]
        await door.reply(f"{topic}-answers", b"2")
        trouble = await trouble_of(door.reply(f"{topic}-nowhere", b"3"))
        assert (trouble.what, f"{topic}-nowhere" in trouble.words) == ("permission", True)
    assert (await server.left(topic), await server.left(f"{topic}-answers")) == (0, 1)


@pytest.mark.parametrize("changes", [{"vhost": "nowhere"}, {"vhost": VHOST, "username": WEAK_USER}])
async def test_a_virtual_host_that_cannot_be_entered_is_said(
    server: RabbitServer, topic: str, changes: dict[str, str]
) -> None:
    door = connector(server, topic, **changes)
    trouble = await trouble_of(door.connect())
    await door.close()
    assert (trouble.what, "vhost" in trouble.words, changes["vhost"] in trouble.words) == ("permission", True, True)


async def test_a_virtual_host_has_queues_of_its_own(server: RabbitServer, topic: str) -> None:
    await server.publish(topic, [b"elsewhere"])
    hands = Hands()
    async with consuming(connector(server, topic, vhost=VHOST), hands), server.channel(VHOST) as channel:
        await channel.default_exchange.publish(aio_pika.Message(b"here"), topic)
        assert await hands.bodies(1) == [b"here"]
    assert await server.left(topic) == 1


# -- TLS and the network -----------------------------------------------------------------------------------------------


@pytest.mark.feature("F056")
async def test_a_believed_certificate_is_enough(server: RabbitServer, topic: str) -> None:
    await server.publish(topic, [b"1"])
    hands = Hands()
    door = connector(server, topic, tls="true", port=str(server.tls_port), tls_ca=str(server.ca))
    async with consuming(door, hands):
        assert await hands.bodies(1) == [b"1"]


@pytest.mark.feature("F056")
async def test_a_certificate_nobody_vouches_for_is_refused(server: RabbitServer, topic: str) -> None:
    door = connector(server, topic, tls="true", port=str(server.tls_port))
    trouble = await trouble_of(door.connect())
    await door.close()
    assert (trouble.what, "tls.ca" in trouble.words) == ("tls", True)


async def test_a_port_of_tls_without_tls_and_the_other_way_round(server: RabbitServer, topic: str) -> None:
    plain = connector(server, topic, port=str(server.tls_port))
    assert "tls" in (await trouble_of(plain.connect())).words
    await plain.close()
    wrapped = connector(server, topic, tls="true", port=str(server.port), tls_ca=str(server.ca))
    assert (await trouble_of(wrapped.connect())).what == "tls"
    await wrapped.close()


async def test_nothing_at_the_port(server: RabbitServer, topic: str) -> None:
    trouble = await trouble_of(connector(server, topic, port=str(free_port())).check())
    assert trouble.what == "connect"


@pytest.mark.feature("F059")
@pytest.mark.parametrize("tls", ["true", "false"])
async def test_a_broker_that_says_nothing_is_given_up_after_the_timeout(
    server: RabbitServer, topic: str, tls: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = str(silent.getsockname()[1])
        door = connector(server, topic, port=port, tls=tls, tls_ca=str(server.ca), timeout="200ms")
        trouble = await trouble_of(door.connect())
        await door.close()
    assert (trouble.what, "0.2 s" in trouble.words) == ("connect", True)


# -- messages ----------------------------------------------------------------------------------------------------------


async def test_nothing_is_acknowledged_before_take_returns(
    server: RabbitServer, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Takings.end, "__defaults__", (0.0,))
    await server.publish(topic, [b"1", b"2"])
    first, second = Hands(closed=True), Hands()
    door = connector(server, topic)
    await door.connect()
    task = asyncio.create_task(door.consume(first.take))
    await first.bodies(2)
    task.cancel()
    await asyncio.wait({task})
    await door.close()
    assert await server.left(topic) == 2
    async with consuming(connector(server, topic), second):
        assert await second.bodies(2) == [b"1", b"2"]
    assert [[arrival.repeated for arrival in hands.taken] for hands in (first, second)] == [[False] * 2, [True] * 2]
    assert await server.left(topic) == 0


async def test_no_more_than_prefetch_are_brought(server: RabbitServer, topic: str) -> None:
    await server.publish(topic, [b"%d" % n for n in range(25)])
    hands, door = Hands(closed=True), connector(server, topic, prefetch="10")
    async with consuming(door, hands):
        await hands.bodies(10)
        await door.health()
        assert (await server.left(topic), len(hands.taken)) == (15, 10)
        hands.open.set()
        assert await hands.bodies(25) == [b"%d" % n for n in range(25)]
    assert await server.left(topic) == 0


async def test_being_cancelled_lets_end_what_was_brought(server: RabbitServer, topic: str) -> None:
    await server.publish(topic, [b"1", b"2", b"3"])
    hands = Hands(closed=True)
    async with consuming(connector(server, topic, prefetch="2"), hands) as task:
        await hands.bodies(2)
        task.cancel()
        # Long enough for one that waits for nothing to end.
        assert not (await asyncio.wait({task}, timeout=0.1))[0]
        hands.open.set()
        await asyncio.wait({task})
        assert task.cancelled()
    assert (await server.left(topic), len(hands.taken)) == (1, 2)


async def test_the_id_is_the_message_id_the_publisher_set(server: RabbitServer, topic: str) -> None:
    hands = Hands()
    async with consuming(connector(server, topic), hands), server.channel() as channel:
        for name in ("order 7", "order 8"):
            await channel.default_exchange.publish(aio_pika.Message(b"1", message_id=name), topic)
        await hands.bodies(2)
    assert [(arrival.id, arrival.repeated) for arrival in hands.taken] == [("order 7", False), ("order 8", False)]


async def test_a_large_body_is_cut_to_one_octet_too_many(server: RabbitServer, topic: str) -> None:
    hands = Hands()
    async with consuming(connector(server, topic), hands):
        await server.publish(topic, [b"x" * 300_000, b"y" * 65_536, b""])
        assert [len(body) for body in await hands.bodies(3)] == [65_537, 65_536, 0]
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
        await hands.bodies(1)
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
        assert await hands.bodies(1) == [b"3"]


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
            assert await hands.bodies(1) == [b"2"]


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
        hands, door = Hands(closed=True), connector(own, topic, prefetch="1")
        async with consuming(door, hands) as task:
            await hands.bodies(1)
            own.kill()
            hands.open.set()
            assert (await trouble_of(task)).what == "lost"
            assert (await trouble_of(door.health())).what == "lost"
            assert (await trouble_of(door.reply("answers", b"3"))).what == "lost"
        own.start()
        again = Hands()
        async with consuming(connector(own, topic), again) as task:
            assert await again.bodies(2) == [b"1", b"2"]
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
        hands = Hands(closed=True)
        async with consuming(connector(own, topic), hands) as task:
            await hands.bodies(1)
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
        assert await hands.bodies(1) == [b"1"]
    assert not hands.taken[0].repeated


async def test_closing_is_possible_in_every_state(server: RabbitServer, topic: str) -> None:
    door = connector(server, topic)
    await door.close()
    door = connector(server, topic)
    await door.connect()
    await door.close()
    await door.close()
    for asked in (door.health(), door.reply("answers", b"1"), door.consume(Hands().take)):
        assert (await trouble_of(asked)).what == "lost"
