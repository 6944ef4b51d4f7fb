"""Start-up stepped by hand: a table says what the modem answers, a list records what was asked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from dialogue_play import TIMED_OUT, Play

from otppi.at import dialogues, tries
from otppi.at.answers import Registration
from otppi.at.codes import ErrorClass
from otppi.at.commands import Drain
from otppi.at.dialogues import Readiness, SimState
from otppi.at.events import Lost, Marked
from otppi.at.profile import ModemProfile, VendorCode
from otppi.at.profiles.generic import GENERIC
from otppi.at.results import ERROR, OK, Final, FinalKind

BUSY = Final(FinalKind.CME, 14, "SIM busy")


READY: dict[str, object] = {
    "AT+CFUN?": "+CFUN: 1",
    "AT+CPIN?": "+CPIN: READY",
    "AT+CPMS?": '+CPMS: "SM",1,10,"SM",1,10,"SM",1,10',
    "AT+CIMI": "510100000000017",
    "AT+CCID": "+CCID: 8962000000000000017F",
    "AT+CSMS?": "+CSMS: 0,1,1,1",
    "AT+CPMS=?": '+CPMS: ("SM","ME"),("SM","ME"),("SM","ME")',
    'AT+CPMS="ME","ME","ME"': "+CPMS: 3,255,3,255,3,255",
    "AT+CREG?": "+CREG: 1,1",
    "AT+COPS?": '+COPS: 0,0,"XL"',
    "AT+CSQ": "+CSQ: 20,99",
}


def started(changes: dict[str, object], pin: str | None = None) -> tuple[Readiness | None, list[str]]:
    play = Play(READY | changes)
    return play.run(dialogues.start_up(GENERIC, pin)), play.asked


def test_start_up_asks_in_this_order_and_tells_what_it_found() -> None:
    readiness, asked = started({})
    assert readiness == Readiness(
        SimState.READY,
        "510100000000017",
        "8962000000000000017",
        Registration.HOME,
        "XL",
        20,
        acknowledge=False,
        pdu_mode=True,
        link_mode=2,
        stored=(3, 255),
        readable=("SM", "ME"),
    )
    assert asked == [
        "AT+CFUN?",
        "AT+CPIN?",
        "AT+CPMS?",
        "AT+CIMI",
        "AT+CCID",
        "AT+CMGF=0",
        'AT+CSCS="GSM"',
        "AT+CSMS?",
        "AT+CPMS=?",
        'AT+CPMS="ME","ME","ME"',
        "AT+CNMI=?",
        "AT+CNMI=2,1,0,1,0",
        "AT+CMMS=?",
        "AT+CREG=1",
        "AT+CREG?",
        "AT+COPS?",
        "AT+CSQ",
    ]


def test_a_radio_that_is_off_is_turned_on() -> None:
    assert "AT+CFUN=1" in started({"AT+CFUN?": "+CFUN: 4"})[1]
    assert "AT+CFUN=1" not in started({"AT+CFUN?": "+CFUN: 1"})[1]


def test_the_report_ladder_goes_down_until_one_is_taken() -> None:
    readiness, asked = started({"AT+CNMI=2,1,0,1,0": ERROR, "AT+CNMI=2,1,2,2,0": ERROR})
    assert cnmi_tried(asked) == [
        "AT+CNMI=2,1,0,1,0",
        "AT+CNMI=2,1,2,2,0",
        "AT+CNMI=2,1,2,0,0",
    ]
    assert readiness is not None
    assert readiness.refused == ()
    nothing, _ = started({f"AT+CNMI={parameters}": ERROR for parameters in GENERIC.cnmi})
    assert nothing is not None
    assert nothing.refused == ("AT+CNMI=",)


@pytest.mark.parametrize(
    ("offer", "chosen"),
    [
        ('("SM","ME"),("SM","ME"),("SM","ME")', 'AT+CPMS="ME","ME","ME"'),
        ('("ME","MT","SM","SR"),("ME","MT","SM"),("ME","MT","SM")', 'AT+CPMS="ME","ME","ME"'),
        ('("MT","SM"),("SM"),("MT","SM")', 'AT+CPMS="MT","SM","MT"'),
        ('("ME","SM"),("ME","SM"),("SM")', 'AT+CPMS="SM","SM","SM"'),
        ('("SM"),("SM"),("SM")', 'AT+CPMS="SM","SM","SM"'),
        ('("ME","SM"),("SM")', 'AT+CPMS="SM","SM"'),
        ('("SM","BM","SR"),("SM")', 'AT+CPMS="SM","SM"'),
        ('("SM")', 'AT+CPMS="SM"'),
    ],
)
def test_the_store_is_one_to_receive_into_and_to_read_from(offer: str, chosen: str) -> None:
    asked = started({"AT+CPMS=?": f"+CPMS: {offer}"})[1]
    assert [step for step in asked if step.startswith('AT+CPMS="')] == [chosen]


@pytest.mark.parametrize("offer", [ERROR, OK, TIMED_OUT, '+CPMS: ("BM"),("BM"),("BM")', '+CPMS: ("ME"),("ME"),("SM")'])
def test_without_such_a_store_none_is_chosen(offer: object) -> None:
    readiness, asked = started({"AT+CPMS=?": offer})
    assert not [step for step in asked if step.startswith('AT+CPMS="')]
    assert readiness is not None
    assert readiness.stored is None


def test_a_service_that_obliges_to_acknowledge_is_left_where_the_modem_lets_it() -> None:
    readiness, asked = started({"AT+CSMS?": "+CSMS: 1,1,1,1"})
    assert readiness is not None
    assert not readiness.acknowledge
    assert "AT+CSMS=0" in asked
    assert "AT+CSMS=0" not in started({})[1]


def test_under_a_service_of_one_stored_reports_are_preferred_and_direct_ones_acknowledged() -> None:
    readiness, asked = started({"AT+CSMS?": "+CSMS: 1,1,1,1", "AT+CSMS=0": ERROR, "AT+CNMI=2,1,2,2,0": ERROR})
    assert readiness is not None
    assert readiness.acknowledge
    assert readiness.refused == ("AT+CSMS=",)
    assert cnmi_tried(asked) == ["AT+CNMI=2,1,2,2,0", "AT+CNMI=2,1,0,1,0"]


def test_a_service_is_left_alone_where_the_family_says_so() -> None:
    family = ModemProfile("family", service=None)
    play = Play(READY | {"AT+CSMS?": "+CSMS: 1,1,1,1"})
    readiness = play.run(dialogues.start_up(family, None))
    assert readiness is not None
    assert readiness.acknowledge
    assert not [step for step in play.asked if step.startswith("AT+CSMS=")]


def cnmi_tried(asked: list[str]) -> list[str]:
    return [step for step in asked if step.startswith("AT+CNMI=") and step != "AT+CNMI=?"]


@pytest.mark.parametrize(
    ("offer", "ladder"),
    [
        ("+CNMI: (0-2),(0-3),(0,2),(0-2),(0,1)", ["2,1,0,1,0", "2,1,2,2,0", "2,1,2,0,0", "1,1,0,1,0", "1,1,0,0,0"]),
        ("+CNMI: (0,1),(0,1),(0),(0,1),(0)", ["1,1,0,1,0", "1,1,0,0,0"]),
        ("+CNMI: (3),(1),(0),(2),(1)", ["3,1,0,2,1"]),
        ("+CNMI: (2),(0,1),(),(0),(0)", ["2,1,0,0,0"]),
        ("+CNMI: (2),(1)", ["2,1,0,1,0", "2,1,2,2,0", "2,1,2,0,0", "2,1"]),
        ("+CNMI: ()", ["2,1,0,1,0", "2,1,2,2,0", "2,1,2,0,0", "1,1,0,1,0", "1,1,0,0,0"]),
    ],
)
def test_what_the_modem_offers_of_reports_overrides_the_table(offer: str, ladder: list[str]) -> None:
    refusals: dict[str, object] = {f"AT+CNMI={parameters}": ERROR for parameters in ladder}
    readiness, asked = started({"AT+CNMI=?": offer} | refusals)
    assert cnmi_tried(asked) == [f"AT+CNMI={parameters}" for parameters in ladder]
    assert readiness is not None
    assert readiness.refused == ("AT+CNMI=",)


@pytest.mark.parametrize(
    ("offer", "mode"),
    [
        ("+CMMS: (0-2)", 2),
        ("+CMMS: (0,1)", 1),
        ("+CMMS: 0,1,2", 2),
        ("+CMMS: (0)", 0),
        (OK, 2),
        (ERROR, 0),
        (TIMED_OUT, 0),
    ],
)
def test_the_link_is_kept_as_the_modem_offers(offer: object, mode: int) -> None:
    readiness, _ = started({"AT+CMMS=?": offer})
    assert readiness is not None
    assert readiness.link_mode == mode


def test_a_family_that_must_not_keep_the_link_is_not_asked() -> None:
    play = Play(dict(READY))
    readiness = play.run(dialogues.start_up(ModemProfile("family", keep_link=False), None))
    assert readiness is not None
    assert readiness.link_mode == 0
    assert "AT+CMMS=?" not in play.asked


@pytest.mark.parametrize(
    ("refused", "tried"),
    [
        ((), ['AT+CSCS="GSM"']),
        (("GSM",), ['AT+CSCS="GSM"', 'AT+CSCS="IRA"']),
        (("GSM", "IRA"), ['AT+CSCS="GSM"', 'AT+CSCS="IRA"']),
    ],
)
def test_letters_are_plain_where_the_modem_takes_it(refused: tuple[str, ...], tried: list[str]) -> None:
    readiness, asked = started({f'AT+CSCS="{name}"': ERROR for name in refused})
    assert [step for step in asked if step.startswith("AT+CSCS=")] == tried
    assert readiness is not None
    assert readiness.refused == (("AT+CSCS=",) if len(refused) == 2 else ())


def test_a_name_in_hexadecimal_letters_is_read_all_the_same() -> None:
    readiness, _ = started({"AT+COPS?": '+COPS: 0,0,"0058004C002000410078"'})
    assert readiness is not None
    assert readiness.operator == "XL Ax"


def test_needless_news_are_ended_first_and_a_refusal_is_only_told() -> None:
    family = ModemProfile("family", quiet=("AT^CURC=0", "AT+CNSMOD=0"))
    play = Play(READY | {"AT^CURC=0": ERROR})
    readiness = play.run(dialogues.start_up(family, None))
    assert play.asked[:2] == ["AT^CURC=0", "AT+CNSMOD=0"]
    assert readiness is not None
    assert readiness.refused == ("AT^CURC=0",)


# -- the gate --------------------------------------------------------------------------------------------------------

NOT_YET = Final(FinalKind.CMS, 314, "SIM busy")
FAMILY = ModemProfile("family", gates=("SMS Ready",), gate_seconds=3.0)


def test_a_busy_message_service_is_asked_again_at_each_line_of_the_gate() -> None:
    play = Play(READY | {"AT+CPMS?": [NOT_YET, NOT_YET, '+CPMS: "SM",0,10,"SM",0,10,"SM",0,10']})
    readiness = play.run(dialogues.start_up(FAMILY, None))
    assert readiness is not None
    assert play.asked.count("AT+CPMS?") == 3
    assert [step for step in play.steps if isinstance(step, Drain)] == [Drain(seconds=0.5, until=("SMS Ready",))] * 2
    assert play.asked.index("AT+CIMI") > play.asked.index("AT+CPMS?") + 4


@pytest.mark.parametrize("code", [302, 500, 512, 521])
def test_a_message_service_with_an_error_of_its_own_is_not_ready_either(code: int) -> None:
    readiness, asked = started({"AT+CPMS?": [Final(FinalKind.CMS, code), '+CPMS: "SM",0,10,"SM",0,10,"SM",0,10']})
    assert readiness is not None
    assert asked.count("AT+CPMS?") == 2


def test_the_wait_at_the_gate_has_an_end() -> None:
    play = Play(READY | {"AT+CPMS?": NOT_YET})
    readiness = play.run(dialogues.start_up(FAMILY, None))
    assert readiness is not None
    assert readiness.pdu_mode
    waits = [step.seconds for step in play.steps if isinstance(step, Drain)]
    assert sum(waits) == FAMILY.gate_seconds


@pytest.mark.parametrize("answer", [OK, ERROR, TIMED_OUT, Final(FinalKind.CMS, 322, "memory full")])
def test_only_busy_is_waited_for(answer: object) -> None:
    readiness, asked = started({"AT+CPMS?": answer})
    assert readiness is not None
    assert asked.count("AT+CPMS?") == 1


def test_what_busy_means_is_the_familys_own() -> None:
    own = replace(FAMILY, cms=(VendorCode(515, "busy", ErrorClass.BUSY),))
    waited = Play(READY | {"AT+CPMS?": Final(FinalKind.CMS, 515)})
    waited.run(dialogues.start_up(own, None))
    assert waited.asked.count("AT+CPMS?") == 6
    full = replace(FAMILY, cms=(VendorCode(515, "storage failure", ErrorClass.STORAGE),))
    went_on = Play(READY | {"AT+CPMS?": Final(FinalKind.CMS, 515)})
    went_on.run(dialogues.start_up(full, None))
    assert went_on.asked.count("AT+CPMS?") == 1


# -- the number of the SIM -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "number", "asked"),
    [
        ({}, "8962000000000000017", ["AT+CCID"]),
        (
            {"AT+CCID": ERROR, "AT+CRSM=176,12258,0,0,10": '+CRSM: 144,0,"98260000000000000071"'},
            "89620000000000000017",
            ["AT+CCID", "AT+CRSM=176,12258,0,0,10"],
        ),
        ({"AT+CCID": OK}, "", ["AT+CCID", "AT+CRSM=176,12258,0,0,10"]),
        ({"AT+CCID": TIMED_OUT, "AT": TIMED_OUT}, "", ["AT+CCID", "Drain", "AT", "AT", "AT", "Drain", "AT"]),
    ],
)
def test_the_sims_number_is_asked_for_until_one_tells_it(
    changes: dict[str, object], number: str, asked: list[str]
) -> None:
    play = Play(READY | changes)
    assert play.run(dialogues.ask_iccid(GENERIC)) == number
    assert play.asked == asked


def test_a_busy_sim_is_asked_for_its_number_again_but_not_for_ever() -> None:
    play = Play(READY | {"AT+CCID": [BUSY, BUSY, "8962000000000000017"]})
    assert play.run(dialogues.ask_iccid(GENERIC)) == "8962000000000000017"
    assert play.asked == ["AT+CCID", "Drain", "AT+CCID", "Drain", "AT+CCID"]
    always = Play(READY | {"AT+CCID": BUSY, "AT+CRSM=176,12258,0,0,10": BUSY})
    assert always.run(dialogues.ask_iccid(GENERIC)) == ""
    assert always.asked.count("Drain") == dialogues.SIM_POLLS


@pytest.mark.parametrize(
    ("creg", "cereg", "place"),
    [
        ("+CREG: 0,1", "+CEREG: 0,0", Registration.HOME),
        ("+CREG: 0,0", "+CEREG: 0,5", Registration.ROAMING),
        ("+CREG: 0,2", "+CEREG: 0,0", Registration.SEARCHING),
        ("+CREG: 0,0", "+CEREG: 0,0", Registration.NONE),
        ("+CREG: 0,3", "+CEREG: 0,1", Registration.HOME),
    ],
)
def test_either_radio_will_do(creg: str, cereg: str, place: Registration) -> None:
    readiness, _ = started({"AT+CREG?": creg, "AT+CEREG?": cereg})
    assert readiness is not None
    assert readiness.registration is place


def test_a_command_that_never_answers_is_passed_over_if_the_modem_lives() -> None:
    readiness, asked = started({"AT+CCID": TIMED_OUT})
    assert readiness is not None
    assert readiness.iccid == ""
    after = asked[asked.index("AT+CCID") + 1 : asked.index("AT+CMGF=0")]
    assert after == ["Drain", "AT", "AT+CRSM=176,12258,0,0,10"]
    assert started({"AT+CCID": TIMED_OUT, "AT": TIMED_OUT})[0] is None
    assert started({"AT+CMGF=0": Lost()})[0] is None


def test_the_radio_of_lte_tells_its_news_only_where_the_other_has_no_network() -> None:
    assert "AT+CEREG=1" not in started({})[1]
    asked = started({"AT+CREG?": "+CREG: 1,2", "AT+CEREG?": "+CEREG: 1,1"})[1]
    assert asked[asked.index("AT+CREG?") : asked.index("AT+COPS?")] == ["AT+CREG?", "AT+CEREG=1", "AT+CEREG?"]


# -- the SIM ---------------------------------------------------------------------------------------------------------


def test_a_busy_sim_is_asked_again() -> None:
    readiness, asked = started({"AT+CPIN?": [BUSY, "+CPIN: NOT READY", "+CPIN: READY"]})
    assert readiness is not None
    assert readiness.sim is SimState.READY
    assert asked.count("AT+CPIN?") == 3


@pytest.mark.parametrize(
    ("answer", "sim"),
    [
        ("+CPIN: SIM PUK", SimState.PUK),
        ("+CPIN: SIM PIN", SimState.PIN),
        ("+CPIN: SIM PIN2", SimState.READY),
        ("+CPIN: PH-SIM PIN", SimState.FAULTY),
        ("+CPIN: PH_SIM PIN", SimState.FAULTY),
        ("+CPIN: NOT INSERTED", SimState.ABSENT),
        ("+CPIN: SIM REMOVED", SimState.ABSENT),
        ("+CPIN: NOT READY", SimState.FAULTY),
        (Final(FinalKind.CME, 10, "SIM not inserted"), SimState.ABSENT),
        (Final(FinalKind.CMS, 310, "SIM not inserted"), SimState.ABSENT),
        (Final(FinalKind.CME, 11, "SIM PIN required"), SimState.PIN),
        (Final(FinalKind.CME, 12, "SIM PUK required"), SimState.PUK),
        (Final(FinalKind.CME, 15, "SIM wrong"), SimState.FAULTY),
        (ERROR, SimState.FAULTY),
        (Final(FinalKind.CME, 13, "SIM failure"), SimState.FAULTY),
        (BUSY, SimState.FAULTY),
    ],
)
def test_sims_that_are_not_ready_end_the_start(answer: object, sim: SimState) -> None:
    readiness, asked = started({"AT+CPIN?": answer})
    assert readiness is not None
    assert readiness.sim is sim
    if sim is not SimState.READY:
        assert "AT+CMGF=0" not in asked


@pytest.mark.feature("F078")
def test_the_pin_is_tried_once_after_its_mark() -> None:
    readiness, asked = started({"AT+CPIN?": ["+CPIN: SIM PIN", "+CPIN: SIM PIN", "+CPIN: READY"]}, "1234")
    assert readiness is not None
    assert readiness.sim is SimState.READY
    assert asked.index("Mark") + 1 == asked.index('AT+CPIN="1234"')
    assert asked.count('AT+CPIN="1234"') == 1


@pytest.mark.feature("F078")
@pytest.mark.parametrize(
    "changes",
    [
        {"AT+CPINR": "+CPINR: SIM PIN,1,3"},
        {"Mark": Marked(go=False)},
    ],
)
def test_the_pin_is_not_tried_with_one_try_left_or_without_its_mark(changes: dict[str, object]) -> None:
    readiness, asked = started({"AT+CPIN?": "+CPIN: SIM PIN"} | changes, "1234")
    assert readiness is not None
    assert readiness.sim is SimState.PIN_SPENT
    assert 'AT+CPIN="1234"' not in asked


@pytest.mark.feature("F078")
@pytest.mark.parametrize("query", tries.ALL, ids=lambda query: str(query.text))
@pytest.mark.parametrize(("left", "tried"), [(3, True), (2, True), (1, False), (0, False)])
def test_whichever_way_the_modem_tells_its_tries_the_last_one_is_kept(
    query: tries.TriesQuery, left: int, tried: bool
) -> None:
    said = {
        "AT+CPINR": f"+CPINR: SIM PIN,{left},3",
        "AT^CPIN?": f"^CPIN: SIM PIN,{left},10,{left},10,3",
        'AT+QPINC="SC"': f'+QPINC: "SC",{left},10',
        "AT+SPIC": f"+SPIC: {left},10,3,10",
        "AT+CPINC": f"+CPINC: {left},3,10,10",
        "AT+UPINCNT": f"+UPINCNT: {left},3,10,10",
        "AT#PCT": f"#PCT: {left}",
        "AT^SPIC": f"^SPIC: {left}",
        "AT+ZPINPUK=?": f"+ZPINPUK: {left},10",
    }
    others: dict[str, object] = {other.text: ERROR for other in tries.ALL}
    pin = {"AT+CPIN?": ["+CPIN: SIM PIN", "+CPIN: READY"]}
    readiness, asked = started(others | {query.text: said[query.text]} | pin, "1234")
    assert ('AT+CPIN="1234"' in asked) is tried
    assert readiness is not None
    assert readiness.sim is (SimState.READY if tried else SimState.PIN_SPENT)


@pytest.mark.feature("F078")
def test_a_modem_that_cannot_tell_its_tries_gets_the_one_try() -> None:
    others: dict[str, object] = {query.text: ERROR for query in tries.ALL}
    readiness, asked = started(others | {"AT+CPIN?": ["+CPIN: SIM PIN", "+CPIN: READY"]}, "1234")
    assert readiness is not None
    assert readiness.sim is SimState.READY
    assert asked.count('AT+CPIN="1234"') == 1


@pytest.mark.feature("F078")
@pytest.mark.parametrize("answer", [Final(FinalKind.CME, 16, "incorrect password"), ERROR, TIMED_OUT])
def test_a_wrong_pin_is_not_tried_again(answer: object) -> None:
    readiness, asked = started({"AT+CPIN?": "+CPIN: SIM PIN", 'AT+CPIN="1234"': answer}, "1234")
    assert readiness is not None
    assert readiness.sim is SimState.PIN_SPENT
    assert asked.count('AT+CPIN="1234"') == 1


@pytest.mark.feature("F078")
def test_a_puk_is_never_answered() -> None:
    readiness, asked = started({"AT+CPIN?": "+CPIN: SIM PUK"}, "1234")
    assert readiness is not None
    assert readiness.sim is SimState.PUK
    assert 'AT+CPIN="1234"' not in asked
