"""The settings page says what the table says."""

from __future__ import annotations

from pathlib import Path

from otppi.cli.reference import PAGE, render
from otppi.domain.settings import ROWS

_ROOT = Path(__file__).parents[3]


def test_the_page_in_the_repository_is_the_one_the_table_gives() -> None:
    assert (_ROOT / PAGE).read_text("utf-8") == render(), "run `python -m otppi.cli.reference` and commit the page"


def test_every_setting_is_on_the_page_with_rule_default_and_help() -> None:
    page = render()
    for row in ROWS.values():
        (line,) = [line for line in page.splitlines() if line.startswith(f"| `{row.name}` |")]
        assert row.kind.rule in line
        assert f"`{row.default_text}`" in line
        assert row.help in line
        assert row.readme in line
