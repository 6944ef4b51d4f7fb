"""SerialModem: one configured line as `otppi.ports.modem.Line`. One task owns the port; one lock spans each exchange.

It opens the port, lets the watch care for the modem on it, and opens it anew with back-off; the rungs of the reset
ladder that need the port closed are taken here. It never decides about retries, routing or texts.
"""

from __future__ import annotations

import asyncio
import secrets
from functools import partial
from typing import TYPE_CHECKING

from otppi.at.engine import AtEngine
from otppi.at.events import Garbage, Late, News
from otppi.at.profiles.generic import GENERIC
from otppi.at.urc import Urc
from otppi.modems import ladder, trace, wording
from otppi.modems.board import Board
from otppi.modems.doubt import Doubt
from otppi.modems.errors import PortUnavailable
from otppi.modems.hearing import Hearing
from otppi.modems.ladder import Rung, Trouble
from otppi.modems.pins import PROCESS_PINS, LinePin
from otppi.modems.repair import Repair
from otppi.modems.sender import Sender
from otppi.modems.session import Session, Stored
from otppi.modems.starting import Starter
from otppi.modems.talk import Talk
from otppi.modems.timings import DEFAULT_TIMINGS, Backoff, Timings
from otppi.modems.transport import Admit, Connect, Look, anybody, look_at_port, open_port, until_new
from otppi.modems.watch import Watch
from otppi.ports.modem import AtPrompt, LineEvents, LineSettings, LineStatus, ModemState, Outcome, Submission

if TYPE_CHECKING:
    from otppi.ports.pins import Pins
    from otppi.ports.power import PowerSwitch, Socket


class SerialModem:
    """A modem on a serial port, a pty or a TCP stream. Implements `otppi.ports.modem.Line`.

    `power`: what takes the USB rungs of the ladder; without it there are none.
    """

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
        power: PowerSwitch | None = None,
    ) -> None:
        self._settings = settings
        self._events = events
        self._connect = connect
        self._look = partial(look, settings)
        self._admit = partial(admit, settings.name)
        self._timings = timings
        self._pin = LinePin(pins, settings)
        self._power = power
        self._socket: Socket | None = None
        self._board = Board(settings.name, events)
        self._lock = asyncio.Lock()
        self._doubt = Doubt(settings.name, events, timings.late)
        self._stored = Stored()
        self._session: Session | None = None
        self._sender = Sender(
            self._board, self._lock, self._doubt, events, settings.smsc, timings.step, lambda: self._session
        )

    @property
    def status(self) -> LineStatus:
        """The present status; changes are also told through `LineEvents.changed`."""
        return self._board.status

    async def send(self, submission: Submission, at_prompt: AtPrompt) -> Outcome:
        """Put one segment on the air; see `otppi.ports.modem.Line.send`."""
        return await self._sender.send(submission, at_prompt)

    # -- the owning task ----------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Open, start up, watch, and reconnect with back-off, until cancelled. Never returns by itself."""
        backoff = Backoff(self._timings)
        try:
            while True:
                seen = self._look()
                opened = await self._open()
                rung = await self._use(backoff) if opened else await self._missing()
                await self._shut()
                wait = await self._outside(rung)
                if not (opened and self._doubt.open):  # a late answer may come any moment: nobody hears it meanwhile
                    wait = max(wait, backoff.next_wait(secrets.randbelow(1000) / 999))
                if await until_new(self._look, seen, wait, self._timings.path_poll):
                    backoff.reset()
        finally:
            await self._shut()
            await self._sender.finish()
            self._doubt.forget()
            self._board.tell(ModemState.ABSENT, "The line is not open.")

    async def _open(self) -> bool:
        engine = AtEngine(GENERIC, listening=self._doubt.open)
        talk = Talk(
            self._settings.name, engine, self._heard, self._gone, self._silent, self._timings.patience, self._echoed
        )
        self._equip(talk)
        try:
            async with asyncio.timeout(self._timings.open):
                await talk.connect(self._connect, self._settings)
        except TimeoutError:
            self._board.tell(ModemState.ABSENT, "The port did not open in time.")
        except PortUnavailable as unavailable:
            self._board.tell(ModemState.ABSENT, str(unavailable))
        return talk.is_open()

    def _equip(self, talk: Talk) -> None:
        """All that serves one opening of the port."""
        session = self._session = Session(talk, self._stored)
        repair = self._repair = Repair(session, self._board)
        starter = Starter(session, self._board, repair, self._admit, self._pin, self._timings)
        self._hearing = Hearing(session, self._board, self._report)
        self._watch = Watch(session, self._board, self._lock, repair, starter, self._timings, self._report)

    async def _use(self, backoff: Backoff) -> Rung | None:
        """From the open port to its loss, or to a rung that needs it closed."""
        session = self._present()
        self._board.port = session.talk.port
        self._board.history = ladder.opened(self._board.history)
        if self._power is not None:
            self._socket = session.socket = await self._power.socket(self._board.port)
        rung = await self._watch.run()
        if session.well or (session.started and rung is None):
            backoff.reset()
        return rung

    async def _shut(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.talk.close(wording.LOST)
        self._board.port = ""

    # -- rungs with the port closed -----------------------------------------------------------------------------

    async def _missing(self) -> Rung | None:
        """The port could not be opened: the rung that may bring it back, where nothing else sits in its socket."""
        board, now = self._board, self._board.now()
        board.history = ladder.vanished(board.history, now)
        power, socket = self._power, self._socket
        empty = power is not None and socket is not None and socket.power and await power.empty(socket.device)
        able = ladder.means(line=False, speaks=False, restart=False, reset=False, power=empty)
        rung = ladder.next_rung(board.history, Trouble.GONE, able, now)
        if rung is not None:
            board.history = ladder.took(board.history, rung, now)
        return rung

    async def _outside(self, rung: Rung | None) -> float:
        """Takes the rung if it is one of these; how long the modem is given afterwards, in seconds."""
        if rung is Rung.RESTART:
            return self._timings.reboot
        if rung not in (Rung.REAUTHORISE, Rung.POWER) or self._power is None or self._socket is None:
            return 0.0
        await self._sender.finish()
        if self._board.status.state is not ModemState.ABSENT:
            self._board.tell(ModemState.RESETTING, wording.RUNGS[rung])
        if rung is Rung.REAUTHORISE:
            done = await self._power.reauthorise(self._socket.device)
        else:
            done = await self._power.cycle(self._socket.hub, self._socket.port)
        trace.line(self._settings.name, f"rung {rung.name.lower()} {'taken' if done else 'failed'}")
        return self._timings.reboot

    # -- what the line tells ------------------------------------------------------------------------------------

    def _present(self) -> Session:
        if self._session is None:
            raise RuntimeError("the line is not open")
        return self._session

    def _heard(self, news: News) -> None:
        match news:
            case Urc():
                self._hearing.hear(news)
            case Late():
                self._doubt.late(news.reference)
            case Garbage():
                pass  # traced; it means nothing by itself

    def _echoed(self) -> None:
        self._hearing.echoed()

    def _silent(self) -> None:
        self._repair.silent()

    def _report(self, tpdu: str) -> None:
        self._events.report(self._settings.name, tpdu)

    def _gone(self, reason: str) -> None:
        if self._session is None:
            return  # it was ourselves
        self._session.attention.set()
        trace.line(self._settings.name, reason)
        self._board.port = ""
        self._board.tell(ModemState.ABSENT, reason)
