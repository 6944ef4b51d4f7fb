"""Facts about the machine: clock, versions, programs, serial ports, network ports, certificates."""

from __future__ import annotations

import grp
import os
import socket
import struct
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

from otppi import BUILD_TIME
from otppi.clock import LinuxHost
from otppi.ports.diagnosis import CertificateFacts, ClockFacts, PortFacts, ProgramFacts
from otppi.store.examine import SQLITE_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

PROC: Final = Path("/proc")
_LIBRARIES: Final = ("cryptography", "litestar", "msgspec", "serialx", "uvicorn", "uvloop")
_CONNECT_SECONDS: Final = 1.0


def clock(newest: float) -> ClockFacts:
    """What the clocks say; `newest` is the newest time in the store."""
    host = LinuxHost()
    return ClockFacts(host.wall(), BUILD_TIME, newest, host.synchronised())


def program() -> ProgramFacts:
    """What runs this program."""
    libraries = tuple((name, metadata.version(name)) for name in _LIBRARIES)
    return ProgramFacts(sys.version_info[:3], SQLITE_VERSION, struct.calcsize("P") * 8, libraries)


def processes(proc: Path = PROC) -> frozenset[str]:
    """The names of all processes."""
    return frozenset(_name(each) for each in _processes(proc))


def serial_port(path: str, gateway: int | None, proc: Path = PROC) -> PortFacts:
    """What a port is like; what the process `gateway` has open is as it should be."""
    place = Path(path)
    try:
        status = place.stat()
    except OSError:
        return PortFacts(path, there=False)
    mine, device = {os.getegid(), *os.getgroups()}, os.path.realpath(path)
    ours_alone = not device.startswith("/dev/pts/")  # the program that made a pty has it open too
    return PortFacts(
        path,
        usable=os.access(path, os.R_OK | os.W_OK),
        group=_group(status.st_gid),
        in_group=status.st_gid in mine or os.geteuid() in (0, status.st_uid),
        holder=_holder(device, gateway, proc) if ours_alone else "",
    )


def listens(host: str, port: int) -> bool:
    """Whether somebody listens there."""
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - where to knock, not to listen
    try:
        with socket.create_connection((address, port), timeout=_CONNECT_SECONDS):
            return True
    except OSError:
        return False


def certificate(path: Path, key: Path | None = None) -> CertificateFacts:
    """Until when the first certificate of a PEM file is good, and whether its key, maybe in the same file, is kept."""
    from cryptography import x509

    from otppi.intake.rest.tls import is_open

    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
        key = key or path
        open_key = str(key) if is_open(key) else ""
    except OSError as error:
        return CertificateFacts(str(path), error=error.strerror or "it cannot be read")
    except ValueError:
        return CertificateFacts(str(path), error="it holds no certificate in PEM form")
    return CertificateFacts(str(path), found.not_valid_after_utc.timestamp(), open_key=open_key)


def _processes(proc: Path) -> Iterator[Path]:
    return (each for each in proc.iterdir() if each.name.isdigit())


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _holder(device: str, gateway: int | None, proc: Path) -> str:
    ours = {os.getpid(), gateway}
    for process in _processes(proc):
        if int(process.name) not in ours and device in _open_files(process):
            return f"{_name(process)} (process {process.name})"
    return ""


def _open_files(process: Path) -> Iterator[str]:
    """What a process has open; nothing where we may not know."""
    try:
        links = list((process / "fd").iterdir())
    except OSError:
        return
    for link in links:
        try:
            yield str(link.readlink())
        except OSError:
            continue


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
