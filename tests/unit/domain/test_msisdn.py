"""Numbers: one rule for receivers, prefixes and the block list (decisions 5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otppi.domain.msisdn import InvalidNumber, masked, normalise, normalise_prefix


@pytest.mark.feature("F070")
@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0812 0000 1234", "6281200001234"),
        ("+62 812-0000-1234", "6281200001234"),
        ("0062.812.0000.1234", "6281200001234"),
        ("(0812) [0000] 1234", "6281200001234"),
        ("6281200001234", "6281200001234"),
        ("81200001234", "6281200001234"),
        ("+4915100000000", "4915100000000"),
        ("004915100000000", "4915100000000"),
        ("6212345678", "6212345678"),  # the country code and exactly 8 more: international
        ("621234567", "62621234567"),  # only 7 more: national
        ("0812\u20110000\u20111234", "6281200001234"),
        ("+1234567", "1234567"),
        ("+123456789012345", "123456789012345"),
    ],
)
def test_a_number_is_read(written: str, number: str) -> None:
    assert normalise(written, "62") == number


@pytest.mark.parametrize(
    "written",
    ["", "+", "0", "+123456", "+1234567890123456", "0812x", "08+12", "++62812000012", "+0812000012", "0000812000012",
     "\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667", "0812/00001234", "0812,00001234", "a@b.example", "12"],
)  # fmt: skip
def test_what_is_no_number_is_refused_without_being_repeated(written: str) -> None:
    with pytest.raises(InvalidNumber) as refusal:
        normalise(written, "62")
    assert len(written) < 3 or written not in str(refusal.value)


def test_a_short_code_only_where_allowed() -> None:
    assert normalise("1234", "62", short_codes=True) == "1234"
    assert normalise("123456", "62", short_codes=True) == "123456"
    assert normalise("1234567", "62", short_codes=True) == "621234567"
    for written in ("12", "+1234", "0123"):
        with pytest.raises(InvalidNumber):
            normalise(written, "62", short_codes=True)
    with pytest.raises(InvalidNumber):
        normalise("1234", "62")


@given(st.from_regex(r"[1-9][0-9]{6,14}", fullmatch=True), st.sampled_from(["62", "1", "353"]))
def test_an_international_number_is_itself_whatever_the_country(number: str, country: str) -> None:
    assert normalise("+" + number, country) == number
    assert normalise("00" + number, country) == number


@given(st.from_regex(r"[1-9][0-9]{7,10}", fullmatch=True), st.sampled_from(["62", "44", "353"]))
def test_national_and_international_writing_are_one_number(rest: str, country: str) -> None:
    written = ("0" + rest, country + rest, f"+{country}{rest}")
    assert {normalise(text, country) for text in written} == {country + rest}


@given(st.text(max_size=24))
def test_any_text_gives_seven_to_fifteen_digits_or_a_refusal(text: str) -> None:
    try:
        number = normalise(text, "62")
    except InvalidNumber:
        return
    assert number.isascii()
    assert number.isdigit()
    assert 7 <= len(number) <= 15
    assert number[0] != "0"
    assert normalise("+" + number, "62") == number


@pytest.mark.feature("F018", "F070")
@pytest.mark.parametrize(
    ("written", "prefix"),
    [("0871", "62871"), ("62871", "62871"), ("+62871", "62871"), ("0062871", "62871"), ("871", "62871"), ("+44", "44")],
)
def test_a_prefix_is_stored_the_same_way(written: str, prefix: str) -> None:
    assert normalise_prefix(written, "62") == prefix


@pytest.mark.parametrize("written", ["", "x", "+", "+0", "1234567890123456"])
def test_what_is_no_prefix_is_refused(written: str) -> None:
    with pytest.raises(InvalidNumber):
        normalise_prefix(written, "62")


@pytest.mark.parametrize(("number", "shown"), [("6281200001234", "6281200001XXX"), ("123", "XXX"), ("", "XXX")])
def test_masking_hides_the_last_three(number: str, shown: str) -> None:
    assert masked(number) == shown
