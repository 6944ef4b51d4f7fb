"""`modem.detect`: proposals, what is configured already, and adding; the ports are answered by a fake detector."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from otppi.app.operations.table import Operations
from otppi.ports.detector import Detection, FoundModem
from otppi.ports.live import Decision, ModemFacts, ModemRow
from otppi.ports.modem import Identity, LineSettings
from otppi.ports.operations import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.app.operations.context import Context
    from otppi.ports.store import Store

IMEI, OTHER_IMEI = "004402450000017", "004402450000025"
CARD, OTHER_CARD = "8900101000000000019", "8900102000000000026"
WHO = Identity("Maker", "M1 (x)", "1.0", IMEI, "001010000000001", CARD)
FOUND = FoundModem("/dev/by-path/1", ("/dev/ttyUSB1", "/dev/ttyUSB0"), WHO, "generic", "Telco One", "62812", "62811")
FOUND = replace(FOUND, sim="ready")


@dataclass
class Ports:
    """Finds what it is told; links are pairs of path and device."""

    detection: Detection = field(default_factory=Detection)
    links: tuple[tuple[str, str], ...] = (("/dev/by-path/1", "/dev/ttyUSB1"),)
    asked: tuple[Any, ...] = ()

    async def detect(
        self, folders: tuple[str, ...], lines: tuple[LineSettings, ...], left_alone: Mapping[str, str]
    ) -> Detection:
        self.asked = (folders, lines, dict(left_alone))
        return self.detection

    def device(self, port: str) -> str:
        return dict(self.links).get(port, port)


class Running:
    """A gateway that drives `east`, on another port than was configured."""

    def modem_rows(self) -> list[ModemRow]:
        row = ModemRow(
            name="east", port="/dev/ttyUSB9", state="ready", operator="Now", signal=9, imei="", sim="ready", queue=0
        )
        return [row]

    def modem_facts(self, name: str) -> ModemFacts:
        return ModemFacts(open_port="/dev/ttyUSB1" if name == "east" else "", profile="generic")

    async def cancel(self, message_id: str) -> None:
        raise AssertionError(message_id)

    async def resolve(self, message_id: str, decision: Decision) -> None:
        raise AssertionError(message_id)

    def waiting_reason(self, message_id: str) -> str:
        raise AssertionError(message_id)

    def subscribers(self) -> Mapping[str, Mapping[str, Any]]:
        return {}

    def status(self) -> dict[str, object]:
        return {}


@pytest.fixture
def ports() -> Ports:
    return Ports(Detection((FOUND,)))


@pytest.fixture
def owner(context: Context, ports: Ports) -> Operations:
    return Operations(replace(context, detector=ports))


async def detect(operations: Operations, **params: Any) -> dict[str, Any]:
    found = await operations.call("modem.detect", params)
    assert isinstance(found, dict)
    return found


async def add(operations: Operations, name: str, port: str) -> dict[str, Any]:
    added = await operations.call("modem.add", {"name": name, "port": port})
    assert isinstance(added, dict)
    return added


@pytest.mark.feature("F075", "F076")
async def test_a_modem_that_is_found_is_proposed_with_all_it_says(owner: Operations, changes: list[str]) -> None:
    (row,) = (await detect(owner))["modems"]
    assert row["command"] == "otppi modem add telco-one --port /dev/by-path/1"
    assert (row["name"], row["configured"], row["added"]) == ("telco-one", "", False)
    assert (row["manufacturer"], row["model"], row["revision"], row["profile"]) == ("Maker", "M1 (x)", "1.0", "generic")
    assert (row["imei"], row["iccid"], row["imsi"]) == (IMEI, CARD, WHO.imsi)
    assert (row["operator"], row["msisdn"], row["smsc"], row["sim"]) == ("Telco One", "62812", "62811", "ready")
    assert row["ports"] == ["/dev/ttyUSB1", "/dev/ttyUSB0"]
    assert changes == []


async def test_names_are_free_and_lines_that_are_unusual_are_in_the_command(owner: Operations, ports: Ports) -> None:
    odd = replace(FOUND, port="/dev/with space", paths=("/dev/x",), baud=9600, parity="E", stop_bits=2)
    nameless = replace(FOUND, identity=Identity("Maker", "(!)"), operator="", port="/dev/y", paths=("/dev/y",))
    ports.detection = Detection((FOUND, replace(odd, identity=replace(WHO, imei=OTHER_IMEI)), nameless))
    await add(owner, "telco-one", "/dev/ttyS7")
    commands = [row["command"] for row in (await detect(owner))["modems"]]
    parity = " && otppi modem set telco-one-3 parity=E stop_bits=2"
    assert commands == [
        "otppi modem add telco-one-2 --port /dev/by-path/1",
        "otppi modem add telco-one-3 --port '/dev/with space' --baud 9600" + parity,
        "otppi modem add modem --port /dev/y",
    ]


async def test_all_that_is_found_can_be_added_and_is_known_from_then_on(
    owner: Operations, store: Store, changes: list[str]
) -> None:
    (row,) = (await detect(owner, add=True))["modems"]
    assert (row["added"], row["configured"], row["command"]) == (True, "telco-one", "")
    (entry,) = await store.modems.all()
    assert (entry.name, entry.port, entry.baud, entry.prefixes) == ("telco-one", "/dev/by-path/1", 115_200, ())
    assert (entry.imei, entry.iccid, entry.model, entry.operator) == (IMEI, CARD, "M1 (x)", "Telco One")
    assert entry.msisdn == "62812"
    assert entry.smsc == "", "the SIM's own is used"
    assert changes == ["modems"]
    (again,) = (await detect(owner, add=True))["modems"]
    assert (again["added"], again["configured"], again["note"]) == (False, "telco-one", "")
    assert changes == ["modems"]


async def test_a_configured_modem_is_shown_by_its_name_wherever_it_is(owner: Operations, store: Store) -> None:
    await add(owner, "east", "/dev/ttyUSB7")
    await store.modems.change("east", lambda entry: replace(entry, imei=IMEI))
    (row,) = (await detect(owner, add=True))["modems"]
    assert (row["configured"], row["command"]) == ("east", "")
    assert row["note"] == "it is configured with the port /dev/ttyUSB7, and found by who it is"


async def test_a_modem_that_is_not_known_yet_is_shown_by_the_name_of_its_port(owner: Operations) -> None:
    await add(owner, "east", "/dev/ttyUSB0")
    (row,) = (await detect(owner))["modems"]
    assert (row["configured"], row["note"]) == ("east", "")


async def test_another_modem_on_a_configured_port_is_not_added_there(owner: Operations, store: Store) -> None:
    await add(owner, "east", "/dev/ttyUSB1")
    await store.modems.change("east", lambda entry: replace(entry, imei=OTHER_IMEI))
    (row,) = (await detect(owner, add=True))["modems"]
    assert (row["configured"], row["added"], row["command"]) == ("", False, "")
    assert row["note"] == "its port is that of modem 'east', which is not this one"
    assert len(await store.modems.all()) == 1


async def test_a_modem_the_gateway_drives_is_shown_from_what_it_said_before(
    context: Context, ports: Ports, store: Store
) -> None:
    running = Operations(replace(context, detector=ports, live=Running()))
    await add(running, "east", "/dev/ttyUSB9")
    await store.modems.change("east", lambda entry: replace(entry, imei=IMEI, model="M1", operator="Before"))
    ports.detection = Detection(in_use=(("/dev/ttyUSB1", "east"), ("/dev/ttyUSB5", "modem detect")))
    (row,) = (await detect(running))["modems"]
    assert (row["configured"], row["state"], row["ports"]) == ("east", "ready", ["/dev/ttyUSB1"])
    assert (row["imei"], row["model"], row["operator"], row["profile"]) == (IMEI, "M1", "Now", "generic")


async def test_folders_lines_and_internet_modems_are_handed_on(owner: Operations, ports: Ports) -> None:
    await add(owner, "east", "/dev/ttyS0")
    await add(owner, "net", "/dev/ttyUSB5")
    await owner.call("modem.set", {"name": "east", "values": {"parity": "E", "baud": "9600"}})
    await owner.call("modem.set", {"name": "net", "values": {"internet": "yes"}})
    await detect(owner, folders=["/ports"])
    folders, lines, alone = ports.asked
    assert folders == ("/ports",)
    assert lines[0] == LineSettings("east", "/dev/ttyS0", 9600, "E")
    assert alone == {"/dev/ttyUSB5": "net"}


async def test_quiet_ports_hints_and_a_wrong_imei_are_said(owner: Operations, ports: Ports) -> None:
    false = replace(FOUND, identity=replace(WHO, imei="004402450000018"))
    ports.detection = Detection((false,), quiet=(("/dev/ttyS0", "silent"),), hints=("a hint",))
    found = await detect(owner)
    assert found["modems"][0]["note"] == "its IMEI has a wrong check digit"
    assert found["quiet"] == [{"port": "/dev/ttyS0", "reason": "silent"}]
    assert found["hints"] == ["a hint"]


async def test_where_no_ports_can_be_asked_it_is_refused(operations: Operations) -> None:
    with pytest.raises(Refused, match="cannot be asked"):
        await detect(operations)


@pytest.mark.feature("F074")
async def test_a_port_by_another_path_is_refused_by_the_name_of_its_modem(owner: Operations, store: Store) -> None:
    await add(owner, "east", "/dev/by-path/1")
    with pytest.raises(Refused, match="port /dev/ttyUSB1 belongs to modem 'east' already as /dev/by-path/1"):
        await add(owner, "west", "/dev/ttyUSB1")
    await add(owner, "west", "/dev/ttyUSB2")
    with pytest.raises(Refused, match="belongs to modem 'east' already as"):
        await owner.call("modem.set", {"name": "west", "values": {"port": "/dev/ttyUSB1"}})
    await owner.call("modem.set", {"name": "east", "values": {"port": "/dev/ttyUSB1"}})
    assert [entry.port for entry in await store.modems.all()] == ["/dev/ttyUSB1", "/dev/ttyUSB2"]


@pytest.mark.feature("F074")
async def test_a_port_where_a_modem_was_found_is_refused_by_its_name(context: Context, ports: Ports) -> None:
    running = Operations(replace(context, detector=ports, live=Running()))
    await add(running, "east", "/dev/ttyUSB9")
    with pytest.raises(Refused, match="is where modem 'east' was found: set that one's port first"):
        await add(running, "west", "/dev/by-path/1")
    shown = await running.call("modem.set", {"name": "east", "values": {"port": "/dev/by-path/1"}})
    assert isinstance(shown, dict)
    assert shown["modem"]["open_port"] == "/dev/ttyUSB1"
