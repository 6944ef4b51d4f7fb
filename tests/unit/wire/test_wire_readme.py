"""Every JSON block of the README, verbatim: the protocol that existing clients speak."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from otppi.domain.commands import BlockNumber, CreateOtp, SendEmail, SendSms, Stamp, UnblockNumber, ValidateOtp
from otppi.domain.replies import Code, Reply
from otppi.domain.secret import Secret
from otppi.wire import encode_reply, read_command, read_envelope

BLOCKS: list[dict[str, str]] = json.loads((Path(__file__).parents[2] / "data/readme_blocks.json").read_text())
REQUESTS = [block for block in BLOCKS if block["name"].endswith("Request")]
RESPONSES = [block for block in BLOCKS if block["name"].endswith("Response")]
PARAMS = ("100000", "1234567890", "987654", "674527846556468254")
REFERENCE = "12345678901234567890"
RECEIVER = "08126666666"
TIMES = Stamp(1629685778.0, 1629685838.0)
EXPECTED: dict[str, Any] = {
    "Create OTP Request": CreateOtp(REFERENCE, RECEIVER, Secret("Your OTP is %s"), PARAMS, TIMES),
    "Validate OTP Request": ValidateOtp(REFERENCE, RECEIVER, Secret("123456"), PARAMS, Stamp(1629685778.0)),
    "Send SMS Request": SendSms(RECEIVER, Secret("Your OTP is 1234"), TIMES, client_id="123456"),
    "Send Email Request": SendEmail(
        "someone@domain.tld", "Your OTP Code", Secret("Your OTP is 1234"), TIMES, client_id="123456"
    ),
    "Block Number Request": BlockNumber(RECEIVER, 1629685778.0),
    "Unblock Number Request": UnblockNumber(RECEIVER, 1629685778.0),
}


def test_none_of_the_readmes_blocks_is_missing() -> None:
    assert (len(REQUESTS), len(RESPONSES)) == (22, 2)
    assert {block["path"] for block in REQUESTS} == {"/api/otp", "/api/sms", "/api/block", "/api/unblock", ""}


@pytest.mark.feature("F127", "F135", "F136", "F137", "F138")
@pytest.mark.parametrize("block", REQUESTS, ids=[block["name"] for block in REQUESTS])
def test_every_request_reads_verbatim(block: dict[str, str]) -> None:
    kind = block["name"].partition(": ")[2]
    assert read_command(read_envelope(block["body"].encode())) == EXPECTED[kind]


@pytest.mark.feature("F130", "F133")
@pytest.mark.parametrize("block", RESPONSES, ids=[block["name"] for block in RESPONSES])
def test_every_response_is_what_we_write(block: dict[str, str]) -> None:
    documented = json.loads(block["body"])
    data = {"date_time": TIMES.date_time, "receiver": RECEIVER, "reference": REFERENCE}
    assert json.loads(encode_reply(Reply(documented["command"], Code.SUCCESS, data))) == documented
