"""What becomes of an attempt: each outcome is settled in one transaction, and the message placed anew.

The decisions are pure (`verdicts`, `domain.retry`); this file only orders them. Every change goes through
`Book.settle_surely`: an outcome is never dropped because the store could not commit at that moment.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from otppi.app import verdicts
from otppi.app.placing import next_part
from otppi.at.codes import ErrorClass
from otppi.domain import retry
from otppi.domain.breaker import Sign
from otppi.domain.message import Change, Class, Edge, Message, Policy, State
from otppi.ports.modem import NotHanded, Outcome, Refused, Sent, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.app.alarms import Alarms
    from otppi.app.book import Book
    from otppi.app.fleet import Fleet
    from otppi.app.handing import Handing
    from otppi.app.placing import Placing
    from otppi.app.verdicts import Attempt
    from otppi.ports.clock import Clock

log = logging.getLogger(__name__)

LOST_REST_SECONDS: Final = 1.0


class Outcomes:
    """Settles outcomes, ends and doubts."""

    def __init__(self, *, book: Book, placing: Placing, fleet: Fleet, clock: Clock, alarms: Alarms) -> None:
        self._book = book
        self._placing = placing
        self._fleet = fleet
        self._clock = clock
        self._alarms = alarms
        self._barren: dict[str, int] = {}
        self.on_ended: Callable[[str, Outcome], None] = lambda _modem, _outcome: None
        """Told how each send through a modem ended."""

    def heard(self, handing: Handing, outcome: Outcome) -> None:
        """What a modem answered to one attempt, as far as it tells of modem and SIM; `conclude` it next."""
        attempt = handing.attempt
        self.on_ended(attempt.modem, outcome)
        lost = self._fleet.is_gone(attempt.modem)
        signs = verdicts.signs(outcome, stopped=bool(handing.stopped), lost=lost)
        self._fleet.learn(attempt.modem, signs, handing.receiver)
        if signs.modem is Sign.GOOD:
            self._alarms.clear("no_smsc", attempt.modem)

    async def conclude(self, handing: Handing, outcome: Outcome) -> None:
        """Settle what a modem answered to one attempt."""
        await self._conclude(handing, outcome)
        await self._fleet.fitness.keep()

    async def _conclude(self, handing: Handing, outcome: Outcome) -> None:
        attempt = handing.attempt
        match outcome:
            case Sent(reference):
                await self.answer(attempt, reference)
            case Refused():
                await self._refused(handing, outcome)
            case NotHanded():
                await self._nothing_handed(handing)
            case Unknown(reason):
                await self.out_of_sight(attempt, reason)

    async def answer(self, attempt: Attempt, reference: int | None) -> None:
        """Edge d or l: the modem said it has sent the segment, in time or late."""
        at = self._now()
        settled = await self.settle(attempt.message_id, lambda m: verdicts.answered(m, attempt, reference, at))
        if settled is None:
            log.info("answer came after all was settled message=%s part=%s", attempt.message_id, attempt.part)

    async def out_of_sight(self, attempt: Attempt, why: str = "") -> None:
        """Edge j, with k in the same commit where the policy says so. `why`: what the modem said, if anything."""
        at = self._now()
        await self.settle(
            attempt.message_id, lambda m: verdicts.out_of_sight(m, attempt, at, self._placing.ends(m), why)
        )

    async def give_up(self, message_id: str, part: int) -> None:
        """Edge p, if the segment is still in doubt."""
        change = Change(Edge.GIVE_UP, self._now(), part, note="no answer came: outcome unknown")
        settled = await self.settle(
            message_id, lambda m: (change,) if m.segments[part - 1].state is State.IN_DOUBT else ()
        )
        if settled is not None and (settled.klass is not Class.OTP or settled.policy is Policy.HOLD):
            self._alarms.set("outcome_unknown", message_id, "notice", "ask the receiver; see `otppi message show`")

    async def expire(self, message_id: str) -> None:
        """Edge f for all that waits. What refused it last is told with it."""
        at = self._now()
        await self.settle(
            message_id,
            lambda m: (Change(Edge.EXPIRE, at, note=verdicts.why_expired(m)),) if next_part(m) is not None else (),
        )

    async def end_waiting(self, message_id: str, edge: Edge, note: str) -> Message | None:
        """Edge f, h or i for every segment that waits; None where none does."""
        change = Change(edge, self._now(), note=note)
        return await self.settle(message_id, lambda m: (change,) if next_part(m) is not None else ())

    async def step_back(self, message_id: str) -> None:
        """Edge g from claimed: nothing was handed, so nothing is written. Again a little later, 20 times."""
        barren = self._barren[message_id] = self._barren.get(message_id, 0) + 1
        step = retry.after_nothing(barren_claims=barren, now=self._now())
        message = self._book.get(message_id)
        if isinstance(step, retry.GiveUp):
            self._alarms.set("no_progress", message_id, "notice", "see why with `otppi message show`")
            await self.end_waiting(message_id, Edge.FAIL, step.why)
        elif message is not None:
            self._placing.place(message, not_before=step.at)

    def progressed(self, message_id: str) -> None:
        """Something of it was handed, or it has ended: claims without progress count anew."""
        self._barren.pop(message_id, None)
        self._alarms.clear("delivery_error", message_id)

    async def _nothing_handed(self, handing: Handing) -> None:
        """Edge g where edge c was committed all the same; then again, or f where its time is over."""
        attempt = handing.attempt
        await handing.committed()
        back = Change(Edge.RETURN, self._now(), attempt.part)
        await self._book.settle_surely(attempt.message_id, lambda m: (back,) if verdicts.in_flight(m, attempt) else ())
        if handing.stopped == "expired":
            return await self.expire(attempt.message_id)
        if not handing.stopped:
            self._fleet.rest(attempt.modem, LOST_REST_SECONDS)
        return await self.step_back(attempt.message_id)

    async def _refused(self, handing: Handing, refusal: Refused) -> None:
        attempt = handing.attempt
        message = self._book.get(attempt.message_id)
        log.info(
            "refused message=%s modem=%s kind=%s code=%s", attempt.message_id, attempt.modem, refusal.kind, refusal.code
        )
        self._fleet.rest(attempt.modem, retry.modem_rest(verdicts.remedy_for(refusal)))
        self._complain(attempt.modem, refusal.meaning)
        if message is None:
            return
        others = self._placing.others(message, attempt)
        match verdicts.refused(message, attempt, refusal, self._now(), handed=handing.handed, others=others):
            case retry.TakeAsSent():
                await self.answer(attempt, None)
            case retry.TakeAsDoubt():
                await self.out_of_sight(attempt, refusal.reason)
            case retry.GiveUp(why):
                await self._settle_attempt(attempt, Change(Edge.FAIL, self._now(), attempt.part, note=why))
            case retry.Again(at):
                back = Change(Edge.RETURN, self._now(), attempt.part, modem=attempt.modem, note=refusal.reason)
                await self._settle_attempt(attempt, back, not_before=at)

    def _complain(self, modem: str, meaning: ErrorClass) -> None:
        """What only the owner can put right."""
        if meaning is ErrorClass.SMSC:
            remedy = f"the SIM in {modem} names no SMS centre: `otppi modem set {modem} smsc=NUMBER`"
            self._alarms.set("no_smsc", modem, "warning", remedy)
        elif meaning is ErrorClass.MESSAGE:
            remedy = "the network or the modem calls an SMS of ours malformed: see the log, and report it"
            self._alarms.set("malformed_sms", modem, "notice", remedy)

    async def _settle_attempt(self, attempt: Attempt, change: Change, not_before: float = 0.0) -> None:
        await self.settle(
            attempt.message_id, lambda m: (change,) if verdicts.concerns(m, attempt) else (), not_before=not_before
        )

    async def settle(
        self, message_id: str, decide: Callable[[Message], tuple[Change, ...]], *, not_before: float = 0.0
    ) -> Message | None:
        """Settle surely and place the message where it belongs after it."""
        settled = await self._book.settle_surely(message_id, decide)
        if settled is not None:
            if not settled.needs_text:
                self.progressed(message_id)
            self._placing.place(settled, not_before=not_before)
        return settled

    def _now(self) -> float:
        return self._clock.now()
