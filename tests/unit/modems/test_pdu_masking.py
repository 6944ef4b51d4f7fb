"""PDUs without what is private in them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pdu_messages import delivers, reports, submits

from otppi.modems.pdu_masking import MOMENT, mask_pdu
from otppi.modems.stand_ins import StandIns
from otppi.pdu.address import Address, Ton
from otppi.pdu.decode import Message, decode
from otppi.pdu.deliver import Deliver, encode_deliver
from otppi.pdu.report import StatusReport, encode_report
from otppi.pdu.smsc import with_smsc
from otppi.pdu.submit import Submit, encode_message

VECTORS = Path(__file__).parents[2] / "data" / "pdu_vectors.json"
PDUS: list[str] = [vector["pdu_hex"] for vector in json.loads(VECTORS.read_text(encoding="utf-8"))["vectors"]]


def encoded(message: Message) -> str:
    if isinstance(message, Submit):
        return with_smsc(encode_message(message), message.smsc)
    tpdu = encode_deliver(message) if isinstance(message, Deliver) else encode_report(message)
    return with_smsc(tpdu, message.smsc)


def party(message: Message) -> Address:
    return message.sender if isinstance(message, Deliver) else message.recipient


def is_telling(address: Address) -> bool:
    """Whether it would give somebody away: a name, or more than a short code."""
    return bool(address.digits) and (address.ton is Ton.ALPHANUMERIC or len(address.digits) >= 6)


@given(st.one_of(delivers, submits, reports))
def test_nothing_private_is_left_and_all_else_is(message: Message) -> None:
    pdu = encoded(message)
    masked = mask_pdu(pdu, StandIns())
    assert len(masked) == len(pdu)
    after = decode(masked)
    assert type(after) is type(message)
    if is_telling(party(message)) and set(party(message).digits) - set("0X"):
        assert party(after).digits != party(message).digits
    if message.smsc is not None and len(message.smsc.digits) >= 6:
        assert after.smsc is not None
        assert after.smsc.digits != message.smsc.digits
    if isinstance(message, StatusReport) or isinstance(after, StatusReport):
        assert isinstance(message, StatusReport)
        assert isinstance(after, StatusReport)
        assert (after.reference, after.status, after.timestamp) == (message.reference, message.status, MOMENT)
        return
    assert after.coding == message.coding
    assert len(after.user_data.payload) == len(message.user_data.payload)
    assert set(after.user_data.payload) <= set(b"masked \0")
    assert after.concat == message.concat


@pytest.mark.parametrize("pdu", PDUS)
def test_public_vectors_keep_their_length(pdu: str) -> None:
    masked = mask_pdu(pdu, StandIns())
    assert len(masked) == len(pdu)
    assert masked.upper() != pdu or not pdu.strip("0")


def test_octet_by_octet() -> None:
    pdu = "07912618010000F0040D91261802001032F40000621020304050820AE8329BFD4697D9EC37"
    stand_ins = StandIns()
    masked = decode(mask_pdu(pdu, stand_ins))
    assert isinstance(masked, Deliver)
    assert (masked.text, str(masked.sender), str(masked.smsc)) == ("masked mas", "+6281200000002", "+62812000001")
    assert stand_ins.counts == {"number": 2, "pdu": 1}


def test_the_same_number_has_the_same_stand_in_in_every_pdu() -> None:
    stand_ins = StandIns()
    deliver = decode(PDUS[0])
    pdus = [encoded(replace(deliver, smsc=Address("62811000000"))) for _ in range(2)]
    assert len({str(decode(mask_pdu(pdu, stand_ins)).smsc) for pdu in pdus}) == 1


def test_lower_case_stays() -> None:
    pdu = "07912618010000f0040d91261802001032f40000621020304050820ae8329bfd4697d9ec37"
    assert mask_pdu(pdu, StandIns()).islower()


@pytest.mark.parametrize("pdu", ["A5" * 30, "0791261801", "FF", "07912618010000F004"])
def test_what_is_no_message_becomes_zeros(pdu: str) -> None:
    assert mask_pdu(pdu, StandIns()) == "0" * len(pdu)


def test_octets_behind_the_message_do_not_survive() -> None:
    pdu = "07912618010000F0040D91261802001032F40000621020304050820AE8329BFD4697D9EC37"
    assert mask_pdu(pdu + "1234567890", StandIns()).endswith("0" * 10)


@pytest.mark.parametrize(
    ("sender", "shown"), [(Address("98108", Ton.UNKNOWN), "98108"), (Address.name("Bank{1}"), "X" * 9)]
)
def test_short_codes_stay_and_names_become_letters(sender: Address, shown: str) -> None:
    message = decode("07912618010000F0040D91261802001032F40000621020304050820AE8329BFD4697D9EC37")
    assert isinstance(message, Deliver)
    masked = decode(mask_pdu(encoded(replace(message, sender=sender)), StandIns()))
    assert party(masked).digits == shown
