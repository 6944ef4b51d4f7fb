"""Modems: ports, prefixes and line settings by rule; a PIN goes in sealed and never comes out in a result."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from otppi.app.operations.modems import open_pin
from otppi.app.operations.table import Operations
from otppi.ports.live import Decision, ModemFacts, ModemRow
from otppi.ports.operations import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.app.operations.context import Context
    from otppi.ports.store import Store
    from otppi.ports.vault import Vault

Row = dict[str, Any]


async def add(operations: Operations, name: str = "m1", port: str = "/dev/ttyUSB0", **params: object) -> Row:
    added = await operations.call("modem.add", {"name": name, "port": port, **params})
    assert isinstance(added, dict)
    return added


async def change(operations: Operations, modem: str = "m1", /, **values: str) -> Row:
    changed = await operations.call("modem.set", {"name": modem, "values": values})
    assert isinstance(changed, dict)
    return changed


async def rows(operations: Operations) -> list[Row]:
    listed = await operations.call("modem.list", {})
    assert isinstance(listed, list)
    return listed


class OneLiveModem:
    """A gateway in which m1 works and nothing else is known."""

    def modem_rows(self) -> list[ModemRow]:
        return [
            ModemRow(
                name="m1",
                port="/dev/ttyUSB0",
                state="ready",
                operator="Telco",
                signal=20,
                imei="",
                sim="ready",
                queue=3,
            )
        ]

    def modem_facts(self, name: str) -> ModemFacts:
        return ModemFacts(open_port="/dev/ttyUSB3", profile="huawei")

    async def cancel(self, message_id: str) -> None:
        raise AssertionError(message_id)

    async def resolve(self, message_id: str, decision: Decision) -> None:
        raise AssertionError(message_id)

    def waiting_reason(self, message_id: str) -> str:
        raise AssertionError(message_id)

    def subscribers(self) -> Mapping[str, Mapping[str, Any]]:
        return {}

    def status(self) -> dict[str, object]:
        return {"pid": 7}


@pytest.mark.feature("F018", "F077")
async def test_prefixes_are_stored_as_receivers_are(operations: Operations) -> None:
    added = await add(operations, prefix=["0871,62872", "+62871"])
    assert added["modem"]["prefixes"] == ["62871", "62872"]
    assert added["notices"] == []


@pytest.mark.feature("F018", "F071")
async def test_a_prefix_longer_than_the_length_is_kept_and_noticed(operations: Operations, store: Store) -> None:
    added = await add(operations, prefix=["0871 123"])
    assert added["modem"]["prefixes"] == ["62871123"]
    assert added["notices"] == ["prefix 62871123 takes part with its first 5 digits, 62871 (sms.prefix_length)"]
    await store.registry.put_setting("sms.prefix_length", "8")
    assert (await change(operations, prefix="0871123"))["notices"] == []


async def test_without_a_gateway_a_modem_is_absent_or_disabled(operations: Operations, changes: list[str]) -> None:
    await add(operations)
    expected = {"name": "m1", "port": "/dev/ttyUSB0", "state": "absent", "operator": "", "signal": None}
    assert await rows(operations) == [{**expected, "imei": "", "sim": "", "queue": 0}]
    await operations.call("modem.disable", {"name": "m1"})
    assert (await rows(operations))[0]["state"] == "disabled"
    await operations.call("modem.enable", {"name": "m1"})
    assert (await rows(operations))[0]["state"] == "absent"
    assert changes == ["modems"] * 3


@pytest.mark.feature("F012")
async def test_with_a_gateway_the_list_shows_what_it_knows(operations: Operations, context: Context) -> None:
    await add(operations)
    await add(operations, "m2", "/dev/ttyUSB1")
    live = Operations(replace(context, live=OneLiveModem()))
    assert [(row["name"], row["state"], row["queue"]) for row in await rows(live)] == [
        ("m1", "ready", 3),
        ("m2", "absent", 0),
    ]
    shown = await live.call("modem.show", {"name": "m1"})
    assert isinstance(shown, dict)
    assert (shown["port"], shown["open_port"], shown["profile"]) == ("/dev/ttyUSB0", "/dev/ttyUSB3", "huawei")
    assert await live.call("status", {}) == {"running": True, "pid": 7}
    assert await operations.call("status", {}) == {"running": False}


@pytest.mark.feature("F078")
async def test_a_pin_is_sealed_for_its_modem_and_never_shown(
    operations: Operations, store: Store, vault: Vault
) -> None:
    added = await add(operations, pin="4711")
    (entry,) = await store.modems.all()
    assert entry.pin is not None
    assert b"4711" not in entry.pin
    pin = open_pin(vault, entry)
    assert pin is not None
    assert pin.reveal() == "4711"
    shown = json.dumps([added, await operations.call("modem.show", {"name": "m1"}), await rows(operations)])
    assert "4711" not in shown
    assert added["modem"]["pin_set"] is True


@pytest.mark.parametrize("pin", ["123", "123456789", "12a4", "١٢٣٤"])
async def test_a_pin_against_the_rule_is_refused_and_not_shown(operations: Operations, pin: str) -> None:
    with pytest.raises(Refused, match="4 to 8 digits") as refusal:
        await add(operations, pin=pin)
    assert pin not in str(refusal.value)
    await add(operations)
    with pytest.raises(Refused, match="4 to 8 digits"):
        await operations.call("modem.set", {"name": "m1", "pin": pin})


@pytest.mark.parametrize(
    "port", ["/dev/ttyUSB0", "/home/x/pty/modem0", "tcp://192.0.2.1:4001", "tcp://[2001:db8::1]:1", "tcp://gsm-1:65535"]
)
async def test_ports_that_are_taken(operations: Operations, port: str) -> None:
    assert (await add(operations, port=port))["modem"]["port"] == port


@pytest.mark.parametrize(
    "port",
    [
        "",
        "ttyUSB0",
        "COM1",
        "/",
        "/dev/",
        "/dev/tty 1",
        "tcp://host",
        "tcp://host:0",
        "tcp://host:65536",
        "tcp://[::g]:1",
        "udp://h:1",
    ],
)
async def test_ports_that_are_refused(operations: Operations, port: str) -> None:
    with pytest.raises(Refused, match="absolute path such as /dev/ttyUSB0, or tcp://host:port"):
        await add(operations, port=port)


@pytest.mark.feature("F074")
async def test_a_port_that_is_taken_is_refused_by_the_name_of_its_modem(operations: Operations) -> None:
    await add(operations)
    with pytest.raises(Refused, match="the port /dev/ttyUSB0 belongs to modem 'm1' already"):
        await add(operations, "m2")
    await add(operations, "m2", "/dev/ttyUSB1")
    with pytest.raises(Refused, match="belongs to modem 'm1' already"):
        await change(operations, "m2", port="/dev/ttyUSB0")
    with pytest.raises(Refused, match="there is a modem 'm1' already"):
        await add(operations, port="/dev/ttyUSB2")
    assert (await change(operations, port="/dev/ttyUSB0"))["modem"]["port"] == "/dev/ttyUSB0"


@pytest.mark.feature("F079", "F083", "F084", "F085")
async def test_every_key_can_be_set(operations: Operations) -> None:
    await add(operations)
    changed = await change(
        operations,
        port="tcp://192.0.2.1:4001",
        prefix="0812,0813",
        default="yes",
        api="off",
        internet="true",
        active="no",
        baud="9600",
        parity="e",
        start_bits="1",
        stop_bits="2",
        smsc="+6281100000",
    )
    row = changed["modem"]
    assert (row["port"], row["prefixes"]) == ("tcp://192.0.2.1:4001", ["62812", "62813"])
    assert (row["default"], row["api"], row["internet"], row["active"]) == (True, False, True, False)
    assert (row["baud"], row["parity"], row["stop_bits"], row["smsc"]) == (9600, "E", 2, "6281100000")
    assert (await change(operations, prefix="", smsc=""))["modem"]["prefixes"] == []


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("baud", "12345", "one of 1200"),
        ("baud", "fast", "one of 1200"),
        ("parity", "X", "N .none., O"),
        ("parity", "NO", "N .none., O"),
        ("stop_bits", "3", "1 or 2 stop bits"),
        ("start_bits", "2", "exactly 1 start bit: no port"),
        ("prefix", "08x", "digits"),
        ("api", "perhaps", "api must be true or false"),
        ("smsc", "12", "the SMS centre must"),
        ("pin", "4711", "use --pin-stdin"),
        ("imei", "490154203237518", "imei=any accepts the modem that is there now"),
        ("imsi", "510100000000012", "imsi is what the modem or its SIM says"),
        ("name", "other", "a modem has no 'name'; it has port, prefix"),
    ],
)
async def test_a_value_against_the_rule_is_refused(operations: Operations, key: str, value: str, reason: str) -> None:
    await add(operations)
    before = await operations.call("modem.show", {"name": "m1"})
    with pytest.raises(Refused, match=reason) as refusal:
        await change(operations, **{"default": "true", key: value})
    assert "4711" not in str(refusal.value)
    assert await operations.call("modem.show", {"name": "m1"}) == before


async def test_a_baud_rate_no_port_has_is_refused_on_add(operations: Operations) -> None:
    with pytest.raises(Refused, match="one of 1200"):
        await add(operations, baud=0)


@pytest.mark.parametrize("name", ["", "a/b", "a\tb", "x" * 65])
async def test_a_modem_name_against_the_rule_is_refused(operations: Operations, name: str) -> None:
    with pytest.raises(Refused, match="1 to 64 printable characters without /"):
        await add(operations, name)


@pytest.mark.parametrize("operation", ["show", "set", "enable", "disable", "remove"])
async def test_a_modem_that_is_not_there_is_refused_by_name(operations: Operations, operation: str) -> None:
    with pytest.raises(Refused, match="there is no modem 'm9'"):
        await operations.call(f"modem.{operation}", {"name": "m9"})


async def test_a_removed_modem_is_gone(operations: Operations) -> None:
    await add(operations)
    await operations.call("modem.remove", {"name": "m1"})
    assert await rows(operations) == []


LEARNED: dict[str, Any] = {
    "imei": "490154203237518",
    "imsi": "510100000000012",
    "iccid": "8962010000000000012",
    "manufacturer": "Maker",
    "model": "M1",
    "revision": "1.0",
    "operator": "Telco",
    "msisdn": "6281200000001",
}


@pytest.mark.parametrize("word", ["any", ""])
async def test_another_modem_is_accepted_by_forgetting_the_one_before(
    operations: Operations, store: Store, changes: list[str], word: str
) -> None:
    await add(operations)
    await change(operations, prefix="0871")
    await store.modems.change("m1", lambda entry: replace(entry, **LEARNED))
    await change(operations, imei=word)
    (entry,) = await store.modems.all()
    assert {getattr(entry, name) for name in LEARNED} == {""}
    assert entry.prefixes == ("62871",), "what the owner set stays"
    assert changes[-1] == "modems"


@pytest.mark.feature("F075", "F076")
async def test_what_was_learned_is_shown_but_identities_only_in_part(operations: Operations, store: Store) -> None:
    await add(operations)
    await store.modems.change("m1", lambda entry: replace(entry, **LEARNED))
    row = await operations.call("modem.show", {"name": "m1"})
    assert isinstance(row, dict)
    assert (row["manufacturer"], row["model"], row["revision"], row["operator"]) == ("Maker", "M1", "1.0", "Telco")
    assert row["msisdn"] == "6281200000XXX"
    assert (row["imei"], row["imsi"], row["iccid"]) == ("49015420XXXXXXX", "51010XXXXXXXXXX", "8962010XXXXXXXXXXXX")
