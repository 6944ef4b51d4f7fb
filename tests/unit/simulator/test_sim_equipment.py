"""3GPP TS 27.007: identity, PIN, power, registration, operator, signal, USSD."""

from __future__ import annotations

import pytest

from otppi.simulator.bench import ModemBench
from otppi.simulator.device import Traits
from otppi.simulator.identity import identity, with_luhn
from otppi.simulator.network import Registration
from otppi.simulator.registration import settle

PIN = "4321"


def locked() -> ModemBench:
    bench = ModemBench(Traits(pin=PIN))
    bench.say(b"AT+CMEE=1\r")
    return bench


def luhn_holds(digits: str) -> bool:
    doubled = [int(d) * 2 if place % 2 else int(d) for place, d in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def test_numbers_of_test_ranges_with_valid_check_digits() -> None:
    for index in range(100):
        who = identity(index, seed=3)
        assert len(who.imei) == 15
        assert who.imei.startswith("00")
        assert luhn_holds(who.imei)
        assert luhn_holds(who.iccid)
        assert who.imsi.startswith("001")
        assert len(who.imsi) == 15
        assert who.msisdn.startswith("628120000")


def test_check_digit_of_the_standards_example() -> None:
    assert with_luhn("7992739871") == "79927398713"


def test_identities_differ_by_index_and_seed_and_come_again() -> None:
    everyone = [identity(index, seed) for seed in (0, 1) for index in range(64)]
    for name in ("imei", "imsi", "iccid"):
        assert len({getattr(who, name) for who in everyone}) == 128
    assert identity(5, 1) == identity(5, 1)


def test_neither_sim_numbers_nor_pin_in_reprs() -> None:
    bench = locked()
    shown = repr(bench.device)
    assert PIN not in shown
    assert bench.device.sim.msisdn not in shown


@pytest.mark.parametrize(
    ("typed", "answered"),
    [
        (b"AT+CGMI\r", b"\r\nSimulated\r\n\r\nOK\r\n"),
        (b"AT+CGMM\r", b"\r\nTS27005\r\n\r\nOK\r\n"),
        (b"AT+CGMR\r", b"\r\n1.0\r\n\r\nOK\r\n"),
        (b"AT+CGSN\r", b"\r\n004402450000017\r\n\r\nOK\r\n"),
        (b"AT+CGSN=1\r", b'\r\n+CGSN: "004402450000017"\r\n\r\nOK\r\n'),
        (b"AT+GSN\r", b"\r\n004402450000017\r\n\r\nOK\r\n"),
        (b"ATI\r", b"\r\nSimulated\r\nTS27005\r\nRevision: 1.0\r\nIMEI: 004402450000017\r\n\r\nOK\r\n"),
        (b"AT+CIMI\r", b"\r\n001010000000001\r\n\r\nOK\r\n"),
        (b"AT+CIMI=?\r", b"\r\nOK\r\n"),
        (b"AT+CCID\r", b"\r\n+CCID: 8900101000000000019\r\n\r\nOK\r\n"),
        (b"AT+CNUM\r", b'\r\n+CNUM: "","+6281200000001",145\r\n\r\nOK\r\n'),
        (b"AT+CPIN?\r", b"\r\n+CPIN: READY\r\n\r\nOK\r\n"),
        (b"AT+CFUN?\r", b"\r\n+CFUN: 1\r\n\r\nOK\r\n"),
        (b"AT+COPS?\r", b'\r\n+COPS: 0,0,"Simulated One",2\r\n\r\nOK\r\n'),
        (b"AT+CSQ=?\r", b"\r\n+CSQ: (0-31,99),(0-7,99)\r\n\r\nOK\r\n"),
        (b'AT+CLCK="SC",2\r', b"\r\n+CLCK: 0\r\n\r\nOK\r\n"),
        (b"AT+CSCS=?\r", b'\r\n+CSCS: ("GSM","IRA","UCS2")\r\n\r\nOK\r\n'),
        (b"AT+CCLK?\r", b'\r\n+CCLK: "26/01/01,00:00:00+00"\r\n\r\nOK\r\n'),
        (b"AT+CREG=?\r", b"\r\n+CREG: (0-2)\r\n\r\nOK\r\n"),
        (b"AT+CREG=2;+CREG?\r", b'\r\n+CREG: 2,1,"1A01","0000C0DE",2\r\n\r\nOK\r\n'),
        (b"AT+CEREG=2;+CEREG?\r", b'\r\n+CEREG: 2,1,"1A01","0000C0DE",7\r\n\r\nOK\r\n'),
        (b"AT+CGATT?\r", b"\r\n+CGATT: 1\r\n\r\nOK\r\n"),
        (b"AT+COPS=3,2;+COPS?\r", b'\r\n+COPS: 0,2,"00101",2\r\n\r\nOK\r\n'),
    ],
)
def test_one_answer(typed: bytes, answered: bytes) -> None:
    assert ModemBench().say(typed) == answered


@pytest.mark.parametrize(
    ("level", "answered"),
    [
        (0, b"\r\nERROR\r\n"),
        (1, b"\r\n+CME ERROR: 16\r\n"),
        (2, b"\r\n+CME ERROR: incorrect password\r\n"),
    ],
)
def test_error_forms_of_cmee(level: int, answered: bytes) -> None:
    bench = locked()
    bench.say(b"AT+CMEE=%d\r" % level)
    assert bench.say(b'AT+CPIN="0000"\r') == answered


def test_a_locked_sim_refuses_what_needs_it_and_registers_when_open() -> None:
    bench = locked()
    assert bench.say(b"AT+CPIN?;+CREG?\r") == b"\r\n+CPIN: SIM PIN\r\n\r\n+CREG: 0,0\r\n\r\nOK\r\n"
    assert bench.say(b"AT+CIMI\r") == b"\r\n+CME ERROR: 11\r\n"
    assert bench.say(b"AT+CMGS=23\r") == b"\r\n+CMS ERROR: 311\r\n"
    assert bench.say(b"AT+CGSN\r").endswith(b"OK\r\n")
    assert bench.say(b"AT+CREG=1\r") == b"\r\nOK\r\n"
    assert bench.say(b'AT+CPIN="4321"\r') == b"\r\nOK\r\n\r\n+CREG: 1\r\n"
    assert bench.say(b"AT+CPIN?\r") == b"\r\n+CPIN: READY\r\n\r\nOK\r\n"
    assert bench.say(b'AT+CPIN="4321"\r') == b"\r\n+CME ERROR: 3\r\n"


def test_three_wrong_pins_ask_for_the_puk() -> None:
    bench = locked()
    assert bench.say(b'AT+CPIN="0000"\r') == b"\r\n+CME ERROR: 16\r\n"
    assert bench.say(b"AT+CPINR\r").startswith(b"\r\n+CPINR: SIM PIN,2,3\r\n")
    assert bench.say(b'AT+CPIN="0000"\r') == b"\r\n+CME ERROR: 16\r\n"
    assert bench.say(b'AT+CPIN="0000"\r') == b"\r\n+CME ERROR: 12\r\n"
    assert bench.say(b"AT+CPIN?\r") == b"\r\n+CPIN: SIM PUK\r\n\r\nOK\r\n"
    assert bench.say(b'AT+CPIN="4321"\r') == b"\r\n+CME ERROR: 12\r\n"
    assert bench.say(b"AT+CMGS=23\r") == b"\r\n+CMS ERROR: 316\r\n"
    assert bench.say(b'AT+CPIN="00000000","1111"\r') == b"\r\n+CME ERROR: 16\r\n"
    assert bench.say(b'AT+CPIN="12345678","1111"\r') == b"\r\nOK\r\n"
    assert bench.say(b"AT+CPIN?\r") == b"\r\n+CPIN: READY\r\n\r\nOK\r\n"
    assert bench.device.sim.wrong == 3


def test_a_right_pin_gives_all_tries_back_and_power_asks_again() -> None:
    bench = locked()
    bench.say(b'AT+CPIN="0000"\r')
    bench.say(b'AT+CPIN="4321"\r')
    assert bench.device.sim.tries == 3
    bench.modem.unplug()
    bench.modem.plug()
    assert b"+CPIN: SIM PIN\r\n" in bench.say(b"AT+CPIN?\r")


def test_the_lock_is_switched_on_and_off_with_the_pin() -> None:
    bench = locked()
    bench.say(b'AT+CPIN="4321"\r')
    assert bench.say(b'AT+CLCK="SC",0,"0000"\r') == b"\r\n+CME ERROR: 16\r\n"
    assert bench.say(b'AT+CLCK="SC",0,"4321"\r') == b"\r\nOK\r\n"
    assert bench.say(b'AT+CLCK="SC",2\r') == b"\r\n+CLCK: 0\r\n\r\nOK\r\n"
    assert bench.say(b'AT+CLCK="PN",2\r') == b"\r\n+CME ERROR: 4\r\n"


def test_power_levels_change_the_registration() -> None:
    bench = ModemBench()
    bench.say(b"AT+CREG=1;+CMEE=1\r")
    assert bench.say(b"AT+CFUN=4\r") == b"\r\nOK\r\n\r\n+CREG: 0\r\n"
    assert bench.say(b"AT+CSQ;+COPS?\r") == b"\r\n+CSQ: 99,99\r\n\r\n+COPS: 0\r\n\r\nOK\r\n"
    assert bench.say(b"AT+CFUN=1\r") == b"\r\nOK\r\n\r\n+CREG: 1\r\n"
    assert bench.say(b"AT+CFUN=7\r") == b"\r\n+CME ERROR: 4\r\n"


def test_restart_answers_ok_and_forgets_the_settings() -> None:
    bench = ModemBench()
    bench.say(b"AT+CMEE=2\r")
    assert bench.say(b"AT+CFUN=1,1\r") == b"\r\nOK\r\n"
    assert bench.device.counters.boots == 1
    assert bench.say(b"ATE0\r") == b"ATE0\r\r\nOK\r\n"
    assert bench.say(b"AT+CMEE?\r") == b"\r\n+CMEE: 0\r\n\r\nOK\r\n"


def test_the_network_that_goes_and_comes_is_told_with_its_cell() -> None:
    bench = ModemBench()
    bench.say(b"AT+CREG=2;+CEREG=1\r")
    bench.device.network.stat = Registration.SEARCHING
    settle(bench.device)
    bench.modem.settle()
    assert bench.modem.output() == b"\r\n+CREG: 2\r\n\r\n+CEREG: 2\r\n"
    bench.device.network.stat = Registration.ROAMING
    settle(bench.device)
    bench.modem.settle()
    assert bench.modem.output() == b'\r\n+CREG: 5,"1A01","0000C0DE",2\r\n\r\n+CEREG: 5\r\n'


def test_leaving_the_network_by_cops() -> None:
    bench = ModemBench()
    assert bench.say(b"AT+COPS=2;+CREG?;+COPS?\r") == b"\r\n+CREG: 0,0\r\n\r\n+COPS: 2\r\n\r\nOK\r\n"
    assert bench.say(b"AT+COPS=0;+CREG?\r") == b"\r\n+CREG: 0,1\r\n\r\nOK\r\n"


def test_ussd_is_answered_after_ok() -> None:
    bench = ModemBench()
    assert bench.say(b'AT+CUSD=1,"*123#",15\r') == b"\r\nOK\r\n"
    assert bench.advance(0.05) == b'\r\n+CUSD: 0,"Simulated balance: 10000",15\r\n'


def test_ussd_in_ucs2() -> None:
    bench = ModemBench(Traits(ussd="Hi"))
    bench.say(b'AT+CSCS="UCS2"\r')
    assert bench.say(b'AT+CUSD=1,"002A0031003200330023",15\r') == b"\r\nOK\r\n"
    assert bench.advance(0.05) == b'\r\n+CUSD: 0,"00480069",15\r\n'


def test_ussd_without_network_is_refused() -> None:
    bench = ModemBench()
    bench.say(b"AT+CMEE=1;+CFUN=4\r")
    assert bench.say(b'AT+CUSD=1,"*123#"\r') == b"\r\n+CME ERROR: 30\r\n"
