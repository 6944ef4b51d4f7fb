"""The open messages in memory: in step with the store, one change at a time per message."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from bench import gateway, virtual

from otppi.app.book import Book
from otppi.domain.message import Change, Edge, Message, State
from otppi.ports.store import StoreUnavailable

if TYPE_CHECKING:
    from pathlib import Path

    from bench import Bench

HAND = Change(Edge.HAND, 1.0, 1, modem="east")
SEND = Change(Edge.SEND, 2.0, 1, reference=7)
CANCEL = Change(Edge.CANCEL, 2.0)


async def a_book(bench: Bench) -> tuple[Book, str]:
    reply = await bench.sms()
    book = Book(bench.store.outbox)
    book.admit(await bench.store.outbox.get(str(reply.data["id"])))
    return book, str(reply.data["id"])


@virtual
async def test_what_is_settled_is_in_memory_only_once_it_is_durable(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=1e6) as bench:
        book, name = await a_book(bench)
        bench.disk.seconds = 3.0
        settling = asyncio.create_task(book.settle(name, lambda _m: [HAND]))
        await asyncio.sleep(2.9)
        assert _shown(book, name) is State.QUEUED
        settled = await settling
        assert settled is not None
        assert book.get(name) == settled
        assert settled.shown is State.HANDED
        assert await bench.store.outbox.get(name) == settled


def _shown(book: Book, name: str) -> State | None:
    message = book.get(name)
    return None if message is None else message.shown


@virtual
async def test_a_store_that_cannot_commit_changes_nothing(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=1e6) as bench:
        book, name = await a_book(bench)
        bench.disk.broken = True
        with pytest.raises(StoreUnavailable):
            await book.settle(name, lambda _m: [HAND])
        assert _shown(book, name) is State.QUEUED


@virtual
async def test_surely_waits_for_the_store_and_outlives_its_caller(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=1e6) as bench:
        book, name = await a_book(bench)
        bench.disk.broken = True
        settling = asyncio.create_task(book.settle_surely(name, lambda _m: [HAND]))
        await asyncio.sleep(5)
        settling.cancel()
        await asyncio.sleep(1)
        bench.disk.broken = False
        await asyncio.sleep(3)
        assert _shown(book, name) is State.HANDED


@virtual
async def test_nothing_to_do_an_illegal_edge_or_an_ended_message_give_none(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=1e6) as bench:
        book, name = await a_book(bench)
        assert await book.settle(name, lambda _m: ()) is None
        assert await book.settle(name, lambda _m: [SEND]) is None
        assert await book.settle(name, lambda _m: [HAND, CANCEL]) is None
        assert _shown(book, name) is State.QUEUED
        assert await book.settle(name, lambda _m: [CANCEL]) is not None
        assert book.get(name) is None
        assert len(book) == 0
        asked: list[Message] = []

        def decide(message: Message) -> list[Change]:
            asked.append(message)
            return [HAND]

        assert await book.settle(name, decide) is None
        assert asked == []


@virtual
async def test_changes_of_one_message_come_one_after_the_other_each_seeing_the_last(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=1e6) as bench:
        book, name = await a_book(bench)
        bench.disk.seconds = 1.0
        seen: list[State] = []

        def step(change: Change) -> None:
            def decide(message: Message) -> list[Change]:
                seen.append(message.shown)
                return [change]

            tasks.append(asyncio.create_task(book.settle(name, decide)))

        tasks: list[asyncio.Task[Message | None]] = []
        for change in (HAND, Change(Edge.RETURN, 2.0, 1), HAND, SEND):
            step(change)
        await asyncio.gather(*tasks)
        assert seen == [State.QUEUED, State.HANDED, State.QUEUED, State.HANDED]
        assert book.get(name) is None


@virtual
async def test_a_watcher_is_told_of_the_answer_or_the_end_and_of_nothing_else(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=1e6) as bench:
        book, name = await a_book(bench)
        watching = asyncio.create_task(book.watch(name, 60))
        await asyncio.sleep(1)
        await book.settle(name, lambda _m: [HAND])
        await asyncio.sleep(1)
        assert not watching.done()
        await book.settle(name, lambda _m: [SEND])
        told = await watching
        assert told is not None
        assert told.shown is State.SENT


@virtual
async def test_a_watcher_gives_up_in_time_and_is_forgotten(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=1e6) as bench:
        book, name = await a_book(bench)
        begun = bench.seconds()
        assert await book.watch(name, 7) is None
        assert bench.seconds() - begun == pytest.approx(7)
        assert await book.watch("unknown", 7) is None
        await book.settle(name, lambda _m: [CANCEL])


@virtual
async def test_several_watch_one_message(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=1e6) as bench:
        book, name = await a_book(bench)
        watching = asyncio.gather(*(book.watch(name, 60) for _ in range(3)), book.watch(name, 1))
        await asyncio.sleep(2)
        await book.settle(name, lambda _m: [CANCEL])
        told = await watching
        assert [message.shown for message in told[:3] if message] == [State.CANCELLED] * 3
        assert told[3] is None


@virtual
async def test_the_open_messages_of_a_code_are_the_first_and_its_resends(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=1e6) as bench:
        first = await bench.message(await bench.otp())
        book = Book(bench.store.outbox)
        second = replace(await bench.message(await bench.sms()), verification=first.id)
        for message in (second, first, await bench.message(await bench.sms())):
            book.admit(message)
        assert book.of(first.id) == [first, second]
        assert book.of("") == book.of(second.id + "x") == []
        await book.settle(second.id, lambda _m: [CANCEL])
        assert book.of(first.id) == [first]
        await book.settle(first.id, lambda _m: [CANCEL])
        assert book.of(first.id) == []
