"""User data: header, fill bits and payload together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otppi.pdu import userdata
from otppi.pdu.dcs import Alphabet, DataCoding
from otppi.pdu.errors import PduError
from otppi.pdu.octets import Reader
from otppi.pdu.udh import NO_HEADER, Element, Header
from otppi.pdu.userdata import UserData

headers = st.lists(st.builds(Element, st.integers(0, 255), st.binary(max_size=12)), max_size=3).map(tuple).map(Header)
payloads = st.one_of(
    st.tuples(st.just(Alphabet.GSM7), st.lists(st.integers(0, 127), max_size=112).map(bytes)),
    st.tuples(st.just(Alphabet.UCS2), st.binary(max_size=96)),
    st.tuples(st.just(Alphabet.DATA), st.binary(max_size=96)),
)


@given(headers, payloads)
def test_user_data_comes_back_behind_any_header(header: Header, payload: tuple[Alphabet, bytes]) -> None:
    data = UserData(payload[0], payload[1], header)
    coding = DataCoding.of(data.alphabet)
    reader = Reader(userdata.encode(data, coding))
    assert userdata.decode(reader, coding, bool(header)) == data
    assert reader.left == 0


@pytest.mark.parametrize(
    ("alphabet", "size"), [(Alphabet.GSM7, 160), (Alphabet.UCS2, 140), (Alphabet.DATA, 140)], ids=str
)
def test_a_message_holds_140_octets(alphabet: Alphabet, size: int) -> None:
    coding = DataCoding.of(alphabet)
    assert len(userdata.encode(UserData(alphabet, bytes(size)), coding)) == 141
    with pytest.raises(PduError, match="does not fit"):
        userdata.encode(UserData(alphabet, bytes(size + 1)), coding)


def test_a_header_takes_its_share() -> None:
    header = Header((Element(0, b"\x01\x02\x01"),))
    assert len(userdata.encode(UserData(Alphabet.GSM7, bytes(153), header), DataCoding())) == 141
    with pytest.raises(PduError, match="does not fit"):
        userdata.encode(UserData(Alphabet.GSM7, bytes(154), header), DataCoding())


def test_the_coding_must_name_the_alphabet() -> None:
    with pytest.raises(PduError, match="another alphabet"):
        userdata.encode(UserData(Alphabet.UCS2, b"\x00a"), DataCoding())


@pytest.mark.parametrize(
    ("coding", "length"), [(0x00, 161), (0x08, 141), (0x04, 141), (0x20, 141)], ids=["gsm7", "ucs2", "8bit", "packed"]
)
def test_a_length_beyond_a_message_is_refused(coding: int, length: int) -> None:
    with pytest.raises(PduError, match="longer than a message"):
        userdata.decode(Reader(bytes([length]) + bytes(200)), DataCoding(coding), has_header=False)


@pytest.mark.parametrize("octets", ["00", "0105", "020500", "0605000301"])
def test_a_header_beyond_its_data_is_refused(octets: str) -> None:
    with pytest.raises(PduError):
        userdata.decode(Reader(bytes.fromhex(octets)), DataCoding(0x04), has_header=True)


def test_a_gsm7_length_inside_the_header_reads_as_no_text() -> None:
    data = userdata.decode(Reader(bytes.fromhex("06050003010201")), DataCoding(), has_header=True)
    assert data.text == ""
    assert data.concat is not None


def test_missing_octets_are_refused() -> None:
    with pytest.raises(PduError, match="inside its user data"):
        userdata.decode(Reader(b"\x03ab"), DataCoding(0x04), has_header=False)


def test_half_a_last_octet_shortens_the_text_and_says_so() -> None:
    data = userdata.decode(Reader(b"\x03ab", cut=True), DataCoding(0x04), has_header=False)
    assert (data.payload, data.truncated) == (b"ab", True)
    text = userdata.decode(Reader(bytes.fromhex("0AE8329BFD4697D9EC"), cut=True), DataCoding(), has_header=False)
    assert (text.text, text.truncated) == ("hellohell", True)


def test_half_an_octet_after_the_text_changes_nothing() -> None:
    data = userdata.decode(Reader(b"\x02ab", cut=True), DataCoding(0x04), has_header=False)
    assert (data.payload, data.truncated) == (b"ab", False)


def test_half_an_octet_is_no_excuse_for_more_missing() -> None:
    with pytest.raises(PduError, match="inside its user data"):
        userdata.decode(Reader(b"\x04ab", cut=True), DataCoding(0x04), has_header=False)


def test_compressed_data_is_kept_but_not_read() -> None:
    data = userdata.decode(Reader(b"\x02ab"), DataCoding(0x20), has_header=False)
    assert (data.alphabet, data.payload, data.text) == (Alphabet.DATA, b"ab", None)


def test_no_repr_shows_a_text() -> None:
    shown = repr(UserData(Alphabet.DATA, b"123456"))
    assert "123456" not in shown
    assert UserData(Alphabet.DATA, b"").header is NO_HEADER
