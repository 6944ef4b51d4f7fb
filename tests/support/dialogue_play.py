"""Plays the modem's part of a dialogue by hand: a table says what is answered, a list records what was asked."""

from __future__ import annotations

from typing import TypeVar

from otppi.at.commands import Command, Drain, Mark, Step
from otppi.at.events import Answer, Dialogue, Drained, Expired, Lost, Marked, Prompt, Reply, Waiting
from otppi.at.results import OK, Final

T = TypeVar("T")
TIMED_OUT = Expired(Waiting.REPLY)


class Play:
    """Answers each step from `table` (by command text); steps not in it get OK. Lists are used up one by one."""

    def __init__(self, table: dict[str, object]) -> None:
        self.table = table
        self.asked: list[str] = []
        self.steps: list[Step] = []

    def run(self, dialogue: Dialogue[T]) -> T:
        try:
            step = next(dialogue)
            while True:
                step = dialogue.send(self.answer(step))
        except StopIteration as end:
            result: T = end.value
            return result

    def answer(self, step: Step) -> Answer:
        name = step.text if isinstance(step, Command) else type(step).__name__
        self.asked.append(name)
        self.steps.append(step)
        found = self.table.get(name)
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        return self._answer(step, found)

    @staticmethod
    def _answer(step: Step, found: object) -> Answer:
        command = step if isinstance(step, Command) else None
        if isinstance(found, Reply | Prompt | Expired | Drained | Lost | Marked):
            return found
        if isinstance(found, Final):
            return Reply(command, found)
        if isinstance(found, str | tuple):
            return Reply(command, OK, (found,) if isinstance(found, str) else found)
        if isinstance(step, Drain):
            return Drained()
        return Marked(go=True) if isinstance(step, Mark) else Reply(command, OK)
