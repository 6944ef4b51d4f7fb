"""Eight hostile or slow clients at once, each of its own kind, change nothing for one that behaves well."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import pytest
from gateway import basic, site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gateway import Site

pytestmark = pytest.mark.process

REQUESTS: Final = 150
PATIENCE: Final = 2.0
"""Seconds in which every answer to the well-behaved client is there; without hostile ones it takes milliseconds."""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path, modems=(("only", ("--default",)),), latency=0.0) as made:
        yield made


def head(path: str, length: int | str, authorization: str = basic()["Authorization"]) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {length}\r\n\r\n"
    ).encode()


def whole(path: str, body: bytes, authorization: str = basic()["Authorization"]) -> bytes:
    return head(path, len(body), authorization) + body


DEEP: Final = b"[" * 100 + b"]" * 100
HOSTILE: Final[dict[str, Callable[[], list[bytes]]]] = {
    "slow-body": lambda: [head("/v1/messages", 1000), *[b"{"] * 50],
    "slow-head": lambda: [b"POST /api/sms HTTP/1.1\r\n", *[b"X-A: b\r\n"] * 50],
    "megabyte": lambda: [whole("/api/sms", b'{"command":"send-sms","data":{"message":"' + b"a" * 1_000_000 + b'"}}')],
    "deep": lambda: [whole("/v1/messages", DEEP), whole("/api/sms", DEEP)],
    "bad-utf-8": lambda: [whole("/v1/messages", b'{"to":"\xff\xfe"}'), whole("/api/otp", b'{"command":"\xff"}')],
    "huge-number": lambda: [whole("/v1/messages", b'{"to": ' + b"9" * 60_000 + b"}")],
    "wrong-passwords": lambda: [whole("/v1/messages", b"{}", "Basic c2hvcDp3cm9uZw==") for _ in range(5)],
    "garbage": lambda: [bytes(range(256)) * 100],
}
"""What each sends, piece by piece with pauses where there are many pieces."""


def attack(place: Site, pieces: Callable[[], list[bytes]], ended: threading.Event) -> None:
    while not ended.is_set():
        with suppress(OSError), socket.create_connection(("127.0.0.1", place.port), timeout=2) as link:
            sent = pieces()
            for piece in sent:
                link.sendall(piece)
                if len(sent) > 10 and ended.wait(0.05):
                    return
            link.settimeout(0.5)
            link.recv(4096)


def well_behaved(place: Site) -> list[float]:
    took = []
    with place.client() as client:
        for number in range(REQUESTS):
            begun = time.monotonic()
            message = {"to": f"+6281200{number:06}", "text": "Halo"}
            answer = client.post("/v1/messages", json=message)
            took.append(time.monotonic() - begun)
            assert answer.status_code == 201, answer.text
    return took


def test_hostile_clients_change_nothing_for_one_that_behaves_well(place: Site) -> None:
    ended = threading.Event()
    attackers = [threading.Thread(target=attack, args=(place, pieces, ended)) for pieces in HOSTILE.values()]
    for attacker in attackers:
        attacker.start()
    try:
        took = well_behaved(place)
        assert place.call("send-sms", receiver="081200000001", message="Halo")["response_code"] == "000"
    finally:
        ended.set()
        for attacker in attackers:
            attacker.join(10)
    assert max(took) < PATIENCE
    assert len({entry.number for entry in place.aired()} & {f"+6281200{n:06}" for n in range(REQUESTS)}) > 0
    assert "request failed" not in place.log.read_text()
