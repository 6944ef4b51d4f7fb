"""The connection of a subscriber: made, lost, renewed and ended, over a broker in memory and in virtual time."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from bench import virtual
from shop_doors import changed, doors

from otppi.ports.connector import Trouble
from otppi.testing.fake_connector import FakeBroker, FakeConnector

if TYPE_CHECKING:
    from pathlib import Path

    from otppi.domain.subscriber import Subscriber


@virtual
async def test_a_broker_that_cannot_be_used_is_an_alarm_and_is_tried_again(tmp_path: Path) -> None:
    async with doors(tmp_path) as made:
        made.broker.trouble = Trouble("login", "wrong password")
        made.broker.cut()
        await asyncio.sleep(1)
        assert made.standing["state"] == "trouble"
        await asyncio.sleep(10)
        assert made.standing["words"] == "wrong password"
        assert "subscriber_down" in made.bench.alarms()
        made.broker.trouble = None
        await asyncio.sleep(6)
        assert made.standing["state"] == "connected"
        assert "subscriber_down" not in made.bench.alarms()
        await made.sms()
        assert len(made.bench.sent()) == 1


@virtual
@pytest.mark.parametrize("ends", ["refused", "connected"])
async def test_one_that_is_changed_while_it_connects_is_over_though_its_library_swallows_the_end(
    tmp_path: Path, ends: str
) -> None:
    async with doors(tmp_path) as made:
        await made.running.follow(())
        connects: list[SwallowingConnector] = []

        def connector(subscriber: Subscriber) -> SwallowingConnector:
            connects.append(SwallowingConnector(made.broker, subscriber, ends))
            return connects[-1]

        made.running._connect = connector
        await made.running.follow((made.subscriber,))
        await asyncio.sleep(0.1)
        begun = made.bench.seconds()
        made.running._connect = made.broker.connector
        await made.running.follow((changed(account="brokers"),))
        assert made.bench.seconds() - begun < 1
        await asyncio.sleep(20)
        assert made.standing["state"] == "connected"
        assert "subscriber_down" not in made.bench.alarms()
        assert len(connects) == 1
        await made.sms()
        assert len(made.bench.sent()) == 1


class SwallowingConnector(FakeConnector):
    """Connects for ever; cancelled, it goes on as if nobody had."""

    def __init__(self, broker: FakeBroker, subscriber: Subscriber, ends: str) -> None:
        super().__init__(broker, subscriber)
        self._ends = ends

    async def connect(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        if self._ends == "refused":
            raise Trouble("login", "wrong password")
        await super().connect()


@virtual
async def test_the_connection_is_renewed_as_often_as_the_owner_says(tmp_path: Path) -> None:
    async with doors(tmp_path, changed(refresh="60s")) as made:
        before = made.broker.connections
        await asyncio.sleep(185)
        assert made.broker.connections == before + 3
        await made.sms()
        assert len(made.bench.sent()) == 1


@virtual
async def test_a_line_that_answers_no_more_is_given_up(tmp_path: Path) -> None:
    async with doors(tmp_path) as made:
        made.broker.frozen = True
        await made.sms(settle=12.0)
        assert made.standing["state"] == "connected"
        await asyncio.sleep(4)
        made.broker.frozen = False
        await asyncio.sleep(15)
        assert len(made.bench.sent()) == 1


@virtual
async def test_what_is_switched_off_or_removed_is_not_run(tmp_path: Path) -> None:
    async with doors(tmp_path) as made:
        await made.running.follow((changed(enabled="false"),))
        await made.sms()
        assert made.bench.sent() == []
        assert made.standing["state"] == "off"
        await made.running.follow((made.subscriber,))
        await asyncio.sleep(3)
        assert len(made.bench.sent()) == 1
        await made.running.follow(())
        assert made.running.status() == {}


@virtual
async def test_no_more_are_taken_in_a_second_than_the_owner_says(tmp_path: Path) -> None:
    async with doors(tmp_path, changed(rate="2")) as made:
        for number in range(1, 21):
            await made.sms(number, settle=0.0)
        await asyncio.sleep(4.2)
        assert 8 <= made.standing["taken"] <= 10
        await asyncio.sleep(6)
        assert made.standing["taken"] == 20


@virtual
async def test_two_subscribers_of_one_account_make_one_message_of_one_id(tmp_path: Path) -> None:
    async with doors(tmp_path) as made:
        other = replace(made.subscriber, name="other")
        await made.running.follow((made.subscriber, other))
        await asyncio.sleep(0.1)
        await made.sms(1, id="4711", settle=0.0)
        await made.sms(1, id="4711")
        assert len(made.broker.acknowledged) == 2
        assert len(made.bench.sent()) == 1
