"""V.250: the command line, echo, forms of results. Exchanges are written out by hand, octet by octet."""

from __future__ import annotations

import pytest

from otppi.simulator.bench import ModemBench
from otppi.simulator.commandline import Form, calls
from otppi.simulator.errors import PlainRefusal


@pytest.mark.parametrize(
    ("typed", "answered"),
    [
        (b"AT\r", b"\r\nOK\r\n"),
        (b"at\r", b"\r\nOK\r\n"),
        (b"At\r", b"\r\nOK\r\n"),
        (b"AT\r\n", b"\r\nOK\r\n"),
        (b" AT \r", b"\r\nOK\r\n"),
        (b"\x1bAT\r", b"\r\nOK\r\n"),
        (b"\x1aAT\r", b"\r\nOK\r\n"),
        (b"noise AT\r", b"\r\nOK\r\n"),
        (b"\r", b""),
        (b"hello\r", b""),
        (b"ATX\x08\r", b"\r\nOK\r\n"),
        (b"AT+CS\x08\x08\x08\r", b"\r\nOK\r\n"),
        (b"AT+NOPE\r", b"\r\nERROR\r\n"),
        (b"ATY\r", b"\r\nERROR\r\n"),
        (b"AT+\r", b"\r\nERROR\r\n"),
        (b"ATE0V1Q0\r", b"\r\nOK\r\n"),
        (b"AT E0 V1 Q0\r", b"\r\nOK\r\n"),
        (b"AT&F&C1&D2X4\r", b"\r\nOK\r\n"),
        (b"ATS0=0S7=45\r", b"\r\nOK\r\n"),
        (b"ATS7=45S7?\r", b"\r\n045\r\n\r\nOK\r\n"),
        (b"ATS99?\r", b"\r\n000\r\n\r\nOK\r\n"),
        (b"ATE2\r", b"\r\nERROR\r\n"),
        (b"ATD123;\r", b"\r\nNO CARRIER\r\n"),
        (b"ATH\r", b"\r\nOK\r\n"),
        (b"AT+CMGF=?\r", b"\r\n+CMGF: (0,1)\r\n\r\nOK\r\n"),
        (b"AT+cmgf?\r", b"\r\n+CMGF: 0\r\n\r\nOK\r\n"),
        (b"AT+CSQ;+CREG?\r", b"\r\n+CSQ: 20,99\r\n\r\n+CREG: 0,1\r\n\r\nOK\r\n"),
        (b"ATE0+CSQ\r", b"\r\n+CSQ: 20,99\r\n\r\nOK\r\n"),
        (b"AT+CSQ;E0\r", b"\r\n+CSQ: 20,99\r\n\r\nOK\r\n"),
        (b"AT+CSQ+CSQ\r", b"\r\nERROR\r\n"),
        (b"AT+GCAP\r", b"\r\n+GCAP: +CGSM\r\n\r\nOK\r\n"),
        (b"AT+CMEE=3\r", b"\r\nERROR\r\n"),
        (b"AT+CMEE=\r", b"\r\nOK\r\n"),
        (b"AT+CMEE\r", b"\r\nERROR\r\n"),
    ],
)
def test_one_exchange(typed: bytes, answered: bytes) -> None:
    assert ModemBench().say(typed) == answered


def test_a_line_stops_at_its_first_error_and_keeps_what_it_did() -> None:
    bench = ModemBench()
    assert bench.say(b"AT+CMEE=1;+NOPE;+CMEE=2\r") == b"\r\nERROR\r\n"
    assert bench.say(b"AT+CMEE?\r") == b"\r\n+CMEE: 1\r\n\r\nOK\r\n"


def test_a_malformed_tail_does_not_undo_the_head() -> None:
    bench = ModemBench()
    assert bench.say(b"AT+CMEE=1;=\r") == b"\r\nERROR\r\n"
    assert bench.say(b"AT+CMEE?\r") == b"\r\n+CMEE: 1\r\n\r\nOK\r\n"


def test_echo_is_on_at_power_on_and_repeats_every_octet() -> None:
    bench = ModemBench(echo=True)
    assert bench.say(b"A") == b"A"
    assert bench.say(b"T") == b"T"
    assert bench.say(b"\r\n") == b"\r\r\nOK\r\n\n"
    assert bench.say(b"ATE0\r") == b"ATE0\r\r\nOK\r\n"
    assert bench.say(b"AT\r") == b"\r\nOK\r\n"


def test_numeric_results_of_atv0() -> None:
    bench = ModemBench()
    assert bench.say(b"ATV0\r") == b"0\r"
    assert bench.say(b"AT+CSQ\r") == b"+CSQ: 20,99\r\n0\r"
    assert bench.say(b"AT+NOPE\r") == b"4\r"
    assert bench.say(b"ATD1\r") == b"3\r"
    assert bench.say(b"ATV1\r") == b"\r\nOK\r\n"


def test_quiet_suppresses_results_but_not_information() -> None:
    bench = ModemBench()
    assert bench.say(b"ATQ1\r") == b""
    assert bench.say(b"AT+CSQ\r") == b"\r\n+CSQ: 20,99\r\n"
    assert bench.say(b"ATQ0\r") == b"\r\nOK\r\n"


def test_repeat_needs_no_return_and_repeats_the_last_line() -> None:
    bench = ModemBench()
    assert bench.say(b"A/") == b"\r\nOK\r\n"
    bench.say(b"AT+CSQ\r")
    assert bench.say(b"A/") == b"\r\n+CSQ: 20,99\r\n\r\nOK\r\n"
    assert bench.say(b"a/") == b"\r\n+CSQ: 20,99\r\n\r\nOK\r\n"


def test_reset_returns_to_the_stored_profile_and_factory_to_the_defaults() -> None:
    bench = ModemBench()
    bench.say(b"AT+CMEE=2;E0&W\r")
    bench.say(b"AT+CMEE=1\r")
    bench.say(b"ATZ\r")
    assert bench.say(b"AT+CMEE?\r") == b"\r\n+CMEE: 2\r\n\r\nOK\r\n"
    bench.say(b"AT&FE0\r")
    assert bench.say(b"AT+CMEE?\r") == b"\r\n+CMEE: 0\r\n\r\nOK\r\n"


def test_registers_three_and_four_change_the_line_end() -> None:
    bench = ModemBench()
    bench.say(b"ATS3=33\r")
    assert bench.say(b"AT!") == b"!\nOK!\n"


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_the_cut_of_the_octets_does_not_matter(size: int) -> None:
    whole, pieces = ModemBench(echo=True), ModemBench(echo=True)
    talk = b"ATE1\rAT+CSQ;+CREG?\r\nATI\rA/AT+NOPE\r"
    cut = b"".join(pieces.say(talk[start : start + size]) for start in range(0, len(talk), size))
    assert cut == whole.say(talk)
    assert cut.count(b"+CSQ: 20,99") == 1
    assert cut.count(b"Simulated") == 2


def test_a_line_parses_lazily_into_calls() -> None:
    found = calls('E0+CMGS="a;b",145;+CREG=?;S3?')
    first, second, third, fourth = found
    assert (first.name, first.form, first.raw, first.last) == ("E", Form.ACTION, "0", False)
    assert (second.name, second.form, second.arguments) == ("+CMGS", Form.SET, ['"a;b"', "145"])
    assert (third.name, third.form) == ("+CREG", Form.TEST)
    assert (fourth.name, fourth.form, fourth.last) == ("S3", Form.READ, True)


def test_values_of_a_call() -> None:
    (call,) = calls('+X="628120000001",,7')
    assert call.string(0) == "628120000001"
    assert call.number(1, 5) == 5
    assert call.number(2) == 7
    with pytest.raises(PlainRefusal):
        call.number(2, high=6)
    with pytest.raises(PlainRefusal):
        call.number(1)
    with pytest.raises(PlainRefusal):
        call.number(0)


def test_no_text_shows_in_the_repr_of_a_call() -> None:
    (call,) = calls('+CPIN="4321"')
    assert "4321" not in repr(call)


def test_overlong_input_is_lost_and_the_modem_lives() -> None:
    bench = ModemBench()
    bench.say(b"AT" + b"X" * 70_000)
    bench.say(b"\r")
    assert bench.say(b"AT\r") == b"\r\nOK\r\n"
