"""SerialModem on real ports: ptys and TCP, on asyncio's own loop and on uvloop, unplugged and measured."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import pty
import re
import time
import tty
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvloop
from line_rig import granted
from listening import Listener

from otppi.modems import SerialModem, Timings
from otppi.modems.pins import PinLedger
from otppi.modems.transport import port_mark
from otppi.ports.modem import LineSettings, ModemState, Sent, Submission
from otppi.testing.transcript import Transcript, TranscriptModem, on_pty

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

pytestmark = pytest.mark.process

TPDU = "11000B912618000000F00000AA05E8329BFD06"
TRANSCRIPT = Path(__file__).parents[1] / "transcripts" / "huawei_e173_like.at"
ANSWERS = {
    b"AT+CPIN?": b"\r\n+CPIN: READY\r\n",
    b"AT+CFUN?": b"\r\n+CFUN: 1\r\n",
    b"AT+CREG?": b"\r\n+CREG: 0,1\r\n",
    b"AT+CSQ": b"\r\n+CSQ: 20,0\r\n",
}
LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}


class QuickModem:
    """Answers at once and notes when each command came."""

    def __init__(self) -> None:
        self.came: list[tuple[bytes, float]] = []
        self.answered: list[float] = []
        self._reference = 0
        self._buffer = b""

    def hear(self, data: bytes, say: Callable[[bytes], object]) -> None:
        self._buffer += data
        while (said := re.match(rb"([^\r\x1a\x1b]*)([\r\x1a\x1b])", self._buffer)) is not None:
            self._buffer = self._buffer[said.end() :]
            self._answer(said[1], said[2], say)

    def _answer(self, text: bytes, end: bytes, say: Callable[[bytes], object]) -> None:
        if text:
            self.came.append((text, time.perf_counter()))
        if end == b"\x1a":
            self._reference = self._reference % 255 + 1
            self.answered.append(time.perf_counter())
            say(b"\r\n+CMGS: %d\r\n\r\nOK\r\n" % self._reference)
        elif text.startswith(b"AT+CMGS="):
            say(b"\r\n> ")
        elif text:
            say(ANSWERS.get(text, b"") + b"\r\nOK\r\n")


class PtyModem(QuickModem):
    """A modem on a pty behind a link that can be pulled and plugged, as a USB stick's by-path link."""

    def __init__(self, link: Path) -> None:
        super().__init__()
        self._link = link
        self._master = self._slave = -1

    def plug(self) -> None:
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._link.symlink_to(os.ttyname(self._slave))
        asyncio.get_running_loop().add_reader(self._master, self._readable)

    def pull(self) -> None:
        if self._master >= 0:
            asyncio.get_running_loop().remove_reader(self._master)
            self._link.unlink()
            os.close(self._slave)
            os.close(self._master)
            self._master = self._slave = -1

    def _readable(self) -> None:
        with contextlib.suppress(OSError):
            self.hear(os.read(self._master, 4096), lambda data: os.write(self._master, data))


@contextlib.asynccontextmanager
async def running(modem: SerialModem) -> Any:
    task = asyncio.create_task(modem.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def until(modem: SerialModem, state: ModemState, seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while modem.status.state is not state:  # noqa: ASYNC110 - the clock is real, the wait short
            await asyncio.sleep(0.005)


def line(port: str, **more: Any) -> tuple[SerialModem, Listener]:
    events = Listener()
    return SerialModem(LineSettings("m1", port, **more), events, pins=PinLedger()), events


def on_loop(loop: str, talk: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        runner.run(talk)


@pytest.mark.parametrize("loop", sorted(LOOPS))
@pytest.mark.parametrize("settings", [{}, {"baud": 9600}, {"baud": 14400, "parity": "E", "stop_bits": 2}])
@pytest.mark.feature("F079")
def test_a_pty_is_a_port_with_any_settings(loop: str, settings: dict[str, Any], tmp_path: Path) -> None:
    async def talk() -> None:
        far = PtyModem(tmp_path / "modem0")
        far.plug()
        modem, _ = line(str(tmp_path / "modem0"), **settings)
        async with running(modem):
            await until(modem, ModemState.READY)
            assert await modem.send(Submission("k", TPDU), granted) == Sent(1)
        far.pull()

    on_loop(loop, talk())


@pytest.mark.parametrize("loop", sorted(LOOPS))
def test_a_transcript_plays_on_a_pty(loop: str) -> None:
    async def talk() -> None:
        far = TranscriptModem(Transcript.load(TRANSCRIPT))
        async with on_pty(far) as path:
            modem, _ = line(path)
            async with running(modem):
                await until(modem, ModemState.READY)
                assert await modem.send(Submission("k", TPDU), granted) == Sent(42)
            far.check()

    on_loop(loop, talk())


@pytest.mark.parametrize("loop", sorted(LOOPS))
def test_tcp_is_a_port(loop: str) -> None:
    async def talk() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            far = QuickModem()
            while data := await reader.read(4096):
                far.hear(data, writer.write)
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        modem, _ = line(f"tcp://127.0.0.1:{port}")
        async with running(modem):
            await until(modem, ModemState.READY)
            assert await modem.send(Submission("k", TPDU), granted) == Sent(1)
        server.close()
        await server.wait_closed()

    on_loop(loop, talk())


@pytest.mark.parametrize("loop", sorted(LOOPS))
@pytest.mark.feature("X07")
def test_a_port_that_goes_and_comes_is_used_again(loop: str, tmp_path: Path) -> None:
    async def talk() -> None:
        link = tmp_path / "modem0"
        far = PtyModem(link)
        far.plug()
        modem, _ = line(str(link))
        async with running(modem):
            await until(modem, ModemState.READY)
            for _ in range(2):
                far.pull()
                await until(modem, ModemState.ABSENT, 2)
                await asyncio.sleep(1.5)
                far.plug()
                began = time.perf_counter()
                await until(modem, ModemState.PROBING, 2)
                assert time.perf_counter() - began < 2
                await until(modem, ModemState.READY)
            assert isinstance(await modem.send(Submission("k", TPDU), granted), Sent)
        far.pull()

    on_loop(loop, talk())


@pytest.mark.parametrize("port", ["tcp://127.0.0.1:1", "tcp://nowhere", "/dev/none-such-tty"])
async def test_a_port_that_cannot_be_opened_is_absent_with_a_reason(port: str) -> None:
    modem, events = line(port)
    async with running(modem):
        await asyncio.sleep(0.3)
        assert modem.status.state is ModemState.ABSENT
        assert modem.status.reason.startswith("The port cannot be used")
    assert set(events.states) == {ModemState.ABSENT}


async def test_two_lines_cannot_share_a_port(tmp_path: Path) -> None:
    far = PtyModem(tmp_path / "modem0")
    far.plug()
    first, _ = line(str(tmp_path / "modem0"))
    second, _ = line(str(tmp_path / "modem0"))
    async with running(first):
        await until(first, ModemState.READY)
        async with running(second):
            await asyncio.sleep(0.3)
            assert second.status.state is ModemState.ABSENT
            assert isinstance(await first.send(Submission("k", TPDU), granted), Sent)
    far.pull()


async def test_the_serial_library_logs_no_octet(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        far = PtyModem(tmp_path / "modem0")
        far.plug()
        modem, _ = line(str(tmp_path / "modem0"))
        async with running(modem):
            await until(modem, ModemState.READY)
            await modem.send(Submission("k", TPDU), granted)
        far.pull()
    assert caplog.records
    assert not [record for record in caplog.records if TPDU in str(vars(record))]


async def test_a_replaced_port_has_another_mark(tmp_path: Path) -> None:
    link = tmp_path / "modem0"
    far = PtyModem(link)
    assert port_mark(str(link)) is None
    far.plug()
    first = port_mark(str(link))
    assert first == port_mark(str(link))
    far.pull()
    far.plug()
    assert port_mark(str(link)) != first
    far.pull()
    assert port_mark("tcp://127.0.0.1:1") == ()


@pytest.mark.parametrize("loop", sorted(LOOPS))
def test_our_own_share_of_the_time_is_small(loop: str, tmp_path: Path) -> None:
    """p50 of send() -> first AT byte at the modem, and of the result -> next command, with the pty between."""

    async def talk() -> None:
        far = PtyModem(tmp_path / "modem0")
        far.plug()
        modem, _ = line(str(tmp_path / "modem0"))
        starts: list[float] = []
        gaps: list[float] = []
        async with running(modem):
            await until(modem, ModemState.READY)
            for number in range(100):
                began, mark = time.perf_counter(), len(far.came)
                assert isinstance(await modem.send(Submission(f"k{number}", TPDU), granted), Sent)
                starts.append(far.came[mark][1] - began)
                if number:
                    gaps.append(far.came[mark][1] - far.answered[-2])
        far.pull()
        first, gap = sorted(starts)[50], sorted(gaps)[50]
        print(f"{loop}: send to first byte {first * 1e3:.2f} ms, gap {gap * 1e3:.2f} ms (p50 of 100)")
        assert first < 0.002
        assert gap < 0.002

    on_loop(loop, talk())


def test_timings_have_the_defaults_we_promise() -> None:
    assert (Timings().keep_alive, Timings().retry_first, Timings().retry_longest) == (10.0, 0.5, 10.0)
