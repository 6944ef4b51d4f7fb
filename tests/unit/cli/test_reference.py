"""The pages that tables in code give say what the tables say."""

from __future__ import annotations

from pathlib import Path

import pytest

from otppi.at.codes import CME_WORDS, CMS_WORDS, ErrorClass, classify
from otppi.cli import error_reference
from otppi.cli.reference import PAGES, render
from otppi.domain.settings import ROWS

_ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_the_page_in_the_repository_is_the_one_the_table_gives(page: Path) -> None:
    written = (_ROOT / page).read_text("utf-8")
    assert written == PAGES[page](), "run `python -m otppi.cli.reference` and commit the page"


def test_every_code_and_class_is_on_the_page_of_errors() -> None:
    lines = error_reference.render().splitlines()
    for error_class in ErrorClass:
        assert any(line.startswith(f"| `{error_class}` |") for line in lines)
    for code, words in CMS_WORDS.items():
        assert any(line.startswith(f"| {code} | {words} | `{classify('cms', code)}` | 3GPP TS 2") for line in lines), (
            code
        )
    for code, words in CME_WORDS.items():
        assert any(line.startswith(f"| {code} | {words} | `{classify('cme', code)}` | ") for line in lines), code
    assert any(line.startswith("| 131-142 | reserved protocol identifier error | `message` |") for line in lines)


def test_every_setting_is_on_the_page_with_rule_default_and_help() -> None:
    page = render()
    for row in ROWS.values():
        (line,) = [line for line in page.splitlines() if line.startswith(f"| `{row.name}` |")]
        assert row.kind.rule in line
        assert f"`{row.default_text}`" in line
        assert row.help in line
        assert row.readme in line
