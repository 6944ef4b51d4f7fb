"""The text of a code: placeholders replaced once and literally, and the last lines that software reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otppi.domain.secret import Secret
from otppi.domain.wording import (
    DEFAULT_TEMPLATE,
    BadWording,
    Wording,
    checked,
    compose,
    minutes_of,
    without_code,
)

CODE = "482913"


def wording(template: str = DEFAULT_TEMPLATE, brand: str = "Shop", **fields: str) -> Wording:
    return checked(Wording(Secret(template), brand, 5, **fields))


def test_the_default_names_code_brand_and_minutes() -> None:
    assert compose(wording(), CODE) == "482913 is your Shop code. It ends in 5 minutes."


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{code}", "482913"),
        ("{brand} {brand}: {code} ({ttl}, {ttl})", "Shop Shop: 482913 (5, 5)"),
        ("%s %d {code} 100% %(x)s", "%s %d 482913 100% %(x)s"),
        ("{{code}}", "{482913}"),
        ("} {code} {", "} 482913 {"),
        (" \r\nKode {code}\n ", "Kode 482913"),
        ("Kode\n{code}\r\n!", "Kode\n482913\r\n!"),
    ],
)
def test_only_the_known_placeholders_are_replaced(template: str, text: str) -> None:
    assert compose(wording(template), CODE) == text


def test_what_is_put_in_is_never_looked_at_again() -> None:
    assert compose(wording("{brand} {code}", brand="{code} {ttl} {x}"), CODE) == "{code} {ttl} {x} 482913"


@pytest.mark.parametrize(
    "template",
    [
        *("Kode", "", "   ", "{code} {code}", "{CODE}", "{code} {name}", "{code} {}", "{code} {0}", "{code} {code!r}"),
        *(
            "{code:>999999999}",
            "{code} {0.__class__}",
            "{code.x}",
            "{code}\x1b",
            "{code}\x00",
            "{code}\t",
            "{code}\x85",
        ),
    ],
)
def test_any_other_template_is_refused_without_being_shown(template: str) -> None:
    with pytest.raises(BadWording, match=r"^template (must|may) hold|^template must not hold") as refused:
        wording(template)
    assert template.strip() == "" or template not in str(refused.value)


def test_the_last_line_names_the_app_or_the_host() -> None:
    assert compose(wording("Kode {code}", app_hash="FA+9qCX9VSu"), CODE) == "Kode 482913\nFA+9qCX9VSu"
    assert compose(wording("Kode {code}", origin="example.com"), CODE) == "Kode 482913\n@example.com #482913"


@pytest.mark.parametrize(
    "fields",
    [
        {"app_hash": "FA+9qCX9VS"},
        {"app_hash": "FA+9qCX9VSu="},
        {"app_hash": "FA-9qCX9VSu"},
        {"origin": "https://example.com"},
        {"origin": "Example.com"},
        {"origin": "localhost"},
        {"origin": "example.com/x"},
        {"origin": "example.com #1"},
        {"origin": "-a.example"},
        {"origin": "a..example"},
        {"origin": "127.0.0.1"},
        {"origin": "x" * 64 + ".example"},
        {"origin": ".".join(["abcdefgh"] * 29)},
        {"origin": "example.com\n"},
        {"app_hash": "FA+9qCX9VSu", "origin": "example.com"},
        {"brand": "x" * 41},
        {"brand": "a\nb"},
    ],
)
def test_a_last_line_or_brand_of_another_form_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(BadWording, match=r"^(app_hash|origin|brand) ") as refused:
        wording(**fields)
    assert all(value not in str(refused.value) for value in fields.values())


@pytest.mark.parametrize("origin", ["example.com", "a.b-c.example", "login.xn--bcher-kva.example", "1.example"])
def test_host_names_are_origins(origin: str) -> None:
    assert compose(wording("{code}", origin=origin), "1234").endswith(f"\n@{origin} #1234")


def test_what_makes_two_requests_the_same_keeps_the_place_of_the_code() -> None:
    assert without_code(wording("{brand} {code}", origin="example.com")) == "Shop {code}\n@example.com #{code}"


@pytest.mark.parametrize(("seconds", "minutes"), [(30, 1), (59, 1), (60, 1), (119, 1), (120, 2), (600, 10)])
def test_minutes_promise_no_more_than_there_is(seconds: float, minutes: int) -> None:
    assert minutes_of(seconds) == minutes


@given(st.text(alphabet="{}codebrand tl%s$#@", max_size=60), st.text(alphabet="{}cdeo", max_size=12))
def test_a_template_is_refused_or_holds_the_code_once(template: str, brand: str) -> None:
    try:
        text = compose(checked(Wording(Secret(template), brand, 5)), "#482913")
    except BadWording:
        assert template.count("{code}") != 1 or "{" in template.replace("{code}", "", 1)
        return
    assert text.count("#482913") == 1


def test_no_repr_shows_a_text() -> None:
    assert "Shop" not in repr(wording())
    assert "is your" not in repr(wording())
