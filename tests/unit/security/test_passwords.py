"""`security.passwords`: who waits, who is told to come back, and what is remembered."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from otppi.domain.secret import Secret
from otppi.ports.passwords import Busy
from otppi.security import Passwords, hash_password

if TYPE_CHECKING:
    from collections.abc import Iterator

RIGHT = Secret("correct horse")
STORED = hash_password(RIGHT)


class Ticks:
    """Monotonic seconds that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def passwords(ticks: Ticks) -> Iterator[Passwords]:
    made = Passwords(ticks)
    yield made
    made.close()


def test_the_stored_string_is_argon2id_with_the_chosen_cost() -> None:
    assert STORED.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert RIGHT.reveal() not in STORED


@pytest.mark.feature("F044", "F046")
async def test_only_the_right_password_of_a_user_that_is_there_is_right(passwords: Passwords) -> None:
    assert await passwords.check("shop", RIGHT, STORED)
    assert not await passwords.check("shop", Secret("wrong"), STORED)
    assert not await passwords.check("shop", RIGHT, None)
    assert not await passwords.check("shop", RIGHT, "no argon2 string")


async def test_success_is_remembered_for_five_minutes_for_exactly_this(passwords: Passwords, ticks: Ticks) -> None:
    assert passwords.cached("shop", RIGHT, STORED) is None
    await passwords.check("shop", RIGHT, STORED)
    ticks.now = 299.9
    assert passwords.cached("shop", RIGHT, STORED) is True
    assert passwords.cached("shop", Secret("wrong"), STORED) is None
    assert passwords.cached("bank", RIGHT, STORED) is None
    assert passwords.cached("shop", RIGHT, hash_password(RIGHT)) is None, "another stored string: it was changed"
    ticks.now = 300.0
    assert passwords.cached("shop", RIGHT, STORED) is None


async def test_a_change_of_the_account_drops_what_is_remembered(passwords: Passwords) -> None:
    await passwords.check("shop", RIGHT, STORED)
    passwords.forget("shop")
    passwords.forget("nobody")
    assert passwords.cached("shop", RIGHT, STORED) is None


async def test_no_failure_is_remembered(passwords: Passwords) -> None:
    await passwords.check("shop", Secret("wrong"), STORED)
    await passwords.check("nobody", RIGHT, None)
    assert passwords.cached("shop", Secret("wrong"), STORED) is None
    assert passwords.cached("nobody", RIGHT, "") is None


async def test_one_works_eight_wait_and_the_rest_come_back_later(passwords: Passwords) -> None:
    results = await asyncio.gather(
        *(passwords.check("shop", Secret(f"wrong {n}"), STORED) for n in range(12)), return_exceptions=True
    )
    assert results[:9] == [False] * 9
    assert all(isinstance(result, Busy) for result in results[9:])
    assert await passwords.check("shop", RIGHT, STORED), "once they are done there is room again"


async def test_equal_checks_share_one_work(passwords: Passwords) -> None:
    assert await asyncio.gather(*(passwords.check("shop", RIGHT, STORED) for _ in range(64))) == [True] * 64


async def test_a_caller_that_gives_up_harms_no_other(passwords: Passwords) -> None:
    first = asyncio.create_task(passwords.check("shop", RIGHT, STORED))
    second = asyncio.create_task(passwords.check("shop", RIGHT, STORED))
    await asyncio.sleep(0)
    first.cancel()
    assert await second


async def test_an_unknown_user_costs_as_much_as_a_known_one(passwords: Passwords) -> None:
    async def cost(stored: str | None) -> float:
        start = time.process_time()
        for number in range(5):
            await passwords.check("shop", Secret(f"wrong {number}"), stored)
        return time.process_time() - start

    known, unknown = await cost(STORED), await cost(None)
    assert 0.5 < unknown / known < 2.0


async def test_nothing_of_a_password_is_kept_in_clear(passwords: Passwords) -> None:
    await passwords.check("shop", RIGHT, STORED)
    assert RIGHT.reveal() not in repr(vars(passwords))
