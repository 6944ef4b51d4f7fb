"""How much a SIM may send: never more than its limits in any window, and not like a machine."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otppi.domain.limits import SECONDS, SPREAD, Leave, Limits, Use

START = 1_800_000_000.0


def use(*times: float) -> Use:
    return Use(START + time for time in times)


def leave(made: Use, limits: Limits, now: float, spread: float = 0.0) -> Leave | None:
    return made.leave(limits, START + now, spread)


def test_no_limit_is_the_default_and_says_so() -> None:
    assert not Limits()
    assert Limits(day=1)
    assert Limits().windows == ()
    assert Limits(8, 200, 1000).windows == (("minute", 8), ("hour", 200), ("day", 1000))
    assert leave(use(*range(500)), Limits(), 499.0) is None


@pytest.mark.parametrize(
    ("limits", "times", "now", "expected"),
    [
        (Limits(hour=2), (), 0, None),
        (Limits(hour=2), (0,), 1, None),
        (Limits(hour=2), (0, 100), 101, Leave(START + 3600, START + 100, "hour", 2)),
        (Limits(hour=2), (0, 100), 3600, None),
        (Limits(hour=2), (0, 100, 3600), 3601, Leave(START + 3700, START + 3600, "hour", 2)),
        (Limits(day=1), (50,), 3600, Leave(START + 86_450, START + 50, "day", 1)),
        (Limits(hour=2, day=3), (0, 1, 5000), 6000, Leave(START + 86_400, START + 5000, "day", 3)),
        (Limits(hour=3, day=3), (0, 1, 2), 6000, Leave(START + 86_400, START + 2, "day", 3)),
        (Limits(minute=2), (0, 30), 31, Leave(START + 60, START + 30, "minute", 2)),
        (Limits(minute=6), (0,), 1, Leave(START + 10 / 6 * 0.8, START)),
        (Limits(minute=6), (0, 20, 40), 41, Leave(START + 40 + 5 * 0.8, START + 40)),
        (Limits(minute=6), (0, 20, 40), 44, None),
        (Limits(minute=1), (0,), 59.9, Leave(START + 60, START, "minute", 1)),
        (Limits(minute=1), (0,), 60, None),
    ],
)
def test_when_it_may_be_used_next(limits: Limits, times: tuple[float, ...], now: float, expected: Leave | None) -> None:
    assert leave(use(*times), limits, now) == expected


def test_moments_are_spread_by_a_fifth_of_the_gap_and_never_early() -> None:
    full = [leave(use(0, 1), Limits(hour=2), 2, spread) for spread in (0.0, 0.5, 1.0)]
    assert [each.moment - START for each in full if each] == pytest.approx([3600, 3780, 3960])
    pace = [leave(use(0, 20, 40), Limits(minute=6), 41, spread) for spread in (0.0, 0.5, 1.0)]
    assert [each.moment - START - 40 for each in pace if each] == pytest.approx([4.0, 5.0, 6.0])


def test_only_a_limit_for_the_minute_sets_a_pace() -> None:
    assert leave(use(0), Limits(hour=10, day=20), 0.001) is None
    assert leave(use(0), Limits(minute=10), 0.001) is not None


def test_what_is_older_than_a_day_is_forgotten() -> None:
    made = use(0, 10, 20)
    made.note(START + 86_410)
    assert len(made) == 2
    assert made.last == START + 86_410
    assert Use().last == 0.0


def test_a_use_that_comes_out_of_order_counts_at_its_time() -> None:
    made = use(100)
    made.note(START + 40)
    assert made.last == START + 100
    assert leave(made, Limits(hour=2), 101) == Leave(START + 3640, START + 100, "hour", 2)


def a_busy_sim(limits: Limits, seed: int, sends: int) -> list[float]:
    """When a SIM sends that always has something to send, through restarts that know whole minutes only."""
    rng = random.Random(seed)  # noqa: S311 - the same seed must give the same moments
    made, now, sent = Use(), START, list[float]()
    while len(sent) < sends:
        held = made.leave(limits, now, rng.random())
        if held is not None:
            now = held.moment
            continue
        sent.append(now)
        made.note(now)
        now += rng.choice((0.0, 0.25, 2.5, 7.0, 400.0))
        if rng.random() < 0.05:
            made = Use(last for times in _minutes(sent, now) for last in [max(times)] * len(times))
    return sent


def _minutes(sent: list[float], now: float) -> list[list[float]]:
    buckets: dict[int, list[float]] = {}
    for at in sent:
        if at > now - SECONDS["day"]:
            buckets.setdefault(int(at // 60), []).append(at)
    return list(buckets.values())


few = st.integers(0, 12)


@settings(max_examples=300, deadline=None)
@given(few, few, few, st.integers(0, 10_000))
def test_no_window_ever_holds_more_than_its_limit(minute: int, hour: int, day: int, seed: int) -> None:
    limits = Limits(minute, hour, day)
    sent = a_busy_sim(limits, seed, 40)
    for span, most in limits.windows:
        for first, over in zip(sent, sent[most:], strict=False):
            assert over - first >= SECONDS[span] - 1e-6


def test_a_busy_sim_sends_evenly_but_not_to_the_second_and_nearly_as_much_as_it_may() -> None:
    rng = random.Random(7)  # noqa: S311 - as above
    made, now, sent = Use(), START, list[float]()
    while now < START + 3600:
        held = made.leave(Limits(minute=8), now, rng.random())
        if held is None:
            sent.append(now)
            made.note(now)
        else:
            now = held.moment
    gaps = [later - earlier for earlier, later in pairwise(sent[20:])]
    assert len(sent) > 8 * 60 * (1 - SPREAD)
    assert min(gaps) > 7.5 / 3
    assert max(gaps) < 7.5 * 2
    assert len({round(gap, 1) for gap in gaps}) > 20
