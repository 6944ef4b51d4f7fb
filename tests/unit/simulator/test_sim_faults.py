"""Faults of a simulated modem: where it hangs, how a send ends badly, noise on the line."""

from __future__ import annotations

import pytest
from stations import FakeStation

from otppi.simulator.bench import ModemBench
from otppi.simulator.device import Traits
from otppi.simulator.errors import UnknownOrder
from otppi.simulator.faults import BadEnding, Ending, Fault, Step, Trouble
from otppi.simulator.orders import ORDERS, Order, perform

BODY = b"00" + b"11000C912618020000100000AA0AE8329BFD4697D9EC37" + b"\x1a"
SENT = b"\r\n+CMGS: %d\r\n\r\nOK\r\n"


def bench_with(*, echo: bool = False, **fields: object) -> ModemBench:
    bench = ModemBench(Traits(latency=0.0), echo=echo)
    if fields:
        order(bench, **fields)
    return bench


def order(bench: ModemBench, **fields: object) -> dict[str, object]:
    return perform(FakeStation(bench.modem), Order(fields))


def send(bench: ModemBench) -> bytes:
    return bench.say(b"AT+CMGS=23\r") + bench.say(BODY)


def test_a_hang_before_echo_leaves_the_line_unechoed() -> None:
    bench = bench_with(echo=True, do="hang", step="before_echo")
    assert bench.say(b"A") == b""
    assert bench.say(b"T\r") == b""
    order(bench, do="clear")
    assert bench.modem.output() == b"AT\r\r\nOK\r\n"


def test_a_hang_before_reply_comes_after_the_echo() -> None:
    bench = bench_with(echo=True, do="hang", step="before_reply")
    assert bench.say(b"AT\r") == b"AT\r"
    assert bench.say(b"AT\r") == b""
    assert bench.modem.activity == "hung"
    order(bench, do="clear")
    assert bench.modem.output() == b"\r\nOK\r\nAT\r\r\nOK\r\n"


def test_a_hang_before_the_prompt() -> None:
    bench = bench_with(do="hang", step="before_prompt")
    assert bench.say(b"AT+CMGS=23\r") == b""
    order(bench, do="clear")
    assert bench.modem.output() == b"\r\n> "


def test_a_hang_before_the_result_is_after_the_air() -> None:
    bench = bench_with(do="hang", step="before_result")
    assert send(bench) == b"\r\n> "
    assert len(bench.sent) == 1
    order(bench, do="clear")
    assert bench.modem.output() == SENT % 0


def test_a_hang_after_the_reference_holds_ok_back() -> None:
    bench = bench_with(do="hang", step="after_result_reference")
    assert send(bench) == b"\r\n> \r\n+CMGS: 0\r\n"
    order(bench, do="clear")
    assert bench.modem.output() == b"\r\nOK\r\n"


def test_a_hang_can_end_by_itself_and_is_over_then() -> None:
    bench = bench_with(do="hang", step="before_reply", seconds=3)
    assert bench.say(b"AT\r") == b""
    assert bench.advance(2.9) == b""
    assert bench.advance(0.1) == b"\r\nOK\r\n"
    assert bench.say(b"AT\r") == b"\r\nOK\r\n"


def test_a_hang_waits_for_its_command_and_counts_its_times() -> None:
    bench = bench_with(do="hang", step="before_reply", command="+csq", times=2, seconds=1)
    assert bench.say(b"AT\r") == b"\r\nOK\r\n"
    for _ in range(2):
        assert bench.say(b"AT+CSQ\r") == b""
        assert bench.advance(1).endswith(b"OK\r\n")
    assert bench.say(b"AT+CSQ\r").endswith(b"OK\r\n")


def test_a_hang_ends_with_the_power() -> None:
    bench = bench_with(do="hang", step="before_reply")
    bench.say(b"AT\r")
    order(bench, do="unplug")
    assert bench.modem.activity == "unplugged"
    assert bench.say(b"AT\r") == b""
    order(bench, do="replug")
    assert bench.say(b"ATE0\r") == b"ATE0\r\r\nOK\r\n"


@pytest.mark.parametrize(
    ("fields", "answered"),
    [
        ({"do": "cms_error", "code": 38}, b"\r\n> \r\n+CMS ERROR: 38\r\n"),
        ({"do": "cme_error", "code": 515}, b"\r\n> \r\n+CME ERROR: 515\r\n"),
        ({"do": "error"}, b"\r\n> \r\nERROR\r\n"),
        ({"do": "refuse_silently"}, b"\r\n> "),
    ],
)
def test_a_refused_send_is_not_on_the_air_and_the_next_one_is(fields: dict[str, object], answered: bytes) -> None:
    bench = bench_with()
    order(bench, **fields)
    bench.say(b"AT+CMEE=1\r")
    assert send(bench) == answered
    assert bench.sent == []
    assert bench.device.counters.refused == 1
    assert send(bench) == b"\r\n> " + SENT % 0


def test_a_refusal_in_place_of_the_prompt() -> None:
    bench = bench_with(do="cms_error", code=302, at_prompt=True)
    assert bench.say(b"AT+CMGS=23\r") == b"\r\n+CMS ERROR: 302\r\n"
    assert bench.device.counters.prompts == 0


def test_errors_for_some_and_for_all_sends() -> None:
    bench = bench_with(do="cms_error", code=500, times=2)
    assert [send(bench)[-5:] for _ in range(3)] == [b"500\r\n", b"500\r\n", b"\nOK\r\n"]
    order(bench, do="cms_error", code=41, times=None)
    assert [send(bench)[-4:] for _ in range(9)] == [b"41\r\n"] * 9
    order(bench, do="clear")
    assert send(bench).endswith(b"OK\r\n")


def test_a_dropped_send_is_on_the_air_and_the_modem_gone() -> None:
    bench = bench_with(do="drop_after_ctrl_z")
    assert bench.say(b"AT+CMGS=23\r") == b"\r\n> "
    assert bench.say(BODY) == b""
    assert len(bench.sent) == 1
    assert bench.modem.activity == "unplugged"


def test_power_lost_before_the_air_sends_nothing() -> None:
    bench = ModemBench(Traits(latency=1.0))
    send(bench)
    bench.advance(0.9)
    bench.modem.unplug()
    assert bench.advance(5) == b""
    assert bench.sent == []


def test_a_late_reference_comes_late_and_the_modem_is_deaf_till_then() -> None:
    bench = bench_with(do="late_reference", seconds=30)
    assert send(bench) == b"\r\n> "
    assert len(bench.sent) == 1
    assert bench.say(b"\x1bAT\r") == b""
    assert bench.advance(29) == b""
    assert bench.advance(1) == SENT % 0 + b"\r\nOK\r\n"


def test_noise_stands_between_lines_and_never_inside_one() -> None:
    bench = bench_with(do="noise", rate=1)
    answer = bench.say(b"AT+CSQ\r")
    assert b"\r\n+CSQ: 20,99\r\n" in answer
    assert answer.endswith(b"\r\nOK\r\n")
    assert answer.count(b"\r\n") == 8
    bench.modem.incoming("+628120000002", "hello")
    bench.modem.incoming("+628120000002", "hello")
    listed = bench.say(b"AT+CMGL=4\r").split(b"\r\n")
    for place, line in enumerate(listed):
        if line.startswith(b"+CMGL:"):
            assert listed[place + 1].startswith(b"0691")


def test_noise_comes_between_the_lines_of_one_response() -> None:
    bench = bench_with(do="noise", rate=1)
    lines = [line for line in bench.say(b"AT+CPINR\r").split(b"\r\n") if line]
    first, second = lines.index(b"+CPINR: SIM PIN,3,3"), lines.index(b"+CPINR: SIM PUK,10,10")
    assert (first, second, lines.index(b"OK")) == (1, 3, 5)


def test_the_same_seed_makes_the_same_noise() -> None:
    def talk(seed: int) -> bytes:
        bench = ModemBench(seed=seed)
        order(bench, do="noise", rate=0.5)
        return b"".join(bench.say(b"AT+CSQ\r") for _ in range(50))

    assert talk(1) == talk(1)
    assert talk(1) != talk(2)


def test_garbage_is_no_text() -> None:
    bench = bench_with(do="garbage", rate=1)
    answer = bench.say(b"AT\r")
    assert answer.endswith(b"\r\nOK\r\n")
    assert len(answer) > 6
    assert not any(0x20 <= octet < 0x7F for octet in answer[: -len(b"OK\r\n")])


def test_a_slow_line_takes_its_time() -> None:
    bench = bench_with(do="slow", rate=100)
    assert bench.say(b"AT\r") == b""
    assert bench.advance(0.035) == b"\r\nO"
    assert bench.advance(0.035) == b"K\r\n"


def faulty(step: Step, kind: Trouble, *, echo: bool = False, **fields: object) -> ModemBench:
    return bench_with(echo=echo, do="fault", step=str(step), kind=str(kind), **fields)


@pytest.mark.parametrize(
    ("step", "said", "on_air"),
    [
        (Step.BEFORE_ECHO, b"AT+CM", 0),
        (Step.BEFORE_REPLY, b"AT+CMGS=23\r\r\n", 0),
        (Step.BEFORE_PROMPT, b"AT+CMGS=23\r\r\n", 0),
        (Step.BODY, b"AT+CMGS=23\r\r\n> " + BODY[:24], 0),
        (Step.BEFORE_AIR, b"AT+CMGS=23\r\r\n> " + BODY[:-1] + b"\r\n+CMG", 1),
        (Step.BEFORE_RESULT, b"AT+CMGS=23\r\r\n> " + BODY[:-1] + b"\r\n+CMG", 1),
        (Step.AFTER_RESULT_REFERENCE, b"AT+CMGS=23\r\r\n> " + BODY[:-1] + b"\r\n+CMGS: 0\r\n\r\nO", 1),
        (Step.BEFORE_FINAL, b"AT+CMGS=23\r\r\n> " + BODY[:-1] + b"\r\n+CMGS: 0\r\n\r\nO", 1),
    ],
)
def test_half_a_line_at_every_step(step: Step, said: bytes, on_air: int) -> None:
    bench = faulty(step, Trouble.HALF_LINE, echo=True)
    assert send(bench) == said
    assert len(bench.sent) == on_air
    assert bench.modem.hung
    order(bench, do="clear")
    assert bench.say(BODY + b"AT\r").endswith(b"AT\r\r\nOK\r\n")


def test_half_a_line_can_be_all_that_is_wrong() -> None:
    bench = faulty(Step.BEFORE_RESULT, Trouble.HALF_LINE, seconds=0)
    assert send(bench) == b"\r\n> \r\n+CMG\r\nOK\r\n"
    assert not bench.modem.hung


@pytest.mark.parametrize(
    ("step", "said", "on_air"),
    [
        (Step.BEFORE_ECHO, b"\r\n+CMS ERROR: 42\r\n", 0),
        (Step.BEFORE_REPLY, b"AT+CMGS=23\r\r\n+CMS ERROR: 42\r\n", 0),
        (Step.BEFORE_PROMPT, b"AT+CMGS=23\r\r\n+CMS ERROR: 42\r\n", 0),
        (Step.BODY, b"AT+CMGS=23\r\r\n> \r\n+CMS ERROR: 42\r\n", 0),
        (Step.BEFORE_AIR, b"AT+CMGS=23\r\r\n> " + BODY[:-1] + b"\r\n+CMS ERROR: 42\r\n", 0),
        (Step.BEFORE_RESULT, b"AT+CMGS=23\r\r\n> " + BODY[:-1] + b"\r\n+CMS ERROR: 42\r\n", 1),
        (
            Step.AFTER_RESULT_REFERENCE,
            b"AT+CMGS=23\r\r\n> " + BODY[:-1] + b"\r\n+CMGS: 0\r\n\r\n+CMS ERROR: 42\r\n",
            1,
        ),
        (Step.BEFORE_FINAL, b"AT+CMGS=23\r\r\n> " + BODY[:-1] + b"\r\n+CMGS: 0\r\n\r\n+CMS ERROR: 42\r\n", 1),
    ],
)
def test_an_error_at_every_step(step: Step, said: bytes, on_air: int) -> None:
    bench = faulty(step, Trouble.CMS_ERROR, echo=True, code=42)
    first = bench.say(b"AT+CMGS=23\r")
    if first.endswith(b"> "):
        first += bench.say(BODY)
    # After an error in the midst of the body the rest of it is a line without AT, echoed and ignored.
    assert first.startswith(said)
    assert first[len(said) :] == (BODY if step is Step.BODY else b"")
    assert len(bench.sent) == on_air
    assert not bench.modem.hung


def test_octets_that_are_lost_make_the_pdu_too_short() -> None:
    bench = faulty(Step.BODY, Trouble.LOSE, count=2)
    assert send(bench) == b"\r\n> \r\n+CMS ERROR: 304\r\n"
    assert send(bench) == b"\r\n> " + SENT % 0


def test_an_octet_lost_by_chance_of_place_is_lost_wherever_it_comes() -> None:
    bench = faulty(Step.BEFORE_PROMPT, Trouble.LOSE, count=3)
    bench.say(b"AT+CMGS=23\r")
    assert bench.say(BODY[:2]) + bench.say(BODY[2:]) == b"\r\n+CMS ERROR: 304\r\n"


def test_a_mangled_command_is_no_command_and_a_mangled_body_no_pdu() -> None:
    bench = faulty(Step.BEFORE_ECHO, Trouble.MANGLE, echo=True)
    assert bench.say(b"AT\r") == b"\xc1T\r"
    assert bench.say(b"AT\r") == b"AT\r\r\nOK\r\n"
    order(bench, do="fault", step="body", kind="mangle")
    assert bench.say(b"ATE0\r") == b"ATE0\r\r\nOK\r\n"
    assert send(bench) == b"\r\n> \r\n+CMS ERROR: 304\r\n"


@pytest.mark.parametrize(("kind", "heard"), [("lose", b"AT+CQ\r"), ("mangle", b"AT+C\xd3Q\r")])
def test_damage_can_skip_octets_that_arrive(kind: str, heard: bytes) -> None:
    bench = bench_with(echo=True, do="fault", step="before_echo", kind=kind, skip=4)
    assert bench.say(b"AT+CSQ\r") == heard + b"\r\nERROR\r\n"
    assert bench.device.counters.spoilt == 1


def test_damage_ends_after_its_count_wherever_it_began() -> None:
    bench = faulty(Step.BODY, Trouble.LOSE_END, skip=1)
    assert send(bench) == b"\r\n> " + SENT % 0
    assert bench.say(b"AT\r") == b""
    assert bench.say(b"\r") == b"\r\nOK\r\n"


@pytest.mark.parametrize(
    ("fields", "faults", "spoilt", "cut"),
    [
        ({"do": "fault", "step": "body", "kind": "lose", "count": 2}, 1, 2, 0),
        ({"do": "fault", "step": "before_prompt", "kind": "half_line", "seconds": 0}, 1, 0, 1),
        ({"do": "fault", "step": "before_result", "kind": "noise"}, 1, 0, 0),
        ({"do": "cms_error", "code": 38}, 1, 0, 0),
        ({"do": "cms_error", "code": 38, "at_prompt": True}, 1, 0, 0),
        ({"do": "fault", "step": "body", "kind": "noise", "command": "+CMGW"}, 0, 0, 0),
    ],
)
def test_what_was_met_is_counted(fields: dict[str, object], faults: int, spoilt: int, cut: int) -> None:
    bench = bench_with()
    order(bench, **fields)
    send(bench)
    counters = bench.device.counters
    assert (counters.faults, counters.spoilt, counters.cut) == (faults, spoilt, cut)


def test_a_lost_ctrl_z_leaves_the_modem_in_the_body_until_another_comes() -> None:
    bench = faulty(Step.BODY, Trouble.LOSE_END)
    assert send(bench) == b"\r\n> "
    assert bench.modem.activity == "body"
    assert bench.say(b"\x1a") == SENT % 0


def test_a_lost_return_joins_two_lines() -> None:
    bench = faulty(Step.BEFORE_ECHO, Trouble.LOSE_END)
    assert bench.say(b"AT+CSQ\r") == b""
    assert bench.say(b"AT\r") == b"\r\nERROR\r\n"


def test_garbage_at_a_step_is_octets_and_half_a_line() -> None:
    bench = faulty(Step.BEFORE_RESULT, Trouble.GARBAGE, count=40)
    said = send(bench)
    assert said.startswith(b"\r\n> ")
    assert said.endswith(SENT % 0)
    assert 42 <= len(said) - len(b"\r\n> " + SENT % 0) <= 46


def test_noise_at_a_step_is_whole_lines() -> None:
    bench = faulty(Step.AFTER_RESULT_REFERENCE, Trouble.NOISE, count=2)
    lines = [line for line in send(bench).split(b"\r\n") if line]
    assert (len(lines), lines[1], lines[-1]) == (5, b"+CMGS: 0", b"OK")


def test_a_hang_before_the_air_holds_the_sms_back_and_sends_it_late() -> None:
    bench = faulty(Step.BEFORE_AIR, Trouble.HANG, seconds=30)
    assert send(bench) == b"\r\n> "
    assert bench.advance(29.9) == b""
    assert bench.sent == []
    assert bench.advance(0.1) == SENT % 0
    assert len(bench.sent) == 1


@pytest.mark.parametrize("step", [Step.BEFORE_AIR, Step.BEFORE_RESULT])
def test_a_drop_after_ctrl_z_comes_back_by_itself(step: Step) -> None:
    bench = faulty(step, Trouble.DROP, seconds=5)
    assert send(bench) == b"\r\n> "
    assert bench.modem.activity == "unplugged"
    bench.advance(5)
    assert bench.modem.activity == "idle"
    assert len(bench.sent) == (step is Step.BEFORE_RESULT)
    assert bench.say(b"ATE0\r") == b"ATE0\r\r\nOK\r\n"


def test_a_reboot_forgets_what_it_was_doing_and_what_was_typed() -> None:
    bench = faulty(Step.BODY, Trouble.REBOOT)
    assert send(bench) == b"\r\n> "
    assert (bench.modem.activity, bench.device.counters.boots) == ("idle", 1)
    assert bench.say(b"ATE0\r") == b"ATE0\r\r\nOK\r\n"


def test_a_stray_reference_comes_between_other_answers() -> None:
    bench = bench_with(do="stray_reference", seconds=10)
    assert send(bench) == b"\r\n> "
    assert bench.say(b"AT\r") == b"\r\nOK\r\n"
    assert bench.advance(10) == b"\r\n+CMGS: 0\r\n\r\nOK\r\n"
    assert len(bench.sent) == 1


def test_a_command_too_close_to_the_last_answer_is_lost() -> None:
    bench = bench_with(do="spacing", seconds=0.05)
    assert bench.say(b"AT\r") == b"\r\nOK\r\n"
    assert bench.say(b"AT\r") == b""
    bench.advance(0.06)
    assert bench.say(b"AT\r") == b"\r\nOK\r\n"


@pytest.mark.parametrize("times", [1, None])
@pytest.mark.parametrize("kind", list(Trouble))
@pytest.mark.parametrize("step", list(Step))
def test_no_trouble_at_any_step_is_for_ever(step: Step, kind: Trouble, times: int | None) -> None:
    bench = faulty(step, kind, times=times, count=3, code=500)
    for _ in range(2):
        send(bench)
        bench.advance(1)
    order(bench, do="clear")
    if bench.modem.activity == "unplugged":
        order(bench, do="replug")
    for typed in (b"\x1b", b"\r", b"ATE0\r"):
        bench.say(typed)
    bench.modem.output()
    assert bench.say(b"AT\r") == b"\r\nOK\r\n"


def test_signal_registration_and_latency() -> None:
    bench = bench_with(do="signal", value=3)
    assert bench.say(b"AT+CSQ\r").startswith(b"\r\n+CSQ: 3,99")
    order(bench, do="unregister")
    assert bench.say(b"AT+CREG?\r").startswith(b"\r\n+CREG: 0,2")
    order(bench, do="register", stat=5)
    assert bench.say(b"AT+CREG?\r").startswith(b"\r\n+CREG: 0,5")
    order(bench, do="latency", seconds=9)
    assert send(bench) == b"\r\n> "
    assert bench.advance(9) == SENT % 0


def test_incoming_by_order() -> None:
    bench = bench_with(do="status")
    bench.say(b"AT+CNMI=2,1,0,0,0\r")
    order(bench, do="incoming", number="+628120000002", text="hello")
    assert bench.modem.output() == b'\r\n+CMTI: "SM",1\r\n'


def test_status_counts_and_names_the_faults_without_a_text() -> None:
    bench = bench_with(do="cms_error", code=38, times=None)
    send(bench)
    bench.say(b"AT+CMGS=23\r\x1b")
    found = order(bench, do="status")
    assert found["faults"] == ["cms_error xall"]
    assert found["activity"] == "idle"
    counters = found["counters"]
    assert isinstance(counters, dict)
    assert {name: counters[name] for name in ("commands", "prompts", "sends", "refused", "aborts")} == {
        "commands": 2,
        "prompts": 2,
        "sends": 0,
        "refused": 1,
        "aborts": 1,
    }


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"do": "dance"},
        {"do": "hang"},
        {"do": "hang", "step": "nowhere"},
        {"do": "hang", "step": "before_echo", "times": 0},
        {"do": "fault", "step": "body"},
        {"do": "fault", "step": "body", "kind": "dance"},
        {"do": "fault", "step": "body", "kind": "lose", "count": 0},
        {"do": "hang", "step": "before_echo", "seconds": "3"},
        {"do": "noise", "rate": 2},
        {"do": "signal"},
        {"do": "register", "stat": 9},
        {"do": "late_reference", "at_prompt": True},
        {"do": "error", "at_prompt": 1},
        {"do": "replug", "link": "../away"},
        {"do": "incoming", "number": "+", "text": 5},
        {"do": "incoming", "number": "a name far too long for an address", "text": "x"},
    ],
)
def test_an_order_that_cannot_be_is_refused_and_changes_nothing(fields: dict[str, object]) -> None:
    bench = ModemBench()
    with pytest.raises(UnknownOrder):
        order(bench, **fields)
    assert list(bench.device.faults.words()) == []


def test_every_ending_and_step_can_be_ordered() -> None:
    assert set(Ending) <= set(ORDERS)
    bench = ModemBench()
    for step in Step:
        for kind in Trouble:
            order(bench, do="fault", step=str(step), kind=str(kind))
    assert len(bench.device.faults.steps) == len(Step) * len(Trouble)


def test_faults_are_taken_in_the_order_they_were_given() -> None:
    bench = ModemBench()
    faults = bench.device.faults
    faults.endings += [BadEnding(Ending.ERROR), BadEnding(Ending.CMS_ERROR, 1, at_prompt=True), BadEnding(Ending.DROP)]
    taken = [faults.ending(at_prompt=False) for _ in range(3)]
    assert [ending.kind if ending else None for ending in taken] == [Ending.ERROR, Ending.DROP, None]
    faults.steps.append(Fault(Step.BEFORE_REPLY, command="+CSQ"))
    assert list(faults.at(Step.BEFORE_REPLY, "AT")) == []
    assert list(faults.at(Step.BEFORE_ECHO, "+CSQ")) == []
    assert len(list(faults.at(Step.BEFORE_REPLY, "+csq"))) == 1
    assert not faults.armed(Step.BEFORE_REPLY)
