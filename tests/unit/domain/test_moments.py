"""Moments as callers write them and as sentences show them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otppi.domain.moments import InvalidMoment, read_moment, utc


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (1795593600, 1795593600.0),
        (1795593600.25, 1795593600.25),
        ("1795593600.25", 1795593600.25),
        ("2026-11-25T08:00:00Z", 1795593600.0),
        ("2026-11-25t08:00:00.5z", 1795593600.5),
        ("2026-11-25 15:00:00+07:00", 1795593600.0),
        ("2026-11-25T03:30:00.123456789-04:30", 1795593600.123456),
    ],
)
def test_what_is_read(written: float | str, seconds: float) -> None:
    assert read_moment(written) == pytest.approx(seconds, abs=1e-6)


@pytest.mark.parametrize(
    "written",
    [
        *("", "soon", "2026-11-25", "2026-11-25T08:00:00", "2026-11-25T08:00Z", "2026-13-01T00:00:00Z"),
        *("2026-11-25T08:00:60Z", "2026-11-25T08:00:00+25:00", "20261125T080000Z", "1e9", "-5", "٢٠"),
        *("9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "1969-12-31T23:59:59Z"),
        *(0, -1, 1e12, 10**400, float("nan"), float("inf")),
    ],
)
def test_what_is_none_is_refused_without_being_shown(written: float | str) -> None:
    with pytest.raises(InvalidMoment) as refused:
        read_moment(written)
    assert str(refused.value) == "must be Unix seconds, or RFC 3339 such as 2026-11-25T08:00:00Z"


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(9998, 1, 1)),  # noqa: DTZ001 - the zone comes from the next line
    st.integers(-23 * 60, 23 * 60),
)
def test_every_date_with_an_offset_is_read(moment: datetime, minutes: int) -> None:
    aware = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    assert read_moment(aware.isoformat()) == aware.timestamp()
    assert utc(aware.timestamp()).startswith(aware.astimezone(UTC).strftime("%Y-%m-%d %H:%M"))


def test_a_sentence_shows_seconds_only_where_there_are_some() -> None:
    assert utc(1795593600.2) == "2026-11-25 08:00 UTC"
    assert utc(1795593599.6) == "2026-11-25 08:00 UTC"
    assert utc(1795593607) == "2026-11-25 08:00:07 UTC"
