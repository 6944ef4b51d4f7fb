"""Users: rights, names and passwords by rule; nothing shows a password or its hash."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from otppi.ports.operations import Refused

if TYPE_CHECKING:
    from otppi.app.operations.table import Operations
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
