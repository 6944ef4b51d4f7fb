"""IMEI: check digit, what names nobody, and the software version that is no part of the name."""

from __future__ import annotations

import pytest

from otppi.domain.imei import body, check_digit, is_test, problem, tac


@pytest.mark.parametrize(
    ("fourteen", "digit"),
    # The first is the worked example that TS 23.003 and ISO/IEC 7812 readers use; the rest are of the test range.
    [("49015420323751", "8"), ("00440245000001", "7"), ("00440245000002", "5"), ("00440245000005", "8")],
)
def test_the_check_digit_is_that_of_the_standard(fourteen: str, digit: str) -> None:
    assert check_digit(fourteen) == digit
    assert problem(fourteen + digit) == ""
    for wrong in set("0123456789") - {digit}:
        assert problem(fourteen + wrong) == "has a wrong check digit"


def test_every_single_wrong_digit_and_nearly_every_swap_is_found() -> None:
    good = "490154203237518"
    for place in range(14):
        for digit in set("0123456789") - {good[place]}:
            assert problem(good[:place] + digit + good[place + 1 :]), "one digit is wrong"
    for place in range(13):
        one, two = good[place], good[place + 1]
        swapped = good[:place] + two + one + good[place + 2 :]
        assert bool(problem(swapped)) == (one != two and {one, two} != {"0", "9"})


def test_the_software_version_is_no_part_of_the_name_and_is_not_checked() -> None:
    assert body("4901542032375101") == body("490154203237518") == "49015420323751"
    assert tac("4901542032375101") == "49015420"
    assert problem("4901542032375199") == ""


@pytest.mark.parametrize("imei", ["000000000000000", "111111111111111", "000000000000001", "1111111111111101"])
def test_what_makers_leave_in_its_place_names_nobody(imei: str) -> None:
    assert body(imei) == tac(imei) == ""
    assert problem(imei) == "is a placeholder that names no modem"


@pytest.mark.parametrize("imei", ["", "49015420323751", "49015420323751800", "49015420323751x", "٤٩٠١٥٤٢٠٣٢٣٧٥١٨"])
def test_other_things_are_no_imei(imei: str) -> None:
    assert body(imei) == ""
    assert problem(imei) == "has not the 15 digits of an IMEI"


def test_numbers_of_test_equipment_are_known() -> None:
    assert is_test("004402450000017")
    assert not is_test("490154203237518")
    assert not is_test("000000000000000")
