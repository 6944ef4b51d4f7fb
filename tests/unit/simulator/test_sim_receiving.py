"""3GPP TS 27.005: incoming messages, +CNMI, +CNMA, and reading, listing, deleting what is stored."""

from __future__ import annotations

import pytest

from otppi.simulator.bench import ModemBench
from otppi.simulator.device import Traits
from otppi.simulator.errors import MessageRefusal
from otppi.simulator.network import Registration
from otppi.simulator.registration import settle
from otppi.simulator.storage import Memory, Status, Stored

# fo 04, +628120000002, pid 00, dcs 00, 2026-01-01 00:00:00+00, 10 septets "hellohello"; SMSC +6280000000 in front
DELIVER = b"04" + b"0C91261802000020" + b"0000" + b"62101000000000" + b"0A" + b"E8329BFD4697D9EC37"
WITH_SMSC = b"06912608000000" + DELIVER
LENGTH = len(DELIVER) // 2


def bench_with(*commands: bytes, storage: int = 30) -> ModemBench:
    bench = ModemBench(Traits(storage=storage))
    for command in commands:
        assert bench.say(command + b"\r").endswith(b"\r\nOK\r\n")
    return bench


def hello(bench: ModemBench) -> bytes:
    bench.modem.incoming("+628120000002", "hellohello")
    return bench.modem.output()


def test_it_is_stored_silently_without_indications() -> None:
    bench = bench_with()
    assert hello(bench) == b""
    assert bench.say(b"AT+CPMS?\r") == b'\r\n+CPMS: "SM",1,30,"SM",1,30,"SM",1,30\r\n\r\nOK\r\n'


def test_it_is_stored_and_told_with_mt_1() -> None:
    bench = bench_with(b'AT+CPMS="ME","ME","ME"', b"AT+CNMI=2,1,0,0,0")
    assert hello(bench) == b'\r\n+CMTI: "ME",1\r\n'
    assert hello(bench) == b'\r\n+CMTI: "ME",2\r\n'


def test_it_comes_directly_with_mt_2() -> None:
    bench = bench_with(b"AT+CNMI=2,2,0,0,0")
    assert hello(bench) == b"\r\n+CMT: ,%d\r\n" % LENGTH + WITH_SMSC + b"\r\n"
    assert bench.say(b"AT+CMGL=4\r") == b"\r\nOK\r\n"


def test_it_comes_directly_in_text_mode() -> None:
    bench = bench_with(b"AT+CMGF=1", b"AT+CNMI=2,2,0,0,0")
    assert hello(bench) == b'\r\n+CMT: "+628120000002",,"26/01/01,00:00:00+00"\r\nhellohello\r\n'


def test_mode_0_keeps_indications_back_until_another_mode_asks_for_them() -> None:
    bench = bench_with(b"AT+CNMI=0,1,0,0,0")
    assert hello(bench) == b""
    assert bench.say(b"AT+CNMI=2,1,0,0,0\r") == b'\r\nOK\r\n\r\n+CMTI: "SM",1\r\n'
    bench.say(b"AT+CNMI=0,1,0,0,0\r")
    hello(bench)
    assert bench.say(b"AT+CNMI=2,1,0,0,1\r") == b"\r\nOK\r\n"


def test_direct_messages_wait_for_their_acknowledgement_with_csms_1() -> None:
    bench = bench_with(b"AT+CSMS=1", b"AT+CNMI=2,2,0,0,0")
    assert hello(bench).startswith(b"\r\n+CMT: ")
    assert hello(bench) == b""
    assert bench.say(b"AT+CNMA\r") == b"\r\nOK\r\n\r\n+CMT: ,%d\r\n" % LENGTH + WITH_SMSC + b"\r\n"
    assert bench.say(b"AT+CNMA\r") == b"\r\nOK\r\n"
    assert bench.say(b"AT+CNMA\r") == b"\r\n+CMS ERROR: 340\r\n"


def test_without_acknowledgement_direct_routing_ends() -> None:
    bench = bench_with(b"AT+CSMS=1", b"AT+CNMI=2,2,0,1,0")
    hello(bench)
    bench.advance(15)
    assert bench.say(b"AT+CNMI?\r") == b"\r\n+CNMI: 2,0,0,0,0\r\n\r\nOK\r\n"
    assert hello(bench) == b""
    assert bench.say(b"AT+CNMA\r") == b"\r\n+CMS ERROR: 340\r\n"


def test_indications_wait_while_a_body_is_typed() -> None:
    bench = bench_with(b"AT+CNMI=2,1,0,0,0")
    bench.say(b"AT+CMGS=23\r")
    assert hello(bench) == b""
    assert bench.say(b"\x1b") == b'\r\nOK\r\n\r\n+CMTI: "SM",1\r\n'


def test_the_network_keeps_what_a_full_memory_cannot_take() -> None:
    bench = bench_with(b"AT+CNMI=2,1,0,0,0", storage=1)
    assert hello(bench) == b'\r\n+CMTI: "SM",1\r\n'
    assert hello(bench) == b""
    assert bench.device.counters.received == 1
    assert bench.say(b"AT+CMGD=1\r") == b'\r\nOK\r\n\r\n+CMTI: "SM",1\r\n'


def test_the_network_keeps_what_comes_while_the_modem_is_away() -> None:
    bench = bench_with(b"AT+CNMI=2,1,0,0,0")
    bench.device.network.stat = Registration.SEARCHING
    settle(bench.device)
    assert hello(bench) == b""
    bench.device.network.stat = Registration.HOME
    settle(bench.device)
    bench.modem.settle()
    assert bench.modem.output() == b'\r\n+CMTI: "SM",1\r\n'


def test_reading_marks_as_read() -> None:
    bench = bench_with()
    hello(bench)
    answer = b",,%d\r\n" % LENGTH + WITH_SMSC + b"\r\n\r\nOK\r\n"
    assert bench.say(b"AT+CMGR=1\r") == b"\r\n+CMGR: 0" + answer
    assert bench.say(b"AT+CMGR=1\r") == b"\r\n+CMGR: 1" + answer
    assert bench.say(b"AT+CMGR=2\r") == b"\r\n+CMS ERROR: 321\r\n"


def test_a_list_is_one_response_of_header_and_pdu_lines() -> None:
    bench = bench_with()
    hello(bench)
    hello(bench)
    bench.say(b"AT+CMGR=1\r")
    one = b",,%d\r\n" % LENGTH + WITH_SMSC + b"\r\n"
    assert bench.say(b"AT+CMGL=4\r") == b"\r\n+CMGL: 1,1" + one + b"+CMGL: 2,0" + one + b"\r\nOK\r\n"
    assert bench.say(b"AT+CMGL\r") == b"\r\nOK\r\n"
    assert bench.say(b"AT+CMGL=5\r") == b"\r\nERROR\r\n"


def test_a_list_in_text_mode_in_each_set() -> None:
    bench = bench_with(b"AT+CMGF=1")
    bench.modem.incoming("INFO", "a@")
    head = b'\r\n+CMGL: 1,"REC %s",%s,,"26/01/01,00:00:00+00"\r\n%s\r\n\r\nOK\r\n'
    assert bench.say(b"AT+CMGL\r") == head % (b"UNREAD", b'"INFO"', b"a\x00")
    bench.say(b'AT+CSCS="IRA"\r')
    assert bench.say(b'AT+CMGL="ALL"\r') == head % (b"READ", b'"INFO"', b"a@")
    bench.say(b'AT+CSCS="UCS2"\r')
    assert bench.say(b'AT+CMGL="REC READ"\r') == head % (b"READ", b'"0049004E0046004F"', b"00610040")
    assert bench.say(b'AT+CMGL="NONE"\r') == b"\r\n+CMS ERROR: 305\r\n"


@pytest.mark.parametrize(("flag", "left"), [(1, b"2,3,4"), (2, b"2,3"), (3, b"2"), (4, b"")])
def test_deleting_by_kind(flag: int, left: bytes) -> None:
    bench = bench_with()
    for status in (Status.READ, Status.UNREAD, Status.UNSENT, Status.SENT):
        bench.device.memory("SM").add(Stored(status, "00", DELIVER.decode()))
    assert bench.say(b"AT+CMGD=1,%d\r" % flag) == b"\r\nOK\r\n"
    assert bench.say(b"AT+CMGD=?\r") == b"\r\n+CMGD: (%s),(0-4)\r\n\r\nOK\r\n" % left


def test_deleting_an_index_that_cannot_be() -> None:
    bench = bench_with()
    assert bench.say(b"AT+CMGD=1\r") == b"\r\nOK\r\n"
    assert bench.say(b"AT+CMGD=31\r") == b"\r\n+CMS ERROR: 321\r\n"


def test_a_long_text_comes_in_segments_with_one_reference() -> None:
    bench = bench_with(b"AT+CNMI=2,2,0,0,0")
    bench.modem.incoming("+628120000002", "x" * 200)
    first, second = [line for line in bench.modem.output().split(b"\r\n") if line.startswith(b"0691")]
    assert first[14:16] == second[14:16] == b"44"
    header = first.index(b"050003")
    reference = first[header + 6 : header + 8]
    assert first[header : header + 12] == b"050003" + reference + b"0201"
    assert second[header : header + 12] == b"050003" + reference + b"0202"


@pytest.mark.parametrize(
    ("typed", "answered"),
    [
        (b"AT+CPMS=?\r", b'\r\n+CPMS: ("SM","ME","SR"),("SM","ME"),("SM","ME")\r\n\r\nOK\r\n'),
        (b'AT+CPMS="ME"\r', b"\r\n+CPMS: 0,30,0,30,0,30\r\n\r\nOK\r\n"),
        (b'AT+CPMS="XX"\r', b"\r\n+CMS ERROR: 303\r\n"),
        (b'AT+CPMS="SM","SM","SR"\r', b"\r\n+CMS ERROR: 303\r\n"),
        (b"AT+CNMI=?\r", b"\r\n+CNMI: (0,1,2),(0,1,2,3),(0,2),(0,1,2),(0,1)\r\n\r\nOK\r\n"),
        (b"AT+CNMI=3,1\r", b"\r\nERROR\r\n"),
        (b"AT+CNMI=2,1;+CNMI?\r", b"\r\n+CNMI: 2,1,0,0,0\r\n\r\nOK\r\n"),
        (b"AT+CSMS=?\r", b"\r\n+CSMS: (0,1)\r\n\r\nOK\r\n"),
        (b"AT+CSMS=1\r", b"\r\n+CSMS: 1,1,0\r\n\r\nOK\r\n"),
        (b"AT+CSMS?\r", b"\r\n+CSMS: 0,1,1,0\r\n\r\nOK\r\n"),
        (b"AT+CMMS=2;+CMMS?\r", b"\r\n+CMMS: 2\r\n\r\nOK\r\n"),
        (b"AT+CSCA?\r", b'\r\n+CSCA: "+6280000000",145\r\n\r\nOK\r\n'),
        (b'AT+CSCA="+628111",145;+CSCA?\r', b'\r\n+CSCA: "+628111",145\r\n\r\nOK\r\n'),
        (b'AT+CSCA="x"\r', b"\r\n+CMS ERROR: 305\r\n"),
        (b"AT+CSMP?\r", b"\r\n+CSMP: 17,167,0,0\r\n\r\nOK\r\n"),
    ],
)
def test_settings(typed: bytes, answered: bytes) -> None:
    assert ModemBench().say(typed) == answered


def test_a_memory_reuses_the_lowest_slot_and_refuses_when_full() -> None:
    memory = Memory(2)
    message = Stored(Status.UNREAD, "00", DELIVER.decode())
    assert (memory.add(message), memory.add(message), memory.full) == (1, 2, True)
    with pytest.raises(MessageRefusal) as refused:
        memory.add(message)
    assert refused.value.code == 322
    memory.delete(1)
    assert memory.add(message) == 1
    assert DELIVER.decode() not in repr(memory)
