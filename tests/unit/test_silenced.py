"""Every check that is silenced at a line has its reason beside it. (Needless ones are found by ruff and mypy.)"""

from __future__ import annotations

import re
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(path for part in ("src", "tests", "script", "benchmarks") for path in (ROOT / part).rglob("*.py"))
SILENCED = re.compile(r"#\s*(?:noqa|type:\s*ignore)", re.IGNORECASE)
REASONED = re.compile(
    r"# (?:noqa: [A-Z]+[0-9]+(?:, ?[A-Z]+[0-9]+)* (?:- | )|type: ignore\[[a-z-]+(?:, ?[a-z-]+)*\]  # )\w.{3,}"
)
"""The rules by name, and words."""


def without_reason(comments: list[str]) -> list[str]:
    return [comment for comment in comments if SILENCED.match(comment) and REASONED.fullmatch(comment) is None]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_is_silenced_has_its_reason_beside_it(path: Path) -> None:
    with path.open("rb") as source:
        comments = [token.string for token in tokenize.tokenize(source.readline) if token.type == tokenize.COMMENT]
    assert without_reason(comments) == []


def test_what_counts_as_a_reason() -> None:
    good = ["# noqa: S311 - no secret", "# noqa: BLE001, S112 - whatever it is", "# type: ignore[misc]  # bound now"]
    bad = ["# noqa", "# noqa: S311", "# noqa: S311 -", "# type: ignore", "# type: ignore[misc]", "# noqa: S311 - x"]
    assert without_reason([*good, "# an ordinary comment", *bad]) == bad
