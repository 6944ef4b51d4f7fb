"""The GSM 7-bit alphabet and septet packing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smspdudecoder.codecs import GSM

from otppi.pdu import gsm7
from otppi.pdu.errors import PduError

EXTENSION = "\f^{}\\[~]|€"
ALPHABET = "".join(char for char in map(chr, range(0x2100)) if gsm7.is_gsm7(char))
texts = st.text(st.sampled_from(ALPHABET), max_size=160)


def test_the_alphabet_has_127_characters_and_ten_more() -> None:
    assert len(ALPHABET) == 137
    assert [char for char in ALPHABET if len(gsm7.encode(char)) == 2] == sorted(EXTENSION)


@pytest.mark.parametrize("char", list(ALPHABET))
def test_each_character_is_the_one_an_independent_codec_reads(char: str) -> None:
    if char != "\f":  # smspdudecoder has no form feed in its extension table
        assert GSM.decode(gsm7.pack(gsm7.encode(char)).hex()) == char
    assert gsm7.decode(gsm7.encode(char)) == char


@pytest.mark.parametrize("text", ["ç", "`", "á", "😀", "\x1b", "\x00", "\t", "hello ş"])
def test_what_is_not_in_the_alphabet_is_refused(text: str) -> None:
    assert not gsm7.is_gsm7(text)
    with pytest.raises(PduError) as refusal:
        gsm7.encode(text)
    assert refusal.value.__context__ is None
    assert text not in str(refusal.value)


def test_septets_count_an_extension_character_twice() -> None:
    assert gsm7.septets("") == 0
    assert gsm7.septets("a€b") == 4


@given(texts)
def test_septets_agree_with_the_encoding(text: str) -> None:
    assert gsm7.septets(text) == len(gsm7.encode(text))


@given(texts, st.integers(0, 6))
def test_packing_comes_back_at_every_offset(text: str, fill_bits: int) -> None:
    codes = gsm7.encode(text)
    octets = gsm7.pack(codes, fill_bits)
    assert len(octets) == (len(codes) * 7 + fill_bits + 7) // 8
    assert gsm7.decode(gsm7.unpack(octets, len(codes), fill_bits)) == text


def test_packing_as_the_standard_shows_it() -> None:
    assert gsm7.pack(gsm7.encode("hellohello")).hex().upper() == "E8329BFD4697D9EC37"


@given(texts, st.integers(0, 6))
def test_fill_bits_are_zero(text: str, fill_bits: int) -> None:
    octets = gsm7.pack(gsm7.encode(text), fill_bits)
    assert not octets or octets[0] & ((1 << fill_bits) - 1) == 0


def test_unpacking_more_than_there_is_is_refused() -> None:
    with pytest.raises(PduError, match="fewer septets"):
        gsm7.unpack(b"\x00", 2)
    with pytest.raises(PduError, match="fewer septets"):
        gsm7.unpack(b"\x00", 1, fill_bits=2)


@pytest.mark.parametrize(
    ("codes", "text"),
    [
        (b"\x1b\x41", "A"),  # no meaning of its own: as in the default table
        (b"\x1b\x1b", " "),  # reserved for another extension table: a space
        (b"a\x1b", "a "),
        (b"\x1b\x65", "€"),
    ],
)
def test_escapes_read_as_the_standard_asks(codes: bytes, text: str) -> None:
    assert gsm7.decode(codes) == text


def test_other_tables_can_be_read_with() -> None:
    tables = gsm7.Tables("x" * 128, {0x41: "ş"})
    assert gsm7.decode(b"\x41\x1b\x41\x1b\x42", tables) == "xşx"


@given(st.lists(st.integers(0, 127)).map(bytes))
def test_every_row_of_septets_reads(codes: bytes) -> None:
    assert len(gsm7.decode(codes)) <= len(codes)
