"""SMS-DELIVER, both ways."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from pdu_messages import delivers

from otppi.pdu.address import Address
from otppi.pdu.dcs import Alphabet, DataCoding
from otppi.pdu.decode import decode
from otppi.pdu.deliver import Deliver, encode_deliver
from otppi.pdu.errors import PduError
from otppi.pdu.smsc import with_smsc
from otppi.pdu.split import split
from otppi.pdu.udh import Concat, of_concat
from otppi.pdu.userdata import UserData

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=7)))


def plain(text: str) -> Deliver:
    segment = split(text).segments[0]
    data = UserData(segment.alphabet, segment.payload)
    return Deliver(Address("6281200001234"), MOMENT, data, DataCoding.of(segment.alphabet))


@given(delivers)
def test_every_field_comes_back(message: Deliver) -> None:
    pdu = with_smsc(encode_deliver(message), message.smsc)
    assert decode(pdu, direction="from_network") == message


def test_octet_by_octet() -> None:
    expected = "04" + "0D91261802001032F4" + "0000" + "62102030405082" + "0A" + "E8329BFD4697D9EC37"
    assert encode_deliver(plain("hellohello")) == expected


@pytest.mark.parametrize(
    ("bit", "expected"),
    [
        (0x04, replace(plain("hi"), more=True)),
        (0x08, replace(plain("hi"), loop_prevention=True)),
        (0x20, replace(plain("hi"), report=True)),
        (0x80, replace(plain("hi"), reply_path=True)),
    ],
)
def test_each_flag_has_its_bit(bit: int, expected: Deliver) -> None:
    tpdu = encode_deliver(plain("hi"))
    assert decode(f"{int(tpdu[:2], 16) ^ bit:02X}{tpdu[2:]}", has_smsc=False) == expected


def test_a_part_of_a_longer_message() -> None:
    data = UserData(Alphabet.UCS2, "中".encode("utf-16-be"), of_concat(Concat(9, 2, 2)))
    message = decode(encode_deliver(Deliver(Address.name("Bank"), MOMENT, data, DataCoding(0x08))), has_smsc=False)
    assert isinstance(message, Deliver)
    assert (message.text, message.concat, str(message.sender)) == ("中", Concat(9, 2, 2), "Bank")


def test_an_unreadable_time_does_not_lose_the_message() -> None:
    tpdu = encode_deliver(plain("hellohello")).replace("62102030405082", "00000000000000")
    message = decode(tpdu, has_smsc=False)
    assert isinstance(message, Deliver)
    assert (message.timestamp, message.text) == (None, "hellohello")


@pytest.mark.parametrize(("moment", "protocol"), [(None, 0), (MOMENT, 256), (datetime(1999, 1, 1, tzinfo=UTC), 0)])
def test_what_does_not_fit_is_refused(moment: datetime | None, protocol: int) -> None:
    with pytest.raises(PduError):
        encode_deliver(Deliver(Address("1"), moment, UserData(Alphabet.GSM7, b""), protocol=protocol))


def test_no_repr_shows_a_text() -> None:
    assert "123456" not in repr(plain("code 123456"))
