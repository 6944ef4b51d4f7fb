"""SIM cards that come, go, fail and fill; registration for SMS only, by LTE only, and lost."""

from __future__ import annotations

import pytest
from stations import FakeStation

from otppi.simulator.bench import ModemBench
from otppi.simulator.device import Traits
from otppi.simulator.errors import UnknownOrder
from otppi.simulator.families import family
from otppi.simulator.identity import identity
from otppi.simulator.orders import Order, perform

BODY = b"0011000C912618020000100000AA0AE8329BFD4697D9EC37\x1a"
SENT = b"\r\n+CMGS: %d\r\n\r\nOK\r\n"
PIN = "4321"


def order(bench: ModemBench, do: str, **fields: object) -> dict[str, object]:
    return perform(FakeStation(bench.modem), Order({"do": do} | fields))


def modem(name: str = "generic", pin: str | None = None) -> ModemBench:
    bench = ModemBench(Traits(latency=0.0, family=family(name), pin=pin, long_on=True))
    bench.say(b"AT+CMEE=1\r")
    return bench


def send(bench: ModemBench) -> bytes:
    said = bench.say(b"AT+CMGS=23\r")
    return said + bench.say(BODY) if said.endswith(b"> ") else said


# Cards


def test_without_a_card_nothing_of_it_is_answered() -> None:
    bench = modem()
    bench.say(b"AT+CREG=1\r")
    order(bench, "remove_sim")
    assert bench.modem.output() == b"\r\n+CREG: 0\r\n"
    for command in (b"AT+CPIN?", b"AT+CIMI", b"AT+CCID", b'AT+CPIN="1234"', b"AT+CPINR"):
        assert bench.say(command + b"\r") == b"\r\n+CME ERROR: 10\r\n"
    assert send(bench) == b"\r\n+CMS ERROR: 310\r\n"
    assert order(bench, "status")["sim"] == "absent"
    assert bench.say(b"AT+CGSN\r").endswith(b"OK\r\n")


def test_another_card_is_read_within_a_second_and_is_another() -> None:
    bench = modem()
    order(bench, "insert_sim", card=7)
    assert bench.say(b"AT+CIMI\r") == b"\r\n+CME ERROR: 14\r\n"
    bench.advance(1)
    other = identity(7)
    assert bench.say(b"AT+CIMI\r") == b"\r\n%s\r\n\r\nOK\r\n" % other.imsi.encode()
    assert bench.say(b"AT+CCID\r") == b"\r\n+CCID: %s\r\n\r\nOK\r\n" % other.iccid.encode()
    assert bench.say(b"AT+CGSN\r").startswith(b"\r\n004402450000017")
    assert send(bench) == b"\r\n> " + SENT % 0


def test_a_cards_messages_and_tries_go_with_it_and_come_back() -> None:
    bench = modem(pin=PIN)
    bench.say(b'AT+CPIN="4321"\r')
    bench.modem.incoming("+628120000002", "hello")
    order(bench, "insert_sim", card=7)
    bench.advance(1)
    assert bench.say(b"AT+CPMS?\r").startswith(b'\r\n+CPMS: "SM",0,30')
    order(bench, "insert_sim")
    bench.advance(1)
    assert bench.say(b"AT+CPIN?\r") == b"\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n"
    bench.say(b'AT+CPIN="0000"\r')
    order(bench, "insert_sim", card=7)
    order(bench, "insert_sim", card=0)
    bench.advance(1)
    assert bench.say(b"AT+CPINR\r").startswith(b"\r\n+CPINR: SIM PIN,2,3\r\n")
    bench.say(b'AT+CPIN="4321"\r')
    assert bench.say(b"AT+CPMS?\r").startswith(b'\r\n+CPMS: "SM",1,30')


def test_a_card_swapped_without_power_is_there_at_the_next_start() -> None:
    bench = modem()
    bench.modem.unplug()
    order(bench, "insert_sim", card=9, pin="1111")
    bench.modem.plug()
    assert bench.say(b"ATE0\r").endswith(b"OK\r\n")
    assert bench.say(b"AT+CPIN?\r") == b"\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n"
    assert bench.say(b'AT+CPIN="1111"\r') == b"\r\nOK\r\n"


def test_a_card_that_fails_is_a_failure_until_it_is_put_in_again() -> None:
    bench = modem()
    order(bench, "fail_sim")
    assert bench.say(b"AT+CPIN?\r") == b"\r\n+CME ERROR: 13\r\n"
    assert send(bench) == b"\r\n+CMS ERROR: 313\r\n"
    order(bench, "insert_sim")
    bench.advance(1)
    assert send(bench) == b"\r\n> " + SENT % 0


@pytest.mark.parametrize(
    ("name", "removed", "inserted"),
    [
        ("huawei", b"\r\n^SIMST:255\r\n", b"\r\n^SIMST:1\r\n"),
        ("sim800", b"\r\n+CPIN: NOT READY\r\n", b"\r\n+CPIN: READY\r\n"),
        ("ec25", b"", b"\r\n+CPIN: READY\r\n"),
    ],
)
def test_families_tell_of_a_card_that_goes_and_comes(name: str, removed: bytes, inserted: bytes) -> None:
    bench = modem(name)
    order(bench, "remove_sim")
    assert bench.modem.output() == removed
    order(bench, "insert_sim")
    assert inserted in bench.advance(10)


def test_a_sim800_that_starts_without_a_card_says_so() -> None:
    bench = ModemBench(Traits(family=family("sim800")))
    order(bench, "remove_sim")
    bench.modem.output()
    assert bench.advance(20) == b"\r\nRDY\r\n\r\n+CFUN: 1\r\n\r\n+CPIN: NOT INSERTED\r\n"


# Registration


@pytest.mark.parametrize(
    ("stat", "sends"),
    [(0, False), (1, True), (2, False), (3, False), (4, False), (5, True), (6, True), (7, True), (8, False)],
)
def test_what_a_registration_carries(stat: int, *, sends: bool) -> None:
    bench = modem()
    order(bench, "register", stat=stat)
    assert bench.say(b"AT+CREG?\r") == b"\r\n+CREG: 0,%d\r\n\r\nOK\r\n" % stat
    assert send(bench) == b"\r\n> " + (SENT % 0 if sends else b"\r\n+CMS ERROR: 331\r\n")


def test_lte_alone_carries_messages_where_there_is_lte() -> None:
    for name, sends in (("ec25", True), ("sim800", False)):
        bench = modem(name)
        order(bench, "register", stat=2, eps=1)
        assert bench.say(b"AT+CREG?\r") == b"\r\n+CREG: 0,2\r\n\r\nOK\r\n"
        assert send(bench) == b"\r\n> " + (SENT % 0 if sends else b"\r\n+CMS ERROR: 331\r\n")


def test_changes_are_told_to_whoever_asked_and_only_there() -> None:
    bench = modem("ec25")
    bench.say(b"AT+CEREG=2\r")
    order(bench, "register", stat=3, eps=5)
    assert bench.modem.output() == b'\r\n+CEREG: 5,"1A01","C0DE",7\r\n'
    bench.say(b"AT+CREG=1;+CEREG=0\r")
    order(bench, "unregister")
    assert bench.modem.output() == b"\r\n+CREG: 2\r\n"
    with pytest.raises(UnknownOrder, match="eps must be a number from 0 to 8"):
        order(bench, "register", stat=1, eps=9)


def test_a_huawei_shows_no_place_where_there_is_none() -> None:
    bench = modem("huawei")
    bench.say(b"AT+CREG=2\r")
    order(bench, "unregister")
    assert bench.modem.output() == b"\r\n+CREG: 2,00,0\r\n"


# Noise


def test_noise_in_idle_times_comes_by_itself_and_is_the_familys() -> None:
    bench = modem("wavecom")
    order(bench, "noise", rate=0, every=10)
    said = bench.advance(200).split(b"\r\n")
    lines = [line for line in said if line]
    assert 10 < len(lines) < 40
    assert {line.decode() for line in lines} <= set(family("wavecom").noise)
    order(bench, "clear")
    bench.advance(20)
    assert bench.advance(200) == b""


def test_noise_in_the_midst_of_a_send_at_a_rate() -> None:
    bench = modem("huawei")
    order(bench, "noise", rate=1)
    said = send(bench)
    reference, final = said.index(b"+CMGS: 0"), said.rindex(b"OK\r\n")
    assert b"^" in said[: said.index(b"> ")]
    assert b"^" in said[reference:final]
