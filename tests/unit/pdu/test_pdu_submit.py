"""SMS-SUBMIT: from a text to what goes on the air, and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pdu_messages import submits

from otppi.pdu import assembly
from otppi.pdu.address import Address, Ton
from otppi.pdu.decode import decode
from otppi.pdu.errors import PduError
from otppi.pdu.split import count_segments, split
from otppi.pdu.submit import Submit, encode_message, encode_submit, encode_submits, tpdu_length, with_smsc
from otppi.pdu.udh import Concat
from otppi.pdu.validity import Format

NUMBER = "6281200001234"


def read(tpdu: str) -> Submit:
    message = decode(tpdu, has_smsc=False, direction="to_network")
    assert isinstance(message, Submit)
    return message


def tpdus_of(text: str, number: str = NUMBER) -> tuple[str, ...]:
    return encode_submits(number, text, concat_reference=7, validity_seconds=300, report=True)


texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
    st.text("aZ0@{}€[\nΩ", max_size=500),
    st.text("aé中😀👍", max_size=250),
)


@given(texts, st.integers(0, 255))
def test_any_text_comes_back(text: str, reference: int) -> None:
    tpdus = encode_submits(NUMBER, text, concat_reference=reference, validity_seconds=None, report=False)
    messages = [read(tpdu) for tpdu in tpdus]
    assert assembly.join(message.user_data for message in messages) == text
    assert len(tpdus) == count_segments(text)
    places = [message.concat for message in messages]
    total = len(tpdus)
    assert places == ([None] if total == 1 else [Concat(reference, total, part) for part in range(1, total + 1)])


def test_a_plain_code_octet_by_octet() -> None:
    (tpdu,) = tpdus_of("hellohello")
    # 31: submit, relative validity, report; 00: reference; recipient; 00 00: protocol, coding; 00: 5 minutes
    assert tpdu == "31" + "00" + "0D91261802001032F4" + "0000" + "00" + "0A" + "E8329BFD4697D9EC37"
    assert tpdu_length(tpdu) == len(tpdu) // 2 == 24


def test_the_short_way_sets_what_it_was_told() -> None:
    message = read(tpdus_of("hi")[0])
    assert str(message.recipient) == "+" + NUMBER
    assert (message.report, message.validity.seconds, message.reference) == (True, 300, 0)
    quiet = read(encode_submits(NUMBER, "hi", concat_reference=0, validity_seconds=None, report=False)[0])
    assert (quiet.report, quiet.validity.form) == (False, Format.NONE)


@pytest.mark.parametrize(("seconds", "covered"), [(1, 300), (301, 600), (60 * 60 * 24 * 700, 63 * 7 * 86400)])
def test_validity_is_rounded_up_to_the_step(seconds: int, covered: int) -> None:
    (tpdu,) = encode_submits(NUMBER, "hi", concat_reference=0, validity_seconds=seconds, report=False)
    assert read(tpdu).validity.seconds == covered


@pytest.mark.parametrize(
    ("number", "ton"), [("98108", Ton.UNKNOWN), ("123456", Ton.UNKNOWN), ("1234567", Ton.INTERNATIONAL)]
)
def test_short_codes_have_no_type(number: str, ton: Ton) -> None:
    assert read(tpdus_of("hi", number)[0]).recipient == Address(number, ton)


def test_flash_and_reject_duplicates() -> None:
    for text in ("hi", "héŷ"):
        segment = split(text).segments[0]
        message = read(encode_submit(NUMBER, segment, flash=True, reject_duplicates=True, reference=0xA5))
        assert (message.coding.message_class, message.text) == (0, text)
        assert (message.reject_duplicates, message.reference) == (True, 0xA5)
        assert read(encode_submit(NUMBER, segment)).coding.message_class is None


def test_a_wide_reference_keeps_the_first_character() -> None:
    segment = split("x" * 152).segments[0]
    message = read(encode_submit(NUMBER, segment, concat=Concat(0x1234, 2, 1, wide=True)))
    assert message.text == "x" * 152
    assert message.concat == Concat(0x1234, 2, 1, wide=True)


def test_an_address_may_be_given_whole() -> None:
    recipient = Address("0812", Ton.NATIONAL)
    assert read(encode_submit(recipient, split("").segments[0])).recipient == recipient


@given(submits)
def test_every_field_comes_back(message: Submit) -> None:
    assert decode(with_smsc(encode_message(message), message.smsc), direction="to_network") == message


@pytest.mark.parametrize(
    ("number", "text", "reference", "seconds"),
    [
        ("", "hi", 0, None),
        ("bank", "hi", 0, None),
        ("1" * 21, "hi", 0, None),
        (NUMBER, "\ud83d", 0, None),
        (NUMBER, "a" * 153 * 256, 0, None),
        (NUMBER, "a" * 161, 256, None),
        (NUMBER, "hi", 0, 0),
    ],
    ids=["no number", "a name", "21 digits", "half a pair", "256 segments", "reference", "no life"],
)
def test_what_cannot_be_sent_is_refused(number: str, text: str, reference: int, seconds: int | None) -> None:
    with pytest.raises(PduError):
        encode_submits(number, text, concat_reference=reference, validity_seconds=seconds, report=False)


def test_a_reference_is_one_octet() -> None:
    with pytest.raises(PduError, match="0 to 255"):
        encode_submit(NUMBER, split("hi").segments[0], reference=256)


def test_a_part_too_long_for_its_header_is_refused() -> None:
    with pytest.raises(PduError, match="does not fit"):
        encode_submit(NUMBER, split("a" * 160).segments[0], concat=Concat(1, 2, 1))


@pytest.mark.parametrize(
    ("smsc", "front"),
    [
        (None, "00"),
        ("+6281100000", "06912618010000"),
        ("6281100000", "06912618010000"),
        (Address("0811", Ton.NATIONAL), "03A18011"),
    ],
)
def test_the_smsc_goes_in_front(smsc: str | Address | None, front: str) -> None:
    (tpdu,) = tpdus_of("hi")
    assert with_smsc(tpdu, smsc) == front + tpdu
    centre = decode(with_smsc(tpdu, smsc)).smsc
    assert (centre is None) == (smsc is None)


@pytest.mark.parametrize("smsc", ["", "+", "bank", "1" * 21])
def test_an_smsc_is_made_of_digits(smsc: str) -> None:
    with pytest.raises(PduError):
        with_smsc(tpdus_of("hi")[0], smsc)


def test_no_repr_shows_a_text() -> None:
    shown = repr(read(tpdus_of("code 123456")[0]))
    assert "123456" not in shown
    assert "payload" not in shown
