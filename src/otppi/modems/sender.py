"""Puts segments on the air through the session that is open: one exchange of prompt, mark, body and result each.

It never decides about retries, routing or texts. What leaves the modem in doubt about where it stands is noted in the
session, and repaired by the watch before the next exchange.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from otppi.at import dialogues, sending
from otppi.at.codes import ErrorClass
from otppi.at.commands import Purpose
from otppi.modems import ladder, wording
from otppi.ports.modem import ModemState, NotHanded, Refused, Sent

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.modems.board import Board
    from otppi.modems.doubt import Doubt
    from otppi.modems.session import Session
    from otppi.modems.talk import Talk
    from otppi.ports.modem import AtPrompt, LineEvents, Outcome, Submission

_SIM_CODES: Final = frozenset(
    {("cms", 310), ("cms", 313), ("cms", 315), ("cme", 10), ("cme", 13), ("cme", 15)},
)
"""Refusals after which the SIM is looked at anew: absent, failed, wrong."""
_LINK_FAILURES: Final = 2


def _really(talk: Talk, submitted: sending.Submitted) -> sending.Submitted:
    """What became of it, where the modem took its prompt back while the mark was made: the text never left, whatever
    line ended the prompt."""
    if talk.handed:
        return submitted
    if isinstance(submitted, sending.Silent):
        return sending.Withheld("the modem took its prompt back", settled=False)
    return replace(submitted, handed=False) if isinstance(submitted, sending.Denied) else submitted


class Sender:
    """For one line, over all its sessions; `current` is the one that is open, if any. `smsc` as in `LineSettings`;
    `step`: the most a command beside the send may take, in seconds."""

    def __init__(
        self,
        board: Board,
        lock: asyncio.Lock,
        doubt: Doubt,
        events: LineEvents,
        smsc: str | None,
        step: float,
        current: Callable[[], Session | None],
    ) -> None:
        self._board = board
        self._lock = lock
        self._doubt = doubt
        self._events = events
        self._smsc = smsc
        self._step = step
        self._current = current
        self._exchanges: set[asyncio.Task[Outcome]] = set()

    async def send(self, submission: Submission, at_prompt: AtPrompt) -> Outcome:
        """Put one segment on the air; see `otppi.ports.modem.Line.send`."""
        if self._able() is None or not await self._turn():
            return self._refusal()
        if (session := self._able()) is None:
            self._lock.release()
            return self._refusal()
        exchange = asyncio.create_task(self._exchange(session, submission, at_prompt))
        self._exchanges.add(exchange)
        exchange.add_done_callback(self._exchanged)
        try:
            return await asyncio.shield(exchange)
        except asyncio.CancelledError:
            self._deserted(submission.key, exchange)
            raise

    async def finish(self) -> None:
        """Until no exchange runs any more."""
        if self._exchanges:
            await asyncio.wait(self._exchanges)

    # -- whose turn it is ---------------------------------------------------------------------------------------

    def _able(self) -> Session | None:
        session = self._current()
        if session is None or not session.talk.is_open() or not session.settled or not self._board.may_send:
            return None
        return session

    def _refusal(self) -> NotHanded:
        session, status = self._current(), self._board.status
        if session is None or not session.talk.is_open():
            return NotHanded(wording.LOST)
        return NotHanded(status.reason or f"The modem is {status.state.value}.")

    async def _turn(self) -> bool:
        """Waits for the line, and holds it then. False: the modem went out of service meanwhile."""
        if not self._lock.locked():
            return await self._lock.acquire()
        turn, out = asyncio.ensure_future(self._lock.acquire()), self._board.out_of_service()
        either: set[asyncio.Future[Any]] = {turn, out}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            if turn.done():
                self._lock.release()
            raise
        finally:
            out.cancel()
            if not turn.done():
                turn.cancel()
        return turn.done()

    def _exchanged(self, exchange: asyncio.Task[Outcome]) -> None:
        self._lock.release()
        self._exchanges.discard(exchange)
        if not exchange.cancelled():
            exchange.exception()  # raised to the sender; if that one has gone, nobody else wants it

    def _deserted(self, key: str, exchange: asyncio.Task[Outcome]) -> None:
        """Nobody waits for the outcome any more: take the text back, or tell a success as late."""
        if exchange.done():
            outcome = None if exchange.cancelled() or exchange.exception() else exchange.result()
            if isinstance(outcome, Sent):
                self._events.late(self._board.name, key, outcome.reference)
        elif self._doubt.holds(key):
            self._doubt.orphan(key)
        else:
            exchange.cancel()

    # -- the exchange -------------------------------------------------------------------------------------------

    async def _exchange(self, session: Session, submission: Submission, at_prompt: AtPrompt) -> Outcome:
        board, talk = self._board, session.talk
        unanswered = talk.unanswered
        if talk.is_open():  # it may have been lost since the turn was taken
            board.tell(ModemState.BUSY)

        async def mark(purpose: Purpose) -> bool:
            granted = purpose is Purpose.HANDED and await at_prompt()
            if granted and talk.is_open():
                board.tell(ModemState.BUSY)  # again, if the prompt was slow
                self._doubt.begin(submission.key)
            return granted

        try:
            submission.begun()
            if not await self._keep_link(session, more=submission.more):
                return NotHanded(wording.SILENT)
            dialogue = sending.send_pdu(session.profile, submission.tpdu, self._smsc)
            submitted = _really(talk, await talk.drive(dialogue, mark))
            outcome = self._settle(session, submission, submitted)
            await self._judge_link(session, submitted)
            return outcome
        except asyncio.CancelledError:
            talk.abandon()
            session.settled = False
            raise
        finally:
            self._leave(session, talk.unanswered - unanswered)

    def _leave(self, session: Session, missed: int) -> None:
        """The exchange is over. What got no answer in it leaves the modem out of step."""
        board = self._board
        if missed:
            board.history = ladder.unanswered(board.history, board.now(), missed)
            session.settled = False
        if not session.talk.is_open():
            return
        if not session.settled:
            session.attention.set()
            board.tell(ModemState.RESETTING, wording.RUNGS[ladder.Rung.RESYNC])
        elif board.status.state in (ModemState.BUSY, ModemState.RESETTING):
            board.tell(ModemState.READY)

    def _settle(self, session: Session, submission: Submission, submitted: sending.Submitted) -> Outcome:
        if isinstance(submitted, sending.Withheld | sending.Silent) and not submitted.settled:
            session.settled = False
        outcome = wording.outcome(submitted, session.profile)
        self._doubt.end(submission.key, outcome)
        if session.talk.is_open():
            self._learn(session, outcome, submitted)
        return outcome

    def _learn(self, session: Session, outcome: Outcome, submitted: sending.Submitted) -> None:
        """What an outcome tells about the modem."""
        board, before = self._board, self._board.history
        if isinstance(outcome, Sent):
            board.history = ladder.sent(before)
            session.references.add(outcome.reference)
            session.errands.faulty = False
        elif isinstance(outcome, Refused):
            board.history = ladder.refused(before, outcome.meaning, board.now())
            self._look_after_refusal(session, outcome)
        elif isinstance(submitted, sending.Silent) or not session.settled:
            board.history = ladder.refused(before, ErrorClass.UNKNOWN, board.now())
        if board.history.faults > before.faults:
            session.errands.faulty = True
            session.attention.set()

    def _look_after_refusal(self, session: Session, refused: Refused) -> None:
        if refused.meaning is ErrorClass.PIN or (refused.kind, refused.code) in _SIM_CODES:
            session.want(sim=True)
        elif refused.meaning is ErrorClass.NO_NETWORK:
            session.want(network=True)
        elif refused.meaning is ErrorClass.STORAGE:
            session.want(storage=True)

    # -- the radio link -----------------------------------------------------------------------------------------

    async def _keep_link(self, session: Session, *, more: bool) -> bool:
        """AT+CMMS once a session, when more follows. False: no answer."""
        link = session.link
        if not (more and link.mode) or link.kept:
            return True
        link.kept = True
        return await session.talk.drive(dialogues.keep_link(link.mode), limit=self._step)

    async def _judge_link(self, session: Session, submitted: sending.Submitted) -> None:
        """Two failures in a row with the radio link kept: it is let go for the rest of the session."""
        link = session.link
        link.failures = 0 if isinstance(submitted, sending.Accepted) else link.failures + 1
        if link.kept and not link.let_go and link.failures >= _LINK_FAILURES and session.settled:
            link.let_go = True
            await session.talk.drive(dialogues.keep_link(0), limit=self._step)
