"""Subscribers: what the owner may set of them, how they stand, and that no password is ever shown."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from otppi.app.brokers.counts import Standing
from otppi.app.configuration import PASSWORD_OWNER
from otppi.app.operations import subscribers
from otppi.app.operations.table import Operations
from otppi.domain.subscriber import Method
from otppi.ports.connector import Trouble
from otppi.ports.operations import Refused
from otppi.ports.subscribers import RefusedRequest, SubscriberEntry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.app.operations.context import Context
    from otppi.domain.subscriber import Subscriber
    from otppi.ports.live import Decision, ModemFacts, ModemRow
    from otppi.ports.store import Store
    from otppi.ports.vault import Vault

PASSWORD = "Canary-horse-7"
NOW = 1_800_000_000.0


class Live:
    """A running gateway with one subscriber that is connected."""

    def subscribers(self) -> Mapping[str, Mapping[str, Any]]:
        return {"bank": Standing(link="connected", since=NOW, taken=7, lost=1).shown()}

    def modem_rows(self) -> list[ModemRow]:
        return []

    def modem_facts(self, name: str) -> ModemFacts:
        raise AssertionError(name)

    async def cancel(self, message_id: str) -> None:
        raise AssertionError(message_id)

    async def resolve(self, message_id: str, decision: Decision) -> None:
        raise AssertionError(message_id, decision)

    def waiting_reason(self, message_id: str) -> str:
        raise AssertionError(message_id)

    def status(self) -> dict[str, object]:
        return {}


async def added(operations: Operations, name: str = "bank", method: str = "rabbitmq", **more: object) -> dict[str, Any]:
    row = await operations.call("subscriber.add", {"name": name, "method": method, "values": {}, **more})
    assert isinstance(row, dict)
    return row


async def listed(operations: Operations, operation: str = "subscriber.list", **given: object) -> list[dict[str, Any]]:
    rows = await operations.call(operation, given)
    assert isinstance(rows, list)
    return rows


async def test_values_are_stored_in_their_canonical_spelling_and_the_password_sealed(
    operations: Operations, store: Store, vault: Vault, changes: list[str]
) -> None:
    row = await added(operations, values={"tls": "YES", "timeout": "5", "topic": "codes"}, password=PASSWORD)
    assert (row["port"], row["topic"], row["password_set"], row["state"]) == (5671, "codes", True, "off")
    (entry,) = await store.subscribers.all()
    assert entry.method is Method.RABBITMQ
    assert dict(entry.values) == {"tls": "true", "timeout": "5s", "topic": "codes"}
    assert entry.password is not None
    assert vault.open(entry.password, PASSWORD_OWNER, "bank").reveal() == PASSWORD
    shown = await operations.call("subscriber.show", {"name": "bank"})
    assert PASSWORD not in json.dumps([row, shown, await listed(operations)])
    assert changes == ["subscribers"]


async def test_what_is_not_named_stays_and_an_empty_text_is_the_default_again(
    operations: Operations, store: Store, changes: list[str]
) -> None:
    await added(operations, values={"topic": "codes", "timeout": "5s"}, password=PASSWORD)
    await operations.call("subscriber.set", {"name": "bank", "values": {"timeout": "", "rate": "9", "host": ""}})
    (entry,) = await store.subscribers.all()
    assert dict(entry.values) == {"topic": "codes", "rate": "9"}
    assert entry.password is not None
    await operations.call("subscriber.set", {"name": "bank", "values": {}, "forget_password": True})
    (entry,) = await store.subscribers.all()
    assert (dict(entry.values), entry.password) == ({"topic": "codes", "rate": "9"}, None)
    await operations.call("subscriber.remove", {"name": "bank"})
    assert await store.subscribers.all() == []
    assert changes == ["subscribers"] * 4


@pytest.mark.parametrize(
    ("method", "given", "reason"),
    [
        ("kafka", {}, "a subscriber speaks one of rabbitmq, redis, mqtt, websocket"),
        ("redis", {"name": "a/b"}, "a name is 1 to 64 printable characters without /"),
        ("redis", {"values": {"qos": "1"}}, "a redis subscriber has no setting of that name"),
        ("mqtt", {"values": {"client": "x"}}, "did you mean client_id"),
        ("mqtt", {"values": {"qos": "3"}}, "qos must be a whole number from 0 to 2"),
        ("mqtt", {"values": {"status_topic": "state/#"}}, "status_topic must be .* without [+] and #"),
        ("mqtt", {"values": {"tls.ca": "ca.pem"}}, "tls.ca must be an absolute path"),
        ("websocket", {"values": {"account": "till"}}, "there is no user 'till'"),
        ("redis", {"password": ""}, "a password is 1 to 1024 characters"),
        ("redis", {"password": "x" * 1025}, "a password is 1 to 1024 characters"),
    ],
)
async def test_what_no_subscriber_is_made_of(
    operations: Operations, store: Store, changes: list[str], method: str, given: dict[str, object], reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        await operations.call("subscriber.add", {"name": "bank", "method": method, "values": {}, **given})
    assert (await store.subscribers.all(), changes) == ([], [])


async def test_a_refused_change_changes_nothing(operations: Operations, store: Store, changes: list[str]) -> None:
    await added(operations, password=PASSWORD)
    before = await store.subscribers.all()
    for given, reason in (
        ({"values": {"topic": "x", "port": "none"}}, "port must be"),
        ({"values": {}, "password": "other", "forget_password": True}, "either given or forgotten"),
        ({"name": "shop", "values": {}}, "there is no subscriber 'shop'"),
    ):
        with pytest.raises(Refused, match=reason):
            await operations.call("subscriber.set", {"name": "bank", **given})
    with pytest.raises(Refused, match="there is a subscriber 'bank' already"):
        await added(operations, method="redis")
    assert (await store.subscribers.all(), changes) == (before, ["subscribers"])


async def test_an_account_is_named_as_names_are_stored_and_not_removed_under_its_subscriber(
    operations: Operations, store: Store
) -> None:
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    await operations.call("user.add", {"name": composed, "password": PASSWORD})
    await added(operations, values={"account": decomposed})
    (entry,) = await store.subscribers.all()
    assert entry.values == {"account": composed}
    with pytest.raises(Refused, match="subscriber 'bank' takes requests in its name"):
        await operations.call("user.remove", {"name": decomposed})
    await operations.call("subscriber.set", {"name": "bank", "values": {"account": ""}})
    await operations.call("user.remove", {"name": decomposed})


async def test_a_running_gateway_says_how_each_stands(context: Context) -> None:
    operations = Operations(replace(context, live=Live()))
    await added(operations)
    await added(operations, name="shop", method="mqtt", values={"enabled": "no"})
    bank, shop = await listed(operations)
    assert (bank["state"], bank["since"], bank["taken"], bank["lost"]) == ("connected", NOW, 7, 1)
    assert (shop["state"], shop["since"], shop["enabled"], shop["keeps"]) == ("off", None, False, True)


async def test_the_test_of_a_subscriber_gives_its_trouble_or_none(context: Context) -> None:
    seen: list[Subscriber] = []

    async def check(subscriber: Subscriber) -> None:
        seen.append(subscriber)
        if subscriber.topic == "secret":
            raise Trouble("permission", "this user may not read the queue: check its rights")

    operations = Operations(replace(context, check=check))
    await added(operations, password=PASSWORD)
    assert await operations.call("subscriber.test", {"name": "bank"}) == {
        "name": "bank",
        "ok": True,
        "what": "",
        "words": "",
    }
    assert seen[0].password is not None
    assert seen[0].password.reveal() == PASSWORD
    await operations.call("subscriber.set", {"name": "bank", "values": {"topic": "secret"}})
    found = await operations.call("subscriber.test", {"name": "bank"})
    assert found == {
        "name": "bank",
        "ok": False,
        "what": "permission",
        "words": "this user may not read the queue: check its rights",
    }


async def test_a_test_that_does_not_end_is_ended(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    async def check(_subscriber: Subscriber) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(subscribers, "TEST_SECONDS", 0.0)
    operations = Operations(replace(context, check=check))
    await added(operations)
    found = await operations.call("subscriber.test", {"name": "bank"})
    assert isinstance(found, dict)
    assert (found["what"], found["words"]) == ("connect", "127.0.0.1 port 5672 did not answer within 0 s")


async def test_nothing_is_tested_where_no_broker_can_be_reached_or_the_password_not_be_opened(
    context: Context, store: Store
) -> None:
    async def check(subscriber: Subscriber) -> None:
        raise AssertionError(subscriber.name)

    await store.subscribers.add(SubscriberEntry("bank", Method.REDIS, {}, b"not sealed by this key"))
    with pytest.raises(Refused, match="brokers cannot be reached from here"):
        await Operations(context).call("subscriber.test", {"name": "bank"})
    with pytest.raises(Refused, match="its password cannot be opened with this key: give it again"):
        await Operations(replace(context, check=check)).call("subscriber.test", {"name": "bank"})


async def test_one_that_is_stored_with_what_this_version_does_not_know_is_listed_and_can_be_mended(
    operations: Operations, store: Store
) -> None:
    await store.subscribers.add(SubscriberEntry("bank", Method.REDIS, {"shards": "3", "topic": "codes"}))
    (row,) = await listed(operations)
    assert row["words"].startswith("it is not run: a redis subscriber has no setting of that name")
    with pytest.raises(Refused, match="has no setting of that name"):
        await operations.call("subscriber.set", {"name": "bank", "values": {"topic": "sms"}})
    await operations.call("subscriber.set", {"name": "bank", "values": {"shards": ""}})
    assert [dict(entry.values) for entry in await store.subscribers.all()] == [{"topic": "codes"}]


async def test_refusals_are_listed_newest_first_and_outlive_their_subscriber(
    operations: Operations, store: Store
) -> None:
    await added(operations)
    for number, name in enumerate(("bank", "shop", "bank")):
        row = RefusedRequest(NOW + number, name, "brokers", "send-sms", "1104", "on the block list", "6281200000XXX")
        await store.subscribers.refuse(row)
    await operations.call("subscriber.remove", {"name": "bank"})
    of_bank = await listed(operations, "subscriber.refusals", name="bank")
    assert [row["at"] for row in of_bank] == [NOW + 2, NOW]
    assert set(of_bank[0]) == {"at", "subscriber", "account", "command", "code", "reason", "receiver"}
    assert len(await listed(operations, "subscriber.refusals", limit=2)) == 2
    for limit in (0, 1001):
        with pytest.raises(Refused, match="the limit must be from 1 to 1000"):
            await operations.call("subscriber.refusals", {"limit": limit})
