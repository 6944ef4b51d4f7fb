"""A Redis stream as a door: an entry stays pending in our consumer group until `take` has returned, then it is
acknowledged. Entries are never deleted or trimmed here: the stream is its owner's. Needs Redis 6.2."""

from __future__ import annotations

import asyncio
import socket
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from otppi.intake.brokers.redis_link import Link, close_all, connecting, run_until_lost
from otppi.intake.brokers.redis_receipts import Receipts
from otppi.intake.brokers.takings import Takings
from otppi.intake.brokers.trust import trust
from otppi.ports.connector import BODY_MOST, Arrival, Trouble, ample

if TYPE_CHECKING:
    from otppi.domain.subscriber import Subscriber
    from otppi.ports.connector import Room, Take

BLOCK_MOST: Final = 1.0
"""Seconds Redis may keep a read that finds nothing."""
ABANDONED: Final = 60.0
"""Seconds after which an entry that another consumer was given and did not acknowledge is claimed."""
KEEP: Final = 20.0
"""Seconds after which an entry that is still in our hands is touched, so that no other consumer claims it."""
CLAIM_EVERY: Final = 5.0
"""Seconds between two looks for abandoned entries, at least; the heartbeat where that is longer."""
_BODY_FIELDS: Final = (b"body", b"message", b"data")
_NO_ID: Final = "none"
Entry = list[Any]
"""Its id; names and values in turn, or None where it has been deleted."""


class StreamConnector:
    """`ports.connector.Connector`. One connection reads and blocks; the other acknowledges, claims and replies."""

    def __init__(self, subscriber: Subscriber) -> None:
        """Raises Trouble `tls` where the file of authorities cannot be read."""
        context = trust(subscriber)
        self._subscriber = subscriber
        self._feed, self._desk = Link(subscriber, context), Link(subscriber, context)
        self._topic, self._group = subscriber.topic, subscriber.group
        self._consumer = consumer_name(subscriber)
        self._held: dict[bytes, float] = {}
        self._receipts = Receipts(self._acknowledge)
        self._block = min(BLOCK_MOST, subscriber.timeout / 2)

    async def connect(self) -> None:
        async with connecting(self._subscriber, self._feed, self._desk):
            await self._feed.open()
            await self._desk.open()
            await self._make_group()

    async def consume(self, take: Take, room: Room = ample, /) -> None:
        takings = Takings(take, self._subscriber.prefetch, room)
        await run_until_lost(takings, self._bring(takings), self._keep())

    async def reply(self, topic: str, body: bytes) -> None:
        """Adds an entry with the one field `body` to the stream of that name."""
        await self._desk.ask("XADD", topic, "*", "body", body, about=topic)

    async def health(self) -> None:
        """Asks between two reads, which end each second."""
        await self._feed.ask("PING")

    async def close(self) -> None:
        await close_all(self._feed, self._desk)

    async def check(self) -> None:
        """Asks with an id that is none, so that Redis looks at rights and kind of key and then does nothing."""
        async with connecting(self._subscriber, self._desk):
            await self._desk.open()
            if await self._why_unreadable() == "NOGROUP":
                await self._desk.refusal({"ERR"}, "XGROUP", "CREATE", self._topic, self._group, _NO_ID)
            await self._desk.refusal({"ERR"}, "XACK", self._topic, self._group, _NO_ID)
            for word in ("XAUTOCLAIM", "XCLAIM"):
                await self._desk.refusal({"ERR", "NOGROUP"}, word, self._topic, self._group, self._consumer, 0, _NO_ID)
        await self.close()

    async def _make_group(self) -> None:
        """Make stream and group where they are missing, the group from the first entry. One that is there is enough for
        a user who may make none."""
        make = ("XGROUP", "CREATE", self._topic, self._group, "0", "MKSTREAM")
        await self._desk.refusal({"BUSYGROUP", "NOPERM"}, *make)
        if await self._why_unreadable() == "NOGROUP":
            words = f"there is no group {self._group} of the stream {self._topic}, and this user may not make it"
            raise Trouble("permission", f"{words}: make it with XGROUP CREATE, or allow +xgroup")

    async def _why_unreadable(self) -> str:
        """NOGROUP where the group or its stream is missing. Raises Trouble where it may not be read."""
        read = ("XREADGROUP", "GROUP", self._group, self._consumer, "STREAMS", self._topic, _NO_ID)
        return await self._desk.refusal({"NOGROUP", "ERR"}, *read)

    async def _bring(self, takings: Takings) -> None:
        """Our own entries of an earlier run, then those that others abandoned, then new ones, and so on."""
        every, loop = max(self._subscriber.heartbeat, CLAIM_EVERY), asyncio.get_running_loop()
        await self._bring_own(takings)
        while True:
            await self._claim(takings)
            next_claim = loop.time() + every
            while loop.time() < next_claim:
                await self._begin(takings, await self._read(await takings.room(), ">"))

    async def _bring_own(self, takings: Takings) -> None:
        after = b"0-0"
        while entries := await self._read(await takings.room(), after):
            after = entries[-1][0]
            await self._begin(takings, entries, repeated=True)

    async def _claim(self, takings: Takings) -> None:
        """Take over what was given to other consumers and has not been acknowledged for so long."""
        start: bytes = b"0-0"
        head = ("XAUTOCLAIM", self._topic, self._group, self._consumer, int(ABANDONED * 1000))
        while True:
            start, entries, *_ = await self._desk.ask(*head, start, "COUNT", await takings.room())
            # Redis 6.2 has nil for an entry that has been deleted; later ones forget it by themselves.
            await self._begin(takings, [entry for entry in entries if entry is not None], repeated=True)
            if start == b"0-0":
                return

    async def _read(self, count: int, after: str | bytes) -> list[Entry]:
        """Entries for our consumer: new ones, or those it was given before."""
        head = ("XREADGROUP", "GROUP", self._group, self._consumer, "COUNT", count)
        wait = ("BLOCK", max(1, int(self._block * 1000)))
        streams = await self._feed.ask(*head, *wait, "STREAMS", self._topic, after, patience=self._block)
        found: list[Entry] = streams[0][1] if streams else []
        return found

    async def _begin(self, takings: Takings, entries: list[Entry], *, repeated: bool = False) -> None:
        now = asyncio.get_running_loop().time()
        for name, fields in entries:
            if fields is None or name in self._held:
                continue
            self._held[name] = now
            arrival = Arrival(body_of(fields)[:BODY_MOST], f"{self._topic}:{name.decode()}", repeated)
            await takings.begin(arrival, partial(self._done, name))
        if deleted := [name for name, fields in entries if fields is None]:
            await self._acknowledge(deleted)

    async def _done(self, name: bytes) -> None:
        await self._receipts.give(name)
        self._held.pop(name, None)

    async def _acknowledge(self, names: list[bytes]) -> None:
        await self._desk.ask("XACK", self._topic, self._group, *names)

    async def _keep(self) -> None:
        """Touch what has been in our hands for long, so that it does not look abandoned."""
        while True:
            await asyncio.sleep(KEEP)
            since = asyncio.get_running_loop().time() - KEEP
            if old := [name for name, at in self._held.items() if at <= since]:
                head = ("XCLAIM", self._topic, self._group, self._consumer, 0)
                await self._desk.ask(*head, *old, "JUSTID")


def consumer_name(subscriber: Subscriber) -> str:
    """The same at each start, and another one on each host, since each takes up what it was given before."""
    return f"otppi-{subscriber.name}@{socket.gethostname()}"


def body_of(fields: list[bytes]) -> bytes:
    """The request in an entry's names and values: its field `body`, `message` or `data`, or its only one. Empty
    where it cannot be told."""
    found = dict(zip(fields[::2], fields[1::2], strict=True))
    for name in _BODY_FIELDS:
        if name in found:
            return found[name]
    return fields[1] if len(fields) == 2 else b""
