"""The baseline of delivery: a loop that does nothing but send on a traced modem, with no gateway and no store."""

from __future__ import annotations

import os
import subprocess
import sys
import tty
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.kit import HERE, gaps, use
from benchmarks.modems import read_trace
from benchmarks.results import percentile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.modems import Event
    from benchmarks.plan import Plan

_PDU = b"0001000C91261802000010000005C8329BFD06"
"""No SMSC, then a TPDU of 18 octets: Hello to +62 812 0000 0001."""
_LENGTH = len(_PDU) // 2 - 1


def bare_gaps(plan: Plan, count: int) -> float:
    """The median gap in seconds."""
    return percentile(gaps(_sent(plan, count, 0.0)), 0.5)


def bare_use(plan: Plan, air: float, count: int) -> float:
    """The use of one modem in percent."""
    return use(_sent(plan, count, air), air)


def _sent(plan: Plan, count: int, air: float) -> list[Event]:
    folder = plan.folder / "bare"
    command = [sys.executable, "-m", "benchmarks.modems", "1", str(folder), str(air)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=HERE.parent)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        before = len(read_trace(folder))
        with _line(str(folder / "modem0")) as line:
            for _ in range(count):
                _exchange(line, b"AT+CMGS=%d\r" % _LENGTH, b"> ")
                _exchange(line, _PDU + b"\x1a", b"OK\r\n")
        return read_trace(folder)[before:]
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _line(path: str) -> Iterator[int]:
    line = os.open(path, os.O_RDWR | os.O_NOCTTY)
    try:
        tty.setraw(line)
        _exchange(line, b"ATE0\r", b"OK\r\n")
        _exchange(line, b"AT+CMGF=0\r", b"OK\r\n")
        yield line
    finally:
        os.close(line)


def _exchange(line: int, octets: bytes, ending: bytes) -> None:
    os.write(line, octets)
    said = b""
    while not said.endswith(ending):
        said += os.read(line, 4096)
