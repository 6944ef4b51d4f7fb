"""What each error code means, and what it is called. The tables here name every code there is, one by one."""

from __future__ import annotations

import pytest

from otppi.at.codes import (
    CME_WORDS,
    CMS_WORDS,
    UNKNOWN_WORDS,
    VENDOR_WORDS,
    ErrorClass,
    Kind,
    classify,
    code_for,
    shown,
    source_of,
    words_for,
)

C = ErrorClass
RP, CP, FCS, AT = "3GPP TS 24.011 E-2", "3GPP TS 24.011 E-1, E-3", "3GPP TS 23.040 9.2.3.22", "3GPP TS 27.005 3.2.5"
GENERAL, PACKET, GROUP = "3GPP TS 27.007 9.2.1", "3GPP TS 27.007 9.2.2", "3GPP TS 27.007 9.2.3"
NOBODY = ""

Row = tuple[range | int, ErrorClass, str]

CMS: list[Row] = [
    (0, C.UNKNOWN, NOBODY),
    (1, C.NUMBER, RP),
    (range(2, 8), C.UNKNOWN, NOBODY),
    (8, C.SIM, RP),
    (9, C.UNKNOWN, NOBODY),
    (10, C.SIM, RP),
    (range(11, 17), C.UNKNOWN, NOBODY),
    (17, C.NETWORK, CP),
    (range(18, 21), C.UNKNOWN, NOBODY),
    (21, C.REJECTED, RP),
    (22, C.NETWORK, CP),
    (range(23, 27), C.UNKNOWN, NOBODY),
    (27, C.NETWORK_SLOW, RP),
    (range(28, 31), C.SIM, RP),
    (range(31, 38), C.UNKNOWN, NOBODY),
    (38, C.NETWORK_SLOW, RP),
    (range(39, 41), C.UNKNOWN, NOBODY),
    (range(41, 43), C.NETWORK, RP),
    (range(43, 47), C.UNKNOWN, NOBODY),
    (47, C.NETWORK, RP),
    (range(48, 50), C.UNKNOWN, NOBODY),
    (50, C.SIM, RP),
    (range(51, 69), C.UNKNOWN, NOBODY),
    (69, C.SIM, RP),
    (range(70, 81), C.UNKNOWN, NOBODY),
    (81, C.MESSAGE, RP),
    (range(82, 95), C.UNKNOWN, NOBODY),
    (range(95, 100), C.MESSAGE, RP),
    (range(100, 111), C.UNKNOWN, NOBODY),
    (111, C.MESSAGE, RP),
    (range(112, 127), C.UNKNOWN, NOBODY),
    (127, C.MESSAGE, RP),
    (range(128, 192), C.MESSAGE, FCS),
    (192, C.NETWORK, FCS),
    (193, C.SIM, FCS),
    (194, C.NETWORK, FCS),
    (range(195, 197), C.NUMBER, FCS),
    (197, C.ACCEPTED, FCS),
    (range(198, 200), C.MESSAGE, FCS),
    (range(200, 208), C.UNKNOWN, FCS),
    (range(208, 212), C.STORAGE, FCS),
    (212, C.BUSY, FCS),
    (213, C.MODEM, FCS),
    (range(214, 256), C.UNKNOWN, FCS),
    (range(256, 300), C.UNKNOWN, NOBODY),
    (300, C.MODEM, AT),
    (range(301, 303), C.BUSY, AT),
    (303, C.MODEM, AT),
    (range(304, 306), C.MESSAGE, AT),
    (range(306, 310), C.UNKNOWN, NOBODY),
    (310, C.SIM, AT),
    (range(311, 313), C.PIN, AT),
    (313, C.SIM, AT),
    (314, C.BUSY, AT),
    (315, C.SIM, AT),
    (range(316, 319), C.PIN, AT),
    (319, C.UNKNOWN, NOBODY),
    (range(320, 323), C.STORAGE, AT),
    (range(323, 330), C.UNKNOWN, NOBODY),
    (330, C.SMSC, AT),
    (331, C.NO_NETWORK, AT),
    (332, C.MAYBE_SENT, AT),
    (range(333, 340), C.UNKNOWN, NOBODY),
    (340, C.UNKNOWN, AT),
    (range(341, 500), C.UNKNOWN, NOBODY),
    (500, C.UNKNOWN, AT),
]
CME: list[Row] = [
    (range(2), C.MODEM, GENERAL),
    (range(2, 4), C.BUSY, GENERAL),
    (4, C.MODEM, GENERAL),
    (range(5, 8), C.PIN, GENERAL),
    (range(8, 10), C.UNKNOWN, NOBODY),
    (10, C.SIM, GENERAL),
    (range(11, 13), C.PIN, GENERAL),
    (13, C.SIM, GENERAL),
    (14, C.BUSY, GENERAL),
    (15, C.SIM, GENERAL),
    (range(16, 19), C.PIN, GENERAL),
    (19, C.UNKNOWN, NOBODY),
    (range(20, 24), C.STORAGE, GENERAL),
    (range(24, 26), C.MESSAGE, GENERAL),
    (range(26, 28), C.UNKNOWN, GENERAL),
    (range(28, 30), C.UNKNOWN, NOBODY),
    (30, C.NO_NETWORK, GENERAL),
    (31, C.MAYBE_SENT, GENERAL),
    (32, C.NO_NETWORK, GENERAL),
    (range(33, 40), C.UNKNOWN, NOBODY),
    (range(40, 49), C.PIN, GENERAL),
    (49, C.UNKNOWN, GENERAL),
    (50, C.MESSAGE, GENERAL),
    (51, C.MODEM, GENERAL),
    (52, C.BUSY, GENERAL),
    (range(53, 55), C.NO_NETWORK, GENERAL),
    (55, C.MODEM, GENERAL),
    (56, C.SIM, GENERAL),
    (57, C.BUSY, GENERAL),
    (range(58, 60), C.MESSAGE, GENERAL),
    (60, C.MODEM, GENERAL),
    (61, C.MESSAGE, GENERAL),
    (62, C.SIM, GENERAL),
    (63, C.UNKNOWN, GENERAL),
    (range(64, 100), C.UNKNOWN, NOBODY),
    (100, C.UNKNOWN, GENERAL),
    (101, C.UNKNOWN, NOBODY),
    (range(102, 104), C.SIM, PACKET),
    (104, C.NO_NETWORK, PACKET),
    (105, C.MODEM, PACKET),
    (range(106, 109), C.SIM, PACKET),
    (range(109, 111), C.NO_NETWORK, PACKET),
    (range(111, 115), C.SIM, PACKET),
    (115, C.NO_NETWORK, PACKET),
    (range(116, 120), C.NETWORK, PACKET),
    (range(120, 122), C.UNKNOWN, NOBODY),
    (122, C.NETWORK, PACKET),
    (123, C.UNKNOWN, NOBODY),
    (124, C.UNKNOWN, PACKET),
    (125, C.SIM, PACKET),
    (126, C.NETWORK, PACKET),
    (range(127, 132), C.UNKNOWN, PACKET),
    (range(132, 134), C.SIM, PACKET),
    (134, C.NETWORK, PACKET),
    (range(135, 139), C.UNKNOWN, PACKET),
    (139, C.NETWORK, PACKET),
    (range(140, 151), C.UNKNOWN, PACKET),
    (range(151, 160), C.UNKNOWN, GROUP),
    (160, C.SIM, GROUP),
    (range(161, 166), C.UNKNOWN, GROUP),
    (range(166, 171), C.UNKNOWN, NOBODY),
    (range(171, 177), C.UNKNOWN, PACKET),
    (177, C.SIM, PACKET),
    (range(178, 182), C.UNKNOWN, PACKET),
    (182, C.NETWORK, PACKET),
    (range(183, 189), C.UNKNOWN, PACKET),
    (189, C.SIM, PACKET),
    (190, C.NETWORK, PACKET),
    (range(191, 204), C.UNKNOWN, PACKET),
    (204, C.NETWORK, PACKET),
    (range(205, 234), C.UNKNOWN, PACKET),
    (range(234, 501), C.UNKNOWN, NOBODY),
]


def codes(row: Row) -> range:
    return row[0] if isinstance(row[0], range) else range(row[0], row[0] + 1)


@pytest.mark.parametrize("table", [CMS, CME], ids=["cms", "cme"])
def test_the_tables_here_name_every_code_from_0_to_500_once(table: list[Row]) -> None:
    assert [code for row in table for code in codes(row)] == list(range(501))


@pytest.mark.parametrize("row", CMS, ids=lambda row: str(row[0]))
def test_each_cms_code_has_its_class_and_the_source_of_its_words(row: Row) -> None:
    for code in codes(row):
        assert (code, classify("cms", code), source_of("cms", code)) == (code, *row[1:])
        assert (words_for("cms", code) == UNKNOWN_WORDS) == (row[2] is NOBODY or code == 500)


@pytest.mark.parametrize("row", CME, ids=lambda row: str(row[0]))
def test_each_cme_code_has_its_class_and_the_source_of_its_words(row: Row) -> None:
    for code in codes(row):
        assert (code, classify("cme", code), source_of("cme", code)) == (code, *row[1:])
        assert (words_for("cme", code) == UNKNOWN_WORDS) == (row[2] is NOBODY or code == 100)


@pytest.mark.parametrize("code", [512, 513, 532, 9999, 99999])
def test_vendors_codes_say_no_more_than_that(code: int) -> None:
    assert (classify("cms", code), words_for("cms", code), source_of("cms", code)) == (C.UNKNOWN, VENDOR_WORDS, NOBODY)
    assert (classify("cme", code), words_for("cme", code)) == (C.UNKNOWN, VENDOR_WORDS)


def test_one_vendors_code_is_said_alike_by_several() -> None:
    assert (classify("cme", 515), words_for("cme", 515)) == (C.BUSY, "please wait, the modem is busy")


def test_a_bare_error_says_nothing() -> None:
    for kind in ("cms", "cme", "error"):
        assert (classify(kind, None), words_for(kind, None)) == (C.UNKNOWN, UNKNOWN_WORDS)
    assert classify("error", 310) is C.UNKNOWN


@pytest.mark.parametrize("table", [CMS_WORDS, CME_WORDS], ids=["cms", "cme"])
def test_words_are_one_short_line_and_stand_for_one_code(table: dict[int, str]) -> None:
    assert len(set(table.values())) == len(table)
    assert [
        words for words in table.values() if not (words.isascii() and words.isprintable() and len(words) <= 60)
    ] == []


@pytest.mark.parametrize(("kind", "table"), [("cms", CMS_WORDS), ("cme", CME_WORDS)])
def test_every_word_of_ours_leads_back_to_its_code(kind: Kind, table: dict[int, str]) -> None:
    for code, words in table.items():
        for spelt in (words, words.upper(), f"  {words.replace(' ', '_')}.", words.replace("SIM", "(U)SIM")):
            assert code_for(kind, spelt) == code, spelt


@pytest.mark.parametrize(
    ("kind", "words", "code"),
    [
        ("cms", "Unassigned (unallocated) number", 1),
        ("cms", "SM transfer rejected", 21),
        ("cms", "Resources unavailable, unspecified", 47),
        ("cms", "SC busy", 192),
        ("cms", "ME failure", 300),
        ("cms", "SMS ME reserved", 301),
        ("cms", "SIM pin necessary", 311),
        ("cms", "PH-SIM pin necessary", 312),
        ("cms", "(U)SIM PUK required", 316),
        ("cms", "no network", 331),
        ("cms", "no +CNMA acknowledgment expected", 340),
        ("cms", "unknown", 500),
        ("cme", "phone adapter link reserved", 2),
        ("cme", "PH_SIM PIN required", 5),
        ("cme", "network personalization PIN required", 40),
        ("cme", "network not allowed - emergency calls only", 32),
        ("cme", "illegal MS (#3)", 103),
        ("cme", "Not authorized for this CSG (#25)", 125),
        ("cme", "language/alphabet not supported", 58),
        ("cme", "unknown", 100),
        ("cms", "", None),
        ("cms", "+", None),
        ("cms", "the cat sat", None),
        ("cme", "SC busy", None),
        ("error", "unknown", None),
    ],
)
def test_what_modems_write_instead_of_numbers(kind: Kind, words: str, code: int | None) -> None:
    assert code_for(kind, words) == code


@pytest.mark.parametrize(
    ("kind", "code", "words", "text"),
    [
        ("cms", 316, "SIM PUK required", "+CMS ERROR 316: SIM PUK required"),
        ("cme", 14, "SIM busy", "+CME ERROR 14: SIM busy"),
        ("cms", None, "unknown error", "+CMS ERROR: unknown error"),
        ("error", None, "error", "ERROR"),
        ("error", None, "", "ERROR"),
        ("error", None, "command not supported", "ERROR: command not supported"),
    ],
)
def test_how_an_error_is_shown(kind: Kind, code: int | None, words: str, text: str) -> None:
    assert shown(kind, code, words) == text
