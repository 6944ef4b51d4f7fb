"""Unsolicited lines told by their shape."""

from __future__ import annotations

import pytest

from otppi.at.urc import KNOWN, Urc, recognise, report_tpdu


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("^RSSI:17", "^RSSI"),
        ("^BOOT:20075402,0,0,0,75", "^BOOT"),
        ("+CREG: 1", "+CREG"),
        ('+CREG: 5,"00C3","1A2B"', "+CREG"),
        ('+CREG: 1,"00C3","0001A2B3",7', "+CREG"),
        ("+CREG: 1,00C3,1A2B", "+CREG"),
        ("+CREG: 0,1", None),
        ('+CREG: 2,1,"00C3","1A2B"', None),
        ("+CEREG: 4", "+CEREG"),
        ("+CMT: ,24", "+CMT"),
        ('+CMT: "alpha",24', "+CMT"),
        ("+CDS: 25", "+CDS"),
        ('+CDS: 6,"+628120000"', None),
        ('+CMTI: "SM",3', "+CMTI"),
        ('+CUSD: 0,"text",15', "+CUSD"),
        ("RING", "RING"),
        ("RINGING", None),
        ("Call Ready", "Call Ready"),
        ("NO CARRIER", "NO CARRIER"),
        ("+UUSORD: 0,4", "+UU"),
        ("+CSQ: 20,99", "+CSQ"),
        ("+CMGS: 5", None),
        ("OK", None),
        ("356938035643809", None),
    ],
)
def test_shapes(line: str, name: str | None) -> None:
    found = recognise(line, KNOWN)
    assert (found.name if found is not None else None) == name


@pytest.mark.parametrize("line", ["RDY", "^SYSSTART"])
def test_a_restart_is_marked(line: str) -> None:
    found = recognise(line, KNOWN)
    assert found is not None
    assert found.reboot


REPORT = "0006010B912618000000F0"


@pytest.mark.parametrize(
    ("line", "pdu", "tpdu"),
    [
        ("+CDS: 10", REPORT, REPORT[2:]),
        ("+CDS: 11", "07912618010000F1" + REPORT, REPORT),
        ("+CDS:11", "07912618010000f1" + REPORT.lower(), REPORT),
        ("+CDS: 11", REPORT, REPORT),
        ("+CDS: 9", REPORT, None),
        ("+CDS: 200", "FF", None),
        ("+CDS: 3", "", None),
    ],
)
def test_a_report_loses_its_smsc_octets_and_must_have_the_length_it_says(line: str, pdu: str, tpdu: str | None) -> None:
    assert report_tpdu(Urc("+CDS", line, pdu)) == tpdu
