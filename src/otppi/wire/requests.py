"""An envelope becomes a command: one reader for each name of the wire. What a command does is not known here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

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
    UnblockNumber,
    ValidateOtp,
)
from otppi.domain.end_user import line_of
from otppi.domain.otp import placeholders
from otppi.domain.replies import Code, Refusal
from otppi.domain.secret import Secret
from otppi.wire import fields
from otppi.wire.document import Number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from otppi.wire.envelope import Envelope


def read_command(envelope: Envelope, *, idempotency_key: str = "") -> Command:
    """The command in an envelope. Raises Refusal: INVALID for a field, UNKNOWN_COMMAND for the name.

    All texts are trimmed but `otp`. `idempotency_key` is the HTTP header, for plain messages only.
    """
    word = COMMAND_WORDS.get(envelope.command)
    if word is None:
        raise Refusal(Code.UNKNOWN_COMMAND, "command is not known")
    if envelope.command == "echo":
        return Echo(envelope.document)
    return _READERS[word.same_as or envelope.command](envelope.data, idempotency_key)


def _create_otp(data: Mapping[str, Any], _key: str) -> Command:
    message = fields.message_text(data)
    if placeholders(message) != 1:
        raise fields.invalid("message", "must hold exactly one %s")
    return CreateOtp(
        reference=fields.required(data, "reference"),
        receiver=fields.required(data, "receiver"),
        message=Secret(message),
        params=_params(data),
        stamp=fields.stamp(data),
        subject=fields.line(data, "subject"),
        wait=fields.wait_seconds(data),
        end_user=_end_user(data),
    )


def _validate_otp(data: Mapping[str, Any], _key: str) -> Command:
    return ValidateOtp(
        reference=fields.required(data, "reference"),
        receiver=fields.required(data, "receiver"),
        otp=Secret(fields.required_untrimmed(data, "otp")),
        params=_params(data),
        stamp=fields.stamp(data),
        otp_was_number=isinstance(data["otp"], Number),
    )


def _resend_otp(data: Mapping[str, Any], _key: str) -> Command:
    return ResendOtp(fields.required(data, "reference"))


def _send_sms(data: Mapping[str, Any], key: str) -> Command:
    return SendSms(
        receiver=fields.required(data, "receiver"),
        message=Secret(fields.message_text(data)),
        stamp=fields.stamp(data),
        client_id=fields.line(data, "id"),
        reference=fields.line(data, "reference"),
        idempotency_key=key,
        wait=fields.wait_seconds(data),
    )


def _send_email(data: Mapping[str, Any], _key: str) -> Command:
    return SendEmail(
        receiver=fields.required(data, "receiver"),
        subject=fields.line(data, "subject"),
        message=Secret(fields.message_text(data)),
        stamp=fields.stamp(data),
        client_id=fields.line(data, "id"),
        reference=fields.line(data, "reference"),
    )


def _send_message(data: Mapping[str, Any], key: str) -> Command:
    return _send_email(data, key) if "@" in fields.raw_text(data, "receiver") else _send_sms(data, key)


def _block(data: Mapping[str, Any], _key: str) -> Command:
    return BlockNumber(_number_to_block(data), fields.moment(data, "date_time"))


def _unblock(data: Mapping[str, Any], _key: str) -> Command:
    return UnblockNumber(_number_to_block(data), fields.moment(data, "date_time"))


def _request_ussd(data: Mapping[str, Any], _key: str) -> Command:
    return RequestUssd(fields.required(data, "ussd_code"), fields.required(data, "modem_id"))


def _list_modems(_data: Mapping[str, Any], _key: str) -> Command:
    return ListModems()


def _params(data: Mapping[str, Any]) -> tuple[str, str, str, str]:
    text = fields.short_text
    return text(data, "param1"), text(data, "param2"), text(data, "param3"), text(data, "param4")


def _end_user(data: Mapping[str, Any]) -> str:
    try:
        return line_of(fields.line(data, "end_user_ip"))
    except ValueError as wrong:
        raise fields.invalid("end_user_ip", str(wrong)) from None


def _number_to_block(data: Mapping[str, Any]) -> str:
    """`receiver` as in the README's JSON, or `msisdn` as in its table."""
    return fields.line(data, "receiver") or fields.required(data, "msisdn" if "msisdn" in data else "receiver")


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any], str], Command]]] = {
    "create-otp": _create_otp,
    "validate-otp": _validate_otp,
    "resend-otp": _resend_otp,
    "send-sms": _send_sms,
    "send-email": _send_email,
    "send-message": _send_message,
    "block-msisdn": _block,
    "unblock-msisdn": _unblock,
    "request-ussd": _request_ussd,
    "get-modem-list": _list_modems,
}
