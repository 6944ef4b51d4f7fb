"""Rights, command names and response codes: the lists callers rely on."""

from __future__ import annotations

import pytest

from otppi.domain.commands import COMMAND_WORDS, Echo, SendSms, Stamp
from otppi.domain.replies import Code, Refusal
from otppi.domain.rights import DEFAULT_RIGHTS, RESERVED_NAMES, Right
from otppi.domain.secret import Secret


def test_the_rights_and_those_an_account_has_by_default() -> None:
    assert {right.value for right in Right} == {"otp", "sms", "mail", "block", "modems", "inbox", "ussd"}
    assert {right.value for right in DEFAULT_RIGHTS} == {"otp", "sms", "mail", "block"}
    assert {"brokers", "operator", "system"} == RESERVED_NAMES


@pytest.mark.feature("X01", "X02", "X03")
@pytest.mark.parametrize(
    ("command", "right", "documented"),
    [
        ("create-otp", "otp", True),
        ("validate-otp", "otp", True),
        ("send-sms", "sms", True),
        ("send-email", "mail", True),
        ("block-msisdn", "block", True),
        ("unblock-msisdn", "block", True),
        ("request-otp", "otp", False),
        ("verify-otp", "otp", False),
        ("send-mail", "mail", False),
        ("send-message", "sms", False),
        ("resend-otp", "otp", False),
        ("request-ussd", "ussd", False),
        ("get-modem-list", None, False),
        ("echo", None, False),
    ],
)
def test_every_command_needs_its_right(command: str, right: str | None, *, documented: bool) -> None:
    word = COMMAND_WORDS[command]
    assert word.right == right
    assert word.documented is documented
    assert word.same_as in ("", *COMMAND_WORDS)


def test_there_are_no_other_commands() -> None:
    assert len(COMMAND_WORDS) == 14


@pytest.mark.feature("X03")
def test_the_response_codes() -> None:
    assert {code.name: code.value for code in Code} == {
        "SUCCESS": "000",
        "NO_SUCH_MODEM": "1000",
        "UNAUTHORISED": "1100",
        "NO_ROUTE": "1101",
        "FAILED": "1102",
        "INVALID": "1103",
        "BLOCKED": "1104",
        "LIMITED": "1105",
        "UNKNOWN_COMMAND": "1106",
        "DUPLICATE": "1201",
        "WRONG_OTP": "1202",
        "EXPIRED": "1203",
        "EXHAUSTED": "1204",
    }


def test_a_refusal_carries_its_code_and_its_wait() -> None:
    refusal = Refusal(Code.LIMITED, "too many", retry_after=9.0)
    assert (refusal.code, refusal.error, refusal.retry_after, str(refusal)) == ("1105", "too many", 9.0, "too many")


def test_no_command_shows_its_text() -> None:
    assert "canary" not in repr(SendSms("0812", Secret("canary"), Stamp()))
    assert "canary" not in repr(Echo({"message": "canary"}))
