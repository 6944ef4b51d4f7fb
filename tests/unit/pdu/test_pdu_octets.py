"""Reading hex."""

from __future__ import annotations

import pytest

from otppi.pdu.errors import PduError
from otppi.pdu.octets import read_hex


def test_case_and_white_space_do_not_matter() -> None:
    assert read_hex(" 0a\r\nF F\t1 1\n").octets == b"\x0a\xff\x11"


def test_half_an_octet_is_noticed() -> None:
    reader = read_hex("0A1")
    assert (reader.octets, reader.cut) == (b"\x0a", True)
    assert not read_hex("0A").cut


@pytest.mark.parametrize("text", ["", " \n", "0x0A", "ZZ", "0A-1B", "\u0660\u0661", "12\x003", "1G"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(PduError):
        read_hex(text)


def test_reading_past_the_end_names_the_field() -> None:
    reader = read_hex("0102")
    assert reader.octet("first") == 1
    assert reader.left == 1
    with pytest.raises(PduError, match="inside its colour"):
        reader.take(2, "colour")
    assert reader.take(1, "colour") == b"\x02"
