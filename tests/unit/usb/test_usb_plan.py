"""What may be done to which USB device, as tables; nothing is read or written here."""

from __future__ import annotations

from typing import Any

import pytest

from otppi.ports.power import Reach, Socket
from otppi.usb.helper import (
    Cycle,
    Device,
    NotUnderstood,
    Reauthorise,
    parse,
    place,
    why_not_cycle,
    why_not_reset,
)
from otppi.usb.switch import plan

SERIAL = frozenset({(0xFF, 0xFF, 0xFF)})


def modem(name: str, **more: Any) -> Device:
    fields: dict[str, Any] = {"interfaces": SERIAL, "ttys": ("ttyUSB0",), **more}
    return Device(name, **fields)


def hub(name: str) -> Device:
    return Device(name, device_class=9, interfaces=frozenset({(9, 0, 0)}))


def tree(*devices: Device) -> dict[str, Device]:
    return {device.name: device for device in devices}


# -- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("reauthorise 1-1.3", Reauthorise("1-1.3")),
        ("reauthorise 12-4", Reauthorise("12-4")),
        ("cycle 1-1 2", Cycle("1-1", 2)),
        ("cycle 2-1.4.1 255", Cycle("2-1.4.1", 255)),
    ],
)
def test_what_is_understood(line: str, asked: object) -> None:
    assert parse(line.split()) == asked


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["reauthorise"],
        ["reauthorise", ""],
        ["reauthorise", "usb1"],
        ["reauthorise", "1"],
        ["reauthorise", "1-0"],
        ["reauthorise", "0-1"],
        ["reauthorise", "1-1.3:1.0"],
        ["reauthorise", "1-1/../../../etc"],
        ["reauthorise", "../1-1"],
        ["reauthorise", "1-1.3\n"],
        ["reauthorise", "1-1.3 "],
        ["reauthorise", "-1"],
        ["reauthorise", "1-1.\u0663"],
        ["reauthorise", "1-1.1.1.1.1.1.1"],
        ["reauthorise", "1-1", "1-2"],
        ["Reauthorise", "1-1"],
        ["cycle", "1-1"],
        ["cycle", "1-1", "0"],
        ["cycle", "1-1", "256"],
        ["cycle", "1-1", "1,2"],
        ["cycle", "1-1", "1-4"],
        ["cycle", "1-1", "-f"],
        ["cycle", "1", "1"],
        ["cycle", "1-1", "2", "-f"],
        ["off", "1-1"],
        ["sh", "-c", "id"],
    ],
)
def test_what_is_not(words: list[str]) -> None:
    with pytest.raises(NotUnderstood, match=r"^use: otppi-usb"):
        parse(words)


def test_a_device_tells_its_hub_and_port_by_its_name() -> None:
    assert [place(name) for name in ("1-1.3", "1-1.4.12", "2-7")] == [("1-1", 3), ("1-1.4", 12), ("", 7)]


# -- what is never touched --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("device", "why"),
    [
        (modem("1-1.3"), ""),
        (modem("1-1.3", interfaces=SERIAL | {(2, 2, 1), (10, 0, 0), (8, 6, 80), (0xE0, 1, 3)}), ""),
        (modem("1-1.3", ttys=()), "no serial port"),
        (hub("1-1.3"), "is a hub"),
        (modem("1-1.3", disks=("sda",)), "a disk in use"),
        (modem("1-1.3", networks=("wwan0",)), "a network that is up"),
        (modem("1-1.3", interfaces=SERIAL | {(3, 1, 1)}), "an input device"),
        (modem("1-1.3", interfaces=SERIAL | {(7, 1, 2)}), "a printer"),
        (modem("1-1.3", interfaces=SERIAL | {(0x0B, 0, 0)}), "a card reader"),
        (modem("1-1.3", interfaces=SERIAL | {(0x0E, 1, 0)}), "a camera"),
        (modem("1-1.3", interfaces=SERIAL | {(0xE0, 1, 1)}), "Bluetooth"),
        (modem("1-1.4"), "there is no device 1-1.3"),
    ],
)
def test_what_is_taken_out_and_put_in_again(device: Device, why: str) -> None:
    found = why_not_reset("1-1.3", tree(hub("1-1"), device))
    assert why in found
    assert (found == "") is (why == "")


@pytest.mark.parametrize(
    ("devices", "why"),
    [
        ((hub("1-1"), modem("1-1.3")), ""),
        ((hub("1-1"),), ""),  # a modem that fell off the bus
        ((hub("1-1"), modem("1-1.3"), modem("1-1.4")), ""),
        ((hub("1-1"), hub("1-1.3")), "is a hub"),
        ((hub("1-1"), modem("1-1.3", ttys=())), "no serial port"),
        ((modem("1-1"), modem("1-1.3")), "there is no hub 1-1"),
        ((modem("1-1.3"),), "there is no hub 1-1"),
        # Whatever hangs on the same hub may lose its power too: the Ethernet of a Raspberry Pi 3, a disk, a keyboard.
        ((hub("1-1"), modem("1-1.3"), Device("1-1.1", 0xFF, networks=("eth0",))), "1-1.1 is, or has, a network"),
        ((hub("1-1"), modem("1-1.3"), hub("1-1.4"), Device("1-1.4.2", disks=("sda",))), "1-1.4.2 is, or has, a disk"),
        ((hub("1-1"), modem("1-1.3"), Device("1-1.2", interfaces=frozenset({(3, 1, 1)}))), "an input device"),
        # On another hub nothing is touched.
        ((hub("1-1"), modem("1-1.3"), hub("1-10"), Device("1-10.1", disks=("sda",))), ""),
        ((hub("1-1"), modem("1-1.3"), Device("1-2", disks=("sda",))), ""),
    ],
)
def test_which_socket_is_switched(devices: tuple[Device, ...], why: str) -> None:
    found = why_not_cycle("1-1", 3, tree(*devices))
    assert why in found
    assert (found == "") is (why == "")


# -- what the owner allows --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reach", "hubs", "others", "reset", "power"),
    [
        ("off", (), (), False, False),
        ("authorise", (), (), True, False),
        ("power", (), (), True, True),
        ("power", (), (modem("1-1.4"),), True, False),  # it may lose its power too
        ("power", ("1-1",), (modem("1-1.4"),), True, True),  # the owner knows better
        ("power", ("1-2",), (modem("1-1.4"),), True, False),
        ("power", ("1-1",), (Device("1-1.4", disks=("sda",)),), True, False),  # but not that well
        ("off", ("1-1",), (), False, False),
    ],
)
def test_the_plan_for_a_modem(
    reach: Reach, hubs: tuple[str, ...], others: tuple[Device, ...], reset: bool, power: bool
) -> None:
    devices = tree(hub("1-1"), modem("1-1.3"), *others)
    assert plan("1-1.3", devices, reach, hubs) == Socket("1-1.3", "1-1", 3, reset, power)


def test_a_modem_at_the_root_has_no_socket_to_switch() -> None:
    assert plan("1-2", tree(modem("1-2")), "power", ()) == Socket("1-2", "", 2, reset=True, power=False)


def test_a_modem_that_carries_the_network_is_left_alone() -> None:
    devices = tree(hub("1-1"), modem("1-1.3", networks=("wwan0",)))
    assert plan("1-1.3", devices, "power", ("1-1",)) == Socket("1-1.3", "1-1", 3, reset=False, power=False)
