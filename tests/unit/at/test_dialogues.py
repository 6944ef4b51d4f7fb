"""Dialogues stepped by hand: a table says what the modem answers, a list records what was asked."""

from __future__ import annotations

import re

import pytest
from dialogue_play import TIMED_OUT, Play

from otppi.at import dialogues
from otppi.at.answers import Registration
from otppi.at.commands import Body, Command, Mark
from otppi.at.dialogues import Nameplate, Readiness, SimState
from otppi.at.errors import ProfileConflict
from otppi.at.events import Drained, Lost, Marked, Prompt, Reply
from otppi.at.profile import Fact, ModemProfile
from otppi.at.profiles.generic import GENERIC
from otppi.at.profiles.table import VENDORS, choose_profile
from otppi.at.results import ERROR, OK, Final, FinalKind
from otppi.at.sending import Accepted, Denied, Silent, Withheld, send_pdu, smsc_octets

TPDU = "11000B912618000000F00000AA05E8329BFD06"
BUSY = Final(FinalKind.CME, 14, "SIM busy")


READY: dict[str, object] = {
    "AT+CFUN?": "+CFUN: 1",
    "AT+CPIN?": "+CPIN: READY",
    "AT+CIMI": "510100000000017",
    "AT+CCID": "+CCID: 8962",
    "AT+CSMS?": "+CSMS: 0,1,1,1",
    "AT+CPMS=?": '+CPMS: ("SM","ME"),("SM","ME"),("SM","ME")',
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
        "8962",
        Registration.HOME,
        "XL",
        20,
        acknowledge=False,
        pdu_mode=True,
        link_mode=2,
    )
    assert asked == [
        "AT+CFUN?",
        "AT+CPIN?",
        "AT+CIMI",
        "AT+CCID",
        "AT+CMGF=0",
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
    assert [step for step in asked if step.startswith("AT+CNMI=") and step != "AT+CNMI=?"] == [
        "AT+CNMI=2,1,0,1,0",
        "AT+CNMI=2,1,2,2,0",
        "AT+CNMI=2,1,2,0,0",
    ]
    assert readiness is not None
    assert readiness.refused == ()
    nothing, _ = started({f"AT+CNMI={parameters}": ERROR for parameters in GENERIC.cnmi})
    assert nothing is not None
    assert nothing.refused == ("AT+CNMI=",)


def test_only_a_store_that_every_place_offers_is_chosen() -> None:
    assert 'AT+CPMS="SM","SM"' in started({"AT+CPMS=?": '+CPMS: ("ME","SM"),("SM")'})[1]
    assert not [step for step in started({"AT+CPMS=?": ERROR})[1] if step.startswith('AT+CPMS="')]


def test_a_service_of_one_obliges_to_acknowledge() -> None:
    readiness, _ = started({"AT+CSMS?": "+CSMS: 1,1,1,1"})
    assert readiness is not None
    assert readiness.acknowledge


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
    assert asked[asked.index("AT+CCID") + 1 : asked.index("AT+CMGF=0")] == ["Drain", "AT"]
    assert started({"AT+CCID": TIMED_OUT, "AT": TIMED_OUT})[0] is None
    assert started({"AT+CMGF=0": Lost()})[0] is None


# -- the SIM ---------------------------------------------------------------------------------------------------------


def test_a_busy_sim_is_asked_again() -> None:
    readiness, asked = started({"AT+CPIN?": [BUSY, BUSY, "+CPIN: READY"]})
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
        (Final(FinalKind.CME, 10, "SIM not inserted"), SimState.ABSENT),
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


# -- waking ----------------------------------------------------------------------------------------------------------


def test_resync_tries_at_three_times_then_ctrl_z() -> None:
    play = Play({"AT": TIMED_OUT})
    assert not play.run(dialogues.resync())
    assert play.asked == ["Drain", "AT", "AT", "AT", "Drain", "AT"]


def test_resync_leaves_a_prompt_it_meets() -> None:
    play = Play({"Drain": Drained(prompted=True)})
    assert play.run(dialogues.resync())
    assert play.asked == ["Drain", "Drain", "AT"]


def test_answers_that_may_still_come_are_let_pass_after_a_late_resync() -> None:
    play = Play({"AT": [TIMED_OUT, Reply(None, OK)]})
    assert play.run(dialogues.resync())
    assert play.asked == ["Drain", "AT", "AT", "Drain"]


def test_wake_and_identify() -> None:
    play = Play({"AT+CGMI": "huawei", "AT+CGMM": '"E173"', "AT+CGMR": ERROR, "AT+CGSN": "+CGSN: 359876040000017"})
    assert play.run(dialogues.wake())
    assert play.asked == ["Drain", "AT", "ATE0", "ATV1", "AT+CMEE=1"]
    assert play.run(dialogues.identify()) == Nameplate("huawei", "E173", "", "359876040000017")
    assert not Play({"AT": TIMED_OUT}).run(dialogues.wake())
    assert not Play({"ATE0": TIMED_OUT}).run(dialogues.wake())
    assert Play({"AT+CGMI": Lost()}).run(dialogues.identify()) == Nameplate()


def test_watching() -> None:
    assert Play({"AT+CSQ": "+CSQ: 7,0"}).run(dialogues.ask_signal()) == (True, 7)
    assert Play({"AT+CSQ": ERROR}).run(dialogues.ask_signal()) == (True, None)
    assert Play({"AT+CSQ": TIMED_OUT}).run(dialogues.ask_signal()) == (False, None)
    assert Play({"AT+CREG?": "+CREG: 0,1"}).run(dialogues.ask_registration()) is Registration.HOME
    assert Play({"AT+CREG?": Lost()}).run(dialogues.ask_registration()) is None
    assert Play({}).run(dialogues.acknowledge())
    assert not Play({"AT+CMMS=2": TIMED_OUT}).run(dialogues.keep_link(2))
    assert Play({"AT+CMMS=0": ERROR}).run(dialogues.keep_link(0))


# -- sending ---------------------------------------------------------------------------------------------------------

CMGS = "AT+CMGS=19"
PROMPTED: dict[str, object] = {CMGS: Prompt()}


@pytest.mark.parametrize(
    ("changes", "outcome", "last"),
    [
        ({"Body": "+CMGS: 42"}, Accepted(42), "Body"),
        ({"Body": OK}, Silent("the modem gave no reference", settled=True), "Body"),
        ({"Body": "+CMGS: 256"}, Silent("the modem gave no reference", settled=True), "Body"),
        ({"Body": TIMED_OUT}, Silent("no answer came after the text left", settled=False), "Body"),
        ({"Body": Lost()}, Silent("the line was lost after the text left", settled=False), "Body"),
        (
            {"Body": Final(FinalKind.CMS, 38, "network out of order")},
            Denied(FinalKind.CMS, 38, "network out of order", handed=True),
            "Body",
        ),
        (
            {"Body": Reply(None, ERROR, ("+CMGS: 4",))},
            Silent("the modem gave a reference and an error", settled=True),
            "Body",
        ),
        ({"Mark": Marked(go=False)}, Withheld("the sender took it back", settled=True), "Abort"),
        ({"Mark": Marked(go=False), "Abort": TIMED_OUT}, Withheld("the sender took it back", settled=False), "Abort"),
        ({"Mark": Lost()}, Withheld("the line was lost", settled=False), "Mark"),
        ({CMGS: Lost()}, Withheld("the line was lost", settled=False), CMGS),
        ({CMGS: OK}, Withheld("the modem opened no prompt", settled=False), CMGS),
        ({CMGS: ERROR}, Denied(FinalKind.ERROR, None, "error", handed=False), CMGS),
        ({CMGS: TIMED_OUT}, Withheld("the modem opened no prompt", settled=True), "Abort"),
    ],
)
def test_what_becomes_of_a_pdu(changes: dict[str, object], outcome: object, last: str) -> None:
    play = Play(PROMPTED | changes)
    assert play.run(send_pdu(GENERIC, TPDU, None)) == outcome
    assert play.asked[-1] == last


def test_the_body_comes_after_the_mark_and_never_without() -> None:
    play = Play(PROMPTED | {"Body": "+CMGS: 1"})
    assert play.run(send_pdu(GENERIC, TPDU, "62811000000")) == Accepted(1)
    assert [type(step) for step in play.steps] == [Command, Mark, Body]
    body = play.steps[-1]
    assert isinstance(body, Body)
    assert body.pdu == "07912618010000F0" + TPDU
    assert body.timeout == 150


def test_smsc_octets() -> None:
    assert smsc_octets(None) == "00"
    assert smsc_octets("628110000001") == "07912618010000" + "10"
    for wrong in ("+62", "", "12", "x" * 8, "1" * 21):
        with pytest.raises(ValueError):
            smsc_octets(wrong)


@pytest.mark.parametrize("tpdu", ["", "11A", "11zz", "aabb", "AA" * 176])
def test_a_tpdu_that_is_none_sends_nothing_and_is_not_repeated(tpdu: str) -> None:
    play = Play(PROMPTED)
    with pytest.raises(ValueError) as caught:
        play.run(send_pdu(GENERIC, tpdu, None))
    assert play.asked == []
    assert not tpdu or tpdu not in str(caught.value)


# -- profiles --------------------------------------------------------------------------------------------------------


def test_no_two_profiles_may_claim_a_modem() -> None:
    source = (Fact("matches", "it says so", "a test"),)
    one = ModemProfile("one", re.compile("^huawei"), facts=source)
    two = ModemProfile("two", re.compile("E173"), facts=source)
    assert choose_profile("huawei", "E220", "", (one, two)) is one
    assert choose_profile("WAVECOM", "Q24", "", (one, two)) is GENERIC
    with pytest.raises(ProfileConflict, match="one, two"):
        choose_profile("huawei", "E173", "", (one, two))


def test_every_registered_profile_has_a_matcher_and_a_name_of_its_own() -> None:
    names = [profile.name for profile in (*VENDORS, GENERIC)]
    assert len(set(names)) == len(names)
    assert all(profile.matches is not None for profile in VENDORS)


def test_the_body_limit_has_bounds() -> None:
    for seconds in (64, 301):
        with pytest.raises(ValueError):
            ModemProfile("hasty", body_timeout=seconds)
