"""The engine by its rules: each test feeds bytes and reads events; nothing here waits."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otppi.at import commands
from otppi.at.commands import Abort, Body, Command, Drain, Shape
from otppi.at.engine import AtEngine, State
from otppi.at.errors import OutOfStep
from otppi.at.events import Drained, Event, Expired, Garbage, Late, Lost, Prompt, Reply, Waiting
from otppi.at.profiles.generic import GENERIC
from otppi.at.results import ERROR, OK, Final, FinalKind
from otppi.at.urc import Urc

PDU = "0011000B912618000000F00000AA05E8329BFD06"
READ = Command("AT+CMGR=", "AT+CMGR=1", Shape.HEADER_PDU, re.compile(r"\+CMGR:.*"))
LIST = Command("AT+CMGL=", "AT+CMGL=4", Shape.HEADER_PDU, re.compile(r"\+CMGL:.*"))
USSD = Command("AT+CUSD=", 'AT+CUSD=1,"*100#",15')
STATE_OF_USSD = Command("AT+CUSD?", "AT+CUSD?", Shape.ONE, re.compile(r"\+CUSD:\s*\d"))
REPORT = "0006010B912618000000F0"


def engine() -> AtEngine:
    return AtEngine(GENERIC)


def run(command: Command, *chunks: bytes) -> list[Event]:
    one = engine()
    one.execute(command)
    for chunk in chunks:
        one.receive(chunk)
    return one.events()


def at_prompt() -> AtEngine:
    one = engine()
    one.execute(commands.submit(19))
    one.receive(b"\r\n> ")
    assert one.events() == [Prompt()]
    one.data_to_send()
    return one


def handed() -> AtEngine:
    one = at_prompt()
    one.execute(Body(PDU))
    return one


def replies(events: list[Event]) -> list[Reply]:
    return [event for event in events if isinstance(event, Reply)]


# -- the five issues of python-gsmmodem, and what a real line does to every driver -----------------------------------


def test_the_ok_after_a_cmti_is_not_the_reply_to_cmgr() -> None:
    events = run(READ, b'\r\n+CMTI: "SM",1\r\n', b"\r\n+CMGR: 1,,11\r\n", REPORT.encode(), b"\r\n\r\nOK\r\n")
    assert replies(events) == [Reply(READ, OK, ("+CMGR: 1,,11", REPORT))]
    assert [event.name for event in events if isinstance(event, Urc)] == ["+CMTI"]


def test_a_cusd_before_ok_is_unsolicited_and_ok_is_the_reply() -> None:
    events = run(USSD, b'\r\n+CUSD: 0,"Pulsa Rp 1",15\r\n\r\nOK\r\n')
    assert events == [Urc("+CUSD", '+CUSD: 0,"Pulsa Rp 1",15'), Reply(USSD, OK)]
    assert run(STATE_OF_USSD, b"\r\n+CUSD: 1\r\n\r\nOK\r\n") == [Reply(STATE_OF_USSD, OK, ("+CUSD: 1",))]


def test_cpin_without_ok_ends_by_itself_after_a_grace() -> None:
    one = engine()
    one.execute(commands.PIN_STATE)
    one.receive(b"\r\n+CPIN: READY\r\n")
    assert one.events() == []
    wait = one.awaiting()
    assert wait is not None
    assert (wait.seconds, wait.kind) == (0.3, Waiting.GRACE)
    one.expire()
    assert one.events() == [Reply(commands.PIN_STATE, OK, ("+CPIN: READY",), implied=True)]


def test_a_creg_inside_an_answer_is_unsolicited() -> None:
    events = run(USSD, b'\r\n+CREG: 1,"00C3","1A2B"\r\n\r\nOK\r\n')
    assert events == [Urc("+CREG", '+CREG: 1,"00C3","1A2B"'), Reply(USSD, OK)]
    events = run(commands.REGISTRATION, b"\r\n+CREG: 5\r\n\r\n+CREG: 1,1\r\n\r\n+CREG: 2\r\n\r\nOK\r\n")
    assert replies(events) == [Reply(commands.REGISTRATION, OK, ("+CREG: 1,1",))]
    assert [event.line for event in events if isinstance(event, Urc)] == ["+CREG: 5", "+CREG: 2"]


def test_an_rssi_inside_a_cmgr_reply_is_unsolicited() -> None:
    events = run(READ, b"\r\n+CMGR: 1,,11\r\n^RSSI:18\r\n", REPORT.encode(), b"\r\n^RSSI:17\r\nOK\r\n")
    assert replies(events) == [Reply(READ, OK, ("+CMGR: 1,,11", REPORT))]


@pytest.mark.parametrize(
    ("octets", "final"),
    [
        (b"\r\nOK\r\n", OK),
        (b"\r\n\r\nOK\r\n", OK),
        (b"OK\r\n", OK),
        (b"OK\r", OK),
        (b"\0\r\nOK\r\n", OK),
        (b"AT+CREG=1\r\r\nOK\r\n", OK),
        (b"\r\nERROR\r\n", ERROR),
        (b"\r\r\nERROR\r\r\n", ERROR),
        (b"\r\n+CME ERROR: 14\r\n", Final(FinalKind.CME, 14, "SIM busy")),
        (b"\r\n+CMS ERROR: 500\r\n", Final(FinalKind.CMS, 500, "unknown error")),
        (b"\r\nCOMMAND NOT SUPPORT\r\n", Final(FinalKind.ERROR, None, "command not supported")),
        (b"\r\nMODEM ERROR: 14\r\n", ERROR),
        (b"\r\nNO CARRIER\r\n\r\nOK\r\n", OK),
        (b"\r\nBUSY\r\n\r\nERROR\r\n", ERROR),
    ],
)
def test_endings(octets: bytes, final: Final) -> None:
    for chunks in ([octets], [bytes([octet]) for octet in octets]):
        assert replies(run(commands.REGISTRATION_NEWS, *chunks)) == [Reply(commands.REGISTRATION_NEWS, final)]


def test_a_call_result_ends_a_dialled_command_only() -> None:
    dial = Command("ATD", "ATD*99#")
    assert replies(run(dial, b"\r\nNO CARRIER\r\n"))[0].final.kind is FinalKind.CALL


def test_numeric_results_end_the_commands_before_atv1() -> None:
    assert replies(run(commands.ATTENTION, b"0\r")) == [Reply(commands.ATTENTION, OK)]
    assert replies(run(commands.PDU_MODE, b"0\r")) == []


def test_an_answer_must_have_its_commands_shape() -> None:
    events = run(commands.SIGNAL, b"\r\n+CREG: 0,1\r\n\r\n+CSQ: 18,99\r\n\r\nOK\r\n")
    assert events == [Garbage(10), Reply(commands.SIGNAL, OK, ("+CSQ: 18,99",))]
    events = run(commands.IMEI, b"\r\nhello\r\n\r\n359876040000017\r\n\r\nOK\r\n")
    assert events == [Garbage(5), Reply(commands.IMEI, OK, ("359876040000017",))]
    events = run(commands.MODEL, b"\r\n^UNKNOWN:7\r\n\r\nE173\r\n\r\nOK\r\n")
    assert replies(events) == [Reply(commands.MODEL, OK, ("E173",))]


def test_pairs_of_header_and_pdu_are_counted_not_read() -> None:
    events = run(LIST, f"\r\n+CMGL: 0,1,,11\r\n{REPORT}\r\n+CMGL: 1,1,,11\r\n{REPORT}\r\n\r\nOK\r\n".encode())
    assert replies(events)[0].lines == ("+CMGL: 0,1,,11", REPORT, "+CMGL: 1,1,,11", REPORT)


def test_a_two_line_report_is_one_event_even_in_the_middle_of_a_send() -> None:
    one = handed()
    one.receive(f"\r\n+CDS: 11\r\n^RSSI:1\r\n{REPORT}\r\n\r\n+CMGS: 9\r\n\r\nOK\r\n".encode())
    events = one.events()
    assert [event for event in events if isinstance(event, Urc)] == [
        Urc("^RSSI", "^RSSI:1"),
        Urc("+CDS", "+CDS: 11", REPORT),
    ]
    assert replies(events)[0].lines == ("+CMGS: 9",)


def test_a_header_whose_pdu_never_comes_is_garbage_and_swallows_nothing() -> None:
    assert run(commands.PDU_MODE, b"\r\n+CDS: 11\r\n\r\nOK\r\n") == [Garbage(8), Reply(commands.PDU_MODE, OK)]
    one = engine()
    one.receive(f"+CDS: 11\r\n+CDS: 11\r\n{REPORT}\r\n".encode())
    assert one.events() == [Garbage(8), Urc("+CDS", "+CDS: 11", REPORT)]


def test_echo_is_always_stripped_also_that_of_the_body() -> None:
    one = engine()
    one.execute(commands.submit(19))
    one.receive(b"AT+CMGS=19\r\r\n> ")
    one.execute(Body(PDU))
    one.receive(PDU.encode() + b"\x1a\r\n\r\n+CMGS: 3\r\n\r\nOK\r\n")
    assert [type(event) for event in one.events()] == [Prompt, Reply]
    assert one.echoed == 0, "a prompt and a body are no commands"


def test_echoes_are_counted_of_the_command_in_flight_alone() -> None:
    one = engine()
    for octets in (b"AT\r\r\nOK\r\n", b"\r\nOK\r\n", b"AT\r\r\nAT\r\nOK\r\n"):
        one.execute(commands.ATTENTION)
        one.receive(octets)
    one.execute(commands.SIGNAL)
    one.receive(b"AT\r\r\n+CSQ: 20,0\r\n\r\nOK\r\nAT+CSQ\r")
    assert one.echoed == 3


# -- sending ---------------------------------------------------------------------------------------------------------


def test_the_body_leaves_only_at_an_open_prompt() -> None:
    one = engine()
    with pytest.raises(OutOfStep):
        one.execute(Body(PDU))
    one.execute(commands.submit(19))
    assert one.data_to_send() == b"AT+CMGS=19\r"
    with pytest.raises(OutOfStep):
        one.execute(Body(PDU))
    assert one.data_to_send() == b""
    one.receive(b"\r\n> ")
    one.execute(Body(PDU))
    assert one.data_to_send() == PDU.encode() + b"\x1a"


def test_a_prompt_left_over_from_before_opens_nothing() -> None:
    one = engine()
    one.receive(b"\r\n> ")
    one.execute(commands.submit(19))
    one.receive(b" ")
    assert one.state is State.PROMPT


def test_reference_and_ok_are_one_reply_and_neither_alone_is() -> None:
    one = handed()
    one.receive(b"\r\n+CMGS: 42\r\n")
    assert one.events() == []
    wait = one.awaiting()
    assert wait is not None
    assert wait.seconds == 5.0
    one.receive(b"\r\nOK\r\n")
    reply = replies(one.events())[0]
    assert (reply.final, reply.lines) == (OK, ("+CMGS: 42",))


def test_while_the_prompt_is_held_no_time_limit_runs_and_news_still_come() -> None:
    one = at_prompt()
    assert one.awaiting() is None
    one.receive(b"\r\nRING\r\n")
    assert one.events() == [Urc("RING", "RING")]
    assert one.state is State.HELD


def test_a_prompt_can_be_taken_back_by_the_modem() -> None:
    one = at_prompt()
    one.receive(b"\r\n+CMS ERROR: 512\r\n")
    assert replies(one.events())[0].final.code == 512
    with pytest.raises(OutOfStep):
        one.execute(Body(PDU))


def test_abort_sends_escape_and_its_ok_is_no_success_of_the_send() -> None:
    one = at_prompt()
    one.execute(Abort())
    assert one.data_to_send() == b"\x1b"
    one.receive(b"\r\nOK\r\n")
    reply = replies(one.events())[0]
    assert reply.command is not None
    assert reply.command.name == "ESC"


def test_a_reference_after_the_time_limit_is_late_once() -> None:
    one = handed()
    one.expire()
    assert one.events() == [Expired(Waiting.RESULT)]
    one.execute(Drain(b"\x1b\r"))
    one.receive(b"\r\n+CMGS: 77\r\n\r\nOK\r\n")
    one.expire()
    one.receive(b"\r\n+CMGS: 77\r\n")
    assert [event for event in one.events() if isinstance(event, Late)] == [Late(77)]


def test_a_late_reference_is_heard_through_other_commands_until_the_next_body_leaves() -> None:
    one = handed()
    one.expire()
    one.execute(commands.ATTENTION)
    one.receive(b"\r\n+CMGS: 8\r\n\r\nOK\r\n")
    assert Late(8) in one.events()
    two = handed()
    two.expire()
    two.execute(commands.submit(19))
    two.receive(b"\r\n> ")
    two.execute(Body(PDU))
    two.events()
    two.receive(b"\r\n+CMGS: 9\r\n\r\nOK\r\n")
    assert [type(event) for event in two.events()] == [Reply]


def test_a_reference_without_its_ok_is_expired_then_late() -> None:
    one = handed()
    one.receive(b"\r\n+CMGS: 5\r\n")
    one.expire()
    assert one.events() == [Expired(Waiting.RESULT), Late(5)]
    two = handed()
    two.receive(b"\r\n+CMGS: 6\r\n")
    two.closed()
    assert two.events() == [Lost(), Late(6)]


def test_listening_can_be_ended_and_can_outlive_a_line() -> None:
    one = handed()
    one.expire()
    one.listen_no_more()
    one.receive(b"\r\n+CMGS: 5\r\n")
    assert Late(5) not in one.events()
    two = AtEngine(GENERIC, listening=True)
    two.receive(b"\r\n+CMGS: 5\r\n\r\n+CMGS: 256\r\n")
    assert Late(5) in two.events()


# -- time, drains and loss -------------------------------------------------------------------------------------------


def test_each_step_names_its_time_limit() -> None:
    one = engine()
    assert one.awaiting() is None
    one.execute(commands.RADIO_ON)
    first = one.awaiting()
    one.expire()
    one.execute(commands.RADIO_ON)
    second = one.awaiting()
    assert first is not None
    assert second is not None
    assert (first.seconds, first.kind, second.seconds) == (20.0, Waiting.REPLY, 20.0)
    assert first != second
    assert handed().awaiting() is not None


def test_a_drain_swallows_what_comes_and_tells_of_a_prompt() -> None:
    one = engine()
    one.execute(Drain(b"\x1b\r"))
    assert one.data_to_send() == b"\x1b\r"
    one.receive(b"\r\nOK\r\n\r\n> ")
    one.expire()
    assert [event for event in one.events() if not isinstance(event, Garbage)] == [Drained(prompted=True)]
    assert one.state is State.IDLE


def test_a_lost_line_is_told_once_and_every_later_step_too() -> None:
    one = handed()
    one.closed()
    one.closed()
    assert one.events() == [Lost()]
    one.execute(commands.ATTENTION)
    one.receive(b"\r\nOK\r\n")
    one.expire()
    assert one.events() == [Lost()]
    assert one.data_to_send() == b""


def test_a_second_command_waits_for_the_first() -> None:
    one = engine()
    one.execute(commands.ATTENTION)
    with pytest.raises(OutOfStep):
        one.execute(commands.ATTENTION)


def test_an_expiry_nobody_waits_for_does_nothing() -> None:
    one = engine()
    one.expire()
    assert one.events() == []


def test_nothing_private_shows_in_a_repr() -> None:
    one = handed()
    one.receive(f'\r\n+CMT: "",24\r\n{PDU}\r\n+CUSD: 0,"kode 123456"\r\n'.encode())
    shown = repr(one.events()) + repr(Body(PDU)) + repr(commands.enter_pin("1234")) + repr(READ)
    assert PDU not in shown
    assert "1234" not in shown


# -- properties ------------------------------------------------------------------------------------------------------

TALKS: list[tuple[Command, list[bytes]]] = [
    (commands.SIGNAL, [b"\r\n+CSQ: 18,99\r\n", b"\r\nOK\r\n"]),
    (commands.REGISTRATION, [b"\r\n+CREG: 0,1\r\n", b"\r\nOK\r\n"]),
    (commands.IMEI, [b"AT+CGSN\r", b"\r\n359876040000017\r\n", b"\r\nOK\r\n"]),
    (commands.MODEL, [b"\r\nE173\r\n", b"\r\nOK\r\n"]),
    (commands.PIN_STATE, [b"\r\n+CPIN: SIM PIN\r\n", b"\r\nOK\r\n"]),
    (commands.PDU_MODE, [b"\r\nERROR\r\n"]),
    (LIST, [b"\r\n+CMGL: 0,1,,11\r\n", REPORT.encode() + b"\r\n", b"\r\nOK\r\n"]),
    (commands.OPERATOR, [b'\r\n+COPS: 0,0,"XL"\r\n', b"\r\n+CME ERROR: 30\r\n"]),
]
NEWS = [
    b"\r\n^RSSI:7\r\n",
    b'\r\n+CMTI: "SM",3\r\n',
    b"\r\n+CREG: 5\r\n",
    b'\r\n+CREG: 1,"00C3","1A2B"\r\n',
    b"\r\nRING\r\n",
    b"\r\nCall Ready\r\n",
    b'\r\n+CUSD: 0,"OK",15\r\n',
    b"\r\nNO CARRIER\r\n",
    b"\r\n+CIEV: 2,1\r\n",
    b"\r\n+WIND: 4\r\n",
]


@st.composite
def cut(draw: st.DrawFn, whole: bytes) -> list[bytes]:
    cuts = sorted(draw(st.sets(st.integers(0, len(whole)), max_size=8)) | {0, len(whole)})
    return [whole[start:end] for start, end in itertools.pairwise(cuts)]


@settings(deadline=None)
@given(st.data(), st.sampled_from(TALKS))
def test_chunks_change_no_event(data: st.DataObject, talk: tuple[Command, list[bytes]]) -> None:
    command, lines = talk
    whole = b"".join(lines)
    assert run(command, *data.draw(cut(whole))) == run(command, whole)


@settings(deadline=None)
@given(st.sampled_from(TALKS), st.lists(st.lists(st.sampled_from(NEWS), max_size=2), min_size=4, max_size=4))
def test_news_at_any_line_boundary_change_no_reply(talk: tuple[Command, list[bytes]], news: list[list[bytes]]) -> None:
    command, lines = talk
    mixed = b"".join(b"".join(extra) + line for extra, line in zip(news, [*lines, b"", b"", b""], strict=False))
    assert replies(run(command, mixed)) == replies(run(command, b"".join(lines)))


@settings(deadline=None)
@given(st.data(), st.lists(st.sampled_from(NEWS), max_size=5))
def test_a_send_survives_news_and_any_chunking(data: st.DataObject, news: list[bytes]) -> None:
    def send(chunks: list[bytes]) -> list[Event]:
        one = handed()
        for chunk in chunks:
            one.receive(chunk)
        return one.events()

    whole = b"".join(news) + b"\r\n+CMGS: 42\r\n" + b"".join(news) + b"\r\nOK\r\n"
    events = send(data.draw(cut(whole)))
    assert events == send([whole])
    assert [(reply.final, reply.lines) for reply in replies(events)] == [(OK, ("+CMGS: 42",))]


STEPS = st.sampled_from([commands.ATTENTION, commands.SIGNAL, commands.submit(19), LIST, Body(PDU), Abort(), Drain()])
FRAGMENTS = st.sampled_from([b"\r\n> ", b"\r\nOK\r\n", b"+CMGS: 1\r\n", b"+CDS: 11\r\n", b"+CMGL: \r\n", b"A" * 5000])
MOVES = st.binary(max_size=30) | FRAGMENTS | STEPS | st.just("expire")


@settings(max_examples=300, deadline=None)
@given(st.lists(MOVES, max_size=30))
def test_garbage_never_raises_and_never_stops_the_engine(
    moves: list[bytes | str | Command | Body | Abort | Drain],
) -> None:
    one = engine()
    for move in moves:
        if isinstance(move, bytes):
            one.receive(move)
        elif isinstance(move, str):
            one.expire()
        else:
            try:
                one.execute(move)
            except OutOfStep:
                continue
    one.execute(Drain())
    one.receive(b"\r\n")
    one.expire()
    one.receive(b"\r\n\r\n")
    one.events()
    one.execute(commands.ATTENTION)
    one.receive(b"\r\nOK\r\n")
    assert replies(one.events()) == [Reply(commands.ATTENTION, OK)]
