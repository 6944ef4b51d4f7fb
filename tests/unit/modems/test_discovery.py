"""Ranking of ports and hints about sticks: tables, no files."""

from __future__ import annotations

import pytest

from otppi.modems.discovery import Rank, SerialPort, Surroundings, UsbDevice, UsbInterface, hints, rank, ranked


def port(name: str, ids: str, number: int, subclass: int = 0xFF, protocol: int = 0xFF) -> SerialPort:
    vendor, product = ids.split(":")
    return SerialPort(f"/dev/{name}", UsbInterface("1-1", vendor, product, number, subclass, protocol))


@pytest.mark.parametrize(
    ("ids", "number", "subclass", "protocol", "wanted"),
    [
        ("12d1:1506", 0, 0x02, 0x10, Rank.SECONDARY),
        ("12d1:1506", 1, 0x02, 0x12, Rank.PRIMARY),
        ("12d1:1001", 2, 0x01, 0x02, Rank.PRIMARY),
        ("12d1:140c", 0, 0x02, 0x01, Rank.SECONDARY),
        ("12d1:140c", 3, 0x01, 0x05, Rank.NEVER),
        ("12d1:140c", 3, 0x01, 0x14, Rank.NEVER),
        ("12d1:1436", 2, 0xFF, 0xFF, Rank.PRIMARY),
        ("12d1:1436", 1, 0xFF, 0xFF, Rank.UNKNOWN),
        ("1e0e:9001", 0, 0xFF, 0xFF, Rank.NEVER),
        ("1e0e:9001", 1, 0xFF, 0xFF, Rank.NEVER),
        ("1e0e:9001", 2, 0xFF, 0xFF, Rank.PRIMARY),
        ("1e0e:9001", 3, 0xFF, 0xFF, Rank.SECONDARY),
        ("1e0e:9011", 4, 0xFF, 0xFF, Rank.PRIMARY),
        ("2c7c:0125", 0, 0xFF, 0xFF, Rank.NEVER),
        ("2c7c:0125", 2, 0xFF, 0xFF, Rank.PRIMARY),
        ("2c7c:0125", 3, 0x00, 0x00, Rank.SECONDARY),
        ("2c7c:0512", 2, 0xFF, 0xFF, Rank.PRIMARY),
        ("2c7c:0512", 0, 0xFF, 0xFF, Rank.UNKNOWN),
        ("19d2:0117", 1, 0xFF, 0xFF, Rank.PRIMARY),
        ("067b:2303", 0, 0xFF, 0x00, Rank.UNKNOWN),
    ],
)
def test_the_table_of_families(ids: str, number: int, subclass: int, protocol: int, wanted: Rank) -> None:
    assert rank(port("ttyUSB0", ids, number, subclass, protocol)) is wanted


def test_the_best_ports_come_first_and_those_that_speak_no_at_not_at_all() -> None:
    stick = [port(f"ttyUSB{number}", "1e0e:9001", number) for number in range(5)]
    adapter, uart = port("ttyUSB9", "067b:2303", 0), SerialPort("/dev/ttyS0")
    found = [each.path for each in ranked([uart, adapter, *stick])]
    assert found == ["/dev/ttyUSB2", "/dev/ttyUSB3", "/dev/ttyS0", "/dev/ttyUSB9"]


def test_the_name_that_stays_is_proposed_where_there_is_one() -> None:
    assert SerialPort("/dev/ttyUSB0").stable == "/dev/ttyUSB0"
    assert SerialPort("/dev/ttyUSB0", by_path="/dev/serial/by-path/x").stable == "/dev/serial/by-path/x"


def test_a_stick_that_shows_only_its_drive_gives_a_hint() -> None:
    devices = (UsbDevice("1-1", "12d1", "1446"), UsbDevice("1-2", "12d1", "1001"), UsbDevice("usb1", "1d6b", "0002"))
    (hint,) = hints(Surroundings(devices=devices))
    assert "mode-switch needed" in hint
    assert "12d1:1446" in hint
    assert "1-1" in hint
    assert hints(Surroundings((port("ttyUSB0", "12d1:1446", 0),), devices[:1])) == ()
