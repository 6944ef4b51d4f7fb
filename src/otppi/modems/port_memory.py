"""What the ports answered when they were asked last, and when each may be asked again. Opens nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.domain.recognition import Face
    from otppi.ports.modem import LineSettings

ASK_AGAIN_SECONDS: Final = 30.0
"""How long the answer of a port holds as long as the device behind its path stays the same."""
_FIRST_PAUSE: Final = 1.0


@dataclass(frozen=True, slots=True)
class _Memory:
    """`who` is None for silence, which holds only for a line of the same `form`."""

    mark: tuple[int, ...] | None
    who: Face | None
    form: tuple[object, ...]
    due: float
    pause: float


class PortMemory:
    """By path. `mark` is that of the device behind a path, as `transport.port_mark`: another device, another story."""

    def __init__(self, mark: Callable[[str], tuple[int, ...] | None]) -> None:
        self._mark = mark
        self._known: dict[str, _Memory] = {}

    def note(self, settings: LineSettings, who: Face | None) -> None:
        """Who answered at the path of `settings`, None for silence. A silent port may be asked again soon, since modems
        need a while to start, then ever less often."""
        mark, before, form = self._mark(settings.port), self._known.get(settings.port), _form(settings)
        pause = ASK_AGAIN_SECONDS
        if who is None:
            again = before is not None and (before.mark, before.who, before.form) == (mark, None, form)
            pause = min(before.pause * 2, ASK_AGAIN_SECONDS) if again and before is not None else _FIRST_PAUSE
        self._known[settings.port] = _Memory(mark, who, form, _now() + pause, pause)

    def who(self, path: str) -> Face | None:
        """Who answers at a path, None where nobody did or it must be asked again."""
        memory = self._valid(path)
        return None if memory is None else memory.who

    def worth_asking(self, path: str, settings: LineSettings, own: Face) -> bool:
        """Whether `own` may be at a path: a device is there, and was not heard of as silent or as somebody else."""
        memory = self._valid(path)
        if memory is None:
            return self._mark(path) is not None
        return memory.form != _form(settings) if memory.who is None else own.same(memory.who)

    def _valid(self, path: str) -> _Memory | None:
        memory = self._known.get(path)
        if memory is None or memory.mark != self._mark(path) or _now() >= memory.due:
            return None
        return memory


def _form(settings: LineSettings) -> tuple[object, ...]:
    return settings.baud, settings.parity, settings.stop_bits


def _now() -> float:
    return asyncio.get_running_loop().time()
