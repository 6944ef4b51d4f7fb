"""The user data header."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otppi.pdu import udh
from otppi.pdu.errors import PduError
from otppi.pdu.udh import NO_HEADER, Concat, Element, Header

elements = st.builds(Element, st.integers(0, 255), st.binary(max_size=20))


@given(st.lists(elements, max_size=6).map(tuple).map(Header))
def test_elements_come_back_whatever_they_are(header: Header) -> None:
    octets = udh.encode(header)
    assert octets[:1] == (bytes([len(octets) - 1]) if header else b"")
    assert udh.decode(octets[1:]) == header


@pytest.mark.parametrize(
    ("concat", "octets"),
    [
        (Concat(0xA5, 3, 2), "050003A50302"),
        (Concat(0x1234, 255, 255, wide=True), "06080412 34FFFF"),
    ],
)
def test_concatenation_both_ways(concat: Concat, octets: str) -> None:
    header = udh.of_concat(concat)
    assert udh.encode(header) == bytes.fromhex(octets)
    assert udh.decode(bytes.fromhex(octets)[1:]).concat == concat


@pytest.mark.parametrize(
    "concat",
    [
        Concat(256, 2, 1),
        Concat(-1, 2, 1),
        Concat(0x10000, 2, 1, wide=True),
        Concat(1, 256, 1),
        Concat(1, 2, 0),
        Concat(1, 2, 3),
        Concat(1, 0, 0),
    ],
)
def test_figures_out_of_range_are_refused(concat: Concat) -> None:
    with pytest.raises(PduError, match="out of range"):
        udh.of_concat(concat)


@pytest.mark.parametrize("body", ["0003010200", "0003010001", "0003010203", "00020102", "080301 0201", "0804 01020304"])
def test_a_concatenation_without_sense_is_ignored_but_kept(body: str) -> None:
    header = udh.decode(bytes.fromhex(body))
    assert len(header.elements) == 1
    assert header.concat is None


def test_the_last_valid_concatenation_counts() -> None:
    body = "0003010201" + "0003070302" + "0003090100"
    assert udh.decode(bytes.fromhex(body)).concat == Concat(7, 3, 2)


@pytest.mark.parametrize("body", ["00", "0003", "00030102", "000301020100"])
def test_an_element_past_the_end_is_refused(body: str) -> None:
    with pytest.raises(PduError, match="past the end"):
        udh.decode(bytes.fromhex(body))


def test_a_header_longer_than_a_message_is_refused() -> None:
    with pytest.raises(PduError, match="does not fit"):
        udh.encode(Header((Element(0x70, b"x" * 138),)))


def test_no_elements_are_no_header() -> None:
    assert not NO_HEADER
    assert udh.encode(NO_HEADER) == b""
    assert NO_HEADER.concat is None
