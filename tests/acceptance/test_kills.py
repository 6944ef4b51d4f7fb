"""Ends of the gateway under load, the modems living on: killed ten times, restarted gracefully twenty times.

Clients ask again until they are answered, as real ones do, each request under a reference of its own. The truth is the
simulator's ledger: it is held against every answer and against what the gateway says of each message afterwards.
"""

from __future__ import annotations

import random
import subprocess
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import httpx2
import pytest
from gateway import OTPPI, UNDER_WAY, Clients, Request, Site, site, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.process, pytest.mark.timeout(180)]

LATENCY: Final = 0.15
KILLS: Final = 10
RESTARTS: Final = 20
MODEMS: Final = (
    ("telco1", ("--prefix", "62871", "--default")),
    ("telco2", ("--prefix", "62871", "--default")),
    ("telco3", ("--default",)),
    ("telco4", ("--default",)),
)
LONGEST_SHORT_LIFE: Final = 1.2
CLOCK_SLACK: Final = 0.25
"""Seconds between the gateway's last look at its clock and the simulator's note that the text came."""


def requests(seed: int) -> Any:
    """What the clients ask: codes and plain messages, some of two segments, some that live for seconds only."""
    chance = random.Random(seed)  # noqa: S311  to be repeatable

    def make(number: int) -> Request:
        receiver = f"62{chance.choice((871, 812, 899))}{seed}{number:06d}"
        data: dict[str, Any] = {"receiver": receiver, "reference": f"r{number}"}
        if chance.random() < 0.4:
            data["expiration"] = time.time() + chance.choice((LONGEST_SHORT_LIFE, LONGEST_SHORT_LIFE, 20, 60))
        if chance.random() < 0.5:
            return Request("create-otp", data | {"message": "Kode %s"}, receiver)
        return Request("send-sms", data | {"message": "Halo " * chance.choice((2, 2, 40))}, receiver)

    return make


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path, modems=MODEMS, latency=LATENCY) as made:
        yield made


def settled(place: Site) -> dict[str, dict[str, Any]]:
    """Every message, once none is under way."""

    def ended() -> dict[str, dict[str, Any]] | None:
        rows = place.messages()
        return None if any(row["status"] in UNDER_WAY for row in rows.values()) else rows

    rows: dict[str, dict[str, Any]] = until(ended, "the end of every message", 60)
    return rows


def judge(place: Site, asked: list[Request], rows: dict[str, dict[str, Any]]) -> None:
    """Nothing accepted is lost, nothing doubled in silence, nothing late, nothing on the air that nobody owns."""
    refused = [request for request in asked if request.reply and request.reply["response_code"] != "000"]
    assert {request.reply["response_code"] for request in refused if request.reply} <= {"1203"}, "only what came late"
    accepted = {request.reply["data"]["id"]: request for request in asked if request.reply and request not in refused}
    assert len(accepted) == len(asked) - len(refused), "every request has a message of its own"
    assert set(rows) == set(accepted), "the store holds what was answered, and nothing else"
    aired = Counter((entry.number.lstrip("+"), entry.part) for entry in place.aired())
    for message_id, request in accepted.items():
        row = rows[message_id]
        counts = [aired[request.receiver, part] for part in range(1, row["segments"] + 1)]
        said = f"{row} was on the air {counts} times"
        doubt = row["possible_duplicate"] or row["outcome_unknown"]
        assert max(counts) <= 1 or row["possible_duplicate"], f"doubled in silence: {said}"
        assert min(counts) >= 1 or row["status"] != "sent" or doubt, f"said sent, never was: {said}"
        assert row["status"] == "sent" or doubt or max(counts) == 0 or row["segments"] > 1, f"not said: {said}"
        assert row["status"] in {"sent", "in_doubt", "failed", "expired"}, said
        assert row["status"] != "failed" or row["outcome_unknown"], f"lost: {said}"
        handed = [entry.t - LATENCY for entry in place.aired(request.receiver)]
        assert not handed or max(handed) <= row["deadline"] + CLOCK_SLACK, f"late: {said}"
    owned = {request.receiver for request in accepted.values()}
    assert {number for number, _ in aired} <= owned, "on the air without an owner"


@pytest.mark.feature("X09")
def test_ten_kills_under_load_lose_nothing_and_double_nothing_in_silence(place: Site) -> None:
    chance = random.Random(10)  # noqa: S311  to be repeatable
    clients = Clients(place, requests(1))
    clients.start()
    for turn in range(KILLS):
        if turn == KILLS // 2:
            place.control.order("unplug")  # what is accepted now waits, and the lives of seconds end meanwhile
            time.sleep(LONGEST_SHORT_LIFE)
        time.sleep(chance.uniform(0.3, 1.1))
        place.kill()
        place.start(ready=False)
        if turn == KILLS // 2:
            place.control.order("replug")
    place.all_ready()
    time.sleep(0.5)
    asked = clients.finish()
    rows = settled(place)
    judge(place, asked, rows)
    assert any(request.asked > 1 for request in asked), "the kills were met"
    assert any(row["possible_duplicate"] or row["outcome_unknown"] for row in rows.values()), "sends were cut"
    assert any(row["status"] == "expired" for row in rows.values()), "some would have been late"
    assert len(place.aired()) > 20 * KILLS / 2
    assert place.stop() == 0


@pytest.mark.feature("X09")
def test_twenty_graceful_restarts_under_load_leave_nothing_in_doubt(place: Site) -> None:
    clients = Clients(place, requests(2))
    clients.start()
    for _ in range(RESTARTS):
        time.sleep(0.25)
        assert place.stop() == 0
        place.start(ready=False)
    asked = clients.finish()
    rows = settled(place)
    judge(place, asked, rows)
    assert {row["status"] for row in rows.values()} == {"sent", "expired"}
    assert not [row for row in rows.values() if row["possible_duplicate"] or row["outcome_unknown"]]
    assert any(request.asked > 1 for request in asked), "the restarts were met"
    counted = Counter((entry.number, entry.part) for entry in place.aired())
    assert set(counted.values()) == {1}


@pytest.mark.feature("X09")
def test_a_stop_answers_503_and_finishes_what_is_in_flight(place: Site) -> None:
    place.control.order("latency", seconds=2.0)
    in_flight = [place.call("send-sms", receiver=f"62812900000{n}", message="Halo")["data"]["id"] for n in range(4)]
    waiting = place.call("send-sms", receiver="628129000009", message="Halo")["data"]["id"]
    for message_id in in_flight:
        place.becomes(message_id, "handed")
    assert place.gateway is not None
    began = time.monotonic()
    place.gateway.terminate()
    until(lambda: _status(place, "/health") == 503, "the stop to show", 1)
    answer = place.answer("send-sms", receiver="628129000010", message="Halo")
    assert (answer.status_code, answer.headers["retry-after"].isdigit()) == (503, True)
    assert place.gateway.wait(10) == 0
    assert 0.5 < time.monotonic() - began < 5
    place.control.order("latency", seconds=LATENCY)
    place.start()
    for message_id in in_flight:
        record = place.message(message_id)
        assert (record["status"], record["possible_duplicate"], record["outcome_unknown"]) == ("sent", False, False)
    place.becomes(waiting, "sent")
    assert Counter(entry.number for entry in place.aired()) == Counter(
        [*(f"+62812900000{n}" for n in range(4)), "+628129000009"]
    )


def _status(place: Site, path: str) -> int:
    with place.client() as client:
        return client.get(path).status_code


@pytest.mark.feature("X09")
def test_a_second_gateway_on_the_directory_is_refused_and_names_the_first(place: Site) -> None:
    assert place.gateway is not None
    command = [OTPPI, "serve", "--data-dir", str(place.data), "--api-port", "0"]
    second = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr.count("\n") == 1
    assert f"pid {place.gateway.pid}" in second.stderr
    assert _status(place, "/health") == 200, "the first goes on"
    assert place.call("send-sms", receiver="628129000001", message="Halo", wait=10)["data"]["status"] == "sent"


@pytest.mark.feature("X09")
def test_health_is_answered_from_the_first_moment_on(place: Site) -> None:
    """From the moment the port opens there is nothing but 200 and, once it stops, 503."""
    port = place.port
    assert place.stop() == 0
    seen: list[int | None] = []
    done = threading.Event()

    def watch() -> None:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, verify=False) as client:
            while not done.is_set():
                try:
                    seen.append(client.get("/health", timeout=2).status_code)
                except httpx2.TransportError:
                    seen.append(None)
                time.sleep(0.005)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    place.launch("--api-port", str(port))
    place.listening()
    place.all_ready()
    place.control.order("latency", seconds=1.0)
    message_id = place.call("send-sms", receiver="628129000001", message="Halo")["data"]["id"]
    place.becomes(message_id, "handed")
    assert place.stop() == 0
    done.set()
    watcher.join(5)
    answers = [status for status in seen if status is not None]
    assert answers == [200] * answers.count(200) + [503] * answers.count(503)
    assert answers.count(200) > 5
    assert answers.count(503) > 5
    first, last = seen.index(200), len(seen) - 1 - seen[::-1].index(503)
    assert None not in seen[first : last + 1], "there is never silence in between"
