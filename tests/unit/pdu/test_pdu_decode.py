"""Any input: a message or `PduError`, never anything else."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otppi.pdu.decode import Direction, Message, decode
from otppi.pdu.deliver import Deliver
from otppi.pdu.errors import PduError
from otppi.pdu.report import StatusReport
from otppi.pdu.submit import Submit

VECTORS = Path(__file__).parents[2] / "data" / "pdu_vectors.json"
PDUS: list[str] = [vector["pdu_hex"] for vector in json.loads(VECTORS.read_text(encoding="utf-8"))["vectors"]]
DELIVER = "07912618010000F0040D91261802001032F40000621020304050820AE8329BFD4697D9EC37"
SUBMIT = "0031000D91261802001032F40000000AE8329BFD4697D9EC37"
REPORT = "0006070D91261802001032F4621020304050826210203040608246"

directions: st.SearchStrategy[Direction | None] = st.sampled_from((None, "to_network", "from_network"))


def read_or_refuse(text: str, direction: Direction | None, *, has_smsc: bool) -> None:
    """Every property must hold too: a value that reads but cannot be used is a crash put off."""
    with suppress(PduError):
        use(decode(text, has_smsc=has_smsc, direction=direction))


def use(message: Message) -> None:
    assert str(message.smsc) is not None
    if isinstance(message, StatusReport):
        assert message.outcome in type(message.outcome)
        return
    assert message.coding.waiting is None or message.coding.message_class is None
    assert (message.text is None) == (message.user_data.alphabet == "8bit")
    assert message.concat is None or message.concat.part <= message.concat.total
    if isinstance(message, Submit):
        assert message.validity.seconds is None or message.validity.until is None


@given(st.binary(max_size=220), directions, st.booleans())
@settings(max_examples=2000)
def test_random_octets(octets: bytes, direction: Direction | None, has_smsc: bool) -> None:
    read_or_refuse(octets.hex(), direction, has_smsc=has_smsc)


@given(st.sampled_from((0, 1, 2)), st.binary(max_size=180), directions)
@settings(max_examples=2000)
def test_random_octets_behind_a_type_that_is_read(kind: int, octets: bytes, direction: Direction | None) -> None:
    """Deeper than mere noise, which mostly ends at its type or its length."""
    first = octets[0] & 0xFC | kind if octets else kind
    read_or_refuse(f"{first:02X}{octets[1:].hex()}", direction, has_smsc=False)


@given(st.text(max_size=60), directions, st.booleans())
def test_random_text(text: str, direction: Direction | None, has_smsc: bool) -> None:
    read_or_refuse(text, direction, has_smsc=has_smsc)


@given(st.sampled_from(PDUS), st.data(), directions)
@settings(max_examples=3000)
def test_mutated_vectors(pdu: str, data: st.DataObject, direction: Direction | None) -> None:
    octets = bytearray.fromhex(pdu[: len(pdu) // 2 * 2])
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(octets) * 2))
    read_or_refuse(octets.hex()[:end] if data.draw(st.booleans()) else octets.hex(), direction, has_smsc=True)


@pytest.mark.parametrize("pdu", [DELIVER, SUBMIT, REPORT])
def test_every_truncation_to_whole_octets_is_refused(pdu: str) -> None:
    for end in range(0, len(pdu), 2):
        with pytest.raises(PduError):
            decode(pdu[:end])


@pytest.mark.parametrize(
    ("pdu", "kind", "direction"),
    [
        (DELIVER, Deliver, None),
        (DELIVER, Deliver, "from_network"),
        (SUBMIT, Submit, None),
        (SUBMIT, Submit, "to_network"),
        (REPORT, StatusReport, None),
        (REPORT, StatusReport, "from_network"),
    ],
)
def test_the_type_bits_choose(pdu: str, kind: type[Message], direction: Direction | None) -> None:
    assert type(decode(pdu, direction=direction)) is kind


@pytest.mark.parametrize(
    ("pdu", "direction"),
    [
        (DELIVER, "to_network"),
        (SUBMIT, "from_network"),
        (REPORT, "to_network"),
        ("0003" + SUBMIT[4:], None),
        ("0003" + SUBMIT[4:], "to_network"),
    ],
)
def test_other_types_are_refused(pdu: str, direction: Direction | None) -> None:
    with pytest.raises(PduError, match="message type"):
        decode(pdu, direction=direction)


def test_case_white_space_and_a_tail_do_not_matter() -> None:
    spaced = " ".join(DELIVER[index : index + 2] for index in range(0, len(DELIVER), 2))
    assert decode(DELIVER.lower()) == decode(f"\r\n{spaced}\n") == decode(DELIVER + "00FF") == decode(DELIVER)


def test_the_smsc_may_be_left_out() -> None:
    with_smsc, without = decode(SUBMIT), decode(SUBMIT[2:], has_smsc=False)
    assert with_smsc == without
    assert with_smsc.smsc is None
    assert str(decode(DELIVER).smsc) == "+62811000000"


def test_no_error_shows_what_it_was_given() -> None:
    with pytest.raises(PduError) as refusal:
        decode(DELIVER[:-2])
    assert DELIVER[-20:-2] not in str(refusal.value)
    assert refusal.value.__cause__ is None
