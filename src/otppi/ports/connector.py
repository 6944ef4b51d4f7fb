"""A connection to somebody's broker as the application sees it. Implementations: `otppi.intake.brokers`, a file for
each protocol; the fake is `otppi.testing.fake_connector`. All are held to the same contract suite.

The application decides what becomes of a message; a connector brings it, and lets the broker forget it once it may.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, Protocol

from otppi.wire.envelope import MAX_BODY

if TYPE_CHECKING:
    from otppi.domain.subscriber import Subscriber

BODY_MOST: Final = MAX_BODY + 1
"""Octets of a body that are handed on: one more than a request may have, so that it is refused as too large."""
OPEN_MOST: Final = 1000
"""Messages of a broker that keeps none that are taken at a time; beyond that nothing more is read."""

What = Literal["name", "connect", "tls", "login", "permission", "topic", "protocol", "lost"]
"""Where a connection failed: the host's name, reaching it, its certificate or TLS itself, who we are, what we may, the
queue or topic, the protocol spoken there; `lost`: a connection that stood has ended or answers no more."""


class Trouble(Exception):
    """The broker cannot be used now. `words`: one plain sentence for the owner with what to look at, without any secret
    and without what the broker said beyond 200 printable characters."""

    def __init__(self, what: What, words: str) -> None:
        super().__init__(words)
        self.what = what
        self.words = words


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message as it came. `id`: a name that the broker gives this message at each of its deliveries, empty where it
    has none. `repeated`: the broker says that it may have been delivered before."""

    body: bytes = field(repr=False)
    id: str = ""
    repeated: bool = False


Take = Callable[[Arrival], Awaitable[None]]
"""Returns when the broker may forget the message: it is committed, or refused for good and recorded, or (where the
broker keeps nothing) counted as lost. It may take long while the gateway cannot promise anything. It is called for
several messages at once, in the order they came. It raises nothing but CancelledError: then the message is not to
be acknowledged."""


Room = Callable[[], int]
"""How many more messages the gateway has places for now, at least 0. Costs next to nothing."""


def ample() -> int:
    """Room for whatever comes."""
    return sys.maxsize


class Connector(Protocol):
    """One connection, made for one subscriber, used once: connect, consume, close. Errors are Trouble, all of them.

    At most `prefetch` messages, or OPEN_MOST where the broker keeps none, are taken and not ended at a time. Bodies of
    any length are handed on, at most BODY_MOST octets of them: what is too large is refused there, with a record.
    """

    async def connect(self) -> None:
        """Connect, sign in, and make sure of the topic, within `timeout` seconds. Nothing is taken yet. Cancelled, it
        ends soon, and where its library makes something else of that, by Trouble or by returning."""

    async def consume(self, take: Take, room: Room = ample, /) -> None:
        """Bring messages until the connection is lost (Trouble) or the task is cancelled. Cancelled, it asks for no
        more messages at once, lets those it has brought already end and be acknowledged within 5 seconds, and leaves
        the rest to the broker.

        Where the protocol lets it choose while it consumes (RabbitMQ, Redis streams), it asks for no more than there
        is `room` for, but at least one, so that the rest stays ready for other consumers."""

    async def reply(self, topic: str, body: bytes) -> None:
        """Publish, and return when the broker has it as far as the protocol can tell. May be called while consuming."""

    async def health(self) -> None:
        """Return when the broker has answered a question over the connection that consumes; Trouble `lost` where it has
        ended. The caller bounds the time."""

    async def close(self) -> None:
        """End it, whatever state it is in. Never raises; takes at most 2 seconds."""

    async def check(self) -> None:
        """For `otppi subscriber test`: connect, see whether the topic may be read, take nothing and disturb no
        consumer, and close."""


Connect = Callable[["Subscriber"], Connector]
"""Makes the connector of a subscriber's protocol; imports its library only now. Raises Trouble `tls` where the file of
authorities cannot be read."""
