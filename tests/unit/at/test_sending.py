"""Handing over one PDU, stepped by hand."""

from __future__ import annotations

import pytest
from dialogue_play import TIMED_OUT, Play

from otppi.at.commands import Body, Command, Mark
from otppi.at.events import Lost, Marked, Prompt, Reply
from otppi.at.profiles.generic import GENERIC
from otppi.at.results import ERROR, OK, Final, FinalKind
from otppi.at.sending import Accepted, Denied, Silent, Withheld, send_pdu, smsc_octets

TPDU = "11000B912618000000F00000AA05E8329BFD06"

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
