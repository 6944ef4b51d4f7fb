"""Validity periods."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

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
    with pytest.raises(PduError, match="longer than nothing"):
        validity.enhanced(seconds)


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


@given(st.integers(1, 70 * WEEK), st.booleans())
def test_an_enhanced_period_covers_what_it_was_made_for(seconds: int, single_shot: bool) -> None:
    period = validity.enhanced(seconds, single_shot=single_shot)
    assert (period.form, len(period.octets), period.single_shot) == (Format.ENHANCED, 7, single_shot)
    exact = seconds < 100 * HOUR
    assert period.seconds == (seconds if exact else validity.seconds_of(validity.code_for(seconds)))


@pytest.mark.parametrize(
    ("seconds", "octets"),
    [(45, "022D0000000000"), (12 * HOUR + 36 * MINUTE + 45, "03216354000000"), (5 * DAY, "01AB0000000000")],
)
def test_enhanced_octets_as_the_standard_lays_them_out(seconds: int, octets: str) -> None:
    assert validity.enhanced(seconds).octets.hex().upper() == octets


def test_an_absolute_period_ends_when_it_was_told_to() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=-3, minutes=-30)))
    period = validity.absolute(moment)
    assert (period.until, period.seconds) == (moment, None)
    with pytest.raises(PduError):
        validity.absolute(datetime(1999, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("form", list(Format))
def test_a_period_has_the_octets_of_its_format(form: Format) -> None:
    with pytest.raises(PduError, match="as many octets"):
        Validity(form, bytes(2))


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
