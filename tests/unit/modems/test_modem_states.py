"""The tables of states: closed, and what the application shows over them."""

from __future__ import annotations

import pytest

from otppi.ports.modem import ModemState
from otppi.ports.modem_states import LINE, SHOWN_ONLY, follows

M = ModemState


def test_every_state_is_either_a_lines_or_the_applications() -> None:
    assert LINE.keys() | SHOWN_ONLY == set(M)
    assert not LINE.keys() & SHOWN_ONLY
    assert not {state for after in LINE.values() for state in after} & SHOWN_ONLY


@pytest.mark.parametrize("state", LINE)
def test_every_state_of_a_line_can_be_reached_and_left_and_none_follows_itself(state: ModemState) -> None:
    assert any(state in after for after in LINE.values())
    assert LINE[state]
    assert state not in LINE[state]
    assert state is M.ABSENT or M.ABSENT in LINE[state], "a line can be lost at any moment"


def test_nothing_is_sent_before_a_start_up() -> None:
    assert [state for state, after in LINE.items() if M.BUSY in after] == [M.READY, M.RESETTING]
    assert M.READY not in LINE[M.ABSENT] | LINE[M.PROBING]


@pytest.mark.parametrize(
    ("before", "after", "may"),
    [
        (M.READY, M.BUSY, True),
        (M.ABSENT, M.READY, False),
        (M.BUSY, M.SLOW, True),
        (M.READY, M.SLOW, False),
        (M.SLOW, M.BUSY, True),
        (M.SLOW, M.READY, True),
        (M.SLOW, M.RESETTING, True),
        (M.SLOW, M.PIN_NEEDED, False),
        (M.BUSY, M.QUARANTINED, True),
        (M.QUARANTINED, M.SEARCHING, True),
        (M.QUARANTINED, M.DISABLED, True),
        (M.DISABLED, M.QUARANTINED, False),
        (M.SEARCHING, M.DISABLED, True),
        (M.DISABLED, M.ABSENT, True),
        (M.DISABLED, M.READY, False),
    ],
)
def test_what_may_be_shown_after_what(before: ModemState, after: ModemState, may: bool) -> None:
    assert follows(before, after) is may
