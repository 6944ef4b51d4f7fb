"""What the gateway costs: memory, time to start, commits and octets for each SMS."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

from gateway import until

from benchmarks.doors import memory_of_all
from benchmarks.kit import Client, place, started
from benchmarks.prepared import store_of
from benchmarks.results import Baseline, Figure, at_most

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.kit import Place
    from benchmarks.plan import Plan

_KINDS = 5


def memory(plan: Plan) -> Iterator[Figure]:
    """Resident memory a minute after the start, and what 100,000 requests of all kinds add to it."""
    idle, growth = [], []
    requests = plan.count(100_000)
    with place(plan.folder / "memory", 4, 0.0) as made:
        time.sleep(plan.seconds(60))
        idle.append(made.rss())
        _ask(made, requests // 10, 0)
        before = made.rss()
        _ask(made, requests, requests)
        growth.append(made.rss() - before)
    bare = Baseline("a bare Python with uvloop and SQLite", (_bare_rss(),))
    yield Figure(
        "resident memory 60 s after the start, 4 modems", "MB", tuple(idle), at_most(100), "VmRSS of otppi serve", bare
    )
    command = f"{requests} requests: send-sms, create-otp, validate-otp (wrong), get-modem-list, GET /health"
    yield Figure("growth over 100,000 requests", "MB", tuple(growth), at_most(20), command)
    yield memory_of_all(plan)


def _ask(made: Place, count: int, first: int) -> None:
    """One request of each kind in turn; SMS that are made are all sent before the end."""
    client = Client(made.port)
    for number in range(first, first + count // _KINDS):
        client.send(number)
        client.code(number, "m")
        wrong = {"reference": f"m-{number}", "receiver": f"62812{number:08}", "otp": "000000"}
        client.post("/api/otp", {"command": "validate-otp", "data": wrong})
        client.post("/api/sms", {"command": "get-modem-list", "data": {}})
        made.health()
        while number % 100 == 0 and made.health()["queue"] > 500:
            time.sleep(0.2)
    until(lambda: made.health()["queue"] == 0, "the end of the queue", 600)


def _until_sent(made: Place) -> None:
    until(lambda: made.health()["queue"] == 0, "it is sent")


def _bare_rss() -> float:
    code = "import uvloop, sqlite3, time; print(open('/proc/self/status').read().split('VmRSS:')[1].split()[0])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(done.stdout) * 1024 / 1e6


def start_up(plan: Plan) -> Iterator[Figure]:
    """From the process to the first answer of /health."""
    bare = Baseline("python importing litestar and uvicorn", tuple(_imports() for _ in range(plan.rounds)))
    queued = store_of(plan.folder / "hundred-thousand-queued", ended=False)
    for name, store, limit in (("empty", None, 2.0), ("100,000 queued", queued, 4.0)):
        took = tuple(_start(plan, store) for _ in range(plan.rounds))
        yield Figure(
            f"start to /health, {name}", "s", took, at_most(limit), "otppi serve until GET /health is 200", bare
        )


def _start(plan: Plan, store: Path | None) -> float:
    """Of the second start: the first has made its files."""
    with place(plan.folder / "start", 1, 2.5, store) as made:
        made.kill()
        return started(made)


def _imports() -> float:
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", "import litestar, uvicorn"], check=True)
    return time.monotonic() - begun


def store_cost(plan: Plan) -> Iterator[Figure]:
    """Commits and octets for each code, from create-otp to validate-otp, one after another so that none is shared."""
    commits, octets = [], []
    count = plan.count(500)
    for number in range(plan.rounds):
        with place(plan.folder / "cost", 1, 0.0, counted=True) as made:
            client = Client(made.port)
            client.code(0, f"w{number}")
            _until_sent(made)
            syncs, written = made.syncs(), made.io_bytes()
            for each in range(1, count + 1):
                reply = client.code(each, f"c{number}")
                made.becomes(reply["data"]["id"], "sent")
            commits.append((made.syncs() - syncs) / count)
            octets.append((made.io_bytes() - written) / count / 1024)
    command = (
        f"{count} create-otp one after another, each until sent; syncs counted by a shim, write_bytes of the process"
    )
    yield Figure("commits per SMS, end to end", "", tuple(commits), at_most(4), command)
    yield Figure("octets written per SMS, end to end", "KiB", tuple(octets), at_most(96), command)
