"""Where a text is cut, and what it costs."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from otppi.pdu import gsm7, ucs2
from otppi.pdu.dcs import Alphabet
from otppi.pdu.errors import PduError
from otppi.pdu.split import Segment, count_segments, split

any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)
gsm_text = st.text(st.sampled_from("aZ0 @{}€[\n"), max_size=700)
emoji_text = st.text(st.sampled_from("aé中😀👍"), max_size=300)


@pytest.mark.parametrize(
    ("text", "alphabet", "count"),
    [
        ("", Alphabet.GSM7, 1),
        ("a" * 160, Alphabet.GSM7, 1),
        ("a" * 161, Alphabet.GSM7, 2),
        ("a" * 306, Alphabet.GSM7, 2),
        ("a" * 307, Alphabet.GSM7, 3),
        ("€" * 80, Alphabet.GSM7, 1),
        ("€" * 81, Alphabet.GSM7, 2),
        ("€" * 152, Alphabet.GSM7, 2),
        ("€" * 153, Alphabet.GSM7, 3),  # 306 septets, but only 76 pairs fit in 153
        ("中" * 70, Alphabet.UCS2, 1),
        ("中" * 71, Alphabet.UCS2, 2),
        ("中" * 134, Alphabet.UCS2, 2),
        ("中" * 135, Alphabet.UCS2, 3),
        ("😀" * 35, Alphabet.UCS2, 1),
        ("😀" * 36, Alphabet.UCS2, 2),
        ("😀" * 66, Alphabet.UCS2, 2),
        ("😀" * 67, Alphabet.UCS2, 3),  # 134 units, but only 33 pairs fit in 67
        ("a" * 69 + "中", Alphabet.UCS2, 1),
        ("a" * 70 + "中", Alphabet.UCS2, 2),
    ],
)
def test_limits(text: str, alphabet: Alphabet, count: int) -> None:
    parts = split(text)
    assert (parts.alphabet, len(parts.segments)) == (alphabet, count)
    assert count_segments(text) == count


def test_an_escape_moves_whole_to_the_next_segment() -> None:
    first, second = split("a" * 152 + "€" + "b" * 20).segments
    assert (first.text, second.text) == ("a" * 152, "€" + "b" * 20)


def test_a_surrogate_pair_moves_whole_to_the_next_segment() -> None:
    first, second = split("中" * 66 + "😀" + "b" * 20).segments
    assert (first.text, second.text) == ("中" * 66, "😀" + "b" * 20)


@given(st.one_of(any_text, gsm_text, emoji_text))
@example("a" * 152 + "€" + "a" * 152 + "€")
def test_segments_are_whole_and_within_their_limits(text: str) -> None:
    parts = split(text)
    assert "".join(segment.text for segment in parts.segments) == text
    assert count_segments(text) == len(parts.segments)
    sizes = [len(segment.payload) for segment in parts.segments]
    alone, part = (160, 153) if parts.alphabet is Alphabet.GSM7 else (140, 134)
    assert max(sizes) <= (alone if len(sizes) == 1 else part)
    assert all(0 <= part - size <= 2 for size in sizes[:-1])
    assert parts.alphabet is (Alphabet.GSM7 if gsm7.is_gsm7(text) else Alphabet.UCS2)


@pytest.mark.parametrize("text", ["\ud83d", "a" * 500 + "\ude00"])
def test_half_a_pair_is_refused(text: str) -> None:
    for function in (split, count_segments):
        with pytest.raises(PduError, match="surrogate"):
            function(text)


def test_no_repr_shows_a_text() -> None:
    shown = repr(split("123456 is your code"))
    assert "123456" not in shown
    assert "payload" not in shown


def test_a_segment_of_data_has_no_text() -> None:
    assert Segment(Alphabet.DATA, b"abc").text == ""
    assert Segment(Alphabet.UCS2, ucs2.encode("é")).text == "é"
