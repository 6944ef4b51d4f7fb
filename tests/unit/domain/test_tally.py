"""Tallies and rates: a sliding span never holds more than it tells, and memory does not grow."""

from __future__ import annotations

import math
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otppi.domain.limits import SECONDS, Limits
from otppi.domain.rates import STEPS, Full, Made
from otppi.domain.tally import Tally

NOW = 1_790_000_000.0


def test_it_counts_what_happened_in_a_span() -> None:
    tally = Tally(1.0, 60.0)
    for at in (0.0, 0.5, 30.0, 59.0):
        tally.note(NOW + at)
    assert tally.within(60.0, NOW + 59.0) == 4
    assert tally.within(10.0, NOW + 59.0) == 1
    assert tally.within(60.0, NOW + 61.0) == 2, "the first step has left"
    assert tally.within(60.0, NOW + 500.0) == 0


def test_it_says_when_there_is_a_place() -> None:
    tally = Tally(1.0, 60.0)
    tally.note(NOW, 3)
    tally.note(NOW + 10.0, 2)
    assert tally.wait(6, 60.0, NOW + 10.0) == 0.0
    assert tally.wait(5, 60.0, NOW + 10.0) == 51.0
    assert tally.wait(2, 60.0, NOW + 10.0) == 61.0
    assert tally.wait(2, 5.0, NOW + 10.0) == 6.0


def test_what_was_taken_back_never_happened() -> None:
    tally = Tally(1.0, 60.0)
    tally.note(NOW, 2)
    tally.take_back(NOW + 0.9)
    assert tally.within(60.0, NOW) == 1
    tally.take_back(NOW - 500.0)
    assert tally.within(60.0, NOW) == 1


events = st.lists(st.floats(0.0, 300.0), min_size=1, max_size=200).map(sorted)


@given(events=events, most=st.integers(1, 20), step=st.sampled_from([1.0, 7.0, 20.0]))
def test_no_span_ever_holds_more_than_the_most_and_a_place_is_free_in_time(
    events: list[float], most: int, step: float
) -> None:
    tally = Tally(step, 60.0)
    let_through: list[float] = []
    for at in (NOW + event for event in events):
        wait = tally.wait(most, 60.0, at)
        recent = [each for each in let_through if each > at - 60.0]
        if wait == 0.0:
            assert len(recent) < most
            tally.note(at)
            let_through.append(at)
        else:
            assert len([each for each in let_through if each > at - 60.0 - step - 1e-3]) >= most, (
                "no place is held back longer"
            )
            assert deepcopy(tally).wait(most, 60.0, at + wait) == 0.0
            assert wait <= 60.0 + step


@given(events=events)
def test_memory_is_bound_by_the_steps(events: list[float]) -> None:
    tally = Tally(1.0, 60.0)
    for event in events:
        tally.note(NOW + event)
    assert len(list(tally.items())) <= 61
    assert sum(count for _, count in tally.items()) == tally.within(60.0, NOW + events[-1])


def test_a_rate_is_kept_in_any_such_span_and_names_the_one_that_lasts() -> None:
    made = Made()
    rates = Limits(minute=2, hour=3, day=0)
    assert made.full(rates, NOW) is None
    made.note(NOW)
    made.note(NOW + 59.0)
    assert made.full(rates, NOW + 59.0) == Full("minute", 2, 2.0)
    assert made.full(rates, NOW + 61.0) is None
    made.note(NOW + 61.0)
    full = made.full(rates, NOW + 61.0)
    assert full is not None
    assert (full.span, full.most) == ("hour", 3)
    assert 3539.0 <= full.wait <= 3539.0 + SECONDS["hour"] / STEPS["hour"]
    assert made.full(Limits(), NOW + 61.0) is None
    made.take_back(NOW + 61.0)
    assert made.full(rates, NOW + 61.0) is None


@pytest.mark.parametrize("span", SECONDS)
def test_two_books_become_one(span: str) -> None:
    past, live = Made(), Made()
    past.note(NOW, 3)
    live.note(NOW + 5.0)
    past.add(live)
    full = past.full(Limits(**{span: 4}), NOW + 5.0)
    assert full is not None
    assert full.span == span
    assert past.full(Limits(**{span: 5}), NOW + 5.0) is None
    assert math.isfinite(full.wait)
