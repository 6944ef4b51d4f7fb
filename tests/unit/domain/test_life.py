"""How long a message may live."""

from __future__ import annotations

import pytest

from otppi.domain.commands import Stamp
from otppi.domain.life import Life, life, sms_class
from otppi.domain.message import Class

NOW = 1_800_000_000.0


def of(date_time: float | None = None, expiration: float | None = None, *, trusted: bool = True) -> Life:
    return life(Stamp(date_time, expiration), wall=NOW, trusted=trusted, default=300.0, longest=600.0)


@pytest.mark.feature("F036")
def test_without_expiration_the_default_counts_and_never_more_than_the_longest() -> None:
    assert of(date_time=5.0) == Life(300.0, stated=False)
    assert life(Stamp(), wall=NOW, trusted=True, default=900.0, longest=600.0).seconds == 600.0


@pytest.mark.feature("F037")
@pytest.mark.parametrize(
    ("seconds", "left", "over"), [(60, 60, False), (3600, 600, False), (0, 0, True), (-1, -1, True), (0.5, 0.5, False)]
)
def test_a_stated_expiration_counts_from_the_wall_clock_whatever_the_caller_says_it_is(
    seconds: float, left: float, *, over: bool
) -> None:
    stated = of(date_time=12.0, expiration=NOW + seconds)
    assert stated == Life(left, stated=True)
    assert stated.over is over


def test_while_the_clock_is_untrusted_the_callers_own_times_count() -> None:
    assert of(date_time=1000.0, expiration=1060.0, trusted=False).seconds == 60.0
    assert of(date_time=1000.0, expiration=999.0, trusted=False).over
    assert of(date_time=1000.0, expiration=99_999.0, trusted=False).seconds == 600.0
    assert of(expiration=1060.0, trusted=False).seconds == 300.0


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (Life(600.0, stated=True), Class.OTP),
        (Life(600.1, stated=True), Class.NORMAL),
        (Life(0.0, stated=True), Class.NORMAL),
        (Life(60.0, stated=False), Class.NORMAL),
    ],
)
def test_a_plain_sms_of_ten_minutes_at_most_is_urgent(given: Life, expected: Class) -> None:
    assert sms_class(given) is expected
