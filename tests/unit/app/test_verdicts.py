"""Message and outcome in, changes out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from bench import queued

from otppi.app import verdicts
from otppi.app.verdicts import Attempt, Signs
from otppi.at.codes import CME_WORDS, CMS_WORDS, ErrorClass
from otppi.domain.breaker import Sign
from otppi.domain.message import Class, Edge, Kind, Message, Policy, Segment, State, apply_all
from otppi.domain.retry import Again, GiveUp, Others, Remedy, TakeAsDoubt, TakeAsSent
from otppi.ports.modem import NotHanded, Outcome, Refused, Sent, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from otppi.domain.message import Change

FIRST = Attempt("M1", 1, "east", 1)
SECOND = Attempt("M1", 1, "west", 2)


def one(state: State, attempts: int = 1, *, resent: bool = False) -> Message:
    return queued(segments=(Segment(state, "east", None, attempts, 1010.0, resent=resent),))


def edges(changes: Iterable[Change]) -> str:
    return "".join(change.edge.value for change in changes)


@pytest.mark.parametrize(
    ("message", "attempt", "letters"),
    [
        (one(State.HANDED), FIRST, "d"),
        (one(State.IN_DOUBT), FIRST, "l"),
        (one(State.QUEUED, resent=True), FIRST, "l"),
        (one(State.QUEUED, 2, resent=True), FIRST, "l"),
        (one(State.IN_DOUBT, 2, resent=True), FIRST, "l"),
        (one(State.HANDED, 2, resent=True), SECOND, "d"),
        (one(State.HANDED, 2, resent=True), FIRST, ""),
        (one(State.QUEUED), FIRST, ""),
        (one(State.SENT), FIRST, ""),
        (one(State.FAILED), FIRST, ""),
        (one(State.CANCELLED, resent=True), FIRST, ""),
    ],
)
def test_an_answer_in_time_or_late(message: Message, attempt: Attempt, letters: str) -> None:
    changes = verdicts.answered(message, attempt, 9, 1100.0)
    assert edges(changes) == letters
    apply_all(message, changes)


@pytest.mark.parametrize(
    ("state", "attempts", "flying"), [(State.HANDED, 1, True), (State.HANDED, 2, False), (State.IN_DOUBT, 1, False)]
)
def test_in_flight_is_the_attempt_waited_for(state: State, attempts: int, *, flying: bool) -> None:
    assert verdicts.in_flight(one(state, attempts), FIRST) is flying


@pytest.mark.parametrize(
    ("policy", "at", "resent", "letters"),
    [
        (Policy.HOLD, 1020.0, False, "j"),
        (Policy.RESEND, 1020.0, True, "jk"),
        (Policy.RESEND, 1300.0, False, "j"),
        (Policy.RESEND_ONCE_IF_FRESH, 1020.0, False, "jk"),
        (Policy.RESEND_ONCE_IF_FRESH, 1020.0, True, "j"),
        (Policy.RESEND_ONCE_IF_FRESH, 1225.0, False, "jk"),
        (Policy.RESEND_ONCE_IF_FRESH, 1225.1, False, "j"),
    ],
)
def test_out_of_sight_by_policy(policy: Policy, at: float, letters: str, *, resent: bool) -> None:
    message = replace(one(State.HANDED, resent=resent), policy=policy)
    changes = verdicts.out_of_sight(message, FIRST, at, message.deadline)
    assert edges(changes) == letters
    after = apply_all(message, changes)
    assert after.possible_duplicate or after.outcome_unknown
    assert after.possible_duplicate is (letters == "jk")


def test_what_the_modem_said_of_a_lost_message_is_kept() -> None:
    why = "the network did not answer (+CMS ERROR 332: network timeout)"
    message = replace(one(State.HANDED), policy=Policy.RESEND)
    changes = verdicts.out_of_sight(message, FIRST, 1020.0, 1300.0, why)
    assert [change.note for change in changes] == [why, "no answer came: sent again"]
    assert apply_all(message, changes).history[-2][3] == f"east: {why}"


def test_an_expired_message_tells_its_last_refusal() -> None:
    assert verdicts.why_expired(queued()) == "its time was over before it could go out"
    history = (("g", 1, 1001.0, "a: old"), ("g", 1, 1002.0, "b: new"), ("c", 1, 1003.0, "a"))
    assert verdicts.why_expired(queued(history=history)) == "its time was over before it could go out (b: new)"


@pytest.mark.parametrize("end", [State.CANCELLED, State.FAILED, State.EXPIRED])
def test_a_message_that_has_ended_is_not_sent_again(end: State) -> None:
    message = queued(2, segments=(Segment(State.HANDED, "east", None, 1), Segment(end)), policy=Policy.RESEND)
    assert edges(verdicts.out_of_sight(message, FIRST, 1020.0, 1300.0)) == "j"


def test_what_is_not_in_flight_is_not_lost_from_sight() -> None:
    assert verdicts.out_of_sight(one(State.SENT), FIRST, 1020.0, 1300.0) == ()
    assert verdicts.out_of_sight(one(State.HANDED, 2), FIRST, 1020.0, 1300.0) == ()


@pytest.mark.parametrize(
    ("klass", "policy", "moment"),
    [
        (Class.OTP, Policy.RESEND_ONCE_IF_FRESH, 1300.0),
        (Class.OTP, Policy.HOLD, 1300.0),
        (Class.NORMAL, Policy.HOLD, 1910.0),
        (Class.NORMAL, Policy.RESEND_ONCE_IF_FRESH, 1910.0),
        (Class.BULK, Policy.RESEND, 1910.0),
    ],
)
def test_a_doubt_ends_with_the_life_of_a_code_or_after_the_hold(klass: Class, policy: Policy, moment: float) -> None:
    message = replace(one(State.IN_DOUBT), klass=klass, policy=policy)
    assert verdicts.gives_up_at(message, 1, 1300.0, 900.0) == moment


def test_only_a_plain_message_that_may_be_late_has_more_than_its_deadline() -> None:
    assert verdicts.ends_at(queued(), 86_400.0) == 1300.0
    assert verdicts.ends_at(queued(late_ok=True), 86_400.0) == 87_400.0
    assert verdicts.ends_at(queued(late_ok=True, deadline=900.0), 86_400.0) == 87_400.0
    assert verdicts.ends_at(queued(late_ok=True, deadline=99_999.0), 60.0) == 99_999.0
    assert verdicts.ends_at(queued(late_ok=True, kind=Kind.OTP), 86_400.0) == 1300.0


@pytest.mark.feature("X09")
@pytest.mark.parametrize(
    ("kind", "code", "remedy"),
    [
        ("cms", 1, Remedy.FAIL),
        ("cms", 195, Remedy.FAIL),
        ("cms", 21, Remedy.OTHER_SIM_ONCE),
        ("cms", 111, Remedy.RETRY_ONCE),
        ("cms", 305, Remedy.RETRY_ONCE),
        ("cms", 8, Remedy.OTHER_SIM),
        ("cms", 28, Remedy.OTHER_SIM),
        ("cms", 330, Remedy.OTHER_SIM),
        ("cms", 17, Remedy.LATER),
        ("cms", 41, Remedy.LATER),
        ("cms", 192, Remedy.LATER),
        ("cms", 42, Remedy.CONGESTED),
        ("cms", 47, Remedy.CONGESTED),
        ("cme", 42, Remedy.OTHER_MODEM),
        ("cms", 38, Remedy.MUCH_LATER),
        ("cms", 27, Remedy.MUCH_LATER),
        ("cms", 300, Remedy.OTHER_MODEM),
        ("cms", 331, Remedy.OTHER_MODEM),
        ("cms", 311, Remedy.OTHER_MODEM),
        ("cms", 302, Remedy.SOON),
        ("cms", 322, Remedy.SOON),
        ("cms", 332, Remedy.DOUBT),
        ("cms", 197, Remedy.ACCEPTED),
        ("cms", 500, Remedy.LATER),
        ("cms", 513, Remedy.LATER),
        ("cme", 31, Remedy.DOUBT),
        ("cme", 30, Remedy.OTHER_MODEM),
        ("cme", 14, Remedy.SOON),
        ("cme", 13, Remedy.OTHER_SIM),
        ("error", None, Remedy.LATER),
    ],
)
def test_each_class_of_refusal_has_its_remedy(kind: str, code: int | None, remedy: Remedy) -> None:
    assert verdicts.remedy_for(Refused(kind, code, "")) is remedy  # type: ignore[arg-type]  # one of three words


def test_every_code_of_the_tables_has_a_remedy() -> None:
    for code in (*CMS_WORDS, *range(512, 560), 9999):
        verdicts.remedy_for(Refused("cms", code, ""))
    for code in (*CME_WORDS, 9999):
        verdicts.remedy_for(Refused("cme", code, ""))
    assert set(verdicts._REMEDIES) == set(ErrorClass)


def test_a_code_of_the_family_s_own_means_what_the_family_says() -> None:
    assert verdicts.remedy_for(Refused("cms", 42, "", own=ErrorClass.MODEM)) is Remedy.OTHER_MODEM


CODES = {
    ErrorClass.NUMBER: ("cms", 1),
    ErrorClass.MESSAGE: ("cms", 111),
    ErrorClass.REJECTED: ("cms", 21),
    ErrorClass.SIM: ("cms", 8),
    ErrorClass.PIN: ("cms", 311),
    ErrorClass.NETWORK: ("cms", 41),
    ErrorClass.NETWORK_SLOW: ("cms", 38),
    ErrorClass.NO_NETWORK: ("cms", 331),
    ErrorClass.MAYBE_SENT: ("cms", 332),
    ErrorClass.MODEM: ("cms", 300),
    ErrorClass.BUSY: ("cms", 302),
    ErrorClass.STORAGE: ("cms", 322),
    ErrorClass.SMSC: ("cms", 330),
    ErrorClass.ACCEPTED: ("cms", 197),
    ErrorClass.UNKNOWN: ("cms", 500),
}
"""A code of each class."""

FAIL, ONCE, DOUBT, SENT = "fail", "once", "doubt", "sent"
ALONE: dict[ErrorClass, tuple[object, ...]] = {
    # What follows the first four refusals where there is no other modem: seconds to wait, or one of these words.
    ErrorClass.NUMBER: (FAIL, FAIL, FAIL, FAIL),
    ErrorClass.MESSAGE: (0, FAIL, FAIL, FAIL),
    ErrorClass.REJECTED: (FAIL, FAIL, FAIL, FAIL),
    ErrorClass.SIM: (FAIL, FAIL, FAIL, FAIL),
    ErrorClass.PIN: (5, 15, 45, 120),
    ErrorClass.NETWORK: (5, 15, 45, 120),
    ErrorClass.NETWORK_SLOW: (60, 120, 300, 300),
    ErrorClass.NO_NETWORK: (5, 15, 45, 120),
    ErrorClass.MAYBE_SENT: (DOUBT, DOUBT, DOUBT, DOUBT),
    ErrorClass.MODEM: (5, 15, 45, 120),
    ErrorClass.BUSY: (2, 2, 2, 5),
    ErrorClass.STORAGE: (2, 2, 2, 5),
    ErrorClass.SMSC: (FAIL, FAIL, FAIL, FAIL),
    ErrorClass.ACCEPTED: (SENT, SENT, SENT, SENT),
    ErrorClass.UNKNOWN: (5, 15, 45, 120),
}
WITH_OTHERS: dict[ErrorClass, tuple[object, ...]] = {
    # The same where another modem is able: it is asked at once.
    **dict.fromkeys(ErrorClass, (0, 0, 0, 0)),
    ErrorClass.NUMBER: (FAIL, FAIL, FAIL, FAIL),
    ErrorClass.MESSAGE: (0, FAIL, FAIL, FAIL),
    ErrorClass.REJECTED: (0, FAIL, FAIL, FAIL),
    ErrorClass.MAYBE_SENT: (DOUBT, DOUBT, DOUBT, DOUBT),
    ErrorClass.ACCEPTED: (SENT, SENT, SENT, SENT),
}
NOBODY_HAS_IT = {ErrorClass.MAYBE_SENT, ErrorClass.ACCEPTED}
"""Before the text was handed these are mere temporary errors."""


def as_word(step: object) -> object:
    match step:
        case Again(at):
            return at - 1100.0
        case GiveUp():
            return FAIL
        case TakeAsDoubt():
            return DOUBT
        case _:
            assert step == TakeAsSent()
            return SENT


def refused_at(tries: int, *, handed: bool) -> Message:
    """A message whose present attempt is its `tries`-th."""
    segment = Segment(State.HANDED, "east", None, tries) if handed else Segment(attempts=tries)
    return queued(segments=(segment,))


def steps(error_class: ErrorClass, others: Others, *, handed: bool) -> tuple[object, ...]:
    refusal = Refused(*CODES[error_class], "words")  # type: ignore[arg-type]  # one of three words
    return tuple(
        as_word(verdicts.refused(refused_at(n, handed=handed), FIRST, refusal, 1100.0, handed=handed, others=others))
        for n in range(1, 5)
    )


@pytest.mark.feature("X09")
@pytest.mark.parametrize("handed", [True, False])
@pytest.mark.parametrize("error_class", ErrorClass)
def test_the_step_after_every_class_of_error(error_class: ErrorClass, *, handed: bool) -> None:
    meant = error_class if handed or error_class not in NOBODY_HAS_IT else ErrorClass.NETWORK
    assert steps(error_class, Others.NONE, handed=handed) == ALONE[meant]
    assert steps(error_class, Others.ABLE, handed=handed) == WITH_OTHERS[meant]


@pytest.mark.parametrize(
    ("error_class", "expected"),
    [
        (ErrorClass.SIM, (5, 15, 45, 120)),
        (ErrorClass.SMSC, (5, 15, 45, 120)),
        (ErrorClass.REJECTED, (5, FAIL, FAIL, FAIL)),
        (ErrorClass.MODEM, (5, 15, 45, 120)),
        (ErrorClass.NUMBER, (FAIL, FAIL, FAIL, FAIL)),
    ],
)
def test_while_the_others_are_away_a_message_waits_for_them(error_class: ErrorClass, expected: tuple[object]) -> None:
    assert steps(error_class, Others.AWAY, handed=True) == expected


def test_a_refusal_at_the_prompt_counts_by_the_modems_that_refused() -> None:
    again = queued(segments=(Segment(barred=("a",)),))
    refusal = Refused("cms", 111, "words")
    ask: dict[str, Any] = {"handed": False, "others": Others.ABLE}
    assert verdicts.refused(queued(), FIRST, refusal, 1100.0, **ask) == Again(1100.0)
    assert verdicts.refused(again, FIRST, refusal, 1100.0, **ask) == GiveUp("+CMS ERROR 111: words")


@pytest.mark.parametrize(
    ("outcome", "stopped", "lost", "expected"),
    [
        (Sent(1), False, False, Signs(Sign.GOOD, Sign.GOOD)),
        (NotHanded("no prompt"), False, False, Signs(modem=Sign.FAULT)),
        (NotHanded("taken back"), True, False, Signs()),
        (NotHanded("the line is lost"), False, True, Signs()),
        (Unknown("no answer in time"), False, False, Signs(modem=Sign.FAULT)),
        (Unknown("the line is lost"), False, True, Signs(modem=Sign.LOST)),
    ],
)
def test_what_an_attempt_says_of_its_modem_and_sim(
    outcome: Outcome, expected: Signs, *, stopped: bool, lost: bool
) -> None:
    assert verdicts.signs(outcome, stopped=stopped, lost=lost) == expected


@pytest.mark.parametrize("error_class", ErrorClass)
def test_what_a_refusal_of_each_class_says_of_modem_and_sim(error_class: ErrorClass) -> None:
    refusal = Refused(*CODES[error_class], "")  # type: ignore[arg-type]  # one of three words
    signs = verdicts.signs(refusal, stopped=False, lost=False)
    expected = {
        ErrorClass.ACCEPTED: (Sign.GOOD, Sign.GOOD),
        ErrorClass.MODEM: (Sign.FAULT, Sign.NOTHING),
        ErrorClass.UNKNOWN: (Sign.STRANGE, Sign.NOTHING),
        ErrorClass.SIM: (Sign.NOTHING, Sign.FAULT),
        ErrorClass.REJECTED: (Sign.NOTHING, Sign.FAULT),
        ErrorClass.SMSC: (Sign.NOTHING, Sign.FAULT),
    }
    assert (signs.modem, signs.sim) == expected.get(error_class, (Sign.NOTHING, Sign.NOTHING))


@pytest.mark.parametrize(
    ("kind", "code", "blocked"),
    [
        *(("cms", code, True) for code in (8, 10, 21, 29, 38, 50, 69, 500)),
        *(("cme", code, True) for code in (103, 106, 111)),
        *(("cms", code, False) for code in (1, 41, 111, 195, 300, 310, 313, 315, 330, 332, 512)),
        *(("cme", code, False) for code in (8, 10, 13, 15, 38, 56, 100, 160, 500)),
        ("error", None, False),
    ],
)
def test_what_looks_like_a_sim_that_its_network_has_blocked(kind: str, code: int | None, *, blocked: bool) -> None:
    refusal = Refused(kind, code, "")  # type: ignore[arg-type]  # one of three words
    assert verdicts.signs(refusal, stopped=False, lost=False).blocked is blocked


@pytest.mark.parametrize(
    ("message", "matters"),
    [
        (queued(), True),
        (one(State.HANDED), True),
        (one(State.QUEUED), False),
        (one(State.HANDED, 2), False),
        (one(State.SENT), False),
        (queued(segments=(Segment(State.CANCELLED),)), False),
    ],
)
def test_a_refusal_matters_while_its_attempt_is_the_present_one(message: Message, *, matters: bool) -> None:
    assert verdicts.concerns(message, FIRST) is matters


def test_an_attempt_s_edge_goes_with_its_modem() -> None:
    [change] = verdicts.answered(one(State.HANDED), FIRST, 9, 1100.0)
    assert (change.edge, change.modem, change.reference, change.part) == (Edge.SEND, "east", 9, 1)
