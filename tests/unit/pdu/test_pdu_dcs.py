"""The data coding scheme octet, over all its groups."""

from __future__ import annotations

import pytest

from otppi.pdu.dcs import PLAIN, Alphabet, DataCoding, Indication, Waits
from otppi.pdu.errors import PduError

G, D, U = Alphabet.GSM7, Alphabet.DATA, Alphabet.UCS2


@pytest.mark.parametrize(
    ("value", "alphabet", "message_class", "compressed"),
    [
        (0x00, G, None, False),
        (0x04, D, None, False),
        (0x08, U, None, False),
        (0x0C, G, None, False),  # reserved alphabet
        (0x10, G, 0, False),
        (0x13, G, 3, False),
        (0x19, U, 1, False),
        (0x03, G, None, False),  # class bits without meaning
        (0x20, G, None, True),
        (0x3A, U, 2, True),
        (0x44, D, None, False),  # marked for automatic deletion
        (0x58, U, 0, False),
        (0x68, U, None, True),
        (0x84, G, None, False),  # reserved groups
        (0xB8, G, None, False),
        (0xC8, G, None, False),  # message waiting: discard
        (0xD8, G, None, False),  # message waiting: store
        (0xE8, U, None, False),  # message waiting: store, UCS-2
        (0xF0, G, 0, False),
        (0xF5, D, 1, False),
        (0xFF, D, 3, False),
    ],
)
def test_reading(value: int, alphabet: Alphabet, message_class: int | None, compressed: bool) -> None:
    coding = DataCoding(value)
    assert (coding.alphabet, coding.message_class, coding.compressed) == (alphabet, message_class, compressed)


@pytest.mark.parametrize(
    ("value", "waiting"),
    [
        (0xC0, Indication(Waits.VOICE, active=False, store=False)),
        (0xC8, Indication(Waits.VOICE, active=True, store=False)),
        (0xD9, Indication(Waits.FAX, active=True, store=True)),
        (0xDE, Indication(Waits.EMAIL, active=True, store=True)),
        (0xE3, Indication(Waits.OTHER, active=False, store=True)),
        (0x08, None),
        (0xB8, None),
        (0xF8, None),
    ],
)
def test_what_waits_at_the_operators(value: int, waiting: Indication | None) -> None:
    assert DataCoding(value).waiting == waiting


def test_only_the_second_group_is_deleted_by_itself() -> None:
    assert [value for value in range(256) if DataCoding(value).auto_delete] == list(range(0x40, 0x80))


@pytest.mark.parametrize("alphabet", list(Alphabet))
@pytest.mark.parametrize("message_class", [None, 0, 1, 2, 3])
def test_making(alphabet: Alphabet, message_class: int | None) -> None:
    coding = DataCoding.of(alphabet, message_class)
    assert (coding.alphabet, coding.message_class, coding.compressed) == (alphabet, message_class, False)


def test_the_plain_ones() -> None:
    assert DataCoding.of(G) == PLAIN == DataCoding(0)
    assert DataCoding.of(U).value == 0x08
    assert DataCoding.of(G, 0).value == 0x10


def test_out_of_range_is_refused() -> None:
    for message_class in (-1, 4):
        with pytest.raises(PduError, match="class"):
            DataCoding.of(G, message_class)
    for value in (-1, 256):
        with pytest.raises(PduError, match="one octet"):
            DataCoding(value)
