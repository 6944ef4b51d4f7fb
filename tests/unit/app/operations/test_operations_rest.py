"""Block list, settings, guess limits and alarms; and the one door to all operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from otppi.app.operations.codes import receiver_tag
from otppi.app.operations.settings import HIDDEN, shown
from otppi.app.operations.table import OPERATIONS, Operations
from otppi.domain.message import Class, Kind, Message, Policy, Segment
from otppi.domain.setting_kinds import Text
from otppi.domain.settings import ROWS, Row
from otppi.ports.operations import Refused
from otppi.ports.store import Alarm, Entry, KeyClaim, NewVerification, Store, StoreUnavailable, Ticket

if TYPE_CHECKING:
    from otppi.app.operations.context import Context
    from otppi.ports.vault import Vault

NOW = 1_800_000_000.0


async def blocked(operations: Operations) -> list[tuple[str, bool, str]]:
    listed = await operations.call("block.list", {})
    assert isinstance(listed, list)
    return [(row["number"], row["active"], row["by"]) for row in listed]


@pytest.mark.feature("F070", "F089")
async def test_a_number_is_blocked_as_receivers_are_written_and_removed_with_its_row(
    operations: Operations, changes: list[str]
) -> None:
    assert await operations.call("block.add", {"number": "0812-0000-1234"}) == {"number": "6281200001234"}
    assert await blocked(operations) == [("6281200001234", True, "operator")]
    await operations.call("block.remove", {"number": "+62 812 0000 1234"})
    assert await blocked(operations) == []
    assert changes == ["blocks", "blocks"]
    with pytest.raises(Refused, match="not on the block list"):
        await operations.call("block.remove", {"number": "0812-0000-1234"})


async def test_no_number_is_refused(operations: Operations) -> None:
    with pytest.raises(Refused, match="the number must hold digits only"):
        await operations.call("block.add", {"number": "spam"})


async def test_an_import_is_all_or_nothing_and_names_the_bad_lines(operations: Operations) -> None:
    lines = ["# spammers", "0812 0000 0001", "", "nonsense", "+62 812 0000 0002", "12x"]
    with pytest.raises(Refused, match=r"no telephone number in line 4, 6$"):
        await operations.call("block.import", {"lines": lines})
    assert await blocked(operations) == []
    good = [*lines[:3], lines[4], "0812-0000-0001"]
    assert await operations.call("block.import", {"lines": good}) == {"imported": 2}
    assert [number for number, _, _ in await blocked(operations)] == ["6281200000001", "6281200000002"]


async def test_an_import_with_many_bad_lines_names_the_first(operations: Operations) -> None:
    with pytest.raises(Refused, match=r"line 1, 2, .*, 20 and 5 more$"):
        await operations.call("block.import", {"lines": ["x"] * 25})


async def test_settings_are_stored_in_their_canonical_spelling(
    operations: Operations, store: Store, changes: list[str]
) -> None:
    row = await operations.call("settings.set", {"name": "otp.expiration", "value": "120000"})
    assert isinstance(row, dict)
    assert (row["value"], row["set"], row["default"]) == ("2min", True, "5min")
    assert await store.registry.settings() == {"otp.expiration": "2min"}
    assert changes == ["settings"]
    assert await operations.call("settings.get", {"name": "otp.expiration"}) == row


async def test_a_setting_goes_back_to_its_default(operations: Operations, store: Store) -> None:
    await operations.call("settings.set", {"name": "otp.length", "value": "8"})
    row = await operations.call("settings.set", {"name": "otp.length", "value": None})
    assert isinstance(row, dict)
    assert (row["value"], row["set"]) == ("6", False)
    assert await store.registry.settings() == {}


async def test_every_setting_is_listed(operations: Operations) -> None:
    listed = await operations.call("settings.list", {})
    assert isinstance(listed, list)
    assert [row["name"] for row in listed] == list(ROWS)
    assert not any(row["set"] for row in listed)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("otp.length", "3", "otp.length must be a whole number from 4 to 12"),
        ("otp.lenght", "6", "did you mean otp.length"),
    ],
)
async def test_a_setting_against_the_rule_is_refused(
    operations: Operations, store: Store, name: str, value: str, reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        await operations.call("settings.set", {"name": name, "value": value})
    assert await store.registry.settings() == {}


def test_a_secret_setting_is_never_shown() -> None:
    row = Row("x.token", Text(".*", "anything"), "", "A token.", secret=True)
    view = shown(row, {"x.token": "Canary"})
    assert "Canary" not in str(view)
    assert (view["value"], view["set"]) == (HIDDEN, True)


@pytest.mark.feature("X08")
async def test_unlock_forgets_the_guesses_of_one_receiver(operations: Operations, store: Store, vault: Vault) -> None:
    for name in ("bank", "shop"):
        await operations.call("user.add", {"name": name, "password": "correct horse 1"})
        await lock(store, vault, "6281200000001", name)
    await lock(store, vault, "6281200000002")
    assert await operations.call("otp.unlock", {"account": "shop", "receiver": "+6281200000001"}) == {"unlocked": 1}
    assert await operations.call("otp.unlock", {"receiver": "0812 0000 0001"}) == {"unlocked": 1}
    assert await operations.call("otp.unlock", {"receiver": "0812 0000 0001"}) == {"unlocked": 0}
    assert await operations.call("otp.unlock", {"account": "shop"}) == {"unlocked": 0}
    assert await operations.call("otp.unlock", {"account": "bank"}) == {"unlocked": 1}


async def test_unlock_finds_addresses_and_short_codes(operations: Operations, store: Store, vault: Vault) -> None:
    await operations.call("user.add", {"name": "bank", "password": "correct horse 1"})
    for receiver in ("user@example.com", "12345", "6212345", "123"):
        await lock(store, vault, receiver)
    assert await operations.call("otp.unlock", {"receiver": "User@example.com"}) == {"unlocked": 1}
    assert await operations.call("otp.unlock", {"receiver": "12345"}) == {"unlocked": 2}
    assert await operations.call("otp.unlock", {"receiver": "123"}) == {"unlocked": 1}


async def test_unlock_all(operations: Operations, store: Store, vault: Vault) -> None:
    await lock(store, vault, "6281200000001")
    await lock(store, vault, "user@example.com", "shop")
    assert await operations.call("otp.unlock", {}) == {"unlocked": 2}


async def test_unlock_needs_a_receiver_it_can_read(operations: Operations) -> None:
    with pytest.raises(Refused, match="the receiver must hold digits only"):
        await operations.call("otp.unlock", {"receiver": "nobody"})


async def test_alarms_are_listed_oldest_first(operations: Operations, store: Store) -> None:
    await store.registry.raise_alarm(Alarm("clock", "", NOW, "warning", "set the clock"))
    await store.registry.raise_alarm(Alarm("modem_state", "m1", NOW - 5, "critical", "check the cable"))
    listed = await operations.call("alarm.list", {})
    assert isinstance(listed, list)
    assert listed[0] == {
        "kind": "modem_state",
        "object": "m1",
        "since": NOW - 5,
        "severity": "critical",
        "remedy": "check the cable",
    }
    assert [row["kind"] for row in listed] == ["modem_state", "clock"]


@pytest.mark.parametrize(
    ("name", "params", "reason"),
    [
        ("nope", {}, "there is no operation 'nope'"),
        ("modem.show", {}, "modem.show needs name"),
        ("modem.show", {"name": 7}, "modem.show: name must be a text"),
        ("modem.show", {"name": None}, "name must be a text"),
        ("modem.show", {"name": "m1", "context": 1}, "modem.show knows no context"),
        ("modem.add", {"name": "m1", "port": "/dev/x", "default": 1}, "default must be true or false"),
        ("modem.add", {"name": "m1", "port": "/dev/x", "prefix": "0871"}, "prefix must be a list of texts"),
        ("modem.add", {"name": "m1", "port": "/dev/x", "prefix": [871]}, "prefix must be a list of texts"),
        ("modem.set", {"name": "m1", "values": {"baud": 9600}}, "values must be an object of texts"),
        ("message.list", {"limit": True}, "limit must be a whole number"),
        ("user.add", {"name": "a", "password": 12345678}, "password must be a text"),
    ],
)
async def test_shapes_are_checked_before_anything_is_done(
    operations: Operations, name: str, params: dict[str, object], reason: str
) -> None:
    with pytest.raises(Refused, match=reason) as refusal:
        await operations.call(name, params)
    assert "12345678" not in str(refusal.value)


@pytest.mark.parametrize("name", OPERATIONS)
async def test_every_operation_can_be_bound(operations: Operations, name: str) -> None:
    with pytest.raises(Refused, match=f"{name} knows no surplus"):
        await operations.call(name, {"surplus": 1})


async def test_a_store_that_cannot_commit_is_a_refusal(context: Context, store: Store) -> None:
    await store.close()
    with pytest.raises(StoreUnavailable):
        await store.registry.blocks()
    with pytest.raises(Refused, match="the store cannot commit now"):
        await Operations(context).call("block.list", {})


async def lock(store: Store, vault: Vault, receiver: str, account: str = "bank") -> None:
    """Let a receiver of `account` guess wrong ten times within the hour: five at each of two codes."""
    for reference in ("first", "second"):
        tag = vault.tag("key", account, receiver, reference)
        await store.outbox.accept(code_entry(vault, account, receiver, tag), now=NOW)
        for _ in range(5):
            guess = await store.verifications.begin_guess(
                tag, account=account, receiver_tag=receiver_tag(vault, account, receiver), now=NOW
            )
            assert isinstance(guess, Ticket)


def code_entry(vault: Vault, account: str, receiver: str, tag: bytes) -> Entry:
    """A code for `receiver` under the reference `tag`."""
    id_ = vault.identifier(NOW)
    message = Message(
        id=id_,
        account=account,
        kind=Kind.OTP,
        klass=Class.OTP,
        receiver=receiver,
        created=NOW,
        deadline=NOW + 300,
        policy=Policy.HOLD,
        segments=(Segment(),),
        verification=id_,
    )
    verification = NewVerification(
        account=account,
        receiver_tag=receiver_tag(vault, account, receiver),
        salt=vault.salt(),
        verifier=bytes(32),
        key_id=vault.key_id,
        created=NOW,
        expires=NOW + 300,
        sealed=b"sealed",
    )
    return Entry(message, b"sealed", (KeyClaim(tag, bytes(16), strict=True, until=NOW + 86_400),), "{}", verification)
