"""Validity periods."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otppi.pdu import validity
from otppi.pdu.errors import PduError
from otppi.pdu.octets import Reader
from otppi.pdu.validity import NOT_GIVEN, Format, Validity

MINUTE, HOUR, DAY, WEEK = 60, 3600, 86400, 604800


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (1, 0),
        (5 * MINUTE, 0),
        (5 * MINUTE + 1, 1),
        (12 * HOUR, 143),
        (12 * HOUR + 1, 144),
        (24 * HOUR, 167),
        (24 * HOUR + 1, 168),
        (2 * DAY, 168),
        (30 * DAY, 196),
        (30 * DAY + 1, 197),
        (5 * WEEK, 197),
        (63 * WEEK, 255),
        (99 * WEEK, 255),
    ],
)
def test_the_code_that_covers(seconds: int, code: int) -> None:
    assert validity.code_for(seconds) == code
    assert validity.relative(seconds) == Validity(Format.RELATIVE, bytes([code]))


@given(st.integers(1, 63 * WEEK))
def test_a_period_is_covered_by_the_smallest_code_that_can(seconds: int) -> None:
    code = validity.code_for(seconds)
    assert validity.seconds_of(code) >= seconds
    assert code == 0 or validity.seconds_of(code - 1) < seconds


def test_codes_grow() -> None:
    periods = [validity.seconds_of(code) for code in range(256)]
    assert periods == sorted(set(periods))
    assert (periods[0], periods[143], periods[167], periods[196], periods[255]) == (
        5 * MINUTE,
        12 * HOUR,
        DAY,
        30 * DAY,
        63 * WEEK,
    )


@pytest.mark.parametrize("seconds", [0, -1])
def test_a_late_message_has_no_validity(seconds: int) -> None:
    with pytest.raises(PduError, match="longer than nothing"):
        validity.relative(seconds)


@pytest.mark.parametrize(
    ("octets", "seconds", "single_shot"),
    [
        ("00000000000000", None, False),
        ("01A70000000000", DAY, False),
        ("422D0000000000", 45, True),
        ("03216354000000", 12 * HOUR + 36 * MINUTE + 45, False),
        ("032163F4000000", None, False),
        ("07000000000000", None, False),
        ("81A70000000000", None, False),
    ],
)
def test_the_enhanced_format(octets: str, seconds: int | None, single_shot: bool) -> None:
    period = validity.decode(Format.ENHANCED, Reader(bytes.fromhex(octets)))
    assert (period.seconds, period.until, period.single_shot) == (seconds, None, single_shot)


def test_the_absolute_format() -> None:
    period = validity.decode(Format.ABSOLUTE, Reader(bytes.fromhex("31700131930080")))
    assert period.seconds is None
    assert period.until is not None
    assert period.until.isoformat() == "2013-07-10T13:39:00+02:00"


def test_no_validity() -> None:
    assert validity.decode(Format.NONE, Reader(b"")) == NOT_GIVEN
    assert (NOT_GIVEN.seconds, NOT_GIVEN.until, NOT_GIVEN.single_shot) == (None, None, False)


@pytest.mark.parametrize("form", [Format.RELATIVE, Format.ABSOLUTE, Format.ENHANCED])
def test_too_few_octets_are_refused(form: Format) -> None:
    with pytest.raises(PduError, match="validity period"):
        validity.decode(form, Reader(b""))
