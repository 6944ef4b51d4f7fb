"""The pages that tables in code give say what the tables say."""

from __future__ import annotations

from pathlib import Path

import pytest

from otppi.at import tries
from otppi.at.codes import CME_WORDS, CMS_WORDS, ErrorClass, classify
from otppi.at.profiles.table import VENDORS
from otppi.cli import error_reference, profile_reference, subscriber_reference
from otppi.cli.reference import PAGES, render
from otppi.domain.settings import ROWS
from otppi.domain.subscriber import Method, rows_of

_ROOT = Path(__file__).parents[3]
_README_ALL = ("Enable", "SSL", "Host", "Port", "Username", "Password", "Topic", "Timeout", "Refresh Connection")
_README = {
    Method.WEBSOCKET: (*_README_ALL, "Path", "Reconnect Delay"),
    Method.RABBITMQ: _README_ALL,
    Method.REDIS: (*_README_ALL, "Reconnect Delay"),
    Method.MQTT: (*_README_ALL, "Client ID"),
}
"""The fields of the OTP-Pi README's four tables of subscribers: WSMessageBroker, RabbitMQ, Redis, Mosquitto."""


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


def test_every_fact_of_every_profile_is_on_the_page_with_its_source() -> None:
    page = profile_reference.render()
    assert profile_reference.unexplained() == frozenset()
    for profile in VENDORS:
        own = page.split(f"\n## {profile.name}\n")[1].split("\n## ")[0]
        for fact in profile.facts:
            (line,) = [line for line in own.splitlines() if line.startswith(f"| `{fact.field}` |")]
            assert fact.says in line
            assert fact.source in line
        assert [sentence for sentence in profile.unverified if f"- {sentence}" not in own] == []
        assert [pattern.name for pattern in profile.urcs if f"`{pattern.name}`" not in own] == []
        assert [reset for reset in profile.resets if f"`{reset}`" not in own] == []
        assert [code.code for code in profile.cms if f"| {code.code} | {code.words} |" not in own] == []
    for query in tries.ALL:
        assert f"| `{query.text}` | {query.source} |" in page


def test_every_setting_is_on_the_page_with_rule_default_and_help() -> None:
    page = render()
    for row in ROWS.values():
        (line,) = [line for line in page.splitlines() if line.startswith(f"| `{row.name}` |")]
        assert row.kind.rule in line
        assert f"| {f'`{row.default_text}`' if row.default_text else 'empty'} |" in line
        assert row.help in line
        assert row.readme in line
        assert ("**No effect yet.**" in line) is row.unused


def subscriber_section(title: str) -> list[str]:
    return subscriber_reference.render().split(f"\n## {title}\n")[1].split("\n## ")[0].splitlines()


@pytest.mark.parametrize("method", Method)
def test_everything_that_can_be_set_of_a_subscriber_is_on_its_page(method: Method) -> None:
    lines = subscriber_section("All methods")
    lines += subscriber_section(f"{subscriber_reference.TITLES[method]} (`{method.value}`)")
    for row in rows_of(method):
        (line,) = [line for line in lines if line.startswith(f"| `{row.name}` |")]
        assert f"| {row.kind.rule} | {f'`{row.default_text}`' if row.default_text else 'empty'} | {row.help}" in line
        assert (f"(OTP-Pi README: {row.readme})" in line) is bool(row.readme)


@pytest.mark.feature("F047", "F049", "F055", "F060", "F064")
@pytest.mark.parametrize("method", Method)
def test_every_field_of_the_readme_can_be_set_and_is_on_the_page(method: Method) -> None:
    ours = [row.readme for row in rows_of(method) if row.readme]
    assert len(ours) == len(set(ours))
    assert set(_README[method]) - {"Password"} <= set(ours)
    assert "(README: Password)" in subscriber_reference.render()
