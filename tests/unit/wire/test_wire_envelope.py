"""The outer object: what is a request, and what is refused before its fields are looked at."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otppi.domain.replies import Code
from otppi.wire import MAX_BODY, NotAnEnvelope, Unacceptable, read_envelope


def test_a_request_is_its_command_and_its_data() -> None:
    envelope = read_envelope(b'{"command":" send-sms ","data":{"a":"b"},"other":1}')
    assert (envelope.command, envelope.data) == ("send-sms", {"a": "b"})
    assert (envelope.callback_topic, envelope.callback_delay_ms) == ("", 0)
    assert envelope.document["other"] == "1"


@pytest.mark.parametrize(("delay", "expected"), [("1500", 1500), ('"1500"', 1500), ("-1", 0), ("[]", 0), ("1e9", 0)])
def test_the_callback_is_read_and_never_a_reason_to_refuse(delay: str, expected: int) -> None:
    body = f'{{"command":"echo","data":{{}},"callback_topic":" sms ","callback_delay":{delay}}}'
    envelope = read_envelope(body.encode())
    assert (envelope.callback_topic, envelope.callback_delay_ms) == ("sms", expected)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[]", "the body must be a JSON object"),
        (b'"text"', "the body must be a JSON object"),
        (b"null", "the body must be a JSON object"),
        (b"{}", "command must be text"),
        (b'{"command":1,"data":{}}', "command must be text"),
        (b'{"command":null,"data":{}}', "command must be text"),
        (b'{"command":["echo"],"data":{}}', "command must be text"),
        (b'{"command":" ","data":{}}', "command must be 1 to 256 characters"),
        (b'{"command":"' + b"x" * 257 + b'","data":{}}', "command must be 1 to 256 characters"),
        (b'{"command":"\\ud800","data":{}}', "command must be valid Unicode"),
        (b'{"command":"echo"}', "data must be an object"),
        (b'{"command":"echo","data":[]}', "data must be an object"),
        (b'{"command":"echo","data":null}', "data must be an object"),
    ],
)
def test_what_lacks_command_or_data_is_no_envelope(body: bytes, reason: str) -> None:
    with pytest.raises(NotAnEnvelope) as refused:
        read_envelope(body)
    assert str(refused.value) == reason


def test_a_body_is_at_most_64_kib() -> None:
    head = b'{"command":"echo","data":{"a":"'
    assert read_envelope(head + b"x" * (MAX_BODY - len(head) - 3) + b'"}}').command == "echo"
    with pytest.raises(NotAnEnvelope, match="64 KiB"):
        read_envelope(head + b"x" * (MAX_BODY - len(head) - 2) + b'"}}')


@pytest.mark.parametrize(
    "body",
    [
        b'{"command":"send-sms","data":{"receiver":"1","receiver":"2"}}',
        b'{"command":"send-sms","data":{},"data":{}}',
        b'{"command":"send-sms","command":"send-sms","data":{}}',
        b'{"command":"send-sms","data":{},"x":[{"a":1,"a":1}]}',
    ],
)
def test_a_doubled_name_is_refused_under_its_command(body: bytes) -> None:
    with pytest.raises(Unacceptable, match="no name may appear twice") as refused:
        read_envelope(body)
    assert (refused.value.code, refused.value.command) == (Code.INVALID, "send-sms")


@pytest.mark.parametrize(
    "data", [b'{"message":"a\\ud83d"}', b'{"\\udc00":1}', b'{"x":[{"y":"\\ude00\\ud83d"}]}', b'{"message":"\\uD83D"}']
)
def test_lone_surrogates_are_refused_anywhere(data: bytes) -> None:
    with pytest.raises(Unacceptable, match="lone surrogates"):
        read_envelope(b'{"command":"send-sms","data":' + data + b"}")


def test_an_escaped_pair_is_one_character() -> None:
    envelope = read_envelope(b'{"command":"echo","data":{"message":"\\ud83d\\ude00"}}')
    assert envelope.data["message"] == "\U0001f600"


def test_a_repr_shows_neither_data_nor_document() -> None:
    assert "canary" not in repr(read_envelope(b'{"command":"echo","data":{"message":"canary"}}'))


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_any_octets_give_an_envelope_or_a_refusal(body: bytes) -> None:
    try:
        envelope = read_envelope(body)
    except (NotAnEnvelope, Unacceptable):
        return
    assert envelope.command


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5)))
def test_data_survives(data: dict[str, str]) -> None:
    body = json.dumps({"command": "echo", "data": data}).encode()
    try:
        assert read_envelope(body).data == data
    except Unacceptable:
        assert any("\ud800" <= c <= "\udfff" for text in (*data, *data.values()) for c in text)
