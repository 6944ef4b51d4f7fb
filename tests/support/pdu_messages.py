"""Any message that has octets, as hypothesis strategies: all types of number, alphabets, headers, classes and zones."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from hypothesis import strategies as st

from otppi.pdu import validity
from otppi.pdu.address import Address, Ton
from otppi.pdu.dcs import Alphabet, DataCoding
from otppi.pdu.deliver import Deliver
from otppi.pdu.parameters import Parameters
from otppi.pdu.report import StatusReport
from otppi.pdu.submit import Submit
from otppi.pdu.udh import CONCAT_16, Concat, Element, Header, of_concat
from otppi.pdu.userdata import UserData
from otppi.pdu.validity import Format, Validity

octet = st.integers(0, 255)
digit_tons = st.sampled_from([ton for ton in Ton if ton is not Ton.ALPHANUMERIC])
numbers = st.builds(Address, st.text("0123456789*#abc", max_size=20), digit_tons, st.integers(0, 15))
names = st.builds(Address.name, st.one_of(st.text("AZaz09 -@_é", max_size=11), st.text("{}[]€", max_size=5)))
addresses = st.one_of(numbers, names)
smscs = st.one_of(st.none(), st.builds(Address, st.text("0123456789", min_size=1, max_size=20), digit_tons))

moments = st.builds(
    lambda second, quarters: (
        datetime(2000, 1, 2, tzinfo=timezone(timedelta(minutes=15 * quarters))) + timedelta(seconds=second)
    ),
    st.integers(0, 99 * 365 * 86_400),
    st.integers(-79, 79),
)


def _concat(reference: int, total: int, part: int, *, wide: bool) -> Header:
    return of_concat(Concat(reference if wide else reference % 256, max(total, part), part, wide))


headers = st.one_of(
    st.just(Header()),
    st.builds(_concat, st.integers(0, 0xFFFF), st.integers(1, 255), st.integers(1, 255), wide=st.booleans()),
    st.lists(st.builds(Element, octet, st.binary(max_size=9)), min_size=1, max_size=3).map(tuple).map(Header),
    st.tuples(st.integers(1, 13), st.integers(1, 13)).map(
        lambda pair: Header((Element(0x25, bytes([pair[0]])), Element(0x24, bytes([pair[1]]))))
    ),
    st.just(Header((Element(CONCAT_16, b"\x12\x34\x02\x01"),))),
)
_payloads = {
    Alphabet.GSM7: st.lists(st.integers(0, 127), max_size=110).map(bytes),
    Alphabet.UCS2: st.text(st.characters(exclude_categories=["Cs"]), max_size=24).map(lambda t: t.encode("utf-16-be")),
    Alphabet.DATA: st.binary(max_size=96),
}
codings = st.one_of(
    st.builds(DataCoding.of, st.sampled_from(Alphabet), st.sampled_from([None, 0, 1, 2, 3])), octet.map(DataCoding)
)


def _content(coding: DataCoding) -> st.SearchStrategy[tuple[UserData, DataCoding]]:
    alphabet = Alphabet.DATA if coding.compressed else coding.alphabet
    return st.tuples(st.builds(UserData, st.just(alphabet), _payloads[alphabet], headers), st.just(coding))


contents = codings.flatmap(_content)
"""User data with a coding that fits them."""

validities = st.one_of(
    st.just(Validity()),
    st.integers(1, 10**8).map(validity.relative),
    moments.map(validity.absolute),
    st.builds(validity.enhanced, st.integers(1, 10**8), single_shot=st.booleans()),
    st.binary(min_size=7, max_size=7).map(lambda octets: Validity(Format.ABSOLUTE, octets)),
    st.binary(min_size=7, max_size=7).map(lambda octets: Validity(Format.ENHANCED, octets)),
)
parameters = st.one_of(
    st.just(Parameters()),
    st.builds(Parameters, st.one_of(st.none(), octet), st.one_of(st.none(), codings)),
    st.builds(
        lambda protocol, content: Parameters(protocol, content[1], content[0]), st.one_of(st.none(), octet), contents
    ),
)

delivers = st.builds(
    lambda content, **fields: Deliver(user_data=content[0], coding=content[1], **fields),
    contents,
    sender=addresses,
    timestamp=moments,
    protocol=octet,
    more=st.booleans(),
    report=st.booleans(),
    reply_path=st.booleans(),
    loop_prevention=st.booleans(),
    smsc=smscs,
)
submits = st.builds(
    lambda content, **fields: Submit(user_data=content[0], coding=content[1], **fields),
    contents,
    recipient=addresses,
    reference=octet,
    validity=validities,
    report=st.booleans(),
    reject_duplicates=st.booleans(),
    reply_path=st.booleans(),
    protocol=octet,
    smsc=smscs,
)
reports = st.builds(
    StatusReport,
    reference=octet,
    recipient=addresses,
    timestamp=moments,
    discharge=moments,
    status=octet,
    more=st.booleans(),
    of_command=st.booleans(),
    loop_prevention=st.booleans(),
    parameters=parameters,
    smsc=smscs,
)
