"""Parts become a text again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otppi.pdu.assembly import join, missing
from otppi.pdu.dcs import Alphabet
from otppi.pdu.errors import PduError
from otppi.pdu.split import split
from otppi.pdu.udh import Concat, Element, Header, of_concat
from otppi.pdu.userdata import UserData


def part(number: int, payload: bytes, alphabet: Alphabet = Alphabet.GSM7, total: int = 2, ref: int = 1) -> UserData:
    return UserData(alphabet, payload, of_concat(Concat(ref, total, number)))


def parts_of(text: str) -> list[UserData]:
    segments = split(text).segments
    return [part(n, each.payload, each.alphabet, len(segments)) for n, each in enumerate(segments, 1)]


@given(st.text("a{€中😀", min_size=71, max_size=300), st.data())
def test_order_and_duplicates_do_not_matter(text: str, data: st.DataObject) -> None:
    parts = parts_of(text)
    shuffled = data.draw(st.permutations(parts + data.draw(st.lists(st.sampled_from(parts)))))
    assert missing(shuffled) == ()
    assert join(shuffled) == text


@given(st.integers(0, 4))
def test_a_pair_cut_by_the_sender_is_whole_again(cut: int) -> None:
    octets = "a😀".encode("utf-16-be")
    halves = octets[: cut * 2], octets[cut * 2 :]
    assert join([part(2, halves[1], Alphabet.UCS2), part(1, halves[0], Alphabet.UCS2)]) == "a😀"


def test_an_escape_cut_by_the_sender_is_whole_again() -> None:
    assert join([part(1, b"a\x1b"), part(2, b"\x65b")]) == "a€b"


def test_parts_may_use_different_languages() -> None:
    header = Header((Element(0, bytes([1, 2, 2])), Element(0x25, b"\x01")))
    assert join([part(1, b"\x40"), UserData(Alphabet.GSM7, b"\x40", header)]) == "¡İ"


def test_parts_may_use_different_alphabets() -> None:
    assert join([part(1, b"Hi "), part(2, "中".encode("utf-16-be"), Alphabet.UCS2)]) == "Hi 中"


def test_the_first_of_two_equal_parts_counts() -> None:
    assert join([part(1, b"a"), part(2, b"b"), part(1, b"c")]) == "ab"


def test_a_message_alone_is_complete() -> None:
    alone = UserData(Alphabet.GSM7, b"Hi")
    assert missing([alone]) == ()
    assert join([alone]) == "Hi"


def test_missing_parts_are_named_and_not_papered_over() -> None:
    parts = [part(3, b"c", total=4), part(1, b"a", total=4)]
    assert missing(parts) == (2, 4)
    with pytest.raises(PduError, match="missing"):
        join(parts)


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [part(1, b"a"), part(2, b"b", ref=2)],
        [part(1, b"a"), part(2, b"b", total=3)],
        [part(1, b"a"), UserData(Alphabet.GSM7, b"b")],
        [part(1, b"a"), UserData(Alphabet.GSM7, b"b", of_concat(Concat(1, 2, 2, wide=True)))],
    ],
    ids=["none", "reference", "total", "alone", "width"],
)
def test_parts_of_different_messages_are_refused(parts: list[UserData]) -> None:
    for function in (join, missing):
        with pytest.raises(PduError, match="one message"):
            function(parts)


def test_data_is_not_text() -> None:
    with pytest.raises(PduError, match="not text"):
        join([part(1, b"a", Alphabet.DATA), part(2, b"b", Alphabet.DATA)])
