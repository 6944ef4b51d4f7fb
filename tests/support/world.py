"""A whole gateway in one process and in virtual time, whose world may end at any step.

One seed gives one history: requests, what the modems meet, when the store is slow, and at which steps everything
stops dead. The store is the real SQLite file, the modems are the shipped fakes, and the air outlives every end.
After the last life `violations` holds what must never be: it is empty for every seed, or the seed shows a defect.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from world_codes import Aired, WorldCodes, is_resend
from world_requests import EPOCH, Request, ask, make_plan
from world_sims import BLOCKED_CODE
from world_template import template
from world_vault import CountingVault

from otppi.app.application import Application, Outside
from otppi.domain.message import Message, Policy, State
from otppi.domain.replies import Code, Unavailable
from otppi.pdu.decode import decode
from otppi.pdu.submit import Submit
from otppi.ports.store import NotFound
from otppi.store import InlineWriter, SqliteStore, open_store
from otppi.store.rows import COLUMNS, message_of
from otppi.testing.fake_modem import Air, FakeModem, Fate, Lot, OnAir
from otppi.testing.virtual_time import Endless, LoopClock, VirtualLoop

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from otppi.ports.modem import LineEvents, LineSettings, Submission
    from otppi.store import Source

MASTER = bytes(range(32))
LAST_MOMENT = 6000.0
MOST_TURNS = 50_000
"""Of the loop in one life; the busiest of 1,500 seeds took 2,000. A life that takes more goes round in circles."""
ALREADY_ACCEPTED = 197
"""TP-FCS C5: the SMS centre says it has this very message, so it counts as sent though our air never saw it."""


class WorldEnded(SystemExit):
    """The process is gone: goes through every loop and task at once."""


class UneasyWriter(InlineWriter):
    """The inline writer with the time a disk takes, and a disk that fails now and then."""

    def __init__(self, source: Source, world: World) -> None:
        super().__init__(source, before_commit=world.before_commit, after_commit=lambda: world.step("after commit"))
        self._world = world

    async def write(self, op: Callable[[Any], Any]) -> Any:
        await asyncio.sleep(self._world.disk_seconds())
        return await super().write(op)

    async def read(self, op: Callable[[Any], Any]) -> Any:
        await asyncio.sleep(0.0002)
        return await super().read(op)


class World:
    """Runs one seed. Use `run`, then read `violations`."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.plan = make_plan(seed)
        self._rng = self.plan.random
        self._path = folder / "store.db"
        self._vault = CountingVault(MASTER)
        self.air = Air()
        self.violations: list[str] = []
        self.lives = 0
        self.time = 0.0
        self._steps_left: int | None = None
        self._writer: UneasyWriter | None = None
        self._loop: VirtualLoop | None = None
        self._todo = list(self.plan.requests)
        self._ended = False
        self._known_there: set[str] = set()
        self.met: list[Fate] = []
        self.codes = WorldCodes(self._rng, lambda: EPOCH + self._loop.time() if self._loop else EPOCH)

    # -- the end of the world --------------------------------------------------------------------------------------

    def step(self, step: str) -> None:
        """Something crosses a port; perhaps the world ends here."""
        if self._ended:
            raise WorldEnded(step)
        if self._steps_left is None:
            return
        self._steps_left -= 1
        if self._steps_left <= 0:
            self._ended = True
            raise WorldEnded(step)

    def before_commit(self) -> None:
        """A commit is about to happen: the world may end, or the disk may fail."""
        self.step("before commit")
        if self._rng.random() < 0.003:
            raise sqlite3.OperationalError("disk I/O error")

    def disk_seconds(self) -> float:
        """How long the next commit takes."""
        return self._rng.choice((0.0005, 0.001, 0.002, 0.01)) if self._rng.random() < 0.985 else 6.0

    # -- lives ---------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Live until every request has been made and every message has ended, through all ends of the world."""
        shutil.copyfile(template(MASTER), self._path)
        for steps in [*self.plan.ends, None]:
            self._steps_left = steps
            if self._live():
                break
            self.time += self._rng.choice((0.2, 3.0, 12.0, 90.0))
        self.judge()

    def _live(self) -> bool:
        """One life; True if it came to its natural end."""
        self.lives += 1
        self._ended = False
        loop = self._loop = VirtualLoop(self.time, most_turns=MOST_TURNS)
        loop.set_exception_handler(self._noticed)
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(self._life(loop))
        except WorldEnded:
            return False
        except Endless as endless:
            self.violations.append(f"life {self.lives} goes round in circles: {endless}")
        finally:
            self.time = loop.time()
            self.codes.world_ends(EPOCH + self.time)
            self._bury(loop)
        return True

    def _noticed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if error is not None and not isinstance(error, WorldEnded):
            self.violations.append(f"an error reached the loop: {error!r}")

    def _bury(self, loop: VirtualLoop) -> None:
        self._ended = True
        if self._writer is not None:
            self._writer.abandon()
        for task in asyncio.all_tasks(loop):
            task._log_destroy_pending = False  # type: ignore[attr-defined]  # the dead process says nothing either
            task.get_coro().close()  # what a cut power line does to a coroutine
        loop.close()
        asyncio.set_event_loop(None)

    async def _life(self, loop: VirtualLoop) -> None:
        clock = LoopClock(loop.time, EPOCH)
        self.plan.sims.begin(clock.now(), self._rng)
        store = open_store(self._path, key_id=self._vault.key_id, synchronous="OFF", writer=self._make_writer)
        application = Application(
            Outside(
                store=store,
                vault=self._vault,
                clock=clock,
                open_line=lambda settings, events: self._modem(settings, events, clock),
                disk_used=lambda: 0.1,
                clock_mark=lambda: "{}",
            )
        )
        if self.lives == 1:
            await self._configure(store)
        application.housekeeping.every = 60.0  # what it sweeps is not judged; most commits of a world were its rounds
        await application.start()
        pending = [asyncio.create_task(self._ask(application, clock, request)) for request in self._todo]
        if pending:
            await asyncio.wait(pending)
        while len(application.book) and loop.time() < LAST_MOMENT:  # noqa: ASYNC110 - nobody tells when all is done
            await asyncio.sleep(5.0)
        await application.stop(1.0)
        await store.close()

    def _make_writer(self, source: Source) -> UneasyWriter:
        self._writer = UneasyWriter(source, self)
        return self._writer

    async def _configure(self, store: SqliteStore) -> None:
        held, self._steps_left = self._steps_left, None
        for number, prefixes in enumerate(self.plan.prefixes):
            await _again(lambda n=number, p=prefixes: store.modems.add(self.plan.sims.entry(n, p)))  # type: ignore[misc]  # bound now
        await _again(lambda: store.registry.put_setting("message.max_life", "30min"))
        await _again(lambda: store.registry.put_setting("in_doubt.hold_for", self.plan.hold_for))
        self._steps_left = held

    # -- modems ------------------------------------------------------------------------------------------------------

    def _modem(self, settings: LineSettings, events: LineEvents, clock: LoopClock) -> FakeModem:
        name = settings.name

        def nature(submission: Submission) -> Lot:
            return self._nature(submission, blocked=self.plan.sims.attempt(name, clock.now()))

        identity = self.plan.sims.identity(name)
        return FakeModem(
            settings, events, air=self.air, now=clock.now, nature=nature, steps=self.step, identity=identity
        )

    def _nature(self, submission: Submission, *, blocked: bool) -> Lot:
        if blocked:
            return Lot(fate=Fate.REFUSED, code=BLOCKED_CODE)
        fates, weights = zip(*_FATES.items(), strict=True)
        lot = Lot(
            fate=self._rng.choices(fates, weights)[0],
            prompt=self._rng.choice((0.005, 0.05, 0.05, 9.0)),
            air=self._rng.choice((0.3, 2.5, 6.0, 17.0)),
            code=self._rng.choice((1, 8, 21, 38, 42, 111, ALREADY_ACCEPTED, 300, 322, 332, 500)),
            away=self._rng.choice((1.0, 8.0, 45.0)),
            late=self._rng.choice((0.5, 20.0, 200.0)),
        )
        self.met.append(lot.fate)
        if lot.fate in (Fate.REFUSED, Fate.WITHDRAWN) and lot.code == ALREADY_ACCEPTED:
            self._known_there.add(submission.key.split("/")[0])
        return lot

    # -- clients -------------------------------------------------------------------------------------------------------

    async def _ask(self, application: Application, clock: LoopClock, request: Request) -> None:
        """A client asks at its time. It remembers the answer only if it got one."""
        await asyncio.sleep(max(0.0, EPOCH + request.at - clock.now()))
        request.unanswered += 1
        try:
            answer = await ask(application, request)
        except Unavailable:
            request.unanswered -= 1
            if request in self._todo:
                self._todo.remove(request)
            return
        request.unanswered -= 1
        self._todo.remove(request)
        request.replies.append(answer)
        code, code_id = answer
        if request.command == "create-otp" and code == Code.SUCCESS:
            await self.codes.live(application, request.caller, request.data, code_id, lambda: self._shown(request))

    def _shown(self, request: Request) -> str:
        """What the phone of a request's receiver shows last."""
        number = request.receiver.removeprefix("+")
        return next((aired.text for aired in reversed(self.aired()) if aired.number == number), "")

    # -- judgement -----------------------------------------------------------------------------------------------

    def aired(self) -> list[Aired]:
        """Everything on the air."""
        return [_read(entry) for entry in self.air.entries]

    def told(self) -> tuple[object, ...]:
        """All that can be compared between two runs of a seed: ids, salts and codes are random and left out."""
        read = zip(self.air.entries, self.aired(), strict=True)
        aired = [(entry.modem, each.number, each.part, each.at) for entry, each in read]
        kept = [(m.receiver, m.shown, m.segments, m.history, m.error, m.route) for m in self.messages()]
        answers = [[code for code, _ in request.replies] for request in self.plan.requests]
        return aired, kept, answers, self.lives, self.time, self.met, self.violations

    def edges(self) -> set[str]:
        """The letters of every history."""
        return {entry[0] for message in self.messages() for entry in message.history}

    def judge(self) -> None:
        """Compare what was accepted, what is told of it, and what was on the air."""
        aired = self.aired()
        counts = Counter((each.message, each.part) for each in aired)
        messages = self.messages()
        ids = {message.id for message in messages}
        for request in self.plan.requests:
            self._judge_request(request, ids)
        for message in [*self._only_one_handed(messages), *filter(is_resend, messages)]:
            self._judge_message(message, counts, [each.at for each in aired if each.message == message.id])
        for _, number in {(each.message, each.number) for each in aired} - {(m.id, m.receiver) for m in messages}:
            self.violations.append(f"{number} got a message nobody accepted")
        self.violations += self.codes.judge(self._path, aired)
        self.violations += self.plan.sims.judge(self.air.entries, self.quarantined())
        self._judge_texts()

    def _only_one_handed(self, messages: list[Message]) -> list[Message]:
        """Each receiver's message, resends of a code left out. A request made again may give a second one only where
        its reference was free again: because every one accepted earlier had ended without ever being handed. One that
        was made earlier may be accepted later, where the disk was slow."""
        kept: dict[str, Message] = {}
        for message in messages:
            if is_resend(message):
                continue
            earlier = kept.get(message.receiver)
            if earlier is not None and (earlier.ever_handed or earlier.needs_text):
                self.violations.append(f"{message.receiver} has two messages: {earlier.history} and {message.history}")
            kept[message.receiver] = message
        return list(kept.values())

    def messages(self) -> list[Message]:
        """What the file says, in the order of acceptance, read past the store by a connection of our own."""
        sql = f"SELECT {COLUMNS} FROM message ORDER BY seq"  # noqa: S608 - names of the store
        with closing(sqlite3.connect(self._path)) as connection:
            return [message_of(row) for row in connection.execute(sql)]

    def quarantined(self) -> dict[str, float]:
        """The SIMs in quarantine by name, and since when."""
        with closing(sqlite3.connect(self._path)) as connection:
            return dict(connection.execute("SELECT sim, since FROM sim_quarantine").fetchall())

    def _judge_request(self, request: Request, ids: set[str]) -> None:
        for code, message_id in request.replies:
            if code == Code.SUCCESS and message_id not in ids:
                self.violations.append(f"{request.command} to {request.receiver} was accepted and is lost")

    def _judge_message(self, message: Message, counts: Counter[tuple[str, int]], moments: list[float]) -> None:
        doubt = message.possible_duplicate or message.outcome_unknown
        most = {Policy.HOLD: 1, Policy.RESEND_ONCE_IF_FRESH: 2, Policy.RESEND: 99}[message.policy]
        for part, segment in enumerate(message.segments, 1):
            count = counts[message.id, part]
            where = f"{message.receiver} part {part} is {segment.state} and was {count} times on the air"
            if segment.state in (State.QUEUED, State.CLAIMED, State.HANDED):
                self.violations.append(f"{where}: it never came to an end {message.history}")
            known = doubt or message.id in self._known_there
            if segment.state in (State.SENT, State.DELIVERED) and count < 1 and not known:
                self.violations.append(f"{where}: said sent, never was")
            if segment.state not in (State.SENT, State.DELIVERED) and count and not doubt:
                self.violations.append(f"{where}: not said {message.history}")
            if count > 1 and not message.possible_duplicate:
                self.violations.append(f"{where}: a silent duplicate {message.history}")
            if count > most:
                self.violations.append(f"{where}: more often than its policy allows {message.history}")
        if any(moment < message.not_before for moment in moments):
            self.violations.append(f"{message.receiver} went out before its time")
        if any(moment > message.deadline for moment in moments):
            self.violations.append(f"{message.receiver} went out after its deadline")

    def _judge_texts(self) -> None:
        connection = sqlite3.connect(self._path)
        kept = connection.execute("SELECT count(*) FROM message WHERE sealed IS NOT NULL").fetchone()[0]
        connection.close()
        if kept:
            self.violations.append(f"{kept} texts were kept after their end")


_FATES = {
    Fate.SENT: 60,
    Fate.REFUSED: 12,
    Fate.REFUSED_AT_PROMPT: 5,
    Fate.WITHDRAWN: 2,
    Fate.NO_PROMPT: 5,
    Fate.SILENT_ON_AIR: 4,
    Fate.SILENT_LOST: 4,
    Fate.LATE: 4,
    Fate.VANISHES_BEFORE: 5,
    Fate.VANISHES_AFTER: 6,
}


def _read(entry: OnAir) -> Aired:
    submit = decode(entry.tpdu, has_smsc=False, direction="to_network")
    if not isinstance(submit, Submit):
        raise TypeError("only SMS-SUBMIT goes on the air")
    part = submit.concat.part if submit.concat else 1
    return Aired(entry.key.split("/")[0], submit.recipient.digits, part, entry.at, submit.text or "")


async def _again(make: Callable[[], Coroutine[Any, Any, Any]]) -> None:
    """The disk may fail while the owner configures; an owner tries again."""
    for _ in range(50):
        try:
            await make()
        except NotFound:
            raise
        except Exception:  # noqa: BLE001, S112 - any failure of the disk, which the plan made
            continue
        return


def run_seed(seed: int, folder: Path) -> World:
    """Run one seed in an empty folder."""
    logging.disable(logging.CRITICAL)
    world = World(seed, folder)
    try:
        world.run()
    finally:
        logging.disable(logging.NOTSET)
    return world


def run_seeds(seeds: range, base: Path) -> dict[int, list[str]]:
    """The seeds that show a defect, with what they show. The folder is emptied after each."""
    failures: dict[int, list[str]] = {}
    gc.disable()
    try:
        for number, seed in enumerate(seeds):
            folder = base / f"seed{seed}"
            folder.mkdir()
            world = run_seed(seed, folder)
            shutil.rmtree(folder)
            if world.violations:
                failures[seed] = world.violations
            if number % 25 == 24:
                gc.collect()
    finally:
        gc.enable()
    return failures
