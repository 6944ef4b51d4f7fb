"""Waking, identifying and watching, stepped by hand."""

from __future__ import annotations

from dialogue_play import TIMED_OUT, Play

from otppi.at import dialogues
from otppi.at.answers import Registration
from otppi.at.commands import Drain
from otppi.at.dialogues import Nameplate
from otppi.at.events import Drained, Lost, Reply
from otppi.at.results import ERROR, OK


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
    deaf = Play({"AT": TIMED_OUT})
    assert not deaf.run(dialogues.wake())
    assert deaf.steps[-1] == Drain(b"ATQ0\r", seconds=0.0)
    assert not Play({"ATE0": TIMED_OUT}).run(dialogues.wake())
    assert Play({"AT+CGMI": Lost()}).run(dialogues.identify()) == Nameplate()


def test_watching() -> None:
    assert Play({"AT+CSQ": "+CSQ: 7,0"}).run(dialogues.ask_signal()) == (True, 7)
    assert Play({"AT+CSQ": ERROR}).run(dialogues.ask_signal()) == (True, None)
    assert Play({"AT+CSQ": TIMED_OUT}).run(dialogues.ask_signal()) == (False, None)
    assert Play({"AT+CREG?": "+CREG: 0,1"}).run(dialogues.ask_registration()) is Registration.HOME
    assert Play({"AT+CREG?": Lost()}).run(dialogues.ask_registration()) is None
    assert Play({"AT+COPS?": '+COPS: 0,0,"XL"'}).run(dialogues.ask_operator()) == "XL"
    assert [Play({"AT+COPS?": answer}).run(dialogues.ask_operator()) for answer in ("+COPS: 0", ERROR, Lost())] == [
        ""
    ] * 3
    assert Play({}).run(dialogues.acknowledge())
    assert not Play({"AT+CMMS=2": TIMED_OUT}).run(dialogues.keep_link(2))
    assert Play({"AT+CMMS=0": ERROR}).run(dialogues.keep_link(0))
