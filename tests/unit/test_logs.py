"""The log's lines: time in milliseconds, fields, one line each, and of an exception only its type and place."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

import pytest

from otppi import logs

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Setting up the log changes the whole process: give back what was there."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    quiet = {name: logging.getLogger(name).level for name in logs._QUIET}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, old in quiet.items():
        logging.getLogger(name).setLevel(old)


def logger() -> logging.Logger:
    logs.set_up("debug")
    return logging.getLogger("otppi.test")


def test_a_line_has_time_level_name_words_and_fields(capsys: pytest.CaptureFixture[str]) -> None:
    logger().info("modem line", extra={"modem": "m1", "what": "opened"})
    line = capsys.readouterr().err
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info otppi.test: modem line modem=m1 what=opened\n", line
    )


def test_nothing_breaks_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    logger().warning("who=%s", "a\nb\r2026 forged")
    assert capsys.readouterr().err.count("\n") == 1


def test_an_exception_shows_its_place_and_not_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        logger()
        int("canary")
    except ValueError:
        logging.getLogger("otppi.test").exception("broken")
    line = capsys.readouterr().err
    assert "[ValueError at test_an_exception_shows_its_place_and_not_its_words:" in line
    assert "canary" not in line


def test_the_level_can_be_changed(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("error")
    logging.getLogger("otppi.test").warning("quiet")
    logging.getLogger("uvicorn").info("quiet too")
    assert capsys.readouterr().err == ""
