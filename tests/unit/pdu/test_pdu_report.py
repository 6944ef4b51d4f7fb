"""SMS-STATUS-REPORT, both ways, and what a status means."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pdu_messages import reports

from otppi.pdu.address import Address
from otppi.pdu.dcs import Alphabet, DataCoding
from otppi.pdu.decode import decode
from otppi.pdu.errors import PduError
from otppi.pdu.parameters import NO_PARAMETERS, Parameters
from otppi.pdu.report import Outcome, StatusReport, classify, encode_report
from otppi.pdu.smsc import with_smsc
from otppi.pdu.udh import Element, Header
from otppi.pdu.userdata import UserData

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=7)))


@given(reports)
def test_every_field_comes_back(report: StatusReport) -> None:
    pdu = with_smsc(encode_report(report), report.smsc)
    assert decode(pdu, direction="from_network") == report


def test_octet_by_octet() -> None:
    report = StatusReport(7, Address("6281200001234"), MOMENT, MOMENT + timedelta(seconds=1), 0x46)
    expected = "06" + "07" + "0D91261802001032F4" + "62102030405082" + "62102030406082" + "46"
    assert encode_report(report) == expected


def test_optional_fields_are_read_by_their_indicator() -> None:
    tpdu = encode_report(StatusReport(7, Address("6281200001234"), MOMENT, MOMENT, 0))
    data = UserData(Alphabet.UCS2, "中".encode("utf-16-be"), Header((Element(0x70, b"x"),)))
    fields = Parameters(0x40, DataCoding(0x08), data)
    whole = f"{int(tpdu[:2], 16) | 0x40:02X}{tpdu[2:]}" + "07" + "40" + "08" + "06" + "03700178" + "4E2D"
    assert decode(whole, has_smsc=False) == StatusReport(
        7, Address("6281200001234"), MOMENT, MOMENT, 0, parameters=fields
    )


@given(st.binary(max_size=12))
def test_noise_after_the_status_loses_no_report(noise: bytes) -> None:
    tpdu = encode_report(StatusReport(7, Address("6281200001234"), MOMENT, MOMENT, 0))
    report = decode(tpdu + noise.hex(), has_smsc=False)
    assert isinstance(report, StatusReport)
    assert (report.reference, report.status) == (7, 0)


@pytest.mark.parametrize("noise", ["FF0000", "00", "000000", "0102", "07", "0104"])
def test_what_makes_no_sense_is_as_if_it_were_not_there(noise: str) -> None:
    tpdu = encode_report(StatusReport(7, Address("6281200001234"), MOMENT, MOMENT, 0))
    report = decode(tpdu + noise, has_smsc=False)
    assert isinstance(report, StatusReport)
    assert report.parameters == (NO_PARAMETERS if noise not in ("0102", "0104") else Parameters(int(noise[2:], 16)))


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
