"""Service centre time stamps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otppi.pdu import timestamp
from otppi.pdu.errors import PduError

zones = st.integers(-79, 79).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
seconds_of_the_century = st.integers(1, 100 * 365 * 86_400 - 1)
moments = st.builds(
    lambda seconds, zone: datetime(2000, 1, 1, tzinfo=zone) + timedelta(seconds=seconds), seconds_of_the_century, zones
)


@given(moments)
def test_a_time_comes_back_with_its_zone(moment: datetime) -> None:
    back = timestamp.decode(timestamp.encode(moment))
    assert back == moment
    assert back is not None
    assert back.utcoffset() == moment.utcoffset()


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("31308051206180", "2013-03-08T15:02:16+02:00"),
        ("1120821105050A", "2011-02-28T11:50:50-05:00"),
        ("70402132522423", "2007-04-12T23:25:42+08:00"),
        ("3130523210658A", "2013-03-25T23:01:56-07:00"),
        ("99211332959500", "2099-12-31T23:59:59+00:00"),
    ],
)
def test_octets_as_the_standard_lays_them_out(octets: str, text: str) -> None:
    moment = timestamp.decode(bytes.fromhex(octets))
    assert moment is not None
    assert moment.isoformat() == text
    assert timestamp.encode(moment).hex().upper() == octets


@pytest.mark.parametrize("octets", ["00000000000000", "31318051206180", "313080512061A0", "A1308051206180", "FF" * 7])
def test_what_is_no_time_reads_as_none(octets: str) -> None:
    assert timestamp.decode(bytes.fromhex(octets)) is None


@given(st.binary(min_size=7, max_size=7))
def test_every_seven_octets_read(octets: bytes) -> None:
    moment = timestamp.decode(octets)
    if moment is not None:
        assert timestamp.decode(timestamp.encode(moment)) == moment


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 1, 1),  # noqa: DTZ001 - a naive time is what must be refused
        datetime(1999, 12, 31, tzinfo=UTC),
        datetime(2100, 1, 1, tzinfo=UTC),
        datetime(2026, 1, 1, tzinfo=timezone(timedelta(minutes=7))),
        datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=20))),
    ],
)
def test_what_has_no_octets_is_refused(moment: datetime) -> None:
    with pytest.raises(PduError):
        timestamp.encode(moment)
