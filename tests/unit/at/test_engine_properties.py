"""What must hold whatever a modem writes, on cases made from seeds; `script/chaos --engine` runs many more."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from engine_cases import HONEST, PROPERTIES, SAYINGS, Modem, check_news, failures
from hypothesis import given, settings
from hypothesis import strategies as st

from otppi.at import commands
from otppi.at.commands import Command, Shape
from otppi.at.profiles.generic import GENERIC
from otppi.at.profiles.table import VENDORS
from otppi.at.urc import KNOWN

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.at.profile import ModemProfile

SEEDS = st.integers(0, 10**9)


@pytest.mark.parametrize("check", PROPERTIES, ids=lambda check: str(check.__name__))
@settings(derandomize=True, max_examples=1500, deadline=None)
@given(seed=SEEDS)
def test_a_property_of_the_engine_holds(check: Callable[[Random], None], seed: int) -> None:
    check(Random(seed))  # noqa: S311 - repeatable cases, no secret


def test_a_seed_shows_the_same_each_time() -> None:
    one, two = Modem(Random(7)), Modem(Random(7))  # noqa: S311 - repeatable cases, no secret
    assert [one.reply(commands.SIGNAL) for _ in range(50)] == [two.reply(commands.SIGNAL) for _ in range(50)]
    assert failures(7) == []


def test_the_cases_know_every_unsolicited_line_of_every_family() -> None:
    families = {pattern for profile in VENDORS for pattern in profile.urcs}
    assert families <= set(KNOWN)
    assert {said.pattern for said in SAYINGS} == set(KNOWN)
    two_lines = {said.pattern.name for said in SAYINGS if len(said.lines) == 2}
    assert two_lines == {"+CDS", "+CMT", "+CBM"}


@pytest.mark.parametrize("profile", [*VENDORS, GENERIC], ids=lambda profile: str(profile.name))
def test_each_profile_takes_every_familys_lines_for_what_they_are(profile: ModemProfile) -> None:
    unknown = [said.lines[0] for said in SAYINGS if profile.recognise(said.lines[0]) is None]
    assert unknown == []


def test_the_cases_answer_every_question_honestly() -> None:
    asked = [each for each in vars(commands).values() if isinstance(each, Command) and each.shape is not Shape.NONE]
    modem = Modem(Random(1))  # noqa: S311 - repeatable cases, no secret
    for command in (*asked, *(query.command() for query in GENERIC.pin_tries if query.text in HONEST)):
        if command.shape is Shape.HEADER_PDU:
            continue
        for _ in range(20):
            (line,) = modem.answer(command)
            assert command.answer is not None
            assert command.answer.fullmatch(line), f"{command.name}: {line}"


def test_the_news_of_a_case_come_at_every_boundary() -> None:
    """The property would be empty if nothing were said: over some seeds, hundreds of lines are."""
    said: list[int] = []

    class Counting(Random):
        def choice(self, seq: Any) -> Any:
            said.append(seq is SAYINGS)
            return super().choice(seq)

    for seed in range(50):
        check_news(Counting(seed))
    assert sum(said) > 300
