"""Which doors have to move, and in what order."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otppi.intake.rest.listeners import Open, moves

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.intake.rest.listeners import Door
    from otppi.intake.rest.server import RestServer

SERVER = cast("RestServer", None)
PORTS = st.none() | st.sampled_from([0, 1, 2, 3])


def opened(**ports: int | None) -> Mapping[Door, Open]:
    """Doors that are open, by the port that was asked for; a free one became 77."""
    return {cast("Door", door): Open(SERVER, port, port or 77) for door, port in ports.items() if port is not None}


def wanted(api: int | None, https: int | None) -> Mapping[Door, int | None]:
    return {"api": api, "https": https}


@pytest.mark.parametrize(
    ("want", "have", "order"),
    [
        (wanted(1, None), opened(), ["api"]),
        (wanted(1, 2), opened(), ["api", "https"]),
        (wanted(1, 2), opened(api=1, https=2), []),
        (wanted(None, 2), opened(api=1, https=2), ["api"]),
        (wanted(0, None), opened(api=0), []),
        (wanted(2, 3), opened(api=1, https=2), ["https", "api"]),
        (wanted(3, 1), opened(api=1, https=2), ["api", "https"]),
        (wanted(2, None), opened(api=1, https=2), ["https", "api"]),
        (wanted(77, 3), opened(api=1, https=0), ["https", "api"]),
        (wanted(2, 2), opened(api=1, https=2), ["api"]),
    ],
)
def test_who_takes_a_port_comes_after_who_leaves_it(
    want: Mapping[Door, int | None], have: Mapping[Door, Open], order: list[str]
) -> None:
    assert moves(want, have) == order


@given(PORTS, PORTS, PORTS, PORTS)
def test_all_and_only_doors_that_are_not_as_wanted_move(
    api: int | None, https: int | None, api_now: int | None, https_now: int | None
) -> None:
    moving = moves(wanted(api, https), opened(api=api_now, https=https_now))
    assert sorted(moving) == [
        door for door, differs in (("api", api != api_now), ("https", https != https_now)) if differs
    ]
