"""Users: rights, names and passwords by rule; nothing shows a password or its hash."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from otppi.app.operations.table import Operations
from otppi.domain.fraud import Block
from otppi.ports.operations import Refused

if TYPE_CHECKING:
    from otppi.app.operations.context import Context
    from otppi.ports.store import Store

PASSWORD = "correct horse 1"
DEFAULTS = ["block", "mail", "otp", "sms"]


async def add(operations: Operations, name: str = "bank", **params: object) -> object:
    return await operations.call("user.add", {"name": name, "password": PASSWORD, **params})


@pytest.mark.feature("F044", "F045")
async def test_a_new_user_has_the_default_rights_and_what_was_said(operations: Operations, changes: list[str]) -> None:
    await add(operations, email="ops@bank.example", phone="0812 0000 1234", allow=["modems"], deny=["block"])
    (row,) = await rows(operations)
    assert row["rights"] == ["mail", "modems", "otp", "sms"]
    assert (row["email"], row["phone"], row["active"]) == ("ops@bank.example", "6281200001234", True)
    assert changes == ["accounts"]


async def rows(operations: Operations) -> list[dict[str, object]]:
    listed = await operations.call("user.list", {})
    assert isinstance(listed, list)
    return listed


async def test_only_the_hash_is_stored_and_no_result_shows_it(operations: Operations, store: Store) -> None:
    added = await add(operations)
    (account,) = await store.accounts.all()
    assert account.password_hash == f"hash of {len(PASSWORD)} characters"
    shown = json.dumps([added, await rows(operations)])
    assert PASSWORD not in shown
    assert "hash" not in shown


async def test_setting_changes_what_is_given_and_leaves_the_rest(operations: Operations, store: Store) -> None:
    await add(operations, email="ops@bank.example", networks=["192.0.2.0/24"])
    await operations.call("user.set", {"name": "bank", "deny": ["sms"], "active": False, "policy": "hold"})
    (row,) = await rows(operations)
    assert (row["rights"], row["active"], row["policy"]) == (["block", "mail", "otp"], False, "hold")
    assert (row["email"], row["networks"]) == ("ops@bank.example", ["192.0.2.0/24"])
    await operations.call("user.set", {"name": "bank", "networks": [], "email": "", "password": "another horse"})
    (row,) = await rows(operations)
    assert (row["email"], row["networks"]) == ("", [])
    assert (await store.accounts.all())[0].password_hash == "hash of 13 characters"


async def test_limits_are_set_one_by_one_and_taken_back(operations: Operations) -> None:
    await add(operations)
    values = {"rate_minute": "60", "rate_hour": "600", "rate_day": "6000", "queue": "50", "countries": "+62, 65"}
    await operations.call("user.set", {"name": "bank", "values": values})
    (row,) = await rows(operations)
    assert [row[key] for key in values] == [60, 600, 6000, 50, ["62", "65"]]
    await operations.call("user.set", {"name": "bank", "values": {"rate_hour": "none", "countries": "none"}})
    (row,) = await rows(operations)
    assert [row[key] for key in values] == [60, 0, 6000, 50, []]


@pytest.mark.parametrize(
    ("key", "text", "rule"),
    [
        ("rate_minute", "-1", "rate_minute is the most messages in any minute: 1 to 1000000, or none"),
        ("rate_day", "1000001", "rate_day is the most messages in any day"),
        ("queue", "ten", "queue is the most messages that wait"),
        ("countries", "062", "countries must be calling codes of 1 to 4 digits such as 62,65, or any, or none"),
        ("rate_week", "1", "what can be set so is rate_minute, rate_hour, rate_day, queue, countries"),
    ],
)
async def test_a_limit_against_the_rule_is_refused(operations: Operations, key: str, text: str, rule: str) -> None:
    await add(operations)
    with pytest.raises(Refused, match=rule):
        await operations.call("user.set", {"name": "bank", "values": {key: text}})


async def test_one_user_is_shown_with_the_use_of_its_limits_where_a_gateway_runs(context: Context) -> None:
    offline, running = Operations(context), Operations(replace(context, limits=BusyLimits()))
    await add(offline)
    assert (await shown(offline))["usage"] is None
    assert (await shown(running))["usage"] == {"waiting": 3}
    with pytest.raises(Refused, match="there is no user 'nobody'"):
        await offline.call("user.show", {"name": "nobody"})


async def shown(operations: Operations) -> dict[str, object]:
    row = await operations.call("user.show", {"name": "bank"})
    assert isinstance(row, dict)
    return row


class BusyLimits:
    """The limits of a gateway with one blocked range."""

    def __init__(self) -> None:
        self.standing = [Block("628120000", 1_799_999_000.0, 1_800_009_000.0, 1, 20, 0)]

    def usage(self, account: str) -> dict[str, object]:
        assert account == "bank"
        return {"waiting": 3}

    def fraud_counts(self) -> dict[str, list[dict[str, object]]]:
        return {"refused": [{"account": "bank", "limit": "fraud.conversion", "count": 7}], "watched": []}

    def blocks(self) -> list[Block]:
        return self.standing

    async def pardon(self, range_: str) -> None:
        self.standing = [block for block in self.standing if block.range != range_]


async def test_a_running_gateway_lists_and_ends_its_blocks_itself(context: Context, store: Store) -> None:
    operations = Operations(replace(context, limits=BusyLimits()))
    listed = await operations.call("fraud.list", {})
    assert isinstance(listed, dict)
    assert [row["range"] for row in listed["blocks"]] == ["628120000"]
    assert listed["refused"] == [{"account": "bank", "limit": "fraud.conversion", "count": 7}]
    assert await operations.call("fraud.unblock", {"range": None}) == {"unblocked": 1}
    assert await store.limits.blocks() == [], "it keeps them itself"
    with pytest.raises(Refused, match="that range is not blocked"):
        await operations.call("fraud.unblock", {"range": "628120000"})
    with pytest.raises(Refused, match="a range is the digits"):
        await operations.call("fraud.unblock", {"range": "62812x"})


async def test_a_user_can_be_removed_once(operations: Operations) -> None:
    await add(operations)
    await operations.call("user.remove", {"name": "bank"})
    assert await rows(operations) == []
    with pytest.raises(Refused, match="there is no user 'bank'"):
        await operations.call("user.remove", {"name": "bank"})


async def test_a_name_is_found_in_either_unicode_form(operations: Operations) -> None:
    await add(operations, "Cafe\u0301")
    await operations.call("user.set", {"name": "Caf\u00e9", "active": False})
    assert [row["name"] for row in await rows(operations)] == ["Caf\u00e9"]


@pytest.mark.parametrize("name", ["", " bank", "a:b", "a/b", "a\nb", "x" * 65, "a\u200bb"])
async def test_a_name_against_the_rule_is_refused(operations: Operations, name: str) -> None:
    with pytest.raises(Refused, match="1 to 64 printable characters without / and :"):
        await add(operations, name)


@pytest.mark.parametrize("name", ["operator", "system", "brokers", "System"])
async def test_built_in_names_are_reserved(operations: Operations, name: str) -> None:
    with pytest.raises(Refused, match="reserved"):
        await add(operations, name)


@pytest.mark.parametrize("password", ["", "x" * 257, "tab\there and there"])
async def test_an_impossible_password_is_refused_and_not_shown(operations: Operations, password: str) -> None:
    with pytest.raises(Refused, match="1 to 256 printable") as refusal:
        await operations.call("user.add", {"name": "first bank", "password": password})
    assert not password or password not in str(refusal.value)
    assert await rows(operations) == []


@pytest.mark.parametrize(
    ("password", "notice"),
    [
        ("short77", "is short"),
        ("First Bank", "is the name"),
        ("Password123", "first that are tried"),
        ("zzzzzzzzzzzz", "first that are tried"),
    ],
)
async def test_a_weak_password_is_taken_and_noticed(operations: Operations, password: str, notice: str) -> None:
    done = await operations.call("user.add", {"name": "first bank", "password": password})
    assert isinstance(done, dict)
    assert notice in done["notices"][0]
    assert password not in str(done["notices"])
    changed = await operations.call("user.set", {"name": "first bank", "password": "correct horse"})
    assert isinstance(changed, dict)
    assert changed["notices"] == []


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"allow": ["admin"]}, "there is no right 'admin'; the rights are otp, sms"),
        ({"allow": ["ussd"], "deny": ["ussd"]}, "ussd cannot be both"),
        ({"email": "nobody"}, "one @ and no spaces"),
        ({"phone": "12"}, "the phone must be"),
        ({"networks": ["192.0.2.1/24"]}, "such as 192.0.2.0/24"),
        ({"networks": ["intranet"]}, "such as 192.0.2.0/24"),
        ({"policy": "twice"}, "resend_once_if_fresh, hold, resend"),
    ],
)
async def test_what_breaks_a_rule_is_refused_on_add_and_on_set(
    operations: Operations, params: dict[str, object], reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        await operations.call("user.add", {"name": "bank", "password": PASSWORD, **params})
    await add(operations)
    with pytest.raises(Refused, match=reason):
        await operations.call("user.set", {"name": "bank", **params})
    (row,) = await rows(operations)
    assert row["rights"] == DEFAULTS


async def test_a_name_that_is_taken_is_refused(operations: Operations) -> None:
    await add(operations)
    with pytest.raises(Refused, match="there is a user 'bank' already"):
        await add(operations)


async def test_a_user_that_is_not_there_cannot_be_set(operations: Operations, changes: list[str]) -> None:
    with pytest.raises(Refused, match="there is no user 'bank'"):
        await operations.call("user.set", {"name": "bank", "active": False})
    assert changes == []
