"""Which modems may take a message: the README's four operators, tiers, and who never may."""

from __future__ import annotations

import pytest

from otppi.domain.msisdn import normalise_prefix
from otppi.domain.routing import NO_ROUTE, Lane, Route, RouteTable, Tier


def prefixes(text: str) -> tuple[str, ...]:
    return tuple(normalise_prefix(part, "62") for part in text.split(","))


# The README's example: Operator A, B, C with their prefixes, and D for all others.
FOUR = (
    Lane("a", prefixes("62871,62872,62873")),
    Lane("b", prefixes("62881,62882,62883")),
    Lane("c", prefixes("62891,62892,62893")),
    Lane("d", default=True),
)


def tiers(table: RouteTable, number: str) -> list[tuple[str, ...]]:
    return [tier.modems for tier in table.route(number).tiers]


@pytest.mark.feature("F015", "F016", "F084")
@pytest.mark.parametrize(
    ("number", "first"),
    [("6287100001234", "a"), ("6287300001234", "a"), ("6288200001234", "b"), ("6289300001234", "c"),
     ("6281200001234", "d"), ("4915100001234", "d")],
)  # fmt: skip
def test_the_four_operator_example(number: str, first: str) -> None:
    assert tiers(RouteTable(FOUR, 5), number)[0] == (first,)


def test_the_tiers_are_prefix_default_others() -> None:
    route = RouteTable(FOUR, 5).route("6287100001234")
    assert [tier.modems for tier in route.tiers] == [("a",), ("d",), ("b", "c")]
    assert route.reason("a") == "prefix 62871"
    assert route.reason("d") == "default modem"
    assert route.reason("c") == "any other modem"
    assert route.reason("x") == "not on the route"


def test_a_default_modem_with_the_prefix_is_asked_once() -> None:
    table = RouteTable([Lane("a", ("62871",), default=True), Lane("b", default=True)], 5)
    assert tiers(table, "6287100001234") == [("a",), ("b",)]


@pytest.mark.feature("F017")
def test_two_modems_of_one_prefix_are_equals() -> None:
    assert tiers(RouteTable([Lane("a", ("62871",)), Lane("b", ("62871",))], 5), "6287100001234") == [("a", "b")]


@pytest.mark.feature("F018")
def test_0871_matches_as_62871() -> None:
    assert tiers(RouteTable([Lane("a", prefixes("0871")), Lane("b", default=True)], 5), "6287100001234")[0] == ("a",)


def test_the_longest_match_wins() -> None:
    table = RouteTable([Lane("a", ("62",)), Lane("b", ("6287",)), Lane("c", ("62871",))], 5)
    assert tiers(table, "6287100001234")[0] == ("c",)
    assert tiers(table, "6287200001234")[0] == ("b",)
    assert tiers(table, "6281200001234")[0] == ("a",)


@pytest.mark.feature("F071")
def test_with_four_digits_62871_and_62872_mean_6287_with_five_they_differ() -> None:
    lanes = [Lane("a", prefixes("62871,62872")), Lane("b", prefixes("62873")), Lane("d", default=True)]
    four, five = RouteTable(lanes, 4), RouteTable(lanes, 5)
    assert tiers(four, "6287900001234")[0] == ("a", "b")
    assert tiers(five, "6287900001234")[0] == ("d",)
    assert tiers(five, "6287200001234")[0] == ("a",)
    assert four.cut() == {"a": ("62871", "62872"), "b": ("62873",)}
    assert five.cut() == {}


@pytest.mark.feature("F012", "F083", "F085")
@pytest.mark.parametrize("closed", [{"active": False}, {"api": False}, {"internet": True}])
def test_a_closed_modem_is_on_no_route_not_even_as_the_last(closed: dict[str, bool]) -> None:
    shut = Lane("a", ("62871",), default=True, **closed)
    table = RouteTable([shut, Lane("b")], 5)
    assert table.route("6287100001234").modems == ("b",)
    assert RouteTable([shut], 5).route("6287100001234") == NO_ROUTE


@pytest.mark.feature("F083")
def test_by_hand_a_modem_closed_to_the_api_is_used_an_inactive_one_not() -> None:
    table = RouteTable([Lane("a", api=False), Lane("b", active=False), Lane("c", internet=True)], 5)
    assert table.pinned("a").modems == ("a",)
    for name in ("b", "c", "unknown"):
        assert table.pinned(name) == NO_ROUTE


def test_a_route_without_some_modems_drops_empty_tiers() -> None:
    route = Route((Tier("x", ("a", "b")), Tier("y", ("c",))))
    assert route.without(["c", "a"]) == Route((Tier("x", ("b",)),))
    assert route.without(["a", "b", "c"]) == NO_ROUTE


def test_routes_of_one_prefix_are_one_object() -> None:
    table = RouteTable(FOUR, 5)
    assert table.route("6287100001234") is table.route("6287199999999")
