"""Streams of Redis as a door: what a consumer group keeps, gives again and forgets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from broker_server import PASSWORD, started
from connector_hands import Hands, trouble_of
from connector_hands import consuming_to_the_end as consuming
from redis_door import eventually, given_to, nothing_left, pending, subscriber
from redis_server import GROUP, RedisServer

from otppi.intake.brokers import redis_stream
from otppi.intake.brokers.redis_stream import StreamConnector, consumer_name
from otppi.intake.brokers.takings import Takings

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with started(RedisServer(tmp_path_factory.mktemp("redis"))) as running:
        yield running


async def test_a_group_begins_with_the_first_entry_and_nothing_is_trimmed(server: RedisServer, topic: str) -> None:
    await server.publish(topic, [b"before 1", b"before 2"])
    hands = Hands()
    async with consuming(StreamConnector(subscriber(server, topic)), hands):
        await server.publish(topic, [b"after"])
        assert await hands.until(3) == [b"before 1", b"before 2", b"after"]
        await eventually(lambda: nothing_left(server, topic), "all are acknowledged")
    async with server.client() as client:
        names = [name.decode() for name, _ in await client.xrange(topic)]
    assert [arrival.id for arrival in hands.arrivals] == [f"{topic}:{name}" for name in names]
    assert not any(arrival.repeated for arrival in hands.arrivals)


async def test_nothing_is_acknowledged_before_take_returns(server: RedisServer, topic: str) -> None:
    await server.publish(topic, [b"1", b"2"])
    hands = Hands(opened=False)
    async with consuming(StreamConnector(subscriber(server, topic)), hands):
        await hands.until(2)
        assert await pending(server, topic) == 2
        hands.open.set()
        await eventually(lambda: nothing_left(server, topic), "both are acknowledged")


async def test_no_more_than_prefetch_are_taken_from_the_group(server: RedisServer, topic: str) -> None:
    await server.publish(topic, [b"%d" % n for n in range(25)])
    hands, connector = Hands(opened=False), StreamConnector(subscriber(server, topic, prefetch="10"))
    async with consuming(connector, hands):
        await hands.until(10)
        await connector.health()
        assert (await pending(server, topic), len(hands.arrivals)) == (10, 10)
        hands.open.set()
        assert await hands.until(25) == [b"%d" % n for n in range(25)]
        await eventually(lambda: nothing_left(server, topic), "all are acknowledged")


async def test_being_cancelled_lets_end_what_was_brought(server: RedisServer, topic: str) -> None:
    await server.publish(topic, [b"1", b"2", b"3"])
    hands, connector = Hands(opened=False), StreamConnector(subscriber(server, topic, prefetch="2"))
    async with consuming(connector, hands) as task:
        await hands.until(2)
        task.cancel()
        # Long enough for one that waits for nothing to end.
        assert not (await asyncio.wait({task}, timeout=0.1))[0]
        hands.open.set()
        await asyncio.wait({task})
        assert task.cancelled()
        assert (await pending(server, topic), await server.left(topic), len(hands.arrivals)) == (0, 1, 2)


async def test_what_an_earlier_run_was_given_comes_first_and_is_repeated(server: RedisServer, topic: str) -> None:
    who = subscriber(server, topic, prefetch="2")
    await server.publish(topic, [b"%d" % n for n in range(5)])
    names = await given_to(server, topic, consumer_name(who))
    await server.publish(topic, [b"new"])
    hands = Hands()
    async with consuming(StreamConnector(who), hands):
        assert await hands.until(6) == [b"0", b"1", b"2", b"3", b"4", b"new"]
        await eventually(lambda: nothing_left(server, topic), "all are acknowledged")
    assert [each.repeated for each in hands.arrivals] == [True] * 5 + [False]
    assert [each.id for each in hands.arrivals[:5]] == [f"{topic}:{name.decode()}" for name in names]


async def test_what_a_take_did_not_end_is_given_again(
    server: RedisServer, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Takings.end, "__defaults__", (0.0,))
    await server.publish(topic, [b"1"])
    first, second = Hands(opened=False), Hands()
    connector = StreamConnector(subscriber(server, topic))
    await connector.connect()
    task = asyncio.create_task(connector.consume(first.take))
    await first.until(1)
    task.cancel()
    await asyncio.wait({task})
    await connector.close()
    assert await pending(server, topic) == 1
    async with consuming(StreamConnector(subscriber(server, topic)), second):
        assert await second.until(1) == [b"1"]
    assert (second.arrivals[0].id, second.arrivals[0].repeated) == (first.arrivals[0].id, True)


async def test_what_another_consumer_abandoned_is_claimed(server: RedisServer, topic: str) -> None:
    await server.publish(topic, [b"abandoned 1", b"abandoned 2"])
    await given_to(server, topic, "crashed", idle=61_000)
    await server.publish(topic, [b"worked on"])
    await given_to(server, topic, "busy", idle=30_000)
    await server.publish(topic, [b"new"])
    hands = Hands()
    async with consuming(StreamConnector(subscriber(server, topic, prefetch="1")), hands):
        assert await hands.until(3) == [b"abandoned 1", b"abandoned 2", b"new"]
        await eventually(lambda: pending_is(server, topic, 1), "only the busy consumer's is left")
    assert [each.repeated for each in hands.arrivals] == [True, True, False]


async def test_no_more_is_claimed_than_there_is_room_for(server: RedisServer, topic: str) -> None:
    await server.publish(topic, [b"1", b"2", b"3"])
    await given_to(server, topic, "crashed", idle=61_000)
    hands = Hands(opened=False)
    async with consuming(StreamConnector(subscriber(server, topic, prefetch="1")), hands), server.client() as client:
        await hands.until(1)
        assert len(await client.xpending_range(topic, GROUP, "-", "+", 10, "crashed")) == 2
        hands.open.set()
        assert await hands.until(3) == [b"1", b"2", b"3"]


async def test_what_is_in_our_hands_is_not_taken_twice(
    server: RedisServer, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_stream, "CLAIM_EVERY", 0.05)
    who = subscriber(server, topic, heartbeat="1s")
    await server.publish(topic, [b"held"])
    hands = Hands(opened=False)
    async with consuming(StreamConnector(who), hands), server.client() as client:
        await hands.until(1)
        name = hands.arrivals[0].id.removeprefix(f"{topic}:")
        await client.xclaim(topic, GROUP, consumer_name(who), 0, [name], idle=61_000, justid=True)

        async def claimed() -> bool:
            (entry,) = await client.xpending_range(topic, GROUP, "-", "+", 1)
            return bool(entry["time_since_delivered"] < 10_000 and entry["times_delivered"] > 1)

        await eventually(claimed, "a look for abandoned entries has met it")
        await server.publish(topic, [b"after"])
        assert await hands.until(2) == [b"held", b"after"]


async def test_what_is_long_in_our_hands_does_not_look_abandoned(
    server: RedisServer, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_stream, "KEEP", 0.05)
    who = subscriber(server, topic, heartbeat="10min")
    await server.publish(topic, [b"waits"])
    hands = Hands(opened=False)
    async with consuming(StreamConnector(who), hands), server.client() as client:
        await hands.until(1)
        name = hands.arrivals[0].id.removeprefix(f"{topic}:")
        await client.xclaim(topic, GROUP, consumer_name(who), 0, [name], idle=61_000, justid=True)

        async def fresh() -> bool:
            (entry,) = await client.xpending_range(topic, GROUP, "-", "+", 1)
            return bool(entry["time_since_delivered"] < 10_000 and entry["consumer"] == consumer_name(who).encode())

        await eventually(fresh, "the entry is touched")
    assert len(hands.arrivals) == 1


async def test_entries_that_were_deleted_are_forgotten_without_a_word(server: RedisServer, topic: str) -> None:
    who = subscriber(server, topic, prefetch="1")
    await server.publish(topic, [b"1", b"2"])
    own = await given_to(server, topic, consumer_name(who))
    await server.publish(topic, [b"3"])
    others = await given_to(server, topic, "crashed", idle=61_000)
    async with server.client() as client:
        await client.xdel(topic, own[0], *others)
    hands = Hands(opened=False)
    async with consuming(StreamConnector(who), hands):
        await hands.until(1)
        # There is no room for a look at what others abandoned, so that ours is forgotten by itself.
        assert await pending(server, topic) == 2
        hands.open.set()
        await eventually(lambda: nothing_left(server, topic), "the deleted ones are no longer pending")
    assert [arrival.body for arrival in hands.arrivals] == [b"2"]


async def test_an_entry_whose_request_cannot_be_told_is_handed_on_empty(server: RedisServer, topic: str) -> None:
    hands = Hands()
    async with consuming(StreamConnector(subscriber(server, topic)), hands), server.client() as client:
        await client.xadd(topic, {"command": "send-sms", "receiver": "+62 812 0000 0001"})
        await client.xadd(topic, {"request": "alone"})
        assert await hands.until(2) == [b"", b"alone"]


@pytest.mark.feature("F063")
async def test_a_key_that_is_no_stream_is_said(server: RedisServer, topic: str) -> None:
    async with server.client() as client:
        await client.set(topic, "text")
    connector = StreamConnector(subscriber(server, topic))
    for trouble in (await trouble_of(connector.connect()), await trouble_of(connector.check())):
        assert trouble.what == "topic"
        assert topic in trouble.words


async def test_checking_makes_and_takes_nothing(server: RedisServer, topic: str) -> None:
    await StreamConnector(subscriber(server, topic)).check()
    async with server.client() as client:
        assert not await client.exists(topic)
        await server.publish(topic, [b"1"])
        await client.xgroup_create(topic, GROUP, "0")
        await StreamConnector(subscriber(server, topic)).check()
        (group,) = await client.xinfo_groups(topic)
    assert (group["consumers"], group["pending"], group["last-delivered-id"]) == (0, 0, b"0-0")


async def test_a_group_that_is_there_is_enough_for_who_may_make_none(server: RedisServer, topic: str) -> None:
    who = subscriber(server, topic, PASSWORD, acl_user="reader")
    for trouble in (await trouble_of(StreamConnector(who).connect()), await trouble_of(StreamConnector(who).check())):
        assert trouble.what == "permission"
        assert topic in trouble.words
    async with server.client() as client:
        await client.xgroup_create(topic, GROUP, "0", mkstream=True)
    await StreamConnector(who).check()
    hands = Hands()
    async with consuming(StreamConnector(who), hands):
        await server.publish(topic, [b"1"])
        assert await hands.until(1) == [b"1"]


async def test_a_stream_that_is_removed_is_made_again_at_the_next_connection(server: RedisServer, topic: str) -> None:
    hands = Hands()
    async with consuming(StreamConnector(subscriber(server, topic)), hands) as task, server.client() as client:
        await client.delete(topic)
        assert (await trouble_of(task)).what == "topic"
    async with consuming(StreamConnector(subscriber(server, topic)), hands):
        await server.publish(topic, [b"1"])
        assert await hands.until(1) == [b"1"]


async def test_a_killed_broker_still_has_what_was_not_acknowledged(
    tmp_path_factory: pytest.TempPathFactory, topic: str
) -> None:
    own = RedisServer(tmp_path_factory.mktemp("killed"))
    own.start()
    try:
        await own.publish(topic, [b"1", b"2"])
        hands = Hands(opened=False)
        async with consuming(StreamConnector(subscriber(own, topic, prefetch="1")), hands) as task:
            await hands.until(1)
            own.kill()
            # What is in hand cannot be acknowledged any more; waiting for it is bounded.
            hands.open.set()
            assert (await trouble_of(task)).what == "lost"
        own.start()
        again = Hands()
        async with consuming(StreamConnector(subscriber(own, topic)), again):
            assert await again.until(2) == [b"1", b"2"]
            await eventually(lambda: nothing_left(own, topic), "both are acknowledged")
        assert [arrival.repeated for arrival in again.arrivals] == [True, False]
    finally:
        own.stop()


async def test_a_reply_is_an_entry_with_a_body(server: RedisServer, topic: str) -> None:
    async with (
        consuming(connector := StreamConnector(subscriber(server, topic)), Hands()),
        server.listening(f"{topic}-answers") as heard,
    ):
        await connector.reply(f"{topic}-answers", b'{"a":1}')
        assert await asyncio.wait_for(heard.get(), 10) == b'{"a":1}'


async def pending_is(server: RedisServer, topic: str, count: int) -> bool:
    return await pending(server, topic) == count
