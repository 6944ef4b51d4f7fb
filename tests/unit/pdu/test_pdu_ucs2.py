"""UTF-16BE and its surrogate pairs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otppi.pdu import ucs2
from otppi.pdu.errors import PduError


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_text_comes_back(text: str) -> None:
    assert ucs2.decode(ucs2.encode(text)) == text


def test_an_emoji_takes_two_units() -> None:
    assert ucs2.encode("a😀") == b"\x00a\xd8\x3d\xde\x00"


@pytest.mark.parametrize("text", ["\ud83d", "a\ude00b", "\ude00\ud83d"])
def test_half_a_pair_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(PduError, match="half of a surrogate pair") as refusal:
        ucs2.encode(text)
    assert refusal.value.__context__ is None


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"\xd8\x3d", "\ufffd"),
        (b"\xde\x00\x00a", "\ufffda"),
        (b"\xd8\x3d\x00a", "\ufffda"),
        (b"\x00a\x00", "a\ufffd"),
    ],
)
def test_broken_octets_read_as_the_replacement_character(octets: bytes, text: str) -> None:
    assert ucs2.decode(octets) == text
