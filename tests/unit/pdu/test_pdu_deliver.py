"""SMS-DELIVER, both ways."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otppi.pdu.address import Address, Ton
from otppi.pdu.dcs import Alphabet, DataCoding
from otppi.pdu.decode import decode
from otppi.pdu.deliver import Deliver, encode_deliver
from otppi.pdu.errors import PduError
from otppi.pdu.split import split
from otppi.pdu.udh import Concat, of_concat
from otppi.pdu.userdata import UserData

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=7)))


def plain(text: str) -> Deliver:
    segment = split(text).segments[0]
    data = UserData(segment.alphabet, segment.payload)
    return Deliver(Address("6281200001234"), MOMENT, data, DataCoding.of(segment.alphabet))


@given(
    st.builds(
        Deliver,
        sender=st.one_of(
            st.builds(Address, st.text("0123456789", min_size=1, max_size=20), st.sampled_from([Ton.NATIONAL])),
            st.builds(Address.name, st.text("ABCdef ", max_size=11)),
        ),
        timestamp=st.integers(0, 86399).map(lambda second: MOMENT + timedelta(seconds=second)),
        user_data=st.builds(UserData, st.just(Alphabet.GSM7), st.lists(st.integers(0, 127), max_size=160).map(bytes)),
        coding=st.sampled_from([0x00, 0x11, 0xC8, 0xF2]).map(DataCoding),
        protocol=st.integers(0, 255),
        more=st.booleans(),
        report=st.booleans(),
        reply_path=st.booleans(),
        smsc=st.none(),
    )
)
def test_every_field_comes_back(message: Deliver) -> None:
    assert decode(encode_deliver(message), has_smsc=False, direction="from_network") == message


def test_octet_by_octet() -> None:
    expected = "04" + "0D91261802001032F4" + "0000" + "62102030405082" + "0A" + "E8329BFD4697D9EC37"
    assert encode_deliver(plain("hellohello")) == expected


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
