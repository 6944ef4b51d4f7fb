"""The simulator as a process, and plain clients of its ptys and TCP ports."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import termios
import time
import tty
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

from otppi.simulator import SimulatorControl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Start = Callable[..., "Running"]

TPDU = "11000C912618020000100000AA0AE8329BFD4697D9EC37"
PATIENCE = 5.0


class Terminal:
    """A serial client as anyone would write it: open, raw, write, read until something comes."""

    def __init__(self, port: Path) -> None:
        self.line = os.open(port, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.line, termios.TCSANOW)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.line)

    def write(self, data: bytes) -> None:
        os.write(self.line, data)

    def until(self, end: bytes) -> bytes:
        data = b""
        deadline = time.monotonic() + PATIENCE
        while not data.endswith(end):
            if not select.select([self.line], [], [], max(0.0, deadline - time.monotonic()))[0]:
                pytest.fail(f"wanted {end!r}, got {data!r}")
            got = os.read(self.line, 4096)
            if not got:
                raise ConnectionResetError("hung up")
            data += got
        return data

    def silent(self, seconds: float) -> bool:
        return not select.select([self.line], [], [], seconds)[0]

    def ask(self, command: bytes) -> bytes:
        self.write(command + b"\r")
        return self.until(b"\r\nOK\r\n")

    def send(self, tpdu: str = TPDU) -> bytes:
        self.write(b"AT+CMGS=%d\r" % (len(tpdu) // 2))
        self.until(b"\r\n> ")
        self.write(b"00" + tpdu.encode() + b"\x1a")
        return self.until(b"\r\nOK\r\n")


class TcpTerminal(Terminal):
    """The same over TCP."""

    def __init__(self, address: str) -> None:
        host, _, port = address.removeprefix("tcp://").rpartition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=PATIENCE)
        self._socket.setblocking(False)  # noqa: FBT003 - the interface of sockets
        self.line = self._socket.fileno()

    def __exit__(self, *_: object) -> None:
        self._socket.close()


class Running:
    """A simulator process and what it left behind."""

    def __init__(self, directory: Path, *arguments: str) -> None:
        self.directory = directory
        command = [sys.executable, "-m", "otppi.simulator", "--dir", str(directory), *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline()
        self.control = SimulatorControl(directory)
        self.ledger = directory / "ledger.jsonl"

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=PATIENCE)
        return self.process.returncode

    def cpu_ticks(self) -> int:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    def terminal(self, index: int = 0) -> Terminal:
        return Terminal(self.directory / f"modem{index}")


def eventually(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@contextmanager
def simulators(directory: Path) -> Iterator[Start]:
    """Starts simulators in `directory` or another; they end with the block."""
    started: list[Running] = []

    def start(*arguments: str, directory: Path = directory) -> Running:
        started.append(Running(directory, *arguments))
        return started[-1]

    yield start
    for running in started:
        if running.process.poll() is None:
            running.process.kill()
        running.process.communicate()
