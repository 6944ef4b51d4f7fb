"""Lines of replies read into values."""

from __future__ import annotations

import pytest

from otppi.at import answers
from otppi.at.answers import Registration
from otppi.at.commands import STANDARD_TRIES


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
    ],
)
def test_operator(line: str, name: str) -> None:
    assert answers.operator(line) == name


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


def test_pin_tries() -> None:
    assert answers.pin_tries(("+CPINR: SIM PUK,10,10", "+CPINR: SIM PIN,2,3"), STANDARD_TRIES.line) == 2
    assert answers.pin_tries(("+CPINR: SIM PUK,10,10",), STANDARD_TRIES.line) is None
    assert answers.pin_tries((), STANDARD_TRIES.line) is None


def test_stores() -> None:
    assert answers.stores_on_offer('+CPMS: ("SM","ME"),("SM"),("MT","SM")') == (("SM", "ME"), ("SM",), ("MT", "SM"))
    assert answers.stores_on_offer('+CPMS: (("SM","BM"),("SM"))') == (("SM", "BM"), ("SM",))


def test_reference_is_one_octet() -> None:
    assert [answers.reference(f"+CMGS: {value}") for value in (0, 255, 256)] == [0, 255, None]
    assert answers.reference('+CMGS: 7,"26/11/22"') == 7


def test_bare() -> None:
    assert answers.bare('+CCID: "8962"') == "8962"
    assert answers.bare("Revision:1418") == "Revision:1418"
