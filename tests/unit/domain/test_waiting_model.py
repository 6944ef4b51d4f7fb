"""The waiting room against a plain model: nobody is lost, doubled or sent where he must not go, and who is where."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from waiting_rooms import DOWN, FREE, ONE, PATIENCE, TWO, room, taken, waiting

from otppi.domain.message import Class
from otppi.domain.routing import Route, Tier
from otppi.domain.waiting import ModemView, Waiting, WaitingRoom

MODEMS = "abcd"
routes = st.lists(st.sets(st.sampled_from(MODEMS), min_size=1), max_size=3).map(
    lambda tiers: Route(tuple(Tier(f"tier {n}", tuple(sorted(names))) for n, names in enumerate(tiers)))
)
views = st.builds(
    ModemView,
    free=st.booleans(),
    cannot_since=st.one_of(st.none(), st.floats(0, 100)),
    usual=st.floats(0.1, 30),
    turn=st.integers(0, 50),
    trial=st.booleans(),
    code_trial=st.booleans(),
)


class RandomRoom(RuleBasedStateMachine):
    """Random operations; a plain dictionary says what must be in the room."""

    def __init__(self) -> None:
        super().__init__()
        self.room = WaitingRoom(PATIENCE)
        self.inside: dict[str, Waiting] = {}
        self.now = 0.0
        self.order = 0

    @rule(
        number=st.integers(0, 9),
        klass=st.sampled_from(Class),
        account=st.sampled_from(["shop", "bank"]),
        route=routes,
        barred=st.sets(st.sampled_from(MODEMS)).map(lambda names: tuple(sorted(names))),
        affinity=st.sampled_from(["", *MODEMS]),
        rest=st.sampled_from([0.0, 0.0, 5.0, 70.0]),
        life=st.floats(1, 300),
    )
    def add(self, number: int, rest: float, life: float, **fields: Any) -> None:
        self.order += 1
        entry = Waiting(
            message_id=f"m{number}", order=self.order, deadline=self.now + life, not_before=self.now + rest, **fields
        )
        self.room.add(entry, self.now)
        self.inside[entry.message_id] = entry

    @rule(number=st.integers(0, 9))
    def remove(self, number: int) -> None:
        self.room.remove(f"m{number}")
        self.inside.pop(f"m{number}", None)

    @rule(seconds=st.floats(0, 80))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(modems=st.dictionaries(st.sampled_from(MODEMS), views), held=st.integers(0, 3))
    def take(self, modems: dict[str, ModemView], held: int) -> None:
        modems = {name: self.so_far(view) for name, view in modems.items()}
        pair = self.room.take(self.now, modems, {"shop": held})
        if pair is None:
            return
        entry = self.inside.pop(pair.waiting.message_id)
        assert entry == pair.waiting
        assert entry.not_before <= self.now
        assert pair.modem in entry.route.modems
        assert modems[pair.modem].free
        view = modems[pair.modem]
        assert view.cannot_since is None or view.trial or (view.code_trial and entry.klass is Class.OTP)
        if pair.modem in entry.barred:
            able = [n for n in entry.route.modems if n in modems and modems[n].cannot_since is None]
            assert set(able) <= set(entry.barred)
        if modems[pair.modem].cannot_since is not None and entry.klass is Class.OTP:
            assert all(modems[n].cannot_since is not None for n in entry.route.modems if n in modems)

    def so_far(self, view: ModemView) -> ModemView:
        """No modem became unable in the future, and one that can take is not on trial."""
        if view.cannot_since is None:
            return view._replace(trial=False, code_trial=False)
        return view._replace(cannot_since=min(view.cannot_since, self.now))

    @rule(modems=st.fixed_dictionaries({name: st.just(FREE) for name in MODEMS}))
    def everything_with_a_route_goes_when_all_modems_are_free(self, modems: dict[str, ModemView]) -> None:
        self.now += 100.0
        names = set()
        while pair := self.room.take(self.now, modems, {}):
            assert pair.waiting.message_id not in names
            names.add(pair.waiting.message_id)
        routed = {name for name, entry in self.inside.items() if entry.route.tiers}
        assert names == routed
        self.inside = {name: entry for name, entry in self.inside.items() if name not in names}

    @invariant()
    def the_room_holds_exactly_what_was_put_in(self) -> None:
        assert sorted(entry.message_id for entry in self.room) == sorted(self.inside)
        assert len(self.room) == len(self.inside)


TestRandomRoom = RandomRoom.TestCase
TestRandomRoom.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)


# -- how many come before, and who rests ---------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.sampled_from(list(Class)), st.sampled_from([ONE, TWO, DOWN]), st.integers(1, 9)), min_size=1)
)
def test_who_comes_before_is_counted_as_it_is_defined(kinds: list[tuple[Class, Route, int]]) -> None:
    entries = [waiting(n, klass, route=route, deadline=float(end)) for n, (klass, route, end) in enumerate(kinds)]
    made, order = room(*entries), list(Class)
    for mine in entries:
        before = [w for w in entries if (order.index(w.klass), w.rank) < (order.index(mine.klass), mine.rank)]
        for name in ("a", "b"):
            assert made.ahead(mine.message_id, name) == sum(name in w.route.tiers[0].modems for w in before)


def test_who_rests_is_woken_in_its_time_however_often_it_was_put_away() -> None:
    made = room()
    for turn in range(300):
        made.add(waiting(1, not_before=50.0 + turn), 0.0)
        made.add(waiting(2, not_before=1000.0), 0.0)
    assert made.next_moment(0.0, {"a": FREE}) == 349.0
    assert made.take(348.9, {"a": FREE}, {}) is None
    assert taken(made.take(349.0, {"a": FREE}, {})) == ("m1", "a")
    made.remove("m2")
    assert made.next_moment(349.0, {"a": FREE}) == math.inf
    assert made.take(1000.0, {"a": FREE}, {}) is None


def test_who_is_put_back_among_the_ready_does_not_wake_again() -> None:
    made = room(waiting(1, not_before=50.0))
    made.add(waiting(1), 0.0)
    assert taken(made.take(0.0, {"a": FREE}, {})) == ("m1", "a")
    assert made.take(50.0, {"a": FREE}, {}) is None
