"""The reset ladder as tables: what happened, what can be done, and the rung that follows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otppi.at.codes import ErrorClass
from otppi.modems import ladder
from otppi.modems.ladder import History, Rung, Trouble, means, next_rung

R, T = Rung, Trouble
NOW = 1_000_000.0
ALL = means(line=True, speaks=True, restart=True, reset=True, power=True)
DEAF = means(line=True, speaks=False, restart=True, reset=True, power=True)
SHUT = means(line=False, speaks=False, restart=True, reset=True, power=True)
PLAIN = means(line=True, speaks=True, restart=False, reset=False, power=False)
ALONE = means(line=False, speaks=False, restart=False, reset=False, power=False)


def silent(timeouts: int, climbed: int = 0, lasted: float = 120.0, resets: tuple[float, ...] = ()) -> History:
    return History(timeouts, silent_since=NOW - lasted, climbed=climbed, resets=tuple(NOW - ago for ago in resets))


@pytest.mark.parametrize(
    ("history", "able", "rung"),
    [
        (silent(1), ALL, R.RESYNC),
        (silent(2, R.RESYNC), ALL, R.RESYNC),  # 1 + 1 time-outs: not yet more
        (silent(3, R.RESYNC), ALL, R.REINIT),
        (silent(4, R.REINIT), ALL, R.REINIT),
        (silent(5, R.REINIT), ALL, R.RADIO),
        (silent(5), ALL, R.RESYNC),  # one at a time, whatever the count
        (silent(9, R.RADIO, resets=(601,)), ALL, R.RESTART),
        (silent(9, R.RADIO, resets=(599,)), ALL, R.ALARM),  # the others cool down
        (silent(9, R.RESTART, resets=(601,)), ALL, R.REAUTHORISE),
        (silent(9, R.REAUTHORISE, resets=(601,)), ALL, R.POWER),
        (silent(9, R.POWER, resets=(601,)), ALL, R.ALARM),
        (silent(9, R.REINIT), DEAF, R.REAUTHORISE),  # no commands to one that answers none
        (silent(9, R.REINIT), SHUT, R.REAUTHORISE),
        (silent(9, R.REINIT), ALONE, R.ALARM),
        (silent(9, R.REINIT), PLAIN, R.RADIO),
        (silent(9, R.RADIO, resets=(700,)), PLAIN, R.ALARM),
        (silent(9, R.REINIT, lasted=59), DEAF, R.REINIT),  # it may be booting
        (silent(9, R.REINIT, lasted=59), ALONE, R.REINIT),
        (silent(9, R.REINIT, lasted=59), ALL, R.RADIO),
        (silent(99, R.ALARM), ALONE, R.ALARM),
        (silent(99, R.ALARM, resets=(599,)), SHUT, R.ALARM),
        (silent(99, R.ALARM, resets=(601,)), SHUT, R.POWER),  # round again, the strongest first
        (silent(99, R.ALARM, resets=(50_000, 40_000, 30_000, 20_000, 10_000)), SHUT, R.ALARM),  # five a day
        (silent(99, R.ALARM, resets=(86_401, 40_000, 30_000, 20_000, 10_000)), SHUT, R.POWER),
    ],
)
def test_a_silent_modem(history: History, able: frozenset[Rung], rung: Rung) -> None:
    assert next_rung(history, T.SILENT, able, NOW) is rung


@pytest.mark.parametrize(
    ("history", "able", "rung"),
    [
        (History(faults=1), ALL, R.REINIT),
        (History(faults=2, climbed=R.REINIT), ALL, R.RADIO),
        (History(faults=3, climbed=R.RADIO, resets=(NOW - 601,)), ALL, R.RESTART),
        (History(faults=3, climbed=R.RADIO, resets=(NOW - 300,)), ALL, None),
        (History(faults=3, climbed=R.RESTART), ALL, R.REAUTHORISE),
        (History(faults=3, climbed=R.REAUTHORISE), ALL, R.POWER),
        (History(faults=9, climbed=R.POWER, resets=(NOW - 601,)), ALL, R.POWER),
        (History(faults=2, climbed=R.REINIT), PLAIN, R.RADIO),
        (History(faults=3, climbed=R.RADIO, resets=(NOW - 601,)), PLAIN, R.RADIO),
    ],
)
def test_a_modem_that_blames_itself_is_never_given_up(
    history: History, able: frozenset[Rung], rung: Rung | None
) -> None:
    assert next_rung(history, T.FAULTY, able, NOW) is rung


@pytest.mark.parametrize(
    ("adrift", "climbed", "resets", "able", "rung"),
    [
        (None, 0, (), ALL, None),
        (179, 0, (), ALL, None),
        (180, 0, (), ALL, R.RADIO),
        (400, R.RADIO, (220,), ALL, None),  # its cool-down
        (900, R.RADIO, (601,), ALL, R.RESTART),
        (900, R.RADIO, (601,), PLAIN, R.RADIO),
        (9000, R.RESTART, (601,), ALL, R.RESTART),  # USB and alarms are nothing to a modem that answers
        (9000, R.RESTART, (170,), ALL, None),
    ],
)
def test_a_modem_without_network(
    adrift: float | None, climbed: int, resets: tuple[float, ...], able: frozenset[Rung], rung: Rung | None
) -> None:
    since = None if adrift is None else NOW - adrift
    history = History(adrift_since=since, climbed=climbed, resets=tuple(NOW - ago for ago in resets))
    assert next_rung(history, T.ADRIFT, able, NOW) is rung


@pytest.mark.parametrize(
    ("gone", "resets", "able", "rung"),
    [
        (59.0, (), SHUT, None),
        (60.0, (), SHUT, R.POWER),
        (600.0, (599.0,), SHUT, None),
        (900.0, (601.0,), SHUT, R.POWER),
        (900.0, (), ALONE, None),
    ],
)
def test_a_modem_whose_port_is_gone(
    gone: float, resets: tuple[float, ...], able: frozenset[Rung], rung: Rung | None
) -> None:
    history = History(gone_since=NOW - gone, resets=tuple(NOW - ago for ago in resets))
    assert next_rung(history, T.GONE, able, NOW) is rung


def test_a_message_that_was_sent_leads_back_to_the_ground_and_so_do_ten_calm_minutes() -> None:
    troubled = ladder.took(ladder.unanswered(History(), NOW, 5), R.RADIO, NOW)
    assert next_rung(ladder.unanswered(ladder.sent(troubled), NOW + 1), T.SILENT, ALL, NOW + 1) is R.RESYNC
    assert ladder.answered(troubled, NOW + 599).climbed == R.RADIO
    assert ladder.answered(troubled, NOW + 599).timeouts == 0
    assert ladder.answered(troubled, NOW + 600).climbed == 0
    assert ladder.answered(troubled, NOW + 600).resets == (NOW,), "the cool-down stays"


def test_what_a_refusal_says_about_the_modem() -> None:
    assert ladder.refused(History(), ErrorClass.MODEM, NOW).faults == 1
    history = History()
    for expected in (0, 0, 1, 1, 1, 2):
        history = ladder.refused(history, ErrorClass.UNKNOWN, NOW)
        assert history.faults == expected
    between = ladder.refused(ladder.refused(History(soft=1), ErrorClass.BUSY, NOW), ErrorClass.NUMBER, NOW)
    assert (between.faults, between.soft) == (0, 0), "a refusal of the network's own shows that the modem works"


def test_restarts_are_counted_within_an_hour_and_lead_to_advice() -> None:
    history = History()
    for minute in (0, 10, 20):
        assert ladder.advice(history, NOW + 60 * minute) == ""
        history = ladder.restarted(history, NOW + 60 * minute)
    assert "3 times" in ladder.advice(history, NOW + 1200)
    assert "power supply" in ladder.advice(history, NOW + 3599)
    assert ladder.advice(history, NOW + 3601) == ""


def test_a_restart_that_a_rung_caused_is_no_fault() -> None:
    history = ladder.took(History(), R.RESTART, NOW)
    assert ladder.restarted(history, NOW + 59).restarts == ()
    assert ladder.restarted(history, NOW + 61).restarts == (NOW + 61,)


def test_a_word_of_voltage_is_advice_for_an_hour() -> None:
    history = ladder.starved(History(), NOW)
    assert "voltage" in ladder.advice(history, NOW + 3599)
    assert ladder.advice(history, NOW + 3601) == ""


def test_the_network_and_the_port_are_missed_from_the_first_moment() -> None:
    history = ladder.placed(ladder.placed(History(), NOW, may_send=False), NOW + 50, may_send=False)
    assert history.adrift_since == NOW
    assert ladder.placed(history, NOW + 60, may_send=True).adrift_since is None
    gone = ladder.vanished(ladder.vanished(History(), NOW), NOW + 50)
    assert (gone.gone_since, ladder.opened(gone).gone_since) == (NOW, None)


@given(
    st.lists(
        st.tuples(st.sampled_from(list(Trouble)), st.floats(0.5, 4000), st.sampled_from([ALL, DEAF, SHUT, ALONE])),
        max_size=120,
    )
)
def test_whatever_happens_no_cool_down_is_broken_and_a_silent_modem_is_always_tried(
    story: list[tuple[Trouble, float, frozenset[Rung]]],
) -> None:
    history, now = History(), NOW
    for trouble, passed, able in story:
        now += passed
        happened = {
            T.SILENT: ladder.unanswered(history, now, 4),
            T.FAULTY: ladder.refused(history, ErrorClass.MODEM, now),
            T.ADRIFT: ladder.placed(history, now, may_send=False),
            T.GONE: ladder.vanished(history, now),
        }
        before, history = history.climbed, happened[trouble]
        rung = next_rung(history, trouble, able, now)
        assert rung is None or rung in able | {R.REINIT}
        assert trouble is not T.SILENT or rung is not None
        if rung is None:
            continue
        if R.RADIO <= rung <= R.POWER:
            day = [time for time in history.resets if now - time < 86_400]
            assert len(day) < 5
            assert all(now - time >= 600 for time in day)
        history = ladder.took(history, rung, now)
        assert history.climbed >= before
