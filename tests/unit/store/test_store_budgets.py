"""`store.budgets`: the two limits as a sum of their own, against a plain model."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otppi.store.budgets import Budget


@pytest.mark.feature("X08")
@given(st.lists(st.floats(0.0, 2000.0), min_size=1, max_size=80))
def test_no_hour_holds_more_than_ten_and_no_row_more_than_twenty(gaps: list[float]) -> None:
    budget, now = Budget(), 1_790_000_000.0
    admitted: list[float] = []
    row = 0
    for gap in gaps:
        now += gap
        wait = budget.wait(now)
        if wait > 0:
            assert wait <= 3600
            assert budget.wait(now + wait) <= 1e-6, "after the wait it is admitted"
            continue
        row = 1 if row == 20 else row + 1
        if row == 1 and len(admitted) >= 20:
            assert now - admitted[-1] >= 3600 - 1e-6
        admitted.append(now)
        budget = budget.counted(now)
        assert len([at for at in admitted if at > now - 3600 + 1e-6]) <= 10
        assert budget.in_row == row


def test_a_fresh_budget_waits_for_nothing() -> None:
    assert Budget().wait(0.0) == 0.0
    assert Budget().counted(5.0) == Budget(1, (5.0,))
