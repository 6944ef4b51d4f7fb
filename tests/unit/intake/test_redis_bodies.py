"""Where the request is in an entry of a stream."""

from __future__ import annotations

import pytest

from otppi.intake.brokers.redis_stream import body_of


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ([b"body", b"1"], b"1"),
        ([b"message", b"1", b"at", b"2"], b"1"),
        ([b"at", b"2", b"data", b"1"], b"1"),
        ([b"data", b"3", b"message", b"2", b"body", b"1"], b"1"),
        ([b"data", b"3", b"message", b"2"], b"2"),
        ([b"request", b"1"], b"1"),
        ([b"request", b"1", b"at", b"2"], b""),
        ([], b""),
    ],
)
def test_the_field_that_is_the_request(fields: list[bytes], body: bytes) -> None:
    assert body_of(fields) == body
