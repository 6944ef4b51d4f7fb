"""One attempt: a segment's text is opened, made into a TPDU and handed to one modem, with edge c committed at the
prompt. Knows nothing of queues and of what follows from the outcome.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Final

from otppi.app.verdicts import Attempt
from otppi.domain.message import Change, Edge, Message, State
from otppi.pdu.submit import encode_submits
from otppi.ports.modem import Submission
from otppi.ports.store import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.app.book import Book
    from otppi.domain.secret import Secret
    from otppi.ports.clock import Clock
    from otppi.ports.modem import Line, Outcome
    from otppi.ports.store import SimUse

HAND_COMMIT_SECONDS: Final = 5.0
"""If committing edge c takes longer, the text is taken back with ESC (decisions 4, edge c)."""


class Handing:
    """One attempt in progress. After `run`: `attempt` says which, `stopped` why the prompt was left, if it was."""

    def __init__(self, book: Book, clock: Clock, message: Message, part: int, modem: str, *, ends: float) -> None:
        self._book = book
        self._clock = clock
        self._message = message
        self._ends = ends
        self._why = ""
        self._committing: asyncio.Future[Message | None] | None = None
        self.attempt = Attempt(message.id, part, modem, message.segments[part - 1].attempts + 1)
        self.handed = False
        self.stopped = ""
        self.on_begun: Callable[[], None] = lambda: None
        self.on_handed: Callable[[], None] = lambda: None
        self.use: Callable[[], SimUse | None] = lambda: None
        """What is counted of the SIM in the same commit as edge c."""
        self.withdrawn: Callable[[], bool] = lambda: False
        """Whether nothing of the message may go out any more, though its time is not over."""
        self.on_used: Callable[[SimUse], None] = lambda _use: None

    async def run(self, line: Line, text: Secret[str], why: str, *, report: bool, more: bool) -> Outcome:
        """Put the segment on the air through `line`; `why` is the explanation kept with the message."""
        self._why = why
        submission = Submission(self.attempt.key, self._tpdu(text, report=report), more=more, begun=self.on_begun)
        return await line.send(submission, self._at_prompt)

    @property
    def receiver(self) -> str:
        """Whom the segment is for, as digits."""
        return self._message.receiver

    async def committed(self) -> None:
        """Wait until a commit of edge c that was too slow for the prompt is through or has failed."""
        if self._committing is not None:
            await asyncio.wait({self._committing})

    def _tpdu(self, text: Secret[str], *, report: bool) -> str:
        left = max(1, math.ceil(self._ends - self._clock.now()))
        segments = encode_submits(
            self._message.receiver,
            text.reveal(),
            concat_reference=self._message.concat_reference,
            validity_seconds=left,
            report=report,
        )
        return segments[self.attempt.part - 1]

    async def _at_prompt(self) -> bool:
        if (why := self._too_late()) is not None:
            return self._stop(why)
        self._committing = asyncio.ensure_future(self._commit())
        done, _ = await asyncio.wait({self._committing}, timeout=HAND_COMMIT_SECONDS)
        if not done:
            return self._stop("the store was too slow")
        return self._go_on(self._committing)

    async def _commit(self) -> Message | None:
        """Edge c. It counts as a use of the SIM even if it comes too late for the prompt."""
        use = self.use()
        settled = await self._book.settle(self.attempt.message_id, self._hand, use=use)
        if settled is not None and use is not None:
            self.on_used(use)
        return settled

    def _go_on(self, committing: asyncio.Future[Message | None]) -> bool:
        try:
            if committing.result() is None:
                return self._stop("withdrawn")
        except StoreUnavailable:
            return self._stop("the store cannot commit")
        if (why := self._too_late()) is not None:
            return self._stop(why)
        self.handed = True
        self.on_handed()
        return True

    def _too_late(self) -> str | None:
        if self.withdrawn():
            return "withdrawn"
        return "expired" if self._clock.now() >= self._ends else None

    def _hand(self, message: Message) -> tuple[Change, ...]:
        segment = message.segments[self.attempt.part - 1]
        if segment.state is not State.QUEUED or segment.attempts + 1 != self.attempt.number:
            return ()
        change = Change(Edge.HAND, self._clock.now(), self.attempt.part, modem=self.attempt.modem, note=self._why)
        return (change,)

    def _stop(self, why: str) -> bool:
        self.stopped = why
        return False
