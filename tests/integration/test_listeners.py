"""Doors that open, move and close while clients use them, on real sockets of this machine."""

from __future__ import annotations

import asyncio
import socket
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from certificates import common_name, unverified, write_pair
from rest_world import HEAD, SMS, World
from store_world import inline

from otppi.app.alarms import Alarms
from otppi.intake.rest import server as server_module
from otppi.intake.rest.assembly import rest_app
from otppi.intake.rest.certificate import Certificate
from otppi.intake.rest.listeners import Listeners, Wanted
from otppi.intake.rest.server import CannotListen
from otppi.intake.rest.tls import PemFiles
from otppi.testing.clock import FakeClock

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from otppi.store import SqliteStore

pytestmark = [pytest.mark.process, pytest.mark.timeout(60)]


class Doors:
    """Listeners with what stands around them; `want` changes what is wanted, as an owner would."""

    def __init__(self, store: SqliteStore, folder: Path, host: str = "127.0.0.1") -> None:
        self.world = World()
        self.alarms = Alarms(store.registry, FakeClock(time.time()))
        self.wanted = Wanted(api=0)
        self.told: list[Mapping[Any, int | None]] = []
        self.folder = folder
        self.listeners = Listeners(
            rest_app(self.world.gateway, self.world.sign_in, lambda: self.world.settings),
            host,
            wanted=lambda: self.wanted,
            certificate=Certificate(lambda _now: self.pair, time.time, self.alarms),
            alarms=self.alarms,
            announce=self.told.append,
        )
        certificate, key = write_pair(folder, "self")
        self.pair = folder / "both.pem"
        self.pair.write_bytes(certificate.read_bytes() + key.read_bytes())
        self.task: asyncio.Task[None] | None = None

    async def run(self) -> None:
        await self.listeners.start()
        self.task = asyncio.create_task(self.listeners.run())
        await until(lambda: bool(self.told))

    async def want(self, **fields: Any) -> None:
        self.wanted = replace(self.wanted, **fields)
        self.listeners.look()
        await asyncio.sleep(0)

    async def end(self) -> None:
        if self.task is not None:
            self.task.cancel()
            await asyncio.wait({self.task})
        await self.listeners.stop(1.0)

    def port(self, door: Any = "api") -> int:
        port = self.listeners.ports[door]
        assert port is not None
        return port

    def alarm(self, kind: str, object_: str = "api") -> str:
        return "".join(each.remedy for each in self.alarms.standing if (each.kind, each.object) == (kind, object_))

    async def answers(self, port: int) -> bool:
        async with client() as http:
            try:
                return (await http.post(f"http://127.0.0.1:{port}/api/sms", json=SMS)).status_code == 200
            except httpx2.TransportError:
                return False

    async def refuses(self, port: int) -> None:
        """Wait until nobody listens there."""
        async with asyncio.timeout(5):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except ConnectionRefusedError:
                    return
                writer.close()

    async def certificate(self, port: int) -> str:
        """Whose certificate a handshake gets."""
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=unverified())
        try:
            seen: ssl.SSLObject = writer.get_extra_info("ssl_object")
            return common_name(seen.getpeercert(binary_form=True))
        finally:
            writer.close()


def client(**options: Any) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(auth=("user", "password"), trust_env=False, **{"verify": False, **options})


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - real sockets and real time, and the wait is short
            await asyncio.sleep(0.005)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = inline(tmp_path / "store.db")
    yield opened
    await opened.close()


@pytest.fixture
async def doors(store: SqliteStore, tmp_path: Path) -> AsyncIterator[Doors]:
    made = Doors(store, tmp_path)
    await made.run()
    yield made
    await made.end()


def taken() -> socket.socket:
    """A port that somebody else has."""
    return socket.create_server(("127.0.0.1", 0))


@pytest.mark.feature("F028")
async def test_a_port_moves_and_the_new_one_is_there_before_the_old_one_goes(doors: Doors) -> None:
    first = doors.port()
    with taken() as other:
        free = other.getsockname()[1]
    await doors.want(api=free)
    await until(lambda: doors.port() != first)
    assert await doors.answers(free)
    assert doors.told == [{"api": first, "https": None}, {"api": free, "https": None}]
    await doors.refuses(first)


@pytest.mark.feature("F028")
async def test_no_request_is_lost_while_a_port_moves_again_and_again(doors: Doors) -> None:
    """Clients keep connections, go on until told to close, and then find the new port where it is written."""
    answered: list[int] = []
    refused: list[int] = []
    stop = asyncio.Event()

    async def ask() -> None:
        while not stop.is_set():
            port = doors.told[-1]["api"]
            async with client() as http:
                for _ in range(200):
                    try:
                        answer = await http.post(f"http://127.0.0.1:{port}/api/sms", json=SMS)
                    except httpx2.ConnectError:
                        assert port != doors.told[-1]["api"], "refused on the port that is announced"
                        refused.append(port or 0)
                        break
                    assert answer.json()["response_code"] == "000"
                    answered.append(port or 0)
                    if answer.headers.get("connection") == "close" or stop.is_set():
                        break

    clients = [asyncio.create_task(ask()) for _ in range(8)]
    for _ in range(6):
        await asyncio.sleep(0.1)
        with taken() as other:
            free = other.getsockname()[1]
        await doors.want(api=free)
        await until(lambda port=free: doors.port() == port)  # type: ignore[misc]  # mypy wants no default here
    await until(lambda: len(set(answered)) == 7)
    stop.set()
    await asyncio.gather(*clients)
    assert len(answered) == len(doors.world.gateway.seen)


@pytest.mark.feature("F028")
async def test_a_request_in_flight_is_answered_and_its_connection_ends_in_order(doors: Doors) -> None:
    doors.world.gateway.hold = asyncio.Event()
    old = doors.port()
    async with client() as http:
        request = asyncio.create_task(http.post(f"http://127.0.0.1:{old}/api/sms", json=SMS))
        await doors.world.gateway.asked.wait()
        await doors.want(api=None)
        await until(lambda: doors.told[-1]["api"] is None)
        await asyncio.sleep(0.05)
        doors.world.gateway.hold.set()
        answer = await request
    assert (answer.status_code, answer.headers["connection"]) == (200, "close")
    await doors.refuses(old)


@pytest.mark.feature("F029")
async def test_a_connection_that_rests_gets_one_more_answer_after_http_is_off(doors: Doors) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", doors.port())
    request = f"{HEAD}Content-Length: 0\r\n\r\n".encode()
    writer.write(request)
    first = await reader.readuntil(b"\r\n\r\n")
    await doors.want(api=None)
    await until(lambda: doors.told[-1]["api"] is None)
    await asyncio.sleep(0.2)
    writer.write(request)
    rest = await reader.read()
    assert b"connection: close" not in first
    assert b"connection: close" in rest
    writer.close()
    await doors.want(api=0)
    await until(lambda: doors.told[-1]["api"] is not None)
    assert await doors.answers(doors.port())


@pytest.mark.feature("F028")
async def test_a_port_that_cannot_be_had_leaves_the_old_one_and_is_taken_once_it_is_free(doors: Doors) -> None:
    old = doors.port()
    with taken() as other:
        wanted = other.getsockname()[1]
        await doors.want(api=wanted)
        await until(lambda: doors.alarm("port"))
        assert doors.alarm("port") == (
            f"HTTP is not where it should be: port {wanted} on 127.0.0.1 is already in use; stop the other program or "
            f"choose another port; port {old} stays open"
        )
        assert await doors.answers(old)
    await until(lambda: doors.port() == wanted)
    assert doors.alarm("port") == ""
    assert await doors.answers(wanted)


async def test_taking_a_wish_back_clears_its_alarm(doors: Doors) -> None:
    with taken() as other:
        await doors.want(api=other.getsockname()[1])
        await until(lambda: doors.alarm("port"))
        await doors.want(api=0)
        await until(lambda: not doors.alarm("port"))
    assert len(doors.told) == 1


async def test_a_start_without_its_http_port_is_refused(store: SqliteStore, tmp_path: Path) -> None:
    doors = Doors(store, tmp_path)
    with taken() as other:
        doors.wanted = Wanted(api=other.getsockname()[1])
        with pytest.raises(CannotListen, match="is already in use"):
            await doors.run()
    await doors.end()


@pytest.mark.feature("F030", "F031")
async def test_https_opens_moves_and_closes_beside_http(doors: Doors) -> None:
    await doors.want(https=0)
    await until(lambda: doors.told[-1]["https"] is not None)
    first = doors.port("https")
    assert await doors.certificate(first) == "self"
    async with client() as http:
        answer = await http.post(f"https://127.0.0.1:{first}/api/sms", json=SMS)
        assert answer.json()["response_code"] == "000"
        assert "strict-transport-security" not in answer.headers
    with taken() as other:
        free = other.getsockname()[1]
    await doors.want(https=free)
    await until(lambda: doors.told[-1]["https"] == free)
    assert await doors.certificate(free) == "self"
    assert await doors.answers(doors.port())
    await doors.want(https=None)
    await until(lambda: doors.told[-1]["https"] is None)
    await doors.refuses(free)


@pytest.mark.feature("F031")
async def test_an_own_certificate_is_served_and_follows_its_files(doors: Doors, tmp_path: Path) -> None:
    files = PemFiles(*write_pair(tmp_path, "own"))
    await doors.want(https=0, files=files)
    await until(lambda: doors.told[-1]["https"] is not None)
    port = doors.port("https")
    assert await doors.certificate(port) == "own"
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=unverified())
    for source, target in zip(write_pair(tmp_path, "newer"), (files.certificate, files.key), strict=True):
        assert target is not None
        source.replace(target)
    async with asyncio.timeout(5):
        while await doors.certificate(port) != "newer":  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)
    writer.write(f"{HEAD}Connection: close\r\nContent-Length: 0\r\n\r\n".encode())
    assert (await reader.read()).startswith(b"HTTP/1.1 400"), "a connection that stood goes on"
    writer.close()


async def test_https_without_a_usable_certificate_stays_closed_and_http_open(doors: Doors, tmp_path: Path) -> None:
    await doors.want(https=0, files=PemFiles(tmp_path / "later.crt", tmp_path / "later.key"))
    await until(lambda: doors.alarm("certificate", "https"))
    assert doors.listeners.ports["https"] is None
    assert await doors.answers(doors.port())
    write_pair(tmp_path, "later")
    await until(lambda: doors.told[-1]["https"] is not None)
    assert await doors.certificate(doors.port("https")) == "later"


@pytest.mark.feature("F028", "F030")
async def test_a_door_takes_the_port_that_the_other_one_leaves_in_the_same_change(doors: Doors) -> None:
    await doors.want(https=0)
    await until(lambda: doors.told[-1]["https"] is not None)
    left = doors.port()
    await doors.want(api=None, https=left)
    await until(lambda: doors.told[-1] == {"api": None, "https": left})
    assert await doors.certificate(left) == "self"
    assert doors.alarm("port", "https") == ""


async def test_what_is_no_handshake_is_cut_off_and_harms_nobody(
    doors: Doors, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server_module, "HANDSHAKE_SECONDS", 0.2)
    await doors.want(https=0)
    await until(lambda: doors.told[-1]["https"] is not None)
    port = doors.port("https")
    for said in (b"", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01"):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(said)
        async with asyncio.timeout(5):
            assert b"HTTP" not in await reader.read()
        writer.close()
    assert await doors.certificate(port) == "self"
    assert [record for record in caplog.records if record.levelname in {"ERROR", "CRITICAL"}] == []


@pytest.mark.parametrize(
    ("host", "clear_ok", "warned"), [("127.0.0.1", False, False), ("0.0.0.0", True, False), ("0.0.0.0", False, True)]
)
async def test_passwords_in_clear_on_a_network_are_an_alarm_with_its_remedy(
    store: SqliteStore, tmp_path: Path, caplog: pytest.LogCaptureFixture, host: str, clear_ok: bool, warned: bool
) -> None:
    doors = Doors(store, tmp_path, host)
    doors.wanted = Wanted(api=0, clear_ok=clear_ok)
    await doors.run()
    assert bool(doors.alarm("clear_text")) is warned
    assert ("passwords and texts cross the network in clear" in caplog.text) is warned
    await doors.want(clear_ok=True)
    await until(lambda: not doors.alarm("clear_text"))
    await doors.want(clear_ok=False, api=None)
    await until(lambda: doors.told[-1]["api"] is None)
    assert doors.alarm("clear_text") == "", "there is no HTTP to warn of"
    await doors.end()


async def test_a_setting_that_the_start_overrules_is_noticed(doors: Doors) -> None:
    await doors.want(fixed=True)
    await until(lambda: doors.alarm("port_fixed"))
    assert "the start names the port" in doors.alarm("port_fixed")
    await doors.want(fixed=False)
    await until(lambda: not doors.alarm("port_fixed"))
