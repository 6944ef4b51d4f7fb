"""Programs that are not ours, unmodified, as processes: gammu, gnokii and smsd of Debian at our simulated modems.

Their licence is the GPL: they are run, never imported, never shipped. Each gets a configuration in a folder of the test
and an environment that keeps it out of the home directory. A program that is not there is a failure, not a skip.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from otppi.simulator import SimulatorControl, read_ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from otppi.simulator import LedgerEntry

PATIENCE: Final = 40.0
_SYSTEM_PROGRAMS = "/usr/sbin:/usr/local/sbin"


def program(name: str) -> str:
    """The path of a foreign program. Raises AssertionError naming the script that installs it."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:{_SYSTEM_PROGRAMS}")
    assert found is not None, f"{name} is not installed: script/test installs it"
    return found


class Phones:
    """Simulated modems in a process of their own, and what they put on the air."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.control = SimulatorControl(directory)

    @property
    def port(self) -> Path:
        """The first modem's port."""
        return self.directory / "modem0"

    @property
    def imei(self) -> str:
        """What the first modem answers to +CGSN."""
        return str(self.control.status("modem0")["modem0"]["imei"])

    @property
    def sent(self) -> list[LedgerEntry]:
        """All segments on the air."""
        return read_ledger(self.directory / "ledger.jsonl")


@contextmanager
def phones(directory: Path, *arguments: str) -> Iterator[Phones]:
    """One simulated modem in `directory` while the block runs."""
    command = [sys.executable, "-m", "otppi.simulator", "--modems", "1", "--dir", str(directory), *arguments]
    with ending(subprocess.Popen(command, stdout=subprocess.PIPE)) as process:
        assert process.stdout is not None
        assert process.stdout.readline(), "the simulator did not start"
        yield Phones(directory)


@contextmanager
def ending(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """The process, ended by its own id after the block."""
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def run(home: Path, name: str, *arguments: str, typed: str = "", folder: Path | None = None) -> str:
    """Run a foreign program in `folder` to its end; what it printed. AssertionError with that when it fails."""
    done = subprocess.run(
        [program(name), *arguments],
        input=typed.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=_environment(home),
        cwd=folder,
        timeout=PATIENCE,
        check=False,
    )
    said = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, f"{name} ended with {done.returncode}: {said}"
    return said


def gammu(home: Path, port: Path, *arguments: str) -> str:
    """gammu at `port`."""
    rc = home / "gammurc"
    rc.write_text(f"[gammu]\ndevice = {port}\nconnection = at115200\n")
    return run(home, "gammu", "-c", str(rc), *arguments)


def gnokii(home: Path, port: Path, *arguments: str, typed: str = "") -> str:
    """gnokii at `port`; `typed` is its standard input. It cuts long port names, so it runs where the port is."""
    rc = home / "gnokiirc"
    settings = ("model = AT", "connection = serial", "use_locking = no", "serial_baudrate = 115200")
    rc.write_text("\n".join(("[global]", f"port = {port.name}", *settings, "")))
    return run(home, "gnokii", "--config", str(rc), *arguments, typed=typed, folder=port.parent)


class Smsd:
    """A running smsd of smstools in one folder: messages go in as files and come out in `sent`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, text: str) -> None:
        """Hand over one message file; it appears whole, as smsd wants it."""
        draft = self._folder / name
        draft.write_bytes(text.encode())
        draft.rename(self._folder / "outgoing" / name)

    def sent(self, name: str) -> str:
        """The message file as smsd left it after the send; waits for it."""
        path = self._folder / "sent" / name
        until(path.exists, f"smsd sent {name}", self.log)
        return path.read_text("utf-8", "replace")

    def log(self) -> str:
        """What it logged."""
        return (self._folder / "smsd.log").read_text("utf-8", "replace")


@contextmanager
def smsd(folder: Path, port: Path) -> Iterator[Smsd]:
    """smsd at `port` while the block runs."""
    for box in ("outgoing", "checked", "failed", "sent", "incoming"):
        (folder / box).mkdir()
    rc = folder / "smsd.conf"
    rc.write_text(_smsd_settings(folder, port))
    command = [program("smsd"), "-t", "-c", str(rc)]
    with (folder / "terminal").open("wb") as terminal:
        process = subprocess.Popen(command, stdout=terminal, stderr=terminal, env=_environment(folder))
        with ending(process):
            yield Smsd(folder)


def until(true: Callable[[], bool], what: str, log: Callable[[], str]) -> None:
    """Wait for it; AssertionError with the log when it does not come."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"{what}: not within {PATIENCE:g} s\n{log()}"
        time.sleep(0.05)


def _smsd_settings(folder: Path, port: Path) -> str:
    boxes = "".join(f"{box} = {folder / box}\n" for box in ("outgoing", "checked", "failed", "sent", "incoming"))
    files = f"logfile = {folder}/smsd.log\ninfofile = {folder}/smsd.working\npidfile = {folder}/smsd.pid\n"
    modem = f"[GSM1]\ndevice = {port}\nbaudrate = 115200\nincoming = no\nreport_device_details = yes\n"
    return f"devices = GSM1\n{boxes}{files}loglevel = 7\ndelaytime = 1\nterminal = yes\n\n{modem}"


def _environment(home: Path) -> dict[str, str]:
    places = ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")
    return {**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "C", **dict.fromkeys(places, str(home))}
