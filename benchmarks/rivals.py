"""smstools and gammu-smsd as processes on simulated modems, set as tightly as their settings go."""

from __future__ import annotations

import subprocess
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Protocol

from foreign import ending, program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Rival(Protocol):
    """A running gateway of others."""

    def put(self, number: int) -> None:
        """One message into its queue."""


class Smstools:
    """smsd: one process for all modems, messages as files in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, number: int) -> None:
        """Written beside the queue and moved in whole."""
        draft = self._folder / f"message{number}"
        draft.write_text(f"To: 62812{number:08}\n\nHalo dunia, apa kabar?\n")
        draft.rename(self._folder / "outgoing" / draft.name)


@contextmanager
def smstools(folder: Path, ports: list[Path]) -> Iterator[Rival]:
    """smsd at these ports while the block runs: `delaytime = 1` is the least pause it takes."""
    for box in ("outgoing", "checked", "failed", "sent", "incoming"):
        (folder / box).mkdir(parents=True)
    boxes = "".join(f"{box} = {folder / box}\n" for box in ("outgoing", "checked", "failed", "sent", "incoming"))
    names = [f"GSM{number}" for number in range(len(ports))]
    files = f"logfile = {folder}/smsd.log\ninfofile = {folder}/smsd.working\npidfile = {folder}/smsd.pid\n"
    head = f"devices = {','.join(names)}\n{boxes}{files}loglevel = 3\ndelaytime = 1\nterminal = yes\n"
    modems = [
        f"[{name}]\ndevice = {port}\nbaudrate = 115200\nincoming = no\nsending_disabled = no\n"
        for name, port in zip(names, ports, strict=True)
    ]
    rc = folder / "smsd.conf"
    rc.write_text("\n".join([head, *modems]))
    with (folder / "terminal").open("wb") as log:
        process = subprocess.Popen([program("smsd"), "-t", "-c", str(rc)], stdout=log, stderr=log)
        with ending(process):
            yield Smstools(folder)


class GammuSmsd:
    """gammu-smsd: a process and a folder for each modem; messages are given to them in turn."""

    def __init__(self, outboxes: list[Path]) -> None:
        self._outboxes = outboxes

    def put(self, number: int) -> None:
        """Written beside the queue and moved in whole."""
        outbox = self._outboxes[number % len(self._outboxes)]
        draft = outbox.parent / "draft"
        draft.write_text("Halo dunia, apa kabar?")
        draft.rename(
            outbox / f"OUTC20260101_{number // 3600 % 24:02}{number // 60 % 60:02}{number % 60:02}_00_"
            f"+62812{number:08}_sms0.txt"
        )


@contextmanager
def gammu_smsd(folder: Path, ports: list[Path]) -> Iterator[Rival]:
    """gammu-smsd at these ports while the block runs: it looks into its folder every second at most."""
    outboxes = []
    with ExitStack() as stack:
        for number, port in enumerate(ports):
            home = folder / f"modem{number}"
            for box in ("outbox", "sent", "error", "inbox"):
                (home / box).mkdir(parents=True)
            outboxes.append(home / "outbox")
            paths = "".join(
                f"{name}path = {home / box}/\n"
                for name, box in (("outbox", "outbox"), ("sentsms", "sent"), ("errorsms", "error"), ("inbox", "inbox"))
            )
            rc = home / "smsdrc"
            rc.write_text(
                f"[gammu]\ndevice = {port}\nconnection = at115200\n[smsd]\nservice = files\nlogfile = {home}/log\n"
                f"debuglevel = 0\ncommtimeout = 1\nloopsleep = 1\nreceivefrequency = 0\nstatusfrequency = 0\n"
                f"checksecurity = 0\nchecksignal = 0\ncheckbattery = 0\nchecknetwork = 0\n{paths}"
            )
            log = stack.enter_context((home / "terminal").open("wb"))
            process = subprocess.Popen([program("gammu-smsd"), "-c", str(rc)], stdout=log, stderr=log)
            stack.enter_context(ending(process))
        yield GammuSmsd(outboxes)


RIVALS = {"smstools": smstools, "gammu-smsd": gammu_smsd}
