"""Every form in which modems are known to write, by name and with the source that tells of it.

What a form means is checked on the engine alone; each is fed whole and octet by octet.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest
from dialogue_play import Play

from otppi.at import commands
from otppi.at.commands import Abort, Body, Command, Drain, Shape
from otppi.at.engine import AtEngine, State
from otppi.at.events import Drained, Event, Garbage, Prompt, Reply, Waiting
from otppi.at.profiles.generic import GENERIC
from otppi.at.results import ERROR, OK, Final, FinalKind
from otppi.at.sending import Accepted, Silent, send_pdu
from otppi.at.urc import Urc

PDU = "0011000B912618000000F00000AA05E8329BFD06"
DIAL = Command("ATD", "ATD*99#")
SIGNAL = ("+CSQ: 18,99",)


class Form(NamedTuple):
    """`lines` and `final` are what the reply to `command` must be."""

    name: str
    source: str
    octets: bytes
    command: Command = commands.SIGNAL
    lines: tuple[str, ...] = SIGNAL
    final: Final = OK


def ids(form: Form) -> str:
    return form.name


def replies(command: Command, octets: bytes) -> list[Reply]:
    """What comes of feeding the octets whole; the same must come of feeding them one by one."""
    seen: list[list[Event]] = []
    for chunks in ([octets], [bytes([octet]) for octet in octets]):
        engine = AtEngine(GENERIC)
        engine.execute(command)
        for chunk in chunks:
            engine.receive(chunk)
        seen.append(engine.events())
    assert seen[0] == seen[1]
    return [event for event in seen[0] if isinstance(event, Reply)]


# -- lines -----------------------------------------------------------------------------------------------------------

LINES = [
    Form("CR LF text CR LF", "ITU-T V.250 5.7.1", b"\r\n+CSQ: 18,99\r\n\r\nOK\r\n"),
    Form("CR CR LF", "Huawei E1752: python-gsmmodem", b"\r\r\n+CSQ: 18,99\r\r\n\r\r\nOK\r\r\n"),
    Form("leading NUL octets", "ModemManager, serial parsers", b"\0\0\r\n+CSQ: 18,99\r\n\0\r\nOK\r\n"),
    Form("leading CR CR", "ModemManager, serial parsers", b"\r\r+CSQ: 18,99\r\n\r\rOK\r\n"),
    Form("no leading CR", "ModemManager: ends of calls on some devices", b"+CSQ: 18,99\r\nOK\r\n"),
    Form("CR alone", "AOSP cuttlefish, modem simulator", b"\r+CSQ: 18,99\r\rOK\r"),
    Form("LF alone", "programs that translate CR", b"\n+CSQ: 18,99\n\nOK\n"),
    Form(
        "no space after the colon",
        "Wavecom, AT Commands Interface Guide",
        b"\r\n+CSQ:18,99\r\n\r\nOK\r\n",
        lines=("+CSQ:18,99",),
    ),
    Form("flow control octets inside", "V.250 6.2.12, XON and XOFF", b"\r\n\x11+CSQ: 18,99\x13\r\n\x11\r\nOK\r\n"),
    Form("exact echo", "V.250 6.2.4", b"AT+CSQ\r\r\n+CSQ: 18,99\r\n\r\nOK\r\n"),
    Form("echo and CR CR LF", "Huawei sticks", b"AT+CSQ\r\r\r\n+CSQ: 18,99\r\n\r\nOK\r\n"),
    Form("numeric result, no words", "V.250 5.7.1, ATV0", b"0\r", commands.ATTENTION, ()),
    Form("numeric error, no words", "V.250 5.7.1, ATV0", b"4\r", commands.ATTENTION, (), ERROR),
    Form(
        "quotes round a word",
        "smstools, +CPIN",
        b'\r\n+CPIN:"READY"\r\n\r\nOK\r\n',
        commands.PIN_STATE,
        ('+CPIN:"READY"',),
    ),
    Form(
        "a bare answer behind its name",
        "SIM7600, +CGMR",
        b"\r\n+CGMR: LE20\r\n\r\nOK\r\n",
        commands.REVISION,
        ("+CGMR: LE20",),
    ),
    Form("final before the answer's CR LF", "modems that forget the empty line", b"\r\n+CSQ: 18,99\r\nOK\r\n"),
]


@pytest.mark.parametrize("form", LINES, ids=ids)
def test_every_form_of_lines(form: Form) -> None:
    assert replies(form.command, form.octets) == [Reply(form.command, form.final, form.lines)]


# -- final results ---------------------------------------------------------------------------------------------------

PLAIN = commands.REGISTRATION_NEWS
FINALS = [
    Form("OK", "V.250 5.7.1", b"\r\nOK\r\n"),
    Form("ERROR", "V.250 5.7.1", b"\r\nERROR\r\n", final=ERROR),
    Form("+CME ERROR: n", "3GPP TS 27.007 9.2", b"\r\n+CME ERROR: 14\r\n", final=Final(FinalKind.CME, 14, "SIM busy")),
    Form(
        "+CMS ERROR: n",
        "3GPP TS 27.005 3.2.5",
        b"\r\n+CMS ERROR: 500\r\n",
        final=Final(FinalKind.CMS, 500, "unknown error"),
    ),
    Form(
        "+CMS ERROR:n",
        "no space, Wavecom",
        b"\r\n+CMS ERROR:38\r\n",
        final=Final(FinalKind.CMS, 38, "network out of order"),
    ),
    Form(
        "COMMAND NOT SUPPORT",
        "Huawei E220, E1752: ModemManager, Gammu",
        b"\r\nCOMMAND NOT SUPPORT\r\n",
        final=Final(FinalKind.ERROR, None, "command not supported"),
    ),
    Form("MODEM ERROR: n", "Motorola EZX: ModemManager", b"\r\nMODEM ERROR: 14\r\n", final=ERROR),
    Form("+EXT ERROR: n", "oFono, rilmodem", b"\r\n+EXT ERROR: 3\r\n", final=ERROR),
    Form("NA", "Samsung Z810: ModemManager", b"\r\nNA\r\n", final=Final(FinalKind.ERROR, None, "not available")),
    Form(
        "TOO MANY PARAMETERS",
        "older Huawei sticks",
        b"\r\nTOO MANY PARAMETERS\r\n",
        final=Final(FinalKind.ERROR, None, "too many parameters"),
    ),
    Form(
        "NO CARRIER after dialling",
        "V.250 5.7.1",
        b"\r\nNO CARRIER\r\n",
        DIAL,
        final=Final(FinalKind.CALL, words="no carrier"),
    ),
    Form(
        "NO DIALTONE after dialling",
        "V.250 5.7.1",
        b"\r\nNO DIALTONE\r\n",
        DIAL,
        final=Final(FinalKind.CALL, words="no dial tone"),
    ),
    Form("BUSY after dialling", "V.250 5.7.1", b"\r\nBUSY\r\n", DIAL, final=Final(FinalKind.CALL, words="busy")),
    Form(
        "NO ANSWER after dialling",
        "V.250 5.7.1",
        b"\r\nNO ANSWER\r\n",
        DIAL,
        final=Final(FinalKind.CALL, words="no answer"),
    ),
    Form("CONNECT after dialling", "V.250 5.7.1", b"\r\nCONNECT\r\n", DIAL),
    Form("CONNECT with a speed", "V.250 5.7.1", b"\r\nCONNECT 115200\r\n", DIAL),
]


@pytest.mark.parametrize("form", FINALS, ids=ids)
def test_every_final_result(form: Form) -> None:
    command = form.command if form.command is DIAL else PLAIN
    found = replies(command, form.octets)
    assert [(reply.command, reply.final.kind, reply.final.code, reply.lines) for reply in found] == [
        (command, form.final.kind, form.final.code, ())
    ]
    assert form.final.code is not None or found[0].final == form.final


@pytest.mark.parametrize("word", ["NO CARRIER", "NO DIALTONE", "BUSY", "NO ANSWER", "RING"])
def test_somebody_elses_call_ends_nothing(word: str) -> None:
    assert replies(PLAIN, f"\r\n{word}\r\n\r\nOK\r\n".encode()) == [Reply(PLAIN, OK)]


@pytest.mark.parametrize("text", ["OK then", "An ERROR", "ERROR 5", "ok", "OKAY", "+CME ERROR", "CONNECT", "0", "4"])
def test_a_line_that_only_holds_a_final_result_is_none(text: str) -> None:
    """Kannel and smstools look for these words anywhere in a line, so that a text ends their commands."""
    assert replies(PLAIN, f"\r\n{text}\r\n".encode()) == []


@pytest.mark.parametrize("text", ["OK", "ERROR", "> ", "RING", "+CMS ERROR: 38"])
def test_a_text_in_quotes_ends_nothing(text: str) -> None:
    assert replies(PLAIN, f'\r\n+CUSD: 0,"{text}",15\r\n\r\nOK\r\n'.encode()) == [Reply(PLAIN, OK)]


# -- prompts ---------------------------------------------------------------------------------------------------------

PROMPTS = [
    ("CR LF > space", "3GPP TS 27.005 3.5.1", b"\r\n> "),
    ("> alone", "AT-Emulator", b">"),
    ("> space CR", "AOSP cuttlefish, modem simulator", b"> \r"),
    ("CR LF > CR LF", "ModemManager, prompt pattern", b"\r\n>\r\n"),
    ("after an echo", "V.250 6.2.4", b"AT+CMGS=19\r\r\n> "),
    ("after a report", "27.005 3.4.1", b'\r\n+CMTI: "SM",1\r\n\r\n> '),
    ("after NUL octets", "ModemManager, serial parsers", b"\0\r\n> "),
]


@pytest.mark.parametrize(("name", "source", "octets"), PROMPTS, ids=[prompt[0] for prompt in PROMPTS])
def test_every_form_of_the_prompt(name: str, source: str, octets: bytes) -> None:
    assert name
    assert source
    for chunks in ([octets], [bytes([octet]) for octet in octets]):
        engine = AtEngine(GENERIC)
        engine.execute(commands.submit(19))
        for chunk in chunks:
            engine.receive(chunk)
        assert [event for event in engine.events() if not isinstance(event, Urc)] == [Prompt()]
        assert engine.state is State.HELD
        engine.execute(Body(PDU))
        engine.receive(b"\r\n+CMGS: 1\r\n\r\nOK\r\n")
        assert [event.lines for event in engine.events() if isinstance(event, Reply)] == [("+CMGS: 1",)]


@pytest.mark.parametrize("octets", [b'\r\n+CUSD: 0,">",15\r\n', b"a > b\r\n", b"\r\nOK > \r\n"])
def test_what_only_holds_a_prompt_is_none(octets: bytes) -> None:
    engine = AtEngine(GENERIC)
    engine.execute(commands.submit(19))
    engine.receive(octets)
    assert engine.state is State.PROMPT


def test_outside_a_send_a_prompt_is_no_prompt() -> None:
    engine = AtEngine(GENERIC)
    engine.execute(PLAIN)
    engine.receive(b"\r\n> \r\nOK\r\n")
    assert engine.events() == [Garbage(1), Reply(PLAIN, OK)]


# -- answers without a final result ----------------------------------------------------------------------------------

COUNTS = commands.choose_stores("SM", "SM", "SM")
ALONE = [
    ("+CPIN", "Wavecom, AT Commands Interface Guide; Gammu; SMSLib", commands.PIN_STATE, "+CPIN: READY"),
    ("+CPIN that asks", "the same", commands.PIN_STATE, "+CPIN: SIM PIN"),
    ("+CPMS= with eight commas", "smstools", COUNTS, '+CPMS: "SM",1,10,"SM",1,10,"SM",1,10'),
    ("+CPMS? with eight commas", "smstools", commands.STORE_STATE, '+CPMS: "SM",1,10,"SM",1,10,"SM",1,10'),
]


@pytest.mark.parametrize(("name", "source", "command", "line"), ALONE, ids=[row[0] for row in ALONE])
def test_every_answer_that_may_stand_alone(name: str, source: str, command: Command, line: str) -> None:
    assert name
    assert source
    engine = AtEngine(GENERIC)
    engine.execute(command)
    engine.receive(f"\r\n{line}\r\n".encode())
    wait = engine.awaiting()
    assert wait is not None
    assert (wait.seconds, wait.kind) == (0.3, Waiting.GRACE)
    engine.expire()
    assert engine.events() == [Reply(command, OK, (line,), implied=True)]
    assert replies(command, f"\r\n{line}\r\n\r\nOK\r\n".encode()) == [Reply(command, OK, (line,))]


def test_a_shorter_answer_of_stores_waits_for_its_ok() -> None:
    engine = AtEngine(GENERIC)
    engine.execute(COUNTS)
    engine.receive(b"\r\n+CPMS: 1,10,1,10\r\n")
    wait = engine.awaiting()
    assert wait is not None
    assert wait.kind is Waiting.REPLY


# -- what is sent ----------------------------------------------------------------------------------------------------

ALL_COMMANDS = [each for each in vars(commands).values() if isinstance(each, Command)]


@pytest.mark.parametrize("command", ALL_COMMANDS, ids=lambda command: str(command.name))
def test_a_command_ends_with_cr_and_nothing_more(command: Command) -> None:
    """LF after it would stand in the PDU; below 19200 baud Siemens MC55 has trouble with it (its manual)."""
    engine = AtEngine(GENERIC)
    engine.execute(command)
    sent = engine.data_to_send()
    assert re.fullmatch(rb"AT[ -~]*\r|\x1b", sent)
    assert (command.shape is Shape.NONE) == (command.answer is None)


def test_a_body_ends_with_ctrl_z_and_is_taken_back_with_escape() -> None:
    engine = AtEngine(GENERIC)
    engine.execute(commands.submit(19))
    engine.receive(b"\r\n> ")
    engine.data_to_send()
    engine.execute(Body(PDU))
    assert engine.data_to_send() == PDU.encode() + b"\x1a"
    other = AtEngine(GENERIC)
    other.execute(Abort())
    assert other.data_to_send() == b"\x1b"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("+CMGS: 7", Accepted(7)),
        # ESC answers OK though nothing was sent: Quectel UGxx, Siemens MC55, SIM800 (manuals); so does a failing +CMGS
        # of Cinterion modems (AT^SM20).
        (OK, Silent("the modem gave no reference", settled=True)),
    ],
)
def test_ok_alone_is_no_success(answer: object, outcome: object) -> None:
    play = Play({"AT+CMGS=19": Prompt(), "Body": answer})
    assert play.run(send_pdu(GENERIC, PDU[2:], None)) == outcome


# -- bringing it back in step ----------------------------------------------------------------------------------------


def test_a_resync_is_escape_cr_and_a_tenth_of_a_second() -> None:
    engine = AtEngine(GENERIC)
    engine.execute(Drain(b"\x1b\r"))
    wait = engine.awaiting()
    assert wait is not None
    assert (engine.data_to_send(), wait.seconds, wait.kind) == (b"\x1b\r", 0.1, Waiting.DRAIN)
    engine.receive(b"\r\n+CMGS: 4\r\nOK\r\nERROR\r\nrubbish\r\n")
    engine.expire()
    assert [event for event in engine.events() if not isinstance(event, Garbage)] == [Drained()]


def test_a_drain_ends_early_only_by_an_awaited_line() -> None:
    engine = AtEngine(GENERIC)
    engine.execute(Drain(seconds=5.0, until=("SMS Ready", "PB DONE")))
    engine.receive(b"\r\nCall Ready\r\n\r\nnot SMS Ready\r\n")
    assert Drained() not in engine.events()
    engine.receive(b"\r\nSMS Ready\r\n")
    assert engine.awaiting() is None
    assert engine.events() == [Urc("SMS Ready", "SMS Ready"), Drained()]
    engine.receive(b"\r\nPB DONE\r\n")
    assert engine.events() == [Urc("PB DONE", "PB DONE")]


def test_an_awaited_line_that_is_no_unsolicited_one_ends_nothing() -> None:
    engine = AtEngine(GENERIC)
    engine.execute(Drain(seconds=5.0, until=("surely unknown",)))
    engine.receive(b"\r\nsurely unknown\r\n")
    assert engine.state is State.DRAIN
