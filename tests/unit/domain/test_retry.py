"""What follows from an attempt."""

from __future__ import annotations

import pytest

from otppi.domain.retry import (
    Again,
    GiveUp,
    Remedy,
    TakeAsDoubt,
    TakeAsSent,
    after_nothing,
    after_refusal,
    doubt_after,
    is_fresh,
)


def step(remedy: Remedy, attempts: int = 1, *, others: bool = False) -> object:
    return after_refusal(remedy, attempts=attempts, others_left=others, now=100.0, words="words of the table")


@pytest.mark.feature("X09")
@pytest.mark.parametrize("remedy", [r for r in Remedy if r not in (Remedy.ACCEPTED, Remedy.DOUBT, Remedy.FAIL)])
def test_another_healthy_modem_first_and_at_once(remedy: Remedy) -> None:
    assert step(remedy, others=True) == Again(100.0)


@pytest.mark.parametrize(
    ("remedy", "waits"),
    [
        (Remedy.LATER, [5, 15, 45, 120, 120]),
        (Remedy.OTHER_MODEM, [5, 15, 45, 120, 120]),
        (Remedy.MUCH_LATER, [60, 120, 300, 300]),
        (Remedy.SOON, [2, 2, 2]),
    ],
)
def test_alone_a_modem_waits_longer_each_time(remedy: Remedy, waits: list[int]) -> None:
    assert [step(remedy, n) for n in range(1, len(waits) + 1)] == [Again(100.0 + wait) for wait in waits]


def test_what_is_refused_for_good_fails_with_the_words_of_the_table() -> None:
    assert step(Remedy.FAIL, others=True) == GiveUp("words of the table")
    assert step(Remedy.FAIL_AFTER_RETRY, 1) == Again(100.0)
    assert step(Remedy.FAIL_AFTER_RETRY, 2, others=True) == GiveUp("words of the table")
    assert step(Remedy.OTHER_SIM) == GiveUp("words of the table")


def test_an_accepted_duplicate_counts_as_sent_and_a_silent_network_as_doubt() -> None:
    assert step(Remedy.ACCEPTED) == TakeAsSent()
    assert step(Remedy.DOUBT, others=True) == TakeAsDoubt()


def test_claims_without_progress_slow_down_and_end_at_the_twentieth() -> None:
    steps = [after_nothing(barren_claims=n, now=100.0) for n in range(1, 21)]
    moments = [again.at for again in steps[:19] if isinstance(again, Again)]
    assert len(moments) == 19
    assert moments == sorted(moments)
    assert moments[0] < 101
    assert moments[-1] <= 115
    assert steps[19] == GiveUp("claimed 20 times without progress")


@pytest.mark.parametrize(("usual", "seconds"), [(0.5, 15), (3.75, 15), (4, 16), (30, 120)])
def test_doubt_begins_after_fifteen_seconds_or_four_times_the_usual(usual: float, seconds: float) -> None:
    assert doubt_after(usual) == seconds


@pytest.mark.parametrize(
    ("life", "left", "fresh"),
    [(20, 10, True), (20, 9.99, False), (40, 10, True), (300, 75, True), (300, 74.9, False), (600, 150, True)],
)
def test_fresh_is_ten_seconds_and_a_quarter_of_the_life(life: float, left: float, *, fresh: bool) -> None:
    assert is_fresh(created=0.0, deadline=life, now=life - left) is fresh
