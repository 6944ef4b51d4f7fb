"""Reads from sysfs which serial ports this machine has, and lists the terminals in a folder. Opens no port.

A port that belongs to somebody else is never named: a console of the kernel, a terminal some session runs on.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from otppi.modems.discovery import SerialPort, Surroundings, UsbDevice, UsbInterface, ranked

if TYPE_CHECKING:
    from collections.abc import Iterator

SYSFS: Final = Path("/sys")
DEV: Final = Path("/dev")
PROC: Final = Path("/proc")
_NO_UART: Final = "0"
_PTY_MAJORS: Final = range(136, 144)
_TTY_FIELD: Final = 4
"""Place of tty_nr in /proc/PID/stat after the name of the command (proc(5))."""


def look(sysfs: Path = SYSFS, dev: Path = DEV) -> Surroundings:
    """The serial ports and USB devices of this machine. What cannot be read is not there."""
    stable = _stable_names(dev)
    consoles = set(_text(sysfs / "class/tty/console/active").split())
    ports = (_port(node, sysfs, dev, stable) for node in _entries(sysfs / "class/tty") if node.name not in consoles)
    return Surroundings(tuple(port for port in ports if port is not None), tuple(_devices(sysfs)))


def terminals(folder: Path, proc: Path = PROC, dev: Path = DEV) -> tuple[str, ...]:
    """The terminals in a folder and behind links in it, by name; none that lies in `dev` itself: sysfs knows those."""
    if folder.resolve() == dev.resolve():
        return ()
    occupied = _occupied(proc)
    return tuple(str(path) for path in _entries(folder) if _is_free_terminal(path, occupied, dev))


def around(port: str, sysfs: Path = SYSFS, dev: Path = DEV, proc: Path = PROC) -> tuple[str, ...]:
    """Where a modem may be that was at `port`: the terminals of that folder, then the ports of this machine."""
    there = terminals(Path(port).parent, proc, dev)
    return (*there, *(found.path for found in ranked(look(sysfs, dev).ports)))


def near(port: str, sysfs: Path = SYSFS, dev: Path = DEV) -> frozenset[object]:
    """Marks of what `around` might name, for next to nothing: a port that comes has a new one."""
    ttys = frozenset((entry.name, entry.inode()) for entry in _scan(sysfs / "class/tty"))
    folder = Path(port).parent
    if folder.resolve() == dev.resolve():
        return ttys
    return ttys.union(mark for entry in _scan(folder) if (mark := _mark(entry)) is not None)


def _port(node: Path, sysfs: Path, dev: Path, stable: dict[str, str]) -> SerialPort | None:
    if not (node / "device").exists() or _text(node / "type") == _NO_UART:
        return None
    path = str(dev / node.name)
    return SerialPort(path, _interface((node / "device").resolve(), sysfs.resolve()), stable.get(path, ""))


def _interface(place: Path, root: Path) -> UsbInterface | None:
    """The interface a device hangs on, from the device upwards."""
    found: Path | None = None
    while place != root and root in place.parents:
        if found is None and (place / "bInterfaceNumber").exists():
            found = place
        if found is not None and (place / "idVendor").exists():
            return UsbInterface(
                place.name,
                _text(place / "idVendor"),
                _text(place / "idProduct"),
                _hex(found / "bInterfaceNumber"),
                _hex(found / "bInterfaceSubClass"),
                _hex(found / "bInterfaceProtocol"),
            )
        place = place.parent
    return None


def _devices(sysfs: Path) -> Iterator[UsbDevice]:
    for node in _entries(sysfs / "bus/usb/devices"):
        if vendor := _text(node / "idVendor"):
            yield UsbDevice(node.name, vendor, _text(node / "idProduct"))


def _stable_names(dev: Path) -> dict[str, str]:
    links = _entries(dev / "serial/by-path")
    return {os.path.realpath(link): str(link) for link in reversed(links)}  # of several names the shorter, older form


def _is_free_terminal(path: Path, occupied: frozenset[int], dev: Path) -> bool:
    try:
        node = path.stat()
        if not stat.S_ISCHR(node.st_mode) or node.st_rdev in occupied:
            return False
        device = Path(os.path.realpath(path))
        return os.major(node.st_rdev) in _PTY_MAJORS or ("tty" in device.name and device.parent != dev.resolve())
    except OSError:
        return False


def _mark(entry: os.DirEntry[str]) -> tuple[object, ...] | None:
    """Of links and devices only: a log that grows in the same folder is no news."""
    try:
        node = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    if stat.S_ISLNK(node.st_mode):
        return entry.name, node.st_ino, node.st_ctime_ns
    return (entry.name, node.st_ino, node.st_rdev) if stat.S_ISCHR(node.st_mode) else None


def _scan(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _occupied(proc: Path) -> frozenset[int]:
    """The device numbers of terminals that some session runs on."""
    numbers = set()
    for process in _entries(proc):
        fields = _text(process / "stat").rpartition(")")[2].split() if process.name.isdigit() else []
        if len(fields) > _TTY_FIELD and fields[_TTY_FIELD] != "0":
            packed = int(fields[_TTY_FIELD]) & 0xFFFFFFFF
            numbers.add(os.makedev((packed >> 8) & 0xFFF, (packed & 0xFF) | ((packed >> 12) & 0xFFF00)))
    return frozenset(numbers)


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace").strip()
    except OSError:
        return ""


def _hex(path: Path) -> int:
    try:
        return int(_text(path), 16)
    except ValueError:
        return 0xFF
