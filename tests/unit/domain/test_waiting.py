"""Who goes next: classes, tiers, patience, fairness; and that nobody is lost, doubled or sent where he must not go."""

from __future__ import annotations

import math
from collections import Counter, UserDict
from dataclasses import replace

import pytest
from waiting_rooms import BUSY, DOWN, FREE, ONE, TWO, drain, gone, room, taken, waiting

from otppi.domain.message import Class
from otppi.domain.routing import NO_ROUTE, Route, Tier
from otppi.domain.waiting import LOOK_AHEAD, ModemView

# -- many modems ---------------------------------------------------------------------------------------------------


class Counted(UserDict[str, ModemView]):
    """Views that note which modems were looked at."""

    def __init__(self, views: dict[str, ModemView]) -> None:
        self.looked: list[str] = []
        super().__init__(views)

    def __getitem__(self, name: str) -> ModemView:
        self.looked.append(name)
        return super().__getitem__(name)


@pytest.mark.parametrize("klass", list(Class))
def test_of_many_modems_only_the_idle_ones_are_looked_at(klass: Class) -> None:
    names = tuple(f"m{n}" for n in range(64))
    route = Route((Tier("any", names),))
    views = Counted(dict.fromkeys(names, BUSY) | {"m63": FREE})
    assert taken(room(waiting(1, klass, route=route)).take(0.0, views, {}, ["m63"])) == ("m1", "m63")
    assert set(views.looked) <= {"m63", "m0"}  # the first of the tier tells that the tier is able


def test_an_idle_modem_that_keeps_its_pace_or_cannot_send_gets_nothing() -> None:
    route = Route((Tier("any", ("a", "b", "c")),))
    made = room(waiting(1, route=route), waiting(2, route=route))
    views = {"a": BUSY, "b": gone(0.0), "c": FREE}
    assert made.take(0.0, views, {}, ["a", "b"]) is None
    assert taken(made.take(0.0, views, {}, ["a", "b", "c"])) == ("m1", "c")
    assert made.take(0.0, views | {"c": BUSY}, {}, []) is None


# -- classes -------------------------------------------------------------------------------------------------------


def test_otp_goes_before_all_else_and_the_earliest_deadline_first() -> None:
    made = room(
        waiting(1, Class.BULK),
        waiting(2),
        waiting(3, Class.OTP, deadline=90.0),
        waiting(4, Class.OTP, deadline=50.0, account="bank"),
        waiting(5, Class.OTP, deadline=70.0),
    )
    assert drain(made, {"a": FREE})[:3] == ["m4", "m5", "m3"]


def test_plain_messages_go_in_order_of_acceptance_whatever_their_deadline() -> None:
    made = room(waiting(1, deadline=900.0), waiting(2, deadline=100.0, account="bank"), waiting(3, deadline=500.0))
    assert drain(made, {"a": FREE}) == ["m1", "m2", "m3"]


def test_bulk_gets_one_slot_in_ten_while_both_wait_and_all_when_alone() -> None:
    made = room(*(waiting(n) for n in range(40)), *(waiting(100 + n, Class.BULK) for n in range(20)))
    order = drain(made, {"a": FREE})
    kinds = ["bulk" if int(name[1:]) >= 100 else "normal" for name in order]
    for start in range(0, 40, 10):
        assert Counter(kinds[start : start + 10]) == {"normal": 9, "bulk": 1}
    assert Counter(kinds) == {"normal": 40, "bulk": 20}


def test_otp_does_not_use_up_the_slots_of_bulk() -> None:
    made = room(*(waiting(n) for n in range(30)), *(waiting(100 + n, Class.BULK) for n in range(9)))
    for number in range(25):
        made.add(waiting(200 + number, Class.OTP), 0.0)
    order = drain(made, {"a": FREE})
    assert all(int(name[1:]) >= 200 for name in order[:25])
    assert [name for name in order[25:45] if 100 <= int(name[1:]) < 200] == ["m100", "m101"]


def test_while_otp_of_several_accounts_waits_none_holds_more_than_half() -> None:
    modems = dict.fromkeys("abc", BUSY) | {"d": FREE}
    route = Route((Tier("any", ("a", "b", "c", "d")),))
    mine = waiting(1, Class.OTP, deadline=10.0, route=route)
    other = waiting(2, Class.OTP, deadline=90.0, account="bank", route=route)
    assert taken(room(mine, other).take(0.0, modems, {"shop": 2})) == ("m2", "d")
    assert taken(room(mine, other).take(0.0, modems, {"shop": 1})) == ("m1", "d")
    assert taken(room(mine).take(0.0, modems, {"shop": 3})) == ("m1", "d")


def test_no_modem_stands_idle_for_the_sake_of_the_half() -> None:
    both = room(waiting(1, Class.OTP), waiting(2, Class.OTP, account="bank"))
    assert taken(both.take(0.0, {"a": FREE}, {"shop": 1, "bank": 1})) == ("m1", "a")


def test_an_unusable_modem_does_not_count_for_the_half() -> None:
    modems = {"a": FREE, "b": BUSY, "c": gone(0.0), "d": gone(0.0)}
    both = room(waiting(1, Class.OTP), waiting(2, Class.OTP, account="bank"))
    assert taken(both.take(0.0, modems, {"shop": 1})) == ("m2", "a")


@pytest.mark.parametrize("klass", [Class.NORMAL, Class.BULK])
def test_a_flood_of_one_account_costs_another_one_slot_for_each_of_its_own(klass: Class) -> None:
    made = room(*(waiting(n, klass) for n in range(5000)))
    for number in range(10):
        made.add(waiting(9000 + number, klass, account="bank"), 0.0)
    order = [taken(made.take(0.0, {"a": FREE}, {})) for _ in range(20)]
    served = [int(pair[0][1:]) for pair in order if pair is not None]
    assert [number for number in served if number >= 9000] == [9000 + n for n in range(10)]
    assert [number for number in served if number < 9000] == list(range(10))


def test_accounts_take_turns_whatever_their_number_and_routes() -> None:
    other = Route((Tier("prefix", ("a",)), Tier("default", ("b",))))
    flood = [waiting(n, account="flood", route=ONE if n % 2 else other) for n in range(100)]
    made = room(*flood, *(waiting(200 + n, account=name) for n, name in enumerate(("x", "y", "z") * 3)))
    accounts: list[str] = []
    while len(accounts) < 12 and (pair := made.take(0.0, {"a": FREE}, {})):
        accounts.append(pair.waiting.account)
    assert accounts == ["flood", "x", "y", "z"] * 3


def test_who_was_idle_does_not_come_back_with_a_credit() -> None:
    made = room(*(waiting(n) for n in range(3)), *(waiting(10 + n, account="bank") for n in range(50)))
    made.remove("m1")
    made.remove("m2")
    served = [taken(made.take(0.0, {"a": FREE}, {})) for _ in range(20)]
    assert [pair for pair in served if pair in (("m0", "a"), ("m10", "a"))] == served[:2]
    for number in (1, 2, 3):
        made.add(waiting(number), 0.0)
    assert drain(made, {"a": FREE})[:5] == ["m1", "m29", "m2", "m30", "m3"]


def test_codes_take_no_turns_their_deadlines_decide() -> None:
    flood = [waiting(n, Class.OTP, deadline=50.0 + n) for n in range(5)]
    made = room(*flood, waiting(9, Class.OTP, account="bank", deadline=52.5))
    assert drain(made, {"a": FREE}) == ["m0", "m1", "m2", "m9", "m3", "m4"]


@pytest.mark.parametrize("number", [0, 3, 9])
def test_it_foretells_how_many_go_before_one_while_accounts_take_turns(number: int) -> None:
    made = room(*(waiting(n) for n in range(100)), *(waiting(500 + n, account="bank") for n in range(10)))
    made.add(waiting(600, account="café"), 0.0)
    made.add(waiting(700, Class.OTP), 0.0)
    told = made.ahead(f"m{500 + number}", "a")
    assert drain(made, {"a": FREE}).index(f"m{500 + number}") == told


# -- modems --------------------------------------------------------------------------------------------------------


@pytest.mark.feature("F014", "F017")
def test_equals_take_turns_the_longest_unused_first() -> None:
    modems = {"a": FREE._replace(turn=7), "b": FREE._replace(turn=3)}
    assert taken(room(waiting(1, route=TWO)).take(0.0, modems, {})) == ("m1", "b")


def test_a_busy_modem_of_the_tier_is_waited_for() -> None:
    made = room(waiting(1, route=DOWN))
    assert made.take(0.0, {"a": BUSY, "b": FREE, "c": FREE}, {}) is None
    assert made.take(9000.0, {"a": BUSY, "b": FREE, "c": FREE}, {}) is None


def test_one_that_cannot_go_holds_up_nobody() -> None:
    made = room(waiting(1, route=DOWN), waiting(2, Class.OTP, route=NO_ROUTE), waiting(3, Class.OTP), waiting(4))
    modems = {"a": gone(0.0), "b": BUSY, "z": FREE}
    made.add(waiting(5, route=Route((Tier("any", ("z",)),))), 0.0)
    assert drain(made, modems) == ["m5"]


@pytest.mark.parametrize(("klass", "patience"), [(Class.OTP, 0.0), (Class.NORMAL, 60.0)])
def test_a_tier_that_cannot_is_left_after_the_patience_of_the_class(klass: Class, patience: float) -> None:
    modems = {"a": gone(1000.0), "b": FREE, "c": FREE}
    made = room(waiting(1, klass, route=DOWN))
    if patience:
        assert made.take(1000.0 + patience - 0.1, modems, {}) is None
        assert made.next_moment(1000.0 + patience - 0.1, modems) == 1000.0 + patience
    assert taken(made.take(1000.0 + patience, modems, {})) == ("m1", "b")


def test_bulk_never_leaves_its_tier() -> None:
    made = room(waiting(1, Class.BULK, route=DOWN))
    modems = {"a": gone(0.0), "b": FREE, "c": FREE}
    assert made.take(1e9, modems, {}) is None
    assert made.next_moment(1e9, modems) == math.inf


def test_the_patience_counts_from_the_last_modem_of_the_tier_and_anew_for_each_tier() -> None:
    route = Route((Tier("prefix", ("a", "b")), Tier("default", ("c",)), Tier("others", ("d",))))
    made = room(waiting(1, route=route))
    modems = {"a": gone(100.0), "b": gone(130.0), "c": gone(150.0), "d": FREE}
    assert made.take(189.9, modems, {}) is None
    assert made.next_moment(170.0, modems) == 190.0
    assert made.take(190.0, modems, {}) is None
    assert made.next_moment(190.0, modems) == 210.0
    assert taken(made.take(210.0, modems, {})) == ("m1", "d")


def test_a_tier_with_one_able_modem_is_not_left() -> None:
    made = room(waiting(1, Class.OTP, route=Route((Tier("prefix", ("a", "b")), Tier("default", ("c",))))))
    assert made.take(9.0, {"a": gone(0.0), "b": BUSY, "c": FREE}, {}) is None


def test_a_backlog_that_would_miss_an_otp_deadline_goes_a_tier_down() -> None:
    modems = {"a": BUSY, "b": FREE, "c": FREE}
    calm = room(*(waiting(n, Class.OTP, route=DOWN, deadline=20.0) for n in range(5)))
    assert calm.take(0.0, modems, {}) is None  # (5 + 1 in hand) x 3 s = 18 s: all in time
    calm.add(waiting(6, Class.OTP, route=DOWN, deadline=20.0), 0.0)
    assert taken(calm.take(0.0, modems, {})) == ("m6", "b")
    assert calm.take(0.0, modems, {}) is None


def test_an_urgent_one_amid_patient_ones_is_seen_too() -> None:
    modems = {"a": BUSY, "b": FREE, "c": FREE}
    made = room(waiting(9, Class.OTP, route=DOWN, deadline=500.0))
    for number in range(3):
        made.add(waiting(number, Class.OTP, route=DOWN, deadline=10.0), 0.0)
    assert taken(made.take(0.0, modems, {})) == ("m2", "b")


def test_the_backlog_of_another_account_counts() -> None:
    modems = {"a": BUSY, "b": FREE, "c": FREE}
    made = room(*(waiting(n, Class.OTP, route=DOWN, deadline=20.0, account=f"x{n}") for n in range(6)))
    assert taken(made.take(0.0, modems, {})) == ("m5", "b")


def test_a_normal_backlog_goes_down_after_its_patience_bulk_never() -> None:
    modems = {"a": BUSY, "b": FREE, "c": FREE}
    for klass in (Class.NORMAL, Class.BULK):
        made = room(*(waiting(n, klass, route=DOWN, deadline=200.0) for n in range(100)))
        assert made.take(10.0, modems, {}) is None
        assert made.next_moment(10.0, modems) == (70.0 if klass is Class.NORMAL else math.inf)
        assert made.take(69.9, modems, {}) is None
        pair = made.take(70.0, modems, {})
        assert (pair is not None) == (klass is Class.NORMAL)
        assert pair is None or pair.modem == "b"


def test_the_patience_of_a_backlog_counts_anew_once_it_is_well_again() -> None:
    modems = {"a": BUSY, "b": FREE, "c": FREE}
    made = room(*(waiting(n, route=DOWN, deadline=200.0) for n in range(100)))
    made.take(10.0, modems, {})
    for number in range(5, 100):
        made.remove(f"m{number}")
    assert made.take(50.0, modems, {}) is None
    for number in range(5, 100):
        made.add(waiting(number, route=DOWN, deadline=200.0), 50.0)
    assert made.take(60.0, modems, {}) is None
    assert made.take(119.0, modems, {}) is None
    assert made.take(120.0, modems, {}) is not None


def test_a_rescue_takes_turns_and_spares_the_modem_that_refused() -> None:
    route = Route((Tier("prefix", ("a",)), Tier("default", ("b", "c"))))
    modems = {"a": BUSY, "b": FREE._replace(turn=5), "c": FREE._replace(turn=2)}
    late = waiting(1, Class.OTP, route=route, deadline=4.0)
    assert taken(room(late).take(0.0, modems, {})) == ("m1", "c")
    refused = replace(late, barred=("c",))
    assert taken(room(refused).take(0.0, modems, {})) == ("m1", "b")


def test_the_last_of_a_long_queue_is_looked_at() -> None:
    entries = [waiting(n, Class.OTP, route=DOWN, deadline=1000.0) for n in range(LOOK_AHEAD * 7)]
    assert taken(room(*entries).take(0.0, {"a": BUSY, "b": FREE, "c": FREE}, {})) == (f"m{LOOK_AHEAD * 7 - 1}", "b")


@pytest.mark.feature("X09")
def test_a_modem_that_refused_is_asked_last_but_asked() -> None:
    modems = {"a": FREE, "b": FREE._replace(turn=9)}
    assert taken(room(waiting(1, route=TWO, barred=("a",))).take(0.0, modems, {})) == ("m1", "b")
    assert room(waiting(1, route=TWO, barred=("a",))).take(0.0, {"a": FREE, "b": BUSY}, {}) is None
    assert taken(room(waiting(1, route=TWO, barred=("a",))).take(0.0, {"a": FREE, "b": gone(0)}, {})) == ("m1", "a")
    assert taken(room(waiting(1, route=TWO, barred=("a", "b"))).take(0.0, modems, {})) == ("m1", "a")


def test_segments_stay_on_the_modem_that_carried_the_first() -> None:
    modems = {"a": FREE, "b": FREE._replace(turn=9)}
    assert taken(room(waiting(1, route=TWO, affinity="b")).take(0.0, modems, {})) == ("m1", "b")
    assert room(waiting(1, route=TWO, affinity="b")).take(0.0, {"a": FREE, "b": BUSY}, {}) is None


def test_segments_leave_a_modem_that_is_gone_or_refused_or_may_not_any_more() -> None:
    assert taken(room(waiting(1, route=TWO, affinity="b")).take(0.0, {"a": FREE, "b": gone(0)}, {})) == ("m1", "a")
    both = {"a": FREE, "b": FREE}
    assert taken(room(waiting(1, route=TWO, affinity="b", barred=("b",))).take(0.0, both, {})) == ("m1", "a")
    assert taken(room(waiting(1, route=ONE, affinity="b")).take(0.0, both, {})) == ("m1", "a")


def trial(since: float = 0.0) -> ModemView:
    return FREE._replace(cannot_since=since, trial=True)


def test_a_modem_on_trial_gets_one_message_of_the_lowest_class_that_waits_for_it() -> None:
    made = room(
        waiting(1, Class.OTP, route=TWO),
        waiting(2, Class.NORMAL, route=TWO),
        waiting(3, Class.BULK, route=TWO),
        waiting(4, Class.BULK, route=TWO),
    )
    assert taken(made.take(0.0, {"a": trial(), "b": BUSY}, {})) == ("m3", "a")
    assert taken(made.take(0.0, {"a": trial()._replace(free=False), "b": BUSY}, {})) is None, "one at a time"


def test_a_trial_takes_nothing_from_an_otp_that_another_modem_can_send() -> None:
    made = room(waiting(1, Class.OTP, route=TWO), waiting(2, route=TWO))
    assert taken(made.take(0.0, {"a": trial(), "b": FREE}, {})) == ("m2", "a")
    assert taken(made.take(0.0, {"a": trial(), "b": FREE}, {})) == ("m1", "b")


@pytest.mark.parametrize(
    ("other", "expected"),
    [(FREE, ("m1", "b")), (BUSY, None), (gone(0.0), ("m1", "a")), (gone(0.0)._replace(free=False), ("m1", "a"))],
)
def test_an_otp_tries_a_modem_only_where_no_other_can(other: ModemView, expected: tuple[str, str] | None) -> None:
    made = room(waiting(1, Class.OTP, route=TWO))
    assert taken(made.take(0.0, {"a": trial(), "b": other}, {})) == expected


def test_a_modem_that_rests_and_answers_is_tried_by_an_otp_alone_and_only_where_no_other_can() -> None:
    resting = gone(0.0)._replace(code_trial=True)
    made = room(waiting(1, Class.OTP, route=TWO), waiting(2, route=TWO), waiting(3, Class.BULK, route=TWO))
    assert taken(made.take(0.0, {"a": resting, "b": BUSY}, {})) is None, "the other one can"
    assert taken(made.take(0.0, {"a": resting._replace(free=False), "b": gone(0.0)}, {})) is None, "one at a time"
    assert taken(made.take(0.0, {"a": resting, "b": gone(0.0)}, {})) == ("m1", "a")
    assert taken(made.take(500.0, {"a": resting, "b": gone(0.0)}, {})) is None, "nothing else may try it"


def test_a_trial_waits_for_a_message_whose_turn_it_is_at_that_modem() -> None:
    lower = room(waiting(1, route=DOWN))
    on_trial = {"a": FREE, "b": trial(), "c": trial()}
    assert taken(lower.take(0.0, on_trial, {})) == ("m1", "a"), "the tier above can take it"
    lower.add(waiting(2, route=DOWN), 0.0)
    assert taken(lower.take(0.0, {"a": gone(0.0), "b": trial()}, {})) is None, "patience is kept"
    assert taken(lower.take(60.0, {"a": gone(0.0), "b": trial()}, {})) == ("m2", "b")
    refused = room(waiting(3, route=TWO, barred=("a",)), waiting(4, route=TWO, affinity="b"))
    assert taken(refused.take(0.0, {"a": trial(), "b": BUSY}, {})) is None


# -- keeping -------------------------------------------------------------------------------------------------------


def test_who_rests_is_not_taken_before_and_is_woken_then() -> None:
    made = room(waiting(1, not_before=30.0))
    assert made.take(29.9, {"a": FREE}, {}) is None
    assert made.next_moment(0.0, {"a": FREE}) == 30.0
    assert taken(made.take(30.0, {"a": FREE}, {})) == ("m1", "a")


def test_adding_again_takes_the_new_place_and_doubles_nobody() -> None:
    made = room(waiting(1), waiting(2))
    made.add(waiting(1, Class.BULK, not_before=5.0), 0.0)
    assert len(made) == 2
    assert drain(made, {"a": FREE}, 10.0) == ["m2", "m1"]
    assert len(made) == 0


def test_removing_takes_out_whoever_it_is_and_wherever() -> None:
    made = room(waiting(1), waiting(2), waiting(3, not_before=9.0), waiting(4, Class.OTP))
    for name in ("m1", "m3", "m4", "nobody"):
        made.remove(name)
    assert [entry.message_id for entry in made] == ["m2"]
    assert "m2" in made
    assert made.find("m1") is None


def test_how_many_are_before_one_and_how_many_wait_for_a_modem() -> None:
    made = room(
        waiting(1, route=TWO), waiting(2, route=DOWN), waiting(3, Class.OTP), waiting(4, Class.BULK), waiting(5)
    )
    assert made.ahead("m5", "a") == 3
    assert made.ahead("m3", "a") == 0
    assert made.depth("a") == 5
    assert made.depth("b") == 1
    assert made.depth("c") == 0
    made.add(waiting(0, route=Route((Tier("prefix", ("b",)), Tier("default", ("a",))))), 0.0)
    assert made.ahead("m5", "a") == 3, "who waits for another modem is before nobody here"


def test_it_says_who_is_in_turn_for_a_message_and_when_others_are_asked() -> None:
    entry = waiting(1, route=DOWN)
    made = room(entry)
    assert made.in_turn(entry, 5.0, {"a": BUSY, "b": FREE, "c": FREE}) == ["a"]
    assert made.others_asked_at(entry, 5.0, {"a": BUSY, "b": FREE, "c": FREE}) == math.inf
    down = {"a": gone(2.0), "b": BUSY, "c": FREE}
    assert made.in_turn(entry, 5.0, down) == []
    assert made.others_asked_at(entry, 5.0, down) == 62.0
    assert made.in_turn(entry, 62.0, down) == ["b"]
