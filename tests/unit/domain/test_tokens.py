"""The text of a bearer token, and the lives it may have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otppi.domain.durations import NEVER
from otppi.domain.tokens import InvalidLife, is_token, parse_life, token_text

DAY = 86_400.0


def test_a_token_says_what_it_is_and_holds_160_bits() -> None:
    assert token_text(bytes(20)).reveal() == "otp_" + "a" * 32
    assert token_text(b"\xff" * 20).reveal() == "otp_" + "7" * 32
    with pytest.raises(ValueError, match="20 random octets"):
        token_text(bytes(16))


@given(st.binary(min_size=20, max_size=20), st.binary(min_size=20, max_size=20))
def test_different_octets_give_different_tokens_of_one_form(one: bytes, other: bytes) -> None:
    assert is_token(token_text(one).reveal())
    assert (one == other) == (token_text(one).reveal() == token_text(other).reveal())


@pytest.mark.parametrize(
    "text", ["", "otp_", "otp_" + "a" * 31, "otp_" + "a" * 33, "OTP_" + "a" * 32, "otp_" + "A" * 32, "otp_" + "1" * 32]
)
def test_other_texts_are_no_tokens(text: str) -> None:
    assert not is_token(text)


def test_a_token_is_not_shown_by_accident() -> None:
    assert "aaaa" not in repr(token_text(bytes(20)))


@pytest.mark.parametrize(
    ("text", "seconds"), [("90d", 90 * DAY), ("90", 90 * DAY), ("12h", DAY / 2), ("1min", 60.0), ("never", NEVER)]
)
def test_lives(text: str, seconds: float) -> None:
    assert parse_life(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "59s", "3651d", "1y", "-1d", "soon"])
def test_what_is_no_life(text: str) -> None:
    with pytest.raises(InvalidLife, match="a span of time from 1min to 3650d, such as 90d, or never"):
        parse_life(text)
