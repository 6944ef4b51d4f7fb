"""One open line: drives dialogues over the engine. Feed, flush, arm the timer, dispatch; knows no command by name."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from otppi.at.commands import Abort, Body, Command, Drain, Mark, Purpose
from otppi.at.engine import AtEngine, State
from otppi.at.events import (
    Answer,
    Dialogue,
    Expired,
    Garbage,
    Late,
    Lost,
    Marked,
    News,
    Prompt,
    Reply,
    Wait,
    Waiting,
)
from otppi.at.urc import Urc
from otppi.modems import trace
from otppi.modems.transport import Placed

if TYPE_CHECKING:
    from otppi.modems.transport import Connect, Wire
    from otppi.ports.modem import LineSettings

T = TypeVar("T")
Marker = Callable[[Purpose], Awaitable[bool]]


async def refuse(_: Purpose) -> bool:
    """The mark of a dialogue that has none to make."""
    return False


async def _asked(mark: Marker, purpose: Purpose) -> tuple[bool, Exception | None]:
    try:
        return await mark(purpose), None
    except Exception as error:  # noqa: BLE001 - whatever the caller's own code raises is raised to it in the end
        return False, error


class Talk:
    """A line from opening to loss; never used again after that.

    `hear` is told what the modem says unasked, `gone` once why the line ended, `silent` when commands have got no
    answer for `patience` seconds; a text on its way is no command. `echoed` is told of each command that came back as
    it was sent. Only one dialogue at a time.
    """

    def __init__(
        self,
        name: str,
        engine: AtEngine,
        hear: Callable[[News], None],
        gone: Callable[[str], None],
        silent: Callable[[], None] = lambda: None,
        patience: float = 4.0,
        echoed: Callable[[], None] = lambda: None,
    ) -> None:
        self.engine = engine
        self.last_heard = 0.0
        self.last_answer = 0.0
        self.unanswered = 0
        """Steps that got no answer, since the line was opened."""
        self.speaks = False
        """Whether the newest step got one."""
        self.handed = False
        """Whether the body of the newest prompt left, wholly or in part."""
        self.port = ""
        """The path that was opened."""
        self._name = name
        self._hear = hear
        self._gone = gone
        self._silent = silent
        self._patience = patience
        self._tell_echo = echoed
        self._echoes = 0
        self._loop = asyncio.get_running_loop()
        self._watch: asyncio.TimerHandle | None = None
        self._limit: float | None = None
        self._wire: Wire | None = None
        self._waiter: asyncio.Future[Answer] | None = None
        self._held: Answer | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._armed: Wait | None = None
        self._until = 0.0
        self._unwritten = bytearray()
        self._pacer: asyncio.TimerHandle | None = None

    def is_open(self) -> bool:
        """Whether the line still stands."""
        return self._wire is not None and self.engine.state is not State.CLOSED

    async def connect(self, connect: Connect, settings: LineSettings) -> None:
        """Opens the line. Raises PortUnavailable."""
        self._wire = wire = await connect(settings, self)
        self.port = wire.path if isinstance(wire, Placed) else settings.port

    async def close(self, reason: str) -> None:
        """Ends the line; whoever waits for an answer is told Lost."""
        self.lost(reason)
        if self._wire is not None:
            await self._wire.close()

    def received(self, data: bytes) -> None:
        """Bytes came from the modem."""
        self.last_heard = self._loop.time()
        self.engine.receive(data)
        self._pump()

    def lost(self, reason: str) -> None:
        """The line is gone. Told once."""
        if self.engine.state is State.CLOSED:
            return
        self.engine.closed()
        self._unwritten.clear()
        self._unwatch()
        self._pump()
        self._gone(reason)

    def abandon(self) -> None:
        """Takes back a text whose sender went away before it left. The modem must be brought in step afterwards."""
        if self.engine.state in (State.PROMPT, State.HELD):
            self.engine.execute(Abort())
            self._pump()

    async def drive(self, dialogue: Dialogue[T], mark: Marker = refuse, limit: float | None = None) -> T:
        """Plays a dialogue to its end. What `mark` raises counts as a refusal and is raised when the dialogue ended.

        `limit`: the most a command may take, in seconds, where its own time limit is longer.
        """
        self._limit = limit
        try:
            return await self._play(dialogue, mark)
        finally:
            self._unwatch()

    async def _play(self, dialogue: Dialogue[T], mark: Marker) -> T:
        failure: Exception | None = None
        try:
            step = next(dialogue)
            while True:
                if isinstance(step, Mark):
                    granted, failure = await _asked(mark, step.purpose)
                    step = dialogue.send(Marked(go=granted) if self.is_open() else Lost())
                else:
                    step = dialogue.send(await self._perform(step))
        except StopIteration as end:
            if failure is not None:
                raise failure from None
            result: T = end.value
            return result

    async def _perform(self, step: Command | Body | Abort | Drain) -> Answer:
        trace.sent(self._name, step)
        if isinstance(step, Body | Abort) and self.engine.state is not State.HELD and self._held is not None:
            return self._held  # the modem took its prompt back while the mark was made
        if isinstance(step, Command) and self.engine.profile.command_gap:
            await self._keep_gap()
        self._held = None
        waiter: asyncio.Future[Answer] = self._loop.create_future()
        self._waiter = waiter
        if isinstance(step, Body) or (isinstance(step, Command) and step.prompts):
            self.handed = isinstance(step, Body) and self.is_open()
        self._watch_over(step)
        self.engine.execute(step)
        self._pump()
        return await waiter

    def _watch_over(self, step: Command | Body | Abort | Drain) -> None:
        if isinstance(step, Body):
            self._unwatch()
        elif self._watch is None and self.is_open():
            self._watch = self._loop.call_later(self._patience, self._silent)

    def _unwatch(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        self._watch = None

    async def _keep_gap(self) -> None:
        rest = self.last_heard + self.engine.profile.command_gap - self._loop.time()
        if rest > 0:
            await asyncio.sleep(rest)

    def _pump(self) -> None:
        self._unwritten += self.engine.data_to_send()
        if self._pacer is None:
            self._write()
        for event in self.engine.events():
            trace.heard(self._name, event)
            match event:
                case Urc() | Late() | Garbage():
                    self._hear(event)
                case _:
                    self._answer(event)
        if self.engine.echoed > self._echoes:
            self._echoes = self.engine.echoed
            self._tell_echo()
        self._arm()

    def _answer(self, event: Answer) -> None:
        match event:
            case Reply() | Prompt():
                self.last_answer, self.speaks = self._loop.time(), True
                self._unwatch()
            case Expired():
                self.unanswered += 1
                self.speaks = False
            case _:
                pass
        waiter, self._waiter = self._waiter, None
        if waiter is None or waiter.done():
            self._held = event
        else:
            waiter.set_result(event)

    def _write(self) -> None:
        """Writes all, or as much as the modem takes at once and the rest by and by."""
        self._pacer = None
        if not self._unwritten or self._wire is None:
            return
        count = self.engine.profile.chunk or len(self._unwritten)
        piece = bytes(self._unwritten[:count])
        del self._unwritten[:count]
        if self._unwritten:
            self._pacer = self._loop.call_later(self.engine.profile.chunk_delay, self._write)
        self._wire.write(piece)

    def _arm(self) -> None:
        wait = self.engine.awaiting()
        if wait == self._armed:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._armed, self._timer = wait, None
        if wait is not None:
            begun = self._loop.time()
            self._until = begun + self._seconds(wait)
            self._timer = self._loop.call_at(self._due(wait, begun), self._expire)

    def _seconds(self, wait: Wait) -> float:
        if self._limit is None or wait.kind is not Waiting.REPLY:
            return wait.seconds
        return min(wait.seconds, self._limit)

    def _due(self, wait: Wait, heard: float) -> float:
        return self._until if wait.idle is None else min(self._until, heard + wait.idle)

    def _expire(self) -> None:
        wait = self._armed
        if wait is not None and wait.idle is not None:
            due = self._due(wait, self.last_heard)
            if due > self._loop.time():  # something came meanwhile
                self._timer = self._loop.call_at(due, self._expire)
                return
        self._armed = self._timer = None
        self.engine.expire()
        self._pump()
