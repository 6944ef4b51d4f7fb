"""How fast the doors to brokers take messages durably, each beside a bare consumer of its library; what they weigh."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final

from broker_server import PASSWORD
from doors import KINDS
from gateway import until

from benchmarks.kit import HERE, place
from benchmarks.results import Baseline, Figure, at_least, at_most
from otppi.control.client import call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from broker_server import BrokerServer
    from doors import Kind

    from benchmarks.kit import Place
    from benchmarks.plan import Plan

_MESSAGES: Final = 20_000
_ENOUGH: Final = 2000.0
_SHARE: Final = 0.7
_LONGEST: Final = 300.0
_AHEAD: Final = 1000
"""Messages that a publisher to a broker that keeps nothing is ahead of who takes them, at most."""
_AT_ONCE: Final = 250
_POLL: Final = 0.05


def rates(plan: Plan) -> Iterator[Figure]:
    """A figure for each door."""
    total = plan.count(_MESSAGES)
    for kind in KINDS:
        server = kind.server(plan.folder / f"broker-{kind.name}")
        server.start()
        try:
            bare, ours = [], []
            for number in range(plan.rounds):
                bare.append(_bare(kind, server, total, f"bare-{number}"))
                ours.append(_ours(plan, kind, server, total, f"ours-{number}"))
        finally:
            server.stop()
        base = Baseline("a bare consumer of the same library", tuple(bare))
        when = "published before" if kind.keeps else "published meanwhile, which takes its share of the cores"
        command = f"{total} send-sms {when}; committed and acknowledged, one modem with 2.5 s air"
        goal = at_least(min(_ENOUGH, _SHARE * base.median))
        yield Figure(f"door {kind.name}: taken durably", "/s", tuple(ours), goal, command, base)


def memory_of_all(plan: Plan) -> Figure:
    """Resident memory a minute after the start with a subscriber of every kind connected."""
    found = []
    with ExitStack() as stack:
        made = stack.enter_context(place(plan.folder / "memory-doors", 4, 0.0))
        for kind in KINDS:
            server = kind.server(plan.folder / f"memory-{kind.name}")
            server.start()
            stack.callback(server.stop)
            _subscribe(made, kind, server, "sms")
            asyncio.run(server.publish("sms", _bodies(100)))
            _until_taken(made, kind.name, 100)
        made.stop()
        made.start()
        for kind in KINDS:
            _until_state(made, kind.name, "connected")
        time.sleep(plan.seconds(60))
        found.append(made.rss())
    name = f"resident memory 60 s after the start, 4 modems, {len(KINDS)} doors to brokers"
    return Figure(name, "MB", tuple(found), at_most(140), "VmRSS of otppi serve, every subscriber connected")


# -- one round ----------------------------------------------------------------------------------------------------


def _bare(kind: Kind, server: BrokerServer, total: int, topic: str) -> float:
    with _consumer(kind, server, total, topic) as consumer:
        if kind.keeps:
            asyncio.run(server.publish(topic, _bodies(total)))
            consumer.go()
            until(lambda: consumer.taken >= total, "the bare consumer has taken all", _LONGEST)
        else:
            consumer.go()
            _publish_paced(server, topic, total, lambda: consumer.taken)
        (first, begun), (last, ended) = consumer.told[0], consumer.told[-1]
        return (last - first) / (ended - begun)


def _ours(plan: Plan, kind: Kind, server: BrokerServer, total: int, topic: str) -> float:
    with place(plan.folder / "doors", 1, 2.5) as made:
        _subscribe(made, kind, server, topic)
        if not kind.keeps:
            begun = time.monotonic()
            _publish_paced(server, topic, total, lambda: _row(made, kind.name)["taken"])
            return total / (time.monotonic() - begun)
        made.owner("subscriber", "set", kind.name, "enabled=false")
        _until_state(made, kind.name, "off")
        asyncio.run(server.publish(topic, _bodies(total)))
        before: int = _row(made, kind.name)["taken"]
        made.owner("subscriber", "set", kind.name, "enabled=true")
        first = _until_taken(made, kind.name, before + 1)
        begun = time.monotonic()
        last = _until_taken(made, kind.name, before + total)
        return (last - first) / (time.monotonic() - begun)


def _publish_paced(server: BrokerServer, topic: str, total: int, taken: Callable[[], int]) -> None:
    """Publish while they are taken, not far ahead; returns when all are."""
    bodies = _bodies(total)
    for begin in range(0, total, _AT_ONCE):
        asyncio.run(server.publish(topic, bodies[begin : begin + _AT_ONCE]))
        until(lambda: taken() >= begin + _AT_ONCE - _AHEAD, "taken as fast as published", _LONGEST)  # noqa: B023 - used at once
    until(lambda: taken() >= total, "the last ones are taken", _LONGEST)


def _bodies(total: int) -> list[bytes]:
    return [
        json.dumps(
            {"command": "send-sms", "data": {"receiver": f"62812{number:08}", "message": "Halo dunia, apa kabar?"}}
        ).encode()
        for number in range(total)
    ]


# -- the gateway's subscriber -------------------------------------------------------------------------------------


def _subscribe(made: Place, kind: Kind, server: BrokerServer, topic: str) -> None:
    pairs = [f"{key}={value}" for key, value in {**server.values(topic), **kind.values}.items()]
    made.owner("subscriber", "add", kind.name, server.method, *pairs, "--password-stdin", stdin=PASSWORD)
    _until_state(made, kind.name, "connected")


def _row(made: Place, name: str) -> dict[str, Any]:
    """By the control socket: a process of the command for each look would take half a core."""
    rows = call(made.data / "run", "subscriber.list", {})
    found: dict[str, Any] = next(row for row in rows if row["name"] == name)
    return found


def _until_state(made: Place, name: str, state: str) -> None:
    until(lambda: _row(made, name)["state"] == state, f"{name} is {state}", 60)


def _until_taken(made: Place, name: str, count: int) -> int:
    end = time.monotonic() + _LONGEST
    while (taken := int(_row(made, name)["taken"])) < count:
        assert time.monotonic() < end, f"{name} has taken {taken} of {count}"
        time.sleep(_POLL)
    return taken


# -- the bare consumer --------------------------------------------------------------------------------------------


class _Consumer:
    """A process of `benchmarks.consumers`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.told: list[tuple[int, float]] = []
        self._thread = threading.Thread(target=self._read, daemon=True)

    @property
    def taken(self) -> int:
        """How many it has taken, in hundreds."""
        return self.told[-1][0] if self.told else 0

    def go(self) -> None:
        """Let it begin."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        self._thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            taken, at = line.split()
            self.told.append((int(taken), float(at)))


@contextmanager
def _consumer(kind: Kind, server: BrokerServer, total: int, topic: str) -> Iterator[_Consumer]:
    values = json.dumps({**server.values(topic), **kind.values})
    command = [sys.executable, "-m", "benchmarks.consumers", kind.name, values, str(total)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE.parent
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline(), "the bare consumer did not start"
            yield _Consumer(process)
        finally:
            process.terminate()
            process.wait()
