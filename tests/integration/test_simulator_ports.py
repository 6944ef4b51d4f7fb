"""The simulator as a process: several families, TCP ports, ports that come and go by themselves."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

import pytest
from simulating import PATIENCE, TPDU, TcpTerminal, eventually, simulators

from otppi.simulator import read_ledger
from otppi.simulator.errors import OrderRefused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from simulating import Start

pytestmark = pytest.mark.process


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Start]:
    with simulators(tmp_path / "sim") as start:
        yield start


# TCP


def test_modems_on_free_tcp_ports_that_are_told(simulator: Start) -> None:
    running = simulator("--modems", "2", "--tcp", "0", "--latency", "0")
    addresses = running.said.split(": ")[1].split()
    answers = running.control.status()
    assert [answers[f"modem{index}"]["link"] for index in range(2)] == addresses
    assert all(address.startswith("tcp://127.0.0.1:") for address in addresses)
    with TcpTerminal(addresses[1]) as terminal:
        assert terminal.ask(b"ATE0") == b"ATE0\r\r\nOK\r\n"
        assert terminal.send() == b"\r\n+CMGS: 0\r\n\r\nOK\r\n"
    assert [entry.modem for entry in read_ledger(running.ledger)] == ["modem1"]
    assert not list(running.directory.glob("modem*"))


def free_ports(count: int) -> int:
    """The first of so many ports in a row that nobody listens on."""
    for first in range(20_000, 60_000, 97):
        try:
            for port in range(first, first + count):
                socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return first
    pytest.fail("no free ports")


def test_modems_on_ports_in_a_row_and_a_taken_one_is_refused(simulator: Start, tmp_path: Path) -> None:
    first = free_ports(2)
    running = simulator("--modems", "2", "--tcp", f"127.0.0.1:{first}")
    with TcpTerminal(f"tcp://127.0.0.1:{first + 1}") as terminal:
        terminal.ask(b"AT")
    second = simulator("--modems", "1", "--tcp", str(first), directory=tmp_path / "other")
    assert second.process.wait(PATIENCE) == 1
    assert second.process.stderr is not None
    said = second.process.stderr.read()
    assert said.startswith(f"otppi.simulator: tcp://127.0.0.1:{first} cannot be listened on: ")
    assert running.stop() == 0


def test_a_tcp_modem_has_one_client_and_goes_on_without_it(simulator: Start) -> None:
    running = simulator("--modems", "1", "--tcp", "0", "--latency", "0.3")
    address = running.said.split(": ")[1].strip()
    with TcpTerminal(address) as terminal:
        terminal.ask(b"ATE0")
        with TcpTerminal(address) as other, pytest.raises(ConnectionResetError):
            other.until(b"never")
        terminal.write(b"AT+CMGS=23\r")
        terminal.until(b"\r\n> ")
        terminal.write(b"00" + TPDU.encode() + b"\x1a")
    assert eventually(lambda: len(read_ledger(running.ledger)) == 1)
    time.sleep(0.1)
    with TcpTerminal(address) as terminal:
        assert terminal.silent(0.1)
        assert terminal.ask(b"AT") == b"\r\nOK\r\n"


def test_a_tcp_modem_that_is_unplugged_hangs_up_and_comes_back_on_its_port(simulator: Start) -> None:
    running = simulator("--modems", "1", "--tcp", "0")
    address = running.said.split(": ")[1].strip()
    with TcpTerminal(address) as terminal:
        terminal.ask(b"ATE0")
        running.control.order("unplug")
        with pytest.raises(ConnectionResetError):
            terminal.until(b"never")
    with pytest.raises(ConnectionRefusedError):
        TcpTerminal(address)
    with pytest.raises(OrderRefused, match="keeps its port"):
        running.control.order("replug", link="modem9")
    running.control.order("replug")
    with TcpTerminal(address) as terminal:
        assert terminal.ask(b"ATE0") == b"ATE0\r\r\nOK\r\n"


# Families


def test_families_are_taken_in_turn_and_boot(simulator: Start) -> None:
    running = simulator("--modems", "3", "--family", "sim7600,wavecom")
    answers = running.control.status()
    assert [answers[f"modem{index}"]["family"] for index in range(3)] == ["sim7600", "wavecom", "sim7600"]
    with running.terminal() as terminal:
        assert terminal.until(b"SMS DONE\r\n").startswith(b"\r\n+CPIN: READY\r\n")
        terminal.ask(b"ATE0")
        assert b"SIMCOM_SIM7600E-H" in terminal.ask(b"ATI")


def test_an_unknown_family_is_refused_by_name(simulator: Start) -> None:
    running = simulator("--modems", "1", "--family", "nokia")
    assert running.process.wait(PATIENCE) == 1
    assert running.process.stderr is not None
    assert running.process.stderr.read().startswith("otppi.simulator: the families are: ec25, generic,")


def test_a_module_on_usb_takes_its_port_along_when_it_restarts(simulator: Start) -> None:
    running = simulator("--modems", "1", "--family", "huawei")
    link = running.directory / "modem0"
    running.control.order("fault", step="before_reply", kind="drop", seconds=0.3)
    with running.terminal() as terminal:
        terminal.write(b"AT\r")
        assert eventually(lambda: not link.is_symlink())
    assert eventually(link.is_symlink)
    with running.terminal() as terminal:
        terminal.ask(b"AT")
