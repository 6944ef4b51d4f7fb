"""`otppi pdu decode` and `otppi pdu encode`, line by line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from independent_pdu import decode_submit_text

from otppi.cli.pdu import decode_lines, encode_lines

DELIVER = "07912618010000F0040D91261802001032F40000621020304050820AE8329BFD4697D9EC37"
SUBMIT = "0031000D91261802001032F40000000AE8329BFD4697D9EC37"
REPORT = "0006070D91261802001032F4621020304050826210203040608246"
DATA = "0001000D91261802001032F4000403A1B2C3"
PART = "0041070D91261802001032F40008090608041234030200E9"


def decoded(pdu: str) -> dict[str, Any]:
    out, err, code = decode_lines([pdu], as_json=True)
    assert (len(out), err, code) == (1, [], 0)
    fields: dict[str, Any] = json.loads(out[0])
    return fields


def test_a_deliver() -> None:
    assert decoded(DELIVER) == {
        "type": "deliver",
        "number": "+6281200001234",
        "text": "hellohello",
        "smsc": "+62811000000",
        "timestamp": "2026-01-02T03:04:05+07:00",
        "reference": None,
        "udh": None,
        "alphabet": "gsm7",
        "class": None,
        "protocol": 0,
    }


def test_a_submit() -> None:
    assert decoded(SUBMIT) == {
        "type": "submit",
        "number": "+6281200001234",
        "text": "hellohello",
        "smsc": None,
        "timestamp": None,
        "reference": 0,
        "udh": None,
        "alphabet": "gsm7",
        "class": None,
        "protocol": 0,
        "validity_seconds": 300,
        "validity_until": None,
        "report": True,
    }


def test_a_status_report() -> None:
    assert decoded(REPORT) == {
        "type": "status-report",
        "number": "+6281200001234",
        "text": None,
        "smsc": None,
        "timestamp": "2026-01-02T03:04:05+07:00",
        "reference": 7,
        "udh": None,
        "status": 0x46,
        "outcome": "failed",
        "discharge": "2026-01-02T03:04:06+07:00",
    }


def test_eight_bit_data_has_no_text() -> None:
    fields = decoded(DATA)
    assert (fields["text"], fields["data"], fields["alphabet"]) == (None, "a1b2c3", "8bit")


def test_a_part_of_a_longer_message() -> None:
    fields = decoded(PART)
    assert fields["udh"] == {"ref": 0x1234, "total": 3, "part": 2}
    assert (fields["text"], fields["reference"]) == ("é", 7)
    assert "elements" not in fields


def test_other_header_elements_are_shown() -> None:
    fields = decoded("0041000D91261802001032F40004050301017FFF")
    assert fields["udh"] is None
    assert fields["elements"] == [{"id": 1, "data": "7f"}]


def test_a_cut_text_says_so() -> None:
    fields = decoded(DATA[:-1])
    assert (fields["data"], fields["truncated"]) == ("a1b2", True)
    assert "truncated" not in decoded(DATA)


def test_compressed_data_and_what_waits_are_said_where_they_are() -> None:
    compressed = decoded(DATA.replace("0004", "0020"))
    assert (compressed["text"], compressed["data"], compressed["compressed"]) == (None, "a1b2c3", True)
    waiting = decoded(DELIVER.replace("0000621", "00D9621"))
    assert (waiting["text"], waiting["waiting"]) == ("hellohello", {"for": "fax", "active": True, "store": True})
    assert {"compressed", "waiting"} & decoded(DELIVER).keys() == set()


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("pdu", ["", "nonsense", DELIVER[:20], "0003"])
def test_an_invalid_one_is_one_line_and_exit_1(pdu: str, as_json: bool) -> None:
    out, err, code = decode_lines([pdu], as_json)
    assert (out, len(err), code) == ([], 1, 1)
    assert "\n" not in err[0]


def test_several_stay_in_step_with_their_errors() -> None:
    out, err, code = decode_lines([DELIVER, "nonsense", REPORT], as_json=True)
    lines = [json.loads(line) for line in out]
    assert [line.get("type") for line in lines] == ["deliver", None, "status-report"]
    assert list(lines[1]) == ["error"]
    assert (err, code) == ([], 1)
    assert decode_lines([DELIVER, SUBMIT], as_json=True)[1:] == ([], 0)


def test_plain_lines_leave_out_what_is_not_there() -> None:
    out, err, code = decode_lines([PART, "nonsense", REPORT], as_json=False)
    assert out[:4] == ["type: submit", "number: +6281200001234", "text: é", "reference: 7"]
    assert 'udh: {"ref": 4660, "total": 3, "part": 2}' in out
    assert out[out.index("") + 1] == "type: status-report"
    assert (len(err), code) == (1, 1)


@pytest.mark.parametrize("number", ["+6281200001234", "6281200001234"])
@pytest.mark.parametrize("text", ["Your code is 123456", "Kode 😀 {7}", "x" * 161, ""])
def test_encode(number: str, text: str) -> None:
    out, err, code = encode_lines(number, text, as_json=True)
    assert (len(out), err, code) == (1, [], 0)
    segments = json.loads(out[0])["segments"]
    read = [decode_submit_text(segment["pdu"].removeprefix("00")) for segment in segments]
    assert "".join(each.text for each in read) == text
    assert {each.number for each in read} == {"+6281200001234"}
    assert all(segment["length"] == len(segment["pdu"]) // 2 - 1 for segment in segments)
    assert all(list(segment) == ["pdu", "length"] for segment in segments)


@pytest.mark.parametrize("char", ["\n", "\x1b", "\u2028", "\x85", "\r"])
def test_no_text_breaks_a_line(char: str) -> None:
    (segment,) = json.loads(encode_lines("98108", f"a{char}中", as_json=True)[0][0])["segments"]
    assert decoded(segment["pdu"])["text"] == f"a{char}中"
    for as_json in (True, False):
        assert not any(char in line for line in decode_lines([segment["pdu"]], as_json)[0])


def test_encode_in_plain_lines() -> None:
    assert encode_lines("98108", "hellohello", as_json=False) == (
        ["19 00010005818901F800000AE8329BFD4697D9EC37"],
        [],
        0,
    )


@pytest.mark.parametrize(("number", "text"), [("bank", "hi"), ("", "hi"), ("98108", "\ud83d")])
@pytest.mark.parametrize("as_json", [True, False])
def test_what_cannot_be_encoded_is_one_line_and_exit_1(number: str, text: str, as_json: bool) -> None:
    out, err, code = encode_lines(number, text, as_json)
    assert (out, len(err), code) == ([], 1, 1)
