"""What is written down when a door breaks: the kind of error and the places in the code, never its text.

An exception's message, its context and the locals of its frames may hold a request; none of them is touched.
"""

from __future__ import annotations

import logging
import traceback
from pathlib import PurePath

_log = logging.getLogger("otppi.doors")


def report(error: BaseException, door: str) -> None:
    """Log an unexpected error by its class and the functions it went through, innermost last; `door` is the one the
    request came through."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    where = [f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    _log.error("request failed door=%s kind=%s where=%s", door, type(error).__name__, ", ".join(where))
