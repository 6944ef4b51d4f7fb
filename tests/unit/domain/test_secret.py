"""A secret shows itself to nobody who did not ask for it by name."""

from __future__ import annotations

import copy
import json
import logging
import pickle
from dataclasses import dataclass

import pytest

from otppi.domain.commands import Stamp, ValidateOtp
from otppi.domain.secret import Secret

CANARY = "canary-493817"


@dataclass
class Holder:
    it: Secret[str]


@pytest.mark.feature("F002")
@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        "{}".format,
        "{!r:>40}".format,
        lambda secret: f"{secret:>30}",
        lambda secret: "%s %r".__mod__((secret, secret)),
        lambda secret: repr([secret]),
        lambda secret: repr(Holder(secret)),
        lambda secret: str({"k": secret}),
        lambda secret: str(ValueError(secret)),
    ],
)
def test_no_way_of_showing_shows_it(show: object) -> None:
    assert callable(show)
    assert CANARY not in show(Secret(CANARY))


def test_a_log_line_does_not_show_it(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("test").warning("code=%s %r", Secret(CANARY), Secret(CANARY))
    assert "***" in caplog.text
    assert CANARY not in caplog.text


def test_a_command_does_not_show_it() -> None:
    assert CANARY not in repr(ValidateOtp("r", "0812", Secret(CANARY), ("", "", "", ""), Stamp()))


@pytest.mark.parametrize("leak", [pickle.dumps, json.dumps, hash, copy.deepcopy, iter, len, vars])
def test_what_would_carry_it_off_fails(leak: object) -> None:
    assert callable(leak)
    with pytest.raises(TypeError):
        leak(Secret(CANARY))


def test_it_is_there_for_who_asks() -> None:
    assert Secret(CANARY).reveal() == CANARY
    assert Secret(b"\xff").reveal() == b"\xff"
    assert Secret(CANARY)
    assert not Secret("")


def test_equality_compares_values_of_secrets_only() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert Secret("\ud800") != Secret("a")
