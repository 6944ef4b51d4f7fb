"""What follows from an attempt."""

from __future__ import annotations

import pytest

from otppi.domain.retry import (
    Again,
    GiveUp,
    Others,
    Remedy,
    TakeAsDoubt,
    TakeAsSent,
    after_nothing,
    after_refusal,
    doubt_after,
    is_fresh,
    modem_rest,
)

ABLE, AWAY, NONE = Others
SENT, DOUBT, FAILS = TakeAsSent(), TakeAsDoubt(), GiveUp("words of the table")


def step(remedy: Remedy, attempts: int = 1, others: Others = NONE) -> object:
    return after_refusal(remedy, attempts=attempts, others=others, now=100.0, words="words of the table")


def after(*seconds: float) -> list[object]:
    return [Again(100.0 + each) for each in seconds]


TABLE: dict[tuple[Remedy, Others], list[object]] = {
    # What follows the first, second, third, fourth and fifth refusal of this kind.
    **{(Remedy.ACCEPTED, others): [SENT] * 5 for others in Others},
    **{(Remedy.DOUBT, others): [DOUBT] * 5 for others in Others},
    **{(Remedy.FAIL, others): [FAILS] * 5 for others in Others},
    **{(Remedy.RETRY_ONCE, others): [*after(0), *[FAILS] * 4] for others in Others},
    (Remedy.OTHER_SIM_ONCE, ABLE): [*after(0), *[FAILS] * 4],
    (Remedy.OTHER_SIM_ONCE, AWAY): [*after(5), *[FAILS] * 4],
    (Remedy.OTHER_SIM_ONCE, NONE): [FAILS] * 5,
    (Remedy.OTHER_SIM, ABLE): after(0, 0, 0, 0, 0),
    (Remedy.OTHER_SIM, AWAY): after(5, 15, 45, 120, 120),
    (Remedy.OTHER_SIM, NONE): [FAILS] * 5,
    (Remedy.OTHER_MODEM, ABLE): after(0, 0, 0, 0, 0),
    (Remedy.OTHER_MODEM, AWAY): after(5, 15, 45, 120, 120),
    (Remedy.OTHER_MODEM, NONE): after(5, 15, 45, 120, 120),
    (Remedy.LATER, ABLE): after(0, 0, 0, 0, 0),
    (Remedy.LATER, AWAY): after(5, 15, 45, 120, 120),
    (Remedy.LATER, NONE): after(5, 15, 45, 120, 120),
    (Remedy.CONGESTED, ABLE): after(0, 0, 0, 0, 0),
    (Remedy.CONGESTED, AWAY): after(10, 30, 60, 120, 120),
    (Remedy.CONGESTED, NONE): after(10, 30, 60, 120, 120),
    (Remedy.MUCH_LATER, ABLE): after(0, 0, 0, 0, 0),
    (Remedy.MUCH_LATER, AWAY): after(60, 120, 300, 300, 300),
    (Remedy.MUCH_LATER, NONE): after(60, 120, 300, 300, 300),
    (Remedy.SOON, ABLE): after(0, 0, 0, 0, 0),
    (Remedy.SOON, AWAY): after(2, 2, 2, 5, 15),
    (Remedy.SOON, NONE): after(2, 2, 2, 5, 15),
}


@pytest.mark.feature("X09")
@pytest.mark.parametrize("others", Others)
@pytest.mark.parametrize("remedy", Remedy)
def test_every_remedy_has_its_step_for_every_attempt_and_every_other_modem(remedy: Remedy, others: Others) -> None:
    assert [step(remedy, attempts, others) for attempts in range(1, 6)] == TABLE[remedy, others]


def test_a_modem_rests_where_the_fault_is_its_own_or_its_cell_is_full() -> None:
    rests = {remedy: modem_rest(remedy) for remedy in Remedy if modem_rest(remedy)}
    assert rests == {Remedy.OTHER_MODEM: 5.0, Remedy.CONGESTED: 10.0, Remedy.SOON: 1.0}


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
