"""Plays a written talk as a modem, and says loudly where the host departs from it. Answers only what is written.

Format of a `.at` file, one thing a line:

    # a comment; the head of a file names its source
    > AT+CSQ\\r             the host sends this; it ends at \\r, \\x1a or \\x1b
    < \\r\\n+CSQ: 17,99\\r\\n  the modem sends this
    ~ 0.05                 the modem waits this many seconds
    = any                  from here on: exchanges the host may begin at any time, in any order, any number of times
    = then                 back to the talk that goes in order

Escapes: \\r \\n \\x1a \\x1b \\0 \\\\. Wildcards in what the host sends: {pdu} hex digits, {len} digits. What the modem
says before the first `>` it says when the line is opened. A step in order comes before the `any` table.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import re
import tty
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

_ESCAPES = {"r": b"\r", "n": b"\n", "0": b"\0", "\\": b"\\"}
_WILDCARDS = {"{pdu}": rb"[0-9A-F]+", "{len}": rb"[0-9]+"}
_UTTERANCE = re.compile(rb"[^\r\x1a\x1b]*[\r\x1a\x1b]")


class TranscriptError(Exception):
    """A transcript is malformed, or the host departed from it."""


@dataclass(frozen=True, slots=True)
class Pause:
    """The modem waits."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Exchange:
    """What the host says, and what the modem says to it. `pattern` None: said when the line is opened."""

    line: int
    pattern: re.Pattern[bytes] | None
    answers: list[bytes | Pause] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Transcript:
    """A parsed file."""

    opening: Exchange
    in_order: tuple[Exchange, ...]
    any_time: tuple[Exchange, ...]

    @classmethod
    def parse(cls, text: str) -> Transcript:
        """Reads the format at the top of the module. Raises TranscriptError with the line's number."""
        opening, ordered, anywhere = Exchange(0, None), list[Exchange](), list[Exchange]()
        current, target = opening, ordered
        for number, line in enumerate(text.splitlines(), 1):
            sign, _, rest = line.partition(" ")
            if sign == ">":
                for utterance in _utterances(rest, number):
                    current = Exchange(number, utterance)
                    target.append(current)
            elif sign == "<":
                current.answers.append(_octets(rest, number))
            elif sign == "~":
                current.answers.append(Pause(float(rest)))
            elif line in ("= any", "= then"):
                target = anywhere if line == "= any" else ordered
            elif line.strip() and sign != "#" and not sign.startswith("#"):
                raise TranscriptError(f"line {number}: unknown sign")
        return cls(opening, tuple(ordered), tuple(anywhere))

    @classmethod
    def load(cls, path: Path) -> Transcript:
        """Reads a file."""
        return cls.parse(path.read_text("utf-8"))


class TranscriptModem:
    """The far end of a cable. `check` raises TranscriptError where the host departed from the script."""

    def __init__(self, transcript: Transcript) -> None:
        self.handed: list[bytes] = []
        """What came with Ctrl-Z: the bodies the host put on the air."""
        self._transcript = transcript
        self._waiting = list(transcript.in_order)
        self._buffer = bytearray()
        self._say: Callable[[bytes], None] = lambda _: None
        self._due = 0.0
        self._deviation = ""

    def attached(self, say: Callable[[bytes], None]) -> None:
        """The host opened the line."""
        self._say = say
        self._buffer.clear()
        self._answer(self._transcript.opening)

    def heard(self, data: bytes) -> None:
        """The host sent bytes; whole utterances are answered."""
        self._buffer += data
        while (utterance := _UTTERANCE.match(self._buffer)) is not None:
            said = utterance[0]
            del self._buffer[: len(said)]
            self._hear(said)

    def check(self, *, finished: bool = True) -> None:
        """Raises TranscriptError if the host said what is not written, or (`finished`) left written steps out."""
        if self._deviation:
            raise TranscriptError(self._deviation)
        if finished and self._waiting:
            raise TranscriptError(f"line {self._waiting[0].line}: the host never came to this step")

    def _hear(self, said: bytes) -> None:
        if said.endswith(b"\x1a") and len(said) > 1:
            self.handed.append(said[:-1])
        if self._waiting and _says(self._waiting[0], said):
            self._answer(self._waiting.pop(0))
            return
        for exchange in self._transcript.any_time:
            if _says(exchange, said):
                self._answer(exchange)
                return
        if not self._deviation:
            expected = f"line {self._waiting[0].line}" if self._waiting else "nothing in order"
            shown = f"a body of {len(said)} octets" if said.endswith(b"\x1a") else repr(said)
            self._deviation = f"expected {expected}, the host sent {shown}"

    def _answer(self, exchange: Exchange) -> None:
        loop = asyncio.get_running_loop()
        self._due = max(self._due, loop.time())
        for answer in exchange.answers:
            if isinstance(answer, Pause):
                self._due += answer.seconds
            else:
                loop.call_at(self._due, self._say, answer)


@contextlib.asynccontextmanager
async def on_pty(modem: TranscriptModem) -> AsyncIterator[str]:
    """Plays the modem on a pty; yields the path the host opens. The line counts as opened at once."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    loop = asyncio.get_running_loop()
    os.set_blocking(master, False)
    loop.add_reader(master, lambda: modem.heard(os.read(master, 4096)))
    try:
        modem.attached(lambda data: _write(master, data))
        yield os.ttyname(slave)
    finally:
        loop.remove_reader(master)
        os.close(master)
        os.close(slave)


def _write(master: int, data: bytes) -> None:
    with contextlib.suppress(OSError):  # the host has gone; what the modem says then is heard by nobody
        os.write(master, data)


def _says(exchange: Exchange, said: bytes) -> bool:
    return exchange.pattern is not None and exchange.pattern.fullmatch(said) is not None


def _utterances(written: str, number: int) -> list[re.Pattern[bytes]]:
    found = re.findall(r"(?:[^\\]|\\[n0\\])*?(?:\\r|\\x1a|\\x1b)", written)
    if not found or "".join(found) != written:
        raise TranscriptError(f"line {number}: what the host sends ends with \\r, \\x1a or \\x1b")
    return [re.compile(_pattern(part, number)) for part in found]


def _pattern(written: str, number: int) -> bytes:
    pieces = re.split(r"(\{pdu\}|\{len\})", written)
    return b"".join(_WILDCARDS.get(piece) or re.escape(_octets(piece, number)) for piece in pieces)


def _octets(written: str, number: int) -> bytes:
    def octet(match: re.Match[str]) -> str:
        word = match[1]
        value = bytes.fromhex(word[1:]) if word.startswith("x") else _ESCAPES.get(word)
        if value is None:
            raise TranscriptError(f"line {number}: unknown escape")
        return value.decode("latin-1")

    return re.sub(r"\\(x[0-9a-fA-F]{2}|.)", octet, written).encode("latin-1")
