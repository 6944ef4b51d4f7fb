"""Final results and their codes."""

from __future__ import annotations

from typing import Literal

import pytest

from otppi.at.codes import CME_WORDS, CMS_WORDS, ErrorClass, classify
from otppi.at.results import ERROR, OK, Final, FinalKind, read_final


@pytest.mark.parametrize(
    ("line", "final"),
    [
        ("OK", OK),
        ("ERROR", ERROR),
        ("+CMS ERROR: 38", Final(FinalKind.CMS, 38, "network out of order")),
        ("+CMS ERROR:38", Final(FinalKind.CMS, 38, "network out of order")),
        ("+CMS ERROR: SIM not inserted", Final(FinalKind.CMS, 310, "SIM not inserted")),
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


TABLE: list[tuple[Literal["cms", "cme"], ErrorClass, list[int]]] = [
    ("cms", ErrorClass.NUMBER, [1, 195, 196]),
    ("cms", ErrorClass.SIM, [8, 10, 28, 29, 30, 50, 69, 193, 310, 313, 315]),
    ("cms", ErrorClass.REJECTED, [21]),
    ("cms", ErrorClass.NETWORK_SLOW, [27, 38]),
    ("cms", ErrorClass.NETWORK, [17, 22, 41, 42, 47, 192, 194]),
    ("cms", ErrorClass.MESSAGE, [81, 95, 96, 97, 98, 99, 111, 127, 128, 143, 159, 198, 199, 304, 305]),
    ("cms", ErrorClass.ACCEPTED, [197]),
    ("cms", ErrorClass.STORAGE, [208, 209, 210, 211, 320, 321, 322]),
    ("cms", ErrorClass.MODEM, [213, 300, 303]),
    ("cms", ErrorClass.BUSY, [212, 301, 302, 314]),
    ("cms", ErrorClass.PIN, [311, 312, 316, 317, 318]),
    ("cms", ErrorClass.SMSC, [330]),
    ("cms", ErrorClass.NO_NETWORK, [331]),
    ("cms", ErrorClass.MAYBE_SENT, [332]),
    ("cms", ErrorClass.UNKNOWN, [340, 500, 512, 515, 532, 0, 7, 99999]),
    ("cme", ErrorClass.BUSY, [3, 14, 515]),
    ("cme", ErrorClass.MODEM, [4]),
    ("cme", ErrorClass.SIM, [10, 13, 15, 103, 106, 111]),
    ("cme", ErrorClass.PIN, [5, 11, 12, 16, 17, 18]),
    ("cme", ErrorClass.STORAGE, [20]),
    ("cme", ErrorClass.NO_NETWORK, [30, 32]),
    ("cme", ErrorClass.MAYBE_SENT, [31]),
    ("cme", ErrorClass.UNKNOWN, [100]),
]


@pytest.mark.parametrize(("kind", "error_class", "codes"), TABLE)
def test_each_code_has_its_class(kind: Literal["cms", "cme"], error_class: ErrorClass, codes: list[int]) -> None:
    assert {code: classify(kind, code) for code in codes} == dict.fromkeys(codes, error_class)


def test_a_bare_error_says_nothing() -> None:
    assert classify("error", None) is ErrorClass.UNKNOWN
    assert classify("cms", None) is ErrorClass.UNKNOWN


def test_every_code_with_words_has_them_once() -> None:
    for table in (CMS_WORDS, CME_WORDS):
        assert len(set(table.values())) == len(table)
