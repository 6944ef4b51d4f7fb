"""Who is asking: Basic credentials, the account's state, and the address."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from otppi.app.sign_in import NotSignedIn, SignIn, TooBusy, credentials
from otppi.domain.rights import RESERVED_NAMES, Right
from otppi.ports.passwords import Busy
from otppi.ports.store import Account

if TYPE_CHECKING:
    from otppi.domain.secret import Secret

SHOP = Account("shop", "hash-of-pass:word", rights=frozenset({"otp", "sms", "unknown"}), strict_ids=True, policy="hold")


class FakePasswords:
    """Knows the one right pair; counts what was asked."""

    def __init__(self, *, busy: bool = False) -> None:
        self.checked: list[str | None] = []
        self.remembered: dict[str, bool] = {}
        self._busy = busy

    def cached(self, name: str, password: Secret[str], stored: str) -> bool | None:
        return self.remembered.get(f"{name} {password.reveal()} {stored}")

    async def check(self, name: str, password: Secret[str], stored: str | None) -> bool:
        if self._busy:
            raise Busy(2.5)
        self.checked.append(stored)
        return stored == f"hash-of-{password.reveal()}"

    def forget(self, name: str) -> None:
        raise AssertionError("signing in forgets nothing")


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def sign_in(passwords: FakePasswords, *accounts: Account) -> SignIn:
    return SignIn({account.name: account for account in accounts}.get, passwords)


@pytest.mark.feature("F044", "F046")
async def test_the_plain_password_signs_in_and_may_hold_colons() -> None:
    caller = await sign_in(FakePasswords(), SHOP).basic(basic("shop", "pass:word"), "192.0.2.1")
    assert (caller.account, caller.door, caller.holds_back) == ("shop", "rest", False)
    assert caller.rights == {Right.OTP, Right.SMS}
    assert (caller.strict_ids, caller.short_codes, caller.policy) == (True, False, "hold")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic ",
        "Basic !!!!",
        "Basic c2hvcA==",
        "Basic OnBhc3M=",
        "Basic /////w==",
        "Bearer c2hvcDpwYXNz",
        "Basic c2hvcDp wYXNz",
    ],
)
async def test_what_is_no_basic_header_is_refused_without_a_check(header: str | None) -> None:
    passwords = FakePasswords()
    with pytest.raises(NotSignedIn) as refused:
        await sign_in(passwords, SHOP).basic(header, "192.0.2.1")
    assert passwords.checked == []
    assert refused.value.__context__ is None


def test_the_scheme_has_no_case_and_the_text_is_utf_8() -> None:
    name, password = credentials(basic("caf\u00e9", "p\u00e4:ss").replace("Basic", "bASIC"))
    assert (name, password.reveal()) == ("caf\u00e9", "p\u00e4:ss")


@pytest.mark.feature("F044")
@pytest.mark.parametrize(
    ("account", "name", "stored"),
    [
        (SHOP, "stranger", None),
        (replace(SHOP, active=False), "shop", None),
        (replace(SHOP, networks=("198.51.100.0/24",)), "shop", None),
        (replace(SHOP, networks=("nonsense",)), "shop", None),
        (SHOP, "shop", "hash-of-pass:word"),
        *((replace(SHOP, name=name), name, None) for name in sorted(RESERVED_NAMES)),
    ],
)
async def test_every_refusal_costs_one_check(account: Account, name: str, stored: str | None) -> None:
    passwords = FakePasswords()
    password = "wrong" if stored else "pass:word"
    with pytest.raises(NotSignedIn):
        await sign_in(passwords, account).basic(basic(name, password), "192.0.2.1")
    assert passwords.checked == [stored]


@pytest.mark.parametrize("address", ["192.0.2.77", "::ffff:192.0.2.77", "2001:db8::1"])
async def test_an_address_on_the_list_is_let_in(address: str) -> None:
    account = replace(SHOP, networks=("192.0.2.64/26", "2001:db8::/32", "nonsense"))
    assert (await sign_in(FakePasswords(), account).basic(basic("shop", "pass:word"), address)).account == "shop"


@pytest.mark.parametrize("address", ["192.0.2.1", "", "garbage", "2001:db9::1"])
async def test_any_other_address_is_not(address: str) -> None:
    account = replace(SHOP, networks=("192.0.2.64/26", "2001:db8::/32"))
    with pytest.raises(NotSignedIn):
        await sign_in(FakePasswords(), account).basic(basic("shop", "pass:word"), address)


async def test_a_cached_verdict_needs_no_check() -> None:
    passwords = FakePasswords()
    door = sign_in(passwords, SHOP)
    passwords.remembered["shop once hash-of-pass:word"] = True
    passwords.remembered["shop pass:word hash-of-pass:word"] = False
    assert (await door.basic(basic("shop", "once"), "")).account == "shop"
    with pytest.raises(NotSignedIn):
        await door.basic(basic("shop", "pass:word"), "")
    assert passwords.checked == []


async def test_a_flood_is_answered_with_a_time_to_wait() -> None:
    with pytest.raises(TooBusy) as refused:
        await sign_in(FakePasswords(busy=True), SHOP).basic(basic("shop", "pass:word"), "")
    assert refused.value.retry_after == 2.5


async def test_a_changed_account_counts_from_the_next_request() -> None:
    accounts = {"shop": SHOP}
    door = SignIn(accounts.get, FakePasswords())
    assert (await door.basic(basic("shop", "pass:word"), "")).rights == {Right.OTP, Right.SMS}
    accounts["shop"] = replace(SHOP, rights=frozenset({"mail"}))
    assert (await door.basic(basic("shop", "pass:word"), "")).rights == {Right.MAIL}
    del accounts["shop"]
    with pytest.raises(NotSignedIn):
        await door.basic(basic("shop", "pass:word"), "")
