"""Logging: one line a record, time in milliseconds, to stderr, as words or as JSON. What must not be logged is kept out
at its source: texts, codes, passwords and keys are `Secret`, and library loggers that would show bodies are held at
warning.

A record's fields are those given with `extra` and those its words name: `refused message=%s modem=%s` is the event
`refused` with the fields message and modem. Whoever logs writes one sentence, and both forms follow from it.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from otppi.app import requests

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.domain.settings import LogFormat

_QUIET = ("uvicorn", "uvicorn.error", "asyncio", "litestar")

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""What every record has; all else are fields given with `extra`."""

_OWN: Final = frozenset({"time", "level", "logger", "event", "request", "error", "place"})
"""The members of a JSON line that the formatter gives; a field of such a name gets `_` behind it."""

_PLACE: Final = re.compile(r"(?:(?<!\S)(?P<name>[a-z_]+)=)?%(?P<kind>[-#0 +]*\d*(?:\.\d+)?[a-zA-Z%])")


class _Words(logging.Formatter):
    """`2026-11-22T10:00:00.123Z info otppi.app.delivery: words`; of an exception only its type and place."""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{_moment(record)} {record.levelname.lower()} {record.name}: {record.getMessage()}"
        line += "".join(f" {key}={value}" for key, value in _extra(record).items())
        if request := requests.current():
            line += f" request={request}"
        if record.exc_info and record.exc_info[0] is not None:
            line += f" [{record.exc_info[0].__name__} at {_place(record)}]"
        return line.replace("\n", "\\n").replace("\r", "\\r")


class _Json(logging.Formatter):
    """One object a line: time (RFC 3339, milliseconds), level, logger, event, and the fields; `request` where the line
    belongs to one, `error` and `place` of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        event, fields = _event(record)
        line: dict[str, object] = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": event,
        }
        if request := requests.current():
            line["request"] = request
        for key, value in (fields | _extra(record)).items():
            line[f"{key}_" if key in _OWN else key] = value
        if record.exc_info and record.exc_info[0] is not None:
            line |= {"error": record.exc_info[0].__name__, "place": _place(record)}
        return json.dumps(line, default=str)


def _moment(record: logging.LogRecord) -> str:
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(record.created))}.{int(record.msecs):03d}Z"


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    return {key: value for key, value in vars(record).items() if key not in _STANDARD}


def _event(record: logging.LogRecord) -> tuple[str, dict[str, object]]:
    """The words without the fields they name, and these fields."""
    if not isinstance(record.args, tuple) or not record.args:
        return record.getMessage(), {}
    words, names = _template(str(record.msg))
    named = {name: value for name, value in zip(names, record.args, strict=False) if name}
    loose = tuple(value for name, value in zip(names, record.args, strict=False) if not name)
    return words % loose, {name: _plain(value) for name, value in named.items()}


@lru_cache(maxsize=512)
def _template(text: str) -> tuple[str, tuple[str, ...]]:
    """A template less the fields it names, and for each of its values the name of the field or nothing."""
    names = tuple(found["name"] or "" for found in _PLACE.finditer(text) if found["kind"] != "%")
    words = _PLACE.sub(lambda found: "" if found["name"] else found[0], text)
    return re.sub(r"\s+(?=[:,]|\s|$)", "", words).strip(), names


def _plain(value: object) -> object:
    """A value as JSON can hold it; anything but numbers and truth is told by its text, as in words."""
    return value if isinstance(value, (bool, int, float)) or value is None else str(value)


def _place(record: logging.LogRecord) -> str:
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "?" if trace is None else f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"


_FORMATS: Final[Mapping[LogFormat, type[logging.Formatter]]] = {"text": _Words, "json": _Json}


def set_up(level: str, form: LogFormat = "text") -> None:
    """Log everything of `level` and above. May be called again with another level or form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_FORMATS[form]())
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
