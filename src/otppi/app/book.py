"""The open messages in memory, in step with the store: every change goes through `settle`, one at a time per message.

What is in memory is what was committed last; nothing is changed here before the store has said it is durable.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from typing import TYPE_CHECKING, Final

from otppi.domain.message import IllegalEdge, Message, State
from otppi.ports.store import NotFound, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from otppi.domain.message import Change
    from otppi.ports.store import Outbox, SimUse

log = logging.getLogger(__name__)

_STORE_PAUSE_SECONDS: Final = 1.0
_UNANSWERED: Final = frozenset({State.QUEUED, State.CLAIMED, State.HANDED})


class Book:
    """Messages with a segment that may still go on the air."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._open: dict[str, Message] = {}
        self._counts: Counter[str] = Counter()
        self._locks: dict[str, asyncio.Lock] = {}
        self._again: dict[str, set[str]] = {}
        self._watchers: dict[str, list[asyncio.Future[Message]]] = {}
        self.on_settled: Callable[[Message], None] = lambda _message: None
        """Told each message as it was committed, for the feed."""
        self.on_admitted: Callable[[Message], None] = lambda _message: None
        self.on_moved: Callable[[Message, Message], None] = lambda _before, _after: None
        """Told each message that is taken in, and then as it was and as it was committed. For counting."""

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[Message]:
        return iter(list(self._open.values()))

    def admit(self, message: Message) -> None:
        """Take in a message that is durable already."""
        self._counts[message.account] += message.id not in self._open
        self._open[message.id] = message
        if message.verification not in ("", message.id):
            self._again.setdefault(message.verification, set()).add(message.id)
        self.on_admitted(message)

    def count(self, account: str) -> int:
        """How many messages of an account are open."""
        return self._counts[account]

    def get(self, message_id: str) -> Message | None:
        """The message as committed, None once it is no longer open."""
        return self._open.get(message_id)

    def of(self, verification_id: str) -> list[Message]:
        """The open messages that carry this code: the first one, and those that send it again."""
        ids = (verification_id, *sorted(self._again.get(verification_id, ())))
        return [self._open[message_id] for message_id in ids if message_id in self._open]

    async def settle(
        self, message_id: str, decide: Callable[[Message], Sequence[Change]], *, use: SimUse | None = None
    ) -> Message | None:
        """Ask `decide` for the changes to the message as it is now, commit them, give the message after them. `use` is
        counted in the same commit.

        None where the message is no longer open, `decide` gave nothing, or an edge was illegal: nothing changed.
        Raises StoreUnavailable.
        """
        lock = self._locks.setdefault(message_id, asyncio.Lock())
        async with lock:
            return await self._settle(message_id, decide, use)

    async def settle_surely(self, message_id: str, decide: Callable[[Message], Sequence[Change]]) -> Message | None:
        """`settle` that waits for a store that cannot commit, and that a cancelled caller does not break off."""
        return await asyncio.shield(asyncio.ensure_future(self._settle_patiently(message_id, decide)))

    def tell(self, before: Message, after: Message) -> None:
        """A message was committed as `after`, here or past this book."""
        self.on_settled(after)
        self.on_moved(before, after)

    async def watch(self, message_id: str, seconds: float) -> Message | None:
        """Wait until a modem has answered for the whole message or it has ended; None if it takes longer."""
        message = self._open.get(message_id)
        if message is None or message.shown not in _UNANSWERED:
            return message
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        watchers = self._watchers.setdefault(message_id, [])
        watchers.append(future)
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(future, seconds)
        with contextlib.suppress(ValueError):
            watchers.remove(future)
        return None

    async def _settle_patiently(self, message_id: str, decide: Callable[[Message], Sequence[Change]]) -> Message | None:
        while True:
            try:
                return await self.settle(message_id, decide)
            except StoreUnavailable:
                log.warning("store cannot commit, asking again message=%s", message_id)
                await asyncio.sleep(_STORE_PAUSE_SECONDS)

    async def _settle(
        self, message_id: str, decide: Callable[[Message], Sequence[Change]], use: SimUse | None
    ) -> Message | None:
        message = self._open.get(message_id)
        if message is None:
            self._locks.pop(message_id, None)
            return None
        changes = decide(message)
        if not changes:
            return None
        try:
            settled = await self._outbox.settle(message_id, changes, use=use)
        except NotFound:
            log.critical("message is gone from the store message=%s", message_id)
            self._close(message)
            return None
        except IllegalEdge as error:
            log.warning("change refused message=%s edges=%s why=%s", message_id, [c.edge for c in changes], error)
            return None
        self._take(message, settled)
        return settled

    def _take(self, before: Message, message: Message) -> None:
        if message.needs_text:
            self._open[message.id] = message
        else:
            self._close(message)
        self.tell(before, message)
        if message.shown not in _UNANSWERED:
            for future in self._watchers.pop(message.id, ()):
                if not future.done():
                    future.set_result(message)

    def _close(self, message: Message) -> None:
        self._counts[message.account] -= self._open.pop(message.id, None) is not None
        self._locks.pop(message.id, None)
        resends = self._again.get(message.verification, set())
        resends.discard(message.id)
        if not resends:
            self._again.pop(message.verification, None)
