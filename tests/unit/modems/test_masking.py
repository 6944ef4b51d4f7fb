"""A talk without anything private: what goes, what stays, and that nothing slips through."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pdu_messages import delivers

from otppi.modems.masking import Said, mask
from otppi.pdu.decode import decode
from otppi.pdu.deliver import Deliver, encode_deliver
from otppi.pdu.smsc import with_smsc

IMEI, IMSI, ICCID = "353456789012348", "510101234567890", "8962101234567890123"
OURS, THEIRS = "6285711223344", "6285755667788"


def masked(host: str, *lines: str) -> list[str]:
    """The lines of one answer, masked."""
    ((said,), _) = mask([Said(f"{host}\r", "".join(f"\r\n{line}\r\n" for line in lines))])
    return [line for line in re.split(r"[\r\n]+", said.modem) if line]


@pytest.mark.parametrize(
    ("host", "line", "expected"),
    [
        ("AT+CGSN", IMEI, "004402450000017"),
        ("AT+CGSN", f"+CGSN: {IMEI}", "+CGSN: 004402450000017"),
        ("AT+CIMI", IMSI, "001010000000001"),
        ("AT+CCID", f"+CCID: {ICCID}", "+CCID: 8999990000000000015"),
        ("AT^ICCID?", f"^ICCID: {ICCID}F", "^ICCID: 8999990000000000015F"),
        ("AT+CNUM", f'+CNUM: "Me",+{OURS},145', '+CNUM: "00",+6281200000001,145'),
        ("AT+CNUM", f'+CNUM: "Me","0{OURS[2:]}",129', '+CNUM: "00","081200000001",129'),
        ("AT+CSCA?", f'+CSCA: "+{OURS}",145', '+CSCA: "+6281200000001",145'),
        ("AT", f'+CLIP: "+{THEIRS}",145,"",0,"Aunt 7"', '+CLIP: "+6281200000001",145,"",0,"0000 0"'),
        ("AT+CREG?", '+CREG: 2,1,"00C3","01A2B3C4",7', '+CREG: 2,1,"0001","00000002",7'),
        ("AT+CREG?", "+CREG: 2,1,00C3,01A2B3C4", "+CREG: 2,1,0001,00000002"),
        ("AT", '+CEREG: 5,"1A2B","0F00BA01",7', '+CEREG: 5,"0001","00000002",7'),
        ("AT+CUSD=1", '+CUSD: 0,"Balance 12.345, ends 01/02",15', '+CUSD: 0,"0000000 00.000, 0000 00/00",15'),
        ("AT", '+CMTI: "SM",12', '+CMTI: "SM",12'),
        ("AT", "^BOOT:20075402,0,0,0,75", "^BOOT:00000001,0,0,0,75"),
        ("ATI", f"IMEI: {IMEI}", "IMEI: 004402450000017"),
        ('AT+CPIN="4711"', 'AT+CPIN="4711"', 'AT+CPIN="0000"'),
    ],
)
def test_what_goes(host: str, line: str, expected: str) -> None:
    assert masked(host, line) == [expected]


@pytest.mark.parametrize(
    ("host", "line"),
    [
        ("AT+CGMI", "huawei"),
        ("AT+CGMM", "E173"),
        ("AT+CGMR", "11.126.85.00.209"),
        ("AT+CGMR", "641b09gg.Q2403A 1320676 061804 14:38"),
        ("AT+CGMR", "Revision:1418B05SIM800L24"),
        ("AT+COPS?", '+COPS: 0,2,"510101",7'),
        ("AT+COPS?", '+COPS: 0,0,"TELKOMSEL",2'),
        ("AT+CSQ", "+CSQ: 18,99"),
        ("AT+CPMS?", '+CPMS: "ME",0,255,"ME",0,255,"ME",0,255'),
        ("AT+CNMI=?", "+CNMI: (0-2),(0-3),(0,2),(0-2),(0,1)"),
        ("AT", "+CMS ERROR: 316"),
        ("AT", "OK"),
        ("AT", "> "),
        ("AT", "^RSSI:17"),
        ("AT", '+CCLK: "24/05/06,07:08:09+28"'),
        ("AT", "+CDS: 25"),
    ],
)
def test_what_stays(host: str, line: str) -> None:
    assert masked(host, line) == [line]


def test_an_identity_is_known_again_wherever_it_comes_up() -> None:
    talk = [
        Said("", f"\r\n^SN:{IMEI}\r\n"),
        Said("AT+CGMR\r", f"\r\nFW {IMSI[:13]} {IMEI} 1234567\r\n"),
        Said("AT+CGSN\r", f"\r\n{IMEI}\r\n"),
        Said("AT+CIMI\r", f"\r\n{IMSI}\r\n"),
    ]
    said, counts = mask(talk)
    assert said[0].modem == "\r\n^SN:004402450000017\r\n"
    assert said[1].modem == f"\r\nFW {IMSI[:13]} 004402450000017 1234567\r\n"
    assert counts == {"imei": 1, "imsi": 1}


def test_a_public_answer_covers_no_line_that_slipped_in() -> None:
    assert masked("AT+CGMI", f'+CLIP: "+{THEIRS}",145', "huawei") == ['+CLIP: "+6281200000001",145', "huawei"]


def test_a_pin_goes_in_both_directions() -> None:
    (said,), counts = mask([Said('AT+CPIN="471147"\r', 'AT+CPIN="471147"\r\r\nOK\r\n')])
    assert (said.host, said.modem) == ('AT+CPIN="000000"\r', 'AT+CPIN="000000"\r\r\nOK\r\n')
    assert counts == {"pin": 2}


DELIVER = "07912618010000F0040D91261802001032F40000621020304050820AE8329BFD4697D9EC37"


@pytest.mark.parametrize("header", ["+CMT: ,28", '+CMT: "Aunt",28', "+CMGR: 0,,28", "+CMGL: 1,0,,28"])
def test_the_line_after_a_header_is_a_pdu(header: str) -> None:
    shown, pdu = masked("AT", header, DELIVER)
    assert (len(pdu), pdu == DELIVER) == (len(DELIVER), False)
    assert "Aunt" not in shown


def test_a_line_may_slip_between_a_header_and_its_pdu() -> None:
    lines = masked("AT", "+CMT: ,28", "^RSSI:7", "ABCD", "OK")
    assert lines == ["+CMT: ,28", "^RSSI:7", "0000", "OK"]


def test_a_text_after_a_header_goes_whatever_it_says() -> None:
    lines = masked("AT", f'+CMT: "+{THEIRS}",,"24/01/02,10:11:12+28"', "Kode anda 12, née Über", "OK")
    assert lines[1:] == ["0000 0000 00, 000 0000", "OK"]


def test_a_header_holds_over_the_end_of_an_exchange() -> None:
    said, _ = mask([Said("AT\r", "\r\nOK\r\n\r\n+CMT: ,28\r\n"), Said("AT\r", f"{DELIVER}\r\n\r\nOK\r\n")])
    assert DELIVER not in said[1].modem


def test_a_body_and_its_echo_are_masked() -> None:
    (said,), _ = mask([Said(f"{DELIVER}\x1a", f"{DELIVER}\r\n+CMGS: 7\r\n\r\nOK\r\n")])
    assert DELIVER not in said.host + said.modem
    assert said.modem.endswith("\r\n+CMGS: 7\r\n\r\nOK\r\n")


def test_no_repr_shows_what_was_said() -> None:
    assert IMEI not in repr(Said("AT+CGSN\r", IMEI))


# -- nothing slips through ------------------------------------------------------------------------------------------

runs = st.text("0123456789", min_size=6, max_size=22)
TEMPLATES = ["{}", '+CNUM: "x","{}",129', "^ANY:{},3", '+CLIP: "+{}",145', "IMEI{}", "+QCCID: {}F", '{}"', "+X: a{}b"]
ASKED = ["AT", "AT+CGSN", "AT+CIMI", "AT+CCID", "AT+CNUM", "AT+CREG?", "ATI"]
talks = st.lists(
    st.tuples(st.sampled_from(ASKED), st.lists(st.tuples(st.sampled_from(TEMPLATES), runs), max_size=3)), max_size=6
)
"""Commands whose answers are not public, each with lines that hold a run of digits."""


@given(talks)
@settings(max_examples=500)
def test_no_long_run_of_digits_survives(talk: list[tuple[str, list[tuple[str, str]]]]) -> None:
    said = [
        Said(f"{host}\r", "".join(f"\r\n{template.format(run)}\r\n" for template, run in lines)) for host, lines in talk
    ]
    after, _ = mask(said)
    for before, masked_said in zip(said, after, strict=True):
        assert (masked_said.host, len(masked_said.modem)) == (before.host, len(before.modem))
        old, new = (re.findall(r"[0-9]{6,}", each.modem) for each in (before, masked_said))
        assert [len(each) for each in new] == [len(each) for each in old]
        assert all(one != other for one, other in zip(old, new, strict=True))


@given(talks)
def test_masking_is_the_same_every_time(talk: list[tuple[str, list[tuple[str, str]]]]) -> None:
    said = [Said(f"{host}\r", "\r\n".join(template.format(run) for template, run in lines)) for host, lines in talk]
    assert mask(said) == mask(said)


@given(st.text(st.characters(max_codepoint=255), max_size=200), st.text(st.characters(max_codepoint=255), max_size=40))
@settings(max_examples=500)
def test_any_octets_keep_their_length_and_their_line_ends(modem: str, host: str) -> None:
    (said,), _ = mask([Said(host, modem)])
    assert (len(said.modem), len(said.host)) == (len(modem), len(host))
    ends = "[\r\n\0\x1a\x1b]"
    assert [m.span() for m in re.finditer(ends, said.modem)] == [m.span() for m in re.finditer(ends, modem)]


@given(delivers)
def test_no_text_and_no_name_of_a_message_survives(message: Deliver) -> None:
    pdu = with_smsc(encode_deliver(message), message.smsc)
    (said,), _ = mask([Said("AT\r", f"\r\n+CMT: ,{len(pdu) // 2}\r\n{pdu}\r\n")])
    (line,) = [line for line in said.modem.split("\r\n") if line.isalnum()]
    after = decode(line)
    assert isinstance(after, Deliver)
    assert set(after.user_data.payload) <= set(b"masked \0")
