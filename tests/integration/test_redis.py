"""The doors to Redis against a real one: names, rights, TLS, and what is special about channels."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from broker_server import PASSWORD, WEAK_USER, free_port, started
from connector_hands import Hands, trouble_of
from connector_hands import consuming_to_the_end as consuming
from redis_door import Kind, eventually, nothing_left, subscriber
from redis_server import DEFAULT_PASSWORD, RedisServer

from otppi.intake.brokers.redis_pubsub import PubSubConnector
from otppi.intake.brokers.redis_stream import StreamConnector
from otppi.ports.connector import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.process

PAGE = Path(__file__).parents[2] / "docs/how-to/take-requests-from-redis.md"
RULES = [line for line in PAGE.read_text().splitlines() if line.startswith("ACL SETUSER")]
BOTH = pytest.mark.parametrize("kind", [StreamConnector, PubSubConnector])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with started(RedisServer(tmp_path_factory.mktemp("redis"))) as running:
        yield running


@pytest.mark.feature("F060", "F062")
@BOTH
async def test_client_list_shows_the_name(server: RedisServer, topic: str, kind: Kind) -> None:
    connector = kind(subscriber(server, topic, username=f"name-{topic}"))
    async with consuming(connector, Hands()), server.client() as client:
        names = [each["name"] for each in await client.client_list()]
        users = {each["user"] for each in await client.client_list() if each["name"] == f"name-{topic}"}
    assert names.count(f"name-{topic}") == 2
    assert users == {"shop"}


@BOTH
async def test_a_name_that_redis_does_not_take_is_said(server: RedisServer, topic: str, kind: Kind) -> None:
    trouble = await trouble_of(kind(subscriber(server, topic, username="two words")).connect())
    assert trouble.what == "login"
    assert "username" in trouble.words


@pytest.mark.feature("F062")
@BOTH
@pytest.mark.parametrize(
    ("password", "user", "words"),
    [
        ("wrong", "shop", "does not know user shop"),
        (PASSWORD, "nobody", "does not know user nobody"),
        (PASSWORD, "", "does not know the default user"),
        (None, "", "wants a password"),
    ],
)
async def test_who_may_not_sign_in_is_told_why(
    server: RedisServer, topic: str, kind: Kind, password: str | None, user: str, words: str
) -> None:
    who = subscriber(server, topic, password, acl_user=user)
    for trouble in (await trouble_of(kind(who).connect()), await trouble_of(kind(who).check())):
        assert trouble.what == "login"
        assert words in trouble.words


@pytest.mark.feature("F062")
@BOTH
async def test_a_password_alone_is_the_default_users(server: RedisServer, topic: str, kind: Kind) -> None:
    connector = kind(subscriber(server, topic, DEFAULT_PASSWORD, acl_user=""))
    await connector.check()
    async with consuming(kind(subscriber(server, topic, DEFAULT_PASSWORD, acl_user="")), Hands()):
        await connector.close()


@BOTH
async def test_who_may_not_read_the_topic_is_told_which(server: RedisServer, topic: str, kind: Kind) -> None:
    who = subscriber(server, topic, acl_user=WEAK_USER)
    for trouble in (await trouble_of(kind(who).connect()), await trouble_of(kind(who).check())):
        assert trouble.what == "permission"
        assert topic in trouble.words


@pytest.mark.feature("F061")
@BOTH
async def test_tls_with_the_owners_authority(server: RedisServer, topic: str, kind: Kind) -> None:
    who = subscriber(server, topic, port=str(server.tls_port), tls="true", tls__ca=str(server.ca))
    async with consuming(kind(who), Hands()) as task:
        assert not task.done()
    await kind(who).check()


@pytest.mark.feature("F061")
@BOTH
async def test_a_certificate_of_an_unknown_authority_is_refused(server: RedisServer, topic: str, kind: Kind) -> None:
    trouble = await trouble_of(kind(subscriber(server, topic, port=str(server.tls_port), tls="true")).connect())
    assert trouble.what == "tls"
    assert "tls.ca" in trouble.words


@BOTH
async def test_tls_at_the_wrong_port_is_said(server: RedisServer, topic: str, kind: Kind) -> None:
    asked = kind(subscriber(server, topic, tls="true", tls__ca=str(server.ca))).connect()
    plain = kind(subscriber(server, topic, port=str(server.tls_port))).connect()
    for trouble in (await trouble_of(asked), await trouble_of(plain)):
        assert trouble.what in ("tls", "connect")
        assert "tls" in trouble.words


@BOTH
async def test_a_port_where_nothing_listens(server: RedisServer, topic: str, kind: Kind) -> None:
    trouble = await trouble_of(kind(subscriber(server, topic, port=str(free_port()))).connect())
    assert trouble.what == "connect"
    assert "nothing listens" in trouble.words


@BOTH
async def test_what_speaks_no_redis_is_said(server: RedisServer, topic: str, kind: Kind) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as web:
        port = web.sockets[0].getsockname()[1]
        trouble = await trouble_of(kind(subscriber(server, topic, port=str(port))).connect())
    assert trouble.what == "protocol"


@pytest.mark.feature("F063")
@BOTH
async def test_who_does_not_answer_is_given_up_after_the_timeout(server: RedisServer, topic: str, kind: Kind) -> None:
    silence = asyncio.Event()

    async def listen(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await silence.wait()
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as mute:
        port = mute.sockets[0].getsockname()[1]
        trouble = await trouble_of(kind(subscriber(server, topic, port=str(port), timeout="300ms")).connect())
        silence.set()
    assert trouble.what == "connect"
    assert "0.3 s" in trouble.words


@BOTH
async def test_a_large_body_is_cut_where_it_is_too_large_anyway(server: RedisServer, topic: str, kind: Kind) -> None:
    hands, own = Hands(), server.seen_as("stream" if kind is StreamConnector else "pubsub")
    async with consuming(kind(subscriber(server, topic)), hands):
        await own.publish(topic, [b"x" * 100_000])
        assert await hands.until(1) == [b"x" * 65_537]


@BOTH
async def test_a_broker_that_ends_is_lost(tmp_path: Path, topic: str, kind: Kind) -> None:
    own = RedisServer(tmp_path)
    own.start()
    try:
        connector = kind(subscriber(own, topic))
        async with consuming(connector, Hands()) as task:
            await connector.health()
            own.kill()
            assert (await trouble_of(task)).what == "lost"
            assert (await trouble_of(connector.health())).what == "lost"
            assert (await trouble_of(connector.reply("callback", b"{}"))).what == "lost"
    finally:
        own.stop()


@BOTH
async def test_a_broker_that_falls_silent_does_not_pass_for_healthy(tmp_path: Path, topic: str, kind: Kind) -> None:
    own = RedisServer(tmp_path)
    own.start()
    connector = kind(subscriber(own, topic, timeout="400ms"))
    try:
        async with consuming(connector, Hands()):
            await connector.health()
            os.kill(own.pid, signal.SIGSTOP)
            with pytest.raises((TimeoutError, Trouble)):
                async with asyncio.timeout(1):
                    await connector.health()
    finally:
        os.kill(own.pid, signal.SIGCONT)
        own.stop()


@BOTH
async def test_health_is_answered_while_hands_are_full(
    server: RedisServer, topic: str, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("otppi.intake.brokers.redis_pubsub.OPEN_MOST", 2)
    own = server.seen_as("stream" if kind is StreamConnector else "pubsub")
    hands, connector = Hands(opened=False), kind(subscriber(server, topic, prefetch="2"))
    async with consuming(connector, hands):
        await own.publish(topic, [b"1", b"2", b"3"])
        assert await hands.until(2) == [b"1", b"2"]
        await connector.health()
        assert len(hands.arrivals) == 2
        hands.open.set()
        assert await hands.until(3) == [b"1", b"2", b"3"]


@BOTH
async def test_the_rights_that_the_page_names_are_enough(server: RedisServer, kind: Kind) -> None:
    async with server.client() as client:
        for line in RULES:
            await client.execute_command(*line.replace("PASSWORD", PASSWORD).split())
    mode: Literal["stream", "pubsub"]
    user, mode = ("otppi-stream", "stream") if kind is StreamConnector else ("otppi-channel", "pubsub")
    hands, connector = Hands(), kind(subscriber(server, "sms", acl_user=user, username="gateway"))
    await kind(subscriber(server, "sms", acl_user=user)).check()
    async with consuming(connector, hands):
        await server.seen_as(mode).publish("sms", [b"1"])
        assert await hands.until(1) == [b"1"]
        await connector.reply("sms-answers", b"{}")
        with pytest.raises(Trouble, match="elsewhere"):
            await connector.reply("elsewhere", b"{}")
        await connector.health()
        if kind is StreamConnector:
            await eventually(lambda: nothing_left(server, "sms"), "it is acknowledged")


@pytest.mark.feature("F060", "F063")
async def test_a_channel_is_exactly_the_topic(server: RedisServer, topic: str) -> None:
    hands = Hands()
    async with consuming(PubSubConnector(subscriber(server, f"{topic}-*")), hands), server.client() as client:
        assert await client.publish(f"{topic}-1", b"another channel") == 0
        assert await client.publish(topic, b"another channel") == 0
        assert await client.publish(f"{topic}-*", b"ours") == 1
        assert await hands.until(1) == [b"ours"]
    assert [(each.id, each.repeated) for each in hands.arrivals] == [("", False)]


async def test_what_is_published_between_connecting_and_consuming_is_taken(server: RedisServer, topic: str) -> None:
    hands, connector = Hands(), PubSubConnector(subscriber(server, topic))
    await connector.connect()
    async with server.client() as client:
        await client.publish(topic, b"early")
    task = asyncio.create_task(connector.consume(hands.take))
    assert await hands.until(1) == [b"early"]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await connector.close()


async def test_a_reply_of_a_channel_is_published(server: RedisServer, topic: str) -> None:
    connector = PubSubConnector(subscriber(server, topic))
    listener = server.seen_as("pubsub")
    async with consuming(connector, Hands()), listener.listening(f"{topic}-answers") as heard:
        await connector.reply(f"{topic}-answers", b'{"a":1}')
        assert await asyncio.wait_for(heard.get(), 10) == b'{"a":1}'
