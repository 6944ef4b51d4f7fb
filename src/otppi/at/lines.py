"""Cuts what a modem sends into lines and prompts. Knows nothing of what the lines mean.

Any run of CR, LF and NUL ends a line, so `\\r\\n`, `\\r`, `\\n` and `\\r\\r\\n` (Huawei E1752) are one thing, and empty
lines do not exist. The prompt of 3GPP TS 27.005 3.5.1 (CR LF `>` space) has no line end: it is taken only while
the caller expects one, the moment `>` opens a line. Each decision depends on the bytes before it, never on how they
were chunked.
"""

from __future__ import annotations

import re
from enum import Enum

LINE_LIMIT = 4096
"""Octets of one line; the longest legal one, a +CMT or +CDS PDU, has 2 x 176 octets."""

_BLANK = bytes(range(0x21))
_LINE_END = re.compile(rb"[\r\n]")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")


class Mark(Enum):
    """What the splitter can find besides a line of text."""

    PROMPT = "prompt"
    OVERLONG = "overlong"


class LineSplitter:
    """Feed bytes, then ask for items until None. Holds at most one line beyond what was fed last."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._discarding = False

    def feed(self, data: bytes) -> None:
        """Take in received bytes."""
        self._buffer += data

    def next_item(self, *, prompt: bool) -> str | Mark | None:
        """The next line without its ends, a mark, or None when more bytes are needed.

        With `prompt`, a `>` that opens a line is the prompt and is consumed alone.
        """
        if self._discarding and not self._skip_line():
            return None
        self._strip_left()
        if prompt and self._buffer.startswith(b">"):
            del self._buffer[:1]
            return Mark.PROMPT
        end = _LINE_END.search(self._buffer)
        if end is None:
            return self._overlong_tail()
        raw = bytes(self._buffer[: end.start()])
        del self._buffer[: end.end()]
        return Mark.OVERLONG if len(raw) > LINE_LIMIT else _text(raw)

    def forget_prompt(self) -> None:
        """Drop a `>` left over from an earlier exchange, so that it cannot open the next one."""
        self._strip_left()
        if self._buffer.startswith(b">"):
            self._buffer.clear()

    def _overlong_tail(self) -> Mark | None:
        if len(self._buffer) <= LINE_LIMIT:
            return None
        self._buffer.clear()
        self._discarding = True
        return Mark.OVERLONG

    def _skip_line(self) -> bool:
        end = _LINE_END.search(self._buffer)
        if end is None:
            self._buffer.clear()
            return False
        del self._buffer[: end.end()]
        self._discarding = False
        return True

    def _strip_left(self) -> None:
        stripped = self._buffer.lstrip(_BLANK)
        if len(stripped) != len(self._buffer):
            self._buffer = stripped


def _text(raw: bytes) -> str:
    # Latin-1 maps every octet, so decoding cannot fail; stray controls (XON, NUL, an echoed Ctrl-Z) are dropped.
    return _CONTROLS.sub("", raw.decode("latin-1")).strip()
