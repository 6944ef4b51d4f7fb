"""Things by their moment."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from otppi.app.agenda import Agenda


def test_what_is_due_comes_earliest_first_and_once() -> None:
    agenda: Agenda[str] = Agenda()
    for moment, thing in ((5.0, "c"), (1.0, "a"), (9.0, "d"), (1.0, "b")):
        agenda.note(moment, thing)
    assert agenda.next_moment == 1.0
    assert list(agenda.due(5.0)) == ["a", "b", "c"]
    assert list(agenda.due(5.0)) == []
    assert agenda.next_moment == 9.0


def test_never_is_not_noted() -> None:
    agenda: Agenda[str] = Agenda()
    agenda.note(math.inf, "never")
    assert agenda.next_moment == math.inf
    assert list(agenda.due(1e300)) == []


def test_what_is_noted_while_reading_is_read_too() -> None:
    agenda: Agenda[int] = Agenda()
    agenda.note(1.0, 3)
    seen = []
    for thing in agenda.due(10.0):
        seen.append(thing)
        if thing:
            agenda.note(2.0, thing - 1)
    assert seen == [3, 2, 1, 0]


@given(st.lists(st.tuples(st.floats(0, 100), st.integers()), max_size=30), st.floats(0, 100))
def test_everything_due_and_nothing_else(things: list[tuple[float, int]], now: float) -> None:
    agenda: Agenda[tuple[float, int]] = Agenda()
    for moment, number in things:
        agenda.note(moment, (moment, number))
    due = list(agenda.due(now))
    assert sorted(due) == sorted(thing for thing in things if thing[0] <= now)
    assert [moment for moment, _ in due] == sorted(moment for moment, _ in due)
