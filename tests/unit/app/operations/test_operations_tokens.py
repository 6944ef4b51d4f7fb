"""Tokens: shown once, stored as a tag, and never wider than their account."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from otppi.app.bearer import TAG_LABEL
from otppi.domain.tokens import is_token
from otppi.ports.operations import Refused

if TYPE_CHECKING:
    from otppi.app.operations.table import Operations
    from otppi.ports.store import Store
    from otppi.ports.vault import Vault

NOW = 1_800_000_000.0
DAY = 86_400.0


@pytest.fixture(autouse=True)
async def bank(operations: Operations, changes: list[str]) -> None:
    await operations.call("user.add", {"name": "bank", "password": "correct horse 1"})
    changes.clear()


async def made(operations: Operations, **params: object) -> dict[str, Any]:
    token = await operations.call("token.add", {"account": "bank", **params})
    assert isinstance(token, dict)
    return token


async def test_a_token_is_shown_once_and_stored_as_its_keyed_tag(
    operations: Operations, store: Store, vault: Vault, changes: list[str]
) -> None:
    token = await made(operations, label="till 3", scopes=["otp"])
    text = token.pop("token")
    assert is_token(text)
    (stored,) = await store.tokens.all()
    assert stored.tag == vault.tag(TAG_LABEL, text)
    listed = await operations.call("token.list", {})
    assert listed == [{key: value for key, value in token.items() if key != "notices"}]
    assert text not in json.dumps(listed)
    assert (token["label"], token["scopes"], token["used"], token["notices"]) == ("till 3", ["otp"], None, [])
    assert changes == ["accounts"]


@pytest.mark.parametrize(("given", "expires"), [({}, NOW + 365 * DAY), ({"expires": "90d"}, NOW + 90 * DAY)])
async def test_a_token_lives_a_year_or_as_long_as_was_said(
    operations: Operations, given: dict[str, str], expires: float
) -> None:
    assert (await made(operations, **given))["expires"] == expires


async def test_what_should_be_thought_about_is_noticed(operations: Operations) -> None:
    token = await made(operations, expires="never", scopes=["otp", "modems"])
    assert token["expires"] is None
    assert token["notices"] == [
        "the token never expires: remove it when it is of no more use",
        "the account has no right modems, so the token gives none either",
    ]


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"account": "shop"}, "there is no user 'shop'"),
        ({"account": "brokers"}, "there is no user 'brokers'"),
        ({"scopes": ["everything"]}, "there is no right 'everything'"),
        ({"expires": "soon"}, "the life of a token must be a span of time"),
        ({"label": "a\nb"}, "a label is at most 64 printable characters"),
        ({"label": "x" * 65}, "a label is at most 64 printable characters"),
    ],
)
async def test_what_no_token_is_made_for(
    operations: Operations, store: Store, params: dict[str, object], reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        await made(operations, **params)
    assert await store.tokens.all() == []


async def test_a_token_is_removed_once(operations: Operations, changes: list[str]) -> None:
    token = await made(operations)
    changes.clear()
    removed = await operations.call("token.remove", {"id": token["id"]})
    assert isinstance(removed, dict)
    assert removed["account"] == "bank"
    assert changes == ["accounts"]
    with pytest.raises(Refused, match="there is no token"):
        await operations.call("token.remove", {"id": token["id"]})


async def test_a_user_takes_its_tokens_with_it(operations: Operations) -> None:
    await made(operations)
    await operations.call("user.remove", {"name": "bank"})
    assert await operations.call("token.list", {}) == []
