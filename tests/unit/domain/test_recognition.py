"""One modem or two: IMEI before ICCID before IMSI, and nothing decided by what names nobody."""

from __future__ import annotations

import pytest

from otppi.domain.recognition import Face, copied, one_card

A, B = "004402450000017", "004402450000025"
CARD, OTHER_CARD = "8900101000000000017", "8900101000000000025"
IMSI, OTHER_IMSI = "001010000000001", "001010000000002"


def face(imei: str = "", iccid: str = "", imsi: str = "") -> Face:
    return Face.of(imei, iccid, imsi)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (face(A, CARD), face(A, OTHER_CARD), True),
        (face(A, CARD), face(B, CARD), False),
        (face(A), face("0044024500000199"), True),
        (face("", CARD, IMSI), face(A, CARD, OTHER_IMSI), True),
        (face("", CARD, IMSI), face("", OTHER_CARD, IMSI), False),
        (face("", "", IMSI), face(A, CARD, IMSI), True),
        (face("0" * 15, CARD), face("0" * 15, OTHER_CARD), False),
        (face("0" * 15, CARD), face("0" * 15, CARD), True),
        (face(A), face("", CARD), None),
        (face(), face(), None),
        (face("0" * 15), face("0" * 15), None),
    ],
)
def test_the_first_number_that_both_tell_decides(one: Face, other: Face, same: bool | None) -> None:
    assert (one.same(other), one.differs(other)) == (same is True, same is False)
    assert (other.same(one), other.differs(one)) == (same is True, same is False)


def test_an_imei_that_several_have_names_none_of_them() -> None:
    shared = copied([A, B, "0044024500000199", "", "0" * 15, "0" * 15])
    assert shared == {"00440245000001"}
    one, other = Face.of(A, CARD, "", copied=shared), Face.of(A, OTHER_CARD, "", copied=shared)
    assert one.differs(other)
    assert Face.of(B, "", "", copied=shared).known
    assert not Face.of(A, "", "", copied=shared).known


def test_a_card_is_known_with_and_without_its_check_digit_and_filler() -> None:
    assert one_card(CARD, CARD + "F")
    assert one_card(CARD, CARD[:-1])
    assert not one_card(CARD, OTHER_CARD)
    assert not one_card("89", CARD)


def test_no_number_is_in_its_repr() -> None:
    assert repr(face(A, CARD, IMSI)) == "Face()"
