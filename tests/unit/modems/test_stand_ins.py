"""Invented identities: alike for alike, as long as the real ones, and valid."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otppi.modems.stand_ins import Secrecy, StandIns, is_luhn, luhn

digits = st.text("0123456789", min_size=6, max_size=24)


@given(digits, st.booleans())
def test_a_stand_in_is_as_long_as_the_original_and_another(original: str, number: bool) -> None:
    stand_in = StandIns().digits(original, number=number)
    assert len(stand_in) == len(original)
    assert stand_in.isdigit()
    assert stand_in != original


@given(st.lists(digits, max_size=20), st.booleans())
def test_alike_stands_for_alike(originals: list[str], number: bool) -> None:
    stand_ins = StandIns()
    first = [stand_ins.digits(each, number=number) for each in originals]
    assert [stand_ins.digits(each, number=number) for each in originals] == first


@given(st.sampled_from(["86", "35", "01"]), st.text("0123456789", min_size=12, max_size=12))
def test_an_imei_stays_one(head: str, rest: str) -> None:
    body = head + rest
    stand_in = StandIns().digits(body + luhn(body))
    assert stand_in.startswith("00440245")
    assert is_luhn(stand_in)


@pytest.mark.parametrize(("length", "start"), [(14, "00440245"), (16, "00440245"), (17, "00440245")])
def test_an_imei_of_another_length_that_was_learned(length: int, start: str) -> None:
    stand_ins = StandIns()
    original = "8" * length
    stand_ins.learn(original, Secrecy.IMEI)
    assert stand_ins.knows(original)
    stand_in = stand_ins.digits(original)
    assert (len(stand_in), stand_in[:8]) == (length, start)


def test_an_imsi_is_of_the_test_network() -> None:
    stand_ins = StandIns()
    stand_ins.learn("510100123456789", Secrecy.IMSI)
    assert stand_ins.digits("510100123456789") == "001010000000001"


@pytest.mark.parametrize("length", [18, 19, 20])
def test_an_iccid_keeps_its_check_digit(length: int) -> None:
    stand_in = StandIns().digits("89" + "6" * (length - 2))
    assert (len(stand_in), stand_in[:2]) == (length, "89")
    assert is_luhn(stand_in)


def test_a_number_is_the_same_with_and_without_its_country() -> None:
    stand_ins = StandIns()
    international = stand_ins.digits("6285700112233", number=True)
    national = stand_ins.digits("085700112233", number=True)
    other = stand_ins.digits("6285700112234", number=True)
    assert (international, national, other) == ("6281200000001", "081200000001", "6281200000002")
    assert stand_ins.counts == {"number": 2}


def test_what_looks_invented_is_replaced_all_the_same() -> None:
    stand_ins = StandIns()
    stand_ins.learn("001010000000001", Secrecy.IMSI)
    assert stand_ins.digits("001010000000001") == "001010000000501"


def test_a_cell_stays_hexadecimal() -> None:
    stand_ins = StandIns()
    assert [stand_ins.cell(token) for token in ("00C3", "01A2B3C4", "00C3")] == ["0001", "00000002", "0001"]
    assert stand_ins.counts == {"cell": 2}


@pytest.mark.parametrize(("body", "check"), [("49015420323751", "8"), ("7992739871", "3")])
def test_check_digits_as_published(body: str, check: str) -> None:
    assert luhn(body) == check
    assert is_luhn(body + check)
    assert not is_luhn(body + str((int(check) + 1) % 10))
