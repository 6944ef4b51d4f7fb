"""Bearer tokens: which are right, what they may do, and when their use is written."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from otppi.app.bearer import TAG_LABEL, BearerTokens
from otppi.app.sign_in import NotSignedIn, SignIn
from otppi.domain.rights import Right
from otppi.ports.store import Account, StoreUnavailable
from otppi.ports.tokens import Token
from otppi.security.vault import Vault
from otppi.testing.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.domain.secret import Secret

SHOP = Account("shop", "hash", rights=frozenset({"otp", "sms", "modems"}), networks=("192.0.2.0/24",))
HERE = "192.0.2.7"


class NoPasswords:
    """Knows one right password and is never asked about a token."""

    def cached(self, name: str, password: Secret[str], stored: str) -> bool | None:
        return password.reveal() == "password"

    async def check(self, name: str, password: Secret[str], stored: str | None) -> bool:
        raise AssertionError("no slow check is needed for a token")

    def forget(self, name: str) -> None:
        raise AssertionError("signing in forgets nothing")


class Uses:
    """What the store was told of last uses."""

    def __init__(self) -> None:
        self.written: list[dict[str, float]] = []
        self.works = True

    async def note_uses(self, uses: Mapping[str, float]) -> None:
        if not self.works:
            raise StoreUnavailable
        self.written.append(dict(uses))


class World:
    """One account, one token, and what stands around it."""

    def __init__(self) -> None:
        vault = Vault(bytes(range(32)))
        self.clock = FakeClock()
        self.account = SHOP
        self.text = vault.token().reveal()
        tag = vault.tag(TAG_LABEL, self.text)
        self.token = Token("T1", "shop", tag, created=self.clock.now(), expires=self.clock.now() + 3600)
        self.uses = Uses()
        self.known = {tag: self.token}
        self.bearer = BearerTokens(self.known.get, self.uses.note_uses, vault, self.clock)
        self.sign_in = SignIn(lambda name: self.account if name == "shop" else None, NoPasswords(), self.bearer)

    def change(self, **fields: object) -> None:
        self.token = replace(self.token, **fields)  # type: ignore[arg-type]  # the tests name fields of the token
        self.known[self.token.tag] = self.token

    async def refused(self, header: str, address: str = HERE) -> bool:
        with pytest.raises(NotSignedIn) as refusal:
            await self.sign_in.caller(header, address)
        await self.bearer.flush()
        return refusal.value.args == () and self.uses.written == []


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_a_token_signs_in_with_the_rights_of_its_account(world: World, scheme: str) -> None:
    caller = await world.sign_in.caller(f"{scheme} {world.text}", HERE)
    assert caller.account == "shop"
    assert caller.rights == {Right.OTP, Right.SMS, Right.MODEMS}


async def test_scopes_narrow_and_never_widen(world: World) -> None:
    world.change(scopes=frozenset({"otp", "inbox"}))
    assert (await world.sign_in.caller(f"Bearer {world.text}", HERE)).rights == {Right.OTP}
    world.account = replace(SHOP, rights=frozenset({"sms"}))
    assert (await world.sign_in.caller(f"Bearer {world.text}", HERE)).rights == set()


async def test_basic_works_as_before_and_no_token_works_as_basic(world: World) -> None:
    password = base64.b64encode(b"shop:password").decode()
    assert (await world.sign_in.caller(f"Basic {password}", HERE)).account == "shop"
    with pytest.raises(NotSignedIn):
        await world.sign_in.basic(f"Bearer {world.text}", HERE)


async def test_what_is_no_token_is_refused(world: World) -> None:
    other = Vault(bytes(range(32))).token().reveal()
    for header in ("", "Bearer", "Bearer ", f"Bearer {other}", f"Bearer {world.text}x", f"Bearer {world.text.upper()}"):
        assert await world.refused(header)


async def test_the_address_and_the_state_of_the_account_count_for_tokens_too(world: World) -> None:
    assert await world.refused(f"Bearer {world.text}", "198.51.100.1")
    world.account = replace(SHOP, active=False)
    assert await world.refused(f"Bearer {world.text}")


async def test_a_token_ends_at_its_second_and_when_it_is_removed(world: World) -> None:
    world.clock.advance(3599.9)
    await world.sign_in.caller(f"Bearer {world.text}", HERE)
    world.clock.advance(0.1)
    with pytest.raises(NotSignedIn):
        await world.sign_in.caller(f"Bearer {world.text}", HERE)
    world.change(expires=None)
    await world.sign_in.caller(f"Bearer {world.text}", HERE)
    world.known.clear()
    with pytest.raises(NotSignedIn):
        await world.sign_in.caller(f"Bearer {world.text}", HERE)


async def test_without_tokens_none_is_right() -> None:
    world = World()
    with pytest.raises(NotSignedIn):
        await SignIn(lambda _name: SHOP, NoPasswords()).caller(f"Bearer {world.text}", HERE)


async def test_a_thousand_uses_are_one_line_and_none_is_lost_to_a_store_that_cannot_commit(world: World) -> None:
    for _ in range(1000):
        await world.sign_in.caller(f"Bearer {world.text}", HERE)
        world.clock.advance(0.001)
    world.uses.works = False
    await world.bearer.flush()
    world.uses.works = True
    await world.bearer.flush()
    await world.bearer.flush()
    (written,) = world.uses.written
    assert written == {"T1": pytest.approx(world.clock.now(), abs=0.01)}
