#!/usr/bin/python3 -I
"""otppi-usb: takes a USB modem out and puts it in again by software, or switches its socket. Runs as root, alone.

    otppi-usb reauthorise 1-1.3      writes 0 and 1 to /sys/bus/usb/devices/1-1.3/authorized
    otppi-usb cycle 1-1 3            /usr/sbin/uhubctl -l 1-1 -p 3 -a cycle -d 5 -r 3
    otppi-usb                        reads one such line from standard input and answers in one (a socket of systemd)

There are no other verbs, no options and no shell. It is one file that needs nothing but Python, so that a copy owned by
root is the whole of what runs as root. What it never touches: hubs at the root, hubs, anything that is no serial port,
and whatever carries a network that is up, a disk, a keyboard, a printer, a camera, a card reader or Bluetooth. Exit
status 0 done, 1 refused or failed, 2 not understood. Not yet run on hardware.

Sources: the kernel's Documentation/usb/authorization.rst and Documentation/ABI/stable/sysfs-bus-usb; uhubctl(8).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SYSFS = Path("/sys")
PROC = Path("/proc")
UHUBCTL = "/usr/sbin/uhubctl"
OFF_SECONDS = 2.0
MOST = 64
"""Octets of a line that is read at all."""

DEVICE = re.compile(r"[1-9][0-9]{0,2}-[1-9][0-9]{0,2}(?:\.[1-9][0-9]{0,2}){0,5}", re.ASCII)
"""A device by its bus and the ports that lead to it: five hubs at most (USB 2.0 4.1.1)."""
PORT = re.compile(r"[1-9][0-9]{0,2}", re.ASCII)

HUB_CLASS = 0x09
_PROTECTED = {0x03: "an input device", 0x07: "a printer", 0x0B: "a card reader", 0x0E: "a camera"}
_BLUETOOTH = (0xE0, 0x01, 0x01)


class NotUnderstood(Exception):
    """No verb of ours, or an argument that is no name of a device or port."""


class Refused(Exception):
    """Understood, and not done; the message says why."""


@dataclass(frozen=True)
class Reauthorise:
    """Take the device out and put it in again."""

    device: str


@dataclass(frozen=True)
class Cycle:
    """Switch a port of a hub off and on."""

    hub: str
    port: int


@dataclass(frozen=True)
class Device:
    """A USB device as sysfs shows it. `interfaces`: class, subclass and protocol of each. `ttys`: its serial ports;
    `disks` and `networks`: those of its disks and networks that are in use."""

    name: str
    device_class: int = 0
    interfaces: frozenset[tuple[int, int, int]] = frozenset()
    ttys: tuple[str, ...] = ()
    disks: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()

    @property
    def is_hub(self) -> bool:
        """Whether other devices may hang on it."""
        return self.device_class == HUB_CLASS


# -- rules: pure ------------------------------------------------------------------------------------------------------


def parse(words: list[str]) -> Reauthorise | Cycle:
    """What is asked for. Raises NotUnderstood; nothing of a word is repeated in the message."""
    match words:
        case ["reauthorise", device] if DEVICE.fullmatch(device):
            return Reauthorise(device)
        case ["cycle", hub, port] if DEVICE.fullmatch(hub) and PORT.fullmatch(port) and int(port) <= 255:
            return Cycle(hub, int(port))
    raise NotUnderstood("use: otppi-usb reauthorise DEVICE | otppi-usb cycle HUB PORT")


def place(device: str) -> tuple[str, int]:
    """The hub a device hangs on, and the port there: `1-1.3` on port 3 of `1-1`. "" is the hub at the root."""
    hub, _, port = device.rpartition(".")
    return (hub, int(port)) if hub else ("", int(device.partition("-")[2]))


def below(hub: str, devices: dict[str, Device]) -> list[Device]:
    """All that hangs on a hub, and on hubs below it."""
    return [device for name, device in devices.items() if name.startswith(f"{hub}.")]


def protection(device: Device) -> str:
    """Why a device must not be touched, "" where it may be."""
    kinds = {kind for kind, _, _ in device.interfaces}
    found = [words for kind, words in _PROTECTED.items() if kind in kinds]
    if _BLUETOOTH in device.interfaces:
        found.append("Bluetooth")
    if device.disks:
        found.append("a disk in use")
    if device.networks:
        found.append("a network that is up")
    return f"{device.name} is, or has, {found[0]}" if found else ""


def why_not_reset(name: str, devices: dict[str, Device]) -> str:
    """Why a device is not re-authorised, "" where it may be."""
    device = devices.get(name)
    if device is None:
        return f"there is no device {name}"
    if device.is_hub:
        return f"{name} is a hub"
    return protection(device) or ("" if device.ttys else f"{name} has no serial port")


def why_not_cycle(hub: str, port: int, devices: dict[str, Device]) -> str:
    """Why a port of a hub is not switched, "" where it may be. Many hubs switch all ports together, whatever they say
    of themselves, so everything on the hub counts."""
    if hub not in devices or not devices[hub].is_hub:
        return f"there is no hub {hub}"
    if (there := devices.get(f"{hub}.{port}")) is not None and (why := why_not_reset(there.name, devices)):
        return why
    return next((why for device in below(hub, devices) if (why := protection(device))), "")


# -- sysfs ------------------------------------------------------------------------------------------------------------


def look(sysfs: Path = SYSFS, proc: Path = PROC) -> dict[str, Device]:
    """The USB devices of this machine by name, hubs at the root left out. What cannot be read is not there."""
    mounted = _mounted(proc)
    nodes = (node for node in _entries(sysfs / "bus/usb/devices") if DEVICE.fullmatch(node.name))
    return {node.name: _device(node, mounted) for node in nodes}


def _device(node: Path, mounted: frozenset[str]) -> Device:
    interfaces, ttys, disks, networks = set(), [], [], []
    for interface in _entries(node):
        if not interface.name.startswith(f"{node.name}:"):
            continue
        interfaces.add((_hex(interface, "Class"), _hex(interface, "SubClass"), _hex(interface, "Protocol")))
        for found in _inside(interface):
            match found.parent.name:
                case "tty":
                    ttys.append(found.name)
                case "block" if _is_disk_in_use(found, mounted):
                    disks.append(found.name)
                case "net" if _number(found / "flags", 16) & 1:  # IFF_UP
                    networks.append(found.name)
    return Device(
        node.name,
        _number(node / "bDeviceClass", 16),
        frozenset(interfaces),
        tuple(sorted(ttys)),
        tuple(sorted(disks)),
        tuple(sorted(networks)),
    )


def _inside(interface: Path) -> Iterator[Path]:
    """All folders below an interface; links are not followed."""
    for folder, names, _ in os.walk(interface.resolve()):
        yield from (Path(folder) / name for name in sorted(names))


def _is_disk_in_use(block: Path, mounted: frozenset[str]) -> bool:
    """A medium that is mounted, or any that is no optical drive: sticks show an empty card slot or a CD of drivers."""
    parts = [block, *(part for part in _entries(block) if part.name.startswith(block.name))]
    if any(_text(part / "dev") in mounted for part in parts):
        return True
    return not block.name.startswith("sr") and _number(block / "size", 10) > 0


def _mounted(proc: Path) -> frozenset[str]:
    """The device numbers of what is mounted (proc(5), mountinfo)."""
    return frozenset(line.split()[2] for line in _text(proc / "self/mountinfo").splitlines() if len(line.split()) > 2)


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _number(path: Path, base: int) -> int:
    try:
        return int(_text(path), base)
    except ValueError:
        return 0


def _hex(interface: Path, field: str) -> int:
    return _number(interface / f"bInterface{field}", 16)


# -- deeds ------------------------------------------------------------------------------------------------------------


def reauthorise(name: str, sysfs: Path = SYSFS, pause: Callable[[float], None] = time.sleep) -> None:
    """Out and in again. It is put in again whatever happens between. Raises OSError."""
    switch = sysfs / "bus/usb/devices" / name / "authorized"
    try:
        switch.write_text("0", "ascii")
        pause(OFF_SECONDS)
    finally:
        switch.write_text("1", "ascii")


def cycle(hub: str, port: int, program: str = UHUBCTL) -> None:
    """Off and on. Raises OSError or subprocess.SubprocessError."""
    command = [program, "-l", hub, "-p", str(port), "-a", "cycle", "-d", "5", "-r", "3"]
    subprocess.run(  # noqa: S603 - a fixed program; the two words were matched against patterns
        command, check=True, timeout=60, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env={}
    )


def do(words: list[str], sysfs: Path = SYSFS, proc: Path = PROC, program: str = UHUBCTL) -> None:
    """Do what is asked. Raises NotUnderstood, Refused, OSError or subprocess.SubprocessError."""
    asked = parse(words)
    devices = look(sysfs, proc)
    if isinstance(asked, Reauthorise):
        why = why_not_reset(asked.device, devices)
    else:
        why = why_not_cycle(asked.hub, asked.port, devices)
    if why:
        raise Refused(why)
    if isinstance(asked, Reauthorise):
        reauthorise(asked.device, sysfs)
    else:
        cycle(asked.hub, asked.port, program)


def answer(words: list[str], sysfs: Path = SYSFS, proc: Path = PROC, program: str = UHUBCTL) -> tuple[int, str]:
    """The exit status and the line to answer with."""
    try:
        do(words, sysfs, proc, program)
    except NotUnderstood as error:
        return 2, f"not understood: {error}"
    except Refused as error:
        return 1, f"refused: {error}"
    except (OSError, subprocess.SubprocessError) as error:
        return 1, f"failed: {type(error).__name__}"
    return 0, "done"


def main() -> int:
    """By arguments, or by one line of standard input."""
    by_line = len(sys.argv) == 1
    words = sys.stdin.readline(MOST).split() if by_line else sys.argv[1:]
    status, line = answer(words)
    (sys.stdout if by_line or not status else sys.stderr).write(f"{line}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
