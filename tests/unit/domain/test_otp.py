"""One-time codes: how they are made, bound and compared."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otppi.domain import otp
from otppi.domain.otp import (
    Binding,
    derive_key,
    encode_fields,
    fill,
    make_code,
    matches,
    placeholders,
    resend_wait,
    tag,
    verifier,
)

MASTER = bytes(range(32))
KEY = derive_key(MASTER, otp.LABEL_VERIFIER)
SALT = bytes(16)
BOUND = Binding("api1", "REF", "62812", ("100", "200:300", "", ""))

texts = st.text(st.characters(codec="utf-8"), max_size=12)


@pytest.mark.feature("X08")
def test_the_published_vector() -> None:
    vector = "21c6015cd20dbec05fd84033f044e32f959e2fedd2a045944e08304058ad2c3f"
    assert verifier(KEY, SALT, BOUND, "123456").hex() == vector
    shifted = replace(BOUND, params=("100:200", "300", "", ""))
    assert verifier(KEY, SALT, shifted, "123456").hex() != vector


@given(st.lists(texts, max_size=5), st.lists(texts, max_size=5))
def test_two_field_lists_never_give_the_same_octets(one: list[str], other: list[str]) -> None:
    assert (encode_fields(one) == encode_fields(other)) == (one == other)


@given(st.lists(texts, min_size=1, max_size=4), st.integers(0, 40))
def test_moving_a_border_between_fields_is_seen(fields: list[str], cut: int) -> None:
    joined = "".join(fields)
    moved = [joined[: cut % (len(joined) + 1)], joined[cut % (len(joined) + 1) :]]
    assert (encode_fields(moved) == encode_fields(fields)) == (moved == fields)


@pytest.mark.feature("F132")
@pytest.mark.parametrize(
    "other",
    [
        replace(BOUND, account="api2"),
        replace(BOUND, reference="REF2"),
        replace(BOUND, receiver="62813"),
        replace(BOUND, params=("x", "200:300", "", "")),
        replace(BOUND, params=("100", "x", "", "")),
        replace(BOUND, params=("100", "200:300", "x", "")),
        replace(BOUND, params=("100", "200:300", "", "x")),
    ],
)
def test_a_code_is_right_only_for_what_it_is_bound_to(other: Binding) -> None:
    stored = verifier(KEY, SALT, BOUND, "123456")
    assert matches(stored, KEY, SALT, BOUND, "123456")
    assert not matches(stored, KEY, SALT, other, "123456")
    assert not matches(stored, KEY, SALT, BOUND, "123457")
    assert not matches(stored, KEY, bytes(15) + b"\x01", BOUND, "123456")
    assert not matches(stored, derive_key(bytes(32), otp.LABEL_VERIFIER), SALT, BOUND, "123456")


def test_a_tag_is_keyed_and_sixteen_octets() -> None:
    key, other = derive_key(MASTER, otp.LABEL_IDEMPOTENCY), derive_key(bytes(32), otp.LABEL_IDEMPOTENCY)
    assert len(tag(key, "a", "b")) == 16
    assert len({tag(key, "a", "b"), tag(key, "ab", ""), tag(key, "a", "b", ""), tag(other, "a", "b")}) == 4


def test_each_purpose_has_its_own_key() -> None:
    labels = (otp.LABEL_VERIFIER, otp.LABEL_IDEMPOTENCY, otp.LABEL_QUEUE, otp.LABEL_LOG)
    assert len({derive_key(MASTER, label) for label in labels}) == 4


@given(st.integers(4, 12), st.integers(min_value=0))
def test_a_code_has_all_its_digits_and_its_leading_zeros(length: int, number: int) -> None:
    asked: list[int] = []

    def below(limit: int) -> int:
        asked.append(limit)
        return number % limit

    code = make_code(length, below)
    assert asked == [10**length]
    assert len(code) == length
    assert int(code) == number % 10**length


@pytest.mark.feature("F128")
@pytest.mark.parametrize(("message", "count"), [("Kode %s", 1), ("Kode", 0), ("%s %s", 2), ("%d %S", 0), ("100%%s", 1)])
def test_placeholders_are_literal(message: str, count: int) -> None:
    assert placeholders(message) == count


def test_nothing_but_the_placeholder_is_replaced_and_no_format_is_evaluated() -> None:
    assert fill("%d {0} {x.__class__} %s %(a)s", "123456") == "%d {0} {x.__class__} 123456 %(a)s"


def test_a_fingerprint_names_the_key_and_nothing_else() -> None:
    assert otp.fingerprint(MASTER) != otp.fingerprint(bytes(32))
    assert len(otp.fingerprint(MASTER)) == 16
    assert MASTER.hex()[:8] not in otp.fingerprint(MASTER)


def test_a_code_is_sent_again_after_longer_and_longer_waits_and_five_times_at_most() -> None:
    waits = [resend_wait(sends, 1000.0, 1000.0) for sends in range(1, 8)]
    assert waits == [30.0, 60.0, 120.0, 240.0, 240.0, None, None]
    assert resend_wait(1, 1000.0, 1029.9) == pytest.approx(0.1)
    assert resend_wait(1, 1000.0, 1030.0) == resend_wait(1, 1000.0, 9999.0) == 0.0
    assert resend_wait(6, 1000.0, 9999.0) is None
