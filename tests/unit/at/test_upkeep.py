"""The care of a running modem, stepped by hand."""

from __future__ import annotations

import pytest
from dialogue_play import TIMED_OUT, Play

from otppi.at import answers, upkeep
from otppi.at.commands import Command
from otppi.at.events import Lost, Reply
from otppi.at.profile import ModemProfile
from otppi.at.profiles.generic import GENERIC
from otppi.at.profiles.huawei import HUAWEI
from otppi.at.profiles.table import VENDORS
from otppi.at.results import ERROR, OK, Final, FinalKind

REPORT = "0006010B912618000000F0"
SMSC = "07912618010000F1"
COUNTS = '+CPMS: "SM",3,10,"SM",3,10,"ME",4,255'
SILENT: dict[str, object] = {"AT": TIMED_OUT}
NOTHING = Final(FinalKind.CMS, 321, "invalid memory index")


@pytest.mark.parametrize(
    ("line", "storage"),
    [
        (COUNTS, (4, 255)),
        ('+CPMS: "SM",3,10,"SM",3,10', (3, 10)),
        ("+CPMS: SM,0,50,SM,0,50,SM,7,50", (7, 50)),
        (ERROR, None),
        (TIMED_OUT, None),
        ("+CPMS: whatever", None),
    ],
)
def test_storage_is_that_of_the_receiving_store(line: object, storage: tuple[int, int] | None) -> None:
    assert Play({"AT+CPMS?": line}).run(upkeep.ask_storage()) == storage


def test_a_stored_message_is_read_in_its_store_and_the_store_is_put_back() -> None:
    play = Play({"AT+CPMS?": COUNTS, "AT+CMGR=5": ("+CMGR: 1,,11", SMSC + REPORT)})
    assert play.run(upkeep.read_stored("SR", 5)) == SMSC + REPORT
    assert play.asked == ["AT+CPMS?", 'AT+CPMS="SR"', "AT+CMGR=5", 'AT+CPMS="SM"']


def test_no_store_is_switched_where_it_is_the_right_one() -> None:
    play = Play({"AT+CPMS?": COUNTS, "AT+CMGR=0": ('+CMGR: 0,"",11', REPORT.lower())})
    assert play.run(upkeep.read_stored("SM", 0)) == "00" + REPORT
    assert play.asked == ["AT+CPMS?", "AT+CMGR=0"]


def test_a_store_nobody_named_before_is_chosen_and_stays() -> None:
    play = Play({"AT+CPMS?": ERROR, "AT+CMGR=1": ("+CMGR: 1,,11", SMSC + REPORT)})
    assert play.run(upkeep.read_stored("ME", 1)) == SMSC + REPORT
    assert play.asked == ["AT+CPMS?", 'AT+CPMS="ME"', "AT+CMGR=1"]


@pytest.mark.parametrize("answer", [OK, ERROR, NOTHING, TIMED_OUT])
def test_where_nothing_is_there_the_store_is_put_back_all_the_same(answer: object) -> None:
    play = Play({"AT+CPMS?": COUNTS, "AT+CMGR=5": answer})
    assert play.run(upkeep.read_stored("SR", 5)) is None
    assert play.asked[-1] == 'AT+CPMS="SM"'


def test_a_store_that_the_modem_will_not_look_into_is_not_read() -> None:
    play = Play({"AT+CPMS?": COUNTS, 'AT+CPMS="SR"': ERROR})
    assert play.run(upkeep.read_stored("SR", 5)) is None
    assert not play.run(upkeep.delete_stored("SR", 5))
    assert not [step for step in play.asked if step.startswith(("AT+CMGR", "AT+CMGD"))]


def test_a_line_that_lost_octets_is_asked_for_once_more() -> None:
    damaged = ("+CMGR: 1,,11", SMSC + REPORT[:-2])
    play = Play({"AT+CPMS?": COUNTS, "AT+CMGR=5": [Reply(None, OK, damaged), ("+CMGR: 1,,11", SMSC + REPORT)]})
    assert play.run(upkeep.read_stored("SM", 5)) == SMSC + REPORT
    twice = Play({"AT+CPMS?": COUNTS, "AT+CMGR=5": damaged})
    assert twice.run(upkeep.read_stored("SM", 5)) is None
    assert twice.asked.count("AT+CMGR=5") == 2


def test_a_store_is_counted_and_left_again() -> None:
    looked: dict[str, object] = {
        "AT+CPMS?": ['+CPMS: "SM",1,30,"SM",1,30,"SM",1,30', '+CPMS: "SR",3,20,"SM",1,30,"SM",1,30']
    }
    play = Play(looked)
    assert play.run(upkeep.count_stored("SR")) == (3, 20)
    assert play.asked == ["AT+CPMS?", 'AT+CPMS="SR"', "AT+CPMS?", 'AT+CPMS="SM"']
    assert Play({"AT+CPMS?": COUNTS, 'AT+CPMS="SR"': ERROR}).run(upkeep.count_stored("SR")) is None
    assert Play({"AT+CPMS?": TIMED_OUT}).run(upkeep.count_stored("SR")) is None


def test_a_message_is_deleted_by_its_index_and_no_flag() -> None:
    play = Play({"AT+CPMS?": COUNTS})
    assert play.run(upkeep.delete_stored("SR", 5))
    assert play.asked == ["AT+CPMS?", 'AT+CPMS="SR"', "AT+CMGD=5", 'AT+CPMS="SM"']
    assert Play({"AT+CPMS?": COUNTS, "AT+CMGD=5": NOTHING}).run(upkeep.delete_stored("SM", 5))
    assert not Play({"AT+CPMS?": COUNTS, "AT+CMGD=5": ERROR}).run(upkeep.delete_stored("SM", 5))


@pytest.mark.parametrize(("store", "index"), [("sm", 1), ("SM\r", 1), ("SM", -1), ("SM", 65_536)])
def test_what_is_no_store_or_index_sends_nothing(store: str, index: int) -> None:
    for dialogue in (upkeep.read_stored, upkeep.delete_stored):
        with pytest.raises(ValueError):
            dialogue(store, index)


LISTED = ("+CMGL: 3,1,,11", SMSC + REPORT, '+CMGL: 7,0,"",11', "00" + REPORT, "+CMGL: 9,1,15", "00" + REPORT)


def test_a_store_is_listed_and_what_cannot_be_read_whole_is_left_out() -> None:
    play = Play({"AT+CPMS?": COUNTS, "AT+CMGL=4": LISTED})
    assert play.run(upkeep.list_stored(GENERIC, "ME")) == ((3, SMSC + REPORT), (7, "00" + REPORT))
    assert play.asked == ["AT+CPMS?", 'AT+CPMS="ME"', "AT+CMGL=4", 'AT+CPMS="SM"']


@pytest.mark.parametrize(("answer", "listed"), [(OK, ()), (ERROR, None), (TIMED_OUT, None)])
def test_an_empty_store_is_no_refusal(answer: object, listed: tuple[object, ...] | None) -> None:
    play = Play({"AT+CPMS?": COUNTS, "AT+CMGL=4": answer})
    assert play.run(upkeep.list_stored(GENERIC, "SM")) == listed


def test_where_listing_does_harm_the_places_are_read_one_by_one_until_all_are_found() -> None:
    play = Play(
        {
            "AT+CPMS?": '+CPMS: "SM",2,20,"SM",2,20,"SM",2,20',
            "AT+CMGR=0": NOTHING,
            "AT+CMGR=1": ("+CMGR: 1,,11", SMSC + REPORT),
            "AT+CMGR=2": OK,
            "AT+CMGR=3": ("+CMGR: 0,,11", "00" + REPORT),
        }
    )
    assert play.run(upkeep.list_stored(HUAWEI, "SM")) == ((1, SMSC + REPORT), (3, "00" + REPORT))
    assert play.asked == ["AT+CPMS?", "AT+CPMS?", "AT+CMGR=0", "AT+CMGR=1", "AT+CMGR=2", "AT+CMGR=3"]


def test_a_sweep_has_an_end_where_the_modem_counts_more_than_it_has() -> None:
    play = Play({"AT+CPMS?": '+CPMS: "SM",5,10,"SM",5,10,"SM",5,10', "AT+CMGR=4": ("+CMGR: 1,,11", "00" + REPORT)})
    assert play.run(upkeep.list_stored(HUAWEI, "SM")) == ((4, "00" + REPORT),)
    assert [step for step in play.asked if step.startswith("AT+CMGR")] == [f"AT+CMGR={index}" for index in range(10)]
    empty = Play({"AT+CPMS?": '+CPMS: "SM",0,10,"SM",0,10,"SM",0,10'})
    assert empty.run(upkeep.list_stored(HUAWEI, "SM")) == ()
    assert Play({"AT+CPMS?": ["+CPMS: broken", ERROR]}).run(upkeep.list_stored(HUAWEI, "SM")) is None


def test_networks_in_reach_by_their_numbers() -> None:
    line = '+COPS: (2,"A","a","51010",2),(1,"B","b","51011",0),,(0-4),(0,2)'
    assert Play({"AT+COPS=?": line}).run(upkeep.find_networks()) == ("51010", "51011")
    assert Play({"AT+COPS=?": ERROR}).run(upkeep.find_networks()) is None
    assert Play({"AT+COPS=?": TIMED_OUT, "AT": TIMED_OUT}).run(upkeep.find_networks()) is None


def test_a_request_to_the_network_goes_out_and_shows_nowhere() -> None:
    play = Play({})
    assert play.run(upkeep.ask_network("*123#"))
    assert play.asked == ['AT+CUSD=1,"*123#",15']
    assert "123" not in repr(play.steps[0])
    assert play.run(upkeep.leave_network_dialogue())
    assert not Play({'AT+CUSD=1,"*123#",15': ERROR}).run(upkeep.ask_network("*123#"))
    assert not Play({"AT+CUSD=2": TIMED_OUT, "AT": TIMED_OUT}).run(upkeep.leave_network_dialogue())
    for wrong in ("", '*1"', "*1\r", "help", "1" * 183):
        with pytest.raises(ValueError) as caught:
            upkeep.ask_network(wrong)
        assert not wrong or wrong not in str(caught.value)


def test_the_radio_goes_off_and_on() -> None:
    play = Play({})
    assert play.run(upkeep.radio_cycle())
    assert play.asked == ["AT+CFUN=4", "AT+CFUN=1"]
    refused = Play({"AT+CFUN=4": ERROR})
    assert not refused.run(upkeep.radio_cycle())
    assert refused.asked == ["AT+CFUN=4"]


def test_a_radio_that_may_be_off_is_asked_on_again() -> None:
    play = Play({"AT+CFUN=4": TIMED_OUT, "AT+CFUN=1": [ERROR, Reply(None, OK)]})
    assert play.run(upkeep.radio_cycle())
    assert play.asked.count("AT+CFUN=1") == 2
    assert not Play({"AT+CFUN=1": ERROR}).run(upkeep.radio_cycle())


def test_a_restart_is_the_familys_own_command_or_none() -> None:
    family = ModemProfile("family", resets=("AT+CRESET", "AT+CFUN=1,1"))
    play = Play({"AT+CRESET": ERROR})
    assert play.run(upkeep.restart(family))
    assert play.asked == ["AT+CRESET", "AT+CFUN=1,1"]
    assert not Play({"AT+CRESET": ERROR, "AT+CFUN=1,1": ERROR}).run(upkeep.restart(family))
    for gone in (TIMED_OUT, Lost()):
        assert Play({"AT+CRESET": gone}).run(upkeep.restart(family))
    assert not Play({}).run(upkeep.restart(GENERIC))


@pytest.mark.parametrize("profile", VENDORS, ids=lambda profile: profile.name)
def test_a_family_restarts_only_by_a_command_with_a_source(profile: ModemProfile) -> None:
    play = Play({})
    assert play.run(upkeep.restart(profile)) is bool(profile.resets)
    assert play.asked == list(profile.resets[:1])
    assert not profile.resets or "resets" in {fact.field for fact in profile.facts}


@pytest.mark.parametrize("first", [TIMED_OUT, Lost()])
def test_all_end_where_the_modem_falls_silent(first: object) -> None:
    for step in ("AT+CPMS?", 'AT+CPMS="SR"', "AT+CMGR=1", 'AT+CPMS="SM"', "AT+CMGD=1", "AT+CFUN=4"):
        table = SILENT | {"AT+CPMS?": COUNTS, step: first}
        assert Play(table).run(upkeep.ask_storage()) in (None, (4, 255))
        assert Play(table).run(upkeep.read_stored("SR", 1)) is None
        assert Play(table).run(upkeep.delete_stored("SR", 1)) is (step in ("AT+CMGR=1", "AT+CFUN=4"))
        assert Play(table).run(upkeep.radio_cycle()) is (step != "AT+CFUN=4")


def test_no_step_but_a_deletion_could_delete() -> None:
    play = Play({"AT+CPMS?": COUNTS})
    for dialogue in (upkeep.read_stored("SR", 1), upkeep.ask_storage(), upkeep.radio_cycle()):
        play.run(dialogue)
    assert not [step for step in play.steps if isinstance(step, Command) and "CMGD" in step.text]


@pytest.mark.parametrize(
    ("line", "news"),
    [
        ('+CMTI: "SM",3', ("SM", 3)),
        ('+CDSI: "SR",12', ("SR", 12)),
        ('+CDSI:"SR", 0', ("SR", 0)),
        ("+CMTI: ME,255", ("ME", 255)),
        ('+CMTI: "ME",1,1', ("ME", 1)),
        ('+CMTI: "SM"', None),
        ('+CMTI: "sm",3', None),
        ('+CMTI: "SM",-1', None),
        ("+CDS: 25", None),
        ('+CBMI: "BM",1', None),
    ],
)
def test_where_a_stored_message_lies(line: str, news: tuple[str, int] | None) -> None:
    assert answers.stored_news(line) == news


@pytest.mark.parametrize(
    ("header", "pdu", "whole"),
    [
        ("+CMGR: 1,,11", SMSC + REPORT, SMSC + REPORT),
        ("+CMGR: 1,,11", SMSC.lower() + REPORT, SMSC + REPORT),
        ("+CMGR: 1,,11", "00" + REPORT, "00" + REPORT),
        ("+CMGR: 1,,11", REPORT, "00" + REPORT),
        ("+CMGR: 1,,12", SMSC + REPORT, None),
        ("+CMGR: 1,,0", SMSC, None),
        ("+CMGR: 1,,11", "FF", None),
        ("+CMGR: 1,,1", "", None),
    ],
)
def test_a_pdu_has_the_length_its_header_says(header: str, pdu: str, whole: str | None) -> None:
    assert answers.whole_pdu(header, pdu) == whole


def test_what_follows_the_smsc() -> None:
    assert answers.without_smsc("00" + REPORT) == REPORT
    assert answers.without_smsc(SMSC + REPORT.lower()) == REPORT
    assert [answers.without_smsc(pdu) for pdu in ("", "00", SMSC, "FF00")] == [None] * 4
