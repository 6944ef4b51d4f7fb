"""The simulator as a process: ptys under a plain client, the ledger file, the control socket, start and stop."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import select
import stat
import subprocess
import sys
import termios
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from simulating import PATIENCE, TPDU, Terminal, eventually, simulators

from otppi.simulator import (
    LedgerEntry,
    SimulateOptions,
    Simulation,
    SimulatorControl,
    read_ledger,
    received,
)
from otppi.simulator.errors import DirectoryInUse, OrderRefused
from otppi.simulator.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from simulating import Start

pytestmark = pytest.mark.process


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Start]:
    with simulators(tmp_path / "sim") as start:
        yield start


# Ports


def test_a_plain_client_sends_one(simulator: Start) -> None:
    running = simulator("--modems", "2", "--latency", "0")
    before = time.time()
    with running.terminal(1) as terminal:
        assert terminal.ask(b"ATE0") == b"ATE0\r\r\nOK\r\n"
        assert terminal.send() == b"\r\n+CMGS: 0\r\n\r\nOK\r\n"
    (entry,) = read_ledger(running.ledger)
    assert before <= entry.t <= time.time()
    assert (entry.modem, entry.number, entry.text, entry.ref) == ("modem1", "+628120000001", "hellohello", 0)
    assert (entry.total, entry.part, entry.concat_ref, entry.pdu) == (1, 1, None, TPDU)
    line = json.loads(running.ledger.read_text())
    assert set(line) == {"t", "modem", "number", "text", "ref", "total", "part", "concat_ref", "pdu"}
    assert received(running.ledger, "+628120000001") == ["hellohello"]


def test_the_latency_is_kept(simulator: Start) -> None:
    running = simulator("--modems", "1", "--latency", "0.3")
    with running.terminal() as terminal:
        terminal.ask(b"ATE0")
        before = time.monotonic()
        terminal.send()
        assert 0.3 <= time.monotonic() - before < 1.0


def test_the_line_is_raw_for_a_client_that_sets_nothing(simulator: Start) -> None:
    running = simulator("--modems", "1")
    line = os.open(running.directory / "modem0", os.O_RDWR | os.O_NOCTTY)
    try:
        flags = termios.tcgetattr(line)[3]
        assert not flags & (termios.ECHO | termios.ICANON | termios.ISIG)
        os.write(line, b"AT\r")
        select.select([line], [], [], PATIENCE)
        time.sleep(0.1)
        assert os.read(line, 100) == b"AT\r\r\nOK\r\n"
    finally:
        os.close(line)


def test_what_nobody_reads_is_lost_as_on_a_serial_port(simulator: Start) -> None:
    running = simulator("--modems", "1", "--latency", "0.2")
    with running.terminal() as terminal:
        terminal.ask(b"ATE0")
        terminal.write(b"AT+CMGS=23\r")
        terminal.until(b"> ")
        terminal.write(b"00" + TPDU.encode() + b"\x1a")
    assert eventually(lambda: len(read_ledger(running.ledger)) == 1)
    time.sleep(0.1)
    with running.terminal() as terminal:
        assert terminal.silent(0.1)
        assert terminal.ask(b"AT") == b"\r\nOK\r\n"


def test_a_client_that_speaks_as_soon_as_it_opens_is_heard(simulator: Start) -> None:
    running = simulator("--modems", "1")
    for _ in range(100):
        with running.terminal() as terminal:
            terminal.write(b"ATE0\r")
            assert terminal.until(b"\r\nOK\r\n").endswith(b"\r\nOK\r\n")


def test_exclusive_use_ends_with_its_client(simulator: Start) -> None:
    running = simulator("--modems", "1")
    keeper = os.open(running.directory / "modem0", os.O_RDWR | os.O_NOCTTY)
    fcntl.ioctl(keeper, termios.TIOCEXCL)
    os.close(keeper)

    def exclusive() -> bool:
        with running.terminal() as terminal:
            flag = bytearray(4)
            fcntl.ioctl(terminal.line, 0x80045440, flag)  # TIOCGEXCL
            return any(flag)

    assert eventually(lambda: not exclusive())


def test_sixty_four_modems_start_at_once_and_idle_costs_nothing(simulator: Start) -> None:
    before = time.monotonic()
    running = simulator("--modems", "64")
    assert time.monotonic() - before < 3.0
    assert running.said.startswith("64 simulated modems")
    terminals = [running.terminal(index) for index in range(64)]
    imeis = set()
    for terminal in terminals:
        imeis.add(terminal.ask(b"AT+CGSN").split(b"\r\n")[1])
        os.close(terminal.line)
    assert len(imeis) == 64
    busy = running.cpu_ticks()
    time.sleep(1.0)
    assert running.cpu_ticks() - busy <= 1


def test_unplug_hangs_up_and_replug_is_a_new_port(simulator: Start) -> None:
    running = simulator("--modems", "2")
    link = running.directory / "modem0"
    with running.terminal() as terminal:
        terminal.ask(b"ATE0")
        running.control.order("unplug", "modem0")
        assert not link.is_symlink()
        with pytest.raises(OSError):
            terminal.until(b"anything")
    assert running.control.status()["modem0"]["activity"] == "unplugged"
    running.control.order("replug", "modem0", link="modem0b")
    assert not link.is_symlink()
    with Terminal(running.directory / "modem0b") as terminal:
        assert terminal.ask(b"AT+CGSN").startswith(b"AT+CGSN\r\r\n004402450000017\r\n")
    with running.terminal(1) as terminal:
        terminal.ask(b"AT")


def test_a_dropped_send_is_on_the_ledger_and_the_port_is_gone(simulator: Start) -> None:
    running = simulator("--modems", "1")
    running.control.order("drop_after_ctrl_z", "modem0")
    with running.terminal() as terminal:
        terminal.ask(b"ATE0")
        with pytest.raises(OSError):
            terminal.send()
    assert received(running.ledger, "628120000001") == ["hellohello"]
    assert not (running.directory / "modem0").is_symlink()


def test_a_client_that_does_not_read_does_not_hold_the_others_up(simulator: Start) -> None:
    running = simulator("--modems", "2")
    with running.terminal(0) as deaf, running.terminal(1) as other:
        for _ in range(40):
            deaf.write(b"ATI;I;I;I;I;I;I;I;I;I\r")
        assert other.ask(b"AT") == b"AT\r\r\nOK\r\n"
        running.control.status()


def test_a_foreign_client_drives_it(simulator: Start, tmp_path: Path) -> None:
    """libgammu, which nobody shaped to this simulator: identify, read the SMS centre, send."""
    pytest.importorskip("gammu")
    running = simulator("--modems", "1", "--latency", "0")
    script = f"""
import gammu
machine = gammu.StateMachine()
machine.SetConfig(0, {{"Device": {str(running.directory / "modem0")!r}, "Connection": "at115200"}})
machine.Init()
assert machine.GetIMEI() == "004402450000017"
assert machine.GetSMSC()["Number"] == "+6280000000"
machine.SendSMS({{"Text": "hello from gammu", "SMSC": {{"Location": 1}}, "Number": "+628120000077"}})
machine.Terminate()
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=40, cwd=tmp_path)
    assert received(running.ledger, "+628120000077") == ["hello from gammu"]


# Control


def test_control_from_a_loop(simulator: Start) -> None:
    running = simulator("--modems", "2")

    async def talk() -> None:
        await running.control.order_async("cms_error", "modem1", code=38)
        answers = await running.control.status_async()
        assert answers["modem0"]["faults"] == []
        assert answers["modem1"]["faults"] == ["cms_error x1"]

    asyncio.run(talk())


def test_control_refuses_and_goes_on(simulator: Start) -> None:
    running = simulator("--modems", "1")
    with pytest.raises(OrderRefused, match="no modem of that name"):
        running.control.status("modem7")
    with pytest.raises(OrderRefused, match="do must be one of"):
        running.control.order("dance")
    assert running.control.status("modem0").keys() == {"modem0"}


def test_an_incoming_message_reaches_the_client(simulator: Start) -> None:
    running = simulator("--modems", "1")
    with running.terminal() as terminal:
        terminal.ask(b"ATE0")
        terminal.ask(b"AT+CNMI=2,1,0,0,0")
        running.control.order("incoming", number="+628120000002", text="hello")
        assert terminal.until(b",1\r\n") == b'\r\n+CMTI: "SM",1\r\n'


def test_a_hang_ends_when_it_is_cleared(simulator: Start) -> None:
    running = simulator("--modems", "1")
    running.control.order("hang", step="before_reply")
    with running.terminal() as terminal:
        terminal.write(b"AT\r")
        assert terminal.until(b"AT\r") == b"AT\r"
        assert terminal.silent(0.2)
        running.control.order("clear")
        assert terminal.until(b"OK\r\n") == b"\r\nOK\r\n"


def test_a_directory_of_any_length(simulator: Start, tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-directory-with-a-long-name"] * 8)
    running = simulator("--modems", "1", directory=deep)
    socket_file = deep / "control.sock"
    assert len(str(socket_file)) > 200
    assert stat.S_IMODE(socket_file.stat().st_mode) == 0o600
    assert running.control.status()["modem0"]["activity"] == "idle"
    assert asyncio.run(running.control.status_async())["modem0"]["link"] == "modem0"


# Start and stop


def test_it_leaves_nothing_but_the_ledger(simulator: Start) -> None:
    running = simulator("--modems", "3")
    assert running.stop() == 0
    assert [path.name for path in running.directory.iterdir()] == ["ledger.jsonl"]


def test_one_directory_has_one_simulator_and_a_killed_one_is_succeeded(simulator: Start) -> None:
    first = simulator("--modems", "3")
    second = simulator("--modems", "1")
    assert second.process.wait(PATIENCE) == 1
    assert second.process.stderr is not None
    assert second.process.stderr.read() == "otppi.simulator: another simulator serves this directory\n"
    first.process.kill()
    first.process.wait()
    third = simulator("--modems", "1")
    assert sorted(path.name for path in third.directory.glob("modem*")) == ["modem0"]
    with third.terminal() as terminal:
        terminal.ask(b"AT")


async def test_in_one_process(tmp_path: Path) -> None:
    options = SimulateOptions(modems=1, directory=tmp_path / "sim", ledger=tmp_path / "air.jsonl", pin="4321")
    async with Simulation(options) as simulation:
        assert simulation.ports["modem0"].modem.device.sim.locked
        with pytest.raises(DirectoryInUse):
            await Simulation(options).__aenter__()
        control = SimulatorControl(options.directory)
        assert (await control.status_async())["modem0"]["sim"] == "SIM PIN"
    assert (tmp_path / "air.jsonl").read_bytes() == b""
    assert "4321" not in repr(options)


# Ledger


ENTRY = LedgerEntry(
    t=1.5, modem="modem0", number="+628120000001", text="hello", ref=7, total=1, part=1, concat_ref=None, pdu="00"
)


def entry(**changes: Any) -> LedgerEntry:
    return replace(ENTRY, **changes)


def pair(*texts: tuple[int, str]) -> list[LedgerEntry]:
    """Segments of two-part messages with one reference."""
    return [entry(text=text, total=2, part=part, concat_ref=1) for part, text in texts]


def ledger_of(path: Path, *entries: LedgerEntry) -> Path:
    ledger = Ledger(path)
    for each in entries:
        ledger.append(each)
    ledger.close()
    return path


def test_entries_come_back_as_they_were_and_a_ledger_is_continued(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    assert read_ledger(path) == []
    first, second = entry(text="Grüße \U0001f600\n"), entry(text=None, concat_ref=300)
    ledger_of(path, first)
    ledger_of(path, second)
    assert read_ledger(path) == [first, second]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with path.open("ab") as torn:
        torn.write(b'{"t": 3')
    assert read_ledger(path) == [first, second]


def test_a_phone_joins_segments_of_one_sender_in_any_order(tmp_path: Path) -> None:
    path = ledger_of(
        tmp_path / "ledger",
        entry(text="B", total=2, part=2, concat_ref=9),
        entry(text="x", total=2, part=1, concat_ref=9, modem="modem1"),
        entry(text="single"),
        entry(text="to another", number="+628120000002"),
        entry(text="A", total=2, part=1, concat_ref=9),
        entry(text=None),
    )
    assert received(path, "+628120000001") == ["single", "AB"]
    assert received(path, "628120000002") == ["to another"]
    assert received(path, "+628120000003") == []


def test_a_segment_that_comes_again_begins_another_message(tmp_path: Path) -> None:
    parts = pair((1, "a"), (1, "c"), (2, "b"), (2, "d"))
    assert received(ledger_of(tmp_path / "ledger", *parts), "628120000001") == ["ab", "cd"]


def test_a_split_surrogate_pair_is_joined(tmp_path: Path) -> None:
    parts = pair((1, "hi \ud83d"), (2, "\ude00"))
    assert received(ledger_of(tmp_path / "ledger", *parts), "628120000001") == ["hi \U0001f600"]


def test_no_text_and_no_number_in_the_repr_of_an_entry() -> None:
    shown = repr(entry(text="canary", pdu="CAFE"))
    assert "canary" not in shown
    assert "CAFE" not in shown
    assert "62812" not in shown
