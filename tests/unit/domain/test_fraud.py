"""The rules against pumping, one by one: what speaks against a code, how long, and in which words."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from otppi.domain import fraud
from otppi.domain.fraud import (
    BLOCK_SECONDS,
    DAY,
    HOUR,
    LONGEST_BLOCK,
    REMEMBERED,
    VELOCITIES,
    Ask,
    Block,
    Bounds,
    Objection,
    Rule,
)
from otppi.domain.newcomers import Newcomers

NOW = 1_790_000_000.0
BOUNDS = Bounds(("62",), 10, {each.rule: 5 for each in VELOCITIES})
ASK = Ask("shop", "6281200001234", b"tag")


@pytest.mark.parametrize(
    ("receiver", "expected"),
    [("6281200001234", "628120000"), ("1234567", "123"), ("123456", ""), ("name@example.org", ""), ("", "")],
)
def test_a_range_is_a_number_less_its_last_four_digits(receiver: str, expected: str) -> None:
    assert fraud.range_of(receiver) == expected


@pytest.mark.parametrize(
    ("receiver", "countries", "allowed"),
    [
        ("6281200001234", ("62",), True),
        ("6581200001", ("62",), False),
        ("6581200001", ("62", "65"), True),
        ("18765550100", ("1876",), True),
        ("12025550100", ("1876",), False),
        ("12025550100", ("any",), True),
        ("123456", ("62",), True),
        ("name@example.org", ("62",), True),
    ],
)
def test_only_allowed_countries_get_codes(receiver: str, countries: tuple[str, ...], allowed: bool) -> None:
    objection = fraud.country(Ask("shop", receiver, b"t"), replace(BOUNDS, countries=countries))
    assert (objection is None) == allowed
    assert objection is None or (objection.rule, objection.wait) == (Rule.COUNTRIES, math.inf)


@pytest.mark.parametrize(
    ("sent", "approved", "percent", "bad"),
    [(20, 1, 10, True), (20, 2, 10, False), (19, 0, 10, False), (200, 19, 10, True), (20, 0, 0, False)],
)
def test_a_range_converts_badly_from_twenty_sent_on_and_below_the_percentage(
    sent: int,
    approved: int,
    percent: int,
    bad: bool,
) -> None:
    assert fraud.converts_badly(sent, approved, percent) == bad


def test_a_block_lasts_twelve_hours_and_twice_as_long_each_time() -> None:
    block = fraud.next_block("628120000", None, NOW, 20, 0)
    assert (block.level, block.until - block.since) == (1, BLOCK_SECONDS)
    lengths = []
    for _ in range(6):
        block = fraud.next_block("628120000", block, block.until + HOUR, 20, 0)
        lengths.append((block.until - block.since) / HOUR)
    assert lengths == [24, 48, 96, 192, 192, 192]
    assert LONGEST_BLOCK == 192 * HOUR


def test_a_long_good_time_or_a_pardon_makes_the_next_block_a_first_one() -> None:
    first = fraud.next_block("628120000", None, NOW, 20, 0)
    assert fraud.next_block("628120000", first, first.until + REMEMBERED, 20, 0).level == 1
    pardoned = first.pardon(NOW + 60)
    assert (pardoned.until, pardoned.pardoned) == (NOW + 60, NOW + 60)
    again = fraud.next_block("628120000", pardoned, NOW + HOUR, 20, 0)
    assert (again.level, again.pardoned) == (1, NOW + 60), "what was pardoned stays so"


def test_a_block_refuses_until_its_end_unless_the_rule_is_off() -> None:
    block = Block("628120000", NOW, NOW + 100, 1, 20, 0)
    objection = fraud.blocked(block, BOUNDS, NOW + 40)
    assert objection is not None
    assert (objection.rule, objection.wait) == (Rule.CONVERSION, 60.0)
    assert fraud.blocked(block, BOUNDS, NOW + 100) is None
    assert fraud.blocked(block, replace(BOUNDS, conversion=0), NOW + 40) is None
    assert fraud.blocked(None, BOUNDS, NOW) is None


@pytest.mark.parametrize(
    ("times", "most", "wait"),
    [((), 1, 0.0), ((NOW - 10,), 1, 50.0), ((NOW - 60,), 1, 0.0), ((NOW - 50, NOW - 20), 2, 10.0), ((NOW,), 2, 0.0)],
)
def test_the_wait_of_a_receiver(times: tuple[float, ...], most: int, wait: float) -> None:
    assert fraud.wait_of(times, most, 60.0, NOW) == wait


def test_of_several_objections_the_one_that_lasts_longest_is_told() -> None:
    short, long = Objection(Rule.RECEIVER_HOUR, "a", 5.0), Objection(Rule.RECEIVER_DAY, "b", 50.0)
    assert fraud.weightiest([short, long]) is long
    assert fraud.weightiest([]) is None


def test_every_rule_is_a_setting_and_every_sentence_names_it_and_no_number() -> None:
    sentences = [fraud.too_fast(each, 5, 1.0) for each in VELOCITIES]
    sentences.append(fraud.country(ASK, replace(BOUNDS, countries=("1",))) or sentences[0])
    block = Block(ASK.range, NOW, NOW + DAY, 1, 20, 0)
    sentences.append(fraud.blocked(block, BOUNDS, NOW) or sentences[0])
    newcomers = Newcomers()
    newcomers.note("shop", NOW, made=5)
    sentences.append(newcomers.objection("shop", 5, NOW) or sentences[0])
    assert {objection.rule for objection in sentences} == set(Rule)
    for objection in sentences:
        assert f"({objection.rule})" in objection.sentence
        assert "8120000" not in objection.sentence
    assert "6281200001234" not in repr(ASK)


@pytest.mark.parametrize(
    ("checks", "wrong", "expected"), [(601, 301, True), (602, 301, False), (300, 300, False), (301, 301, True)]
)
def test_guessing_is_more_than_three_hundred_wrong_and_more_than_half(
    checks: int,
    wrong: int,
    expected: bool,
) -> None:
    assert fraud.guessing(checks, wrong) == expected
