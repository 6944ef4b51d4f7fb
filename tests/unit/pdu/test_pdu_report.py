"""SMS-STATUS-REPORT, both ways, and what a status means."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otppi.pdu.address import Address
from otppi.pdu.decode import decode
from otppi.pdu.errors import PduError
from otppi.pdu.report import Outcome, StatusReport, classify, encode_report

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=7)))
moments = st.integers(0, 86399).map(lambda second: MOMENT + timedelta(seconds=second))


@given(
    st.builds(
        StatusReport,
        reference=st.integers(0, 255),
        recipient=st.builds(Address, st.text("0123456789", min_size=1, max_size=20)),
        timestamp=moments,
        discharge=moments,
        status=st.integers(0, 255),
        more=st.booleans(),
        of_command=st.booleans(),
        smsc=st.none(),
    )
)
def test_every_field_comes_back(report: StatusReport) -> None:
    assert decode(encode_report(report), has_smsc=False, direction="from_network") == report


def test_octet_by_octet() -> None:
    report = StatusReport(7, Address("6281200001234"), MOMENT, MOMENT + timedelta(seconds=1), 0x46)
    expected = "06" + "07" + "0D91261802001032F4" + "62102030405082" + "62102030406082" + "46"
    assert encode_report(report) == expected


def test_optional_fields_after_the_status_are_left_alone() -> None:
    tpdu = encode_report(StatusReport(7, Address("6281200001234"), MOMENT, MOMENT, 0))
    assert decode(tpdu + "FF0000", has_smsc=False) == decode(tpdu, has_smsc=False)


@pytest.mark.parametrize(
    ("first", "last", "outcome"),
    [
        (0x00, 0x02, Outcome.DELIVERED),
        (0x03, 0x1F, Outcome.UNKNOWN),
        (0x20, 0x3F, Outcome.TRYING),
        (0x40, 0x5F, Outcome.FAILED),
        (0x60, 0x7F, Outcome.GAVE_UP),
        (0x80, 0xFF, Outcome.UNKNOWN),
    ],
)
def test_what_a_status_means(first: int, last: int, outcome: Outcome) -> None:
    assert {classify(status) for status in range(first, last + 1)} == {outcome}
    assert StatusReport(0, Address("1"), None, None, first).outcome is outcome


@pytest.mark.parametrize(
    "report",
    [
        StatusReport(0, Address("1"), None, MOMENT, 0),
        StatusReport(0, Address("1"), MOMENT, None, 0),
        StatusReport(256, Address("1"), MOMENT, MOMENT, 0),
        StatusReport(0, Address("1"), MOMENT, MOMENT, 256),
    ],
)
def test_what_does_not_fit_is_refused(report: StatusReport) -> None:
    with pytest.raises(PduError):
        encode_report(report)
