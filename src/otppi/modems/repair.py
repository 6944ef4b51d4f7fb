"""Asking the modem on an open port, and what its silence leads to: the rungs of the ladder that need the line.

Everything here is called under the lock of the line, so no rung is taken while a message is on its way. It decides
nothing: `otppi.modems.ladder` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from otppi.at import dialogues, upkeep
from otppi.modems import ladder, trace, wording
from otppi.modems.ladder import Rung, Trouble
from otppi.modems.talk import refuse
from otppi.ports.modem import LineStatus, ModemState

if TYPE_CHECKING:
    from otppi.at.events import Dialogue
    from otppi.modems.board import Board
    from otppi.modems.session import Session
    from otppi.modems.talk import Marker

T = TypeVar("T")

LOCKED_OUT = (ModemState.PIN_NEEDED, ModemState.DEGRADED)
"""The states in which start-up is tried again and again."""


class Repair:
    """For one session."""

    def __init__(self, session: Session, board: Board) -> None:
        self._session = session
        self._talk = session.talk
        self._board = board

    async def ask(self, dialogue: Dialogue[T], *, limit: float | None = None, mark: Marker = refuse) -> T:
        """The end of a dialogue. What got no answer in it is noted down."""
        before = self._talk.unanswered
        result = await self._talk.drive(dialogue, mark, limit)
        self.missed(self._talk.unanswered - before)
        return result

    def missed(self, steps: int) -> None:
        """So many steps of one exchange got no answer."""
        if not steps:
            return
        board, now = self._board, self._board.now()
        board.history = ladder.unanswered(board.history, now, steps)
        if steps > ladder.RESYNCS:  # a dialogue that found no answer has tried to come back in step itself
            board.history = ladder.took(board.history, Rung.RESYNC, now)

    async def climb(self, trouble: Trouble, before: LineStatus) -> Rung | None:
        """Takes rungs until the modem is in step, or one needs the port closed: that rung.

        `before` is the status to come back to.
        """
        while self._talk.is_open() and (rung := self.rung(trouble)) is not None:
            if rung not in (Rung.RESYNC, Rung.RADIO, Rung.RESTART):
                return rung
            if not await self._take(rung):
                continue
            if rung is Rung.RESTART:
                return rung
            self._session.settled = True
            self._session.errands.start = rung is Rung.RADIO
            break
        self.restore(before)
        return None

    def rung(self, trouble: Trouble, *, line: bool = True) -> Rung | None:
        """The next rung, written down and told; None where there is nothing to do but wait. `line` False: none of
        those that need the open line, which is given up."""
        board, now = self._board, self._board.now()
        rung = ladder.next_rung(board.history, trouble, self._means(line=line), now)
        if rung is None:
            return None
        board.history = ladder.took(board.history, rung, now)
        trace.line(board.name, f"rung {rung.name.lower()}: the modem is {trouble.value}")
        if rung is Rung.ALARM and board.status.state in (ModemState.PROBING, ModemState.RESETTING):
            board.tell(ModemState.DEGRADED, wording.GIVEN_UP)
        elif board.status.state not in (ModemState.PROBING, ModemState.DEGRADED):
            board.tell(ModemState.RESETTING, wording.RUNGS[rung])  # one that worked until now gets a new start first
        return rung

    def restore(self, before: LineStatus) -> None:
        """After a rung or a slow answer: back to the state that is true now."""
        resetting = self._board.status.state is ModemState.RESETTING
        if not (resetting and self._talk.is_open() and self._session.settled) or self._session.errands.start:
            return
        if before.state in LOCKED_OUT:
            self._board.tell(before.state, before.reason)
        else:
            self._board.tell(*wording.network_state(self._session.place))

    def silent(self) -> None:
        """A command has waited too long for its answer: nothing new for this modem until it comes."""
        if self._board.may_send:
            self._board.tell(ModemState.RESETTING, wording.SILENT)

    def _means(self, *, line: bool) -> frozenset[Rung]:
        session = self._session
        return ladder.means(
            line=line and self._talk.is_open(),
            speaks=self._talk.speaks,
            restart=bool(session.profile.resets),
            reset=session.socket is not None and session.socket.reset,
            power=session.socket is not None and session.socket.power,
        )

    async def _take(self, rung: Rung) -> bool:
        match rung:
            case Rung.RADIO:
                return await self.ask(upkeep.radio_cycle())
            case Rung.RESTART:
                return await self.ask(upkeep.restart(self._session.profile))
            case _:
                return await self.ask(dialogues.resync())
