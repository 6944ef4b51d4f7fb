"""The pieces dialogues are made of: one question, and what silence after it means. Knows the meaning of no answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from otppi.at import answers, commands
from otppi.at.commands import Drain
from otppi.at.events import Dialogue, Drained, Lost, Reply

if TYPE_CHECKING:
    from otppi.at.commands import Command

T = TypeVar("T")


class Silent(Exception):
    """The modem answers nothing any more. Never leaves a dialogue that others call."""


def resync() -> Dialogue[bool]:
    """Brings a modem in an unknown state back to one that answers AT with OK. False: it does not answer.

    ESC leaves an open prompt, CR a half command; Ctrl-Z comes last, for a prompt that takes no ESC: what it would
    send then is no valid PDU.
    """
    yield from _drain(b"\x1b\r")
    for attempt in range(3):
        if (yield from _alive(late=attempt > 0)):
            return True
    yield from _drain(b"\x1a\r")
    return (yield from _alive(late=True))


def unasked(dialogue: Dialogue[T]) -> T:
    """What a dialogue ends with where the line is lost before it has begun: nothing of it is sent."""
    try:
        next(dialogue)
        while True:
            dialogue.send(Lost())
    except StopIteration as end:
        value: T = end.value
        return value


def unless_silent(dialogue: Dialogue[T], otherwise: T) -> Dialogue[T]:
    """The dialogue's value, or the other one where the modem fell silent on the way."""
    try:
        return (yield from dialogue)
    except Silent:
        return otherwise


def patient(command: Command) -> Dialogue[Reply]:
    """The reply. One time-out is forgiven if the modem then answers AT; Silent after a second one."""
    for _ in range(2):
        if (answer := (yield from optional(command))) is not None:
            return answer
    raise Silent


def optional(command: Command) -> Dialogue[Reply | None]:
    """The reply, or None after a time-out that the modem survived; Silent if it did not.

    Where no final result came and the answer stood alone, its OK may only be slow: it is let pass, so that it cannot
    answer the next command.
    """
    answer = yield command
    if isinstance(answer, Reply):
        if answer.implied:
            yield Drain()
        return answer
    if isinstance(answer, Lost) or not (yield from resync()):
        raise Silent
    return None


def lines_of(command: Command) -> Dialogue[tuple[str, ...]]:
    """The lines of the answer; none after an error or a time-out."""
    answer = yield from optional(command)
    return answer.lines if answer is not None and answer.final.ok else ()


def ask(command: Command) -> Dialogue[str | None]:
    """The first line of the answer, None where there is none."""
    lines = yield from lines_of(command)
    return lines[0] if lines else None


def bare(command: Command) -> Dialogue[str]:
    """A bare answer as `answers.bare` reads it, "" where there is none."""
    line = yield from ask(command)
    return answers.bare(line) if line is not None else ""


def accepts(command: Command) -> Dialogue[bool]:
    """Whether the modem says OK to it."""
    answer = yield from optional(command)
    return answer is not None and answer.final.ok


def _drain(octets: bytes) -> Dialogue[None]:
    drained = yield Drain(octets)
    if isinstance(drained, Drained) and drained.prompted:
        yield Drain(b"\x1b")


def _alive(*, late: bool) -> Dialogue[bool]:
    """One AT. `late`: earlier ones went unanswered, so their OKs may still come and must not answer anything else."""
    answer = yield commands.ATTENTION
    alive = isinstance(answer, Reply) and answer.final.ok
    if alive and late:
        yield Drain()
    return alive
