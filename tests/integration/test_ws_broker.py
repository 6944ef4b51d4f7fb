"""`otppi ws-broker` as a process: who is let in, what goes to whom, its limits, TLS, changed files, and its end."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from broker_server import PASSWORD, USER, started, until
from certificates import write_authority
from websockets.exceptions import ConnectionClosed, InvalidStatus
from ws_broker_server import WsBrokerServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from websockets.asyncio.client import ClientConnection

pytestmark = pytest.mark.process

BASIC = "Basic c2hvcDpDb3JyZWN0LUhvcnNlLTc="
"""Of USER."""


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WsBrokerServer]:
    with started(WsBrokerServer(tmp_path_factory.mktemp("ws"))) as running:
        yield running


@pytest.fixture
def own(tmp_path: Path) -> Iterator[WsBrokerServer]:
    """A broker that the test may spoil."""
    server = WsBrokerServer(tmp_path)
    server.start()
    yield server
    server.stop()


def answer(port: int, *headers: str, target: str = "/ws?topic=sms") -> str:
    """What a request gets, its date left out; of a WebSocket only the head."""
    lines = (f"GET {target} HTTP/1.1", "Host: 127.0.0.1", *headers, "Upgrade: websocket", "Connection: Upgrade")
    request = "\r\n".join([*lines, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13", "", ""])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(request.encode())
        got = b""
        while data := line.recv(4096):
            got += data
            if got.startswith(b"HTTP/1.1 101") and b"\r\n\r\n" in got:
                break
    return re.sub(r"Date: .*\r\n", "", got.decode())


async def first(client: ClientConnection) -> str | bytes:
    async with asyncio.timeout(20):
        return await client.recv()


async def read_out(client: ClientConnection) -> list[str | bytes]:
    """All that comes until it is closed orderly."""
    async with asyncio.timeout(20):
        return [message async for message in client]


async def end_of(client: ClientConnection) -> int | None:
    """The close code that comes, whatever comes before."""
    with suppress(ConnectionClosed):
        await read_out(client)
    return client.close_code


def test_who_signs_in_is_let_in(broker: WsBrokerServer) -> None:
    head = answer(broker.port, f"Authorization: {BASIC}")
    assert head.startswith("HTTP/1.1 101 ")
    assert "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in head
    assert "Server:" not in head
    assert "Extensions" not in head


@pytest.mark.feature("F141")
def test_who_does_not_sign_in_gets_one_answer_before_any_upgrade(own: WsBrokerServer) -> None:
    wrong = (
        (),
        (f"Authorization: {BASIC[:-3]}A==",),
        ("Authorization: Basic bm9ib2R5OkNvcnJlY3QtSG9yc2UtNw==",),
        ("Authorization: Basic ???",),
        (f"Authorization: Bearer {BASIC[6:]}",),
    )
    answers = {answer(own.port, *headers, target=target) for headers in wrong for target in ("/ws?topic=sms",)}
    assert len(answers) == 1
    (said,) = answers
    assert said.startswith("HTTP/1.1 401 ")
    assert 'WWW-Authenticate: Basic realm="ws-broker", charset="UTF-8"\r\n' in said
    assert PASSWORD not in own.log.read_text()


def test_a_repeated_header_is_nobody(broker: WsBrokerServer) -> None:
    assert answer(broker.port, f"Authorization: {BASIC}", f"Authorization: {BASIC}").startswith("HTTP/1.1 401 ")


@pytest.mark.feature("F051")
@pytest.mark.parametrize(
    "query", ["", "?topic=", "?topic=a&topic=b", f"?topic={'a' * 257}", "?topic=a%0Ab", "?topic=%FF"]
)
def test_a_topic_must_be_given_once_and_be_readable(broker: WsBrokerServer, query: str) -> None:
    assert answer(broker.port, f"Authorization: {BASIC}", target=f"/ws{query}").startswith("HTTP/1.1 400 ")


def test_a_topic_of_256_characters_is_taken(broker: WsBrokerServer) -> None:
    target = f"/ws?token=1&topic={'%C3%A4' * 256}"
    assert answer(broker.port, f"Authorization: {BASIC}", target=target).startswith("HTTP/1.1 101 ")


@pytest.mark.feature("F049")
def test_only_the_path_that_was_told_is_served(tmp_path: Path) -> None:
    server = WsBrokerServer(tmp_path, "--path", "/ws")
    server.start()
    try:
        got = {
            path: answer(server.port, f"Authorization: {BASIC}", target=f"{path}?topic=sms").split()[1]
            for path in ("/ws", "/ws/", "/ws/deeper", "/", "/wsx", "/other")
        }
    finally:
        server.stop()
    assert got == {"/ws": "101", "/ws/": "101", "/ws/deeper": "101", "/": "404", "/wsx": "404", "/other": "404"}


@pytest.mark.feature("F141")
async def test_a_message_goes_to_all_of_its_topic_but_the_sender(broker: WsBrokerServer) -> None:
    async with (
        broker.client("a") as one,
        broker.client("a", "weak") as two,
        broker.client("a ") as near,
        broker.client("a") as sender,
    ):
        await sender.send("text")
        await sender.send(b"\xff\x00")
        assert [await first(one), await first(one)] == ["text", b"\xff\x00"]
        assert [await first(two), await first(two)] == ["text", b"\xff\x00"]
        # Whatever came to the sender or to another topic would come before these.
        await one.send("from one")
        assert await first(sender) == "from one"
        async with broker.client("a ") as neighbour:
            await neighbour.send("near")
            assert await first(near) == "near"
    assert "from one" not in broker.log.read_text()


async def test_who_does_not_read_is_put_out_and_holds_up_nobody(broker: WsBrokerServer) -> None:
    body, count = b"x" * 60_000, 400
    async with broker.client("slow") as reader, broker.client("slow") as sender:
        lazy = broker.client("slow")
        # Room for little in the client itself: it stops reading after a few frames.
        async with await lazy as sleeper:
            sleeper.transport.pause_reading()
            for _ in range(count):
                await sender.send(body)
                assert await first(reader) == body
            sleeper.transport.resume_reading()
            assert await end_of(sleeper) in (1013, 1006)
            async with broker.client("slow") as late:
                await sender.send("it goes on")
                assert await first(late) == "it goes on"
    assert "client put out user=shop topic=slow code=1013" in broker.log.read_text()


async def test_a_message_may_have_64_kib(broker: WsBrokerServer) -> None:
    async with broker.client("big") as reader, broker.client("big") as sender:
        await sender.send("x" * 65_536)
        assert len(await first(reader)) == 65_536
        await sender.send("x" * 65_537)
        assert await end_of(sender) == 1009


async def test_text_must_be_utf_8(broker: WsBrokerServer) -> None:
    async with broker.client("utf") as sender:
        await sender.send(b"\xff", text=True)
        assert await end_of(sender) == 1007


async def test_a_user_has_at_most_100_connections(own: WsBrokerServer) -> None:
    clients = [await own.client("many") for _ in range(100)]
    with pytest.raises(InvalidStatus) as refused:
        await own.client("many")
    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["Retry-After"] == "10"
    async with own.client("many", "weak") as other:
        await other.send("to all")
        assert {await first(client) for client in clients} == {"to all"}
    await clients.pop().close()
    async with own.client("many"):
        assert clients
    for client in clients:
        await client.close()


@pytest.mark.feature("F048")
async def test_tls_serves_the_same_topics(broker: WsBrokerServer) -> None:
    async with broker.client("safe", tls=True) as reader, broker.client("safe") as sender:
        await sender.send("over")
        assert await first(reader) == "over"
        await reader.send("and back")
        assert await first(sender) == "and back"


async def test_a_new_certificate_is_taken_up(own: WsBrokerServer) -> None:
    before = await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", own.tls_port))
    async with own.client("safe", tls=True) as standing:
        own.ca, own.certificate, own.key = write_authority(own.certificate.parent)
        await asyncio.to_thread(
            until, lambda: ssl.get_server_certificate(("127.0.0.1", own.tls_port)) != before, "the new one is served"
        )
        async with own.client("safe", tls=True) as fresh:
            await fresh.send("new")
            assert await first(standing) == "new"


async def test_who_is_removed_is_put_out_and_who_comes_is_let_in(own: WsBrokerServer) -> None:
    async with own.client("u") as removed, own.client("u", "weak") as changed:
        own.write_users({"weak": "other-Horse-8", "late": PASSWORD})
        assert [await end_of(removed), await end_of(changed)] == [1008, 1008]
        async with own.client("u", "late"), own.client("u", "weak", "other-Horse-8"):
            for user, password in ((USER, PASSWORD), ("weak", PASSWORD)):
                with pytest.raises(InvalidStatus) as refused:
                    await own.client("u", user, password)
                assert refused.value.response.status_code == 401


async def test_a_users_file_that_cannot_be_used_changes_nothing(own: WsBrokerServer) -> None:
    async with own.client("u") as standing:
        own.users.chmod(0o644)
        await asyncio.to_thread(until, lambda: "may be read by others" in own.log.read_text(), "it is said")
        async with own.client("u") as fresh:
            await fresh.send("still here")
            assert await first(standing) == "still here"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_goes_with_1001(own: WsBrokerServer, number: signal.Signals) -> None:
    async with own.client("end") as client, own.client("end", tls=True) as safe:
        with socket.create_connection(("127.0.0.1", own.port)):
            code = asyncio.create_task(asyncio.to_thread(own.signal, number))
            assert [await end_of(client), await end_of(safe)] == [1001, 1001]
            assert await code == 0


def command(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    whole = [sys.executable, "-m", "otppi", "ws-broker", *arguments]
    return subprocess.run(whole, input=stdin, capture_output=True, text=True, timeout=30, check=False)


def test_what_keeps_it_from_starting_is_said(broker: WsBrokerServer, tmp_path: Path) -> None:
    users, missing = os.fspath(broker.users), tmp_path / "missing"
    open_file = tmp_path / "open"
    open_file.write_text("")
    open_file.chmod(0o640)
    for arguments, words in (
        (("--users", users, "--port", str(broker.port)), f"cannot listen on 127.0.0.1 port {broker.port}"),
        (("--users", os.fspath(missing)), f"{missing} cannot be read: No such file"),
        (("--users", os.fspath(open_file)), f"chmod 600 {open_file}"),
        (("--users", users, "--tls-cert", os.fspath(missing)), f"{missing} cannot be read"),
        (("--users", users, "--tls-port", "0"), "give --tls-cert"),
        (("--users", users, "--path", "ws"), "a path begins with /"),
    ):
        done = command(*arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("form", ["words", "json"])
def test_port_0_is_a_free_one_and_is_said(broker: WsBrokerServer, form: str) -> None:
    whole = [sys.executable, "-m", "otppi", "ws-broker", "--users", os.fspath(broker.users), "--port", "0"]
    whole += ["--json"] if form == "json" else []
    with subprocess.Popen(whole, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        said = re.fullmatch(r".* listening on ws://127.0.0.1:(\d+)\n", line)
        port = json.loads(line)["port"] if said is None else int(said[1])
        assert (said is None) == (form == "json")
        try:
            assert answer(port, f"Authorization: {BASIC}").startswith("HTTP/1.1 101 ")
        finally:
            process.terminate()
    assert process.returncode == 0


def test_users_are_kept_with_the_command(tmp_path: Path) -> None:
    place = ("--users", os.fspath(tmp_path / "users"))
    assert (
        command("user", "add", "shop", *place, "--password-stdin", stdin=f"{PASSWORD}\n").stdout == "user shop added\n"
    )
    assert "there is a user 'shop'" in command("user", "add", "shop", *place, "--password-stdin", stdin="x\n").stderr
    assert "is 1 to 64" in command("user", "add", "a:b", *place, "--password-stdin", stdin=f"{PASSWORD}\n").stderr
    content = (tmp_path / "users").read_text()
    assert content.startswith("shop:$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORD not in content
    assert (tmp_path / "users").stat().st_mode & 0o777 == 0o600
    assert command("user", "set", "shop", *place, "--password-stdin", stdin="Other-Horse-8\n").returncode == 0
    assert (tmp_path / "users").read_text() != content
    assert json.loads(command("user", "list", *place, "--json").stdout) == [{"name": "shop"}]
    assert command("user", "remove", "shop", *place).stdout == "user shop removed\n"
    assert "there is no user 'shop'" in command("user", "remove", "shop", *place).stderr
    assert command("user", "list", *place).stdout == "no users\n"


def test_the_command_imports_neither_web_nor_websockets_before_it_serves(broker: WsBrokerServer) -> None:
    code = (
        "import sys; from otppi.cli.main import main; "
        f"code = main(['ws-broker', 'user', 'list', '--users', {str(broker.users)!r}]); "
        "loaded = {name.partition('.')[0] for name in sys.modules}; "
        "sys.exit(code or len(loaded & {'websockets', 'litestar', 'uvicorn', 'argon2', 'cryptography'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (0, "NAME\nshop\nweak\n")
