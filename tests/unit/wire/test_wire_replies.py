"""Replies as JSON."""

from __future__ import annotations

import json

import pytest

from otppi.domain.commands import COMMAND_WORDS
from otppi.domain.replies import Code, Reply
from otppi.wire import encode_reply, read_envelope


@pytest.mark.feature("F130", "F133")
def test_a_reply_is_compact_and_in_the_readmes_order() -> None:
    data = {"date_time": 1629685778.0, "receiver": "08120000", "reference": "\u00e9"}
    assert (
        encode_reply(Reply("create-otp", Code.SUCCESS, data))
        == (
            '{"command":"create-otp","response_code":"000",'
            '"data":{"date_time":1629685778,"receiver":"08120000","reference":"\u00e9"}}'
        ).encode()
    )


def test_a_fraction_stays_a_fraction() -> None:
    assert b'"expected_in":2.5' in encode_reply(Reply("send-sms", Code.SUCCESS, {"expected_in": 2.5}))


@pytest.mark.feature("X03")
@pytest.mark.parametrize("command", sorted(set(COMMAND_WORDS) - {"echo"}))
def test_success_has_three_digits_for_the_readmes_names_only(command: str) -> None:
    plain, three, four = (
        json.loads(encode_reply(Reply(command, Code.SUCCESS), forced))["response_code"]
        for forced in (None, False, True)
    )
    documented = {"create-otp", "validate-otp", "send-sms", "send-email", "block-msisdn", "unblock-msisdn"}
    assert plain == ("000" if command in documented else "0000")
    assert (three, four) == ("000", "0000")


@pytest.mark.feature("X03")
@pytest.mark.parametrize("code", [code for code in Code if code is not Code.SUCCESS])
def test_other_codes_stay_and_bring_an_error(code: Code) -> None:
    reply = json.loads(encode_reply(Reply("nonsense", code, error="data.x must be y"), four_digits=True))
    assert reply == {"command": "nonsense", "response_code": code.value, "data": {}, "error": "data.x must be y"}


@pytest.mark.feature("X02")
def test_echo_returns_the_request_with_its_numbers_as_they_came() -> None:
    body = '{"command":"echo","data":{"a":1.10,"b":[1e400,"\u00e9\\n",true,null,{}],"c\\"":-0},"callback_topic":"t"}'
    document = read_envelope(body.encode()).document
    assert encode_reply(Reply("echo", Code.SUCCESS, document)) == body.encode()


def test_a_refused_echo_is_an_ordinary_reply() -> None:
    assert json.loads(encode_reply(Reply("echo", Code.LIMITED, error="too many")))["response_code"] == "1105"


def test_what_is_no_json_number_is_never_written() -> None:
    with pytest.raises(ValueError, match="JSON"):
        encode_reply(Reply("send-sms", Code.SUCCESS, {"expected_in": float("nan")}))
