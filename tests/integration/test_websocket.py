"""The WebSocket door at peers of its own and at our broker: the README's handshake, taking, replying, every trouble."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from typing import TYPE_CHECKING, Any

import pytest
from broker_server import PASSWORD as SHOP_PASSWORD
from broker_server import free_port, started
from certificates import write_authority
from ws_broker_server import WsBrokerServer
from ws_peer import PASSWORD, accepted, key_of, peer, raw, subscriber

from otppi.domain.secret import Secret
from otppi.domain.subscriber import Method, Subscriber
from otppi.intake.brokers.websocket import WebSocketConnector, target
from otppi.ports.connector import BODY_MOST, OPEN_MOST, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from websockets.asyncio.server import ServerConnection
    from websockets.http11 import Request, Response

    from otppi.ports.connector import Arrival

pytestmark = pytest.mark.process

EXAMPLE = """GET /ws?topic=sms HTTP/1.1
Host: domain.example:8000
Authorization: Basic dXNlcm5hbWU6cGFzc3dvcmQ=
Upgrade: websocket
Connection: Upgrade
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
Sec-WebSocket-Version: 13

"""
"""The handshake of the OTP-Pi README."""


class Taking:
    """Runs `consume` and keeps what it takes, until the block ends; `held` is what a take waits for."""

    def __init__(self, connector: WebSocketConnector) -> None:
        self.connector = connector
        self.bodies: asyncio.Queue[bytes] = asyncio.Queue()
        self.held = asyncio.Event()
        self.held.set()
        self.ended = 0

    async def take(self, arrival: Arrival) -> None:
        self.bodies.put_nowait(arrival.body)
        await self.held.wait()
        self.ended += 1

    async def next(self) -> bytes:
        async with asyncio.timeout(20):
            return await self.bodies.get()

    async def __aenter__(self) -> Taking:
        await self.connector.connect()
        self.task = asyncio.create_task(self.connector.consume(self.take))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        await asyncio.wait({self.task})
        await self.connector.close()

    async def trouble(self) -> Trouble:
        """Why it ended."""
        async with asyncio.timeout(20):
            with pytest.raises(Trouble) as ended:
                await self.task
        return ended.value


async def trouble_of(connector: WebSocketConnector) -> Trouble:
    """Why it does not connect."""
    with pytest.raises(Trouble) as trouble:
        await connector.connect()
    await connector.close()
    assert PASSWORD not in trouble.value.words
    return trouble.value


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WsBrokerServer]:
    with started(WsBrokerServer(tmp_path_factory.mktemp("ws"))) as running:
        yield running


def shop(broker: WsBrokerServer, topic: str, password: str = SHOP_PASSWORD, **rows: str) -> Subscriber:
    values = broker.values(topic) | {name.replace("_ca", ".ca"): text for name, text in rows.items()}
    return Subscriber.of("shop", Method.WEBSOCKET, values, Secret(password))


@pytest.fixture
def redirected(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[tuple[Any, Any]]]:
    """Every host and port is the given port of this machine; keeps what was asked for."""

    def to(port: int) -> list[tuple[Any, Any]]:
        asked: list[tuple[Any, Any]] = []
        original = asyncio.BaseEventLoop.create_connection

        async def create(loop: Any, factory: Any, **more: Any) -> Any:
            asked.append((more["host"], more["port"]))
            return await original(loop, factory, **more | {"host": "127.0.0.1", "port": port})

        monkeypatch.setattr(asyncio.BaseEventLoop, "create_connection", create)
        return asked

    return to


@pytest.mark.feature("F140", "F049", "F050", "F051")
@pytest.mark.parametrize(("port", "host"), [(8000, "domain.example:8000"), (80, "domain.example")])
async def test_the_handshake_is_that_of_the_readme_to_the_octet(
    redirected: Callable[[int], list[tuple[Any, Any]]], port: int, host: str
) -> None:
    requests: list[bytes] = []

    async def then(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(request)
        writer.write(accepted(request))
        await reader.read()

    async with raw(then) as scratch:
        asked = redirected(scratch)
        connector = WebSocketConnector(subscriber(port, "password", host="domain.example"))
        await connector.connect()
        await connector.close()
    assert asked == [("domain.example", port)]
    (request,) = requests
    expected = EXAMPLE.replace("\n", "\r\n").replace("domain.example:8000", host)
    assert request.decode().replace(key_of(request), "dGhlIHNhbXBsZSBub25jZQ==") == expected


@pytest.mark.feature("F051", "F049")
@pytest.mark.parametrize(
    ("path", "topic", "wanted"),
    [
        ("/ws", "sms", "/ws?topic=sms"),
        ("", "sms", "/?topic=sms"),
        ("ws/", "sms", "/ws/?topic=sms"),
        ("/ws?token=a%20b&x", "sms", "/ws?token=a%20b&x&topic=sms"),
        ("/ws?topic=old&a=1&top%69c=older", "sms", "/ws?a=1&topic=sms"),
        ("/ws", "a b&c=d/ü", "/ws?topic=a%20b%26c%3Dd%2F%C3%BC"),
        ("/ä?ö=1", "sms", "/%C3%A4?%C3%B6=1&topic=sms"),
    ],
)
def test_the_topic_goes_into_the_query_and_replaces_another(path: str, topic: str, wanted: str) -> None:
    assert "?".join(target(path, topic)) == wanted


@pytest.mark.feature("F050")
async def test_without_name_and_password_there_is_no_authorization() -> None:
    async with peer() as far:
        connector = WebSocketConnector(Subscriber.of("shop", Method.WEBSOCKET, {"port": str(far.port), "topic": "sms"}))
        await connector.connect()
        (connection,) = far.connections
        assert connection.request is not None
        assert "Authorization" not in connection.request.headers
        await connector.close()


@pytest.mark.feature("F047", "F051")
async def test_text_and_binary_are_taken_in_order(broker: WsBrokerServer) -> None:
    bodies = [b'{"command":"echo"}', b"\xff\x00", "é".encode(), b""]
    async with Taking(WebSocketConnector(shop(broker, "in order"))) as taking:
        await broker.publish("in other", [b"not ours"])
        await broker.publish("in order", bodies)
        assert [await taking.next() for _ in bodies] == bodies
        await taking.connector.health()
    assert taking.ended == len(bodies)


@pytest.mark.feature("F048")
async def test_tls_with_the_owner_s_authority_and_not_without(broker: WsBrokerServer, tmp_path: Path) -> None:
    ours = {"tls": "true", "port": str(broker.tls_port), "tls_ca": str(broker.ca)}
    async with Taking(WebSocketConnector(shop(broker, "safe", **ours))) as taking:
        await broker.publish("safe", [b"over TLS"])
        assert await taking.next() == b"over TLS"
    other, *_ = write_authority(tmp_path)
    for rows in (ours | {"tls_ca": str(other)}, ours | {"tls_ca": ""}, ours | {"port": str(broker.port)}):
        trouble = await trouble_of(WebSocketConnector(shop(broker, "safe", **rows)))
        assert trouble.what == "tls"
    with pytest.raises(Trouble, match=r"tls\.ca"):
        WebSocketConnector(shop(broker, "safe", **ours | {"tls_ca": str(tmp_path / "missing")}))
    plain = await trouble_of(WebSocketConnector(shop(broker, "safe", port=str(broker.tls_port))))
    assert (plain.what, "check host, port, tls" in plain.words) == ("protocol", True)


@pytest.mark.feature("F050")
async def test_a_wrong_password_is_said(broker: WsBrokerServer) -> None:
    connector = WebSocketConnector(shop(broker, "sms", "Wrong-Horse-7"))
    with pytest.raises(Trouble, match="check username and password") as trouble:
        await connector.check()
    assert trouble.value.what == "login"


async def test_a_name_with_a_colon_cannot_be_sent() -> None:
    assert (await trouble_of(WebSocketConnector(subscriber(1, username="a:b")))).what == "login"


@pytest.mark.parametrize(
    ("status", "what", "words"),
    [
        (401, "login", "check username and password"),
        (403, "login", "check username and password"),
        (404, "topic", "check path and topic"),
        (429, "protocol", "full or busy"),
        (503, "protocol", "full or busy"),
        (500, "protocol", "status 500"),
        (200, "protocol", "status 200"),
    ],
)
async def test_a_status_says_what_to_look_at(status: int, what: str, words: str) -> None:
    def answer(connection: ServerConnection, _: Request) -> Response:
        return connection.respond(status, "canary text")

    async with peer(answer) as far:
        trouble = await trouble_of(WebSocketConnector(subscriber(far.port)))
    assert trouble.what == what
    assert words in trouble.words
    assert f"127.0.0.1 port {far.port}" in trouble.words
    assert "canary" not in trouble.words


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    async with peer() as elsewhere:

        def answer(connection: ServerConnection, _: Request) -> Response:
            response = connection.respond(status, "")
            response.headers["Location"] = f"ws://127.0.0.1:{elsewhere.port}/"
            return response

        async with peer(answer) as far:
            trouble = await trouble_of(WebSocketConnector(subscriber(far.port)))
        assert (trouble.what, elsewhere.requests) == ("protocol", [])
        assert "elsewhere" in trouble.words


@pytest.mark.parametrize(
    "said",
    [b"", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 101 Switching Protocols\r\n\r\n", b"\x15\x03\x01\x00\x02\x02F" * 3],
)
async def test_what_is_no_websocket_is_said(said: bytes) -> None:
    async def then(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)

    async with raw(then) as port:
        trouble = await trouble_of(WebSocketConnector(subscriber(port)))
    assert (trouble.what, "does not answer as a WebSocket server" in trouble.words) == ("protocol", True)


@pytest.mark.feature("F052")
async def test_a_host_that_says_nothing_is_given_up_after_the_timeout() -> None:
    async def then(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with raw(then) as port:
        trouble = await trouble_of(WebSocketConnector(subscriber(port, timeout="200ms")))
    assert (trouble.what, "within 0.2 s" in trouble.words) == ("connect", True)


@pytest.mark.parametrize(
    ("host", "what"), [("127.0.0.1", "connect"), ("broker.invalid", "name"), ("a" * 70, "name"), ("a:b", "name")]
)
async def test_a_host_that_is_not_there_is_said(host: str, what: str) -> None:
    assert (await trouble_of(WebSocketConnector(subscriber(free_port(), host=host)))).what == what


async def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "ws_proxy", "socks_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
        monkeypatch.setenv(name.upper(), f"http://127.0.0.1:{free_port()}")
    async with peer() as far:
        await WebSocketConnector(subscriber(far.port)).check()
    assert far.requests == ["/ws?topic=sms"]


async def test_nothing_secret_is_logged_at_any_level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with peer() as far, Taking(WebSocketConnector(subscriber(far.port))) as taking:
        await far.connections[0].send("canary body")
        assert await taking.next() == b"canary body"
        await taking.connector.reply("answers", b"canary reply")
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("otppi")]
    assert [text for text in ours if re.search(r"canary|Canary|dXNlcm5h", text)] == []


async def test_a_long_body_is_handed_on_cut_and_one_beyond_1_mib_ends_it() -> None:
    async with peer() as far, Taking(WebSocketConnector(subscriber(far.port))) as taking:
        await far.connections[0].send("x" * 65_536)
        await far.connections[0].send("y" * (1024 * 1024))
        assert [len(await taking.next()), len(await taking.next())] == [65_536, BODY_MOST]
        await far.connections[0].send("z" * (1024 * 1024 + 1))
        trouble = await taking.trouble()
    assert (trouble.what, "code 1009" in trouble.words) == ("protocol", True)


async def test_at_most_1000_are_open_at_a_time() -> None:
    async with peer() as far, Taking(WebSocketConnector(subscriber(far.port))) as taking:
        taking.held.clear()
        for number in range(OPEN_MOST + 1):
            await far.connections[0].send(str(number))
        for _ in range(OPEN_MOST):
            await taking.next()
        await taking.connector.health()
        assert taking.bodies.empty()
        taking.held.set()
        assert await taking.next() == str(OPEN_MOST).encode()


@pytest.mark.feature("F142")
async def test_only_a_reply_is_ever_sent_and_over_a_connection_of_its_own() -> None:
    async with peer() as far, Taking(WebSocketConnector(subscriber(far.port, path="/ws?a=1"))) as taking:
        await far.connections[0].send('{"command":"send-sms"}')
        await taking.next()
        await taking.connector.health()
        assert far.got == [[]]
        await taking.connector.reply("answers ü", '{"command":"echo","é":1}'.encode())
        assert far.requests == ["/ws?a=1&topic=sms", "/ws?a=1&topic=answers%20%C3%BC"]
        assert far.got == [[], ['{"command":"echo","é":1}']]
        assert far.connections[1].close_code == 1000
        await far.connections[0].send("still read")
        assert await taking.next() == b"still read"
    assert far.got[0] == []


@pytest.mark.feature("F142")
async def test_a_reply_reaches_who_listens(broker: WsBrokerServer) -> None:
    connector = WebSocketConnector(shop(broker, "asked"))
    async with broker.listening("answers") as heard, asyncio.timeout(20):
        await connector.reply("answers", b'{"response_code":"000"}')
        assert await heard.get() == b'{"response_code":"000"}'


async def test_a_reply_that_is_not_taken_is_a_trouble() -> None:
    async def then(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(accepted(request))
        await reader.read(1)

    async with raw(then) as port:
        with pytest.raises(Trouble, match=r"gone without a word|did not take the reply") as trouble:
            await WebSocketConnector(subscriber(port)).reply("answers", b"{}")
    assert trouble.value.what == "lost"


async def test_a_peer_that_answers_no_ping_is_lost() -> None:
    async def then(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(accepted(request))
        with contextlib.suppress(ConnectionError):
            await reader.read()

    async with raw(then) as port:
        async with Taking(WebSocketConnector(subscriber(port, heartbeat="1s", timeout="100ms"))) as taking:
            trouble = await taking.trouble()
        assert (trouble.what, "did not answer within 0.1 s" in trouble.words) == ("lost", True)
        with pytest.raises(Trouble, match="did not answer") as silent:
            await WebSocketConnector(subscriber(port, timeout="100ms")).check()
        assert silent.value.what == "lost"


@pytest.mark.parametrize(
    ("code", "what", "words"),
    [(1001, "lost", "code 1001"), (1008, "permission", "1008, too few rights"), (1013, "lost", "1013")],
)
async def test_a_close_says_its_code(code: int, what: str, words: str) -> None:
    async with peer() as far, Taking(WebSocketConnector(subscriber(far.port))) as taking:
        await far.connections[0].close(code, "too few rights" if code == 1008 else "")
        trouble = await taking.trouble()
        assert (trouble.what, words in trouble.words) == (what, True)
        with pytest.raises(Trouble) as health:
            await taking.connector.health()
    assert health.value.what == what


async def test_a_broker_that_dies_is_lost(tmp_path: Path) -> None:
    server = WsBrokerServer(tmp_path)
    server.start()
    try:
        async with Taking(WebSocketConnector(shop(server, "sms"))) as taking:
            server.kill()
            assert (await taking.trouble()).what == "lost"
            with pytest.raises(Trouble):
                await taking.connector.health()
    finally:
        server.stop()


async def test_who_hangs_up_right_after_the_handshake_is_asked_about_the_password() -> None:
    async def then(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(accepted(request))

    async with raw(then) as port:
        with pytest.raises(Trouble, match="check username, password") as trouble:
            await WebSocketConnector(subscriber(port)).check()
    assert trouble.value.what == "login"


async def test_a_stop_takes_what_was_on_its_way_and_lets_it_end() -> None:
    async with peer() as far:
        taking = Taking(WebSocketConnector(subscriber(far.port)))
        async with taking:
            taking.held.clear()
            for number in range(200):
                await far.connections[0].send(str(number))
            assert await taking.next() == b"0"
            taking.task.cancel()
            got = [int(await taking.next()) for _ in range(199)]
            assert (got, taking.ended, taking.task.done()) == (list(range(1, 200)), 0, False)
            taking.held.set()
            with pytest.raises(asyncio.CancelledError):
                await taking.task
        assert taking.ended == 200
        assert far.connections[0].close_code == 1000


async def test_close_and_health_without_a_connection() -> None:
    connector = WebSocketConnector(subscriber(1))
    await connector.close()
    with pytest.raises(Trouble) as trouble:
        await connector.health()
    assert trouble.value.what == "lost"


async def test_a_check_takes_nothing_from_anybody(broker: WsBrokerServer) -> None:
    async with Taking(WebSocketConnector(shop(broker, "checked"))) as taking:
        await WebSocketConnector(shop(broker, "checked")).check()
        await broker.publish("checked", [b"for the one"])
        assert await taking.next() == b"for the one"
