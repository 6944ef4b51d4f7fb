"""The optional fields at the end of reports."""

from __future__ import annotations

import pytest
from hypothesis import given
from pdu_messages import parameters as any_parameters

from otppi.pdu import parameters
from otppi.pdu.dcs import Alphabet, DataCoding
from otppi.pdu.errors import PduError
from otppi.pdu.octets import Reader
from otppi.pdu.parameters import NO_PARAMETERS, Parameters
from otppi.pdu.userdata import UserData


@given(any_parameters)
def test_fields_come_back(fields: Parameters) -> None:
    reader = Reader(parameters.indicator_of(fields) + parameters.encode(fields))
    indicator = parameters.read_indicator(reader)
    assert parameters.decode(reader, indicator, has_header=fields.has_header) == fields
    assert reader.left == 0


def test_octet_by_octet() -> None:
    fields = Parameters(0x41, None, UserData(Alphabet.GSM7, b"hi"))
    assert (parameters.indicator_of(fields) + parameters.encode(fields)).hex() == "0541" + "02e834"
    assert (parameters.indicator_of(NO_PARAMETERS), parameters.encode(NO_PARAMETERS)) == (b"\0", b"")


def test_only_the_first_indicator_says_something_today() -> None:
    reader = Reader(bytes.fromhex("81FF7F" + "41"))
    assert parameters.read_indicator(reader) == 0x81
    assert parameters.decode(reader, 0x81, has_header=False) == Parameters(0x41)


def test_bits_without_a_meaning_say_nothing() -> None:
    assert parameters.decode(Reader(b""), 0x78, has_header=False) == NO_PARAMETERS


@pytest.mark.parametrize(("indicator", "rest"), [(1, ""), (3, "00"), (4, ""), (4, "05E8"), (7, "000004")])
def test_announced_octets_must_be_there(indicator: int, rest: str) -> None:
    with pytest.raises(PduError):
        parameters.decode(Reader(bytes.fromhex(rest)), indicator, has_header=False)


@pytest.mark.parametrize("octets", ["", "80", "FFFF"])
def test_an_indicator_must_end(octets: str) -> None:
    with pytest.raises(PduError, match="parameter indicator"):
        parameters.read_indicator(Reader(bytes.fromhex(octets)))


@pytest.mark.parametrize(
    "fields",
    [Parameters(256), Parameters(-1), Parameters(None, DataCoding(8), UserData(Alphabet.GSM7, b"hi"))],
    ids=["protocol", "negative", "alphabet"],
)
def test_what_does_not_fit_is_refused(fields: Parameters) -> None:
    with pytest.raises(PduError):
        parameters.encode(fields)


def test_nothing_there_is_falsy() -> None:
    assert not NO_PARAMETERS
    assert Parameters(0)
