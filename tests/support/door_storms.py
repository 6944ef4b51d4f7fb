"""`python tests/support/door_storms.py RESTARTS [MESSAGES]`: each door whose broker keeps messages, through a real
gateway, while its broker is stopped and killed again and again. Every message must be on the air exactly once. Exit 1
otherwise.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from doors import KINDS, eventually, open_door, request
from gateway import site

if TYPE_CHECKING:
    from broker_server import BrokerServer
    from doors import Kind
    from gateway import Site

MODEMS: Final = 8
LIMITS: Final = {"limits.queue": "1000000", "limits.queue_per_account": "1000000"}
SAVES_LATE: Final = frozenset({"mqtt"})
"""Brokers whose own file is behind them by up to a second: SIGKILL would lose what they have confirmed."""


async def storm(place: Site, kind: Kind, restarts: int, messages: int, first: int, folder: Path) -> tuple[int, int]:
    """How many of the messages were lost, and how many sent twice."""
    server = kind.server(folder / kind.name)
    await asyncio.to_thread(server.start)
    try:
        door = await open_door(place, server, kind)
        numbers = [f"62812{number:08}" for number in range(first, first + messages)]
        share = -(-messages // (restarts + 1))
        for turn in range(restarts + 1):
            batch = numbers[turn * share : (turn + 1) * share]
            await server.publish(door.topic, [_sms(number) for number in batch])
            if turn < restarts:
                await _restart(server, kind, hard=turn % 2 == 1)
                print(f"    {kind.name}: {(turn + 1) * share} published, restart {turn + 1} of {restarts}", flush=True)
        await door.becomes("connected", 60)
        await eventually(lambda: len(_aired(place, numbers)) == messages, "all are on the air", 300)
        await asyncio.sleep(2)
    finally:
        await asyncio.to_thread(server.stop)
    counts = _aired(place, numbers)
    return messages - len(counts), sum(1 for count in counts.values() if count > 1)


async def _restart(server: BrokerServer, kind: Kind, *, hard: bool) -> None:
    kill = hard and server.method not in SAVES_LATE
    await asyncio.to_thread(server.kill if kill else server.stop)
    await asyncio.to_thread(server.start)


def _sms(number: str) -> bytes:
    return request("send-sms", receiver="+" + number, message="Halo", id=number)


def _aired(place: Site, numbers: list[str]) -> Counter[str]:
    wanted = set(numbers)
    return Counter(number for entry in place.aired() if (number := entry.number.lstrip("+")) in wanted)


def main(restarts: int, messages: int) -> int:
    """Exit status."""
    failed = 0
    modems = tuple((f"m{number}", ("--default",)) for number in range(MODEMS))
    with (
        tempfile.TemporaryDirectory() as name,
        site(Path(name) / "site", modems=modems, latency=0.0, settings=LIMITS) as place,
    ):
        for turn, kind in enumerate(kind for kind in KINDS if kind.keeps):
            begun = time.monotonic()
            lost, doubled = asyncio.run(storm(place, kind, restarts, messages, turn * messages, Path(name)))
            took = time.monotonic() - begun
            print(
                f"{kind.name}: {messages} messages, {restarts} restarts, {lost} lost, {doubled} twice, {took:.0f} s",
                flush=True,
            )
            failed += lost + doubled
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10_000))
