"""Lines of replies read into values."""

from __future__ import annotations

import pytest

from otppi.at import answers, tries
from otppi.at.answers import Registration


@pytest.mark.parametrize(
    ("stat", "place", "may_send"),
    [
        (0, Registration.NONE, False),
        (1, Registration.HOME, True),
        (2, Registration.SEARCHING, False),
        (3, Registration.DENIED, False),
        (4, Registration.NONE, False),
        (5, Registration.ROAMING, True),
        (6, Registration.HOME, True),
        (7, Registration.ROAMING, True),
        (8, Registration.NONE, False),
        (9, Registration.HOME, True),
        (10, Registration.ROAMING, True),
        (11, Registration.NONE, False),
        (99, Registration.NONE, False),
    ],
)
def test_registration(stat: int, place: Registration, may_send: bool) -> None:
    assert answers.registration(f'+CREG: 2,{stat},"00C3","1A2B"') is place
    assert answers.registration_news(f"+CREG: {stat}") is place
    assert place.may_send is may_send


def test_signal_99_is_unknown() -> None:
    assert [answers.signal(f"+CSQ: {value},99") for value in (0, 31, 32, 99)] == [0, 31, None, None]
    assert [answers.unasked_signal(line) for line in ("+CSQ: 7,0", "+CSQ: 7", "+CSQ: x", "+CSQ:")] == [7, 7, None, None]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('+COPS: 0,0,"TELKOMSEL",2', "TELKOMSEL"),
        ("+COPS: 0,2,51010", "51010"),
        ("+COPS: 0", ""),
        ('+COPS: 0,0,"a, b",2', "a, b"),
        (f'+COPS: 0,0,"{"x" * 99}"', "x" * 40),
        ('+COPS: 0,0,"0058004C002000410078"', "XL Ax"),  # AT+CSCS="UCS2"
        ('+COPS: 0,0,"FACEFEED"', "\uface\ufeed"),
        ('+COPS: 0,0,"D8000041"', "D8000041"),
        ('+COPS: 0,0,"00010002"', "00010002"),
    ],
)
def test_operator(line: str, name: str) -> None:
    assert answers.operator(line) == name


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ('+CNUM: "own","+6281200000001",145', "+6281200000001"),
        ('+CNUM: ,"6281200000001",145,7,4', "+6281200000001"),
        ('+CNUM: "a,b","081200000001",129', "081200000001"),
        ('+CNUM:"","081200000001",161', "081200000001"),
        ('+CNUM: "own","081200000001"', "081200000001"),
        ('+CNUM: "own","",129', ""),
        ('+CNUM: "own","12",129', ""),
        ('+CNUM: "own","+628120000000100000",145', ""),
        (
            '+CNUM: "own","0038003100320030",129',
            "",
        ),
        ("+CNUM: ", ""),
    ],
)
def test_own_number(line: str, number: str) -> None:
    assert answers.own_number(line) == number


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("+CPIN: READY", "READY"),
        ('+CPIN:"READY"', "READY"),
        ("+CPIN: SIM PIN", "SIM PIN"),
        ("+CPIN:SIM PUK", "SIM PUK"),
    ],
)
def test_pin_state(line: str, word: str) -> None:
    assert answers.pin_state(line) == word


@pytest.mark.parametrize(
    ("query", "lines", "left"),
    [
        (tries.STANDARD, ("+CPINR: SIM PUK,10,10", "+CPINR: SIM PIN,2,3"), 2),
        (tries.STANDARD, ('+CPINR: "SIM PIN",3',), 3),
        (tries.STANDARD, ("+CPINR: SIM PUK,10,10",), None),
        (tries.STANDARD, (), None),
        (tries.HUAWEI, ("^CPIN: SIM PIN,3,10,3,10,3",), 3),
        (tries.HUAWEI, ("^CPIN: SIM PUK,9,9,0,10,3",), 0),
        (tries.HUAWEI, ("^CPIN: READY,,10,3,10,2",), 3),
        (tries.QUECTEL, ('+QPINC: "SC",1,10',), 1),
        (tries.QUECTEL, ('+QPINC: "P2",3,10',), None),
        (tries.SIMCOM, ("+SPIC: 2,10,3,10",), 2),
        (tries.SIMCOM, ("*SPIC: 3,10,0,10",), 3),
        (tries.WAVECOM, ("+CPINC: 1,3,10,10",), 1),
        (tries.WAVECOM, ("+CPINC : 3,3,10,10",), 3),
        (tries.UBLOX, ("+UPINCNT: 2,3,10,10",), 2),
        (tries.TELIT, ("#PCT: 3",), 3),
        (tries.CINTERION, ("^SPIC: 1",), 1),
        (tries.ZTE, ("+ZPINPUK: 3,10",), 3),
    ],
)
def test_pin_tries(query: tries.TriesQuery, lines: tuple[str, ...], left: int | None) -> None:
    assert answers.pin_tries(lines, query.line) == left


@pytest.mark.parametrize("query", tries.ALL, ids=lambda query: str(query.text))
def test_no_question_for_the_tries_could_spend_one(query: tries.TriesQuery) -> None:
    assert query.source
    assert query.text.endswith("?") or "=" not in query.text or query.text == 'AT+QPINC="SC"'
    assert not query.text.startswith(("AT+CPIN=", "AT+CLCK", "AT+CPWD", "AT+CSIM"))


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("89620000000000000017", "89620000000000000017"),
        ('+CCID: "89620000000000000017"', "89620000000000000017"),
        ("+QCCID: 8962000000000000017F", "8962000000000000017"),
        ("8962000000000000033f", "8962000000000000033"),
        ("^ICCID: 98260000000000000071", "89620000000000000017"),
        ('+CRSM: 144,0,"98260000000000000071"', "89620000000000000017"),
        ('+CRSM: 144,0,"982600000000000000F7"', "8962000000000000007"),
        ("ERROR", ""),
        ("+CCID: ", ""),
    ],
)
def test_iccid(line: str, number: str) -> None:
    assert answers.iccid(line) == number


@pytest.mark.parametrize(
    ("line", "groups"),
    [
        ("+CNMI: (0-2),(0,1),(),(0)", ({0, 1, 2}, {0, 1}, set(), {0})),
        ("+CNMI: (0,1,2), (0-3), (0,2), (0-2), (0,1)", ({0, 1, 2}, {0, 1, 2, 3}, {0, 2}, {0, 1, 2}, {0, 1})),
        ("+CMMS: (0-2)", ({0, 1, 2},)),
        ("+CMMS: 0,1,2", ({0, 1, 2},)),
        ("+CMMS: (0 - 1)", ({0, 1},)),
    ],
)
def test_numbers_on_offer(line: str, groups: tuple[set[int], ...]) -> None:
    assert answers.numbers_on_offer(line) == groups


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        ('+CPMS: "SM",3,10,"SM",3,10,"ME",4,255', (4, 255)),
        ("+CPMS: 0,255,1,255,2,255", (2, 255)),
        ("+CPMS: SM,3,10,SM,3,10", (3, 10)),
        ("+CPMS: 3,10,3,10", (3, 10)),
        ('+CPMS: "SM"', None),
    ],
)
def test_the_store_for_received_messages(line: str, counts: tuple[int, int] | None) -> None:
    assert answers.receiving_store(line) == counts


def test_the_open_store() -> None:
    assert answers.open_store('+CPMS: "SR",1,10,"SM",3,10') == ("SR", 1, 10)
    assert answers.open_store("+CPMS: ME, 0, 255") == ("ME", 0, 255)
    assert answers.open_store("+CPMS: 0,255") is None


def test_networks_in_reach() -> None:
    line = '+COPS: (2,"A","a","51010",2),(1,"B, C","b","51011",0),(1,"A","a","51010",0),,(0-4),(0,2)'
    assert answers.operators(line) == ("51010", "51011")
    assert answers.operators("+COPS: ") == ()


def test_stores() -> None:
    assert answers.stores_on_offer('+CPMS: ("SM","ME"),("SM"),("MT","SM")') == (("SM", "ME"), ("SM",), ("MT", "SM"))
    assert answers.stores_on_offer('+CPMS: (("SM","BM"),("SM"))') == (("SM", "BM"), ("SM",))


def test_reference_is_one_octet() -> None:
    assert [answers.reference(f"+CMGS: {value}") for value in (0, 255, 256)] == [0, 255, None]
    assert answers.reference('+CMGS: 7,"26/11/22"') == 7


def test_bare() -> None:
    assert answers.bare('+CCID: "8962"') == "8962"
    assert answers.bare("Revision:1418") == "Revision:1418"
