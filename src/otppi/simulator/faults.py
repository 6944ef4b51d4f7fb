"""What is made to go wrong in one simulated modem. Pure: it is asked, it never acts."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Step(StrEnum):
    """The points of an exchange at which a modem can stop answering."""

    BEFORE_ECHO = "before_echo"
    BEFORE_REPLY = "before_reply"
    BEFORE_PROMPT = "before_prompt"
    BEFORE_RESULT = "before_result"
    AFTER_RESULT_REFERENCE = "after_result_reference"


class Ending(StrEnum):
    """How a send can end badly once its text was taken."""

    CMS_ERROR = "cms_error"
    CME_ERROR = "cme_error"
    ERROR = "error"
    DROP = "drop_after_ctrl_z"
    REFUSE_SILENTLY = "refuse_silently"
    LATE_REFERENCE = "late_reference"


@dataclass(slots=True)
class Hang:
    """Stop at `step`. `seconds` None: until cleared. `command` limits it to lines that hold that text."""

    step: Step
    seconds: float | None = None
    command: str = ""
    times: int | None = 1


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
    """All faults of one modem. `noise` and `garbage` are chances 0..1 per gap, `slow` octets a second (0: off)."""

    hangs: list[Hang] = field(default_factory=list)
    endings: list[BadEnding] = field(default_factory=list)
    noise: float = 0.0
    garbage: float = 0.0
    slow: int = 0

    def hang_at(self, step: Step, line: str) -> Hang | None:
        """The first hang armed for this step and line, counted as used; None when there is none."""
        wanted = (hang for hang in self.hangs if hang.step is step and hang.command.upper() in line.upper())
        found = next(wanted, None)
        if found is not None:
            _use(self.hangs, found)
        return found

    def ending(self, *, at_prompt: bool) -> BadEnding | None:
        """How the present send ends badly, counted as used; None when it ends well."""
        found = next((ending for ending in self.endings if ending.at_prompt is at_prompt), None)
        if found is not None:
            _use(self.endings, found)
        return found

    def clear(self) -> None:
        """No fault left."""
        self.hangs.clear()
        self.endings.clear()
        self.noise, self.garbage, self.slow = 0.0, 0.0, 0

    def words(self) -> Iterator[str]:
        """One short word per fault, for `status`."""
        yield from (f"hang {hang.step} x{_count(hang.times)}" for hang in self.hangs)
        yield from (f"{ending.kind} x{_count(ending.times)}" for ending in self.endings)
        yield from (f"{spot.name} {getattr(self, spot.name)}" for spot in fields(self)[2:] if getattr(self, spot.name))


def _use(faults: list[Hang] | list[BadEnding], fault: Hang | BadEnding) -> None:
    if fault.times is None:
        return
    fault.times -= 1
    if fault.times <= 0:
        del faults[next(place for place, other in enumerate(faults) if other is fault)]


def _count(times: int | None) -> str:
    return "all" if times is None else str(times)
