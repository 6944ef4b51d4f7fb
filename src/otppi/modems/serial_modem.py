"""SerialModem: one configured line as `otppi.ports.modem.Line`. One task owns the port; one lock spans each exchange.

It opens, starts up, watches and reconnects; it never decides about retries, routing or texts. What leaves a modem in
doubt about where it stands (a time-out, a cancelled send) is repaired by the owning task before the next exchange.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from otppi.at import answers, dialogues, sending
from otppi.at.answers import Registration
from otppi.at.commands import Purpose
from otppi.at.dialogues import Nameplate, SimState
from otppi.at.engine import AtEngine
from otppi.at.errors import ProfileConflict
from otppi.at.events import Garbage, Late, News
from otppi.at.profiles.generic import GENERIC
from otppi.at.profiles.table import choose_profile
from otppi.at.urc import Urc, report_tpdu
from otppi.modems import trace, wording
from otppi.modems.doubt import Doubt
from otppi.modems.errors import PortUnavailable
from otppi.modems.pins import PROCESS_PINS, LinePin
from otppi.modems.talk import Talk
from otppi.modems.timings import DEFAULT_TIMINGS, Backoff, Timings
from otppi.modems.transport import Admit, Connect, Look, anybody, look_at_port, open_port, until_new
from otppi.ports.modem import (
    AtPrompt,
    Identity,
    LineEvents,
    LineSettings,
    LineStatus,
    ModemState,
    NotHanded,
    Outcome,
    Sent,
    Submission,
)

if TYPE_CHECKING:
    from otppi.at.profile import ModemProfile
    from otppi.ports.pins import Pins

_MAY_SEND = (ModemState.READY, ModemState.BUSY)


class SerialModem:
    """A modem on a serial port, a pty or a TCP stream. Implements `otppi.ports.modem.Line`."""

    def __init__(
        self,
        settings: LineSettings,
        events: LineEvents,
        *,
        connect: Connect = open_port,
        look: Look = look_at_port,
        admit: Admit = anybody,
        timings: Timings = DEFAULT_TIMINGS,
        pins: Pins = PROCESS_PINS,
    ) -> None:
        self._settings = settings
        self._events = events
        self._connect = connect
        self._look = partial(look, settings)
        self._admit = partial(admit, settings.name)
        self._timings = timings
        self._pin = LinePin(pins, settings)
        self._status = LineStatus(ModemState.ABSENT, reason="The line is not open.")
        self._lock = asyncio.Lock()
        self._attention = asyncio.Event()
        self._exchanges: set[asyncio.Task[Outcome]] = set()
        self._doubt = Doubt(settings.name, events, timings.late)
        self._talk: Talk | None = None
        self._profile: ModemProfile = GENERIC
        self._plate = Nameplate()
        self._acknowledges = False
        self._reports_owed = 0
        self._settled = True
        self._place = Registration.NONE
        self._link_kept = False
        self._link_mode = 0
        self._refusals = 0

    @property
    def status(self) -> LineStatus:
        """The present status; changes are also told through `LineEvents.changed`."""
        return self._status

    # -- the owning task ----------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Open, start up, watch, and reconnect with back-off, until cancelled. Never returns by itself."""
        backoff = Backoff(self._timings)
        try:
            while True:
                seen = self._look()
                if await self._open() and await self._session():
                    backoff.reset()
                await self._shut()
                wait = backoff.next_wait(secrets.randbelow(1000) / 999)
                if await until_new(self._look, seen, wait, self._timings.path_poll):
                    backoff.reset()
        finally:
            await self._shut()
            await self._finish_exchanges()
            self._doubt.forget()
            self._tell(ModemState.ABSENT, "The line is not open.")

    async def _open(self) -> bool:
        engine = AtEngine(GENERIC, listening=self._doubt.open)
        talk = Talk(self._settings.name, engine, self._heard, self._gone)
        self._talk, self._profile, self._settled, self._link_kept = talk, GENERIC, True, False
        self._reports_owed = self._refusals = self._link_mode = 0
        try:
            async with asyncio.timeout(self._timings.open):
                await talk.connect(self._connect, self._settings)
        except TimeoutError:
            self._tell(ModemState.ABSENT, "The port did not open in time.")
        except PortUnavailable as unavailable:
            self._tell(ModemState.ABSENT, str(unavailable))
        return talk.is_open()

    async def _session(self) -> bool:
        """From the open port to its loss. True if the modem got through its start-up."""
        talk = self._present()
        self._attention.clear()
        async with self._lock:
            probed_before = self._status.state is ModemState.PROBING
            self._tell(ModemState.PROBING, self._status.reason if probed_before else "")
            if not await talk.drive(dialogues.wake()):
                self._no_answer(talk)
                return False
            if not await self._start(talk):
                return False
        alive = True
        while alive and talk.is_open():
            await self._rest(talk)
            alive = talk.is_open() and await self._tend(talk)
        return True

    async def _start(self, talk: Talk) -> bool:
        self._tell(ModemState.STARTING, "")
        self._plate = await talk.drive(dialogues.identify())
        self._publish(replace(self._status, identity=wording.identity(self._plate)))
        if not self._admit(self._status.identity):
            self._tell(ModemState.ABSENT, wording.STRANGER)
            return False
        try:
            self._profile = choose_profile(self._plate.manufacturer, self._plate.model, self._plate.revision)
        except ProfileConflict:
            self._tell(ModemState.DEGRADED, "More than one modem profile claims this modem.")
            return False
        talk.engine.profile = self._profile
        return await self._make_ready(talk)

    async def _make_ready(self, talk: Talk) -> bool:
        readiness = await talk.drive(dialogues.start_up(self._profile, self._pin.offer()), self._pin.mark)
        if readiness is None:
            self._no_answer(talk)
            return False
        if readiness.sim is SimState.READY:
            await self._pin.proved()
        self._acknowledges, self._link_mode = readiness.acknowledge, readiness.link_mode
        for command in readiness.refused:
            trace.line(self._settings.name, f"the modem refused {command}")
        self._place = readiness.registration
        self._publish(wording.ready_status(self._plate, readiness))
        return True

    def _no_answer(self, talk: Talk) -> None:
        if talk.is_open():
            self._tell(ModemState.PROBING, wording.NO_ANSWER)

    # -- tending ------------------------------------------------------------------------------------------------

    async def _rest(self, talk: Talk) -> None:
        """Until something needs attention or the line has been idle for the keep-alive time."""
        while talk.is_open() and not self._attention.is_set():
            idle = asyncio.get_running_loop().time() - talk.last_heard
            rest = (self._timings.keep_alive if self._status.state in _MAY_SEND else self._timings.search) - idle
            if rest <= 0:
                return
            try:
                async with asyncio.timeout(rest):
                    await self._attention.wait()
            except TimeoutError:
                continue
        self._attention.clear()

    async def _tend(self, talk: Talk) -> bool:
        """One round of care. False: the modem does not answer and must be opened anew.

        The lock is given back between the steps, so that a waiting send never waits for more than one of them.
        """
        async with self._lock:
            if not self._settled and not await self._repair(talk):
                return False
        while self._reports_owed:
            async with self._lock:
                self._reports_owed -= 1
                if not await talk.drive(dialogues.acknowledge()):
                    return await self._repair(talk)
        if self._status.state in (ModemState.PIN_NEEDED, ModemState.DEGRADED):
            async with self._lock:
                return await self._make_ready(talk)
        return await self._check_signal(talk) and await self._check_network(talk)

    async def _check_signal(self, talk: Talk) -> bool:
        async with self._lock:
            answered, strength = await talk.drive(dialogues.ask_signal())
            if answered:
                self._publish(replace(self._status, signal=strength))
                return True
            await talk.drive(dialogues.ask_signal())
            # Even if that was answered: an answer too many may be under way, and must not end the next command.
            return await self._repair(talk)

    async def _check_network(self, talk: Talk) -> bool:
        async with self._lock:
            place = await talk.drive(dialogues.ask_registration())
            if place is None:
                return False
            self._place = place
            if self._status.state in (ModemState.READY, ModemState.SEARCHING):
                self._tell(*wording.network_state(place))
            return True

    async def _repair(self, talk: Talk) -> bool:
        """Brings the modem back in step. Called under the lock."""
        before = self._status
        self._tell(ModemState.RESETTING, "The modem is brought back in step.")
        if not await talk.drive(dialogues.resync()):
            return False
        self._settled = True
        if before.state in (ModemState.PIN_NEEDED, ModemState.DEGRADED):
            self._tell(before.state, before.reason)
        else:
            self._tell(*wording.network_state(self._place))
        return True

    # -- sending ------------------------------------------------------------------------------------------------

    async def send(self, submission: Submission, at_prompt: AtPrompt) -> Outcome:
        """Put one segment on the air; see `otppi.ports.modem.Line.send`."""
        if (refusal := self._cannot_send()) is not None:
            return refusal
        await self._lock.acquire()
        if (refusal := self._cannot_send()) is not None:
            self._lock.release()
            return refusal
        exchange = asyncio.create_task(self._exchange(self._present(), submission, at_prompt))
        self._exchanges.add(exchange)
        exchange.add_done_callback(self._exchanged)
        try:
            return await asyncio.shield(exchange)
        except asyncio.CancelledError:
            self._deserted(submission.key, exchange)
            raise

    def _deserted(self, key: str, exchange: asyncio.Task[Outcome]) -> None:
        """Nobody waits for the outcome any more: take the text back, or tell a success as late."""
        if exchange.done():
            outcome = None if exchange.cancelled() or exchange.exception() else exchange.result()
            if isinstance(outcome, Sent):
                self._events.late(self._settings.name, key, outcome.reference)
        elif self._doubt.holds(key):
            self._doubt.orphan(key)
        else:
            exchange.cancel()

    def _cannot_send(self) -> NotHanded | None:
        if self._talk is None or not self._talk.is_open():
            return NotHanded(wording.LOST)
        if self._status.state not in _MAY_SEND:
            return NotHanded(self._status.reason or f"The modem is {self._status.state.value}.")
        return None if self._settled else NotHanded("The modem is brought back in step.")

    def _exchanged(self, exchange: asyncio.Task[Outcome]) -> None:
        self._lock.release()
        self._exchanges.discard(exchange)
        if not exchange.cancelled():
            exchange.exception()  # raised to the sender; if that one has gone, nobody else wants it

    async def _exchange(self, talk: Talk, submission: Submission, at_prompt: AtPrompt) -> Outcome:
        self._tell(ModemState.BUSY, "")

        async def mark(purpose: Purpose) -> bool:
            granted = purpose is Purpose.HANDED and await at_prompt()
            if granted and talk.is_open():
                self._doubt.begin(submission.key)
            return granted

        try:
            if submission.more and self._link_mode and not self._link_kept:
                self._link_kept = True
                if not await talk.drive(dialogues.keep_link(self._link_mode)):
                    self._out_of_step()
                    return NotHanded("The modem did not answer.")
            dialogue = sending.send_pdu(self._profile, submission.tpdu, self._settings.smsc)
            submitted = await talk.drive(dialogue, mark)
            outcome = self._settle(submission, submitted)
            await self._judge_link(talk, submitted)
            return outcome
        except asyncio.CancelledError:
            talk.abandon()
            self._out_of_step()
            raise
        finally:
            if self._status.state is ModemState.BUSY:
                self._tell(ModemState.READY, "")

    async def _judge_link(self, talk: Talk, submitted: sending.Submitted) -> None:
        """Two refusals in a row with the radio link kept: it is let go for the rest of the session."""
        self._refusals = self._refusals + 1 if isinstance(submitted, sending.Denied) else 0
        if self._link_kept and self._refusals == 2 and not await talk.drive(dialogues.keep_link(0)):
            self._out_of_step()

    def _settle(self, submission: Submission, submitted: sending.Submitted) -> Outcome:
        if isinstance(submitted, sending.Withheld | sending.Silent) and not submitted.settled:
            self._out_of_step()
        outcome = wording.outcome(submitted, self._profile)
        self._doubt.end(submission.key, outcome)
        return outcome

    def _out_of_step(self) -> None:
        self._settled = False
        self._attention.set()
        if self._talk is not None and self._talk.is_open():
            self._tell(ModemState.RESETTING, "The modem is brought back in step.")

    # -- what the modem says unasked ----------------------------------------------------------------------------

    def _heard(self, news: News) -> None:
        match news:
            case Urc():
                self._unsolicited(news)
            case Late():
                self._doubt.late(news.reference)
            case Garbage():
                pass  # traced; it means nothing by itself

    def _unsolicited(self, urc: Urc) -> None:
        if urc.reboot and self._talk is not None:
            self._talk.lost("The modem restarted.")
        elif urc.name == "+CDS":
            self._report(urc)
        elif urc.name in ("+CREG", "+CEREG"):
            self._moved(answers.registration_news(urc.line).may_send)
        elif urc.name == "+CSQ" and (strength := answers.unasked_signal(urc.line)) is not None:
            self._publish(replace(self._status, signal=strength))

    def _report(self, urc: Urc) -> None:
        if self._acknowledges:
            self._reports_owed += 1
            self._attention.set()
        if (tpdu := report_tpdu(urc)) is not None:
            self._events.report(self._settings.name, tpdu)

    def _moved(self, may_send: bool) -> None:
        if may_send and self._status.state is ModemState.SEARCHING:
            self._tell(ModemState.READY, "")
        elif not may_send and self._status.state in _MAY_SEND:
            self._attention.set()  # the other radio may still have a network: ask before it counts as lost

    # -- the line -----------------------------------------------------------------------------------------------

    def _present(self) -> Talk:
        if self._talk is None:
            raise RuntimeError("the line is not open")
        return self._talk

    def _gone(self, reason: str) -> None:
        self._attention.set()
        if self._talk is not None:  # else it was ourselves
            trace.line(self._settings.name, reason)
            self._tell(ModemState.ABSENT, reason)

    async def _shut(self) -> None:
        talk, self._talk = self._talk, None
        if talk is not None:
            await talk.close(wording.LOST)

    async def _finish_exchanges(self) -> None:
        if self._exchanges:
            await asyncio.wait(self._exchanges)

    def _tell(self, state: ModemState, reason: str) -> None:
        self._publish(replace(self._status, state=state, reason=reason))

    def _publish(self, status: LineStatus) -> None:
        talk = self._talk if self._talk is not None and self._talk.is_open() else None
        status = replace(status, port="" if talk is None else talk.port)
        if talk is None:
            status = replace(status, identity=Identity())  # who answers next may be another
        if status != self._status:
            self._status = status
            self._events.changed(self._settings.name, status)
