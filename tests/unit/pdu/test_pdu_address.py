"""Address fields, both ways."""

from __future__ import annotations

import pytest
from hypothesis import given
from pdu_messages import addresses, smscs

from otppi.pdu import address
from otppi.pdu.address import Address, Ton
from otppi.pdu.errors import PduError
from otppi.pdu.octets import Reader


@given(addresses)
def test_an_address_comes_back(value: Address) -> None:
    reader = Reader(address.encode(value) + b"rest")
    assert address.decode(reader, "sender") == value
    assert reader.take(4, "rest") == b"rest"


@given(smscs)
def test_an_smsc_comes_back(value: Address | None) -> None:
    reader = Reader(address.encode_smsc(value) + b"!")
    assert address.decode_smsc(reader) == value
    assert reader.left == 1


@pytest.mark.parametrize(
    ("value", "octets"),
    [
        (Address("6281200001234"), "0D91261802001032F4"),
        (Address("98108", Ton.UNKNOWN), "05818901F8"),
        (Address("0812000012", Ton.NATIONAL), "0AA18021000021"),
        (Address.name("Telfort"), "0DD0D432DBFC96D301"),
        (Address("12", Ton.UNKNOWN, 8), "028821"),
    ],
)
def test_octets_as_the_standard_lays_them_out(value: Address, octets: str) -> None:
    assert address.encode(value) == bytes.fromhex(octets)


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("6281200001234", Address("6281200001234", Ton.INTERNATIONAL)),
        ("+6281200001234", Address("6281200001234", Ton.INTERNATIONAL)),
        ("123456", Address("123456", Ton.UNKNOWN)),
        ("1234567", Address("1234567", Ton.INTERNATIONAL)),
        ("+123456", Address("123456", Ton.INTERNATIONAL)),
    ],
)
def test_a_recipient_of_six_digits_is_a_short_code(number: str, value: Address) -> None:
    assert Address.of(number) == value


@pytest.mark.parametrize("number", ["", "+", "62 812", "0812-1", "bank", "*123#", "٣٣٣", "²"])
def test_a_recipient_is_made_of_ascii_digits(number: str) -> None:
    with pytest.raises(PduError, match="made of digits"):
        Address.of(number)


def test_only_international_numbers_show_a_plus() -> None:
    assert str(Address("6281200001234")) == "+6281200001234"
    assert str(Address("0812", Ton.NATIONAL)) == "0812"
    assert str(Address.name("Bank")) == "Bank"
    assert str(Address("")) == ""


@pytest.mark.parametrize("count", range(12))
def test_a_name_of_any_length_has_no_trailing_at_sign(count: int) -> None:
    name = "ABCDEFGHIJK"[:count]
    assert str(address.decode(Reader(address.encode(Address.name(name))), "sender")) == name


@pytest.mark.parametrize(
    "value",
    [Address("1" * 21), Address.name("ABCDEFGHIJKL"), Address("12x"), Address("12", Ton.UNKNOWN, 16)],
)
def test_what_does_not_fit_is_refused(value: Address) -> None:
    with pytest.raises(PduError):
        address.encode(value)


@pytest.mark.parametrize("digits", ["", "1" * 21, "12x"])
def test_an_smsc_that_does_not_fit_is_refused(digits: str) -> None:
    with pytest.raises(PduError):
        address.encode_smsc(Address(digits))


@pytest.mark.parametrize(
    "octets",
    ["", "0B", "0B91", "0B9126", "1591" + "11" * 11, "04911F32"],
    ids=["nothing", "length only", "no digits", "too few", "21 digits", "gap"],
)
def test_broken_addresses_are_refused(octets: str) -> None:
    with pytest.raises(PduError, match="sender"):
        address.decode(Reader(bytes.fromhex(octets)), "sender")


@pytest.mark.parametrize("octets", ["", "07", "0791", "0C91" + "11" * 11])
def test_broken_smscs_are_refused(octets: str) -> None:
    with pytest.raises(PduError, match="SMS centre"):
        address.decode_smsc(Reader(bytes.fromhex(octets)))


def test_a_filler_counted_as_a_digit_is_dropped() -> None:
    assert address.decode(Reader(bytes.fromhex("06911032F4")), "sender").digits == "01234"


def test_an_smsc_of_a_type_alone_is_none() -> None:
    assert address.decode_smsc(Reader(b"\x01\x91")) is None
