"""Where a line looks for its modem: something new ends the wait between attempts, and the path that is open is told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from bench import virtual
from line_rig import now
from listening import Listener

from otppi.modems import SerialModem
from otppi.modems.errors import PortUnavailable
from otppi.modems.pins import PinLedger
from otppi.modems.transport import Placed, look_at_port, until_new
from otppi.ports.modem import LineSettings, ModemState

if TYPE_CHECKING:
    from otppi.modems.transport import Receiver, Wire


class Place:
    """A modem that is opened under another name than was configured, and answers nothing but OK."""

    path = "/ports/found"

    def __init__(self) -> None:
        self.marks: frozenset[object] = frozenset({1})
        self.there = False
        self.tried: list[float] = []
        self.receiver: Receiver | None = None

    def look(self, _settings: LineSettings) -> frozenset[object]:
        return self.marks

    async def connect(self, _settings: LineSettings, receiver: Receiver) -> Wire:
        self.tried.append(now())
        if not self.there:
            raise PortUnavailable("The port cannot be used: No such file or directory.")
        self.receiver = receiver
        return self

    def write(self, data: bytes) -> None:
        if data.endswith(b"\r") and self.receiver is not None and data != b"\x1b\r":
            asyncio.get_running_loop().call_soon(self.receiver.received, b"\r\nOK\r\n")

    async def close(self) -> None:
        self.receiver = None


@virtual
async def test_something_new_ends_the_wait_at_the_next_look_and_nothing_else_does() -> None:
    seen = {1, 2}
    waiting = asyncio.create_task(until_new(lambda: frozenset(seen), frozenset({1, 2}), 10.0, 0.5))
    await asyncio.sleep(2.2)
    seen.discard(1)
    await asyncio.sleep(2)
    assert not waiting.done(), "what went is nothing to try"
    seen.add(3)
    assert await waiting
    assert now() == pytest.approx(4.5)
    assert not await until_new(lambda: frozenset({1}), frozenset({1}), 1.2, 0.5)
    assert now() == pytest.approx(5.7)


@pytest.mark.feature("X07")
@virtual
async def test_a_line_that_has_long_waited_is_opened_at_once_when_something_new_is_there() -> None:
    place, told = Place(), Listener()
    modem = SerialModem(
        LineSettings("m1", "/ports/gone"), told, connect=place.connect, look=place.look, pins=PinLedger()
    )
    run = asyncio.create_task(modem.run())
    await asyncio.sleep(60)
    before = len(place.tried)
    assert place.tried[-1] - place.tried[-2] > 8, "it is tried seldom by now"
    place.marks |= {2}
    place.there = True
    began = now()
    await asyncio.sleep(0.6)
    assert len(place.tried) > before
    assert place.tried[before] - began <= 0.5
    run.cancel()
    await asyncio.wait({run})


@virtual
async def test_the_path_that_is_open_is_told_and_none_when_it_is_lost() -> None:
    place, told = Place(), Listener()
    place.there = True
    assert isinstance(place, Placed)
    modem = SerialModem(
        LineSettings("m1", "/ports/old"), told, connect=place.connect, look=place.look, pins=PinLedger()
    )
    run = asyncio.create_task(modem.run())
    await asyncio.sleep(1)
    assert {each.port for each in told.seen if each.state is not ModemState.ABSENT} == {"/ports/found"}
    assert place.receiver is not None
    place.receiver.lost("The port was closed.")
    assert (modem.status.state, modem.status.port) == (ModemState.ABSENT, "")
    run.cancel()
    await asyncio.wait({run})


def test_a_tcp_port_is_always_there_and_never_new() -> None:
    settings = LineSettings("m1", "tcp://127.0.0.1:1")
    assert look_at_port(settings) == look_at_port(settings) != frozenset()
    assert look_at_port(LineSettings("m1", "/ports/none-such")) == frozenset()
