"""The circuit breaker: opens after faults, rests longer and longer, closes after a success."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otppi.domain.breaker import (
    FIRST_REST_SECONDS,
    LONGEST_REST_SECONDS,
    MODEM_FAULTS,
    SIM_FAULTS,
    Breaker,
)


def after(*moments: float, most: int = MODEM_FAULTS) -> Breaker:
    made = Breaker(most)
    for moment in moments:
        made = made.failed(moment)
    return made


@pytest.mark.parametrize(
    ("most", "moments", "opened"),
    [
        (MODEM_FAULTS, (0, 1), None),
        (MODEM_FAULTS, (0, 1, 2), 2),
        (MODEM_FAULTS, (0, 300, 599.9), 599.9),
        (MODEM_FAULTS, (0, 300, 600), None),
        (MODEM_FAULTS, (0, 300, 600, 601), 601),
        (SIM_FAULTS, (0, 1, 2, 3), None),
        (SIM_FAULTS, (0, 1, 2, 3, 4), 4),
    ],
)
def test_so_many_faults_within_ten_minutes_open_it(most: int, moments: tuple[float, ...], opened: float | None) -> None:
    made = after(*moments, most=most)
    assert made.opened == opened
    assert made.rests(moments[-1]) is (opened is not None)


def test_a_success_between_faults_does_not_forgive_them_but_one_while_open_closes_it() -> None:
    made = after(0, 1).succeeded().failed(2)
    assert made.opened == 2
    assert made.succeeded() == Breaker(MODEM_FAULTS)


def test_where_it_forgives_only_faults_in_a_row_count() -> None:
    made = after(0, 1, most=SIM_FAULTS)
    forgiving = Breaker(SIM_FAULTS, forgives=True, faults=made.faults)
    assert forgiving.succeeded() == Breaker(SIM_FAULTS, forgives=True)
    assert made.succeeded() == made


def test_its_rest_doubles_with_each_failed_trial_up_to_ten_minutes_and_starts_anew_after_a_success() -> None:
    made, rests = after(0, 0, 0), []
    for _ in range(7):
        rests.append(made.rest)
        assert made.rests(made.rest_until - 0.1)
        assert not made.rests(made.rest_until)
        made = made.failed(made.rest_until)
    assert rests == [30, 60, 120, 240, 480, 600, 600]
    assert made.opened == 0, "it is open since the first fault that opened it"
    assert after(0, 0, 0).succeeded().failed(1).failed(1).failed(1).rest == FIRST_REST_SECONDS


def test_a_fault_that_comes_while_it_rests_leaves_the_rest_as_it_is() -> None:
    made = after(0, 0, 0)
    again = made.failed(10)
    assert (again.opened, again.rest, again.rest_until) == (made.opened, made.rest, made.rest_until)


def test_a_code_may_try_it_once_it_answers_at_once_and_then_every_half_minute() -> None:
    assert Breaker(MODEM_FAULTS).answered() == Breaker(MODEM_FAULTS)
    made = after(0, 1, 2)
    assert made.code_at() == math.inf, "it has not answered since"
    made = made.answered()
    assert made.code_at() == 2
    assert made.rests(2), "for all others"
    for at in (5, 40, 80, 120, 1000):
        made = made.failed(at)
        assert made.code_at() == math.inf
        made = made.answered()
        assert made.code_at() == at + FIRST_REST_SECONDS
    assert made.succeeded().code_at() == math.inf


def test_a_lost_line_counts_while_closed_and_its_return_ends_the_rest() -> None:
    made = Breaker(MODEM_FAULTS).lost(0).lost(1).lost(2)
    assert made.rests(20)
    returned = made.back(20)
    assert returned.opened == 2
    assert not returned.rests(20)
    assert returned.lost(21) == returned, "the next loss is answered by the next return"
    assert returned.failed(21).rest == 2 * FIRST_REST_SECONDS
    assert Breaker(MODEM_FAULTS).back(5) == Breaker(MODEM_FAULTS)
    assert made.back(1000).rest_until == made.rest_until


@given(
    st.lists(
        st.tuples(st.sampled_from(("failed", "lost", "back", "succeeded", "answered")), st.floats(0, 900)), max_size=60
    )
)
def test_whatever_happens_it_never_rests_longer_than_ten_minutes(steps: list[tuple[str, float]]) -> None:
    made, now = Breaker(MODEM_FAULTS), 0.0
    for step, later in steps:
        now += later
        made = getattr(made, step)(*(() if step in ("succeeded", "answered") else (now,)))
        assert not made.rests(now + LONGEST_REST_SECONDS)
        assert len(made.faults) < MODEM_FAULTS
        assert all(at <= now for at in made.faults)
        if step == "succeeded":
            assert made.opened is None
