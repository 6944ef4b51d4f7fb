"""What is known of a serial port before it is opened, and in which order ports are worth a try. Pure: reads nothing.

The table holds what ModemManager's udev rules say of interfaces, and what is said of them elsewhere and marked so; all
it does is choose the order. What is not in it is unknown, and tried after what is.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

HUAWEI: Final = "12d1"
SIMCOM: Final = "1e0e"
QUECTEL: Final = "2c7c"
ZTE: Final = "19d2"
ADAPTERS: Final = frozenset({"067b", "0403", "10c4", "1a86"})
"""Makers of chips that put a real serial line behind USB: Prolific, FTDI, Silicon Labs, WCH (the id tables of Linux's
drivers pl2303, ftdi_sio, cp210x and ch341)."""


class Rank(IntEnum):
    """How likely AT is answered, best first. NEVER: the port speaks another language and is not opened."""

    PRIMARY = 0
    SECONDARY = 1
    UNKNOWN = 2
    NEVER = 3


@dataclass(frozen=True, slots=True)
class UsbInterface:
    """The USB interface behind a port (USB 2.0 9.6.1, 9.6.5).

    `device` is the name of the socket it is plugged into (`1-1.3`); `vendor` and `product` are four lower-case hex
    digits; `number`, `subclass` and `protocol` 0..255.
    """

    device: str
    vendor: str
    product: str
    number: int
    subclass: int = 0xFF
    protocol: int = 0xFF


@dataclass(frozen=True, slots=True)
class SerialPort:
    """A serial port. `path` opens it; `by_path` is the name of its socket, which stays, or empty. `usb` is None for a
    port that is no USB device. `terminal`: a pty or the like, without a line."""

    path: str
    usb: UsbInterface | None = None
    by_path: str = ""
    terminal: bool = False

    @property
    def stable(self) -> str:
        """The name to write into a configuration."""
        return self.by_path or self.path


@dataclass(frozen=True, slots=True)
class UsbDevice:
    """A USB device, whether or not it has serial ports."""

    name: str
    vendor: str
    product: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is plugged into this machine."""

    ports: tuple[SerialPort, ...] = ()
    devices: tuple[UsbDevice, ...] = ()


_BY_NUMBER: Final[dict[tuple[str, str], dict[int, Rank]]] = {
    # 00 diagnosis, 01 positions, 02 AT, 03 AT or PPP, 04 sound (ModemManager's rules)
    (SIMCOM, "9001"): {0: Rank.NEVER, 1: Rank.NEVER, 2: Rank.PRIMARY, 3: Rank.SECONDARY, 4: Rank.NEVER},
    (SIMCOM, "9011"): {4: Rank.PRIMARY},
    # 00 diagnosis, 01 positions, 02 AT, 03 AT or PPP (ModemManager's rules)
    (QUECTEL, "0125"): {0: Rank.NEVER, 1: Rank.NEVER, 2: Rank.PRIMARY, 3: Rank.SECONDARY},
    (QUECTEL, ""): {2: Rank.PRIMARY, 3: Rank.SECONDARY},
    # often one of these two (unverified on hardware)
    (ZTE, ""): {1: Rank.PRIMARY, 3: Rank.PRIMARY},
    # sticks of the E173 class that tell no protocol: 00 AT or PPP, 01 diagnosis, 02 AT (unverified on hardware)
    (HUAWEI, ""): {0: Rank.SECONDARY, 2: Rank.PRIMARY},
}
_HUAWEI_SUBCLASSES: Final = (0x01, 0x02, 0x03)
# xx/02 AT, xx/01 PPP, 01/05 and 01/14 positions (ModemManager's rules); 12 AT, 10 AT or PPP (E3372, unverified)
_HUAWEI_PROTOCOLS: Final = {
    0x01: Rank.SECONDARY,
    0x10: Rank.SECONDARY,
    0x02: Rank.PRIMARY,
    0x12: Rank.PRIMARY,
    0x05: Rank.NEVER,
    0x14: Rank.NEVER,
}
_STORAGE_FIRST: Final = frozenset(
    {("12d1", "1446"), ("12d1", "14fe"), ("12d1", "1f01"), ("19d2", "2000"), ("1c9e", "f000")}
)


def rank(port: SerialPort) -> Rank:
    """How likely AT is answered on this port."""
    usb = port.usb
    if usb is None:
        return Rank.UNKNOWN
    if usb.vendor == HUAWEI and usb.subclass in _HUAWEI_SUBCLASSES and usb.protocol in _HUAWEI_PROTOCOLS:
        return _HUAWEI_PROTOCOLS[usb.protocol]
    numbers = _BY_NUMBER.get((usb.vendor, usb.product)) or _BY_NUMBER.get((usb.vendor, ""), {})
    return numbers.get(usb.number, Rank.UNKNOWN)


def has_speed(port: SerialPort) -> bool:
    """Whether there is a serial line with a speed behind the port: a modem with USB of its own understands any."""
    return not port.terminal and (port.usb is None or port.usb.vendor in ADAPTERS)


def ranked(ports: Iterable[SerialPort]) -> tuple[SerialPort, ...]:
    """The ports that may be opened, the best first, otherwise by name."""
    able = (port for port in ports if rank(port) is not Rank.NEVER)
    return tuple(sorted(able, key=lambda port: (rank(port), port.path)))


def hints(surroundings: Surroundings) -> tuple[str, ...]:
    """What the owner should know about sticks that show a drive instead of a modem."""
    speaking = {port.usb.device for port in surroundings.ports if port.usb is not None}
    return tuple(
        f"mode-switch needed: the stick {device.vendor}:{device.product} at USB {device.name} shows only its drive;"
        " install usb_modeswitch and plug it in again"
        for device in surroundings.devices
        if (device.vendor, device.product) in _STORAGE_FIRST and device.name not in speaking
    )
