"""Simulated modems behind lines in the same process, in virtual time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from bench import virtual

from otppi.modems.errors import PortUnavailable
from otppi.ports.modem import LineSettings
from otppi.simulator.device import Traits
from otppi.simulator.errors import UnknownOrder
from otppi.simulator.inprocess import OCTET_SECONDS, SimulatedLine, SimulatedPorts, Temper

if TYPE_CHECKING:
    from otppi.modems.transport import Wire

BODY = b"0011000C912618020000100000AA0AE8329BFD4697D9EC37\x1a"
SENT = b"\r\n+CMGS: 0\r\n\r\nOK\r\n"


class Client:
    """A client that keeps what it hears, piece by piece."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.reasons: list[str] = []
        self.wire: Wire | None = None

    @property
    def heard(self) -> bytes:
        return b"".join(self.pieces)

    def received(self, data: bytes) -> None:
        self.pieces.append(data)

    def lost(self, reason: str) -> None:
        self.reasons.append(reason)

    async def open(self, where: SimulatedLine | SimulatedPorts, port: str = "/dev/ttyUSB0") -> Client:
        self.wire = await where.connect(LineSettings("m0", port), self)
        return self

    async def ask(self, data: bytes, seconds: float = 1.0) -> bytes:
        assert self.wire is not None
        self.pieces.clear()
        self.wire.write(data)
        await asyncio.sleep(seconds)
        return self.heard


@virtual
async def test_a_client_is_echoed_answered_and_sends() -> None:
    line = SimulatedLine(Traits(latency=3.0))
    client = await Client().open(line)
    assert await client.ask(b"ATE0\r") == b"ATE0\r\r\nOK\r\n"
    assert await client.ask(b"AT+CMGS=23\r") == b"\r\n> "
    assert await client.ask(BODY, 2.9) == b""
    assert line.sent == []
    await asyncio.sleep(0.2)
    assert client.heard == SENT
    assert [sent.number for sent in line.sent] == ["+628120000001"]
    assert line.opened == 1


@virtual
async def test_nothing_is_heard_before_the_writer_gave_up_its_turn() -> None:
    client = await Client().open(SimulatedLine())
    assert client.wire is not None
    client.wire.write(b"AT\r")
    assert client.heard == b""
    await asyncio.sleep(0.01)
    assert client.heard == b"AT\r\r\nOK\r\n"


@pytest.mark.parametrize("temper", [Temper.BYTEWISE, Temper.SLOW])
def test_one_octet_at_a_time_in_order(temper: Temper) -> None:
    @virtual
    async def talk() -> None:
        client = await Client().open(SimulatedLine(temper=temper))
        assert await client.ask(b"AT\r") == b"AT\r\r\nOK\r\n"
        assert {len(piece) for piece in client.pieces} == {1}

    talk()


@virtual
async def test_a_slow_line_carries_960_octets_a_second_each_way() -> None:
    client = await Client().open(SimulatedLine(temper=Temper.SLOW))
    assert await client.ask(b"ATE0\r", 10.5 * OCTET_SECONDS) == b"ATE0\r\r\nOK"
    assert await client.ask(b"", 2.5 * OCTET_SECONDS) == b"\r\n"


@virtual
async def test_a_noisy_line_talks_between_lines_also_between_reference_and_ok() -> None:
    line = SimulatedLine(Traits(latency=0.0), Temper.NOISY)
    client = await Client().open(line)
    await client.ask(b"ATE0\r")
    inside = 0
    for _ in range(30):
        await client.ask(b"AT+CMGS=23\r")
        said = [piece for piece in (await client.ask(BODY)).split(b"\r\n") if piece]
        assert said[-1] == b"OK"
        reference = next(place for place, text in enumerate(said) if text.startswith(b"+CMGS:"))
        inside += reference < len(said) - 2
    assert 3 < inside < 27
    assert len(line.sent) == 30


def test_the_same_seed_gives_the_same_octets() -> None:
    def talk(seed: int) -> bytes:
        heard = b""

        @virtual
        async def run() -> None:
            nonlocal heard
            client = await Client().open(SimulatedLine(temper=Temper.NOISY, seed=seed))
            heard = await client.ask(b"AT+CSQ\r" * 40, 60)

        run()
        return heard

    assert talk(1) == talk(1)
    assert talk(1) != talk(2)


@virtual
async def test_unplug_loses_the_line_and_replug_comes_back_under_another_name() -> None:
    line = SimulatedLine()
    ports = SimulatedPorts(line, SimulatedLine(index=1))
    client = await Client().open(ports)
    line.unplug()
    assert client.reasons == ["The port was closed."]
    assert list(ports) == ["/dev/ttyUSB1"]
    with pytest.raises(PortUnavailable, match="No such file"):
        await Client().open(ports)
    assert client.wire is not None
    client.wire.write(b"AT\r")
    line.replug("ttyUSB7")
    assert list(ports) == ["/dev/ttyUSB7", "/dev/ttyUSB1"]
    again = await Client().open(ports, "/dev/ttyUSB7")
    assert await again.ask(b"AT+CGSN\r") == b"AT+CGSN\r\r\n004402450000017\r\n\r\nOK\r\n"
    assert client.heard == b""
    assert line.opened == 2


@virtual
async def test_a_port_has_one_client_and_is_free_when_that_one_closed() -> None:
    line = SimulatedLine(Traits(latency=1.0))
    client = await Client().open(line)
    with pytest.raises(PortUnavailable, match="busy"):
        await Client().open(line)
    await client.ask(b"ATE0\r")
    await client.ask(b"AT+CMGS=23\r")
    await client.ask(BODY, 0.1)
    assert client.wire is not None
    await client.wire.close()
    assert client.reasons == ["The port was closed."]
    await asyncio.sleep(2)
    assert len(line.sent) == 1
    assert await (await Client().open(line)).ask(b"AT\r") == b"\r\nOK\r\n"


@virtual
async def test_a_modem_that_vanishes_after_ctrl_z_loses_the_line() -> None:
    line = SimulatedLine(Traits(latency=0.5))
    client = await Client().open(line)
    line.order("drop_after_ctrl_z")
    await client.ask(b"AT+CMGS=23\r")
    await client.ask(BODY)
    assert client.reasons == ["The port was closed."]
    assert len(line.sent) == 1
    with pytest.raises(PortUnavailable):
        await Client().open(line)


@virtual
async def test_orders_reach_the_modem_and_the_client_sees_them_at_once() -> None:
    line = SimulatedLine()
    client = await Client().open(line)
    await client.ask(b"ATE0\r")
    await client.ask(b"AT+CREG=1\r")
    client.pieces.clear()
    line.order("register", stat=5)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert client.heard == b"\r\n+CREG: 5\r\n"
    assert line.order("status")["registration"] == 5
    with pytest.raises(UnknownOrder):
        line.order("dance")
