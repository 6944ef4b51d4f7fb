"""A running simulation: modems on ptys or TCP ports, their ledger and the control socket, in one directory."""

from __future__ import annotations

import asyncio
import fcntl
import os
import random
import signal
import time
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Self

from otppi.simulator.control import ControlServer
from otppi.simulator.device import Clock
from otppi.simulator.errors import DirectoryInUse
from otppi.simulator.identity import identity
from otppi.simulator.ledger import Ledger, LedgerEntry
from otppi.simulator.modem import SimulatedModem
from otppi.simulator.openwatch import OpenWatch
from otppi.simulator.ptyport import PtyPort
from otppi.simulator.tcpport import TcpPort

if TYPE_CHECKING:
    from pathlib import Path

    from otppi.simulator.air import Transmission
    from otppi.simulator.options import SimulateOptions
    from otppi.simulator.port import Port


def simulate(options: SimulateOptions) -> None:
    """Serve until SIGINT or SIGTERM; says one line on stdout when ready. Raises DirectoryInUse and OSError."""
    asyncio.run(_until_signal(options))


async def _until_signal(options: SimulateOptions) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with Simulation(options) as simulation:
        where = "" if options.tcp is None else ": " + " ".join(port.name for port in simulation.ports.values())
        print(f"{options.modems} simulated modems in {options.directory}{where}", flush=True)
        await stopped.wait()


class Simulation:
    """The simulation as an async context manager: modems answer while the block runs, in the loop that entered it."""

    def __init__(self, options: SimulateOptions) -> None:
        self.options = options
        self.ports: dict[str, Port] = {}

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await self._start(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _start(self, stack: AsyncExitStack) -> None:
        """Everything that starts here ends with `stack`, in turn."""
        directory = self.options.directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        stack.callback(os.close, _locked(directory))
        _sweep(directory)
        ledger = Ledger(self.options.ledger_path)
        stack.callback(ledger.close)
        watch = _watching(stack)
        for index in range(self.options.modems):
            port = self._port(index, ledger, watch)
            stack.callback(port.stop)
            port.open()
            self.ports[port.modem.device.identity.name] = port
        control = ControlServer(directory, self.ports)
        stack.push_async_callback(control.stop)
        await control.start()

    def _port(self, index: int, ledger: Ledger, watch: OpenWatch) -> Port:
        loop = asyncio.get_running_loop()
        who = identity(index, self.options.seed)
        chance = random.Random(f"{self.options.seed}/{index}")  # noqa: S311  noise, no secret
        modem = SimulatedModem(
            who,
            Clock(loop.time, time.time),
            partial(_record, ledger),
            traits=self.options.traits(index),
            random=chance,
        )
        address = self.options.address(index)
        if address is not None:
            return TcpPort(modem, *address, loop)
        return PtyPort(modem, self.options.directory / who.name, watch, loop)


def _watching(stack: AsyncExitStack) -> OpenWatch:
    loop, watch = asyncio.get_running_loop(), OpenWatch()
    stack.callback(watch.close)
    loop.add_reader(watch.fileno, watch.drain)
    stack.callback(loop.remove_reader, watch.fileno)
    return watch


def _record(ledger: Ledger, sent: Transmission) -> None:
    entry = LedgerEntry(
        t=time.time(),
        modem=sent.modem,
        number=sent.number,
        text=sent.text,
        ref=sent.reference,
        total=sent.total,
        part=sent.part,
        concat_ref=sent.concat_reference,
        pdu=sent.tpdu,
    )
    ledger.append(entry)


def _locked(directory: Path) -> int:
    lock = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise DirectoryInUse("another simulator serves this directory") from None
    return lock


def _sweep(directory: Path) -> None:
    """Links to ptys that a killed simulator left behind lead to somebody else's terminal by now."""
    for path in directory.iterdir():
        if path.is_symlink() and str(path.readlink()).startswith("/dev/pts/"):
            path.unlink()
