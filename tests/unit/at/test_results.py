"""Final results and their codes."""

from __future__ import annotations

import pytest

from otppi.at.results import ERROR, OK, Final, FinalKind, read_final


@pytest.mark.parametrize(
    ("line", "final"),
    [
        ("OK", OK),
        ("ERROR", ERROR),
        ("+CMS ERROR: 38", Final(FinalKind.CMS, 38, "network out of order")),
        ("+CMS ERROR:38", Final(FinalKind.CMS, 38, "network out of order")),
        ("+CMS ERROR: SIM not inserted", Final(FinalKind.CMS, 310, "SIM not inserted")),
        ("+CMS ERROR: 316", Final(FinalKind.CMS, 316, "SIM PUK required")),
        ("+CMS ERROR: 140", Final(FinalKind.CMS, 140, "reserved protocol identifier error")),
        ("+CMS ERROR: 400", Final(FinalKind.CMS, 400, "unknown error")),
        ("+CME ERROR: 99", Final(FinalKind.CME, 99, "unknown error")),
        ("+CMS ERROR: the cat sat", Final(FinalKind.CMS, None, "unknown error")),
        ("+CMS ERROR: 513", Final(FinalKind.CMS, 513, "vendor-specific error")),
        ("+CME ERROR: 14", Final(FinalKind.CME, 14, "SIM busy")),
        ("+CME ERROR: SIM BUSY", Final(FinalKind.CME, 14, "SIM busy")),
        ("COMMAND NOT SUPPORT", Final(FinalKind.ERROR, None, "command not supported")),
        ("NA", Final(FinalKind.ERROR, None, "not available")),
        ("TOO MANY PARAMETERS", Final(FinalKind.ERROR, None, "too many parameters")),
        ("MODEM ERROR: 7", ERROR),
        ("+EXT ERROR: 7", ERROR),
        ("OK then", None),
        ("NOT OK", None),
        ("ERRORS", None),
        ("ok", None),
        ("0", None),
        ("NO CARRIER", None),
        ("BUSY", None),
        ("", None),
    ],
)
def test_only_whole_lines_are_final(line: str, final: Final | None) -> None:
    assert read_final(line) == final


def test_the_modems_own_words_are_never_taken_over() -> None:
    final = read_final("+CMS ERROR: code 123456 to +62 812 0000 0001")
    assert final is not None
    assert final.words == "unknown error"


def test_numeric_results_count_only_before_atv1_and_call_results_only_when_dialled() -> None:
    assert (read_final("0", numeric=True), read_final("4", numeric=True)) == (OK, ERROR)
    assert read_final("NO CARRIER", dialled=True) == Final(FinalKind.CALL, None, "no carrier")
    assert read_final("CONNECT 115200", dialled=True) == OK
