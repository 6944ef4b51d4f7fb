"""The national tables against tables that are not ours: gsmcodecs, made from 3GPP TS 23.038 release 18.

Where both differ, the reason stands here; Android's and Mozilla's tables read as ours in each of these places.
"""

from __future__ import annotations

import pytest
from gsmcodecs.charmaps import GSMCHARMAPS
from hypothesis import given, settings
from hypothesis import strategies as st

from otppi.pdu import gsm7
from otppi.pdu.dcs import Alphabet
from otppi.pdu.national import LOCKING_SHIFT, SINGLE_SHIFT, tables_of
from otppi.pdu.udh import Element, Header
from otppi.pdu.userdata import read_text

LANGUAGES = range(1, 14)
KANNADA, TELUGU = 7, 12
OTHER_LOCKING = {(language, 0x2C): "," for language in range(4, 14)} | {(KANNADA, 0x24): "\u0ca1"}
"""A comma, which they have as an apostrophe; a slip of the printed table, which has U+0CAA twice."""
OTHER_SINGLE = {(TELUGU, 0x65): "€"}
"""Which they leave out in this one table."""


def header(language: int) -> Header:
    return Header((Element(LOCKING_SHIFT, bytes([language])), Element(SINGLE_SHIFT, bytes([language]))))


def theirs(language: int, kind: str) -> dict[int, str]:
    codes: dict[int, int] = GSMCHARMAPS[language].get(kind, GSMCHARMAPS[0][kind])["decode"]
    return {code: chr(point) for code, point in codes.items() if code != gsm7.ESCAPE}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_the_locking_table(language: int) -> None:
    expected = theirs(language, "locking")
    table = tables_of(header(language)).locking
    assert len(table) == 128
    for code in set(range(128)) - {gsm7.ESCAPE}:
        assert table[code] == OTHER_LOCKING.get((language, code), expected.get(code, " ")), hex(code)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_the_single_shift_table(language: int) -> None:
    expected = theirs(language, "singleShift")
    table = tables_of(header(language)).single
    for code in range(128):
        assert table.get(code) == OTHER_SINGLE.get((language, code), expected.get(code)), hex(code)


def test_each_difference_is_one() -> None:
    for (language, code), char in OTHER_LOCKING.items():
        assert theirs(language, "locking").get(code) != char
    for (language, code), char in OTHER_SINGLE.items():
        assert theirs(language, "singleShift").get(code) != char


@given(st.integers(1, 13), st.lists(st.integers(0, 127), max_size=150).map(bytes))
@settings(max_examples=300)
def test_any_septets_read_under_any_tables(language: int, codes: bytes) -> None:
    text = read_text(Alphabet.GSM7, codes, header(language))
    assert text is not None
    assert len(text) >= len(codes) // 2


def test_a_greeting_in_hindi() -> None:
    text = read_text(Alphabet.GSM7, b"\x2f\x42\x4c\x5f\x27\x59\x1b\x19", header(6))
    assert text == "\u0928\u092e\u0938\u094d\u0924\u0947\u0964"
