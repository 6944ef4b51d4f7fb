"""Figures of the store, to be run by hand: `python tests/integration/measure_store.py DIR`. No test, no gate.

Says how fast messages are accepted and settled by 64 coroutines, what an idle accept takes, and how many commits and
octets one SMS costs from accept to its end (octets as the kernel counts pages made dirty, checkpoints included).
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from otppi.domain.message import Change, Class, Edge, Kind, Message, Policy, Segment
from otppi.ports.store import Entry, KeyClaim, NewVerification
from otppi.security import Vault
from otppi.store import SqliteStore, open_store

COROUTINES = 64
ROUTE = "prefix 62812 of modem east; 3 modems can take it"
VAULT = Vault(bytes(range(32)))


def entry(now: float) -> Entry:
    id_ = VAULT.identifier(now)
    message = Message(
        id=id_,
        account="shop",
        kind=Kind.OTP,
        klass=Class.OTP,
        receiver="6281200001234",
        created=now,
        deadline=now + 300,
        policy=Policy.RESEND_ONCE_IF_FRESH,
        segments=(Segment(),),
        verification=id_,
        history=(("a", 0, now, "rest"),),
    )
    sealed = VAULT.salt() * 8
    keys = (
        KeyClaim(VAULT.salt(), VAULT.salt(), strict=True, until=now + 86400),
        KeyClaim(VAULT.salt(), VAULT.salt(), strict=False, until=now + 900),
    )
    code = NewVerification(
        "shop", VAULT.salt(), VAULT.salt(), VAULT.salt() * 2, VAULT.key_id, now, now + 300, sealed + b"x"
    )
    return Entry(message, sealed, keys, '{"date_time":1790000000,"receiver":"6281200001234","reference":"x"}', code)


def written() -> int:
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(fields["write_bytes"])


async def rate(store: SqliteStore, count: int) -> tuple[float, float, list[str]]:
    entries = [entry(time.time()) for _ in range(count)]
    taken: list[float] = []
    queue = iter(entries)

    async def client() -> None:
        for new in queue:
            start = time.monotonic()
            await store.outbox.accept(new, now=new.message.created)
            taken.append(time.monotonic() - start)

    start = time.monotonic()
    await asyncio.gather(*(client() for _ in range(COROUTINES)))
    per_second = count / (time.monotonic() - start)
    return per_second, statistics.quantiles(taken, n=100)[98], [new.message.id for new in entries]


async def settle_rate(store: SqliteStore, ids: list[str]) -> float:
    queue = iter(ids)

    async def client() -> None:
        for id_ in queue:
            await store.outbox.settle(id_, [Change(Edge.HAND, time.time(), part=1, modem="east", note=ROUTE)])
            await store.outbox.settle(id_, [Change(Edge.SEND, time.time(), part=1, reference=7)])

    start = time.monotonic()
    await asyncio.gather(*(client() for _ in range(COROUTINES)))
    return 2 * len(ids) / (time.monotonic() - start)


async def one_life(store: SqliteStore, gap: float) -> None:
    new = entry(time.time())
    await store.outbox.accept(new, now=time.time())
    await asyncio.sleep(gap)
    await store.outbox.settle(new.message.id, [Change(Edge.HAND, time.time(), part=1, modem="east", note=ROUTE)])
    await asyncio.sleep(gap)
    await store.outbox.settle(new.message.id, [Change(Edge.SEND, time.time(), part=1, reference=7)])
    await store.outbox.settle(new.message.id, [Change(Edge.DELIVER, time.time(), part=1)])


async def lives(folder: Path, count: int, gap: float, rows: int) -> float:
    store = open_store(folder / f"lives{count}.db", key_id=VAULT.key_id)
    await asyncio.gather(*(store.outbox.accept(entry(time.time()), now=time.time()) for _ in range(rows)))
    await store.close()
    store = open_store(folder / f"lives{count}.db", key_id=VAULT.key_id)
    before = written()
    for _ in range(count):
        await one_life(store, gap)
    await store.close()
    return (written() - before) / count / 1024


async def main(folder: Path) -> None:
    store = open_store(folder / "rate.db", key_id=VAULT.key_id)
    alone = []
    for _ in range(200):
        start = time.monotonic()
        await store.outbox.accept(entry(time.time()), now=time.time())
        alone.append(time.monotonic() - start)
    print(f"accept alone: p50 {statistics.median(alone) * 1e3:.2f} ms, max {max(alone) * 1e3:.2f} ms")
    per_second, p99, ids = await rate(store, 30_000)
    print(f"accept by {COROUTINES}: {per_second:.0f}/s, p99 {p99 * 1e3:.1f} ms, {len(ids)} rows")
    print(f"settle by {COROUTINES}: {await settle_rate(store, ids[:20000]):.0f}/s")
    await store.close()
    for count in (1, 10, 300):
        print(f"{count} SMS one after another, then closed: {await lives(folder, count, 0.0, 5000):.1f} KiB each")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1]) as scratch:
        asyncio.run(main(Path(scratch)))
