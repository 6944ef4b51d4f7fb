"""`python -m otppi.simulator.reference`: writes docs/reference/simulated-modems.md; a test compares them.

With a path as argument it writes there instead.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from otppi.simulator.families import family, names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otppi.simulator.family import Fact, Family, Stage

PAGE: Final = Path("docs/reference/simulated-modems.md")

_HEAD: Final = """# Simulated modems

<!-- Written by `python -m otppi.simulator.reference` from src/otppi/simulator/families. Do not edit by hand. -->

What sets each family of `otppi simulate --family` apart, and who says so. Everything else is as V.250, 3GPP TS 27.005
and 27.007 have it. How to use them: [the simulator](../simulator.md).
"""


def render() -> str:
    """The page."""
    return "\n".join([_HEAD, *(_section(family(name)) for name in names())])


def _section(found: Family) -> str:
    lines = [f"## {found.name}", "", f"{_code(found.manufacturer)}, {_code(found.model)}, {_code(found.revision)}.", ""]
    lines += ["| at power-on, after | it writes | then it has |", "|---|---|---|"]
    lines += _stages("", found.boot)
    lines += _stages("a usable card + ", found.usable)
    lines += ["", "| about | fact | source |", "|---|---|---|"]
    return "\n".join([*lines, *(_row(fact) for fact in found.facts), ""])


def _stages(after: str, stages: tuple[Stage, ...]) -> Iterator[str]:
    for stage in stages:
        brings = "" if stage.brings is None else str(stage.brings)
        yield f"| {after}{stage.after:g} s | {_code(stage.line) if stage.line else ''} | {brings} |"


def _row(fact: Fact) -> str:
    return f"| {_code(fact.about)} | {fact.says} | {fact.source} |"


def _code(text: str) -> str:
    return f"`{text.strip()}`"


if __name__ == "__main__":
    Path(sys.argv[1] if len(sys.argv) > 1 else PAGE).write_text(render(), encoding="utf-8")
