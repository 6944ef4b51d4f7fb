"""The fields of every command: what is accepted, and what is refused with field and rule."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest

from otppi.domain.commands import (
    COMMAND_WORDS,
    BlockNumber,
    Command,
    CreateOtp,
    Echo,
    ListModems,
    RequestUssd,
    ResendOtp,
    SendEmail,
    SendSms,
    Stamp,
    UnblockNumber,
    ValidateOtp,
)
from otppi.domain.replies import Code, Refusal
from otppi.domain.secret import Secret
from otppi.wire import read_command, read_envelope

CREATE: dict[str, Any] = {"reference": "ref-1", "receiver": "081200001234", "message": "Your OTP is %s"}
VALIDATE: dict[str, Any] = {"reference": "ref-1", "receiver": "081200001234", "otp": "012345"}
SMS: dict[str, Any] = {"receiver": "081200001234", "message": "hello"}


def command(name: str, data: dict[str, Any] | str, *, idempotency_key: str = "") -> Any:
    text = data if isinstance(data, str) else json.dumps(data)
    return read_command(
        read_envelope(f'{{"command":"{name}","data":{text}}}'.encode()), idempotency_key=idempotency_key
    )


def refusal(name: str, data: dict[str, Any] | str) -> str:
    with pytest.raises(Refusal) as refused:
        command(name, data)
    assert refused.value.code is Code.INVALID
    return refused.value.error


@pytest.mark.feature("F127")
def test_create_otp_has_all_its_fields() -> None:
    data = {
        **CREATE,
        "param1": "a",
        "param2": " b ",
        "param4": 4,
        "subject": " Code ",
        "date_time": 1629685778,
        "expiration": "1629685838",
        "wait": 5,
    }
    assert command("create-otp", data) == CreateOtp(
        reference="ref-1",
        receiver="081200001234",
        message=Secret("Your OTP is %s"),
        params=("a", "b", "", "4"),
        stamp=Stamp(1629685778.0, 1629685838.0),
        subject="Code",
        wait=5.0,
    )


@pytest.mark.feature("F127", "F132")
def test_numbers_and_numeric_strings_are_the_same_by_their_literal_text() -> None:
    numbers = '{"reference":123,"receiver":6281200001234,"message":"%s","param1":1.10,"param2":1e3,"param3":-0}'
    texts = numbers.replace("1.10", '"1.10"').replace("1e3", '"1e3"').replace("-0", '"-0"').replace(":123,", ':"123",')
    first, second = command("create-otp", numbers), command("create-otp", texts)
    assert first == second
    assert (first.reference, first.params) == ("123", ("1.10", "1e3", "-0", ""))
    assert type(first.receiver) is str
    assert type(first.params[0]) is str


def test_huge_numbers_are_text_where_text_is_wanted() -> None:
    assert command("create-otp", '{"reference":' + "9" * 256 + ',"receiver":"1","message":"%s"}').reference == "9" * 256


@pytest.mark.feature("F128")
@pytest.mark.parametrize("message", ["no placeholder", "%s and %s", "%S", "% s", "%d"])
def test_create_otp_needs_exactly_one_placeholder(message: str) -> None:
    assert refusal("create-otp", {**CREATE, "message": message}) == "data.message must hold exactly one %s"


@pytest.mark.parametrize("message", ["100% %s", "%%s", "{} %s %d"])
def test_other_percent_signs_are_plain_text(message: str) -> None:
    assert command("create-otp", {**CREATE, "message": message}).message == Secret(message)


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("create-otp", {**CREATE, "reference": " "}, "data.reference must not be empty"),
        ("create-otp", {**CREATE, "reference": None}, "data.reference must not be empty"),
        ("create-otp", {**CREATE, "reference": True}, "data.reference must be text or a number"),
        ("create-otp", {**CREATE, "reference": "x" * 257}, "data.reference must be at most 256 characters"),
        ("create-otp", {**CREATE, "param3": "x" * 257}, "data.param3 must be at most 256 characters"),
        ("create-otp", {**CREATE, "param3": ["x"]}, "data.param3 must be text or a number"),
        ("create-otp", {**CREATE, "param1": "a\tb"}, "data.param1 must not hold control characters"),
        ("create-otp", {**CREATE, "subject": "a\r\nb"}, "data.subject must not hold control characters"),
        ("create-otp", {**CREATE, "subject": "x" * 257}, "data.subject must be at most 256 characters"),
        ("create-otp", {**CREATE, "receiver": ""}, "data.receiver must not be empty"),
        ("create-otp", {**CREATE, "receiver": {"a": 1}}, "data.receiver must be text or a number"),
        ("create-otp", {**CREATE, "message": ""}, "data.message must not be empty"),
        ("create-otp", {**CREATE, "wait": 61}, "data.wait must be at most 60 seconds"),
        ("create-otp", {**CREATE, "wait": -1}, "data.wait must be a number that is not negative"),
        ("create-otp", {**CREATE, "expiration": "soon"}, "data.expiration must be a number that is not negative"),
        (
            "create-otp",
            {**CREATE, "expiration": "1e99"},
            "data.expiration must be a Unix time in seconds or milliseconds",
        ),
        ("create-otp", {**CREATE, "date_time": "inf"}, "data.date_time must be a number that is not negative"),
        ("create-otp", {**CREATE, "date_time": "1_0"}, "data.date_time must be a number that is not negative"),
        ("create-otp", {**CREATE, "date_time": "\u0661"}, "data.date_time must be a number that is not negative"),
        ("validate-otp", {**VALIDATE, "otp": ""}, "data.otp must not be empty"),
        ("validate-otp", {**VALIDATE, "otp": "1" * 257}, "data.otp must be at most 256 characters"),
        ("validate-otp", {"reference": "a", "receiver": "b"}, "data.otp must not be empty"),
        ("validate-otp", {**VALIDATE, "reference": ""}, "data.reference must not be empty"),
        ("resend-otp", {}, "data.reference must not be empty"),
        ("send-sms", {"receiver": "1"}, "data.message must not be empty"),
        ("send-sms", {"message": "a"}, "data.receiver must not be empty"),
        ("send-sms", {**SMS, "id": "x" * 257}, "data.id must be at most 256 characters"),
        ("block-msisdn", {}, "data.receiver must not be empty"),
        ("unblock-msisdn", {"msisdn": ""}, "data.msisdn must not be empty"),
        ("request-ussd", {"modem_id": "m"}, "data.ussd_code must not be empty"),
    ],
)
def test_a_refusal_names_the_field_and_the_rule(name: str, data: dict[str, Any], error: str) -> None:
    assert refusal(name, data) == error


@pytest.mark.parametrize("character", ["\x00", "\t", "\x0b", "\x1a", "\x1b", "\x7f", "\x85"])
def test_control_characters_in_a_text_are_refused(character: str) -> None:
    for text in (f"a{character}b", f"a{character}b %s"):
        assert refusal("send-sms", {**SMS, "message": text}).startswith("data.message must not hold control characters")


def test_lines_emoji_and_the_extension_table_are_welcome() -> None:
    text = "one\r\ntwo [~^{}|\\] \u20ac \U0001f600\ufffd\u200d"
    assert command("send-sms", {**SMS, "message": text}).message == Secret(text)


@pytest.mark.feature("F037")
@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        (0, None),
        ("0", None),
        (0.0, None),
        (1629685838, 1629685838.0),
        (99_999_999_999, 99_999_999_999.0),
        (100_000_000_000, 100_000_000.0),
        (1629685838123, 1629685838.123),
        (" 1629685838 ", 1629685838.0),
        (1629685838.5, 1629685838.5),
    ],
)
def test_times_are_seconds_or_milliseconds(value: Any, seconds: float | None) -> None:
    assert command("send-sms", {**SMS, "expiration": value}).stamp == Stamp(None, seconds)


@pytest.mark.parametrize(
    ("literal", "text", "was_number"),
    [('"012345"', "012345", False), ('" 1 "', " 1 ", False), ("12345", "12345", True), ("1.0", "1.0", True)],
)
def test_an_otp_is_not_trimmed_and_a_number_is_marked(literal: str, text: str, was_number: bool) -> None:
    found = command("validate-otp", f'{{"reference":"r","receiver":"1","otp":{literal}}}')
    assert isinstance(found, ValidateOtp)
    assert (found.otp.reveal(), found.otp_was_number) == (text, was_number)


@pytest.mark.feature("F135")
def test_send_sms_keeps_id_reference_and_idempotency_key() -> None:
    found = command("send-sms", {**SMS, "id": 123456, "reference": " r ", "wait": "1.5"}, idempotency_key="k")
    assert found == SendSms("081200001234", Secret("hello"), Stamp(), "123456", "r", "k", 1.5)


@pytest.mark.feature("X01")
@pytest.mark.parametrize(
    ("alias", "name", "data"),
    [
        ("request-otp", "create-otp", CREATE),
        ("verify-otp", "validate-otp", VALIDATE),
        ("send-mail", "send-email", {**SMS, "subject": "s"}),
        ("send-message", "send-sms", SMS),
        ("send-message", "send-email", {**SMS, "receiver": "someone@domain.tld"}),
    ],
)
def test_an_alias_reads_like_its_documented_name(alias: str, name: str, data: dict[str, Any]) -> None:
    assert command(alias, data) == command(name, data)


def test_an_email_receiver_is_the_applications_business() -> None:
    found = command("create-otp", {**CREATE, "receiver": "someone@domain.tld"})
    assert found.receiver == "someone@domain.tld"
    assert isinstance(command("send-email", SMS), SendEmail)


@pytest.mark.feature("F137", "F138")
@pytest.mark.parametrize("name", ["receiver", "msisdn"])
def test_block_and_unblock_read_either_name(name: str) -> None:
    assert command("block-msisdn", {name: " 0812 "}) == BlockNumber("0812")
    assert command("unblock-msisdn", {name: 62812}) == UnblockNumber("62812")


def test_a_message_loses_blanks_and_line_ends_around_it_and_nothing_else() -> None:
    found = command("send-sms", {**SMS, "message": " \r\n\u00a0text\u3000\n "})
    assert isinstance(found, SendSms)
    assert found.message.reveal() == "\u00a0text\u3000"


@pytest.mark.parametrize("character", ["\t", "\x0b", "\x0c", "\x1c", "\x1f", "\x85"])
def test_a_control_character_at_the_ends_of_a_message_is_refused_not_dropped(character: str) -> None:
    for text in (character + "text", "text" + character):
        with pytest.raises(Refusal) as refused:
            command("send-sms", {**SMS, "message": text})
        assert refused.value.code is Code.INVALID


@pytest.mark.feature("X02")
def test_the_other_commands() -> None:
    assert command("resend-otp", {"reference": "r"}) == ResendOtp("r")
    assert command("request-ussd", {"ussd_code": "*888#", "modem_id": "m1"}) == RequestUssd("*888#", "m1")
    assert command("get-modem-list", {}) == ListModems()
    found = command("echo", {"a": 1})
    assert isinstance(found, Echo)
    assert found.document == {"command": "echo", "data": {"a": "1"}}


@pytest.mark.parametrize("name", sorted(COMMAND_WORDS))
def test_every_word_has_a_reader(name: str) -> None:
    found = command(name, {**CREATE, **VALIDATE, "ussd_code": "*1#", "modem_id": "m1"})
    assert type(found).__name__ in {member.__name__ for member in get_args(Command)}


def test_an_unknown_command_is_refused_as_such() -> None:
    with pytest.raises(Refusal) as refused:
        command("set-gpio-value", {})
    assert refused.value.code is Code.UNKNOWN_COMMAND


def test_no_repr_shows_a_text_or_a_code() -> None:
    shown = repr([command("create-otp", {**CREATE, "message": "canary %s"}), command("echo", {"x": "canary"})])
    shown += repr(
        [command("validate-otp", {**VALIDATE, "otp": "canary"}), command("send-sms", {**SMS, "message": "canary"})]
    )
    assert "canary" not in shown
