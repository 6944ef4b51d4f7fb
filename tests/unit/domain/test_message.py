"""The states, the lettered edges, and what a whole message shows."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from bench import queued
from hypothesis import given
from hypothesis import strategies as st

from otppi.domain.message import (
    EDGES,
    HISTORY_LIMIT,
    OPEN,
    Change,
    Edge,
    IllegalEdge,
    Message,
    Policy,
    Segment,
    State,
    apply,
    apply_all,
)

S, E = State, Edge

# Decisions 4, written out again by hand: the letter, whence, whither. A claim is kept as queued, so what leaves
# from claimed leaves from queued too.
DRAWING = {
    "b": ({S.QUEUED}, {S.CLAIMED}),
    "c": ({S.QUEUED, S.CLAIMED}, {S.HANDED}),
    "d": ({S.HANDED}, {S.SENT}),
    "e": ({S.SENT}, {S.DELIVERED}),
    "f": ({S.QUEUED, S.CLAIMED}, {S.EXPIRED}),
    "g": ({S.QUEUED, S.CLAIMED, S.HANDED}, {S.QUEUED}),
    "h": ({S.QUEUED, S.CLAIMED, S.HANDED}, {S.FAILED}),
    "i": ({S.QUEUED, S.CLAIMED}, {S.CANCELLED}),
    "j": ({S.HANDED}, {S.IN_DOUBT}),
    "k": ({S.IN_DOUBT}, {S.QUEUED}),
    "l": ({S.IN_DOUBT}, {S.SENT}),
    "m": ({S.IN_DOUBT}, {S.DELIVERED, S.UNDELIVERED}),
    "n": ({S.SENT}, {S.UNDELIVERED}),
    "o": ({S.IN_DOUBT}, {S.QUEUED, S.FAILED, S.SENT}),
    "p": ({S.IN_DOUBT}, {S.FAILED}),
    "a": (set(), set()),
}


def in_state(state: State, policy: Policy = Policy.HOLD) -> Message:
    return queued(segments=(Segment(state, modem="east", attempts=1),), policy=policy)


def change(edge: str, to: State | None = None, part: int | None = 1, modem: str = "west", note: str = "") -> Change:
    return Change(Edge(edge), 1100.0, part, to=to, modem=modem, note=note)


def test_the_table_has_every_letter() -> None:
    assert {edge.value for edge in Edge} == set("abcdefghijklmnop")
    assert set(EDGES) == set(Edge)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("edge", Edge, ids=lambda edge: edge.value)
def test_each_edge_leaves_only_whence_it_may_and_leads_only_whither_it_may(edge: Edge, state: State) -> None:
    message = in_state(state)
    before = replace(message)
    whence, whither = DRAWING[edge.value]
    for to in (None, *State):
        if state in whence and (to in whither or len(whither) == 1):
            after = apply(message, change(edge.value, to))
            assert after.segments[0].state in (whither if to is None or len(whither) == 1 else {to})
            assert after.history[-1][0] == edge.value
        else:
            for part in (1, None):
                with pytest.raises(IllegalEdge):
                    apply(message, change(edge.value, to, part=part))
        assert message == before


@pytest.mark.parametrize("part", [-1, 0, 3])
def test_a_part_that_is_not_there_is_refused(part: int) -> None:
    with pytest.raises(IllegalEdge):
        apply(queued(2), change("b", part=part))


def test_all_or_nothing() -> None:
    with pytest.raises(IllegalEdge):
        apply_all(queued(), (change("b"), change("d")))


def test_c_counts_the_attempt_and_remembers_modem_time_and_reason() -> None:
    after = apply(queued(), Change(E.HAND, 1007.0, 1, modem="east", note="prefix 62812: east"))
    assert after.segments[0] == Segment(S.HANDED, "east", None, 1, 1007.0)
    assert after.route == "prefix 62812: east"
    assert not after.sent_late


def test_c_after_the_deadline_is_marked_late() -> None:
    assert apply(queued(), Change(E.HAND, 1300.1, 1, modem="east")).sent_late


def test_d_keeps_the_reference_and_the_modem_that_answered() -> None:
    after = apply(in_state(S.HANDED), Change(E.SEND, 1100.0, 1, modem="west", reference=77))
    assert (after.segments[0].reference, after.segments[0].modem) == (77, "west")


def test_g_bars_the_modem_that_refused_once() -> None:
    once = apply(in_state(S.HANDED), change("g"))
    assert once.segments[0].barred == ("west",)
    handed = replace(once, segments=(replace(once.segments[0], state=S.HANDED),))
    assert apply(handed, change("g")).segments[0].barred == ("west",)
    assert apply(in_state(S.HANDED), change("g", modem="")).segments[0].barred == ()


def test_j_and_k_in_one_commit_bar_the_silent_modem_and_say_possible_duplicate() -> None:
    after = apply_all(in_state(S.HANDED), (change("j", modem="east"), change("k", modem="")))
    assert after.segments[0].state is S.QUEUED
    assert after.segments[0].resent
    assert after.segments[0].barred == ("east",)
    assert (after.possible_duplicate, after.outcome_unknown) == (True, False)


@pytest.mark.parametrize("edge", ["l", "m"])
@pytest.mark.parametrize("state", [S.QUEUED, S.CLAIMED])
def test_l_or_m_after_k_withdraws_a_resend_not_yet_handed(edge: str, state: State) -> None:
    to = S.DELIVERED if edge == "m" else None
    resent = queued(segments=(Segment(state, "east", None, 1, resent=True),))
    assert apply(resent, change(edge, to)).shown is (S.DELIVERED if to else S.SENT)
    with pytest.raises(IllegalEdge):
        apply(queued(segments=(Segment(state, "east", None, 1),)), change(edge, to))
    handed = queued(segments=(Segment(S.HANDED, "west", None, 2, resent=True),))
    with pytest.raises(IllegalEdge):
        apply(handed, change(edge, to))


@pytest.mark.parametrize(("edge", "to"), [("l", None), ("m", S.DELIVERED), ("o", S.SENT), ("o", S.FAILED), ("p", None)])
def test_once_in_doubt_it_is_said_to_the_end(edge: str, to: State | None) -> None:
    doubted = apply(in_state(S.HANDED), change("j"))
    assert doubted.outcome_unknown
    after = apply(doubted, change(edge, to))
    assert after.outcome_unknown
    assert not after.possible_duplicate


def test_o_back_to_the_queue_says_possible_duplicate() -> None:
    after = apply(apply(in_state(S.HANDED), change("j")), change("o", S.QUEUED))
    assert after.possible_duplicate
    assert after.segments[0].resent


def test_p_says_outcome_unknown_even_after_a_resend() -> None:
    steps = (change("j"), change("k"), change("c"), change("j"), change("p", modem="", note="no answer"))
    after = apply_all(in_state(S.HANDED), steps)
    assert after.shown is S.FAILED
    assert after.possible_duplicate
    assert after.outcome_unknown
    assert after.error == "no answer"


def test_p_says_outcome_unknown_of_a_part_when_another_was_sent_again() -> None:
    parts = (Segment(S.HANDED, "east", attempts=1), Segment(S.HANDED, "east", attempts=1))
    steps = (change("j"), change("j", part=2), change("k", part=2), change("p", modem="", note="no answer"))
    after = apply_all(queued(segments=parts), steps)
    assert after.possible_duplicate
    assert after.outcome_unknown


@pytest.mark.parametrize("edge", ["f", "h", "i"])
def test_one_part_that_ends_ends_the_message_for_what_waits(edge: str) -> None:
    parts = (Segment(S.SENT), Segment(S.QUEUED), Segment(S.QUEUED), Segment(S.IN_DOUBT), Segment(S.HANDED))
    after = apply(queued(segments=parts), change(edge, part=2))
    end = {"f": S.EXPIRED, "h": S.FAILED, "i": S.CANCELLED}[edge]
    assert [segment.state for segment in after.segments] == [S.SENT, end, end, S.IN_DOUBT, S.HANDED]


@pytest.mark.parametrize("edge", ["g", "k", "o"])
@pytest.mark.parametrize("end", [S.CANCELLED, S.FAILED, S.EXPIRED])
def test_nothing_comes_back_to_the_queue_of_a_message_that_has_ended(edge: str, end: State) -> None:
    before = S.HANDED if edge == "g" else S.IN_DOUBT
    after = apply(queued(segments=(Segment(end), Segment(before, "east"))), change(edge, S.QUEUED, part=2))
    assert after.segments[1].state is end


def test_a_change_without_a_part_moves_all_it_can() -> None:
    parts = (Segment(S.SENT), Segment(S.QUEUED), Segment(S.IN_DOUBT), Segment(S.QUEUED))
    after = apply(queued(segments=parts), change("i", part=None))
    assert [segment.state for segment in after.segments] == [S.SENT, S.CANCELLED, S.IN_DOUBT, S.CANCELLED]
    assert after.history[-1][1] == 0


ORDER = ["cancelled", "failed", "expired", "in_doubt", "queued", "claimed", "handed"]
ORDER += ["undelivered", "sent", "delivered"]


@pytest.mark.parametrize(("first", "second"), list(combinations(ORDER, 2)))
def test_the_shown_state_is_the_first_of_the_order_that_applies(first: str, second: str) -> None:
    parts = (Segment(State(second)), Segment(State(first)), Segment(State(second)))
    assert queued(segments=parts).shown is State(first)


@given(st.lists(st.sampled_from(State), min_size=1, max_size=6))
def test_text_is_needed_exactly_while_a_segment_may_still_go_out(states: list[State]) -> None:
    message = queued(segments=tuple(Segment(state) for state in states))
    ended = {S.SENT, S.DELIVERED, S.UNDELIVERED, S.EXPIRED, S.FAILED, S.CANCELLED}
    assert message.needs_text == any(state not in ended for state in states)
    assert set(State) - ended == OPEN


def test_held_is_a_doubt_under_policy_hold() -> None:
    assert in_state(S.IN_DOUBT).held
    assert not in_state(S.IN_DOUBT, policy=Policy.RESEND).held
    assert not in_state(S.HANDED).held


def test_attempts_are_those_of_all_segments() -> None:
    message = queued(segments=(Segment(S.SENT, attempts=2), Segment(S.QUEUED), Segment(S.QUEUED, attempts=1)))
    assert message.attempts == 3
    assert message.ever_handed
    assert not queued(3).ever_handed


@pytest.mark.parametrize(
    ("edge", "modem", "note", "detail"),
    [
        (E.RETURN, "east", "+CMS ERROR 38: network out of order", "east: +CMS ERROR 38: network out of order"),
        (E.RETURN, "", "why", "why"),
        (E.RETURN, "east", "", "east"),
        (E.HAND, "east", "prefix 62812: east", "east"),
    ],
)
def test_history_tells_the_modem_and_what_it_said(edge: Edge, modem: str, note: str, detail: str) -> None:
    message = apply(queued(), Change(edge, 1001.0, 1, modem=modem, note=note))
    assert message.history[-1] == (edge.value, 1, 1001.0, detail)


def test_history_keeps_the_newest() -> None:
    message = queued()
    for number in range(HISTORY_LIMIT + 5):
        message = apply(message, Change(E.RETURN, 1000.0 + number, 1))
    assert len(message.history) == HISTORY_LIMIT
    assert message.history[-1][2] == 1000.0 + HISTORY_LIMIT + 4
    assert message.history[0][2] == 1005.0


@given(st.lists(st.tuples(st.sampled_from(Edge), st.sampled_from([None, *State]), st.integers(1, 2)), max_size=25))
def test_whatever_happens_an_end_is_an_end(steps: list[tuple[Edge, State | None, int]]) -> None:
    message = queued(2)
    for edge, to, part in steps:
        before = message
        try:
            message = apply(message, Change(edge, 1100.0, part, modem="east", to=to))
        except IllegalEdge:
            assert message == before
            continue
        for old, new in zip(before.segments, message.segments, strict=True):
            assert old.state not in {S.EXPIRED, S.FAILED, S.CANCELLED, S.DELIVERED, S.UNDELIVERED} or old == new
            assert new.attempts >= old.attempts
        if before.possible_duplicate or before.outcome_unknown:
            assert message.possible_duplicate or message.outcome_unknown
        assert not (message.has_ended and any(s.state in (S.QUEUED, S.CLAIMED) for s in message.segments))
