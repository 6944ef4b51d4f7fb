"""RabbitMQ as a door: queues as they are declared, who we are and what we may, TLS and the network."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING

import aio_pika
import pytest
from broker_server import WEAK_USER, free_port, started
from connector_hands import Hands, trouble_of
from connector_hands import consuming_to_the_end as consuming
from rabbitmq_door import connector, kind_of, made
from rabbitmq_server import NARROW, NARROW_USER, VHOST, RabbitServer

if TYPE_CHECKING:
    from collections.abc import Iterator


pytestmark = pytest.mark.process

PAGE = Path(__file__).parents[2] / "docs/how-to/take-requests-from-rabbitmq.md"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitServer]:
    with started(RabbitServer(tmp_path_factory.mktemp("rabbitmq"))) as running:
        yield running


async def ignore(_message: object) -> None:
    """For a consumer that is only there."""


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
        assert await hands.until(1) == [b"1"]
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
        assert await hands.until(1) == [b"1"]
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
        await hands.until(1)
        async with server.channel() as channel:
            await channel.queue_delete(topic)
        trouble = await trouble_of(task)
        assert (trouble.what, topic in trouble.words) == ("topic", True)
    async with consuming(connector(server, topic), hands):
        await server.publish(topic, [b"after"])
        assert await hands.until(2) == [b"before", b"after"]


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
    assert f'set_permissions gateway {patterns[:-1]}$"' in PAGE.read_text()
    for queue in (topic, f"{topic}-answers"):
        await made(server, queue, "durable")
    await server.publish(topic, [b"1"])
    hands, door = Hands(), connector(server, topic, username=NARROW_USER)
    await connector(server, topic, username=NARROW_USER).check()
    async with consuming(door, hands):
        assert await hands.until(1) == [b"1"]
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
        assert await hands.until(1) == [b"here"]
    assert await server.left(topic) == 1


# -- TLS and the network -----------------------------------------------------------------------------------------------


@pytest.mark.feature("F056")
async def test_a_believed_certificate_is_enough(server: RabbitServer, topic: str) -> None:
    await server.publish(topic, [b"1"])
    hands = Hands()
    door = connector(server, topic, tls="true", port=str(server.tls_port), tls_ca=str(server.ca))
    async with consuming(door, hands):
        assert await hands.until(1) == [b"1"]


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
