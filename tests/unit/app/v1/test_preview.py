"""What a text becomes on the air, told before it is sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otppi.app.v1.preview import TOLD_CHARACTERS, preview
from otppi.domain.replies import Refusal
from otppi.domain.secret import Secret
from otppi.pdu.submit import encode_submits


@pytest.mark.parametrize(
    ("text", "encoding", "segments", "used", "left", "parts"),
    [
        ("Halo", "gsm7", 1, 4, 156, (4,)),
        ("€" * 80, "gsm7", 1, 160, 0, (80,)),
        ("€" * 81, "gsm7", 2, 10, 143, (76, 5)),
        ("a" * 161, "gsm7", 2, 8, 145, (153, 8)),
        ("ж" * 70, "ucs2", 1, 70, 0, (70,)),
        ("ж" * 71, "ucs2", 2, 4, 63, (67, 4)),
        ("😀" * 34 + "ж" * 3, "ucs2", 2, 5, 62, (33, 4)),
    ],
)
def test_how_a_text_is_cut(
    text: str, encoding: str, segments: int, used: int, left: int, parts: tuple[int, ...]
) -> None:
    shown = preview(Secret(text), 10)
    assert (shown.encoding, shown.segments, shown.units_used, shown.units_left) == (encoding, segments, used, left)
    assert (shown.parts, shown.characters, shown.fits) == (parts, len(text), True)


def test_what_forces_ucs2_is_told_once_each_and_not_without_end() -> None:
    assert preview(Secret("It\u2019s \u201chere\u201d it\u2019s €"), 10).forcing == ("\u2019", "\u201c", "\u201d")
    assert preview(Secret("It's here"), 10).forcing == ()
    many = "".join(chr(0x4E00 + n) for n in range(300))
    assert preview(Secret(many), 10).forcing == tuple(many[:TOLD_CHARACTERS])


def test_a_text_is_looked_at_as_it_would_be_sent() -> None:
    assert preview(Secret("  Halo \n"), 10).characters == 4
    assert not preview(Secret("a" * 161), 1).fits
    for text in ("", " \n", "a\x07b"):
        with pytest.raises(Refusal):
            preview(Secret(text), 10)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=400).filter(str.strip))
def test_a_preview_agrees_with_what_is_sent(text: str) -> None:
    shown = preview(Secret(text), 255)
    sent = encode_submits("6281200001234", text.strip(" \r\n"), concat_reference=1, validity_seconds=60, report=False)
    assert (shown.segments, sum(shown.parts)) == (len(sent), shown.characters)
    assert bool(shown.forcing) == (shown.encoding == "ucs2")
    assert 0 <= shown.units_left < 160
