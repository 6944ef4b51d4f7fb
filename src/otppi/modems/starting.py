"""From an open port to a modem that is ready, or to the reason why it is not. Everything here needs the lock."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from otppi.at import dialogues
from otppi.at.dialogues import SimState
from otppi.at.errors import ProfileConflict
from otppi.at.profiles.table import choose_profile
from otppi.modems import ladder, trace, wording
from otppi.modems.ladder import Rung, Trouble
from otppi.modems.session import NUMBER_TRIES
from otppi.ports.modem import ModemState

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.at.dialogues import Readiness
    from otppi.modems.board import Board
    from otppi.modems.pins import LinePin
    from otppi.modems.repair import Repair
    from otppi.modems.session import Session
    from otppi.modems.timings import Timings
    from otppi.ports.modem import Identity


class Starter:
    """For one session. What it returns is the rung to take with the port closed, None to go on. `admit` says whether
    who answers is the modem that is meant."""

    def __init__(
        self,
        session: Session,
        board: Board,
        repair: Repair,
        admit: Callable[[Identity], bool],
        pin: LinePin,
        timings: Timings,
    ) -> None:
        self._session = session
        self._admit = admit
        self._board = board
        self._repair = repair
        self._pin = pin
        self._timings = timings

    async def begin(self) -> Rung | None:
        """Wake it, ask who it is, and start it up."""
        state = self._board.status.state
        if state is not ModemState.DEGRADED:  # given up, and tried all the same: that is not told each time
            self._board.tell(ModemState.PROBING, self._board.status.reason if state is ModemState.PROBING else "")
        if not await self._repair.ask(dialogues.wake()) or not self._session.talk.is_open():
            return self._unheard()
        self._board.tell(ModemState.STARTING)
        engine = self._session.talk.engine
        echoed = engine.echoed
        plate = self._session.plate = await self._repair.ask(dialogues.identify())
        if not (self._session.talk.is_open() and self._session.talk.speaks):
            return self._unheard()
        self._session.echo_off = engine.echoed == echoed
        self._board.publish(replace(self._board.status, identity=wording.identity(plate)))
        if not self._admit(self._board.status.identity):
            self._board.tell(ModemState.ABSENT, wording.STRANGER)
            return Rung.REINIT
        try:
            profile = choose_profile(plate.manufacturer, plate.model, plate.revision)
        except ProfileConflict:
            self._board.tell(ModemState.DEGRADED, "More than one modem profile claims this modem.")
            return Rung.REINIT
        self._session.profile = self._session.talk.engine.profile = profile
        return await self.make_ready()

    async def make_ready(self) -> Rung | None:
        """SIM, settings and network. The ICCID is asked for first, so that no PIN is tried in the wrong SIM."""
        sim = await self._repair.ask(dialogues.ask_iccid(self._session.profile)) if self._pin.is_set else ""
        pin = await self._pin.offer(sim)
        readiness = await self._repair.ask(dialogues.start_up(self._session.profile, pin), mark=self._pin.mark)
        if readiness is None:
            return self._unheard()
        if readiness.sim is SimState.READY:
            await self._pin.proved(readiness.iccid)
        if self._session.talk.is_open():  # it may have been lost with the last answer, or while that was written down
            self._take_in(readiness)
        return None

    def _take_in(self, readiness: Readiness) -> None:
        session, board, now = self._session, self._board, self._board.now()
        for command in readiness.refused:
            trace.line(board.name, f"the modem refused {command}")
        session.started = session.settled = True
        session.errands.number = NUMBER_TRIES
        session.acknowledges, session.link.mode = readiness.acknowledge, readiness.link_mode
        session.place, session.readable = readiness.registration, readiness.readable
        session.stored.belong_to((session.plate.imei, readiness.iccid))
        session.looked_at_sim = session.cared_at = now
        session.looked_at_storage = now - self._timings.storage + self._timings.first_look(board.name)
        able = readiness.sim is not SimState.READY or readiness.registration.may_send
        board.history = ladder.placed(board.history, now, may_send=able)
        status = wording.ready_status(session.plate, readiness)
        board.publish(replace(status, profile=session.profile.name, stored=readiness.stored or board.status.stored))

    def _unheard(self) -> Rung | None:
        """It fell silent, so the line is given up. One that was given up before stays so."""
        if not self._session.talk.is_open():
            return None
        if self._session.started or self._board.status.state is not ModemState.DEGRADED:
            self._board.tell(ModemState.PROBING, wording.NO_ANSWER)
        return self._repair.rung(Trouble.SILENT, line=False)
