"""What the engine tells. Answers (to the step in flight) and news (unasked). Nothing private shows in a repr."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from otppi.at.commands import Command, Step
from otppi.at.urc import Urc

if TYPE_CHECKING:
    from otppi.at.results import Final


class Waiting(StrEnum):
    """What a time limit is for."""

    REPLY = "reply"
    GRACE = "grace"
    PROMPT = "prompt"
    RESULT = "result"
    DRAIN = "drain"


@dataclass(frozen=True, slots=True)
class Wait:
    """Call `expire` when `seconds` have passed since this wait was first seen. A new `number` is a new wait.

    With `idle`: already when nothing came from the modem for that long.
    """

    seconds: float
    kind: Waiting
    number: int
    idle: float | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A command ended. `lines` are its own lines; with HEADER_PDU, header and PDU by turns.

    `implied`: no final result came, the answer alone ended it.
    """

    command: Command | None
    final: Final
    lines: tuple[str, ...] = field(default=(), repr=False)
    implied: bool = False


@dataclass(frozen=True, slots=True)
class Prompt:
    """The PDU prompt is open."""


@dataclass(frozen=True, slots=True)
class Expired:
    """The time limit of the step in flight passed; its late answer may still come."""

    kind: Waiting


@dataclass(frozen=True, slots=True)
class Drained:
    """A drain is over. `prompted`: a prompt was seen, so the modem is waiting for a text."""

    prompted: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """The line is gone; no step will be answered any more."""


@dataclass(frozen=True, slots=True)
class Marked:
    """What the shell answers to a Mark; the engine never makes one."""

    go: bool


@dataclass(frozen=True, slots=True)
class Late:
    """`+CMGS: reference` for a body whose result was given up."""

    reference: int


@dataclass(frozen=True, slots=True)
class Garbage:
    """A line that belongs to nothing known; `length` in characters, None for one past the limit."""

    length: int | None


Answer = Reply | Prompt | Expired | Drained | Lost | Marked
News = Urc | Late | Garbage
Event = Reply | Prompt | Expired | Drained | Lost | Urc | Late | Garbage

T = TypeVar("T")
Dialogue = Generator[Step, Answer, T]
"""A talk for one purpose: yields steps, is sent the answer to each, and returns what came of it."""
