"""A process that accepts messages until it is killed, or until its disk is full. Run by test_store_durability.

`store_child.py load PATH FIRST` says each id only after its accept, or its settle, has returned.
`store_child.py full PATH FIRST` may write no file beyond a limit, runs into it, and goes on once the limit is lifted.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
from itertools import count
from pathlib import Path

from otppi.domain.message import Change, Edge, Kind
from otppi.ports.store import StoreUnavailable
from otppi.store import SqliteStore, open_store
from otppi.testing.samples import NOW, sample_entry, sample_key, sample_message

KEY_ID = "0123456789abcdef"


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


async def accept(store: SqliteStore, number: int) -> None:
    message = sample_message(number, kind=Kind.OTP)
    await store.outbox.accept(sample_entry(message, sample_key(f"r{number}")), now=NOW)
    say("accepted", number)


async def load(path: Path, first: int) -> None:
    store = open_store(path, key_id=KEY_ID)
    numbers = count(first)

    async def client() -> None:
        for number in numbers:
            await accept(store, number)
            if number % 2:
                hand = Change(Edge.HAND, NOW + 1, part=1, modem="east")
                await store.outbox.settle(sample_message(number).id, [hand])
                say("handed", number)

    await asyncio.gather(*(client() for _ in range(16)))


async def full(path: Path, first: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    store = open_store(path, key_id=KEY_ID)
    limit(256 * 1024)
    number = await until_refused(store, first)
    for _ in range(3):
        number = await until_refused(store, number)
    limit(resource.RLIM_INFINITY)
    for later in range(number, number + 50):
        await accept(store, later)
    await store.close()


async def until_refused(store: SqliteStore, number: int) -> int:
    while True:
        try:
            await accept(store, number)
        except StoreUnavailable:
            say("refused", number)
            return number + 1
        number += 1


def limit(octets: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, resource.RLIM_INFINITY))


if __name__ == "__main__":
    asyncio.run({"load": load, "full": full}[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3])))
