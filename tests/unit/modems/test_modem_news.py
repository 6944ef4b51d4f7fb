"""Unsolicited lines of all families, as the shell understands them."""

from __future__ import annotations

import pytest

from otppi.at.answers import Registration
from otppi.at.profiles.generic import GENERIC
from otppi.at.urc import Urc
from otppi.modems.news import (
    Meaning,
    Moved,
    Reported,
    Restarted,
    SimTouched,
    StoreChanged,
    StoredReport,
    Strength,
    SwitchedOff,
    WrongVoltage,
    meanings,
)


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("RDY", (Restarted(),)),
        ("+WIND: 3", (Restarted(),)),
        ("^SYSSTART", (Restarted(),)),
        ("^BOOT:20075402,0,0,0,75", ()),
        ("POWERED DOWN", (SwitchedOff(),)),
        ("^SHUTDOWN", (SwitchedOff(),)),
        ("UNDER-VOLTAGE POWER DOWN", (WrongVoltage(), SwitchedOff())),
        ("OVER-VOLTAGE WARNNING", (WrongVoltage(),)),
        ("+CPIN: READY", (SimTouched(ready=True),)),
        ("+CPIN: SIM PIN", (SimTouched(ready=False),)),
        ("^SIMST:1", (SimTouched(ready=False),)),
        ("+QUSIM: 1", (SimTouched(ready=False),)),
        ("+QSIMSTAT: 1,0", (SimTouched(ready=False),)),
        ("+WIND: 0", (SimTouched(ready=False),)),
        ("+WIND: 4", ()),
        ("+SMS FULL", (StoreChanged(),)),
        ('+QIND: "smsfull","ME"', (StoreChanged(),)),
        ('^SMMEMFULL: "SM"', (StoreChanged(),)),
        ('+CIEV: "SMSFULL",1', (StoreChanged(),)),
        ("+CIEV: 2,1", ()),
        ('+CMTI: "SM",3', (StoreChanged(),)),
        ('+CDSI: "SR",5', (StoredReport("SR", 5),)),
        ("+CDSI: 5", ()),
        ("+CREG: 5", (Moved(Registration.ROAMING),)),
        ("+CEREG: 1", (Moved(Registration.HOME),)),
        ("+CSQ: 17,0", (Strength(17),)),
        ("+CSQ: 99,99", ()),
        ("RING", ()),
        ("SMS Ready", ()),
    ],
)
def test_what_a_line_means(line: str, meant: tuple[Meaning, ...]) -> None:
    found = GENERIC.recognise(line)
    assert found is not None
    assert meanings(Urc(found.name, line, tells=found.tells)) == meant


def test_a_report_is_told_even_where_it_came_broken() -> None:
    assert meanings(Urc("+CDS", "+CDS: 10", "0006010B912618000000F0")) == (Reported("06010B912618000000F0"),)
    assert meanings(Urc("+CDS", "+CDS: 11", "0006")) == (Reported(None),)
