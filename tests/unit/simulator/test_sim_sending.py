"""3GPP TS 27.005: +CMGS, +CMGW, +CMSS and the delivery report, by hand-made PDUs."""

from __future__ import annotations

import pytest

from otppi.simulator.bench import ModemBench
from otppi.simulator.device import Traits
from otppi.simulator.network import Registration

# fo 11 (relative VP), mr 00, +628120000001, pid 00, dcs 00, vp AA, 10 septets "hellohello"
HELLO = b"11000C9126180200001000" + b"00AA0AE8329BFD4697D9EC37"
HELLO_WITH_REPORT = b"31" + HELLO[2:]
SENT = b"\r\n+CMGS: %d\r\n\r\nOK\r\n"


def instant() -> ModemBench:
    return ModemBench(Traits(latency=0.0))


def test_prompt_body_reference_and_ok() -> None:
    bench = ModemBench(Traits(latency=2.5))
    assert bench.say(b"AT+CMGS=23\r") == b"\r\n> "
    assert bench.say(b"00" + HELLO + b"\x1a") == b""
    assert bench.advance(2.4) == b""
    assert bench.sent == []
    assert bench.advance(0.1) == SENT % 0
    (sent,) = bench.sent
    assert (sent.modem, sent.number, sent.text) == ("modem0", "+628120000001", "hellohello")
    assert (sent.reference, sent.total, sent.part, sent.concat_reference) == (0, 1, 1, None)


def test_the_body_is_echoed_without_ctrl_z() -> None:
    bench = ModemBench(Traits(latency=0.0), echo=True)
    assert bench.say(b"AT+CMGS=23\r") == b"AT+CMGS=23\r\r\n> "
    assert bench.say(b"00" + HELLO + b"\x1a") == b"00" + HELLO + SENT % 0


def test_it_is_on_the_air_before_the_answer() -> None:
    bench = instant()
    order: list[str] = []
    bench.device.transmit = lambda _: order.append(f"air, answered {len(bench.modem.output())}")
    bench.say(b"AT+CMGS=23\r")
    assert bench.say(b"00" + HELLO + b"\x1a") == SENT % 0
    assert order == ["air, answered 0"]


def test_references_count_modulo_256_and_stand_in_the_tpdu() -> None:
    bench = instant()
    for expected in [*range(256), 0, 1]:
        bench.say(b"AT+CMGS=23\r")
        assert bench.say(b"00" + HELLO + b"\x1a") == SENT % expected
    assert bench.sent[-1].tpdu == (b"1101" + HELLO[4:]).decode()


def test_the_modem_is_deaf_while_it_sends() -> None:
    bench = ModemBench(Traits(latency=1.0), echo=True)
    bench.say(b"AT+CMGS=23\r")
    bench.say(b"00" + HELLO + b"\x1a")
    assert bench.say(b"AT\r") == b""
    assert bench.advance(1.0) == SENT % 0 + b"AT\r\r\nOK\r\n"


def test_escape_takes_it_back_with_ok() -> None:
    bench = instant()
    bench.say(b"AT+CMGS=23\r")
    assert bench.say(b"00" + HELLO[:20] + b"\x1b") == b"\r\nOK\r\n"
    assert bench.sent == []
    assert (bench.device.counters.aborts, bench.device.counters.sends) == (1, 0)
    assert bench.say(b"AT\r") == b"\r\nOK\r\n"


@pytest.mark.parametrize(
    "body",
    [
        b"00" + HELLO[:-2],
        b"00" + HELLO + b"00",
        b"00" + HELLO[:-1],
        HELLO,
        b"",
        b"00" + HELLO[:-2] + b"ZZ",
        b"00" + b"04" + HELLO[2:],
        "00é".encode(),
    ],
)
def test_a_body_that_is_not_what_was_announced_is_304(body: bytes) -> None:
    bench = instant()
    bench.say(b"AT+CMGS=23\r")
    assert bench.say(body + b"\x1a") == b"\r\n+CMS ERROR: 304\r\n"
    assert bench.sent == []


def test_a_user_data_length_beyond_the_octets_is_304() -> None:
    bench = instant()
    bench.say(b"AT+CMGS=23\r")
    assert bench.say(b"00" + HELLO.replace(b"AA0AE8", b"AA0FE8") + b"\x1a") == b"\r\n+CMS ERROR: 304\r\n"


@pytest.mark.parametrize("announced", [22, 24])
def test_a_sound_pdu_under_a_wrong_length_is_304(announced: int) -> None:
    bench = instant()
    bench.say(b"AT+CMGS=%d\r" % announced)
    assert bench.say(b"00" + HELLO + b"\x1a") == b"\r\n+CMS ERROR: 304\r\n"
    assert bench.sent == []


def test_what_follows_ctrl_z_is_the_next_command() -> None:
    bench = instant()
    bench.say(b"AT+CMGS=23\r")
    assert bench.say(b"00" + HELLO + b"\x1aAT\r") == SENT % 0 + b"\r\nOK\r\n"


@pytest.mark.parametrize("typed", [b"AT+CMGS=0\r", b"AT+CMGS=165\r", b'AT+CMGS="+628120000001"\r'])
def test_a_length_that_cannot_be_is_304_without_a_prompt(typed: bytes) -> None:
    assert instant().say(typed) == b"\r\n+CMS ERROR: 304\r\n"


@pytest.mark.parametrize("typed", [b"AT+CMGS\r", b"AT+CMGS?\r", b"AT+CMGS=23;+CSQ\r"])
def test_a_form_that_cannot_be_is_an_error(typed: bytes) -> None:
    assert instant().say(typed) == b"\r\nERROR\r\n"


def test_a_smsc_in_front_is_not_counted() -> None:
    bench = instant()
    bench.say(b"AT+CMGS=23\r")
    assert bench.say(b"07912680000000F0" + HELLO.lower() + b"\x1a") == SENT % 0
    assert bench.sent[0].tpdu == HELLO.decode()


def test_a_line_feed_after_the_command_is_no_part_of_the_body() -> None:
    bench = instant()
    bench.say(b"AT+CMGS=23\r\n")
    assert bench.say(b"00" + HELLO + b"\r\n\x1a") == SENT % 0


@pytest.mark.parametrize("words", [False, True])
def test_without_network_it_is_331(words: bool) -> None:
    bench = instant()
    bench.say(b"AT+CMEE=%d\r" % (2 if words else 0))
    bench.device.network.stat = Registration.SEARCHING
    bench.say(b"AT+CMGS=23\r")
    expected = b"no network service" if words else b"331"
    assert bench.say(b"00" + HELLO + b"\x1a") == b"\r\n+CMS ERROR: " + expected + b"\r\n"
    assert bench.sent == []


def test_segments_of_a_long_message_carry_their_place() -> None:
    bench = instant()
    # UDHI, UDH 05 00 03 2A 03 02, 7 septets "abcdefg" behind one fill bit
    segment = b"51000C912618020000100000AA0E" + b"0500032A0302" + b"C2E231B96C3ECF"
    bench.say(b"AT+CMGS=%d\r" % (len(segment) // 2))
    assert bench.say(b"00" + segment + b"\x1a") == SENT % 0
    (sent,) = bench.sent
    assert (sent.total, sent.part, sent.concat_reference, sent.text) == (3, 2, 0x2A, "abcdefg")


def test_eight_bit_data_has_no_text() -> None:
    bench = instant()
    data = b"11000C912618020000100004AA03010203"
    bench.say(b"AT+CMGS=%d\r" % (len(data) // 2))
    assert bench.say(b"00" + data + b"\x1a") == SENT % 0
    assert bench.sent[0].text is None


def test_ucs2_keeps_half_a_surrogate_pair_for_joining() -> None:
    bench = instant()
    half = b"11000C912618020000100008AA02D83D"
    bench.say(b"AT+CMGS=%d\r" % (len(half) // 2))
    assert bench.say(b"00" + half + b"\x1a") == SENT % 0
    assert bench.sent[0].text == "\ud83d"


def test_a_report_comes_when_it_was_asked_for_and_routed() -> None:
    bench = ModemBench(Traits(latency=0.0, report_delay=3.0))
    bench.say(b"AT+CNMI=2,1,0,1,0\r")
    bench.say(b"AT+CMGS=23\r")
    bench.say(b"00" + HELLO_WITH_REPORT + b"\x1a")
    assert bench.advance(2.9) == b""
    # 06 mr RA(as sent) scts 2026-01-01 00:00:00+00 dt 00:00:03 st 00, behind the SMSC +6280000000 00
    report = b"0600" + b"0C91261802000010" + b"62101000000000" + b"62101000003000" + b"00"
    assert bench.advance(0.1) == b"\r\n+CDS: 25\r\n06912608000000" + report + b"\r\n"


def test_no_report_is_asked_for_and_none_comes() -> None:
    bench = instant()
    bench.say(b"AT+CNMI=2,1,0,1,0\r")
    bench.say(b"AT+CMGS=23\r")
    bench.say(b"00" + HELLO + b"\x1a")
    assert bench.advance(60) == b""


def test_a_report_is_stored_and_told_with_ds_2() -> None:
    bench = instant()
    bench.say(b"AT+CNMI=2,1,0,2,0\r")
    bench.say(b"AT+CMGS=23\r")
    bench.say(b"00" + HELLO_WITH_REPORT + b"\x1a")
    assert bench.advance(1) == b'\r\n+CDSI: "SR",1\r\n'
    bench.say(b'AT+CPMS="SR"\r')
    assert bench.say(b"AT+CMGR=1\r").startswith(b"\r\n+CMGR: 0,,25\r\n069126080000000600")


def test_a_bad_end_is_reported_with_its_status() -> None:
    bench = instant()
    bench.device.network.report_status = 0x46
    bench.say(b"AT+CNMI=2,1,0,1,0\r")
    bench.say(b"AT+CMGS=23\r")
    bench.say(b"00" + HELLO_WITH_REPORT + b"\x1a")
    assert bench.advance(1).endswith(b"46\r\n")


def test_a_report_survives_a_loss_of_power() -> None:
    bench = instant()
    bench.say(b"AT+CMGS=23\r")
    bench.say(b"00" + HELLO_WITH_REPORT + b"\x1a")
    bench.modem.unplug()
    bench.advance(10)
    bench.device.profile.cnmi = (2, 1, 0, 1, 0)
    bench.modem.plug()
    assert b"+CDS: 25\r\n" in bench.modem.output()


def test_write_then_send_from_memory() -> None:
    bench = instant()
    assert bench.say(b"AT+CMGW=23\r") == b"\r\n> "
    assert bench.say(b"00" + HELLO + b"\x1a") == b"\r\n+CMGW: 1\r\n\r\nOK\r\n"
    assert bench.sent == []
    assert bench.say(b"AT+CMGR=1\r") == b"\r\n+CMGR: 2,,23\r\n00" + HELLO + b"\r\n\r\nOK\r\n"
    assert bench.say(b"AT+CMSS=1\r") == b"\r\n+CMSS: 0\r\n\r\nOK\r\n"
    assert bench.sent[0].text == "hellohello"
    assert bench.say(b"AT+CMGR=1\r").startswith(b"\r\n+CMGR: 3,,23\r\n")
    assert bench.say(b"AT+CMSS=2\r") == b"\r\n+CMS ERROR: 321\r\n"


def test_text_mode_in_the_gsm_alphabet() -> None:
    bench = instant()
    bench.say(b"AT+CMGF=1\r")
    assert bench.say(b'AT+CMGS="+628120000001",145\r') == b"\r\n> "
    assert bench.say(b"Code\x00 1\nline") == b""
    assert bench.say(b"\x1a") == SENT % 0
    assert (bench.sent[0].number, bench.sent[0].text) == ("+628120000001", "Code@ 1\nline")
    assert bench.sent[0].tpdu.startswith("1100" + "0C91261802000010" + "0000A7")


def test_text_mode_in_ucs2_with_csmp() -> None:
    bench = instant()
    bench.say(b'AT+CMGF=1;+CSMP=17,167,0,8;+CSCS="UCS2"\r')
    bench.say(b'AT+CMGS="002B003600320038"\r')
    assert bench.say(b"00480069D83DDE00\x1a") == SENT % 0
    assert (bench.sent[0].number, bench.sent[0].text) == ("+628", "Hi\U0001f600")


def test_text_mode_prompts_again_after_return_and_echoes() -> None:
    bench = ModemBench(Traits(latency=0.0), echo=True)
    bench.say(b"AT+CMGF=1\r")
    bench.say(b'AT+CMGS="628120000001"\r')
    assert bench.say(b"a\rb") == b"a\r\n> b"


def test_a_text_too_long_for_one_message_is_305() -> None:
    bench = instant()
    bench.say(b"AT+CMGF=1\r")
    bench.say(b'AT+CMGS="628120000001"\r')
    assert bench.say(b"x" * 161 + b"\x1a") == b"\r\n+CMS ERROR: 305\r\n"


def test_no_text_shows_in_the_repr_of_what_was_sent() -> None:
    bench = instant()
    bench.say(b"AT+CMGS=23\r")
    bench.say(b"00" + HELLO + b"\x1a")
    shown = repr(bench.sent) + repr(bench.device)
    assert "hello" not in shown
    assert "62812" not in shown
    assert HELLO.decode() not in shown


def test_memory_takes_no_rubbish() -> None:
    bench = instant()
    bench.say(b"AT+CMGW=1\r")
    assert bench.say(b"0003\x1a") == b"\r\n+CMS ERROR: 304\r\n"
    assert bench.say(b"AT+CMGF=1;+CMGL\r") == b"\r\nOK\r\n"


def test_a_text_that_its_coding_cannot_carry_is_305() -> None:
    bench = instant()
    bench.say(b'AT+CMGF=1;+CSCS="UCS2"\r')
    bench.say(b'AT+CMGS="0036"\r')
    assert bench.say(b"0416\x1a") == b"\r\n+CMS ERROR: 305\r\n"
