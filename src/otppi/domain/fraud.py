"""The rules against pumping (artificially inflated traffic): what of a code that is asked for speaks against it. Pure.

Somebody who is paid for SMS to certain numbers asks for codes to them through the form of an honest service. It shows
in many codes for one receiver or one range of numbers, in countries nobody expected, and in codes that nobody enters.
A range is a number less its last 4 digits: ten thousand neighbours.

Each rule has a setting of its name; 0 switches it off. The memory behind them is `domain.fraud_memory`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

RANGE_DIGITS: Final = 4
"""So many last digits make no difference within a range."""
SHORTEST_NUMBER: Final = 7
"""Fewer digits are a short code, which has neither range nor country."""
ANY_COUNTRY: Final = "any"

MINUTE: Final = 60.0
HOUR: Final = 3600.0
DAY: Final = 86_400.0

FEWEST_SENT: Final = 20
"""Nothing is said of a range to which fewer codes were sent in the hour."""
RIPE_SECONDS: Final = 120.0
"""A code speaks against its range only once it has had so long to be entered: twenty people who sign in together at
eight are no fraud."""
BLOCK_SECONDS: Final = 12 * HOUR
LONGEST_BLOCK: Final = 8 * DAY
REMEMBERED: Final = 7 * DAY
"""A range that does it again so soon after its block is blocked for twice as long."""

MOST_WRONG: Final = 300
"""So many wrong guesses an hour an account's customers may make, whatever share of its checks they are."""


class Rule(StrEnum):
    """The rules; each value is the name of its setting."""

    COUNTRIES = "fraud.countries"
    CONVERSION = "fraud.conversion"
    RECEIVER_HOUR = "fraud.receiver_hour"
    RECEIVER_DAY = "fraud.receiver_day"
    PREFIX_10MIN = "fraud.prefix_10min"
    PREFIX_HOUR = "fraud.prefix_hour"
    ACCOUNT_MINUTE = "fraud.account_minute"
    SOURCE_10MIN = "fraud.source_10min"
    NEW_ACCOUNT_DAY = "fraud.new_account_day"


@dataclass(frozen=True, slots=True)
class Velocity:
    """A rule that bounds how many codes are made in a sliding span, for each receiver or end user's address (of one
    account), range (of all accounts) or account. `words` follow "the limit of N codes"."""

    rule: Rule
    of: Literal["receiver", "source", "range", "account"]
    span: float
    words: str


VELOCITIES: Final = (
    Velocity(Rule.RECEIVER_HOUR, "receiver", HOUR, "an hour for one receiver"),
    Velocity(Rule.RECEIVER_DAY, "receiver", DAY, "a day for one receiver"),
    Velocity(Rule.PREFIX_10MIN, "range", 10 * MINUTE, "in 10 minutes for one range of numbers"),
    Velocity(Rule.PREFIX_HOUR, "range", HOUR, "an hour for one range of numbers"),
    Velocity(Rule.ACCOUNT_MINUTE, "account", MINUTE, "a minute for the account"),
    Velocity(Rule.SOURCE_10MIN, "source", 10 * MINUTE, "in 10 minutes for one address of an end user"),
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The rules' numbers in force. `countries` are the calling codes that are allowed; `conversion` the percentage of
    codes that must have been entered."""

    countries: tuple[str, ...]
    conversion: int
    most: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Ask:
    """A code is asked for. `tag` stands for account and receiver, `source` for account and address of the end user,
    empty where it was not told. Both are keyed: number and address are kept nowhere here."""

    account: str
    receiver: str = field(repr=False)
    tag: bytes
    source: bytes = b""

    @property
    def range(self) -> str:
        """The range of the receiver; empty for an address and a short code."""
        return range_of(self.receiver)


@dataclass(frozen=True, slots=True)
class Objection:
    """What speaks against a code: the rule, in a sentence without any number of a phone, and the seconds until it does
    no longer; infinity where time alone does not help."""

    rule: Rule
    sentence: str
    wait: float


@dataclass(frozen=True, slots=True)
class Block:
    """A range whose codes nobody entered, blocked from `since` to `until`, gateway seconds. `level` counts the blocks
    in a row; `sent` and `approved` are what was seen. `pardoned` is when the owner ended it: what was sent before
    speaks against the range no more."""

    range: str
    since: float
    until: float
    level: int
    sent: int
    approved: int
    pardoned: float = 0.0

    def pardon(self, now: float) -> Block:
        """The same, ended by the owner; the next one is a first one again."""
        return replace(self, until=min(self.until, now), level=0, pardoned=now)


@lru_cache(maxsize=256)
def range_of(receiver: str) -> str:
    """The range of a number; empty for an address and a short code."""
    is_number = receiver.isdigit() and len(receiver) >= SHORTEST_NUMBER
    return receiver[:-RANGE_DIGITS] if is_number else ""


def country(ask: Ask, bounds: Bounds) -> Objection | None:
    """Whether the receiver's country is none of those that are allowed."""
    if not ask.range or ANY_COUNTRY in bounds.countries or ask.receiver.startswith(bounds.countries):
        return None
    return Objection(Rule.COUNTRIES, "the country of the receiver is not allowed (fraud.countries)", math.inf)


def blocked(block: Block | None, bounds: Bounds, now: float) -> Objection | None:
    """Whether the receiver's range is blocked."""
    if block is None or not bounds.conversion or now >= block.until:
        return None
    words = "the receiver's range of numbers is blocked: too few of its codes were entered (fraud.conversion)"
    return Objection(Rule.CONVERSION, words, block.until - now)


def too_fast(velocity: Velocity, most: int, wait: float) -> Objection:
    """The limit of a velocity rule is reached for another `wait` seconds."""
    return Objection(velocity.rule, _too_fast(velocity, most), wait)


@lru_cache(maxsize=64)
def _too_fast(velocity: Velocity, most: int) -> str:
    return f"the limit of {most} codes {velocity.words} is reached ({velocity.rule})"


def weightiest(objections: list[Objection]) -> Objection | None:
    """Of several the one that lasts longest: before it is over no new try helps."""
    return max(objections, key=lambda objection: objection.wait, default=None)


def wait_of(times: tuple[float, ...], most: int, span: float, now: float) -> float:
    """Seconds until fewer than `most` of `times`, which are in order, lie in the last `span`; 0 where they do now."""
    return max(0.0, times[-most] + span - now) if len(times) >= most else 0.0


def converts_badly(sent: int, approved: int, percent: int) -> bool:
    """Whether so few codes of a range were entered that somebody else than its people must have asked for them."""
    return sent >= FEWEST_SENT and approved * 100 < percent * sent


def next_block(range_: str, before: Block | None, now: float, sent: int, approved: int) -> Block:
    """The block of a range that converts badly: 12 hours, twice as long each time in a row, at most 8 days."""
    again = before is not None and now < before.until + REMEMBERED
    level = (before.level if before is not None and again else 0) + 1
    seconds = min(BLOCK_SECONDS * 2 ** (level - 1), LONGEST_BLOCK)
    pardoned = 0.0 if before is None else before.pardoned
    return Block(range_, now, now + seconds, level, sent, approved, pardoned)


def guessing(checks: int, wrong: int) -> bool:
    """Whether an account's checks of an hour look like somebody who guesses (decisions 6)."""
    return wrong > MOST_WRONG and 2 * wrong > checks
