"""The doors of a running gateway as an owner changes them and clients meet them: ports, HTTPS, paths, tokens, accounts.

Everything is changed by the command line while the gateway runs; a change counts within a second.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any, Final

import httpx2
import pytest
from certificates import common_name, unverified, write_pair
from gateway import ACCOUNT, PASSWORD, Site, basic, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

WITHIN: Final = 1.0
"""Seconds after the command has ended."""
SLACK: Final = 3.0
"""What a busy machine may add to them."""
NUMBER: Final = "081200001001"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A gateway whose ports are settings, not flags."""
    here = Site(tmp_path_factory.mktemp("doors"), modems=(("east", ("--default",)),), latency=0.01)
    try:
        here.start_modems()
        here.owner("user", "add", ACCOUNT, "--password-stdin", stdin=PASSWORD)
        here.owner("modem", "add", "east", "--port", str(here.ports / "modem0"), "--default")
        here.owner("settings", "set", "api.http_port", str(free_port()))
        here.launch("--host", "127.0.0.1")
        here.listening()
        here.all_ready()
        yield here
    finally:
        here.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def change(place: Site, **settings: Any) -> float:
    """Set settings; when the last command had ended."""
    for name, value in settings.items():
        place.owner("settings", "set", f"api.{name}", str(value).lower() if isinstance(value, bool) else str(value))
    return time.monotonic()


def ports(place: Site) -> dict[str, int | None]:
    said: dict[str, int | None] = json.loads((place.data / "run/ports.json").read_text())
    return said


def soon(condition: Any, what: str, since: float) -> None:
    """It is so within a second after `since`."""
    until(condition, what)
    assert time.monotonic() - since <= WITHIN + SLACK, what


def sms(place: Site, port: int, *, scheme: str = "http", path: str = "/api/message", command: str = "send-sms") -> Any:
    data = {"receiver": NUMBER, "message": "Hello"}
    url = f"{scheme}://127.0.0.1:{port}{path}"
    with httpx2.Client(headers=basic(), trust_env=False, verify=False, timeout=20) as client:
        return client.post(url, json={"command": command, "data": data})


def open_at(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def alarms(place: Site) -> dict[str, str]:
    rows = json.loads(place.owner("alarm", "list", "--json"))
    return {row["kind"]: row["remedy"] for row in rows}


def served_by(port: int) -> str:
    with socket.create_connection(("127.0.0.1", port), 5) as plain, unverified().wrap_socket(plain) as secure:
        return common_name(secure.getpeercert(binary_form=True))


class Load:
    """Clients that keep their connection, go on until an answer closes it, and then look up the port again.

    `lost` counts requests that were sent on a connection that stood and got no whole answer.
    """

    def __init__(self, place: Site, threads: int = 4) -> None:
        self._place = place
        self._end = threading.Event()
        self.answered: list[int] = []
        self.refused: list[int] = []
        self.lost: list[str] = []
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join(20)

    def _run(self) -> None:
        while not self._end.is_set():
            port = ports(self._place)["api"]
            assert port is not None
            try:
                with socket.create_connection(("127.0.0.1", port), 10) as connection:
                    self._talk(connection, port)
            except ConnectionRefusedError:
                if ports(self._place)["api"] == port:
                    self.lost.append(f"refused on the announced port {port}")
                self.refused.append(port)

    def _talk(self, connection: socket.socket, port: int) -> None:
        body = b'{"command": "echo", "data": {}}'
        head = f"POST /api/otp HTTP/1.1\r\nHost: x\r\nAuthorization: {basic()['Authorization']}\r\n"
        request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        stream = connection.makefile("rb")
        while not self._end.is_set():
            try:
                connection.sendall(request)
                answer, closes = self._answer(stream)
            except OSError as error:
                self.lost.append(f"{type(error).__name__} on port {port}")
                return
            if answer != b"HTTP/1.1 200 OK":
                self.lost.append(f"{answer!r} on port {port}")
                return
            self.answered.append(port)
            if closes:
                return

    def _answer(self, stream: Any) -> tuple[bytes, bool]:
        """The status line and whether the connection ends; the body was whole."""
        status, length, closes = stream.readline().strip(), 0, False
        while line := stream.readline().strip().lower():
            length = int(line.removeprefix(b"content-length:")) if line.startswith(b"content-length:") else length
            closes = closes or line == b"connection: close"
        return (status if len(stream.read(length)) == length else b"cut off"), closes


@pytest.mark.feature("F028")
def test_the_http_port_moves_under_load_and_no_request_is_lost(place: Site) -> None:
    load = Load(place)
    moved = [ports(place)["api"] or 0]
    for _ in range(4):
        time.sleep(0.3)
        port = free_port()
        since = change(place, http_port=port)
        soon(lambda port=port: ports(place)["api"] == port, "the new port", since)
        moved.append(port)
    until(lambda: set(load.answered) == set(moved), "answers on every port")
    load.finish()
    place.port = moved[-1]
    assert load.lost == []
    assert len(load.answered) > 100
    assert not any(open_at(port) for port in moved[:-1])


@pytest.mark.feature("F028")
def test_a_port_that_somebody_else_has_is_an_alarm_and_the_old_one_stays(place: Site) -> None:
    old = ports(place)["api"] or 0
    with socket.create_server(("127.0.0.1", 0)) as other:
        since = change(place, http_port=other.getsockname()[1])
        soon(lambda: "port" in alarms(place), "the alarm", since)
        assert "is already in use" in alarms(place)["port"]
        assert sms(place, old).status_code == 200
    until(lambda: "port" not in alarms(place), "the end of the alarm")
    place.port = ports(place)["api"] or 0
    assert place.port != old


@pytest.mark.feature("F030", "F031")
def test_https_is_turned_on_moved_given_a_certificate_and_turned_off(place: Site, tmp_path: Path) -> None:
    first = free_port()
    since = change(place, https_port=first, https_enabled=True)
    soon(lambda: ports(place)["https"] == first, "HTTPS", since)
    trusting = ssl.create_default_context(cafile=str(place.data / "tls/self-signed.crt"))
    with httpx2.Client(headers=basic(), trust_env=False, verify=trusting) as client:
        answer = client.get(f"https://127.0.0.1:{first}/v1/account")
    assert (answer.status_code, answer.json()["name"]) == (200, ACCOUNT)
    assert "strict-transport-security" not in answer.headers
    assert (place.data / "tls/self-signed.pem").stat().st_mode & 0o777 == 0o600

    second = free_port()
    since = change(place, https_port=second)
    soon(lambda: ports(place)["https"] == second, "the new HTTPS port", since)
    assert sms(place, second, scheme="https").json()["response_code"] == "000"
    until(lambda: not open_at(first), "the end of the old HTTPS port")

    certificate, key = write_pair(tmp_path, "own.example")
    change(place, https_certificate=certificate, https_key=key)
    until(lambda: served_by(second) == "own.example", "the owner's certificate", 5)
    newer = write_pair(tmp_path, "newer.example")
    for source, target in zip(newer, (certificate, key), strict=True):
        source.replace(target)
    until(lambda: served_by(second) == "newer.example", "the replaced certificate", 5)
    certificate.write_bytes(b"broken")
    until(lambda: "certificate" in alarms(place), "the alarm of a broken certificate", 5)
    assert served_by(second) == "newer.example"

    since = change(place, https_enabled=False)
    soon(lambda: ports(place)["https"] is None, "no HTTPS", since)
    until(lambda: not open_at(second), "the end of HTTPS")
    until(lambda: "certificate" not in alarms(place), "the end of the alarm")


@pytest.mark.feature("F029")
def test_http_is_turned_off_and_on(place: Site) -> None:
    port = ports(place)["api"] or 0
    since = change(place, http_enabled=False)
    soon(lambda: ports(place)["api"] is None and not open_at(port), "no HTTP", since)
    since = change(place, http_enabled=True)
    soon(lambda: ports(place)["api"] == port, "HTTP again", since)
    assert sms(place, port).json()["response_code"] == "000"


@pytest.mark.feature("F032", "F033", "F034")
def test_every_path_can_be_named_otherwise_and_counts_at_once(place: Site) -> None:
    port = ports(place)["api"] or 0
    data = {"receiver": NUMBER}
    assert sms(place, port, path="/send").status_code == 404
    since = change(place, **{"paths.message": "/send", "paths.block": "/bar", "paths.unblock": "/unbar"})
    soon(lambda: sms(place, port, path="/unbar", command="echo").status_code == 200, "the new paths", since)
    assert sms(place, port, path="/send").json()["response_code"] == "000"
    assert sms(place, port, path="/send", command="send-email").json()["response_code"] in {"1102", "1103"}
    assert sms(place, port).status_code == 404
    assert sms(place, port, path="/bar", command="block-msisdn").json()["response_code"] == "000"
    assert sms(place, port, path="/send").json()["response_code"] == "1104"
    assert sms(place, port, path="/unbar", command="unblock-msisdn").json()["data"]["receiver"] == data["receiver"]
    assert sms(place, port, path="/send").json()["response_code"] == "000"
    for path in ("paths.message", "paths.block", "paths.unblock"):
        place.owner("settings", "set", f"api.{path}", "--default")
    until(lambda: sms(place, port).status_code == 200, "the usual paths")


def test_a_token_opens_v1_until_it_is_removed(place: Site) -> None:
    port = ports(place)["api"] or 0
    made = json.loads(place.owner("token", "add", ACCOUNT, "--scope", "otp", "--json"))
    url = f"http://127.0.0.1:{port}/v1/account"
    with httpx2.Client(headers={"Authorization": f"Bearer {made['token']}"}, trust_env=False, verify=False) as client:
        until(lambda: client.get(url).status_code == 200, "the token", WITHIN + SLACK)
        assert client.get(url).json()["rights"] == ["otp"]
        place.owner("token", "remove", made["id"])
        until(lambda: client.get(url).status_code == 401, "the end of the token", WITHIN + SLACK)
    log = place.log.read_text()
    assert made["token"] not in log
    assert not [
        path for path in place.data.rglob("*") if path.is_file() and made["token"].encode() in path.read_bytes()
    ]


@pytest.mark.feature("F045")
def test_an_accounts_mail_and_phone_are_saved_checked_and_shown(place: Site) -> None:
    place.owner("user", "set", ACCOUNT, "--email", "ops@shop.example", "--phone", "0812 0000 4321")
    shown = json.loads(place.owner("user", "show", ACCOUNT, "--json"))
    assert (shown["email"], shown["phone"]) == ("ops@shop.example", "6281200004321")
    port = ports(place)["api"]
    with httpx2.Client(headers=basic(), trust_env=False, verify=False) as client:
        own = until(
            lambda: (answer := client.get(f"http://127.0.0.1:{port}/v1/account").json())["email"] and answer, "it"
        )
    assert (own["email"], own["phone"]) == ("ops@shop.example", "6281200004321")
