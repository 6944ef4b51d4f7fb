"""Speed, parity and stop bits as the kernel has them after a port was opened, read back from the other end of a pty.

A pty keeps all of them but the bit that switches parity on (Linux drivers/tty/pty.c); which parity it is stays.
"""

from __future__ import annotations

import os
import pty
import termios

import pytest

from otppi.modems.transport import open_port
from otppi.ports.modem import LineSettings

pytestmark = pytest.mark.process

CMSPAR = 0o10000000000
"""Mark or space parity (asm-generic/termbits.h)."""


class Nobody:
    def received(self, data: bytes) -> None:
        raise AssertionError("nothing is said")

    def lost(self, reason: str) -> None:
        """The end of the test."""


async def applied(baud: int, parity: str, stop_bits: int) -> list[int]:
    """The attributes of a pty that was opened so: iflag, oflag, cflag, lflag, both speeds."""
    master, slave = pty.openpty()
    try:
        wire = await open_port(LineSettings("m1", os.ttyname(slave), baud, parity, stop_bits), Nobody())
        attributes = termios.tcgetattr(slave)[:6]
        await wire.close()
        return [int(each) for each in attributes]
    finally:
        os.close(slave)
        os.close(master)


@pytest.mark.feature("F079")
@pytest.mark.parametrize(
    ("baud", "speed"), [(9600, termios.B9600), (57_600, termios.B57600), (115_200, termios.B115200)]
)
@pytest.mark.parametrize("stop_bits", [1, 2])
async def test_speed_and_stop_bits_are_applied(baud: int, speed: int, stop_bits: int) -> None:
    _, _, cflag, lflag, *speeds = await applied(baud, "N", stop_bits)
    assert speeds == [speed, speed]
    assert bool(cflag & termios.CSTOPB) == (stop_bits == 2)
    assert cflag & termios.CSIZE == termios.CS8
    assert lflag & (termios.ECHO | termios.ICANON | termios.ISIG) == 0, "no octet is taken for anything but itself"


@pytest.mark.feature("F079")
@pytest.mark.parametrize(("parity", "odd", "sticky"), [("N", 0, 0), ("E", 0, 0), ("O", 1, 0), ("M", 1, 1), ("S", 0, 1)])
async def test_parity_is_applied(parity: str, odd: int, sticky: int) -> None:
    cflag = (await applied(9600, parity, 1))[2]
    assert (bool(cflag & termios.PARODD), bool(cflag & CMSPAR)) == (bool(odd), bool(sticky))
