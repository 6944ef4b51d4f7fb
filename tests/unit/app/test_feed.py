"""The feed: who watches is told, who is slow loses the oldest, and nobody waits for either."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

import pytest
from bench import RECEIVER, gateway, modem, queued, virtual

from otppi.app.feed import Event, Feed, MessageMoved, Missed, ModemChanged, Subscription
from otppi.domain.message import Class, State
from otppi.ports.modem import ModemState
from otppi.testing.fake_modem import Fate, Lot

if TYPE_CHECKING:
    from pathlib import Path

READY, BUSY, ABSENT, SLOW = ModemState.READY, ModemState.BUSY, ModemState.ABSENT, ModemState.SLOW


def change(number: int) -> ModemChanged:
    return ModemChanged("east", READY, BUSY, "", float(number))


async def read(subscription: Subscription) -> list[Event | Missed]:
    """All that is there now."""
    found: list[Event | Missed] = []
    while True:
        try:
            found.append(await asyncio.wait_for(anext(subscription), 0.01))
        except TimeoutError:
            return found


async def modems_of(subscription: Subscription) -> list[tuple[str, ModemState, ModemState]]:
    return [(e.name, e.old, e.new) for e in await read(subscription) if isinstance(e, ModemChanged)]


async def states_of(subscription: Subscription) -> list[State]:
    return [e.state for e in await read(subscription) if isinstance(e, MessageMoved)]


# -- subscribers ---------------------------------------------------------------------------------------------------


@virtual
async def test_every_subscriber_gets_all_that_happens_after_it_came(tmp_path: Path) -> None:
    feed = Feed(lambda: True)
    first = feed.subscribe()
    feed.modem_changed(change(1))
    second = feed.subscribe()
    feed.modem_changed(change(2))
    assert await read(first) == [change(1), change(2)]
    assert await read(second) == [change(2)]


@virtual
async def test_a_slow_subscriber_loses_the_oldest_and_is_told_how_many(tmp_path: Path) -> None:
    feed = Feed(lambda: True)
    slow, quick = feed.subscribe(limit=3), feed.subscribe()
    for number in range(10):
        feed.modem_changed(change(number))
    assert await read(slow) == [Missed(7), change(7), change(8), change(9)]
    assert len(await read(quick)) == 10
    feed.modem_changed(change(10))
    assert await read(slow) == [change(10)], "what is missed is told once"


@virtual
async def test_who_waits_is_woken_and_who_closes_gets_nothing_more(tmp_path: Path) -> None:
    feed = Feed(lambda: True)
    subscription = feed.subscribe()
    seen: list[Event | Missed] = []

    async def watch() -> None:
        async for event in subscription:
            seen.append(event)  # noqa: PERF401 - looked at while it goes on

    task = asyncio.create_task(watch())
    await asyncio.sleep(1)
    feed.modem_changed(change(1))
    await asyncio.sleep(1)
    assert seen == [change(1)]
    subscription.close()
    subscription.close()
    await asyncio.wait_for(task, 1)
    feed.modem_changed(change(2))
    assert seen == [change(1)]


# -- what a gateway tells --------------------------------------------------------------------------------------------


@pytest.mark.feature("F114")
@virtual
async def test_a_modem_that_is_unplugged_and_comes_back_is_told_at_each_step(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a"), modem("b")) as bench:
        feed = bench.app.feed.subscribe()
        bench.modems["a"].unplug(5)
        [event] = await read(feed)
        assert isinstance(event, ModemChanged)
        assert (event.name, event.old, event.new) == ("a", READY, ABSENT)
        assert event.at == pytest.approx(bench.clock.now(), abs=1)
        await asyncio.sleep(10)
        way = [ABSENT, ModemState.PROBING, ModemState.STARTING, READY]
        assert await modems_of(feed) == [("a", *step) for step in itertools.pairwise(way)]
        await bench.change_modem("b", active=False)
        assert await modems_of(feed) == [("b", READY, ModemState.DISABLED)]
        await bench.change_modem("b", active=True)
        await asyncio.sleep(1)
        assert await modems_of(feed) == [("b", *step) for step in itertools.pairwise([ModemState.DISABLED, *way])]


@virtual
async def test_every_transition_of_a_send_is_told_slow_included(tmp_path: Path) -> None:
    async with gateway(tmp_path, lots={"east": [Lot(), Lot(Fate.SILENT_ON_AIR)]}) as bench:
        feed = bench.app.feed.subscribe()
        await bench.sms()
        await asyncio.sleep(5)
        assert await modems_of(feed) == [("east", READY, BUSY), ("east", BUSY, READY)]
        await bench.sms(message="Lagi")
        await asyncio.sleep(20)
        assert await modems_of(feed) == [("east", READY, BUSY), ("east", BUSY, SLOW)]
        await asyncio.sleep(200)
        assert await modems_of(feed) == [("east", SLOW, ModemState.RESETTING), ("east", ModemState.RESETTING, READY)]


@pytest.mark.feature("F073", "F113")
@virtual
async def test_a_message_is_told_with_its_door_its_modem_and_its_receiver_masked(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings={"monitor.sms": "true"}) as bench:
        feed = bench.app.feed.subscribe()
        reply = await bench.otp()
        await asyncio.sleep(5)
        moves = [event for event in await read(feed) if isinstance(event, MessageMoved)]
        assert [(m.state, m.modem) for m in moves] == [
            (State.QUEUED, ""),
            (State.CLAIMED, "east"),
            (State.HANDED, "east"),
            (State.SENT, "east"),
        ]
        assert {(m.id, m.door, m.klass, m.receiver) for m in moves} == {
            (str(reply.data["id"]), "rest", Class.OTP, "6281200001XXX")
        }
        assert [m.at for m in moves] == sorted(m.at for m in moves)
        assert RECEIVER.removeprefix("+") not in repr(moves)


@pytest.mark.feature("F073")
@virtual
async def test_messages_are_told_only_while_the_setting_says_so(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        feed = bench.app.feed.subscribe()
        await bench.sms()
        await asyncio.sleep(5)
        assert await states_of(feed) == [], "it is off by default"
        await bench.configure("monitor.sms", "true")
        await bench.sms(message="Lagi")
        await asyncio.sleep(5)
        assert await states_of(feed) == [State.QUEUED, State.CLAIMED, State.HANDED, State.SENT]
        await bench.configure("monitor.sms", "false")
        await bench.sms(message="Habis")
        await asyncio.sleep(5)
        assert await states_of(feed) == []


@pytest.mark.feature("F113")
@virtual
async def test_after_a_restart_a_message_still_names_the_door_it_came_by(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings={"monitor.sms": "true"}, start_up=30.0) as bench:
        await bench.sms()
        await bench.restart()
        feed = bench.app.feed.subscribe()
        await asyncio.sleep(60)
        moves = [event for event in await read(feed) if isinstance(event, MessageMoved)]
        assert [(m.state, m.door) for m in moves] == [
            (State.CLAIMED, "rest"),
            (State.HANDED, "rest"),
            (State.SENT, "rest"),
        ]


@virtual
async def test_a_watcher_that_never_reads_holds_up_nothing(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings={"monitor.sms": "true"}) as bench:
        feed = bench.app.feed.subscribe(limit=2)
        for number in range(5):
            await bench.sms(message=f"Halo {number}")
        await asyncio.sleep(20)
        assert len(bench.sent()) == 5
        assert len(await read(feed)) == 3, "two events and how many are missed"


def test_nobody_watches_nothing_is_made() -> None:
    Feed(lambda: pytest.fail("the setting is asked for nobody")).accepted(queued())
