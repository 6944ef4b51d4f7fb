"""Ports read from a tree that is laid out as the kernel lays out sysfs, and terminals of a folder."""

from __future__ import annotations

import os
import pty
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from otppi.modems.discovery import SerialPort, UsbDevice, UsbInterface, hints
from otppi.modems.sysfs import around, look, near, terminals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.process

HUB = "devices/pci0000:00/usb1/1-1"


class Tree:
    """A sysfs and a /dev to fill."""

    def __init__(self, folder: Path) -> None:
        self.sysfs, self.dev, self.proc = folder / "sys", folder / "dev", folder / "proc"
        for each in (self.sysfs / "class/tty", self.sysfs / "bus/usb/devices", self.dev, self.proc):
            each.mkdir(parents=True)

    def write(self, path: str, **files: str) -> Path:
        place = self.sysfs / path
        place.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (place / name).write_text(text + "\n")
        return place

    def device(self, name: str, vendor: str, product: str) -> None:
        place = self.write(f"{HUB}/{name}", idVendor=vendor, idProduct=product)
        (self.sysfs / "bus/usb/devices" / name).symlink_to(place)

    def interface(self, device: str, number: str, subclass: str = "ff", protocol: str = "ff") -> str:
        path = f"{HUB}/{device}/{device}:1.{int(number, 16)}"
        self.write(path, bInterfaceNumber=number, bInterfaceSubClass=subclass, bInterfaceProtocol=protocol)
        return path

    def tty(self, name: str, device: str | None, **files: str) -> None:
        node = self.write(f"{device or 'devices/virtual'}/tty/{name}", **files)
        if device is not None:
            (node / "device").symlink_to(self.sysfs / device)
        (self.sysfs / "class/tty" / name).symlink_to(node)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_usb_ports_are_read_with_their_ids_and_interfaces(tree: Tree) -> None:
    tree.device("1-1.3", "12d1", "1506")
    adapter = tree.interface("1-1.3", "01", "02", "12")
    tree.write(f"{adapter}/ttyUSB1")
    tree.tty("ttyUSB1", f"{adapter}/ttyUSB1")
    tree.device("1-1.4", "1e0e", "9001")
    tree.tty("ttyACM0", tree.interface("1-1.4", "0a", "02", "01"))
    assert look(tree.sysfs, tree.dev).ports == (
        SerialPort(f"{tree.dev}/ttyACM0", UsbInterface("1-1.4", "1e0e", "9001", 10, 2, 1)),
        SerialPort(f"{tree.dev}/ttyUSB1", UsbInterface("1-1.3", "12d1", "1506", 1, 2, 0x12)),
    )


def test_a_uart_is_a_port_and_consoles_empty_uarts_and_virtual_terminals_are_not(tree: Tree) -> None:
    tree.write("devices/platform/serial8250")
    tree.tty("ttyS0", "devices/platform/serial8250", type="4")
    tree.tty("ttyS1", "devices/platform/serial8250", type="0")
    tree.tty("ttyAMA0", "devices/platform/serial8250", type="32")
    tree.tty("tty1", None)
    tree.tty("console", None, active="tty0 ttyAMA0")
    assert look(tree.sysfs, tree.dev).ports == (SerialPort(f"{tree.dev}/ttyS0"),)


def test_the_name_of_the_socket_is_taken_from_udev(tree: Tree) -> None:
    tree.write("devices/platform/serial8250")
    tree.tty("ttyUSB0", "devices/platform/serial8250")
    (tree.dev / "ttyUSB0").touch()
    link = tree.dev / "serial/by-path/platform-usb-0:1.3:1.0-port0"
    link.parent.mkdir(parents=True)
    link.symlink_to("../../ttyUSB0")
    assert look(tree.sysfs, tree.dev).ports == (SerialPort(f"{tree.dev}/ttyUSB0", None, str(link)),)


def test_a_stick_without_ports_gives_the_hint_and_a_machine_without_sysfs_nothing(tree: Tree, tmp_path: Path) -> None:
    tree.device("1-1.2", "19d2", "2000")
    found = look(tree.sysfs, tree.dev)
    assert found.devices == (UsbDevice("1-1.2", "19d2", "2000"),)
    assert "mode-switch needed" in hints(found)[0]
    assert look(tmp_path / "none", tmp_path / "none").ports == ()


@contextmanager
def terminal() -> Iterator[str]:
    master, slave = pty.openpty()
    try:
        yield os.ttyname(slave)
    finally:
        os.close(slave)
        os.close(master)


def test_terminals_of_a_folder_are_named_but_none_that_a_session_runs_on(tree: Tree, tmp_path: Path) -> None:
    folder = tmp_path / "ports"
    folder.mkdir()
    (folder / "notes.txt").write_text("no terminal")
    (folder / "gone").symlink_to("/dev/pts/none-such")
    (folder / "null").symlink_to("/dev/null")
    with terminal() as name:
        (folder / "modem0").symlink_to(name)
        assert terminals(folder, tree.proc) == (str(folder / "modem0"),)
        number = (folder / "modem0").stat().st_rdev
        packed = (os.major(number) << 8) | (os.minor(number) & 0xFF) | ((os.minor(number) & ~0xFF) << 12)
        (tree.proc / "77").mkdir()
        (tree.proc / "77/stat").write_text(f"77 (a (shell) S 1 77 77 {packed} 77 0 0\n")
        assert terminals(folder, tree.proc) == ()


def test_the_folder_of_all_devices_is_left_to_sysfs(tree: Tree) -> None:
    with terminal() as name:
        (tree.dev / "tty7").symlink_to(name)
        assert terminals(tree.dev, tree.proc, tree.dev) == ()
    assert terminals(tree.dev / "none", tree.proc, tree.dev) == ()


def stick(tree: Tree, name: str, tty: str, number: str = "02") -> None:
    tree.device(name, "1e0e", "9001")
    tree.tty(tty, tree.interface(name, number))
    (tree.dev / tty).touch()


@pytest.mark.feature("X07")
def test_a_modem_is_looked_for_in_its_folder_and_then_on_the_ports_of_the_machine(tree: Tree, tmp_path: Path) -> None:
    stick(tree, "1-1.2", "ttyUSB1", "03")
    stick(tree, "1-1.3", "ttyUSB2")
    stick(tree, "1-1.4", "ttyUSB3", "00")
    folder = tmp_path / "ports"
    folder.mkdir()
    (folder / "stick").symlink_to(tree.dev / "ttyUSB3")
    with terminal() as name:
        (folder / "modem5").symlink_to(name)
        found = around(str(folder / "modem0"), tree.sysfs, tree.dev, tree.proc)
    assert found == (str(folder / "modem5"), f"{tree.dev}/ttyUSB2", f"{tree.dev}/ttyUSB1"), "diagnosis is left alone"
    assert around(str(tree.dev / "ttyUSB0"), tree.sysfs, tree.dev, tree.proc) == found[1:]


def test_a_port_that_comes_has_a_new_mark_and_a_log_that_grows_has_none(tree: Tree, tmp_path: Path) -> None:
    stick(tree, "1-1.2", "ttyUSB1")
    folder = tmp_path / "ports"
    folder.mkdir()
    (folder / "ledger").write_text("one line\n")

    def marks() -> frozenset[object]:
        return near(str(folder / "modem0"), tree.sysfs, tree.dev)

    before = marks()
    (folder / "ledger").write_text("another line\n")
    assert marks() == before
    stick(tree, "1-1.3", "ttyUSB2")
    assert len(marks() - before) == 1
    with terminal() as name:
        (folder / "modem5").symlink_to(name)
        assert len(marks() - before) == 2
        (folder / "modem5").unlink()
        (folder / "modem5").symlink_to(name)
        assert len(marks() - before) == 2
    (tree.dev / "notes").symlink_to(tree.dev / "none")
    assert near(str(tree.dev / "ttyUSB0"), tree.sysfs, tree.dev) == near("/none-such/x", tree.sysfs, tree.dev)
