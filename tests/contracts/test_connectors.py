"""What every `otppi.ports.connector.Connector` must do, at its real broker or, the fake, at its own.

Doors are lines of `connector_stands.DOORS`. Those whose broker keeps nothing lose where the others are given again.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from typing import TYPE_CHECKING

import pytest
from broker_server import WEAK_USER, free_port
from connector_hands import PATIENCE, WRONG, Hands, consuming_to_the_end, trouble_of
from connector_stands import DOORS, FakeStand, RealStand, refused, working
from cut_proxy import CutProxy
from mosquitto_server import MosquittoServer

from otppi.ports.connector import Trouble

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from broker_server import BrokerServer
    from connector_stands import Consumer, Door, Stand

    from otppi.domain.subscriber import Subscriber
    from otppi.ports.connector import Arrival, Connector

Servers = dict[object, "BrokerServer"]
OTHER_NAME = "127.1"
"""Another spelling of 127.0.0.1: no certificate of the tests is good for it."""


def doors(wanted: Callable[[Door], bool] = lambda _: True) -> pytest.MarkDecorator:
    """Runs a test at each door that is wanted."""
    marks = {name: [] if door.server is None else [pytest.mark.process] for name, door in DOORS.items()}
    chosen = [pytest.param(name, marks=marks[name], id=name) for name, door in DOORS.items() if wanted(door)]
    return pytest.mark.parametrize("stand", chosen, indirect=True)


KEEPING = doors(lambda door: door.keeps)
FORGETTING = doors(lambda door: not door.keeps)
BOUNDED = doors(lambda door: door.bounded)
CHOOSING = doors(lambda door: door.chooses)
REAL = doors(lambda door: door.server is not None)
# Each waits the port's five seconds: one version of MQTT stands for the others.
SLOW = doors(lambda door: door.server is not MosquittoServer or door.values.get("version", "") == "3.1.1")
WITH_RIGHTS = doors(lambda door: door.server is not None and door.knows_rights)


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    running: Servers = {}
    yield running
    for server in running.values():
        server.stop()


@pytest.fixture
async def stand(
    request: pytest.FixtureRequest, servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stand]:
    door = DOORS[request.param]
    if door.server is None:
        yield FakeStand(door)
        return
    server = servers.get(door.server) or _started(door.server(tmp_path_factory.mktemp("broker")))
    servers[door.server] = server
    async with CutProxy(server.port) as proxy:
        yield RealStand(door, server, proxy)


def _started(server: BrokerServer) -> BrokerServer:
    server.start()
    return server


@pytest.fixture
def topic() -> str:
    return f"sms-{uuid.uuid4().hex}"


async def known(stand: Stand, topic: str) -> None:
    """The broker has seen the subscriber once: what comes from now on is kept for it."""
    async with working(stand, stand.subscriber(topic), Hands()):
        assert await stand.left(topic) in (0, -1)


async def forgotten(stand: Stand, topic: str, consumer: Consumer) -> None:
    """Wait until the broker keeps nothing of this topic any more."""
    async with asyncio.timeout(PATIENCE):
        while await stand.left(topic) not in (0, -1):  # noqa: ASYNC110 - the number is another process's
            await asyncio.sleep(0.02)
    # Acknowledgements are on the link before this question, for brokers that cannot tell what is not acknowledged.
    await consumer.connector.health()


# -- taking -------------------------------------------------------------------------------------------------------


@doors()
async def test_all_is_begun_in_the_order_it_was_published(stand: Stand, topic: str) -> None:
    bodies, hands = [b"message %d" % number for number in range(40)], Hands()
    async with working(stand, stand.subscriber(topic), hands) as consumer:
        await stand.publish(topic, bodies)
        assert await hands.until(len(bodies)) == bodies
        await forgotten(stand, topic, consumer)
    assert not any(arrival.repeated for arrival in hands.arrivals)


@doors()
async def test_bodies_are_handed_on_as_they_are(stand: Stand, topic: str) -> None:
    bodies, hands = [b"\xff\xfe not UTF-8 \x00", b"{", "héllo".encode(), b"x" * 65_536], Hands()
    async with working(stand, stand.subscriber(topic), hands):
        await stand.publish(topic, bodies)
        assert await hands.until(4) == bodies


@doors(lambda door: door.large)
async def test_of_a_body_beyond_64_kib_one_octet_more_is_handed_on(stand: Stand, topic: str) -> None:
    hands = Hands()
    async with working(stand, stand.subscriber(topic), hands) as consumer:
        await stand.publish(topic, [b"z" * 70 * 1024, b"next"])
        assert await hands.until(2) == [b"z" * (64 * 1024 + 1), b"next"]
        await forgotten(stand, topic, consumer)


@BOUNDED
async def test_no_more_than_prefetch_are_open(stand: Stand, topic: str) -> None:
    hands, bodies = Hands(opened=False), [b"%d" % number for number in range(25)]
    async with working(stand, stand.subscriber(topic, prefetch="10"), hands) as consumer:
        await stand.publish(topic, bodies)
        await hands.until(10)
        await consumer.connector.health()
        await consumer.connector.health()
        assert len(hands.arrivals) == 10
        hands.open.set()
        assert await hands.until(25) == bodies
        await forgotten(stand, topic, consumer)


@CHOOSING
async def test_no_more_are_open_than_there_is_room_for_and_one_that_waits(stand: Stand, topic: str) -> None:
    bodies, places, hands = [b"%d" % number for number in range(25)], 3, Hands(opened=False)

    def room() -> int:
        return max(0, places - len(hands.arrivals))

    await known(stand, topic)
    await stand.publish(topic, bodies)
    who = stand.subscriber(topic, prefetch="10")
    async with consuming_to_the_end(stand.connector(who), hands, room):
        await hands.until(places)
        await asyncio.sleep(1.5)
        assert len(hands.arrivals) == places
        hands.open.set()  # they are safe; there is room for no more, and one comes all the same and waits
        hands.open = asyncio.Event()
        await hands.until(places + 1)
        await asyncio.sleep(1.5)
        assert len(hands.arrivals) == places + 1
        places = 100
        await hands.until(13)  # three that ended, and the prefetch
        hands.open.set()
        assert sorted(await hands.until(25)) == sorted(bodies)


@KEEPING
async def test_what_comes_while_nobody_listens_is_kept(stand: Stand, topic: str) -> None:
    await known(stand, topic)
    await stand.publish(topic, [b"1", b"2", b"3"])
    hands = Hands()
    async with working(stand, stand.subscriber(topic), hands) as consumer:
        assert await hands.until(3) == [b"1", b"2", b"3"]
        await forgotten(stand, topic, consumer)


@FORGETTING
async def test_what_comes_while_nobody_listens_is_gone(stand: Stand, topic: str) -> None:
    await known(stand, topic)
    await stand.publish(topic, [b"gone"])
    hands = Hands()
    async with working(stand, stand.subscriber(topic), hands):
        await stand.publish(topic, [b"there"])
        assert await hands.until(1) == [b"there"]


# -- cut before and after the acknowledgement ---------------------------------------------------------------------


@KEEPING
async def test_cut_before_take_returned_it_comes_again_and_says_so(stand: Stand, topic: str) -> None:
    slow, hands = Hands(opened=False), Hands()
    async with working(stand, stand.subscriber(topic), slow) as consumer:
        await stand.publish(topic, [b"one", b"two"])
        await slow.until(2)
        stand.cut()
        slow.open.set()
        assert (await trouble_of(consumer.task)).what == "lost"
    async with working(stand, stand.subscriber(topic), hands) as consumer:
        assert sorted(await hands.until(2)) == [b"one", b"two"]
        await forgotten(stand, topic, consumer)
    assert all(arrival.repeated or arrival.id for arrival in hands.arrivals)
    assert _ids(slow.arrivals) == _ids(hands.arrivals)


def _ids(arrivals: list[Arrival]) -> dict[bytes, str]:
    """The broker's names of them: the same at each delivery."""
    return {arrival.body: arrival.id for arrival in arrivals}


@KEEPING
async def test_once_take_returned_it_does_not_come_again(stand: Stand, topic: str) -> None:
    hands = Hands()
    async with working(stand, stand.subscriber(topic), hands) as consumer:
        await stand.publish(topic, [b"one", b"two"])
        await hands.until(2)
        await forgotten(stand, topic, consumer)
        stand.cut()
        assert (await trouble_of(consumer.task)).what == "lost"
    async with working(stand, stand.subscriber(topic), hands):
        await stand.publish(topic, [b"three"])
        assert await hands.until(3) == [b"one", b"two", b"three"]


@FORGETTING
async def test_cut_nothing_comes_again(stand: Stand, topic: str) -> None:
    slow, hands = Hands(opened=False), Hands()
    async with working(stand, stand.subscriber(topic), slow) as consumer:
        await stand.publish(topic, [b"one"])
        await slow.until(1)
        stand.cut()
        slow.open.set()
        assert (await trouble_of(consumer.task)).what == "lost"
    assert slow.ended == 1
    async with working(stand, stand.subscriber(topic), hands):
        await stand.publish(topic, [b"two"])
        assert await hands.until(1) == [b"two"]
    assert not hands.arrivals[0].repeated


# -- stopping -----------------------------------------------------------------------------------------------------


@doors()
async def test_cancelled_it_lets_end_what_it_has_brought_and_asks_for_no_more(stand: Stand, topic: str) -> None:
    hands, later = Hands(opened=False), Hands()
    async with working(stand, stand.subscriber(topic), hands) as consumer:
        await stand.publish(topic, [b"one", b"two"])
        await hands.until(2)
        consumer.task.cancel()
        await asyncio.wait({consumer.task}, timeout=0.3)
        assert not consumer.task.done()
        hands.open.set()
        await asyncio.wait({consumer.task}, timeout=PATIENCE)
        assert consumer.task.cancelled()
        assert (hands.ended, hands.taken_back) == (2, 0)
    await stand.publish(topic, [b"three"])
    async with working(stand, stand.subscriber(topic), later):
        await stand.publish(topic, [b"four"])
        wanted = [b"three", b"four"] if stand.door.keeps else [b"four"]
        assert await later.until(len(wanted)) == wanted
    assert hands.bodies == [b"one", b"two"]


@SLOW
async def test_cancelled_it_leaves_to_the_broker_what_does_not_end(stand: Stand, topic: str) -> None:
    stuck, hands = Hands(opened=False), Hands()
    async with working(stand, stand.subscriber(topic), stuck) as consumer:
        await stand.publish(topic, [b"one"])
        await stuck.until(1)
        consumer.task.cancel()
        await asyncio.wait({consumer.task}, timeout=PATIENCE)
        assert consumer.task.cancelled()
        assert (stuck.ended, stuck.taken_back) == (0, 1)
    async with working(stand, stand.subscriber(topic), hands):
        await stand.publish(topic, [b"two"])
        wanted = [b"one", b"two"] if stand.door.keeps else [b"two"]
        assert await hands.until(len(wanted)) == wanted


@doors()
async def test_it_can_be_closed_in_every_state(stand: Stand, topic: str) -> None:
    unused, connected = (stand.connector(stand.subscriber(topic)) for _ in range(2))
    await connected.connect()
    for connector in (unused, connected, connected):
        await closes(connector)
    async with working(stand, stand.subscriber(topic), Hands()) as consumer:
        stand.cut()
        await asyncio.wait([consumer.task])
        await closes(consumer.connector)
    async with working(stand, stand.subscriber(topic), Hands()) as consumer:
        await closes(consumer.connector)


async def closes(connector: Connector) -> None:
    """Within the two seconds of the port, and some for a busy machine."""
    async with asyncio.timeout(2.5):
        await connector.close()


@doors()
async def test_on_a_silent_link_it_can_be_stopped_and_closed(stand: Stand, topic: str) -> None:
    connector = stand.connector(stand.subscriber(topic))
    await connector.connect()
    task = asyncio.create_task(connector.consume(Hands().take))
    await connector.health()
    stand.freeze()
    task.cancel()
    await asyncio.wait({task}, timeout=PATIENCE)
    assert task.done()
    await closes(connector)


# -- health -------------------------------------------------------------------------------------------------------


@doors()
async def test_health_answers_on_a_link_that_works_and_only_there(stand: Stand, topic: str) -> None:
    async with working(stand, stand.subscriber(topic), Hands()) as consumer:
        await consumer.connector.health()
        stand.freeze()
        with contextlib.suppress(Trouble), pytest.raises(TimeoutError):
            await asyncio.wait_for(consumer.connector.health(), 1)


@doors()
async def test_health_after_the_end_is_lost(stand: Stand, topic: str) -> None:
    async with working(stand, stand.subscriber(topic), Hands()) as consumer:
        stand.cut()
        assert (await trouble_of(consumer.task)).what == "lost"
        assert (await trouble_of(consumer.connector.health())).what == "lost"


@doors()
async def test_health_answers_while_messages_are_in_hand(stand: Stand, topic: str) -> None:
    hands = Hands(opened=False)
    async with working(stand, stand.subscriber(topic), hands) as consumer:
        await stand.publish(topic, [b"%d" % number for number in range(5)])
        await hands.until(5)
        async with asyncio.timeout(PATIENCE):
            await consumer.connector.health()
        hands.open.set()


# -- replies ------------------------------------------------------------------------------------------------------


@doors()
async def test_a_reply_is_heard_while_messages_come(stand: Stand, topic: str) -> None:
    hands, answers = Hands(opened=False), f"{topic}-answers"
    async with stand.listening(answers) as heard, working(stand, stand.subscriber(topic), hands) as consumer:
        await stand.publish(topic, [b"question"])
        await hands.until(1)
        await consumer.connector.reply(answers, b'{"answer": "\xc3\xa9"}')
        assert await asyncio.wait_for(heard.get(), PATIENCE) == b'{"answer": "\xc3\xa9"}'
        hands.open.set()
    assert hands.bodies == [b"question"]


@doors()
async def test_many_replies_at_once_are_each_heard_once(stand: Stand, topic: str) -> None:
    answers, bodies = f"{topic}-answers", [b'{"n": %d}' % number for number in range(60)]
    async with stand.listening(answers) as heard, working(stand, stand.subscriber(topic), Hands()) as consumer:
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
            for body in bodies:
                group.create_task(consumer.connector.reply(answers, body))
        assert sorted([await asyncio.wait_for(heard.get(), PATIENCE) for _ in bodies]) == sorted(bodies)


@KEEPING
async def test_a_reply_over_a_link_that_ended_is_trouble(stand: Stand, topic: str) -> None:
    async with working(stand, stand.subscriber(topic), Hands()) as consumer:
        stand.cut()
        await trouble_of(consumer.task)
        assert (await trouble_of(consumer.connector.reply(f"{topic}-answers", b"{}"))).what == "lost"


# -- the owner's test ---------------------------------------------------------------------------------------------


@KEEPING
async def test_check_takes_nothing_of_what_waits(stand: Stand, topic: str) -> None:
    await known(stand, topic)
    await stand.publish(topic, [b"one", b"two"])
    await stand.connector(stand.subscriber(topic)).check()
    hands = Hands()
    async with working(stand, stand.subscriber(topic), hands) as consumer:
        assert await hands.until(2) == [b"one", b"two"]
        await forgotten(stand, topic, consumer)
    assert not any(arrival.repeated for arrival in hands.arrivals)


@doors()
async def test_check_disturbs_no_consumer(stand: Stand, topic: str) -> None:
    hands = Hands()
    async with working(stand, stand.subscriber(topic), hands) as consumer:
        await stand.publish(topic, [b"one"])
        await hands.until(1)
        await stand.connector(stand.subscriber(topic)).check()
        await stand.publish(topic, [b"two"])
        assert await hands.until(2) == [b"one", b"two"]
        await forgotten(stand, topic, consumer)
        assert not consumer.task.done()
    assert hands.bodies == [b"one", b"two"]


# -- what is wrong, in words --------------------------------------------------------------------------------------


@REAL
async def test_a_wrong_password_is_a_matter_of_login(stand: Stand, topic: str) -> None:
    assert await refused(lambda: stand.connector(stand.subscriber(topic, WRONG))) == {"login"}


@REAL
async def test_a_host_that_is_not_there_is_a_matter_of_its_name(stand: Stand, topic: str) -> None:
    who = stand.subscriber(topic, host="broker.invalid")
    assert await refused(lambda: stand.connector(who)) == {"name"}


@REAL
async def test_a_closed_port_is_a_matter_of_connecting(stand: Stand, topic: str) -> None:
    who = stand.subscriber(topic, port=str(free_port()))
    assert await refused(lambda: stand.connector(who)) == {"connect"}


@WITH_RIGHTS
@pytest.mark.parametrize("there", [True, False], ids=["topic is there", "topic is not there"])
async def test_a_user_without_rights_is_a_matter_of_permission(stand: Stand, topic: str, *, there: bool) -> None:
    if there:
        await known(stand, topic)
    row = "acl_user" if "acl_user" in stand.subscriber(topic).values else "username"
    who = stand.subscriber(topic, **{row: WEAK_USER})
    assert await refused(lambda: stand.connector(who)) == {"permission"}


def over_tls(stand: Stand, topic: str, **changes: str) -> Subscriber:
    """Who reads over TLS, believing the authority of the server unless told otherwise."""
    assert isinstance(stand, RealStand)
    server = stand.server
    believed = {"tls__ca": str(server.ca), "port": str(server.tls_port)}
    return stand.subscriber(topic, tls="true", **{**believed, **changes})


@REAL
async def test_over_tls_all_is_the_same(stand: Stand, topic: str) -> None:
    hands, answers, who = Hands(), f"{topic}-answers", over_tls(stand, topic)
    await stand.connector(who).check()
    async with stand.listening(answers) as heard, working(stand, who, hands) as consumer:
        await stand.publish(topic, [b"one"])
        assert await hands.until(1) == [b"one"]
        await consumer.connector.reply(answers, b"{}")
        assert await asyncio.wait_for(heard.get(), PATIENCE) == b"{}"
        await forgotten(stand, topic, consumer)


@REAL
async def test_a_certificate_of_an_unknown_authority_is_a_matter_of_tls(stand: Stand, topic: str) -> None:
    assert await refused(lambda: stand.connector(over_tls(stand, topic, tls__ca=""))) == {"tls"}


@REAL
async def test_a_certificate_for_another_name_is_a_matter_of_tls(stand: Stand, topic: str) -> None:
    assert await refused(lambda: stand.connector(over_tls(stand, topic, host=OTHER_NAME))) == {"tls"}


@REAL
async def test_a_file_of_authorities_that_is_none_is_a_matter_of_tls(stand: Stand, topic: str, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate\n")
    for file in ("ca.pem", "missing.pem"):
        who = over_tls(stand, topic, tls__ca=str(tmp_path / file))
        with pytest.raises(Trouble) as caught:
            await stand.connector(who).connect()
        assert caught.value.what == "tls"
