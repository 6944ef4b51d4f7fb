"""Each family against the facts it states, octet by octet."""

from __future__ import annotations

from dataclasses import MISSING, fields

import pytest

from otppi.simulator import families
from otppi.simulator.bench import ModemBench
from otppi.simulator.device import Traits
from otppi.simulator.errors import UnknownFamily
from otppi.simulator.family import Family, Ready

FAMILIES = ("ec25", "generic", "huawei", "sim7600", "sim800", "wavecom")
IMEI = b"004402450000017"
ICCID = b"8900101000000000019"
BODY = b"0011000C912618020000100000AA0AE8329BFD4697D9EC37\x1a"
PIN = "4321"
SETTLED = 20.0
"""Seconds after which every family has reached everything."""
_CRLF = b"\r\n"


def bench(name: str, *, pin: str | None = None, on: bool = True, echo: bool = False) -> ModemBench:
    """A modem of that family; `on`: for long."""
    return ModemBench(Traits(latency=0.0, family=families.family(name), pin=pin, long_on=on), echo=echo)


def lines(*said: bytes | str) -> bytes:
    """As it writes them, each with a line end on both sides."""
    return b"".join(b"\r\n" + (line.encode() if isinstance(line, str) else line) + b"\r\n" for line in said)


def ok(*said: bytes | str) -> bytes:
    return lines(*said, b"OK")


def test_the_families_there_are() -> None:
    assert families.names() == FAMILIES
    assert [families.family(name).name for name in FAMILIES] == list(FAMILIES)
    with pytest.raises(UnknownFamily, match="ec25, generic, huawei, sim7600, sim800, wavecom"):
        families.family("nokia")


@pytest.mark.parametrize("name", FAMILIES)
def test_every_oddity_has_a_source(name: str) -> None:
    family = families.family(name)
    stated = {fact.about for fact in family.facts}
    assert all(fact.source.strip() and fact.says.strip() for fact in family.facts)
    optional = [spot for spot in fields(Family) if spot.default is not MISSING or spot.default_factory is not MISSING]
    plain = Family("", "", "", "", (), {})
    odd = {spot.name for spot in optional if getattr(family, spot.name) != getattr(plain, spot.name)} - {"commands"}
    assert (odd | set(family.commands)) - stated == set()
    assert stated - odd - set(family.commands) - {"identification"} == set()


def test_no_two_families_are_taken_for_each_other() -> None:
    told = {bench(name).say(b"AT+CGMI;+CGMM\r") for name in FAMILIES}
    assert len(told) == len(FAMILIES)


TABLE: dict[str, list[tuple[bytes, bytes]]] = {
    "huawei": [
        (
            b"ATI\r",
            b"\r\nManufacturer: huawei\r\nModel: E173\r\nRevision: 11.126.16.00.715\r\nIMEI: "
            + IMEI
            + b"\r\n+GCAP: +CGSM,+DS,+ES\r\n\r\nOK\r\n",
        ),
        (b"AT+CGMI\r", ok("huawei")),
        (b"AT+CGMM\r", ok("E173")),
        (b"AT^CPIN?\r", ok("^CPIN: READY,,10,3,10,3")),
        (b"AT^ICCID?\r", ok("^ICCID: 980001010000000010F9")),
        (b"AT+CPIN?\r", ok("+CPIN: READY")),
        (b"AT+CCID\r", lines("COMMAND NOT SUPPORT")),
        (b"AT+WIND?\r", lines("COMMAND NOT SUPPORT")),
        (b"AT+CEREG?\r", lines("COMMAND NOT SUPPORT")),
        (b"AT+CMGF=0,0\r", lines("TOO MANY PARAMETERS")),
        (b"AT+CNMI=2,1,0,2,0,1\r", lines("TOO MANY PARAMETERS")),
        (b"AT+CNMI=2,1,0,1,0\r", lines("ERROR")),
        (b"AT+CNMI=2,2,0,0,0\r", lines("ERROR")),
        (b"AT+CNMI=2,1,2,2,0\r", ok()),
        (b"AT+CNMI=1,2,0,1,0\r", ok()),
        (b"AT+CPMS=?\r", ok('+CPMS: ("ME","MT","SM","SR"),("ME","MT","SM","SR"),("ME","MT","SM","SR")')),
        (b"AT+CPMS?\r", ok('+CPMS: "SM",0,40,"SM",0,40,"SM",0,40')),
        (b'AT+CPMS="ME","ME","MT"\r', ok("+CPMS: 0,255,0,255,0,255")),
        (b"AT+COPS?\r", ok('+COPS: 0,0,"Simulated One",2')),
        (b"AT+CREG=2;+CREG?\r", ok("+CREG: 2,1,1A01,C0DE")),
        (b"AT^SYSINFO\r", ok("^SYSINFO:2,3,0,5,1,,4")),
        (b"AT^CURC=0\r", ok()),
        (b"AT^PORTSEL=1\r", ok()),
        (b"AT^USSDMODE?\r", ok("^USSDMODE: 1")),
        (b'AT+CUSD=1,"*100#",15\r', lines("ERROR")),
    ],
    "sim800": [
        (b"ATI\r", ok("SIM800 R14.18")),
        (b"AT+CGMI\r", ok("SIMCOM_Ltd")),
        (b"AT+CGMM\r", ok("SIMCOM_SIM800L")),
        (b"AT+CGMR\r", ok("Revision:1418B05SIM800L24")),
        (b"AT+GSN\r", ok(IMEI)),
        (b"AT+CCID\r", ok(ICCID)),
        (b"AT+SPIC\r", ok("+SPIC: 3,3,10,10")),
        (b"AT+CSMINS?\r", ok("+CSMINS: 0,1")),
        (b"AT+CEREG?\r", lines("ERROR")),
        (b"AT+CNMI=?\r", ok("+CNMI: (0,1,2,3),(0,1,2,3),(0,2),(0,1),(0,1)")),
        (b"AT+CNMI=2,1,0,1,0\r", ok()),
        (b"AT+CNMI=2,1,0,2,0\r", lines("ERROR")),
        (b"AT+CPMS=?\r", ok("+CPMS: " + ",".join(['("SM","ME","SM_P","ME_P","MT")'] * 3))),
        (b'AT+CPMS="SM_P","ME","MT"\r', ok("+CPMS: 0,50,0,50,0,50")),
        (b"AT+COPS?\r", ok('+COPS: 0,0,"Simulated One"')),
        (b"AT+CREG=2;+CREG?\r", ok('+CREG: 2,1,"1A01","C0DE"')),
    ],
    "sim7600": [
        (
            b"ATI\r",
            b"\r\nManufacturer: SIMCOM INCORPORATED\r\nModel: SIMCOM_SIM7600E-H\r\nRevision: SIM7600M22_V1.1\r\nIMEI: "
            + IMEI
            + b"\r\n+GCAP: +CGSM\r\n\r\nOK\r\n",
        ),
        (b"AT+CGMR\r", ok("+CGMR: LE20B01SIM7600M22")),
        (b"AT+CICCID\r", ok(b"+ICCID: " + ICCID)),
        (b"AT+CCID\r", lines("ERROR")),
        (b"AT+SPIC\r", ok("+SPIC: 3,10,0,10")),
        (b"AT+CSMS=?\r", ok("+CSMS: (0-1)")),
        (b"AT+CSMS=0\r", ok("+CSMS: 1,1,1")),
        (b"AT+CMGF=?\r", ok("+CMGF: (0-1)")),
        (b"AT+CSCS?\r", ok('+CSCS: "IRA"')),
        (b"AT+CNMI=?\r", ok("+CNMI: (0,1,2),(0,1,2,3),(0,2),(0,1,2),(0,1)")),
        (b"AT+CNMI=2,1,0,1,0\r", lines("ERROR")),
        (b"AT+CNMI=2,3\r", lines("ERROR")),
        (b"AT+CNMI=0,2\r", lines("ERROR")),
        (b"AT+CNMI=2,2,0,2,0\r", ok()),
        (b"AT+CNMI=1,3,0,1,0\r", ok()),
        (b"AT+CPMS=?\r", ok('+CPMS: ("ME","MT","SM","SR"),("ME","MT","SM"),("ME","SM")')),
        (b"AT+CPMS?\r", ok('+CPMS: "ME",0,23,"ME",0,23,"ME",0,23')),
        (b'AT+CPMS="SM","SM","SM"\r', ok("+CPMS: 0,50,0,50,0,50")),
        (b'AT+CPMS="SM","SM","MT"\r', lines("ERROR")),
        (b"AT+CMGR=7\r", lines("ERROR")),
        (b"AT+CMEE=1;+CMGR=7\r", lines("+CMS ERROR: 321")),
        (b"AT+CMEE=2;+CMGR=7\r", lines("+CMS ERROR: invalid memory index")),
        (b"AT+CGSMS?\r", ok("+CGSMS: 3")),
        (b"AT+CFUN=?\r", ok("+CFUN: (0,1,4,5,6,7),(0,1)")),
        (b"AT+CREG=2;+CREG?\r", ok('+CREG: 2,1,"1A01","C0DE"')),
        (b"AT+CEREG=2;+CEREG?\r", ok('+CEREG: 2,1,"1A01","C0DE",7')),
        (b"AT+COPS?\r", ok('+COPS: 0,0,"Simulated One",7')),
    ],
    "ec25": [
        (b"ATI\r", b"\r\nQuectel\r\nEC25\r\nRevision: EC25EFAR06A03M4G\r\n\r\nOK\r\n"),
        (b"AT+CGMR\r", ok("EC25EFAR06A03M4G")),
        (b"AT+QCCID\r", ok(b"+QCCID: " + ICCID)),
        (b"AT+QPINC?\r", b'\r\n+QPINC: "SC",3,10\r\n+QPINC: "P2",3,10\r\n\r\nOK\r\n'),
        (b'AT+QPINC="SC"\r', ok('+QPINC: "SC",3,10')),
        (b"AT+QINISTAT\r", ok("+QINISTAT: 7")),
        (b"AT+CSMS=1\r", ok("+CSMS: 1,1,1")),
        (b"AT+CPMS?\r", ok('+CPMS: "ME",0,255,"ME",0,255,"ME",0,255')),
        (b'AT+CPMS="SM","SM","SM"\r', ok("+CPMS: 0,50,0,50,0,50")),
        (b"AT+CNMI=2,1,0,1,0\r", ok()),
        (b"AT+CMEE=1;+CNMA\r", lines("+CMS ERROR: 340")),
        (b"AT+CMGR=1\r", lines("ERROR")),
        (b"AT+CREG=2;+CREG?\r", ok('+CREG: 2,1,"1A01","C0DE",7')),
        (b"AT+QURCCFG=?\r", ok('+QURCCFG: "urcport",("usbat","usbmodem","uart1","uart2","all")')),
        (b'AT+QURCCFG="urcport","usbat"\r', ok()),
    ],
    "wavecom": [
        (b"ATI\r", b"\r\n WAVECOM MODEM\r\n MULTIBAND  900E  1800 \r\n\r\nOK\r\n"),
        (b"AT+CGMI\r", ok(" WAVECOM MODEM")),
        (b"AT+CGMM\r", ok(" MULTIBAND  900E  1800 ")),
        (b"AT+CGMR\r", ok("641b09gg.Q2403A 1320676 061804 14:38")),
        (b"AT+CPIN?\r", lines("+CPIN: READY")),
        (b"AT+CCID\r", ok(b'+CCID: "' + ICCID + b'"')),
        (b"AT+CPINC\r", ok("+CPINC: 3,3,10,10")),
        (b"AT+CPINC?\r", ok("+CPINC: 3,3,10,10")),
        (b"AT+WIND?\r", ok("+WIND: 79")),
        (b"AT+WIND=50\r", ok()),
        (b"AT+CLAC\r", lines("ERROR")),
        (b"AT+CPMS=?\r", ok('+CPMS: (("SM","BM","SR"),("SM"))')),
        (b'AT+CPMS="SM","SM"\r', ok("+CPMS: 0,50,0,50")),
        (b'AT+CPMS="SM","SM","SR"\r', lines("ERROR")),
        (b"AT+CPMS?\r", ok('+CPMS: "SM",0,50,"SM",0,50')),
        (b"AT+CNMI=2,1,0,2\r", ok()),
        (b"AT+CNMI=2,1,0,1,0\r", ok()),
        (b"AT+CFUN=4\r", lines("ERROR")),
        (b"AT+CMGR=1\r", lines("ERROR")),
        (b"AT+CMEE=1;+CMGR=1\r", lines("+CMS ERROR: 321")),
        (b"AT+CREG=2;+CREG?\r", ok('+CREG: 2,1,"1A01","C0DE"')),
        (b"AT+COPS?\r", ok('+COPS: 0,0,"Simulated One"')),
    ],
}


@pytest.mark.parametrize(
    ("name", "typed", "answered"), [(name, *exchange) for name, exchanges in TABLE.items() for exchange in exchanges]
)
def test_one_exchange(name: str, typed: bytes, answered: bytes) -> None:
    assert bench(name).say(typed) == answered


def boot(modem: ModemBench) -> list[tuple[float, str]]:
    """When which line is written from now on."""
    said: list[tuple[float, str]] = []
    start = modem.elapsed
    while (due := modem.modem.due()) is not None and due <= start + SETTLED:
        written = modem.advance(due - modem.elapsed).split(_CRLF)
        said += [(round(modem.elapsed - start, 1), line.decode()) for line in written if line]
    return said


BOOTS = {
    "generic": [],
    "huawei": [
        (0.5, "^STIN:0,0,0"),
        (0.8, "^BOOT:22633994,0,0,0,64"),
        (2.3, "^SRVST:1"),
        (2.6, "^MODE:5,4"),
        (3.0, "^SIMST:1"),
        (3.5, "^SRVST:2"),
        (3.6, "^RSSI:15"),
    ],
    "sim800": [
        (1.0, "RDY"),
        (1.5, "+CFUN: 1"),
        (2.0, "+CPIN: READY"),
        (6.0, "Call Ready"),
        (7.0, "SMS Ready"),
    ],
    "sim7600": [(1.0, "+CPIN: READY"), (1.4, "SMS DONE"), (2.1, "PB DONE")],
    "ec25": [
        (0.2, "RDY"),
        (0.5, "+CFUN: 1"),
        (1.0, "+CPIN: READY"),
        (1.1, "+QUSIM: 1"),
        (5.2, "+QIND: SMS DONE"),
        (5.8, "+QIND: PB DONE"),
    ],
    "wavecom": [(1.0, "+WIND: 1"), (2.0, "+WIND: 7"), (2.5, "+WIND: 3"), (5.5, "+WIND: 4")],
}


@pytest.mark.parametrize("name", FAMILIES)
def test_the_lines_of_a_start_and_their_times(name: str) -> None:
    modem = bench(name, on=False)
    assert boot(modem) == BOOTS[name]
    assert set(modem.device.ready) == set(Ready)
    assert modem.say(b"AT+CREG?\r").startswith(b"\r\n+CREG: 0,1")


@pytest.mark.parametrize("name", FAMILIES)
def test_a_send_and_a_message_go_through_when_it_is_ready(name: str) -> None:
    modem = bench(name, on=False)
    modem.advance(SETTLED)
    modem.say(b"ATE0\r")
    assert modem.say(b"AT+CMGS=23\r") == b"\r\n> "
    assert modem.say(BODY) == ok("+CMGS: 0")
    assert modem.say(b"AT+CNMI=2,1,0,0,0\r") == ok()
    modem.modem.incoming("+628120000002", "hello")
    stores = families.family(name).stores
    assert modem.modem.output() == lines(f'+CMTI: "{stores.chosen[2]}",{stores.first}')
    assert modem.say(b"AT+CMGR=%d\r" % stores.first).endswith(lines("OK"))
    assert modem.say(b"AT+CMGD=%d\r" % stores.first) == ok()


@pytest.mark.parametrize(
    ("name", "seconds", "typed", "answered"),
    [
        ("sim800", 0.9, b"AT\r", b""),
        ("sim800", 1.2, b"AT\r", ok()),
        ("sim800", 1.6, b"AT+CMEE=1;+CPIN?\r", lines("+CME ERROR: 14")),
        ("sim800", 3.0, b"AT+CMGS=23\r", lines("+CMS ERROR: 521")),
        ("sim800", 3.0, b"AT+CREG?\r", ok("+CREG: 0,2")),
        ("ec25", 0.8, b"AT+CMEE=1;+CPIN?\r", lines("+CME ERROR: 14")),
        ("ec25", 3.0, b"AT+CMEE=1;+CMGS=23\r", lines("+CMS ERROR: 512")),
        ("ec25", 3.0, b"AT+QINISTAT\r", ok("+QINISTAT: 1")),
        ("sim7600", 0.5, b"AT+CMEE=1;+CICCID\r", lines("+CME ERROR: 14")),
        ("sim7600", 1.2, b"AT+CMEE=1;+CMGL=4\r", lines("+CMS ERROR: 314")),
        ("huawei", 1.0, b"AT+CMEE=1;^CPIN?\r", lines("+CME ERROR: 14")),
        ("huawei", 2.5, b"AT+CMGL=4\r", lines("+CMS ERROR: 314")),
        ("wavecom", 0.0, b"AT\r", ok()),
        ("wavecom", 1.5, b"AT+CREG?\r", lines("+CME ERROR: 515")),
        ("wavecom", 1.5, b"AT+CMEE=1\r", lines("+CME ERROR: 515")),
        ("wavecom", 3.0, b"AT+CMEE=1;+CMGS=23\r", lines("+CMS ERROR: 515")),
        ("wavecom", 3.0, b"AT+CMEE=1;+CPIN?\r", lines("+CPIN: READY")),
    ],
)
def test_what_comes_too_early_is_refused_or_lost(name: str, seconds: float, typed: bytes, answered: bytes) -> None:
    modem = bench(name, on=False)
    modem.advance(seconds)
    assert modem.say(typed) == answered


@pytest.mark.parametrize(
    ("name", "query", "before", "after"),
    [
        ("huawei", b"AT^CPIN?\r", ok("^CPIN: SIM PIN,3,10,3,10,3"), ok("^CPIN: SIM PIN,2,10,2,10,3")),
        ("sim800", b"AT+SPIC\r", ok("+SPIC: 3,3,10,10"), ok("+SPIC: 2,3,10,10")),
        ("sim7600", b"AT+SPIC\r", ok("+SPIC: 3,10,0,10"), ok("+SPIC: 2,10,0,10")),
        ("ec25", b'AT+QPINC="SC"\r', ok('+QPINC: "SC",3,10'), ok('+QPINC: "SC",2,10')),
        ("wavecom", b"AT+CPINC\r", ok("+CPINC: 3,3,10,10"), ok("+CPINC: 2,3,10,10")),
    ],
)
def test_tries_are_told_and_a_pin_opens(name: str, query: bytes, before: bytes, after: bytes) -> None:
    modem = bench(name, on=False, pin=PIN)
    modem.advance(SETTLED)
    modem.say(b"AT+CMEE=1\r")
    assert b"+CPIN: SIM PIN\r\n" in modem.say(b"AT+CPIN?\r")
    assert modem.say(query) == before
    assert modem.say(b'AT+CPIN="0000"\r') == lines("+CME ERROR: 16")
    assert modem.say(query) == after
    assert modem.say(b'AT+CPIN="4321"\r').startswith(ok())
    assert Ready.MESSAGES not in modem.device.ready
    said = [line for _, line in boot(modem)]
    assert said == [line for at, line in BOOTS[name] if line in said]
    assert said
    assert Ready.NETWORK in modem.device.ready
    assert modem.say(b"AT+CMGS=23\r") == b"\r\n> "


@pytest.mark.parametrize("name", ["sim800", "sim7600", "ec25"])
def test_a_locked_card_says_so_at_the_start(name: str) -> None:
    said = [line for _, line in boot(bench(name, on=False, pin=PIN))]
    assert said[-1] == "+CPIN: SIM PIN"


def test_a_huawei_with_a_locked_card_tells_no_signal() -> None:
    assert bench("huawei", pin=PIN).say(b"AT+CMEE=2;+CSQ\r") == lines("+CME ERROR: SIM PIN required")


def test_a_huawei_lists_its_commands_with_a_return_too_many() -> None:
    said = bench("huawei").say(b"AT+CLAC\r")
    assert b"\r\n+CMGS\r\r\n" in said
    assert b"\r\n+CEREG\r" not in said
    assert said.endswith(lines("OK"))


def test_a_huawei_takes_packed_codes_and_answers_packed() -> None:
    modem = bench("huawei")
    assert modem.say(b'AT+CUSD=1,"AA180C3602",15\r') == ok()
    packed = _packed("Simulated balance: 10000")
    assert modem.advance(1) == lines(f'+CUSD: 0,"{packed}",15')
    assert modem.say(b"AT^USSDMODE=0\r") == ok()
    assert modem.say(b'AT+CUSD=1,"*100#",15\r') == ok()
    assert modem.advance(1) == lines('+CUSD: 0,"Simulated balance: 10000",15')


def _packed(text: str) -> str:
    bits = sum(ord(character) << 7 * place for place, character in enumerate(text))
    return bits.to_bytes(-(-7 * len(text) // 8), "little").hex().upper()


def test_a_huawei_is_silenced_by_curc() -> None:
    modem = bench("huawei")
    modem.device.faults.noise = 1.0
    assert b"^" in modem.say(b"AT\r")
    modem.say(b"AT^CURC=0\r")
    assert modem.say(b"AT\r") == ok()


def test_a_full_memory_is_told_once_and_the_message_waits() -> None:
    told = {
        "huawei": '^SMMEMFULL:"SM"',
        "sim7600": "+SMS FULL",
        "ec25": '+QIND: "smsfull","ME"',
        "sim800": None,
    }
    for name, line in told.items():
        modem = bench(name)
        modem.say(b'AT+QINDCFG="smsfull",1\r')
        memory = modem.device.memory(modem.device.parameters.memories[2])
        for _ in range(memory.size + 2):
            modem.modem.incoming("+628120000002", "hello")
        assert modem.modem.output() == (lines(line) if line else b"")
        assert (len(memory.slots), len(modem.device.network.waiting)) == (memory.size, 2)
        first = families.family(name).stores.first
        assert modem.say(b"AT+CMGD=%d\r" % first) == ok() + (lines(line) if line else b"")
        assert len(modem.device.network.waiting) == 1


def test_a_quectel_tells_a_full_memory_only_when_asked_to() -> None:
    modem = bench("ec25")
    for _ in range(256):
        modem.modem.incoming("+628120000002", "hello")
    assert modem.modem.output() == b""


def test_a_quectel_keeps_settings_over_power_and_loses_others() -> None:
    modem = bench("ec25")
    modem.say(b'AT+CMGF=1;+CPMS="SM","SM","SM";+CNMI=2,1,0,0,0\r')
    modem.modem.unplug()
    modem.modem.plug()
    modem.advance(SETTLED)
    modem.say(b"ATE0\r")
    assert modem.say(b"AT+CMGF?;+CPMS?;+CNMI?\r") == ok(
        "+CMGF: 1", '+CPMS: "SM",0,50,"SM",0,50,"SM",0,50', "+CNMI: 0,0,0,0,0"
    )


def test_a_quectel_wants_a_rest_between_reading_and_setting_cmms() -> None:
    modem = bench("ec25")
    modem.say(b"AT+CMEE=1\r")
    assert modem.say(b"AT+CMMS=2\r") == ok()
    assert modem.say(b"AT+CMMS?\r") == ok("+CMMS: 2")
    assert modem.say(b"AT+CMMS=1\r") == lines("+CMS ERROR: 500")
    modem.advance(5)
    assert modem.say(b"AT+CMMS=1\r") == ok()


def test_a_quectel_without_power_for_the_card_reports_a_failure_and_reads_it_anew() -> None:
    modem = bench("ec25")
    modem.say(b"AT+CMEE=1\r")
    assert modem.say(b"AT+CFUN=0\r") == ok()
    assert modem.say(b"AT+CPIN?\r") == lines("+CME ERROR: 13")
    assert modem.say(b"AT+CMGL=4\r") == lines("+CMS ERROR: 313")
    assert modem.say(b"AT+CFUN=1\r") == ok()
    assert [line for _, line in boot(modem)] == ["+CPIN: READY", "+QUSIM: 1", "+QIND: SMS DONE", "+QIND: PB DONE"]
    assert modem.say(b"AT+CPIN?\r") == ok("+CPIN: READY")


def test_a_wavecom_restarts_at_cfun_1_and_is_busy_for_a_while() -> None:
    modem = bench("wavecom")
    modem.say(b"AT+CMEE=1\r")
    assert modem.say(b"AT+CFUN=1\r") == ok()
    assert modem.say(b"AT+CMEE=1\r") == b"AT+CMEE=1\r" + lines("+CME ERROR: 515")
    assert [line for _, line in boot(modem)][-2:] == ["+WIND: 3", "+WIND: 4"]
    assert modem.say(b"ATE0\r").endswith(lines("OK"))
    assert modem.say(b"AT+CMEE?\r") == ok("+CMEE: 0")


def test_a_wavecom_tells_messages_at_once_in_mode_0() -> None:
    modem = bench("wavecom")
    modem.say(b"AT+CNMI=0,1,0,0,0\r")
    modem.modem.incoming("+628120000002", "hello")
    assert modem.modem.output() == lines('+CMTI: "SM",1')


def test_a_wavecom_shows_what_wind_lets_through() -> None:
    modem = bench("wavecom")
    modem.say(b"AT+WIND=8;&W\r")
    modem.modem.unplug()
    modem.modem.plug()
    assert [line for _, line in boot(modem)] == ["+WIND: 4"]


@pytest.mark.parametrize(
    ("name", "typed", "away"),
    [
        ("ec25", b"AT+CFUN=1,1\r", 12.0),
        ("sim7600", b"AT+CRESET\r", 15.0),
        ("sim7600", b"AT+CFUN=6\r", 15.0),
    ],
)
def test_a_module_on_usb_leaves_the_bus_at_a_restart_and_comes_back(name: str, typed: bytes, away: float) -> None:
    modem = bench(name)
    modem.say(typed)
    assert modem.modem.activity == "unplugged"
    modem.advance(away - 0.1)
    assert modem.modem.activity == "unplugged"
    modem.advance(0.2)
    assert modem.modem.activity == "idle"


def test_a_huawei_stick_that_is_restarted_is_a_cd_rom_from_then_on() -> None:
    modem = bench("huawei")
    modem.say(b"AT+CFUN=1,1\r")
    modem.advance(3600)
    assert modem.modem.activity == "unplugged"


def test_reports_go_where_the_family_keeps_them() -> None:
    expected = {
        "huawei": '+CDSI: "SR",0',
        "ec25": '+CDSI: "ME",1',
        "sim7600": '+CDSI: "SR",0',
        "wavecom": '+CDSI: "SR",1',
    }
    for name, line in expected.items():
        modem = bench(name)
        modem.say(b"AT+CNMI=2,1,0,2,0\r")
        modem.say(b"AT+CMGS=23\r")
        modem.say(BODY.replace(b"0011", b"0031", 1))
        assert modem.advance(1) == lines(line)
