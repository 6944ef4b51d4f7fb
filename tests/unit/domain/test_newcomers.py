"""The ramp of new accounts: few codes a day until enough of them were entered."""

from __future__ import annotations

import pytest

from otppi.domain.fraud import DAY, FEWEST_SENT, RIPE_SECONDS, Rule
from otppi.domain.newcomers import Newcomers
from otppi.domain.rights import BROKERS

NOW = 1_790_000_040.0
RIPE = NOW + RIPE_SECONDS + 60
"""A code sent at NOW has had its time by then, to the step."""


def full(newcomers: Newcomers, account: str = "shop", now: float = NOW) -> bool:
    return newcomers.objection(account, 100, now) is not None


def test_a_new_account_gets_so_many_in_any_day() -> None:
    newcomers = Newcomers()
    for number in range(100):
        assert not full(newcomers, now=NOW + number)
        newcomers.note("shop", NOW + number, made=1)
    objection = newcomers.objection("shop", 100, NOW + 100)
    assert objection is not None
    assert (objection.rule, "8120" in objection.sentence) == (Rule.NEW_ACCOUNT_DAY, False)
    assert 0 < objection.wait <= DAY
    assert not full(newcomers, "bank")
    assert newcomers.objection("shop", 0, NOW + 100) is None
    assert not full(newcomers, now=NOW + 100 + objection.wait)
    newcomers.take_back("shop", NOW + 99)
    assert not full(newcomers, now=NOW + 100)


@pytest.mark.parametrize(
    ("sent", "approved", "proven"),
    [
        (FEWEST_SENT, 6, True),
        (FEWEST_SENT, 5, False),
        (FEWEST_SENT - 1, 19, False),
        (1000, 300, True),
        (1000, 299, False),
    ],
)
def test_it_proves_itself_once_for_good(sent: int, approved: int, *, proven: bool) -> None:
    newcomers = Newcomers()
    newcomers.note("shop", NOW, made=1000, sent=sent, approved=approved)
    assert not newcomers.prove("shop", NOW + 1), "they have had no time"
    assert newcomers.prove("shop", RIPE) is proven
    assert (newcomers.has_proved("shop"), full(newcomers, now=RIPE)) == (proven, not proven)
    if proven:
        newcomers.note("shop", RIPE, made=1000, sent=1000)
        assert not newcomers.prove("shop", RIPE)
        assert not full(newcomers, now=RIPE)


def test_codes_of_the_day_before_prove_nothing() -> None:
    newcomers = Newcomers()
    newcomers.note("shop", NOW, made=20, sent=20, approved=20)
    assert not newcomers.prove("shop", NOW + DAY + 60)


def test_the_gateways_own_accounts_need_no_proof() -> None:
    newcomers = Newcomers()
    newcomers.note(BROKERS, NOW, made=1000)
    assert newcomers.has_proved(BROKERS)
    assert not full(newcomers, BROKERS)
    newcomers.keep(["shop"])
    assert newcomers.has_proved(BROKERS)


def test_another_account_of_the_same_name_begins_anew() -> None:
    newcomers = Newcomers(["shop"])
    newcomers.note("bank", NOW, made=100)
    newcomers.keep(["till"])
    assert not newcomers.has_proved("shop")
    assert not full(newcomers, "bank")
    assert newcomers.waiting == ()
