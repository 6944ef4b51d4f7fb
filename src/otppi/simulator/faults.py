"""What is made to go wrong in one simulated modem. Pure: it is asked, it never acts."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Step(StrEnum):
    """The points of an exchange at which something can go wrong, in the order they are passed.

    Every command passes the first two and BEFORE_FINAL; +CMGS, +CMGW and +CMSS pass those of the prompt, the body and
    the result as far as they have them.
    """

    BEFORE_ECHO = "before_echo"
    """The line is there, nothing of it is echoed."""
    BEFORE_REPLY = "before_reply"
    """The line is echoed, nothing is answered."""
    BEFORE_PROMPT = "before_prompt"
    BODY = "body"
    """The prompt is out and the first octet of the body has come."""
    BEFORE_AIR = "before_air"
    """Ctrl-Z has come; the SMS is not on the air."""
    BEFORE_RESULT = "before_result"
    """The SMS is on the air; +CMGS: is not answered."""
    AFTER_RESULT_REFERENCE = "after_result_reference"
    """+CMGS: is answered, OK is not."""
    BEFORE_FINAL = "before_final"
    """All of a command's answer but its OK."""


class Trouble(StrEnum):
    """What can go wrong at a step."""

    HANG = "hang"
    """Silent and deaf for `seconds`, or until clear; then it goes on where it stopped, and what was typed is taken."""
    DROP = "drop"
    """Power and port are gone; back by themselves after `seconds`, if given."""
    REBOOT = "reboot"
    """It restarts by itself: what it was doing is forgotten, boot lines come, the port does as the family has it."""
    CMS_ERROR = "cms_error"
    CME_ERROR = "cme_error"
    ERROR = "error"
    """These end the command line with `code`, whatever was to come."""
    GARBAGE = "garbage"
    """`count` octets that are no text, and half a line."""
    NOISE = "noise"
    """`count` unsolicited lines."""
    HALF_LINE = "half_line"
    """The next thing it writes stops in the middle and is never finished; then a hang as above (`seconds` 0: none)."""
    LOSE = "lose"
    """After `skip` octets from the terminal the next `count` never arrive."""
    MANGLE = "mangle"
    """After `skip` octets from the terminal the next `count` arrive with their highest bit inverted."""
    LOSE_END = "lose_end"
    """After `skip` of them, the next `count` CRs, Ctrl-Zs and ESCs from the terminal never arrive."""


REFUSALS = (Trouble.CMS_ERROR, Trouble.CME_ERROR, Trouble.ERROR)


class Ending(StrEnum):
    """How a send can end badly once its text was taken."""

    CMS_ERROR = "cms_error"
    CME_ERROR = "cme_error"
    ERROR = "error"
    DROP = "drop_after_ctrl_z"
    REFUSE_SILENTLY = "refuse_silently"
    LATE_REFERENCE = "late_reference"
    """Deaf for `seconds` after the air, then +CMGS: and OK."""
    STRAY_REFERENCE = "stray_reference"
    """Says nothing after the air but takes commands; +CMGS: and OK come after `seconds`, between others."""


@dataclass(slots=True)
class Fault:
    """`trouble` at `step`. `seconds`, `code`, `count` and `skip` are as the trouble says.

    `command` limits it to lines that hold that text. `times` None: always.
    """

    step: Step
    trouble: Trouble = Trouble.HANG
    seconds: float | None = None
    code: int = 500
    count: int = 1
    command: str = ""
    times: int | None = 1
    skip: int = 0


@dataclass(slots=True)
class BadEnding:
    """`code` is the CMS or CME code, `seconds` the lateness of a late reference.

    `at_prompt`: a refusal comes in place of the prompt. `times` None: every send.
    """

    kind: Ending
    code: int = 500
    seconds: float = 0.0
    at_prompt: bool = False
    times: int | None = 1


@dataclass(slots=True)
class Faults:
    """All faults of one modem. `noise` and `garbage` are chances 0..1 per gap (0: off).

    `slow`: octets a second it writes at most. `spacing`: seconds after a final result in which it hears nothing.
    `noise_every`: mean seconds between unsolicited lines in idle times (0: none).
    """

    steps: list[Fault] = field(default_factory=list)
    endings: list[BadEnding] = field(default_factory=list)
    noise: float = 0.0
    garbage: float = 0.0
    slow: int = 0
    spacing: float = 0.0
    noise_every: float = 0.0

    def armed(self, step: Step) -> bool:
        """Whether anything can go wrong at `step`."""
        return any(fault.step is step for fault in self.steps)

    def at(self, step: Step, line: str) -> Iterator[Fault]:
        """Everything armed for this step and line, in the order given; counted as used when it is taken."""
        for fault in [each for each in self.steps if each.step is step and each.command.upper() in line.upper()]:
            _use(self.steps, fault)
            yield fault

    def ending(self, *, at_prompt: bool) -> BadEnding | None:
        """How the present send ends badly, counted as used; None when it ends well."""
        found = next((ending for ending in self.endings if ending.at_prompt is at_prompt), None)
        if found is not None:
            _use(self.endings, found)
        return found

    def clear(self) -> None:
        """No fault left."""
        self.steps.clear()
        self.endings.clear()
        self.noise, self.garbage, self.slow, self.spacing, self.noise_every = 0.0, 0.0, 0, 0.0, 0.0

    def words(self) -> Iterator[str]:
        """One short word per fault, for `status`."""
        yield from (f"{fault.trouble} {fault.step} x{_count(fault.times)}" for fault in self.steps)
        yield from (f"{ending.kind} x{_count(ending.times)}" for ending in self.endings)
        yield from (f"{spot.name} {getattr(self, spot.name)}" for spot in fields(self)[2:] if getattr(self, spot.name))


def _use(faults: list[Fault] | list[BadEnding], fault: Fault | BadEnding) -> None:
    if fault.times is None:
        return
    fault.times -= 1
    if fault.times <= 0:
        del faults[next(place for place, other in enumerate(faults) if other is fault)]


def _count(times: int | None) -> str:
    return "all" if times is None else str(times)
