"""Old messages, as the owner purges them and reports on them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from otppi.app.operations import history
from otppi.domain.message import Change, Edge
from otppi.ports.operations import Refused
from otppi.testing.samples import sample_entry, sample_message

if TYPE_CHECKING:
    from otppi.app.operations.table import Operations
    from otppi.ports.store import Store

NOW = 1_800_000_000.0
DAY = 86_400.0


async def sent(store: Store, number: int, *, days: float, account: str = "shop", modem: str = "east") -> None:
    message = replace(sample_message(number, account=account), created=NOW - days * DAY)
    await store.outbox.accept(sample_entry(message), now=message.created)
    steps = [Change(Edge.HAND, message.created + 1, 1, modem), Change(Edge.SEND, message.created + 2, 1)]
    await store.outbox.settle(message.id, steps)


async def call(operations: Operations, operation: str, **params: object) -> Any:
    return await operations.call(operation, params)


async def purge(operations: Operations, before: int, **params: object) -> int:
    purged, after, done = 0, 0, False
    while not done:
        step = await call(operations, "purge.step", before=before, after=after, **params)
        purged, after, done = purged + step["messages"], step["after"], step["done"]
    return purged


async def test_a_plan_says_what_would_go_and_changes_nothing(operations: Operations, store: Store) -> None:
    for number, days in enumerate((40, 31, 8, 1)):
        await sent(store, number, days=days)
    assert await call(operations, "purge.plan") == {"before": NOW - 30 * DAY, "messages": 2, "older_than": "30d"}
    assert (await call(operations, "purge.plan", older_than="7d"))["messages"] == 3
    assert (await call(operations, "purge.plan", older_than="7d", account="bank"))["messages"] == 0
    assert len(await call(operations, "message.list")) == 4


async def test_the_plan_follows_the_setting(operations: Operations, store: Store) -> None:
    await sent(store, 1, days=8)
    await call(operations, "settings.set", name="retention.finished", value="7d")
    assert await call(operations, "purge.plan") == {"before": NOW - 7 * DAY, "messages": 1, "older_than": "7d"}


async def test_a_purge_goes_on_in_steps_until_it_is_done(
    operations: Operations, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "STEP", 2)
    monkeypatch.setattr(history, "STEPS", 2)
    for number in range(11):
        await sent(store, number, days=40)
    first = await call(operations, "purge.step", before=int(NOW - 30 * DAY))
    assert (first["messages"], first["done"]) == (4, False)
    assert await purge(operations, int(NOW - 30 * DAY)) == 7
    assert await call(operations, "message.list") == []


async def test_only_one_account_is_purged_where_it_is_named(operations: Operations, store: Store) -> None:
    await sent(store, 1, days=40)
    await sent(store, 2, days=40, account="bank")
    assert await purge(operations, int(NOW), account="bank") == 1
    assert [row["account"] for row in await call(operations, "message.list")] == ["shop"]


async def test_a_report_counts_by_what_is_asked_purged_or_not(operations: Operations, store: Store) -> None:
    await sent(store, 1, days=40)
    await sent(store, 2, days=2, account="bank", modem="west")
    await store.outbox.accept(sample_entry(replace(sample_message(3), created=NOW)), now=NOW)
    for _ in range(2):
        by_account = {row["account"]: row for row in await call(operations, "report", by="account")}
        assert (by_account["shop"]["messages"], by_account["shop"]["sent"], by_account["shop"]["queued"]) == (2, 1, 1)
        assert (by_account["bank"]["messages"], by_account["bank"]["segments"]) == (1, 1)
        assert [row["modem"] for row in await call(operations, "report", by="modem")] == ["", "east", "west"]
        assert [row["class"] for row in await call(operations, "report", by="class")] == ["normal"]
        days = [row["day"] for row in await call(operations, "report")]
        assert days == sorted(days)
        assert len(days) == 3
        assert [row["day"] for row in await call(operations, "report", first=days[1], last=days[1])] == days[1:2]
        await purge(operations, int(NOW - 30 * DAY))


@pytest.mark.parametrize(
    ("operation", "params", "reason"),
    [
        ("purge.plan", {"older_than": "soon"}, "the age must be a whole number with a unit"),
        ("purge.plan", {"older_than": "never"}, "the age must be a span of time such as 7d"),
        ("purge.step", {"before": int(NOW) + 10}, "before must not be in the future"),
        ("report", {"by": "receiver"}, "a report is by day, account, class, modem, kind"),
        ("report", {"first": "yesterday"}, "a day is written as 2026-11-25"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    operations: Operations, operation: str, params: dict[str, object], reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        await call(operations, operation, **params)
