"""The log's lines: time in milliseconds, fields, one line each, and of an exception only its type and place."""

from __future__ import annotations

import json
import logging
import re
from typing import TYPE_CHECKING, Any

import pytest

from otppi import logs
from otppi.app.requests import CURRENT
from otppi.domain.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otppi.domain.settings import LogFormat


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


def logger(form: LogFormat = "text") -> logging.Logger:
    logs.set_up("debug", form)
    return logging.getLogger("otppi.test")


def parsed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The one line that was logged."""
    (line,) = capsys.readouterr().err.splitlines()
    fields: dict[str, Any] = json.loads(line)
    return fields


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


@pytest.mark.parametrize(
    ("template", "values", "event", "fields"),
    [
        ("stopping", (), "stopping", {}),
        (
            "refused message=%s modem=%s code=%s",
            ("M1", "m1", 42),
            "refused",
            {"message": "M1", "modem": "m1", "code": 42},
        ),
        ("%s rests modem=%s seconds=%.0f", ("SIM", "m1", 3.5), "SIM rests", {"modem": "m1", "seconds": 3.5}),
        ("e-mail refused account=%s: not configured", ("shop",), "e-mail refused: not configured", {"account": "shop"}),
        ("socket: refused a user uid=%s", (5,), "socket: refused a user", {"uid": 5}),
        ("full at %s%% name=%s", (80, "disk"), "full at 80%", {"name": "disk"}),
        ("unknown code=%s words=%s", (None, ["a", "b"]), "unknown", {"code": None, "words": "['a', 'b']"}),
    ],
)
def test_a_json_line_has_the_words_as_event_and_what_they_name_as_fields(
    capsys: pytest.CaptureFixture[str], template: str, values: tuple[object, ...], event: str, fields: dict[str, Any]
) -> None:
    logger("json").info(template, *values)
    line = parsed(capsys)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert line == {"level": "info", "logger": "otppi.test", "event": event, **fields}


def test_a_json_line_has_extra_fields_and_no_field_hides_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    logger("json").debug("at reply error=%s", "no carrier", extra={"modem": "m1", "event": "ring"})
    line = parsed(capsys)
    assert (line["event"], line["event_"], line["error_"], line["modem"]) == ("at reply", "ring", "no carrier", "m1")


def test_a_json_line_is_one_line_whatever_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    logger("json").warning("who=%s\nforged", 'a"b\nc\u2028d')
    assert parsed(capsys)["who"] == 'a"b\nc\u2028d'


def test_a_json_line_of_an_exception_has_its_place_and_not_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        logger("json")
        int("canary")
    except ValueError:
        logging.getLogger("otppi.test").exception("broken")
    line = parsed(capsys)
    assert line["error"] == "ValueError"
    assert line["place"].startswith("test_a_json_line_of_an_exception_has_its_place_and_not_its_words:")
    assert "canary" not in json.dumps(line)


def test_lines_of_a_request_bear_its_id_in_both_forms(capsys: pytest.CaptureFixture[str]) -> None:
    token = CURRENT.set("run-1")
    logger("text").info("within")
    logger("json").info("within")
    CURRENT.reset(token)
    words, line = capsys.readouterr().err.splitlines()
    assert words.endswith(" info otppi.test: within request=run-1")
    assert json.loads(line)["request"] == "run-1"
    logger("json").info("outside")
    assert "request" not in parsed(capsys)


def test_a_secret_is_no_more_told_in_json_than_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    logger("json").debug("text=%s %s", Secret("canary"), Secret("canary"), extra={"more": Secret("canary")})
    assert "canary" not in capsys.readouterr().err
