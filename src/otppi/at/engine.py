"""The AT engine: one step in flight, bytes in, events and bytes out. No clock, no port, no retries, no SMS knowledge.

Rules (3GPP TS 27.005, TS 27.007, V.250; the states and every change between them are in this file):

    IDLE    + Command          -> REPLY, or PROMPT where the command prompts
    REPLY   + final result     -> IDLE, Reply           + time -> IDLE, Expired (in grace: Reply, implied)
    PROMPT  + `>`              -> HELD, Prompt          + final -> IDLE, Reply       + time -> IDLE, Expired
    HELD    + Body             -> RESULT                + Abort -> REPLY             + final -> IDLE, Reply (withdrawn)
    IDLE, PROMPT + Abort       -> REPLY                (the prompt may still come: the caller brings it in step)
    RESULT  + final result     -> IDLE, Reply           + time -> IDLE, Expired
    any     + Drain            -> DRAIN                 DRAIN + time or an awaited line -> IDLE, Drained
    any     + closed()         -> CLOSED, Lost once     CLOSED + any step -> Lost

A body without a +CMGS and without an error leaves the engine listening: a later `+CMGS: n` is Late, until the next
body leaves or `listen_no_more()`. Received bytes never raise and never loop. A line is judged in this order: the PDU
that an earlier line announced, echo, unsolicited, final, the command's own answer, late reference, garbage.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from otppi.at.commands import Abort, Body, Command, Drain, Shape
from otppi.at.errors import OutOfStep
from otppi.at.events import Drained, Event, Expired, Garbage, Late, Lost, Prompt, Reply, Wait, Waiting
from otppi.at.lines import LineSplitter, Mark
from otppi.at.results import OK, Final, read_final
from otppi.at.urc import Urc, is_hex

if TYPE_CHECKING:
    from otppi.at.profile import ModemProfile
    from otppi.at.unsolicited import UrcPattern

GRACE_SECONDS = 0.3
"""How long OK may lag behind an answer that some modems send without it."""

FINAL_SECONDS = 5.0
"""How long OK may lag behind `+CMGS: n`: the network has answered, only the line is slow."""

_REFERENCE = re.compile(r"\+CMGS:\s*(\d{1,3})(?:\s*,.*)?")
_ABORT = Command("ESC", "")


class State(StrEnum):
    """Where the talk is; see the rules at the top of the module."""

    IDLE = "idle"
    REPLY = "reply"
    PROMPT = "prompt"
    HELD = "held"
    RESULT = "result"
    DRAIN = "drain"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class _Announced:
    """An unsolicited line that said that a PDU line follows."""

    line: str
    urc: UrcPattern


class AtEngine:
    """Feed it with `receive`, `expire` and `closed`; take from `data_to_send`, `events` and `awaiting`.

    `listening`: an earlier line to this modem was lost after a body; its late reference may still come.
    """

    def __init__(self, profile: ModemProfile, *, listening: bool = False) -> None:
        self.profile = profile
        self._splitter = LineSplitter()
        self._state = State.IDLE
        self._command: Command | None = None
        self._lines: list[str] = []
        self._header: str | None = None
        self._announced: _Announced | None = None
        self._echoes: deque[str] = deque(maxlen=4)
        self._body_echo = ""
        self._echoed = 0
        self._grace = False
        self._prompted = False
        self._until: tuple[str, ...] = ()
        self._listening = listening
        self._wait: Wait | None = None
        self._waits = 0
        self._outgoing = bytearray()
        self._events: list[Event] = []

    @property
    def state(self) -> State:
        """The present state."""
        return self._state

    @property
    def listening(self) -> bool:
        """Whether a late reference would still be told."""
        return self._listening

    @property
    def echoed(self) -> int:
        """How many commands came back as they were sent, while they were in flight: echo is on (V.250 6.2.4).

        Those that open a prompt do not count: what a modem repeats there depends on its maker.
        """
        return self._echoed

    def listen_no_more(self) -> None:
        """A reference that comes from now on is garbage."""
        self._listening = False

    # -- out ----------------------------------------------------------------------------------------------------

    def data_to_send(self) -> bytes:
        """The bytes to write, once."""
        data = bytes(self._outgoing)
        self._outgoing.clear()
        return data

    def events(self) -> list[Event]:
        """What happened since the last call, in order."""
        events, self._events = self._events, []
        return events

    def awaiting(self) -> Wait | None:
        """The time limit that runs now; None when none does (idle, prompt held, closed)."""
        return self._wait

    # -- in -----------------------------------------------------------------------------------------------------

    def execute(self, step: Command | Body | Abort | Drain) -> None:
        """Begin a step. Raises OutOfStep where the rules do not allow it, and sends nothing then."""
        if self._state is State.CLOSED:
            self._events.append(Lost())
            return
        match step:
            case Command():
                self._begin(step)
            case Body():
                self._hand_over(step)
            case Abort():
                self._take_back(step)
            case Drain():
                self._drain(step)
            case _:
                assert_never(step)

    def receive(self, data: bytes) -> None:
        """Take in what the modem sent."""
        if self._state is State.CLOSED:
            return
        self._splitter.feed(data)
        if self._grace:
            self._arm(GRACE_SECONDS, Waiting.GRACE)
        while (item := self._splitter.next_item(prompt=self._expects_prompt())) is not None:
            match item:
                case Mark.PROMPT:
                    self._prompt_seen()
                case Mark.OVERLONG:
                    self._events.append(Garbage(None))
                case str():
                    self._judge(item)

    def expire(self) -> None:
        """The time named by `awaiting` has passed. Without effect when none was running."""
        wait = self._wait
        if wait is None:
            return
        if wait.kind is Waiting.GRACE:
            self._end(OK, implied=True)
        elif wait.kind is Waiting.DRAIN:
            self._end_drain()
        else:
            self._give_up(Expired(wait.kind))

    def closed(self) -> None:
        """The line is gone. The step in flight, if any, is answered by Lost; a second call has no effect."""
        if self._state is State.CLOSED:
            return
        self._give_up(Lost())
        self._state = State.CLOSED
        self._outgoing.clear()

    # -- steps --------------------------------------------------------------------------------------------------

    def _begin(self, command: Command) -> None:
        self._require(State.IDLE)
        self._command, self._lines, self._grace = command, [], False
        self._echoes.append(command.text)
        self._outgoing += command.text.encode("ascii") + b"\r"
        if command.prompts:
            self._splitter.forget_prompt()
            self._enter(State.PROMPT, command.timeout, Waiting.PROMPT)
        else:
            self._enter(State.REPLY, command.timeout, Waiting.REPLY, command.idle)

    def _hand_over(self, body: Body) -> None:
        self._require(State.HELD)
        self._listening = False
        self._body_echo = body.pdu
        self._outgoing += body.pdu.encode("ascii") + b"\x1a"
        self._enter(State.RESULT, body.timeout, Waiting.RESULT)

    def _take_back(self, abort: Abort) -> None:
        self._require(State.IDLE, State.PROMPT, State.HELD)
        self._command, self._lines = _ABORT, []
        self._outgoing += b"\x1b"
        self._enter(State.REPLY, abort.timeout, Waiting.REPLY)

    def _drain(self, drain: Drain) -> None:
        self._rest()
        self._prompted, self._until = False, drain.until
        self._outgoing += drain.send
        self._enter(State.DRAIN, drain.seconds, Waiting.DRAIN)

    def _require(self, *states: State) -> None:
        if self._state not in states:
            raise OutOfStep(f"not in state {self._state.value}")

    # -- state --------------------------------------------------------------------------------------------------

    def _enter(self, state: State, seconds: float, kind: Waiting, idle: float | None = None) -> None:
        self._state = state
        self._arm(seconds, kind, idle)

    def _arm(self, seconds: float, kind: Waiting, idle: float | None = None) -> None:
        self._waits += 1
        self._wait = Wait(seconds, kind, self._waits, idle)

    def _rest(self) -> None:
        self._header = None
        self._state, self._wait, self._grace = State.IDLE, None, False
        self._command, self._lines, self._body_echo = None, [], ""

    def _end(self, final: Final, *, implied: bool = False) -> None:
        reply = Reply(self._command, self.profile.worded(final), tuple(self._lines), implied)
        if self._state is State.RESULT and final.ok and not self._lines:
            self._listening = True
        self._rest()
        self._events.append(reply)

    def _end_drain(self) -> None:
        self._rest()
        self._events.append(Drained(self._prompted))

    def _give_up(self, event: Expired | Lost) -> None:
        """Ends the step in flight without an answer; a body that left stays open to its late reference."""
        handed, lines = self._state is State.RESULT, self._lines
        self._listening = self._listening or handed
        self._rest()
        self._events.append(event)
        if handed and lines:
            self._late(lines[0])

    # -- judging ------------------------------------------------------------------------------------------------

    def _expects_prompt(self) -> bool:
        return self._state in (State.PROMPT, State.DRAIN)

    def _prompt_seen(self) -> None:
        if self._state is State.DRAIN:
            self._prompted = True
            return
        self._state, self._wait = State.HELD, None
        self._events.append(Prompt())

    def _judge(self, line: str) -> None:
        if not line or self._announced_pdu(line) or self._is_echo(line) or self._is_urc(line):
            return
        if (final := self._final(line)) is not None:
            self._finish(final, line)
        elif not (self._is_answer(line) or self._late(line)):
            self._events.append(Garbage(len(line)))

    def _announced_pdu(self, line: str) -> bool:
        """The line after a header. Unsolicited lines may slip in between, even with a PDU of their own: then the inner
        header gets the first PDU. Anything else voids the header."""
        if self._announced is None and self._header is None:
            return False
        if not is_hex(line):
            if self.profile.recognise(line) is None:
                self._void_headers()
            return False
        if self._announced is not None:
            self._events.append(Urc(self._announced.urc.name, self._announced.line, line))
            self._announced = None
        elif self._header is not None:
            self._lines += (self._header, line)
            self._header = None
        return True

    def _void_headers(self) -> None:
        for line in (self._header, self._announced.line if self._announced is not None else None):
            if line is not None:
                self._events.append(Garbage(len(line)))
        self._header = self._announced = None

    def _is_echo(self, line: str) -> bool:
        command = self._command
        self._echoed += self._state is State.REPLY and command is not None and line == command.text
        return line in self._echoes or (self._body_echo != "" and line == self._body_echo)

    def _is_urc(self, line: str) -> bool:
        urc = self.profile.recognise(line)
        if urc is None or (urc.shared and self._wants(line)):
            return False
        if self._dialling() and self._final(line) is not None:
            return False
        if urc.with_pdu:
            if self._announced is not None:
                self._events.append(Garbage(len(self._announced.line)))
            self._announced = _Announced(line, urc)
        else:
            self._events.append(Urc(urc.name, line, tells=urc.tells))
            if self._state is State.DRAIN and line in self._until:
                self._end_drain()
        return True

    def _dialling(self) -> bool:
        return self._command is not None and self._command.text.upper().startswith("ATD")

    def _final(self, line: str) -> Final | None:
        numeric = self._command is not None and self._command.numeric
        return read_final(line, numeric=numeric, dialled=self._dialling())

    def _finish(self, final: Final, line: str) -> None:
        if self._state in (State.IDLE, State.DRAIN):
            self._events.append(Garbage(len(line)))
        else:
            self._end(final)

    def _wants(self, line: str) -> bool:
        """Whether the line has the shape of the answer that the command in flight still lacks."""
        command = self._command
        if command is None or command.answer is None or self._state not in (State.REPLY, State.RESULT):
            return False
        if self._lines and command.shape in (Shape.ONE, Shape.BARE):
            return False
        return command.answer.fullmatch(line) is not None

    def _is_answer(self, line: str) -> bool:
        command = self._command
        if command is None or not self._wants(line):
            return False
        if command.shape is Shape.HEADER_PDU:
            self._header = line
            return True
        self._lines.append(line)
        if self._state is State.RESULT:
            self._arm(FINAL_SECONDS, Waiting.RESULT)
        elif command.alone is not None and command.alone.fullmatch(line):
            self._grace = True
            self._arm(GRACE_SECONDS, Waiting.GRACE)
        return True

    def _late(self, line: str) -> bool:
        reference = _REFERENCE.fullmatch(line)
        if not self._listening or reference is None or int(reference[1]) > 255:
            return False
        self._listening = False
        self._events.append(Late(int(reference[1])))
        return True
