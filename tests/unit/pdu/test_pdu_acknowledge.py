"""The answers to a message: what the centre says to us, and we to the centre."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pdu_messages import moments, parameters

from otppi.pdu.acknowledge import (
    DeliverReport,
    SubmitReport,
    decode_deliver_report,
    decode_submit_report,
    encode_deliver_report,
    encode_submit_report,
)
from otppi.pdu.errors import PduError
from otppi.pdu.parameters import Parameters

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=7)))
causes = st.one_of(st.none(), st.integers(0x80, 0xFF))


@given(st.builds(SubmitReport, moments, causes, parameters))
def test_a_submit_report_comes_back(report: SubmitReport) -> None:
    assert decode_submit_report(encode_submit_report(report), refused=report.cause is not None) == report


@given(st.builds(DeliverReport, causes, parameters))
def test_a_deliver_report_comes_back(report: DeliverReport) -> None:
    assert decode_deliver_report(encode_deliver_report(report), refused=report.cause is not None) == report


def test_octet_by_octet() -> None:
    assert encode_submit_report(SubmitReport(MOMENT)) == "01" + "00" + "62102030405082"
    assert encode_submit_report(SubmitReport(MOMENT, 0xC5)) == "01" + "C5" + "00" + "62102030405082"
    assert encode_submit_report(SubmitReport(MOMENT, None, Parameters(1))) == "01" + "01" + "62102030405082" + "01"
    assert encode_deliver_report(DeliverReport()) == "0000"
    assert encode_deliver_report(DeliverReport(0xD3)) == "00D300"


def test_an_unreadable_time_does_not_lose_the_answer() -> None:
    assert decode_submit_report("0100" + "FF" * 7, refused=False) == SubmitReport(None)


@pytest.mark.parametrize("report", [SubmitReport(None), SubmitReport(MOMENT, 0x7F), SubmitReport(MOMENT, 256)])
def test_what_does_not_fit_is_refused(report: SubmitReport) -> None:
    with pytest.raises(PduError):
        encode_submit_report(report)
    if report.cause is not None:
        with pytest.raises(PduError, match="failure cause"):
            encode_deliver_report(DeliverReport(report.cause))


@pytest.mark.parametrize("text", ["", "01", "0100", "0200" + "62102030405082", "0100" + "621020304050"])
def test_an_invalid_submit_report_is_refused(text: str) -> None:
    for refused in (True, False):
        with pytest.raises(PduError):
            decode_submit_report(text, refused=refused)


def test_a_cause_below_the_range_is_refused() -> None:
    with pytest.raises(PduError, match="reserved"):
        decode_deliver_report("007F00", refused=True)


@given(st.binary(max_size=40), st.booleans())
@settings(max_examples=500)
def test_any_octets_are_an_answer_or_refused(octets: bytes, refused: bool) -> None:
    with suppress(PduError):
        decode_submit_report(octets.hex(), refused=refused)
    with suppress(PduError):
        decode_deliver_report(octets.hex(), refused=refused)
