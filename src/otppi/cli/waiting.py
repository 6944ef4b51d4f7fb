"""Tells the owner at a terminal that a command is at work. Says nothing where nobody looks."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_BEAT_SECONDS: Final = 0.5


@contextmanager
def waiting(what: str, *, quiet: bool) -> Iterator[None]:
    """While the context is open, one line on standard error counts the seconds; it is wiped at the end."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    over = threading.Event()
    teller = threading.Thread(target=_tell, args=(what, over), daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def _tell(what: str, over: threading.Event) -> None:
    began = time.monotonic()
    while not over.wait(_BEAT_SECONDS):
        sys.stderr.write(f"\r{what} ... {time.monotonic() - began:.0f} s")
        sys.stderr.flush()
