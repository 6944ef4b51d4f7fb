"""What is told of a text before it costs anything: its size, and what is unwise about it."""

from __future__ import annotations

import pytest

from otppi.app.v1.linting import Preview, fits_retriever, preview
from otppi.domain.secret import Secret
from otppi.domain.wording import DEFAULT_TEMPLATE, Wording, checked

HASH = "FA+9qCX9VSu"


def look(template: str = DEFAULT_TEMPLATE, *, brand: str = "Shop", ttl: float = 300, **fields: str) -> Preview:
    wording = checked(Wording(Secret(template), brand, max(1, int(ttl // 60)), **fields))
    return preview(wording, length=6, ttl=ttl)


def kinds(seen: Preview) -> list[str]:
    return [remark.kind for remark in seen.warnings]


def test_the_default_text_is_one_sms_without_a_warning() -> None:
    seen = look()
    text = "000000 is your Shop code. It ends in 5 minutes."
    assert seen == Preview("gsm7", 1, len(text), len(text), (), ())


@pytest.mark.parametrize(
    ("template", "alphabet", "segments", "outside"),
    [
        ("{code}" + "x" * 154, "gsm7", 1, ()),
        ("{code}" + "x" * 155, "gsm7", 2, ()),
        ("{code}" + "€" * 77, "gsm7", 1, ()),
        ("{code}" + "€" * 78, "gsm7", 2, ()),
        ("{code} “x” “y”", "ucs2", 1, ("“", "”")),
        ("{code} “" + "x" * 62, "ucs2", 1, ("“",)),
        ("{code} “" + "x" * 63, "ucs2", 2, ("“",)),
        ("{code} 🔒" + "x" * 62, "ucs2", 2, ("🔒",)),
    ],
)
def test_size_and_alphabet_are_those_of_the_air(
    template: str, alphabet: str, segments: int, outside: tuple[str, ...]
) -> None:
    seen = look(template)
    assert (seen.alphabet, seen.segments, seen.outside_gsm) == (alphabet, segments, outside)
    assert ("ucs2" in kinds(seen), "segments" in kinds(seen)) == (bool(outside), segments > 1)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"template": "x" * 34 + "{code}"}, None),
        ({"template": "x" * 35 + "{code}"}, "code_late"),
        ({"template": "{brand} {code}", "brand": "x" * 40}, "code_late"),
        ({"template": "{code} https://example.com"}, "link"),
        ({"template": "{code} www.example.com"}, "link"),
        ({"template": "{code} example.com/x"}, "link"),
        ({"template": "{code} for example.com."}, None),
        ({"template": "{code} {ttl}", "ttl": 90}, "ttl"),
        ({"template": "{code} {ttl}", "ttl": 30}, "ttl"),
        ({"template": "{code}", "ttl": 90}, None),
        ({"template": "{code}", "app_hash": HASH}, None),
        ({"template": "{code}", "origin": "example.com"}, None),
        ({"template": "@example.com #{code}"}, None),
        ({"template": "@example.com #{code} %frame.example"}, None),
        ({"template": "@example.com #{code}\nThank you"}, "origin"),
        ({"template": "@example.com {code}"}, "origin"),
        ({"template": "@example #{code}"}, "origin"),
        ({"template": f"{{code}}\n{HASH}\nThank you"}, "app_hash"),
        ({"template": f"{{code}}\n{HASH}"}, None),
        ({"template": "{code}\ninformation\nThank you"}, None),
        ({"template": f"<#> {{code}}\n{HASH}"}, None),
        ({"template": "<#> {code}"}, "app_hash"),
        ({"template": "{code}" + "x" * 122, "app_hash": HASH}, None),
        ({"template": "{code}" + "x" * 123, "app_hash": HASH}, "retriever"),
        ({"template": "<#> {code} " + "x" * 120 + f" {HASH}"}, "retriever"),
    ],
)
def test_each_warning_has_its_cause(fields: dict[str, str], kind: str | None) -> None:
    assert kinds(look(**fields)) == ([] if kind is None else [kind])  # type: ignore[arg-type]  # ttl among the texts


def test_the_retriever_counts_octets_not_characters() -> None:
    wording = checked(Wording(Secret("{code}" + "é" * 61), "", 5, HASH))
    assert fits_retriever(wording, length=6)
    assert not fits_retriever(wording, length=7)


def test_no_warning_holds_the_text() -> None:
    seen = look("x" * 60 + " secretword https://a.example/ “{code}”")
    assert kinds(seen) == ["ucs2", "segments", "code_late", "link"]
    assert all("secretword" not in remark.detail for remark in seen.warnings)
