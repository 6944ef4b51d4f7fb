"""The documents of the simulator say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from otppi.simulator import families
from otppi.simulator.faults import Step, Trouble
from otppi.simulator.orders import ORDERS
from otppi.simulator.reference import PAGE, render

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs/simulator.md").read_text("utf-8")


def named(heading: str) -> set[str]:
    """What stands in backticks in the first cells of the tables under `heading`."""
    section = GUIDE.split(f"## {heading}\n")[1].split("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {word for cell in cells for word in re.findall(r"`(\w+)`", cell)}


def test_the_page_of_families_is_what_the_families_say() -> None:
    assert (ROOT / PAGE).read_text("utf-8") == render()


def test_every_order_step_trouble_and_family_is_in_the_guide() -> None:
    assert named("Orders") == set(ORDERS)
    assert named("Faults at each step") == {*Step, *Trouble}
    assert named("Families") == set(families.names())
