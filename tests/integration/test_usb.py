"""The USB helper and the hand that asks it, on a tree that is laid out as the kernel lays out sysfs. No hardware."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from otppi.ports.power import Socket
from otppi.usb import helper
from otppi.usb.helper import answer, look
from otppi.usb.switch import UsbSwitch

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.ports.power import Reach

pytestmark = pytest.mark.process

BUS = "devices/pci0000:00/usb1"
HELPER = Path(helper.__file__)


class Tree:
    """A sysfs, a /proc and a uhubctl to fill."""

    def __init__(self, folder: Path) -> None:
        self.sysfs, self.proc, self.program = folder / "sys", folder / "proc", folder / "uhubctl"
        (self.sysfs / "bus/usb/devices").mkdir(parents=True)
        (self.sysfs / "class/tty").mkdir(parents=True)
        (self.proc / "self").mkdir(parents=True)
        self.mounted()
        self.calls = folder / "calls"
        self.uhubctl(0)

    def write(self, path: str, **files: str) -> Path:
        place = self.sysfs / path
        place.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (place / name).write_text(text + "\n")
        return place

    def mounted(self, *numbers: str) -> None:
        lines = [f"36 35 {number} / /mnt rw - ext4 /dev/x rw\n" for number in numbers]
        (self.proc / "self/mountinfo").write_text("22 1 0:21 / /proc rw - proc proc rw\n" + "".join(lines))

    def uhubctl(self, status: int) -> None:
        self.program.write_text(f'#!/bin/sh\necho "$@" >> {self.calls}\nenv > {self.calls}.env\nexit {status}\n')
        self.program.chmod(0o755)

    def device(self, name: str, device_class: str = "00") -> str:
        path = f"{BUS}/{name}"
        place = self.write(path, bDeviceClass=device_class, authorized="1", idVendor="12d1", idProduct="1506")
        (self.sysfs / "bus/usb/devices" / name).symlink_to(place)
        return path

    def interface(self, device: str, number: int = 0, kind: str = "ff") -> str:
        path = f"{BUS}/{device}/{device}:1.{number}"
        self.write(path, bInterfaceClass=kind, bInterfaceSubClass="ff", bInterfaceProtocol="ff")
        return path

    def tty(self, name: str, path: str) -> None:
        node = self.write(f"{path}/{name}/tty/{name}")
        (node / "device").symlink_to(self.sysfs / path / name)
        (self.sysfs / "class/tty" / name).symlink_to(node)

    def modem(self, name: str, tty: str) -> str:
        self.device(name)
        self.tty(tty, self.interface(name))
        return tty

    def authorized(self, name: str) -> str:
        return (self.sysfs / "bus/usb/devices" / name / "authorized").read_text()

    def answer(self, line: str) -> tuple[int, str]:
        return answer(line.split(), self.sysfs, self.proc, str(self.program))


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    made = Tree(tmp_path)
    made.device("1-1", device_class="09")
    made.write(f"{BUS}/1-1/1-1:1.0", bInterfaceClass="09", bInterfaceSubClass="00", bInterfaceProtocol="00")
    made.modem("1-1.3", "ttyUSB0")
    return made


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helper, "OFF_SECONDS", 0.0)


# -- what is read -----------------------------------------------------------------------------------------------------


def test_devices_are_read_with_what_they_carry(tree: Tree) -> None:
    tree.write(f"{BUS}/1-1.3/1-1.3:1.1/net/wwan0", flags="0x1002")
    tree.write(f"{BUS}/1-1.3/1-1.3:1.2/host0/target0:0:0/0:0:0:0/block/sr0", size="1000", dev="11:0")
    devices = look(tree.sysfs, tree.proc)
    assert devices["1-1"].is_hub
    assert (devices["1-1.3"].ttys, devices["1-1.3"].networks, devices["1-1.3"].disks) == (("ttyUSB0",), (), ())


@pytest.mark.parametrize(
    ("files", "path", "why"),
    [
        ({"flags": "0x1003"}, "net/wwan0", "network"),
        ({"size": "1000", "dev": "8:0"}, "host0/block/sda", "disk"),
        ({"size": "0", "dev": "8:0"}, "host0/block/sda", ""),  # an empty card slot
        ({"size": "1000", "dev": "11:0"}, "host0/block/sr0", ""),  # a CD of drivers
        ({"size": "1000", "dev": "11:1"}, "host0/block/sr0", "disk"),
    ],
)
def test_what_a_stick_carries_protects_it_if_it_is_in_use(
    tree: Tree, quick: None, files: dict[str, str], path: str, why: str
) -> None:
    tree.mounted("11:1")
    tree.interface("1-1.3", 1)
    tree.write(f"{BUS}/1-1.3/1-1.3:1.1/{path}", **files)
    status, line = tree.answer("reauthorise 1-1.3")
    assert (status == 0) is (why == "")
    assert why in line


def test_a_mounted_partition_protects_too(tree: Tree) -> None:
    tree.interface("1-1.3", 1)
    block = tree.write(f"{BUS}/1-1.3/1-1.3:1.1/host0/block/sr0", size="0", dev="11:0")
    tree.write(f"{block.relative_to(tree.sysfs)}/sr0p1", dev="259:3")
    tree.mounted("259:3")
    assert tree.answer("reauthorise 1-1.3")[1] == "refused: 1-1.3 is, or has, a disk in use"


# -- what is done -----------------------------------------------------------------------------------------------------


def test_a_device_is_taken_out_and_put_in_again(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    helper.reauthorise("1-1.3", tree.sysfs, lambda _: seen.append(tree.authorized("1-1.3")))
    assert (seen, tree.authorized("1-1.3")) == (["0"], "1")


def test_it_is_put_in_again_even_if_the_wait_is_broken_off(tree: Tree) -> None:
    def broken(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        helper.reauthorise("1-1.3", tree.sysfs, broken)
    assert tree.authorized("1-1.3") == "1"


def test_nothing_else_is_written(tree: Tree, quick: None) -> None:
    def state() -> dict[Path, str]:
        return {path: path.read_text() for path in tree.sysfs.rglob("*") if path.is_file()}

    before = state()
    assert tree.answer("reauthorise 1-1.3") == (0, "done")
    assert {path for path, text in state().items() if before.get(path) != text} <= {
        (tree.sysfs / "bus/usb/devices/1-1.3").resolve() / "authorized"
    }


def test_a_socket_is_switched_with_fixed_arguments_and_no_environment(tree: Tree) -> None:
    assert tree.answer("cycle 1-1 3") == (0, "done")
    assert tree.calls.read_text() == "-l 1-1 -p 3 -a cycle -d 5 -r 3\n"
    assert "HOME" not in Path(f"{tree.calls}.env").read_text()


@pytest.mark.parametrize(
    ("line", "status", "answered"),
    [
        ("reauthorise 1-1", 1, "refused: 1-1 is a hub"),
        ("reauthorise 1-1.9", 1, "refused: there is no device 1-1.9"),
        ("reauthorise usb1", 2, "not understood: use: otppi-usb"),
        ("cycle 1-2 1", 1, "refused: there is no hub 1-2"),
        ("cycle 1 1", 2, "not understood: use: otppi-usb"),
        ("", 2, "not understood: use: otppi-usb"),
    ],
)
def test_what_is_refused_touches_nothing(tree: Tree, line: str, status: int, answered: str) -> None:
    found = tree.answer(line)
    assert found[0] == status
    assert found[1].startswith(answered)
    assert not tree.calls.exists()
    assert tree.authorized("1-1.3") == "1\n"


@pytest.mark.parametrize("broken", ["missing", "fails"])
def test_a_tool_that_is_not_there_or_fails_is_a_failure(tree: Tree, broken: str) -> None:
    if broken == "missing":
        tree.program.unlink()
    else:
        tree.uhubctl(1)
    status, line = tree.answer("cycle 1-1 3")
    assert (status, line.split(":")[0]) == (1, "failed")


def test_a_switch_that_cannot_be_written_is_a_failure(tree: Tree, quick: None) -> None:
    switch = (tree.sysfs / "bus/usb/devices/1-1.3").resolve() / "authorized"
    switch.unlink()
    switch.mkdir()
    assert tree.answer("reauthorise 1-1.3")[1].startswith("failed: ")


# -- as a program -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "line", "status", "said"),
    [
        (["off", "1-1"], "", 2, ""),
        ([], "off 1-1\n", 2, "not understood: "),
        ([], "", 2, "not understood: "),
        ([], "reauthorise " + "1" * 200, 2, "not understood: "),
        ([], "reauthorise 250-1.1\n", 1, "refused: there is no device"),
    ],
)
def test_it_runs_alone_from_a_copy_by_arguments_or_by_one_line(
    tmp_path: Path, words: list[str], line: str, status: int, said: str
) -> None:
    copy = tmp_path / "otppi-usb"
    shutil.copy(HELPER, copy)
    done = subprocess.run(
        [sys.executable, "-I", str(copy), *words], input=line, capture_output=True, text=True, check=False
    )
    assert done.returncode == status
    assert done.stdout.startswith(said)
    assert "Traceback" not in done.stderr


# -- the hand that asks it --------------------------------------------------------------------------------------------


class Door:
    """The socket of systemd: one run of the helper for each connection."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.readline()).decode()
        writer.write((self._tree.answer(line)[1] + "\n").encode())
        await writer.drain()
        writer.close()


def switch(tree: Tree, tmp_path: Path, reach: Reach = "power", hubs: tuple[str, ...] = ()) -> UsbSwitch:
    return UsbSwitch(reach, hubs, helper=tmp_path / "s", sysfs=tree.sysfs, proc=tree.proc)


async def test_a_port_leads_to_its_socket_also_by_a_link(tree: Tree, tmp_path: Path) -> None:
    expected = Socket("1-1.3", "1-1", 3, reset=True, power=True)
    (tmp_path / "ttyUSB0").touch()
    (tmp_path / "by-path").symlink_to("ttyUSB0")
    asked = switch(tree, tmp_path)
    assert await asked.socket("/dev/ttyUSB0") == expected
    assert await asked.socket(str(tmp_path / "by-path")) == expected
    for path in ("/dev/ttyS0", "tcp://192.0.2.1:5000", "/dev/pts/0"):
        assert await asked.socket(path) is None


async def test_an_empty_socket_is_told_from_a_taken_one(tree: Tree, tmp_path: Path) -> None:
    asked = switch(tree, tmp_path)
    assert not await asked.empty("1-1.3")
    assert await asked.empty("1-1.4")


async def test_the_helper_is_asked_over_its_socket(tree: Tree, tmp_path: Path, quick: None) -> None:
    server = await asyncio.start_unix_server(Door(tree), tmp_path / "s")
    async with server:
        asked = switch(tree, tmp_path)
        assert await asked.reauthorise("1-1.3")
        assert await asked.cycle("1-1", 3)
        assert not await asked.cycle("1-9", 3)
        assert tree.calls.read_text().count("\n") == 1


@pytest.mark.parametrize("ask", [lambda s: s.reauthorise("1-1.3"), lambda s: s.cycle("1-1", 3)])
async def test_without_a_helper_nothing_is_done_and_nothing_raised(
    tree: Tree, tmp_path: Path, ask: Callable[[UsbSwitch], asyncio.Future[bool]]
) -> None:
    assert not await ask(switch(tree, tmp_path))


async def test_what_the_owner_does_not_allow_is_not_even_asked(tree: Tree, tmp_path: Path) -> None:
    lines: list[bytes] = []

    async def heard(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append(await reader.readline())
        writer.write(b"done\n")
        writer.close()

    async with await asyncio.start_unix_server(heard, tmp_path / "s"):
        assert not await switch(tree, tmp_path, "off").reauthorise("1-1.3")
        assert not await switch(tree, tmp_path, "authorise").cycle("1-1", 3)
        assert await switch(tree, tmp_path, "authorise").reauthorise("1-1.3")
    assert lines == [b"reauthorise 1-1.3\n"]
