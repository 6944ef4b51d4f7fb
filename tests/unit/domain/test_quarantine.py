"""When a SIM looks blocked."""

from __future__ import annotations

import pytest

from otppi.domain.quarantine import NUMBERS, Suspicion


@pytest.mark.parametrize(
    ("numbers", "proven"),
    [
        ("", False),
        ("abcd", False),
        ("abcde", True),
        ("aaabc", True),
        ("aaaab", False),
        ("aaaaaaaaab", False),
        ("aaaaaaaaabc", True),
        ("ababababab", False),
    ],
)
def test_five_refusals_in_a_row_to_three_numbers_prove_it(numbers: str, *, proven: bool) -> None:
    made = Suspicion()
    for number in numbers:
        made = made.refused(number.encode())
    assert made.proven is proven


def test_it_keeps_no_more_numbers_than_it_needs_and_shows_none() -> None:
    made = Suspicion()
    for number in range(100):
        made = made.refused(bytes([number]))
    assert len(made.numbers) == NUMBERS
    assert "numbers" not in repr(made)
