"""What the tables of the fault matrix are made of: kinds of faults, steps of a send, and cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from otppi.ports.modem import Outcome

SLOW = 30.0
DAMAGE: Mapping[str, Mapping[str, object]] = {
    "lost": {"kind": "lose", "count": 3},
    "end lost": {"kind": "lose_end"},
    "mangled": {"kind": "mangle", "skip": 2},
}
"""These hit what the driver sends at the step or next after it."""
REFUSALS: Mapping[str, Mapping[str, object]] = {
    "cms": {"kind": "cms_error", "code": 500},
    "cme": {"kind": "cme_error", "code": 100},
    "error": {"kind": "error"},
}
TROUBLES: Mapping[str, Mapping[str, object]] = {
    "hang": {"kind": "hang"},
    "slow": {"kind": "hang", "seconds": SLOW},
    "drop": {"kind": "drop", "seconds": 5},
    "reboot": {"kind": "reboot"},
    "garbage": {"kind": "garbage", "count": 200},
    "noise": {"kind": "noise", "count": 5},
    "partial": {"kind": "half_line", "seconds": 0},
}
"""These hit the modem, or what it says."""
EVERY: Mapping[str, Mapping[str, object]] = {**TROUBLES, **DAMAGE, **REFUSALS}

PROMPT = ("before_echo", "before_reply", "before_prompt")
"""Nothing of the text has left."""
TEXT = ("body", "before_air", "before_result")
"""The text has left, or leaves; no reference has come."""
ENDING = ("after_result_reference", "before_final")
"""+CMGS: is there, and its OK is not."""


class Cell(NamedTuple):
    """The outcome, the states from AT+CMGS= until it is ready by itself, and whether a reference is told late."""

    outcome: type[Outcome]
    path: str
    late: bool = False


UNTOUCHED = "busy ready"
"""The path of a send that goes as always."""


def order(step: str, command: str, fault: Mapping[str, object]) -> dict[str, object]:
    """The order that puts a fault at a step of a command."""
    return {"do": "fault", "step": step, "command": command, **fault}


def cells(table: Mapping[str, tuple[Cell, ...]], *columns: Sequence[str]) -> list[Any]:
    """One parameter set of fault, step and cell for each step; a column of the table stands for several steps."""
    return [
        pytest.param(fault, step, cell, id=f"{fault}-{step}")
        for fault, row in table.items()
        for steps, cell in zip(columns, row, strict=True)
        for step in steps
    ]
