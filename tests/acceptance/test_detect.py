"""`otppi modem detect` as the owner uses it, on four simulated modems: before a gateway runs, and while it does."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest
from gateway import OTPPI, Site, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

FOUR = tuple((f"m{number}", ()) for number in range(4))
ORDINALS = ("One", "Two", "Three", "Four")
NAMES = ["simulated-one", "simulated-two", "simulated-three", "simulated-four"]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path, modems=FOUR)
    try:
        made.start_modems()
        yield made
    finally:
        made.close()


def detect(place: Site, *flags: str) -> list[dict[str, Any]]:
    """The modems of `otppi modem detect --json`, by their ports."""
    found = json.loads(place.owner("modem", "detect", "--json", "--in", str(place.ports), *flags))
    return sorted((row for row in found["modems"] if row["port"].startswith(str(place.ports))), key=lambda r: r["port"])


def on_a_terminal(place: Site, *words: str) -> str:
    """What a command shows on a terminal."""
    master, slave = pty.openpty()
    command = [OTPPI, *words, "--data-dir", str(place.data)]
    done = subprocess.Popen(command, stdout=slave, stderr=slave)
    os.close(slave)
    shown = b""
    while chunk := _read(master):
        shown += chunk
    os.close(master)
    assert done.wait(30) == 0
    return shown.decode()


def _read(master: int) -> bytes:
    try:
        return os.read(master, 4096)
    except OSError:  # the last one at the other end has gone
        return b""


@pytest.mark.feature("F013", "F075", "F076")
def test_four_modems_are_found_proposed_added_and_used(place: Site) -> None:
    began = time.monotonic()
    found = detect(place)
    assert time.monotonic() - began < 10
    assert [row["name"] for row in found] == NAMES
    assert [row["port"] for row in found] == [str(place.ports / f"modem{number}") for number in range(4)]
    simulated = place.control.status()
    for number, row in enumerate(found):
        assert (row["manufacturer"], row["model"], row["revision"]) == ("Simulated", "TS27005", "1.0")
        assert row["imei"] == simulated[f"modem{number}"]["imei"]
        assert (row["imsi"][:5], row["operator"]) == (f"0010{number + 1}", f"Simulated {ORDINALS[number]}")
        assert row["msisdn"].startswith("628120000")
        assert row["smsc"].startswith("628")
        assert (row["sim"], row["configured"]) == ("ready", "")
        assert row["command"] == f"otppi modem add {row['name']} --port {row['port']}"
    place.owner(*found[0]["command"].split()[1:])
    assert [row["configured"] for row in detect(place)] == [NAMES[0], "", "", ""]
    assert [row["added"] for row in detect(place, "--add")] == [False, True, True, True]
    place.start()
    assert place.health()["modems"] == {"ready": 4}
    assert [row["configured"] for row in detect(place)] == NAMES


def test_a_running_gateway_is_asked_and_opens_no_port_twice(place: Site) -> None:
    for number in range(3):
        place.owner("modem", "add", f"m{number}", "--port", str(place.ports / f"modem{number}"))
    place.start()
    until(lambda: all(row["imei"] for row in detect(place)), "the modems introduced")
    commands = {name: row["counters"]["commands"] for name, row in place.control.status().items()}
    found = detect(place)
    after = {name: row["counters"]["commands"] for name, row in place.control.status().items()}
    assert [row["configured"] for row in found] == ["m0", "m1", "m2", ""]
    assert [row["state"] for row in found] == ["ready", "ready", "ready", ""]
    assert after["modem3"] - commands["modem3"] > 8, "the one that is free was asked"
    assert all(after[f"modem{number}"] - commands[f"modem{number}"] <= 3 for number in range(3)), "the others were not"
    began = time.monotonic()
    assert detect(place, "--add")[3]["added"]
    until(lambda: place.health()["modems"] == {"ready": 4}, "the new one in use", 5)
    assert time.monotonic() - began < 10
    log = place.log.read_text()
    assert not [row for row in place.control.status().values() if row["imei"] in log]


def test_numbers_are_shown_whole_only_on_the_owners_terminal(place: Site) -> None:
    imei = place.control.status("modem0")["modem0"]["imei"]
    piped = place.owner("modem", "detect", "--in", str(place.ports))
    assert imei not in piped
    assert "00440245XXXXXXX" in piped
    assert "add it with: otppi modem add simulated-one --port" in piped
    shown = on_a_terminal(place, "modem", "detect", "--in", str(place.ports))
    assert imei in shown
    assert "4 modems found" in shown


@pytest.mark.feature("F074")
def test_one_device_by_two_names_is_refused_by_the_name_of_its_modem(place: Site) -> None:
    place.owner("modem", "add", "east", "--port", str(place.ports / "modem0"))
    device = os.path.realpath(place.ports / "modem0")
    command = [OTPPI, "modem", "add", "west", "--port", device, "--data-dir", str(place.data)]
    refused = subprocess.run(command, text=True, capture_output=True, check=False, timeout=30)
    assert refused.returncode == 1
    assert f"the port {device} belongs to modem 'east' already as {place.ports / 'modem0'}" in refused.stderr
