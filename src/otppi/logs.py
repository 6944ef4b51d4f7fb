"""Logging: one line a record, time in milliseconds, to stderr. What must not be logged is kept out at its source:
texts, codes, passwords and keys are `Secret`, and library loggers that would show bodies are held at warning.
"""

from __future__ import annotations

import logging
import sys
import time

_QUIET = ("uvicorn", "uvicorn.error", "asyncio", "litestar")


_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""What every record has; all else are fields given with `extra`."""


class _Lines(logging.Formatter):
    """`2026-11-22T10:00:00.123Z info otppi.app.delivery: words`; of an exception only its type and place."""

    def format(self, record: logging.LogRecord) -> str:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line = f"{moment}.{int(record.msecs):03d}Z {record.levelname.lower()} {record.name}: {record.getMessage()}"
        line += "".join(f" {key}={value}" for key, value in vars(record).items() if key not in _STANDARD)
        if record.exc_info and record.exc_info[0] is not None:
            line += f" [{record.exc_info[0].__name__} at {_place(record)}]"
        return line.replace("\n", "\\n").replace("\r", "\\r")


def _place(record: logging.LogRecord) -> str:
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "?" if trace is None else f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"


def set_up(level: str) -> None:
    """Log everything of `level` and above. May be called again with another level."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
