"""Spans of time: what is read, what is refused, and that the canonical text reads back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otppi.domain.durations import NEVER, InvalidDuration, format_duration, parse_duration, rough


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5),
        ("10s", 10),
        ("5min", 300),
        ("1h", 3600),
        ("2d", 172_800),
        (" 5 min ", 300),
        ("0", 0),
        ("never", NEVER),
    ],
)
def test_spans_are_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "-1s", "1.5h", "5m", "1h30min", "٣s", "9" * 16 + "s", "Never"])
def test_what_is_no_span_is_refused_with_the_rule(text: str) -> None:
    with pytest.raises(InvalidDuration, match="such as 500ms"):
        parse_duration(text)


def test_a_bare_number_has_the_unit_of_its_setting() -> None:
    assert parse_duration("30000", bare_unit="ms") == 30
    assert parse_duration("30000") == 30_000
    assert parse_duration("30s", bare_unit="ms") == 30


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (0.25, "250ms"), (90, "90s"), (120, "2min"), (7200, "2h"), (172_800, "2d"), (NEVER, "never")],
)
def test_the_canonical_text_has_the_largest_unit_that_divides(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@given(st.integers(0, 10**12))
def test_the_canonical_text_reads_back(milliseconds: int) -> None:
    assert round(parse_duration(format_duration(milliseconds / 1000)) * 1000) == milliseconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.2, "1 s"),
        (12.0001, "12 s"),
        (119, "119 s"),
        (120, "2 min"),
        (121, "3 min"),
        (7100, "119 min"),
        (7200, "2 h"),
        (86_000, "24 h"),
    ],
)
def test_in_a_sentence_a_span_is_rough_and_never_too_short(seconds: float, text: str) -> None:
    assert rough(seconds) == text
