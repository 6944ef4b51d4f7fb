"""Acts on what a modem says unasked, or notes down what must be done about it. Asks the modem nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from otppi.modems import ladder
from otppi.modems.news import (
    Moved,
    Reported,
    Restarted,
    SimTouched,
    StoreChanged,
    StoredReport,
    Strength,
    SwitchedOff,
    WrongVoltage,
    meanings,
)
from otppi.ports.modem import ModemState

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.at.urc import Urc
    from otppi.modems.board import Board
    from otppi.modems.news import Meaning
    from otppi.modems.session import Session

RUNNING = (ModemState.READY, ModemState.BUSY, ModemState.SEARCHING)
"""The states after a start-up that came to its good end."""


class Hearing:
    """For one session. `report` takes the TPDU of a status report."""

    def __init__(self, session: Session, board: Board, report: Callable[[str], None]) -> None:
        self._session = session
        self._board = board
        self._report = report

    def hear(self, urc: Urc) -> None:
        """One unsolicited line."""
        for meaning in meanings(urc):
            self._act(meaning)

    def echoed(self) -> None:
        """A command came back. Where that had been switched off, the modem has restarted without a word and forgotten
        all it was told: reports, news and errors by number too."""
        if self._session.echo_off:
            self._act(Restarted())

    def _act(self, meaning: Meaning) -> None:
        board, session = self._board, self._session
        match meaning:
            case Restarted():
                board.history = ladder.restarted(board.history, board.now())
                session.talk.lost("The modem restarted.")
            case SwitchedOff():
                session.talk.lost("The modem switched itself off.")
            case WrongVoltage():
                board.history = ladder.starved(board.history, board.now())
                board.publish(board.status)
            case Reported():
                self._reported(meaning)
            case StoredReport():
                session.stored.add(meaning)
                session.want(storage=True)
            case StoreChanged():
                session.want(storage=True)
            case Moved():
                self._moved(meaning)
            case Strength():
                board.publish(replace(board.status, signal=meaning.signal))
            case SimTouched():
                self._sim_touched(meaning)
            case _:
                assert_never(meaning)

    def _reported(self, report: Reported) -> None:
        if self._session.acknowledges:
            self._session.errands.acknowledgements += 1
            self._session.attention.set()
        if report.tpdu is not None:
            self._report(report.tpdu)

    def _moved(self, moved: Moved) -> None:
        board = self._board
        if moved.place.may_send and board.status.state is ModemState.SEARCHING:
            self._session.place = moved.place
            board.history = ladder.placed(board.history, board.now(), may_send=True)
            board.tell(ModemState.READY)
            self._session.want(operator=True)
        elif not moved.place.may_send and board.may_send:
            self._session.want(network=True)  # the other radio may still have one: ask before it counts as lost

    def _sim_touched(self, touched: SimTouched) -> None:
        """During start-up, and where a ready SIM is said to be ready, it is no news."""
        if self._board.status.state in RUNNING and not touched.ready:
            self._session.want(sim=True)
