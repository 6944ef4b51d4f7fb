"""The care of the modem on one open port: questions when it is idle, errands, and trouble that leads up the ladder.

One lock spans each exchange with the modem; the watch gives it back between two steps, so that a waiting send never
waits for more than one of them. It sends no messages and opens no port.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from otppi.at import dialogues, upkeep
from otppi.at.answers import without_smsc
from otppi.at.asking import unasked
from otppi.modems import ladder, wording
from otppi.modems.hearing import RUNNING
from otppi.modems.ladder import Rung, Trouble
from otppi.modems.leftovers import Leftovers
from otppi.modems.repair import LOCKED_OUT
from otppi.ports.modem import ModemState

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.at.answers import Registration
    from otppi.at.events import Dialogue
    from otppi.modems.board import Board
    from otppi.modems.repair import Repair
    from otppi.modems.session import Session
    from otppi.modems.starting import Starter
    from otppi.modems.timings import Timings

T = TypeVar("T")


class Watch:
    """For one session. `report` takes the TPDU of a status report."""

    def __init__(
        self,
        session: Session,
        board: Board,
        lock: asyncio.Lock,
        repair: Repair,
        starter: Starter,
        timings: Timings,
        report: Callable[[str], None],
    ) -> None:
        self._session = session
        self._talk = session.talk
        self._board = board
        self._lock = lock
        self._repair = repair
        self._starter = starter
        self._timings = timings
        self._report = report
        self._leftovers = Leftovers(session, self._step, report)

    async def run(self) -> Rung | None:
        """From the open port to its loss, or to a rung that needs the port closed: that rung."""
        async with self._lock:
            rung = await self._starter.begin()
        while rung is None and self._talk.is_open():
            await self._rest()
            rung = await self._care()
        return rung

    # -- when ---------------------------------------------------------------------------------------------------

    async def _rest(self) -> None:
        """Until something needs attention or a question is due."""
        attention = self._session.attention
        while self._talk.is_open() and not attention.is_set() and (rest := self._due() - self._board.now()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await attention.wait()
        attention.clear()

    def _due(self) -> float:
        session, timings = self._session, self._timings
        if self._board.status.state in LOCKED_OUT:
            return self._talk.last_answer + timings.search
        due = self._care_due()
        if self._board.status.state in RUNNING:
            due = min(due, session.looked_at_storage + timings.storage)
        return min(due, session.looked_at_sim + timings.sim) if session.errands.sim else due

    def _care_due(self) -> float:
        pause = self._timings.keep_alive if self._board.may_send else self._timings.search
        return min(self._talk.last_answer + pause, self._session.cared_at + self._timings.storage)

    async def _care(self) -> Rung | None:
        """What is owed and due, most urgent first; between two steps the lock is free."""
        owed = (self._mend, self._acknowledge, self._fetch, self._start_anew)
        looks = (self._look_after, self._look_at_storage, self._look_for_reports)
        chores = (*owed, self._learn_operator, *looks, self._learn_number)
        for chore in chores:
            if not self._talk.is_open():
                break
            if (rung := await chore()) is not None:
                return rung
        return None

    # -- errands ------------------------------------------------------------------------------------------------

    async def _mend(self) -> Rung | None:
        session, errands = self._session, self._session.errands
        if session.settled and not errands.faulty:
            return None
        async with self._lock:
            before = self._board.status
            if (rung := await self._in_step()) is not None:
                return rung
            if not errands.faulty:
                return None
            errands.faulty = False
            return await self._repair.climb(Trouble.FAULTY, before)

    async def _in_step(self) -> Rung | None:
        """Brings the modem back in step, where the send that the lock was waited for has left it out of step. Until
        then nothing may be asked: it would be typed into an open prompt."""
        if self._session.settled:
            return None
        return await self._repair.climb(Trouble.SILENT, self._board.status)

    async def _acknowledge(self) -> Rung | None:
        rung = None
        while self._session.errands.acknowledgements and rung is None and self._talk.is_open():
            self._session.errands.acknowledgements -= 1
            _, rung = await self._step(dialogues.acknowledge())
        return rung

    async def _fetch(self) -> Rung | None:
        """Reports that lie in a store: read, handed over, and only then deleted, each by its index."""
        stored = self._session.stored
        while stored.waiting and self._talk.is_open():
            report = stored.waiting[0]
            if not stored.told:
                pdu, rung = await self._step(upkeep.read_stored(report.store, report.index))
                if pdu is None:
                    stored.failed()
                    return rung
                if (tpdu := without_smsc(pdu)) is not None:
                    self._report(tpdu)
                stored.handed_over()
            deleted, rung = await self._step(upkeep.delete_stored(report.store, report.index))
            if not deleted:
                stored.failed()
                return rung
            stored.drop()
        return None

    async def _start_anew(self) -> Rung | None:
        """Another look at the SIM, or start-up after the radio was off."""
        session, errands, now = self._session, self._session.errands, self._board.now()
        if not errands.start and not (errands.sim and now >= session.looked_at_sim + self._timings.sim):
            return None
        async with self._lock:
            if not self._talk.is_open():  # lost in the send that was waited for
                return None
            if (rung := await self._in_step()) is not None:
                return rung
            errands.start = errands.sim = False
            if self._board.status.state not in LOCKED_OUT:
                self._board.tell(ModemState.STARTING)
            return await self._starter.make_ready()

    # -- questions ----------------------------------------------------------------------------------------------

    async def _look_after(self) -> Rung | None:
        """Does it answer, and where is it: the keep-alive."""
        if self._board.status.state in LOCKED_OUT:
            async with self._lock:
                return await self._starter.make_ready()
        if not self._session.errands.network and self._board.now() < self._care_due():
            return None
        self._session.errands.network = False
        unanswered = self._talk.unanswered
        (answered, strength), rung = await self._step(dialogues.ask_signal())
        if rung is not None:
            return rung
        if answered:
            self._board.publish(replace(self._board.status, signal=strength))
        asked = self._talk.unanswered
        place, rung = await self._step(dialogues.ask_registration())
        if rung is not None or place is None or self._talk.unanswered > asked:
            return rung  # no answer does not mean no network
        self._session.cared_at = self._board.now()
        if asked == unanswered:
            self._session.well = True
            self._board.history = ladder.answered(self._board.history, self._board.now())
        return await self._at(place)

    async def _at(self, place: Registration) -> Rung | None:
        board, before = self._board, self._session.place
        self._session.place = place
        board.history = ladder.placed(board.history, board.now(), may_send=place.may_send)
        if board.status.state in (ModemState.READY, ModemState.SEARCHING):
            board.tell(*wording.network_state(place))
        if place.may_send:
            self._session.errands.operator |= not before.may_send
            return await self._learn_operator()
        async with self._lock:
            return await self._repair.climb(Trouble.ADRIFT, board.status)

    async def _learn_operator(self) -> Rung | None:
        """Whose network it is, once the modem has found one."""
        if not self._session.errands.operator:
            return None
        self._session.errands.operator = False
        name, rung = await self._step(dialogues.ask_operator())
        self._board.publish(replace(self._board.status, operator=name))
        return rung

    async def _learn_number(self) -> Rung | None:
        """The number of the SIM: last, for nothing waits for it."""
        errands = self._session.errands
        if not errands.number or self._board.status.state not in RUNNING:
            return None
        errands.number -= 1
        number, rung = await self._step(dialogues.ask_own_number())
        if number is not None:
            errands.number = 0
            self._board.publish(replace(self._board.status, msisdn=number))
        return rung

    async def _look_at_storage(self) -> Rung | None:
        session, board = self._session, self._board
        if board.status.state not in RUNNING:
            return None
        if not session.errands.storage and board.now() < session.looked_at_storage + self._timings.storage:
            return None
        session.errands.storage = False
        session.looked_at_storage = board.now()
        counts, rung = await self._step(upkeep.ask_storage())
        if counts is not None:
            board.publish(replace(board.status, stored=counts))
        self._leftovers.begin()
        return rung

    async def _look_for_reports(self) -> Rung | None:
        return await self._leftovers.look() if self._board.status.state in RUNNING else None

    async def _step(self, dialogue: Dialogue[T]) -> tuple[T, Rung | None]:
        """One step, short and under the lock. Silence leads up the ladder before the lock is given back."""
        async with self._lock:
            if (rung := await self._in_step()) is not None:
                return unasked(dialogue), rung
            before, unanswered = self._board.status, self._talk.unanswered
            result = await self._repair.ask(dialogue, limit=self._timings.step)
            if self._talk.unanswered > unanswered:
                return result, await self._repair.climb(Trouble.SILENT, before)
            self._repair.restore(before)
            return result, None
