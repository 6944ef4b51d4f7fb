"""`host.disk`: from which share on it is said, and from which on nothing more is taken."""

from __future__ import annotations

import pytest

from otppi.host import DiskUse


@pytest.mark.parametrize(
    ("used", "free", "alarming", "full"),
    [(0, 100, False, False), (79, 21, False, False), (80, 20, True, False), (95, 5, True, True), (0, 0, True, True)],
)
def test_the_alarm_comes_at_80_and_the_refusal_at_95_percent(
    used: int, free: int, *, alarming: bool, full: bool
) -> None:
    use = DiskUse(used, free)
    assert (use.alarming, use.full) == (alarming, full)
