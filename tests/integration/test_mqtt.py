"""The door to MQTT against a real Mosquitto: what is delivered again and what is not, sessions, rights, presence."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from typing import TYPE_CHECKING

import pytest
from broker_server import WEAK_USER, free_port, started
from connector_hands import Hands, consuming, trouble_of
from cut_proxy import CutProxy
from mosquitto_server import MosquittoServer, client_id
from mqtt_door import subscriber, until_so

from otppi.intake.brokers.mqtt import MqttConnector

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from otppi.ports.connector import Arrival

pytestmark = pytest.mark.process

VERSIONS = pytest.mark.parametrize("version", ["3.1.1", "5"])
KEPT = pytest.mark.parametrize("qos", ["1", "2"])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MosquittoServer]:
    with started(MosquittoServer(tmp_path_factory.mktemp("mosquitto"))) as running:
        yield running


@pytest.fixture
def topic() -> str:
    return f"sms/{uuid.uuid4().hex}"


async def until_left(server: MosquittoServer, topic: str, count: int) -> None:
    async with asyncio.timeout(20):
        while await server.left(topic) != count:  # noqa: ASYNC110 - what is looked at is another process's file
            await asyncio.sleep(0.05)


@pytest.mark.feature("F064")
@VERSIONS
@KEPT
async def test_cut_before_the_acknowledgement_it_comes_again(
    server: MosquittoServer, topic: str, version: str, qos: str
) -> None:
    async with CutProxy(server.port) as line:
        who = subscriber(server, topic, version=version, qos=qos, port=str(line.port))
        slow, hands = Hands(opened=False), Hands()
        async with consuming(MqttConnector(who), slow) as task:
            await server.publish(topic, [b"one"], qos=int(qos))
            first = await slow.next()
            line.cut()
            slow.open.set()
            assert (await trouble_of(task)).what == "lost"
        async with consuming(MqttConnector(who), hands):
            again = await hands.next()
            await until_left(server, topic, 0)
    assert (first.body, first.repeated) == (b"one", False)
    assert (again.body, again.repeated) == (b"one", True)


@VERSIONS
@KEPT
async def test_acknowledged_it_does_not_come_again(server: MosquittoServer, topic: str, version: str, qos: str) -> None:
    async with CutProxy(server.port) as line:
        who = subscriber(server, topic, version=version, qos=qos, port=str(line.port))
        hands = Hands()
        async with consuming(MqttConnector(who), hands) as task:
            await server.publish(topic, [b"one"], qos=int(qos))
            assert (await hands.next()).body == b"one"
            await until_left(server, topic, 0)
            line.cut()
            await trouble_of(task)
        async with consuming(MqttConnector(who), hands):
            await server.publish(topic, [b"two"], qos=int(qos))
            assert (await hands.next()).body == b"two"
    assert hands.unseen == []


class StuckHands(Hands):
    """Never ends the message `one`."""

    async def take(self, arrival: Arrival) -> None:
        await super().take(arrival)
        if arrival.body == b"one":
            await asyncio.Event().wait()


async def test_stopped_in_good_order_only_what_is_not_safe_comes_again(server: MosquittoServer, topic: str) -> None:
    who = subscriber(server, topic, version="5")
    hands, later = StuckHands(), Hands()
    async with consuming(MqttConnector(who), hands):
        await server.publish(topic, [b"one", b"two", b"three"])
        assert [(await hands.next()).body for _ in range(3)] == [b"one", b"two", b"three"]
        assert await server.left(topic) == 3
    await until_left(server, topic, 1)
    async with consuming(MqttConnector(who), later):
        again = await later.next()
        await until_left(server, topic, 0)
    assert (again.body, again.repeated, len(later.unseen)) == (b"one", True, 0)


@VERSIONS
@KEPT
async def test_what_comes_while_we_are_away_is_kept(
    server: MosquittoServer, topic: str, version: str, qos: str
) -> None:
    who = subscriber(server, topic, version=version, qos=qos)
    async with consuming(MqttConnector(who), Hands()):
        assert "c0, k2, u'shop'" in server.log()
    await server.publish(topic, [b"1", b"2", b"3"], qos=int(qos))
    server.stop()
    server.start()
    hands = Hands()
    async with consuming(MqttConnector(who), hands):
        assert [(await hands.next()).body for _ in range(3)] == [b"1", b"2", b"3"]


async def test_of_qos_0_nothing_is_kept(server: MosquittoServer, topic: str) -> None:
    who = subscriber(server, topic, qos="0")
    hands = Hands()
    async with consuming(MqttConnector(who), hands):
        await server.publish(topic, [b"here"])
        assert (await hands.next()).body == b"here"
    await server.publish(topic, [b"gone"])
    async with consuming(MqttConnector(who), hands):
        await server.publish(topic, [b"back"])
        assert (await hands.next()).body == b"back"


@VERSIONS
async def test_retained_messages_are_ignored_and_said_once(
    server: MosquittoServer, topic: str, version: str, caplog: pytest.LogCaptureFixture
) -> None:
    await server.publish(f"{topic}/a", [b"old one"], retain=True)
    await server.publish(f"{topic}/b", [b"old two"], retain=True)
    hands = Hands()
    with caplog.at_level(logging.DEBUG):
        async with consuming(MqttConnector(subscriber(server, f"{topic}/+", version=version)), hands):
            await server.publish(f"{topic}/a", [b"new"], retain=True)
            assert (await hands.next()).body == b"new"
            await until_left(server, f"{topic}/+", 0)
    assert hands.unseen == []
    assert len([each for each in caplog.messages if "retained" in each]) == 1
    assert "old one" not in caplog.text
    assert "new" not in caplog.text


@pytest.mark.feature("F067")
@VERSIONS
async def test_wildcards(server: MosquittoServer, topic: str, version: str) -> None:
    hands = Hands()
    async with consuming(MqttConnector(subscriber(server, f"{topic}/+/in/#", version=version)), hands):
        await server.publish(f"{topic}/a/out", [b"no"])
        await server.publish(f"{topic}/a/in", [b"1"])
        await server.publish(f"{topic}/b/in/x/y", [b"2"])
        assert [(await hands.next()).body for _ in range(2)] == [b"1", b"2"]


@VERSIONS
async def test_two_share_the_messages(server: MosquittoServer, topic: str, version: str) -> None:
    hands = [Hands(), Hands()]
    one, two = (
        MqttConnector(subscriber(server, f"$share/gates/{topic}", version=version, client_id=f"{version}-{which}"))
        for which in ("one", "two")
    )
    async with consuming(one, hands[0]), consuming(two, hands[1]):
        await server.publish(topic, [b"%d" % number for number in range(40)])
        await until_so(lambda: sum(len(each.unseen) for each in hands) == 40)
    shares = [each.unseen for each in hands]
    assert all(shares)
    assert sorted(shares[0] + shares[1], key=int) == [b"%d" % number for number in range(40)]


@VERSIONS
async def test_after_the_topic_was_changed_the_old_one_is_left(
    server: MosquittoServer, topic: str, version: str, caplog: pytest.LogCaptureFixture
) -> None:
    same = {"version": version, "client_id": client_id(topic)}
    async with consuming(MqttConnector(subscriber(server, topic, **same)), Hands()):
        await server.publish(topic, [b"old"])
    hands = Hands()
    async with consuming(MqttConnector(subscriber(server, f"{topic}/new", **same)), hands):
        await server.publish(topic, [b"of the old topic"])
        await server.publish(f"{topic}/new", [b"new"])
        assert (await hands.next()).body == b"new"
        await until_so(lambda: f"Received UNSUBSCRIBE from {client_id(topic)}" in server.log())
        await until_left(server, topic, 0)
    assert "no longer subscribed" in caplog.text


@VERSIONS
async def test_presence(server: MosquittoServer, topic: str, version: str) -> None:
    status = f"{topic}/status"
    async with server.listening(status) as heard, CutProxy(server.port) as line:
        who = subscriber(server, topic, version=version, status_topic=status, port=str(line.port))
        async with consuming(MqttConnector(who), Hands()) as task:
            assert await asyncio.wait_for(heard.get(), 5) == b"online"
            line.cut()
            await trouble_of(task)
            assert await asyncio.wait_for(heard.get(), 5) == b"offline"
        async with consuming(MqttConnector(who), Hands()):
            assert await asyncio.wait_for(heard.get(), 5) == b"online"
        assert await asyncio.wait_for(heard.get(), 5) == b"offline"
        assert heard.empty()
    async with server.listening(status) as late:
        assert await asyncio.wait_for(late.get(), 5) == b"offline"


@pytest.mark.feature("F066")
@VERSIONS
async def test_the_broker_sees_the_client_id(server: MosquittoServer, topic: str, version: str) -> None:
    for given, seen in (("till-7", "till-7"), ("", "otppi-shop-")):
        async with consuming(MqttConnector(subscriber(server, topic, version=version, client_id=given)), Hands()):
            protocol = "p2" if version == "3.1.1" else "p5"
            lines = [each for each in server.log().splitlines() if f" as {seen}" in each]
            assert f"({protocol}, c0, k2, u'shop')" in lines[-1]


@pytest.mark.feature("F067")
@VERSIONS
async def test_who_may_not_is_told_why(server: MosquittoServer, topic: str, version: str) -> None:
    wrong = MqttConnector(subscriber(server, topic, "wrong", version=version))
    weak = MqttConnector(subscriber(server, topic, version=version, username=WEAK_USER))
    for connector, what in ((wrong, "login"), (weak, "permission")):
        for doing in (connector.connect, connector.check):
            assert (await trouble_of(doing())).what == what
            await connector.close()


@pytest.mark.feature("F064")
async def test_where_nothing_listens_is_said(server: MosquittoServer, topic: str) -> None:
    connector = MqttConnector(subscriber(server, topic, port=str(free_port())))
    assert (await trouble_of(connector.connect())).what == "connect"
    await connector.close()


@pytest.mark.feature("F065")
@VERSIONS
async def test_tls(server: MosquittoServer, topic: str, version: str) -> None:
    port = str(server.tls_port)
    hands = Hands()
    who = subscriber(server, topic, version=version, port=port, tls="yes", tls_ca=str(server.ca))
    async with consuming(MqttConnector(who), hands):
        await server.publish(topic, [b"sealed"])
        assert (await hands.next()).body == b"sealed"
    stranger = MqttConnector(subscriber(server, topic, version=version, port=port, tls="yes"))
    assert (await trouble_of(stranger.connect())).what == "tls"
    plain_port = MqttConnector(subscriber(server, topic, version=version, tls="yes", tls_ca=str(server.ca)))
    assert (await trouble_of(plain_port.connect())).what == "tls"
    no_tls = MqttConnector(subscriber(server, topic, version=version, port=port))
    assert (await trouble_of(no_tls.connect())).what == "protocol"
    for each in (stranger, plain_port, no_tls):
        await each.close()


@VERSIONS
async def test_check_disturbs_nobody(server: MosquittoServer, topic: str, version: str) -> None:
    shared = f"$share/gates/{topic}"
    hands = Hands()
    async with consuming(MqttConnector(subscriber(server, shared, version=version)), hands) as task:
        await MqttConnector(subscriber(server, shared, version=version)).check()
        await MqttConnector(subscriber(server, topic, version=version)).check()
        await server.publish(topic, [b"1", b"2"])
        assert [(await hands.next()).body for _ in range(2)] == [b"1", b"2"]
        assert not task.done()


@VERSIONS
async def test_replies(server: MosquittoServer, topic: str, version: str) -> None:
    connector = MqttConnector(subscriber(server, topic, version=version))
    async with server.listening(f"{topic}/back") as heard, consuming(connector, Hands()) as task:
        await asyncio.gather(*(connector.reply(f"{topic}/back", b"%d" % number) for number in range(50)))
        assert [heard.get_nowait() for _ in range(heard.qsize())] == [b"%d" % number for number in range(50)]
        for none in (f"{topic}/#", "a/+", "", "\0"):
            assert (await trouble_of(connector.reply(none, b"x"))).what == "topic"
        assert not task.done()


@pytest.mark.feature("F068")
@VERSIONS
async def test_health(server: MosquittoServer, topic: str, version: str) -> None:
    async with CutProxy(server.port) as line:
        connector = MqttConnector(subscriber(server, topic, version=version, port=str(line.port)))
        async with consuming(connector, Hands()) as task:
            await connector.health()
            line.freeze()
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(connector.health(), 0.3)
            started = time.monotonic()
            await connector.close()
            assert time.monotonic() - started < 2
            assert (await trouble_of(task)).what == "lost"
        assert (await trouble_of(connector.health())).what == "lost"


@pytest.mark.feature("F068")
@VERSIONS
async def test_a_silent_broker_is_given_up_after_the_timeout(server: MosquittoServer, topic: str, version: str) -> None:
    async with CutProxy(server.port) as line:
        line.freeze()
        who = subscriber(server, topic, version=version, port=str(line.port), timeout="300ms")
        connector = MqttConnector(who)
        trouble = await trouble_of(connector.connect())
        assert (trouble.what, "0.3 s" in trouble.words) == ("connect", True)
        await connector.close()


@VERSIONS
async def test_whose_client_id_is_taken_loses_the_connection(server: MosquittoServer, topic: str, version: str) -> None:
    who = subscriber(server, topic, version=version)
    async with consuming(MqttConnector(who), Hands()) as first, consuming(MqttConnector(who), Hands()):
        trouble = await trouble_of(first)
    assert trouble.what == "lost"
    assert "client id" in trouble.words


@VERSIONS
async def test_ten_thousand_over_restarts_of_the_broker(tmp_path: Path, topic: str, version: str) -> None:
    server = MosquittoServer(tmp_path / "mosquitto")
    server.start()
    try:
        who = subscriber(server, topic, version=version)
        seen: set[bytes] = set()
        async with consuming(MqttConnector(who), Hands()):
            wanted = {b"%d" % number for number in range(10_000)}
        await server.publish(topic, sorted(wanted))
        for stop_at in (2_000, 6_000, 10_000):
            hands = Hands()
            async with consuming(MqttConnector(who), hands) as task:
                while len(seen) < stop_at:
                    seen.add((await hands.next()).body)
                if stop_at < 10_000:
                    await asyncio.to_thread(server.stop)
                    await trouble_of(task)
                    await asyncio.to_thread(server.start)
                else:  # what comes again may come last
                    await until_left(server, topic, 0)
            seen |= set(hands.unseen)
        assert seen == wanted
        assert await server.left(topic) == 0
    finally:
        server.stop()
