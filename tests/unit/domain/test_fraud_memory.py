"""What the rules against pumping remember: bounds are kept in any span, memory is bounded, a block is never dropped."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otppi.domain.fraud import BLOCK_SECONDS, DAY, HOUR, RIPE_SECONDS, VELOCITIES, Ask, Bounds, Rule
from otppi.domain.fraud_memory import JUDGED_SECONDS, Memory
from otppi.domain.guessing import Checks
from otppi.domain.recent import PASSED_OVER, Recent

NOW = 1_790_000_000.0
MOST: dict[str, int] = {
    Rule.RECEIVER_HOUR: 5,
    Rule.RECEIVER_DAY: 10,
    Rule.PREFIX_10MIN: 20,
    Rule.PREFIX_HOUR: 60,
    Rule.ACCOUNT_MINUTE: 60,
    Rule.SOURCE_10MIN: 10,
    Rule.NEW_ACCOUNT_DAY: 100,
}
BOUNDS = Bounds(("62",), 10, MOST)
OFF = Bounds(("any",), 0, dict.fromkeys(MOST, 0))
RANGE = "628120000"


def ask(number: int = 1234, account: str = "shop", range_: str = RANGE) -> Ask:
    receiver = f"{range_}{number:04d}"
    return Ask(account, receiver, f"{account} {receiver}".encode())


def rules(memory: Memory, what: Ask, now: float, bounds: Bounds = BOUNDS) -> set[Rule]:
    return {objection.rule for objection in memory.objections(what, bounds, now)}


def test_a_receiver_gets_five_an_hour_and_ten_a_day_of_each_account() -> None:
    memory = Memory()
    for number in range(5):
        assert rules(memory, ask(), NOW + 60 * number) == set()
        memory.note(ask(), BOUNDS, NOW + 60 * number)
    assert rules(memory, ask(), NOW + 300) == {Rule.RECEIVER_HOUR}
    assert rules(memory, ask(account="bank"), NOW + 300) == set()
    later = NOW + HOUR + 300
    for number in range(5):
        memory.note(ask(), BOUNDS, later + number)
    assert rules(memory, ask(), later + 5) == {Rule.RECEIVER_HOUR, Rule.RECEIVER_DAY}
    waits = {each.rule: each.wait for each in memory.objections(ask(), BOUNDS, later + 5)}
    assert waits[Rule.RECEIVER_DAY] == NOW + DAY - later - 5
    assert rules(memory, ask(), NOW + DAY) == set()


def test_a_range_gets_twenty_in_ten_minutes_and_sixty_an_hour_of_all_accounts() -> None:
    memory = Memory()
    for number in range(20):
        memory.note(ask(number, account=f"a{number % 3}"), BOUNDS, NOW)
    assert rules(memory, ask(99), NOW + 599) == {Rule.PREFIX_10MIN}
    assert rules(memory, ask(99, range_="628130000"), NOW) == set()
    for start in (700.0, 1400.0):
        assert rules(memory, ask(99), NOW + start) == set()
        for number in range(20):
            memory.note(ask(number + 100, account="b"), BOUNDS, NOW + start)
    assert rules(memory, ask(99), NOW + 2100) == {Rule.PREFIX_HOUR}
    assert rules(memory, ask(99), NOW + HOUR + 20) == set()


def test_an_end_users_address_gets_ten_in_ten_minutes_of_each_account() -> None:
    memory = Memory()

    def asked(number: int, source: bytes = b"shop 192.0.2.17") -> Ask:
        return replace(ask(range_=f"62812{number:04d}"), source=source)

    for number in range(10):
        assert rules(memory, asked(number), NOW + number) == set()
        memory.note(asked(number), BOUNDS, NOW + number)
    assert rules(memory, asked(10), NOW + 10) == {Rule.SOURCE_10MIN}
    assert rules(memory, asked(10, b"bank 192.0.2.17"), NOW + 10) == set()
    assert rules(memory, asked(10, b""), NOW + 10) == set()
    assert rules(memory, asked(10), NOW + 10, OFF) == set()
    memory.take_back(asked(9), NOW + 9)
    assert rules(memory, asked(10), NOW + 10) == set()
    memory.note(asked(10), BOUNDS, NOW + 10)
    assert rules(memory, asked(11), NOW + 599) == {Rule.SOURCE_10MIN}
    assert rules(memory, asked(11), NOW + 600) == set()


def test_an_account_makes_sixty_a_minute_addresses_too() -> None:
    memory = Memory()
    for number in range(60):
        memory.note(Ask("shop", f"user{number}@example.org", f"{number}".encode()), BOUNDS, NOW)
    assert rules(memory, ask(), NOW + 59) == {Rule.ACCOUNT_MINUTE}
    assert rules(memory, ask(account="bank"), NOW + 59) == set()
    assert rules(memory, ask(), NOW + 61) == set()


def test_a_rule_with_zero_is_off() -> None:
    memory = Memory()
    for _ in range(200):
        memory.note(ask(), OFF, NOW)
        memory.note_sent(RANGE, OFF, NOW)
    assert rules(memory, ask(), NOW, OFF) == set()
    assert memory.trip(RANGE, OFF, NOW + RIPE_SECONDS + 60) is None


def test_what_was_taken_back_does_not_count() -> None:
    memory = Memory()
    for number in range(5):
        memory.note(ask(), BOUNDS, NOW + number)
    memory.take_back(ask(), NOW + 4)
    assert rules(memory, ask(), NOW + 5) == set()
    memory.take_back(ask(7, account="bank", range_="628199999"), NOW)
    assert rules(memory, ask(), NOW + 5) == set()


# -- conversion ----------------------------------------------------------------------------------------------------


def test_a_range_whose_codes_nobody_enters_is_blocked_once_they_are_ripe() -> None:
    memory = Memory()
    memory.note_sent(RANGE, BOUNDS, NOW, 20)
    memory.note_approved(RANGE, BOUNDS, NOW + 30)
    assert memory.trip(RANGE, BOUNDS, NOW + RIPE_SECONDS - 1) is None
    now = NOW + RIPE_SECONDS + 60
    block = memory.trip(RANGE, BOUNDS, now)
    assert block is not None
    assert (block.sent, block.approved, block.until) == (20, 1, now + BLOCK_SECONDS)
    assert rules(memory, ask(), now) == {Rule.CONVERSION}
    assert memory.trip(RANGE, BOUNDS, now + 1) is None, "it runs already"
    assert memory.running(now) == [block]
    assert rules(memory, ask(), now + BLOCK_SECONDS) == set()


@pytest.mark.parametrize(("sent", "approved"), [(19, 0), (20, 2), (100, 10)])
def test_a_range_whose_people_enter_codes_is_not(sent: int, approved: int) -> None:
    memory = Memory()
    memory.note_sent(RANGE, BOUNDS, NOW, sent)
    memory.note_approved(RANGE, BOUNDS, NOW, approved)
    assert memory.trip(RANGE, BOUNDS, NOW + RIPE_SECONDS + 60) is None


def test_what_was_sent_long_ago_says_nothing() -> None:
    memory = Memory()
    memory.note_sent(RANGE, BOUNDS, NOW, 20)
    assert memory.trip(RANGE, BOUNDS, NOW + JUDGED_SECONDS + 60) is None
    assert memory.trip("628130000", BOUNDS, NOW) is None
    assert memory.trip("", BOUNDS, NOW) is None


def test_a_pardon_ends_a_block_and_what_led_to_it() -> None:
    memory = Memory()
    memory.note_sent(RANGE, BOUNDS, NOW, 20)
    now = NOW + RIPE_SECONDS + 60
    assert memory.trip(RANGE, BOUNDS, now) is not None
    pardoned = memory.pardon(RANGE, now + 10)
    assert pardoned is not None
    assert pardoned.until == now + 10
    assert memory.trip(RANGE, BOUNDS, now + 11) is None
    assert rules(memory, ask(), now + 11) == set()
    assert memory.pardon(RANGE, now + 12) is None
    memory.note_sent(RANGE, BOUNDS, now + 20, 20)
    again = memory.trip(RANGE, BOUNDS, now + 20 + RIPE_SECONDS + 60)
    assert again is not None
    assert again.level == 1


def test_blocks_are_kept_over_runs_and_forgotten_in_the_end() -> None:
    memory = Memory()
    memory.note_sent(RANGE, BOUNDS, NOW, 20)
    block = memory.trip(RANGE, BOUNDS, NOW + 300)
    assert block is not None
    other = Memory()
    other.keep([block])
    assert rules(other, ask(), NOW + 400) == {Rule.CONVERSION}
    other.forget(block.until)
    assert other.blocks == {RANGE: block}
    other.forget(block.until + 8 * DAY)
    assert other.blocks == {}


# -- memory --------------------------------------------------------------------------------------------------------


def test_memory_is_bounded_and_a_running_block_is_never_dropped() -> None:
    memory = Memory(receivers=50, ranges=20)
    memory.note_sent(RANGE, BOUNDS, NOW, 20)
    now = NOW + 300
    assert memory.trip(RANGE, BOUNDS, now) is not None
    for number in range(1000):
        memory.note(ask(1, range_=f"6281{number:05d}"), BOUNDS, now + number)
    assert rules(memory, ask(account="bank"), now + 1000) == {Rule.CONVERSION}


def test_who_is_at_a_limit_is_forgotten_last() -> None:
    memory = Memory(receivers=50, ranges=20)
    for number in range(5):
        memory.note(ask(), BOUNDS, NOW + number)
    for number in range(200):
        memory.note(ask(1, range_=f"6281{number:05d}"), BOUNDS, NOW + 10 + number / 10)
    assert Rule.RECEIVER_HOUR in rules(memory, ask(), NOW + 60)


def test_the_oldest_goes_where_all_would_stay() -> None:
    recent: Recent[int, str] = Recent(3)
    for number in range(3):
        recent.put(number, "x", lambda _: True)
    recent.get(0)
    recent.put(3, "x", lambda _: True)
    assert len(recent) == 3
    assert recent.get(1) is None, "used longest ago"
    assert recent.get(3) == "x", "the new one is never the one dropped"


def test_one_that_may_be_forgotten_goes_before_older_ones_that_stay() -> None:
    recent: Recent[int, str] = Recent(PASSED_OVER)
    for number in range(PASSED_OVER):
        recent.put(number, "y" if number == 5 else "x", lambda value: value == "x")
    recent.put(99, "y", lambda value: value == "x")
    assert [number for number in range(PASSED_OVER) if recent.get(number) is None] == [5]


steps = st.lists(st.tuples(st.floats(0, 400), st.integers(0, 5), st.integers(0, 2)), max_size=150)


@given(steps=steps)
def test_with_every_rule_obeyed_no_span_holds_more_than_its_limit(steps: list[tuple[float, int, int]]) -> None:
    memory = Memory()
    bounds = replace(BOUNDS, most={**MOST, Rule.PREFIX_10MIN: 4, Rule.PREFIX_HOUR: 7, Rule.ACCOUNT_MINUTE: 3})
    now = NOW
    made: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for seconds, number, account in steps:
        now += seconds
        what = ask(number, account=f"a{account}", range_=f"62812000{number % 2}")
        if memory.objections(what, bounds, now):
            continue
        memory.note(what, bounds, now)
        for kind, key in (("receiver", what.tag.decode()), ("range", what.range), ("account", what.account)):
            made[kind, key].append(now)
    for velocity in VELOCITIES:
        for (kind, _), times in made.items():
            if kind == velocity.of:
                ends = [sum(1 for each in times if at - velocity.span < each <= at) for at in times]
                assert max(ends) <= bounds.most[velocity.rule]


# -- guesses -------------------------------------------------------------------------------------------------------


def test_checks_are_suspicious_for_an_hour() -> None:
    checks = Checks()
    checks.note(NOW, 600, wrong=300)
    assert not checks.suspicious(NOW)
    checks.note(NOW + 60, wrong=1)
    assert checks.suspicious(NOW + 60)
    assert checks.wrong(NOW + 60) == 301
    assert [each[1:] for each in checks.minutes(NOW + 60)] == [(600, 300), (1, 1)]
    wait = checks.wait(NOW + 60)
    assert HOUR - 60 <= wait <= HOUR
    assert not checks.suspicious(NOW + 60 + wait)
