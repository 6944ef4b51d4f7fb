"""How fast a client of the broker may send, and how soon an address may try the next password."""

from __future__ import annotations

import pytest

from otppi.domain.pace import Pace
from otppi.wsbroker.slowing import ADDRESSES_MOST, FORGOTTEN_AFTER, FREE_FAILURES, GAP_MOST, Slowing


def test_a_second_s_worth_is_free_and_then_the_rate_holds() -> None:
    pace = Pace(4, 100.0)
    assert [pace.take(100.0) for _ in range(6)] == [0.0, 0.0, 0.0, 0.0, 0.25, 0.5]


def test_what_was_not_used_is_saved_for_a_second_only() -> None:
    pace = Pace(4, 100.0)
    assert [pace.take(200.0) for _ in range(5)] == [0.0, 0.0, 0.0, 0.0, 0.25]
    assert pace.take(200.5) == 0.0


def test_no_rate_is_no_wait() -> None:
    pace = Pace(0, 0.0)
    assert {pace.take(0.0) for _ in range(10_000)} == {0.0}


def failed(slowing: Slowing, address: str, times: int) -> None:
    for _ in range(times):
        slowing.failed(address, 0.0)


def test_the_first_failures_cost_nothing_and_the_tries_after_them_wait_in_turn() -> None:
    slowing = Slowing()
    failed(slowing, "192.0.2.1", FREE_FAILURES - 1)
    assert slowing.wait("192.0.2.1", 0.0) == 0.0
    failed(slowing, "192.0.2.1", 1)
    assert [slowing.wait("192.0.2.1", 0.0) for _ in range(3)] == [1.0, 2.0, 3.0]
    failed(slowing, "192.0.2.1", 1)
    assert [slowing.wait("192.0.2.1", 4.0) for _ in range(2)] == [0.0, 2.0]


def test_the_gap_has_an_end_and_failures_are_forgotten() -> None:
    slowing = Slowing()
    failed(slowing, "192.0.2.1", 1000)
    slowing.wait("192.0.2.1", 500.0)
    assert slowing.wait("192.0.2.1", 500.0) == GAP_MOST
    assert slowing.wait("192.0.2.1", FORGOTTEN_AFTER + 1) == 0.0


@pytest.mark.parametrize(
    ("same", "other"), [("2001:db8::1", "2001:db8:0:1::1"), ("192.0.2.1", "192.0.2.2"), ("fe80::1%eth0", "")]
)
def test_other_networks_are_not_held_up(same: str, other: str) -> None:
    slowing = Slowing()
    failed(slowing, same, FREE_FAILURES)
    assert slowing.wait(other, 0.0) == 0.0
    assert slowing.wait("2001:db8::ffff" if same.startswith("2001") else same, 0.0) == 1.0


def test_the_memory_is_bounded_and_keeps_the_newest() -> None:
    slowing = Slowing()
    failed(slowing, "first", FREE_FAILURES)
    for number in range(ADDRESSES_MOST - 1):
        slowing.failed(f"address {number}", 0.0)
    assert slowing.wait("first", 0.0) == 1.0
    slowing.failed("one more", 0.0)
    assert slowing.wait("first", 0.0) == 0.0
