"""`security.vault` and `security.identifiers`: sealing, tags, codes and ids."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otppi.domain import otp
from otppi.domain.otp import Binding
from otppi.domain.secret import Secret
from otppi.ports.vault import Unreadable
from otppi.security import Vault
from otppi.security.identifiers import ALPHABET, identifier

MASTER = bytes(range(32))
VAULT = Vault(MASTER)
BINDING = Binding("api1", "REF", "62812", ("100", "200:300", "", ""))


@given(st.text(), st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=3))
def test_what_was_sealed_opens_for_its_owner(text: str, owner: list[str]) -> None:
    text = text.encode("utf-8", "ignore").decode()
    assert VAULT.open(VAULT.seal(Secret(text), *owner), *owner).reveal() == text


def test_it_opens_for_nobody_else() -> None:
    sealed = VAULT.seal(Secret("words"), "message", "1")
    for vault, owner in ((VAULT, ("message", "2")), (VAULT, ("message1",)), (Vault(b"x" * 32), ("message", "1"))):
        with pytest.raises(Unreadable):
            vault.open(sealed, *owner)


def test_no_octet_of_it_can_be_changed_or_left_out() -> None:
    sealed = VAULT.seal(Secret("words"))
    for place in range(len(sealed)):
        damaged = bytearray(sealed)
        damaged[place] ^= 1
        with pytest.raises(Unreadable):
            VAULT.open(bytes(damaged))
        with pytest.raises(Unreadable):
            VAULT.open(sealed[:place])


def test_equal_texts_are_sealed_differently_and_show_nothing() -> None:
    sealed = {VAULT.seal(Secret("CANARY WORDS")) for _ in range(50)}
    assert len(sealed) == 50
    assert not any(b"CANARY" in octets for octets in sealed)


def test_the_error_of_a_box_that_does_not_open_carries_nothing() -> None:
    with pytest.raises(Unreadable) as caught:
        VAULT.open(VAULT.seal(Secret("CANARY"), "a"), "b")
    assert caught.value.__cause__ is None
    assert "CANARY" not in str(caught.value)


def test_verifiers_follow_the_published_vector() -> None:
    stored = VAULT.verifier(bytes(16), BINDING, Secret("123456"))
    assert stored.hex() == "21c6015cd20dbec05fd84033f044e32f959e2fedd2a045944e08304058ad2c3f"
    assert VAULT.matches(stored, bytes(16), BINDING, Secret("123456"))
    assert not VAULT.matches(stored, bytes(16), BINDING, Secret("123457"))
    assert not Vault(b"x" * 32).matches(stored, bytes(16), BINDING, Secret("123456"))


def test_tags_are_keyed_and_keep_fields_apart() -> None:
    assert VAULT.tag("a", "bc") == otp.tag(otp.derive_key(MASTER, otp.LABEL_IDEMPOTENCY), "a", "bc")
    assert len({VAULT.tag("a", "bc"), VAULT.tag("ab", "c"), VAULT.tag("abc"), Vault(b"x" * 32).tag("a", "bc")}) == 4


def test_a_vault_shows_no_key() -> None:
    assert repr(VAULT) == f"Vault({otp.fingerprint(MASTER)})"
    assert VAULT.key_id == otp.fingerprint(MASTER)
    assert not any(getattr(VAULT, name) == MASTER for name in Vault.__slots__)
    with pytest.raises(ValueError, match="32 octets"):
        Vault(b"short")


def test_codes_have_their_length_and_use_every_digit() -> None:
    digits = Counter("".join(VAULT.code(6).reveal() for _ in range(3000)))
    assert sum(digits.values()) == 18_000
    assert set(digits) == set("0123456789")
    assert all(1500 < count < 2100 for count in digits.values()), "one in ten, give or take seven deviations"
    assert len(VAULT.salt()) == 16


def test_ids_sort_by_time_and_are_never_equal() -> None:
    ids = [VAULT.identifier(1_790_000_000 + number / 1000) for number in range(2000)]
    assert ids == sorted(ids)
    assert len({VAULT.identifier(1_790_000_000.0) for _ in range(2000)}) == 2000


def test_an_id_is_the_milliseconds_and_the_random_octets_in_base_32() -> None:
    assert identifier(0.0, bytes(10)) == "0" * 26
    assert identifier(0.001, b"\xff" * 10) == "0000000001" + "Z" * 16
    number = 0
    for character in identifier(1_790_000_000.123, bytes(range(10))):
        number = number * 32 + ALPHABET.index(character)
    assert number >> 80 == 1_790_000_000_123
    assert (number & (1 << 80) - 1).to_bytes(10, "big") == bytes(range(10))


@pytest.mark.parametrize(("now", "random"), [(-1.0, bytes(10)), (2.0**48, bytes(10)), (0.0, bytes(9))])
def test_an_id_of_no_time_is_refused(now: float, random: bytes) -> None:
    with pytest.raises(ValueError, match="no time"):
        identifier(now, random)
