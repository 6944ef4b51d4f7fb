"""One attempt: what is committed at the prompt, and when the prompt is left."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from bench import EPOCH, SilentLine, gateway, virtual

from otppi.app.book import Book
from otppi.app.handing import HAND_COMMIT_SECONDS, Handing
from otppi.app.verdicts import Attempt, attempt_of
from otppi.domain.message import Change, Edge, Message, State
from otppi.domain.secret import Secret
from otppi.ports.modem import NotHanded, Outcome, Sent
from otppi.ports.store import SimUse

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from bench import Bench

    from otppi.ports.modem import Submission


class Prompt(SilentLine):
    """A line that comes to its prompt, lets a test do something there, and says what it was told."""

    def __init__(self, before: Callable[[], Awaitable[None]] | None = None) -> None:
        super().__init__()
        self.before = before
        self.seen: list[Submission] = []

    async def send(self, submission: Submission, at_prompt: Callable[[], Awaitable[bool]]) -> Outcome:
        self.seen.append(submission)
        if self.before is not None:
            await self.before()
        return Sent(5) if await at_prompt() else NotHanded("taken back")


async def made(bench: Bench, text: str = "Halo", ends: float = 300.0) -> tuple[Handing, Message, Book]:
    reply = await bench.sms(message=text)
    book = Book(bench.store.outbox)
    message = await bench.store.outbox.get(str(reply.data["id"]))
    book.admit(message)
    return Handing(book, bench.clock, message, 1, "east", ends=bench.clock.now() + ends), message, book


@virtual
async def test_at_the_prompt_edge_c_is_committed_before_the_text_may_leave(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=1e6) as bench:
        handing, message, _ = await made(bench)
        states = []
        handing.on_handed = lambda: states.append("told")
        line = Prompt()
        outcome = await handing.run(line, Secret("Halo"), "prefix 62812: east", report=True, more=True)
        kept = await bench.store.outbox.get(message.id)
        assert outcome == Sent(5)
        assert (kept.shown, kept.segments[0].modem, kept.route) == (State.HANDED, "east", "prefix 62812: east")
        assert (handing.handed, handing.stopped, states) == (True, "", ["told"])
        assert (line.seen[0].key, line.seen[0].more) == (f"{message.id}/1/1", True)


@virtual
async def test_past_its_end_the_prompt_is_left_and_nothing_written(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=1e6) as bench:
        handing, message, _ = await made(bench, ends=4.0)

        async def wait() -> None:
            await asyncio.sleep(5)

        outcome = await handing.run(Prompt(wait), Secret("Halo"), "", report=False, more=False)
        assert (outcome, handing.stopped, handing.handed) == (NotHanded("taken back"), "expired", False)
        assert (await bench.store.outbox.get(message.id)).shown is State.QUEUED


@virtual
async def test_a_commit_that_ends_past_the_end_leaves_the_prompt_too(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=1e6) as bench:
        handing, _, _ = await made(bench, ends=3.0)
        bench.disk.seconds = 4.0
        outcome = await handing.run(Prompt(), Secret("Halo"), "", report=False, more=False)
        assert (outcome, handing.stopped, handing.handed) == (NotHanded("taken back"), "expired", False)


@virtual
async def test_a_commit_slower_than_five_seconds_leaves_the_prompt_and_can_be_waited_for(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=1e6) as bench:
        handing, message, _ = await made(bench)
        bench.disk.seconds = HAND_COMMIT_SECONDS + 2
        begun = bench.seconds()
        outcome = await handing.run(Prompt(), Secret("Halo"), "", report=False, more=False)
        assert bench.seconds() - begun == pytest.approx(HAND_COMMIT_SECONDS, abs=0.1)
        assert (outcome, handing.stopped) == (NotHanded("taken back"), "the store was too slow")
        bench.disk.seconds = 0.001
        await handing.committed()
        assert (await bench.store.outbox.get(message.id)).shown is State.HANDED


@virtual
async def test_a_store_that_cannot_commit_leaves_the_prompt(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=1e6) as bench:
        handing, _, _ = await made(bench)
        bench.disk.broken = True
        outcome = await handing.run(Prompt(), Secret("Halo"), "", report=False, more=False)
        assert (outcome, handing.stopped) == (NotHanded("taken back"), "the store cannot commit")


@virtual
async def test_a_message_cancelled_before_the_prompt_is_withdrawn(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=1e6) as bench:
        handing, message, book = await made(bench)

        async def cancel() -> None:
            await book.settle(message.id, lambda _m: [Change(Edge.CANCEL, EPOCH, note="blocked")])

        outcome = await handing.run(Prompt(cancel), Secret("Halo"), "", report=False, more=False)
        assert (outcome, handing.stopped) == (NotHanded("taken back"), "withdrawn")
        assert (await bench.store.outbox.get(message.id)).shown is State.CANCELLED


@pytest.mark.parametrize("seconds", [0.001, HAND_COMMIT_SECONDS + 1])
@virtual
async def test_the_use_of_the_sim_is_counted_with_the_hand_even_if_that_comes_too_late(
    tmp_path: Path, seconds: float
) -> None:
    async with gateway(tmp_path, start_up=1e6) as bench:
        handing, _, _ = await made(bench)
        use, told = SimUse("modem east", EPOCH + 2), list[SimUse]()
        handing.use, handing.on_used = lambda: use, told.append
        bench.disk.seconds = seconds
        await handing.run(Prompt(), Secret("Halo"), "", report=False, more=False)
        await handing.committed()
        assert told == [use]
        assert [used.uses for used in await bench.store.sims.uses(since=0)] == [1]


@virtual
async def test_what_was_not_handed_is_no_use_of_the_sim(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=1e6) as bench:
        for why in ("withdrawn", "the store cannot commit"):
            handing, message, book = await made(bench)
            told = list[SimUse]()
            handing.use, handing.on_used = lambda: SimUse("modem east", EPOCH), told.append
            bench.disk.broken = why == "the store cannot commit"
            if why == "withdrawn":
                await book.settle(message.id, lambda _m: [Change(Edge.CANCEL, EPOCH)])
            await handing.run(Prompt(), Secret("Halo"), "", report=False, more=False)
            bench.disk.broken = False
            assert (handing.stopped, told, await bench.store.sims.uses(since=0)) == (why, [], [])


@virtual
async def test_what_is_handed_shows_no_text(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=1e6) as bench:
        handing, _, _ = await made(bench)
        line = Prompt()
        await handing.run(line, Secret("Halo canary"), "", report=False, more=False)
        assert line.seen[0].tpdu not in repr(line.seen[0])


def test_an_attempt_is_named_by_its_key() -> None:
    attempt = Attempt("01ABC", 2, "east", 3)
    assert attempt.key == "01ABC/2/3"
    assert attempt_of("01ABC/2/3", "east") == attempt
