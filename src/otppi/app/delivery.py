"""The delivery: takes what waits to the modems and settles what becomes of it.

Flow of one segment: `_pump` chooses a pair (message, modem) -> `_carry` claims it in memory (edge b) -> `Handing`
commits edge c at the prompt and puts it on the air -> `Outcomes` settles the outcome in one transaction. Answers
that come late, times that run out and the owner's decisions go through the same `Book.settle`.

Nothing here raises into the loop: a message that breaks is put away first and said, and the line goes on.
"""

from __future__ import annotations

import asyncio
import logging
import math
from typing import TYPE_CHECKING

from otppi.app import verdicts
from otppi.app.handing import Handing
from otppi.app.outcomes import Outcomes
from otppi.app.placing import Due, Placing, next_part
from otppi.app.reports import Reports
from otppi.app.verdicts import Attempt, attempt_of
from otppi.domain import retry
from otppi.domain.message import Change, Class, Edge, Message, State
from otppi.ports.modem import Sent
from otppi.ports.store import NotFound, StoreUnavailable
from otppi.ports.vault import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from otppi.app.alarms import Alarms
    from otppi.app.book import Book
    from otppi.app.fleet import Fleet, Hold
    from otppi.app.glance import Glance
    from otppi.domain.routing import RouteTable
    from otppi.domain.secret import Secret
    from otppi.domain.settings import Settings
    from otppi.domain.waiting import Pair
    from otppi.ports.clock import Clock
    from otppi.ports.modem import Outcome
    from otppi.ports.store import Outbox
    from otppi.ports.vault import Vault

log = logging.getLogger(__name__)

BLOCKED = "the receiver is on the block list"
CODE_ENDED = "its code has ended"
_LAST_SETTLEMENT_SECONDS = 5.0


class Delivery:
    """Recover, then run until stopped. All methods belong to the event loop's thread."""

    def __init__(
        self,
        *,
        book: Book,
        outbox: Outbox,
        vault: Vault,
        fleet: Fleet,
        clock: Clock,
        alarms: Alarms,
        settings: Callable[[], Settings],
        routes: Callable[[], RouteTable],
        blocked: Callable[[str], bool],
    ) -> None:
        self._book = book
        self._outbox = outbox
        self._vault = vault
        self._fleet = fleet
        self._clock = clock
        self._alarms = alarms
        self._settings = settings
        self._blocked = blocked
        self.placing = Placing(book=book, fleet=fleet, clock=clock, alarms=alarms, settings=settings, routes=routes)
        self._outcomes = Outcomes(book=book, placing=self.placing, fleet=fleet, clock=clock, alarms=alarms)
        self._reports = Reports(book, self._outcomes, outbox, clock)
        self._tasks: set[asyncio.Task[None]] = set()
        self._nudged = asyncio.Event()
        self._stopping = False
        self.on_accepted: Callable[[Message], None] = lambda _message: None
        self.on_ended: Callable[[str, Outcome], None] = lambda _modem, _outcome: None
        """Told how each send through a modem ended."""
        self._outcomes.on_ended = lambda modem, outcome: self.on_ended(modem, outcome)
        self.on_first_octet: Callable[[Message, float], None] = lambda _message, _at: None
        """Told when the first send of a message begins on a modem's line."""
        self.on_claim: Callable[[Message, str, float], None] = lambda _message, _modem, _at: None
        fleet.nudge = self._nudged.set
        fleet.on_late = self._late
        fleet.on_report = self._report

    # -- life ------------------------------------------------------------------------------------------------------

    async def recover(self) -> None:
        """Take over what an earlier run left: waiting messages wait again, handed ones are in doubt (edge j)."""
        messages = await self._outbox.open_messages()
        ended = await self._outbox.without_text()
        for message in messages:
            self._book.admit(message)
            if message.verification and message.id in ended:
                self.placing.over[message.verification] = CODE_ENDED
        handed = [message for message in messages if _handed_to(message)]
        await asyncio.gather(*(self._recover_one(message) for message in handed))
        for message in self._book:  # oldest first, as they were accepted
            self.placing.place(message)

    async def run(self) -> None:
        """Deliver until cancelled. Wakes by a nudge, or when the next moment has come."""
        while True:
            self._nudged.clear()
            for due in self.placing.due():
                self._fleet.look(due.modem)
                self._spawn(self._fall_due(due), f"due {due.what} {due.message_id}")
            views = self._fleet.views()
            if not self._stopping:
                self._pump(views)
            await asyncio.sleep(0)
            if not self._nudged.is_set():  # in a burst of changes it is not asked each time when to look again
                await self._rest(self.placing.next_moment(self._fleet.views()))

    async def stop(self, grace: float) -> None:
        """Claim nothing more; wait at most `grace` seconds for the sends in flight and settle them."""
        self._stopping = True
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=grace)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=_LAST_SETTLEMENT_SECONDS)

    def admit(self, message: Message) -> None:
        """A message was accepted and is durable: let it wait its turn."""
        log.debug("accepted message=%s account=%s class=%s", message.id, message.account, message.klass)
        self._book.admit(message)
        self.on_accepted(message)
        self.placing.place(message)

    # -- what owners and callers ask ---------------------------------------------------------------------------------

    async def cancel(self, message_id: str, note: str) -> Message | None:
        """Edge i for all that still waits. None where nothing waits (any more)."""
        return await self._outcomes.end_waiting(message_id, Edge.CANCEL, note)

    async def withdraw(self, verification_id: str, note: str) -> None:
        """A code has ended, and the store knows: edge i for all of its messages that waits, and nothing of them that
        comes back from a modem later goes out again."""
        if not self._book.of(verification_id):
            return
        self.placing.over[verification_id] = note
        for message in self._book.of(verification_id):
            await self.cancel(message.id, note)
        self.placing.forget_over(verification_id)

    async def cancel_for(self, receiver: str) -> int:
        """Cancel everything that waits for a number that was just blocked; the number of messages."""
        ids = [message.id for message in self._book if message.receiver == receiver]
        settled = [await self.cancel(message_id, BLOCKED) for message_id in ids]
        return sum(1 for message in settled if message is not None)

    async def resolve(self, message_id: str, to: State, note: str) -> Message | None:
        """Edge o for all that is in doubt: `to` is QUEUED, FAILED or SENT. None where nothing is in doubt."""

        def decide(message: Message) -> tuple[Change, ...]:
            if not any(segment.state is State.IN_DOUBT for segment in message.segments):
                return ()
            return (Change(Edge.DECIDE, self._clock.now(), to=to, note=note),)

        settled = await self._book.settle(message_id, decide)
        if settled is not None:
            self.placing.place(settled)
        return settled

    def claimed_by(self, message_id: str) -> str:
        """The modem that has claimed this message and handed nothing of it yet (edge b); empty where none has."""
        return self.placing.claimed.get(message_id, "")

    def why_waiting(self, message_id: str) -> str:
        """In one sentence what a message waits for; empty where it does not wait."""
        modem = self.claimed_by(message_id)
        return f"modem {modem} is about to send it" if modem else self.placing.why_waiting(message_id)

    # -- one segment -------------------------------------------------------------------------------------------------

    def _pump(self, views: Glance) -> None:
        """Bring together all that can go now; `views` is kept true."""
        while (pair := self.placing.take(views)) is not None:
            hold = self._fleet.hold(pair.modem, pair.waiting.account, pair.waiting.klass)
            views.again(pair.modem)
            self.placing.claimed[pair.waiting.message_id] = pair.modem
            self._tell_claim(pair)
            self._spawn(self._carry(pair, hold), f"send {pair.waiting.message_id}")

    def _tell_claim(self, pair: Pair) -> None:
        message = self._book.get(pair.waiting.message_id)
        if message is not None:
            self.on_claim(message, pair.modem, self._clock.now())

    async def _carry(self, pair: Pair, hold: Hold) -> None:
        """Edge b to its settlement. The modem is given back whatever happens."""
        answered = False
        try:
            answered = await self._deliver(pair, hold)
        except Exception as error:  # noqa: BLE001 - a message that breaks must not stop the others
            self._unclaim(pair)
            await self._put_away(pair, error)
        finally:
            self._unclaim(pair)
            self.placing.keep(pair.waiting.message_id)
            self._fleet.release(pair.modem, hold, answered=answered)

    async def _deliver(self, pair: Pair, hold: Hold) -> bool:
        """Whether the send ended with the modem's answer."""
        message = self._book.get(pair.waiting.message_id)
        line = self._fleet.line(pair.modem)
        part = None if message is None else next_part(message)
        if message is None or part is None or await self._no_longer(message):
            return False
        if line is None:
            self._unclaim(pair)
            await self._outcomes.step_back(message.id)
            return False
        handing = self._handing(message, part, pair, hold)
        text = await self._text(message)
        if text is None:
            await self.cancel(message.id, CODE_ENDED)
            return False
        more = len(message.segments) > part or self.placing.depth(pair.modem) > 1
        why = f"{pair.waiting.route.reason(pair.modem)}: {pair.modem}"
        wants_report = self._settings().delivery_report
        outcome = await handing.run(line, text, why, report=wants_report, more=more)
        self._unclaim(pair)
        if wants_report and isinstance(outcome, Sent):
            self._reports.expect(message, handing.attempt, outcome.reference)
        self._outcomes.heard(handing, outcome)
        if isinstance(outcome, Sent) and part == len(message.segments):
            # Edge d needs the modem no more. Of a longer message the next segment follows on this modem, so it waits.
            self._fleet.release(pair.modem, hold, answered=True)
        await self._outcomes.conclude(handing, outcome)
        return isinstance(outcome, Sent)

    async def _put_away(self, pair: Pair, error: Exception) -> None:
        """A message that breaks: away with it first, then say so; the line goes on."""
        message_id = pair.waiting.message_id
        if isinstance(error, StoreUnavailable):
            await self._outcomes.step_back(message_id)
            return
        if isinstance(error, Unreadable):
            await self._outcomes.end_waiting(message_id, Edge.FAIL, "the text cannot be opened with this key")
            return
        log.error("delivery failed message=%s error=%s", message_id, type(error).__name__)
        self._alarms.set("delivery_error", message_id, "critical", "see the log; the message is tried again")
        message = self._book.get(message_id)
        handed = () if message is None else _handed_to(message, pair.modem)
        for attempt in handed:
            await self._outcomes.out_of_sight(attempt)
        if not handed:
            await self._outcomes.step_back(message_id)

    def _unclaim(self, pair: Pair) -> None:
        if self.placing.claimed.get(pair.waiting.message_id) == pair.modem:
            del self.placing.claimed[pair.waiting.message_id]

    def _handing(self, message: Message, part: int, pair: Pair, hold: Hold) -> Handing:
        handing = Handing(self._book, self._clock, message, part, pair.modem, ends=self.placing.ends(message))
        handing.withdrawn = lambda: message.verification in self.placing.over
        handing.use = lambda: self._fleet.fitness.use(pair.modem)
        handing.on_used = self._fleet.fitness.used
        usual = self._fleet.usual(pair.modem)
        if not message.ever_handed:
            handing.on_begun = lambda: self.on_first_octet(message, self._clock.now())

        def handed() -> None:
            hold.handed_at = self._clock.now()
            self._unclaim(pair)
            self._outcomes.progressed(message.id)
            sight = Due("sight", message.id, part, pair.modem, handing.attempt.number)
            self.placing.note(hold.handed_at + retry.doubt_after(usual), sight)
            self._nudged.set()

        handing.on_handed = handed
        return handing

    async def _text(self, message: Message) -> Secret[str] | None:
        """The text; None where its code has ended and so wiped it."""
        try:
            sealed = await self._outbox.sealed_text(message.id)
        except NotFound:
            raise Unreadable from None
        if sealed is None and message.verification:
            return None
        if sealed is None:
            raise Unreadable
        return self._vault.open(sealed, "message", message.id)

    async def _no_longer(self, message: Message) -> bool:
        """Whether it must not go out any more; then it has been settled (edges f, i)."""
        if self._blocked(message.receiver):
            await self.cancel(message.id, BLOCKED)
            return True
        if message.verification in self.placing.over:
            await self.cancel(message.id, self.placing.over[message.verification])
            return True
        if self._clock.now() < self.placing.ends(message):
            return False
        await self._outcomes.expire(message.id)
        return True

    # -- what falls due ----------------------------------------------------------------------------------------------

    async def _recover_one(self, message: Message) -> None:
        for attempt in _handed_to(message):
            await self._outcomes.out_of_sight(attempt)

    async def _fall_due(self, due: Due) -> None:
        message = self._book.get(due.message_id)
        if message is None:
            return
        if due.what == "sight":
            await self._sight(message, Attempt(due.message_id, due.part, due.modem, due.attempt))
        elif due.what == "doubt":
            await self._outcomes.give_up(due.message_id, due.part)
        elif not self.claimed_by(due.message_id):
            await self._no_longer(message)

    async def _sight(self, message: Message, attempt: Attempt) -> None:
        """No answer for long: an otp is in doubt now; for others the modem is merely slow and the engine waits."""
        if message.klass is Class.OTP and verdicts.in_flight(message, attempt):
            await self._outcomes.out_of_sight(attempt)

    def _late(self, modem: str, key: str, reference: int) -> None:
        self._spawn(self._outcomes.answer(attempt_of(key, modem), reference), f"late {key}")

    def _report(self, modem: str, tpdu: str) -> None:
        self._spawn(self._reports.arrived(modem, tpdu), f"report {modem}")

    async def _rest(self, moment: float) -> None:
        timeout = None if moment == math.inf else max(0.0, moment - self._clock.now())
        try:
            async with asyncio.timeout(timeout):
                await self._nudged.wait()
        except TimeoutError:
            return

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _handed_to(message: Message, modem: str = "") -> tuple[Attempt, ...]:
    """The attempts whose answer is awaited: those of `modem`, or all."""
    parts = enumerate(message.segments, 1)
    return tuple(
        Attempt(message.id, part, segment.modem, segment.attempts)
        for part, segment in parts
        if segment.state is State.HANDED and modem in ("", segment.modem)
    )
