"""National language tables: what a message that names one reads as."""

from __future__ import annotations

import pytest

from otppi.pdu import gsm7
from otppi.pdu.dcs import Alphabet
from otppi.pdu.decode import decode
from otppi.pdu.deliver import Deliver
from otppi.pdu.national import LOCKING_SHIFT, SINGLE_SHIFT, tables_of
from otppi.pdu.udh import NO_HEADER, Element, Header
from otppi.pdu.userdata import read_text

TURKISH, SPANISH, PORTUGUESE, RESERVED = 1, 2, 3, 14


def named(kind: int, language: int) -> Header:
    return Header((Element(kind, bytes([language])),))


@pytest.mark.parametrize(
    ("language", "codes", "text"),
    [
        (TURKISH, bytes([0x04, 0x07, 0x0B, 0x0C, 0x1C, 0x1D, 0x40, 0x60, 0x41]), "€\u0131ĞğŞşİçA"),
        (
            PORTUGUESE,
            bytes([0x04, 0x05, *range(6, 10), 0x0B, 0x0C, 0x0E, 0x0F, *range(0x12, 0x1B), *range(0x1C, 0x20), 0x24]),
            "êéúíóçÔôÁáªÇÀ∞^\\€Ó|ÂâÊÉº",
        ),
        (PORTUGUESE, bytes([0x40, *range(0x5B, 0x61), *range(0x7B, 0x80)]), "ÍÃÕÚÜ§~ãõ`üà"),
        (SPANISH, b"\x09A", "ÇA"),  # there is no Spanish locking table
        (RESERVED, b"\x09A", "ÇA"),
    ],
)
def test_locking_tables(language: int, codes: bytes, text: str) -> None:
    assert read_text(Alphabet.GSM7, codes, named(LOCKING_SHIFT, language)) == text


@pytest.mark.parametrize(
    ("language", "codes", "text"),
    [
        (TURKISH, [0x47, 0x49, 0x53, 0x63, 0x67, 0x69, 0x73, 0x65, 0x3C], "ĞİŞçğış€["),
        (SPANISH, [0x09, 0x41, 0x49, 0x4F, 0x55, 0x61, 0x69, 0x6F, 0x75, 0x65], "çÁÍÓÚáíóú€"),
        (PORTUGUESE, [0x05, 0x09, 0x0B, 0x0C, 0x0E, 0x0F, *range(0x12, 0x1A), 0x1F], "êçÔôÁáΦΓ^ΩΠΨΣΘÊ"),
        (PORTUGUESE, [0x41, 0x49, 0x4F, 0x55, 0x5B, 0x5C, 0x61, 0x69, 0x6F, 0x75, 0x7B, 0x7C, 0x7F], "ÀÍÓÚÃÕÂíóúãõâ"),
        (RESERVED, [0x65, 0x41], "€A"),
    ],
)
def test_single_shift_tables(language: int, codes: list[int], text: str) -> None:
    escaped = b"".join(bytes([gsm7.ESCAPE, code]) for code in codes)
    assert read_text(Alphabet.GSM7, escaped, named(SINGLE_SHIFT, language)) == text


def test_both_kinds_work_together() -> None:
    header = Header((Element(LOCKING_SHIFT, b"\x01"), Element(SINGLE_SHIFT, b"\x02")))
    assert read_text(Alphabet.GSM7, b"\x40\x1b\x41\x1b\x40", header) == "İÁ|"


def test_the_last_identifier_counts_and_a_malformed_one_does_not() -> None:
    elements = (Element(LOCKING_SHIFT, b"\x03"), Element(LOCKING_SHIFT, b"\x01"), Element(LOCKING_SHIFT, b"\x03\x03"))
    assert tables_of(Header(elements)) == tables_of(named(LOCKING_SHIFT, TURKISH))
    assert tables_of(NO_HEADER) == gsm7.DEFAULT_TABLES


def test_a_whole_message_in_turkish() -> None:
    # header 03 25 01 01, then three fill bits and the septets of "İyi" under the Turkish locking table
    packed = gsm7.pack(b"\x40yi", 3)
    tpdu = "44" + "0D91261802001032F4" + "0000" + "62102030405082" + "08" + "03250101" + packed.hex()
    message = decode(tpdu, has_smsc=False)
    assert isinstance(message, Deliver)
    assert message.text == "İyi"
