"""Messages: what the owner sees of them, and the two edges that are the owner's (i and o), with and without gateway."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from otppi.app.operations.message_rows import happenings
from otppi.app.operations.table import Operations
from otppi.domain.message import Change, Class, Edge, IllegalEdge, Kind, Message, Policy, Segment, State
from otppi.ports.operations import Refused
from otppi.ports.store import Entry, NotFound, Store
from otppi.testing.samples import sample_message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.app.operations.context import Context
    from otppi.ports.live import Decision, ModemFacts, ModemRow
    from otppi.ports.vault import Vault

NOW = 1_800_000_000.0


@pytest.fixture
async def message_id(store: Store, vault: Vault) -> str:
    return await accept(store, vault)


async def accept(store: Store, vault: Vault, *, age: float = 10.0, account: str = "bank", segments: int = 1) -> str:
    created = NOW - age
    message = Message(
        id=vault.identifier(created),
        account=account,
        kind=Kind.SMS,
        klass=Class.NORMAL,
        receiver="6281200001234",
        created=created,
        deadline=created + 600,
        policy=Policy.HOLD,
        segments=(Segment(),) * segments,
    )
    await store.outbox.accept(Entry(message, b"sealed", (), "{}"), now=created)
    return message.id


async def lose(store: Store, message_id: str) -> None:
    """Bring a message into doubt."""
    hand = Change(Edge.HAND, NOW - 8, modem="m1")
    await store.outbox.settle(message_id, [hand, Change(Edge.LOSE_SIGHT, NOW - 2)])


async def call(operations: Operations, operation: str, **params: object) -> dict[str, Any]:
    result = await operations.call(f"message.{operation}", params)
    assert isinstance(result, dict)
    return result


async def test_the_list_is_newest_first_masked_and_can_be_narrowed(
    operations: Operations, store: Store, vault: Vault
) -> None:
    first = await accept(store, vault, age=30)
    second = await accept(store, vault, age=20, account="shop")
    third = await accept(store, vault, age=10)
    await lose(store, third)

    async def ids(**params: object) -> list[str]:
        listed = await operations.call("message.list", params)
        assert isinstance(listed, list)
        assert all(row["receiver"] == "6281200001XXX" for row in listed)
        return [row["id"] for row in listed]

    assert await ids() == [third, second, first]
    assert await ids(account="bank") == [third, first]
    assert await ids(state="in_doubt") == [third]
    assert await ids(limit=1) == [third]
    assert await ids(before=third) == [second, first]


@pytest.mark.parametrize(
    ("params", "reason"),
    [({"state": "lost"}, "one of queued, claimed"), ({"limit": 0}, "1 to 500"), ({"limit": 501}, "1 to 500")],
)
async def test_a_listing_against_the_rule_is_refused(
    operations: Operations, params: dict[str, object], reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        await operations.call("message.list", params)


async def test_show_tells_the_history_in_words(operations: Operations, store: Store, message_id: str) -> None:
    await lose(store, message_id)
    shown = await call(operations, "show", id=message_id)
    assert [(each["edge"], each["meaning"], each["part"]) for each in shown["history"]] == [
        ("a", "accepted and durable", None),
        ("c", "written down, then handed to the modem", 1),
        ("j", "in doubt: the modem gave no answer", 1),
    ]
    assert shown["history"][1]["detail"] == "m1"
    assert (shown["status"], shown["held"], shown["outcome_unknown"], shown["modem"]) == ("in_doubt", True, True, "m1")
    assert shown["parts"] == [{"state": "in_doubt", "modem": "m1", "reference": None, "attempts": 1}]
    assert (
        shown["waiting"]
        == f"its outcome is unknown; decide with `otppi message resolve {message_id} resend|failed|sent`"
    )


def test_the_history_tells_the_modem_apart_from_what_it_said() -> None:
    said = (("c", 1, 1.0, "m: 1"), ("g", 1, 2.0, "m: 1: CMS 41, temporary failure"), ("k", 1, 3.0, "sent again"))
    message = replace(sample_message(), segments=(Segment(modem="m", barred=("m: 1",)),), history=said)
    assert [(each.edge, each.modem, each.note) for each in happenings(message)] == [
        ("a", "", ""),
        ("c", "m: 1", ""),
        ("g", "m: 1", "CMS 41, temporary failure"),
        ("k", "", "sent again"),
    ]


async def test_show_says_that_no_gateway_runs(operations: Operations, message_id: str) -> None:
    assert (await call(operations, "show", id=message_id))["waiting"] == "waits for the gateway to be started"


async def test_a_waiting_message_is_cancelled_and_its_text_wiped(
    operations: Operations, store: Store, message_id: str
) -> None:
    assert (await call(operations, "cancel", id=message_id))["status"] == "cancelled"
    assert await store.outbox.sealed_text(message_id) is None
    assert (await call(operations, "show", id=message_id))["error"] == "cancelled by the owner"
    with pytest.raises(Refused, match=f"message {message_id} is cancelled: nothing of it can be cancelled"):
        await call(operations, "cancel", id=message_id)


async def test_what_was_handed_is_not_cancelled(operations: Operations, store: Store, message_id: str) -> None:
    await store.outbox.settle(message_id, [Change(Edge.HAND, NOW - 8, modem="m1")])
    with pytest.raises(Refused, match="is handed: nothing of it can be cancelled"):
        await call(operations, "cancel", id=message_id)


@pytest.mark.parametrize(("decision", "status"), [("resend", "queued"), ("failed", "failed"), ("sent", "sent")])
async def test_the_owner_decides_a_doubt(
    operations: Operations, store: Store, message_id: str, decision: str, status: str
) -> None:
    await lose(store, message_id)
    row = await call(operations, "resolve", id=message_id, decision=decision)
    assert row["status"] == status
    assert row["possible_duplicate"] is (decision == "resend")
    assert (await store.outbox.sealed_text(message_id) is None) is (decision != "resend")


async def test_nothing_in_doubt_cannot_be_decided(operations: Operations, message_id: str) -> None:
    with pytest.raises(Refused, match="is queued: nothing of it is in doubt"):
        await call(operations, "resolve", id=message_id, decision="sent")


async def test_a_decision_has_three_words(operations: Operations, message_id: str) -> None:
    with pytest.raises(Refused, match="one of resend, failed, sent"):
        await call(operations, "resolve", id=message_id, decision="queued")


async def test_a_message_past_its_life_is_not_sent_again(operations: Operations, store: Store, vault: Vault) -> None:
    old = await accept(store, vault, age=601)
    await lose(store, old)
    with pytest.raises(Refused, match=r"life .* is over"):
        await call(operations, "resolve", id=old, decision="resend")
    assert (await call(operations, "resolve", id=old, decision="failed"))["status"] == "failed"


@pytest.mark.parametrize("operation", ["show", "cancel", "resolve"])
async def test_a_message_that_is_not_there_is_refused(operations: Operations, operation: str) -> None:
    params = {"decision": "sent"} if operation == "resolve" else {}
    with pytest.raises(Refused, match="there is no message 'nope'"):
        await call(operations, operation, id="nope", **params)


class Running:
    """A running gateway that settles as it is asked and says what it was asked."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked: list[str] = []

    def modem_rows(self) -> list[ModemRow]:
        return []

    def modem_facts(self, name: str) -> ModemFacts:
        raise AssertionError(name)

    async def cancel(self, message_id: str) -> None:
        self.asked.append(f"cancel {message_id}")
        await self._store.outbox.settle(message_id, [Change(Edge.CANCEL, NOW)])

    async def resolve(self, message_id: str, decision: Decision) -> None:
        self.asked.append(f"resolve {message_id} {decision}")
        raise IllegalEdge

    def waiting_reason(self, message_id: str) -> str:
        return "waits for modem m1, busy, 3 before it"

    def subscribers(self) -> Mapping[str, Mapping[str, Any]]:
        return {}

    def status(self) -> dict[str, object]:
        return {}


async def test_a_running_gateway_does_it_itself(context: Context, store: Store, message_id: str) -> None:
    running = Running(store)
    operations = Operations(replace(context, live=running))
    assert (await call(operations, "show", id=message_id))["waiting"] == "waits for modem m1, busy, 3 before it"
    assert (await call(operations, "cancel", id=message_id))["status"] == State.CANCELLED
    with pytest.raises(Refused, match="is cancelled: nothing of it is in doubt"):
        await call(operations, "resolve", id=message_id, decision="sent")
    assert running.asked == [f"cancel {message_id}", f"resolve {message_id} sent"]


class Forgetful(Running):
    """A running gateway whose messages are gone by the time it is asked."""

    async def cancel(self, message_id: str) -> None:
        raise NotFound(message_id)


async def test_a_message_removed_meanwhile_is_a_refusal(context: Context, store: Store, message_id: str) -> None:
    operations = Operations(replace(context, live=Forgetful(store)))
    with pytest.raises(Refused, match="removed meanwhile"):
        await call(operations, "cancel", id=message_id)
